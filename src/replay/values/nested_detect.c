/*-------------------------------------------------------------------------
 *
 * nested_detect.c
 *	  What texts are: JSON, the front part of JSON, and which encoding surely
 *	  fits a column's.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include "replay/values/nested.h"

#include <string.h>

#include "replay/values/nested_impl.h"

/* Deeper JSON than this is called neither whole nor cut. */
#define JSON_MAX_DEPTH	6400

/* What may come next in JSON text. */
typedef enum JsonState
{
	JSON_VALUE,
	JSON_FIRST_VALUE,			/* or the end of the array */
	JSON_KEY,
	JSON_FIRST_KEY,				/* or the end of the object */
	JSON_COLON,
	JSON_END					/* of a value: a comma, or what closes */
} JsonState;

typedef struct JsonScan
{
	const char *s;
	size_t		len;
	size_t		pos;
	JsonState	state;
	int			depth;
	unsigned char objects[JSON_MAX_DEPTH / 8];	/* which levels are objects */
} JsonScan;

static bool
json_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A string, whose first quote was passed. */
static NestedResult
check_string(JsonScan *j)
{
	for (; j->pos < j->len; j->pos++)
	{
		char		c = j->s[j->pos];

		if (c == '"')
		{
			j->pos++;
			return NESTED_OK;
		}
		if ((unsigned char) c < ' ')
			return NESTED_BAD;
		if (c != '\\')
			continue;
		if (++j->pos == j->len)
			break;
		c = j->s[j->pos];
		if (c == 'u')
		{
			for (int i = 0; i < 4; i++)
			{
				if (++j->pos == j->len)
					return NESTED_CUT;
				if (ascii_hex_digit(j->s[j->pos]) < 0)
					return NESTED_BAD;
			}
		}
		else if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL)
			return NESTED_BAD;
	}
	return NESTED_CUT;
}

/* At least one digit. */
static NestedResult
check_digits(JsonScan *j)
{
	size_t		start = j->pos;

	while (j->pos < j->len && ascii_is_digit(j->s[j->pos]))
		j->pos++;
	if (j->pos > start)
		return NESTED_OK;
	return j->pos == j->len ? NESTED_CUT : NESTED_BAD;
}

static NestedResult
check_number(JsonScan *j)
{
	if (j->s[j->pos] == '-')
		j->pos++;
	if (j->pos < j->len && j->s[j->pos] == '0')
		j->pos++;
	else
		NESTED_TRY(check_digits(j));
	if (j->pos < j->len && j->s[j->pos] == '.')
	{
		j->pos++;
		NESTED_TRY(check_digits(j));
	}
	if (j->pos < j->len && (j->s[j->pos] | 0x20) == 'e')
	{
		j->pos++;
		if (j->pos < j->len && (j->s[j->pos] == '+' || j->s[j->pos] == '-'))
			j->pos++;
		NESTED_TRY(check_digits(j));
	}
	return NESTED_OK;
}

static NestedResult
check_literal(JsonScan *j)
{
	static const char *const literals[] = {"true", "false", "null"};

	for (int i = 0; i < 3; i++)
	{
		size_t		len = strlen(literals[i]);
		size_t		left = j->len - j->pos;

		if (memcmp(j->s + j->pos, literals[i], left < len ? left : len) != 0)
			continue;
		j->pos += len;
		return left < len ? NESTED_CUT : NESTED_OK;
	}
	return NESTED_BAD;
}

static NestedResult
open_level(JsonScan *j, bool object)
{
	unsigned char bit = (unsigned char) (1 << (j->depth & 7));

	if (j->depth == JSON_MAX_DEPTH)
		return NESTED_TOO_DEEP;
	if (object)
		j->objects[j->depth >> 3] |= bit;
	else
		j->objects[j->depth >> 3] &= (unsigned char) ~bit;
	j->depth++;
	j->pos++;
	j->state = object ? JSON_FIRST_KEY : JSON_FIRST_VALUE;
	return NESTED_OK;
}

static bool
in_object(const JsonScan *j)
{
	return j->depth > 0 &&
		(j->objects[(j->depth - 1) >> 3] >> ((j->depth - 1) & 7) & 1);
}

static NestedResult
check_value(JsonScan *j)
{
	char		c = j->s[j->pos];

	if (c == '{' || c == '[')
		return open_level(j, c == '{');
	j->state = JSON_END;
	if (c == '"')
	{
		j->pos++;
		return check_string(j);
	}
	if (c == '-' || ascii_is_digit(c))
		return check_number(j);
	return check_literal(j);
}

/* One token, which is no blank. */
static NestedResult
check_token(JsonScan *j)
{
	char		c = j->s[j->pos];
	bool		closes = c == (in_object(j) ? '}' : ']');

	if (closes && j->depth > 0 &&
		(j->state == JSON_END || j->state == JSON_FIRST_KEY ||
		 j->state == JSON_FIRST_VALUE))
	{
		j->depth--;
		j->pos++;
		j->state = JSON_END;
		return NESTED_OK;
	}
	switch (j->state)
	{
		case JSON_VALUE:
		case JSON_FIRST_VALUE:
			return check_value(j);
		case JSON_KEY:
		case JSON_FIRST_KEY:
			if (c != '"')
				return NESTED_BAD;
			j->pos++;
			j->state = JSON_COLON;
			return check_string(j);
		case JSON_COLON:
			if (c != ':')
				return NESTED_BAD;
			j->pos++;
			j->state = JSON_VALUE;
			return NESTED_OK;
		default:
			if (c != ',' || j->depth == 0)
				return NESTED_BAD;
			j->pos++;
			j->state = in_object(j) ? JSON_KEY : JSON_VALUE;
			return NESTED_OK;
	}
}

NestedResult
nested_check_json(const char *text, size_t len, bool *container)
{
	JsonScan	j = {.s = text, .len = len, .state = JSON_VALUE};
	int			tokens = 0;

	*container = false;
	for (;;)
	{
		while (j.pos < len && json_is_blank(text[j.pos]))
			j.pos++;
		if (j.pos == len)
			return j.state == JSON_END && j.depth == 0 ? NESTED_OK : NESTED_CUT;
		NESTED_TRY(check_token(&j));
		/* the token behind the first bracket does not close it */
		if (tokens < 2 && ++tokens == 2)
			*container = j.depth > 0;
	}
}

bool
nested_utf8_is_cut(const char *text, size_t len)
{
	size_t		back = 0;
	unsigned char lead;

	while (back < 3 && back < len &&
		   ((unsigned char) text[len - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back == len)
		return false;
	lead = (unsigned char) text[len - 1 - back];
	return lead >= 0xf0 ? back < 3 : lead >= 0xe0 ? back < 2 :
		lead >= 0xc0 && back < 1;
}

/* Does one text read so, and would ordinary text hardly do so by chance? */
static bool
fits(NestedWork *w, NestedEncoding encoding, const NestedText *text,
	 bool *telling)
{
	NestedType	element = {.kind = NESTED_STRING};
	NestedType	list = {
		.kind = NESTED_LIST,.delimiter = ',',.element = &element
	};
	NestedScan	p;
	NestedResult result;

	nested_start(&p, w, text->data, text->len);
	p.exact = true;
	switch (encoding)
	{
		case NESTED_JSON:
			while (p.pos < p.len && json_is_blank(p.s[p.pos]))
				p.pos++;
			result = nested_check_json(text->data, text->len, telling);
			/* numbers and words are JSON too, but need not be meant so */
			if (p.pos == p.len || (p.s[p.pos] != '{' && p.s[p.pos] != '['))
				result = NESTED_BAD;
			break;
		case NESTED_HSTORE:
			result = nested_read_hstore(&p);
			*telling = w->items > 0;
			break;
		case NESTED_ARRAY:
			result = nested_read_array(&p, &list);
			*telling = w->items > 1;
			/* JSON has no place for subscripts that do not begin with 1 */
			if (text->len > 0 && text->data[0] == '[')
				result = NESTED_BAD;
			if (element.value.data)
				w->resize(w->arg, element.value.data, 0);
			break;
		default:
			result = nested_hive(w, text->data, text->len);
			*telling = text->len > 0 && w->items > (text->data[0] == '[');
	}
	return result == NESTED_OK;
}

NestedEncoding
nested_detect(NestedWork *w, const NestedText *texts, int ntexts)
{
	static const NestedEncoding candidates[] = {
		NESTED_JSON, NESTED_HSTORE, NESTED_ARRAY, NESTED_HIVE
	};
	NestedEncoding found = NESTED_NONE;
	bool		told = false;

	for (int c = 0; c < 4; c++)
	{
		bool		any = false;
		bool		all = true;

		for (int i = 0; i < ntexts && all; i++)
		{
			bool		telling;

			all = fits(w, candidates[c], &texts[i], &telling);
			any = any || telling;
		}
		if (!all)
			continue;
		if (candidates[c] == NESTED_JSON && any)
			return NESTED_JSON;
		if (found != NESTED_NONE)
			return NESTED_NONE;
		found = candidates[c];
		told = any;
	}
	return told ? found : NESTED_NONE;
}
