/*-------------------------------------------------------------------------
 *
 * json.c
 *	  JSON text, token by token: see json.h.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include "base/json.h"

#include <string.h>

#include "base/ascii.h"

/* Where a text goes. */
typedef struct Out
{
	char	   *text;
	size_t		cap;
	size_t		len;
	bool		cut;
} Out;

/* ---- tokens ---- */

/* A string, from its first quote. */
static JsonToken
string(JsonScan *j, JsonToken token)
{
	const char *s = j->at + 1;
	const char *end = j->end;

	j->token = s;
	for (; s < end; s++)
	{
		if (*s == '"')
		{
			j->token_len = (size_t) (s - j->token);
			j->at = s + 1;
			return token;
		}
		if ((unsigned char) *s < ' ')
			return JSON_BAD;
		if (*s != '\\')
			continue;
		if (++s == end)
			break;
		if (*s == 'u')
		{
			for (int i = 0; i < 4; i++)
			{
				if (++s == end)
					return JSON_CUT;
				if (ascii_hex_digit(*s) < 0)
					return JSON_BAD;
			}
			j->zero |= memcmp(s - 3, "0000", 4) == 0;
		}
		else if (memchr("\"\\/bfnrt", *s, 8) == NULL)
			return JSON_BAD;
	}
	return JSON_CUT;
}

/* Takes the digits at j->at; returns false where there are none. */
static bool
digits(JsonScan *j)
{
	size_t		n = ascii_digits(j->at, (size_t) (j->end - j->at));

	j->at += n;
	return n > 0;
}

/* Takes one of the two bytes, which may be equal, if it is next. */
static bool
take(JsonScan *j, char one, char other)
{
	if (j->at == j->end || (*j->at != one && *j->at != other))
		return false;
	j->at++;
	return true;
}

static JsonToken
number(JsonScan *j)
{
	bool		good;

	take(j, '-', '-');
	good = take(j, '0', '0') || digits(j);
	if (good && take(j, '.', '.'))
		good = digits(j);
	if (good && take(j, 'e', 'E'))
	{
		take(j, '+', '-');
		good = digits(j);
	}
	return good ? JSON_NUMBER : j->at == j->end ? JSON_CUT : JSON_BAD;
}

static JsonToken
word(JsonScan *j)
{
	static const char *const words[] = {"true", "false", "null"};
	size_t		left = (size_t) (j->end - j->at);

	for (int i = 0; i < 3; i++)
	{
		size_t		len = strlen(words[i]);

		if (memcmp(j->at, words[i], left < len ? left : len) != 0)
			continue;
		if (left < len)
			return JSON_CUT;
		j->at += len;
		return JSON_WORD;
	}
	return JSON_BAD;
}

static JsonToken
open_level(JsonScan *j, bool object)
{
	unsigned char bit = (unsigned char) (1 << (j->depth & 7));

	if (j->depth == j->max_depth)
		return JSON_DEEP;
	if (object)
		j->objects[j->depth >> 3] |= bit;
	else
		j->objects[j->depth >> 3] &= (unsigned char) ~bit;
	j->depth++;
	j->at++;
	j->state = object ? JSON_EXPECT_FIRST_KEY : JSON_EXPECT_FIRST_VALUE;
	return object ? JSON_OBJECT : JSON_ARRAY;
}

static bool
in_object(const JsonScan *j)
{
	int			level = j->depth - 1;

	return level >= 0 && (j->objects[level >> 3] >> (level & 7) & 1);
}

static JsonToken
value(JsonScan *j)
{
	char		c = *j->at;
	JsonToken	token;

	if (c == '{' || c == '[')
		return open_level(j, c == '{');
	j->state = JSON_EXPECT_END;
	if (c == '"')
		return string(j, JSON_STRING);
	j->token = j->at;
	token = c == '-' || ascii_is_digit(c) ? number(j) : word(j);
	j->token_len = (size_t) (j->at - j->token);
	return token;
}

void
json_start(JsonScan *j, const char *text, size_t len, int max_depth)
{
	j->at = text;
	j->end = text + len;
	j->max_depth = max_depth;
	j->state = JSON_EXPECT_VALUE;
	j->depth = 0;
	j->zero = false;
}

JsonToken
json_next(JsonScan *j)
{
	for (;;)
	{
		char		c;

		while (j->at < j->end && (*j->at == ' ' || *j->at == '\t' ||
								  *j->at == '\n' || *j->at == '\r'))
			j->at++;
		if (j->at == j->end)
			return j->state == JSON_EXPECT_END && j->depth == 0 ? JSON_DONE :
				JSON_CUT;
		c = *j->at;
		if (j->depth > 0 && c == (in_object(j) ? '}' : ']') &&
			(j->state == JSON_EXPECT_END || j->state == JSON_EXPECT_FIRST_KEY ||
			 j->state == JSON_EXPECT_FIRST_VALUE))
		{
			j->depth--;
			j->at++;
			j->state = JSON_EXPECT_END;
			return JSON_CLOSE;
		}
		switch (j->state)
		{
			case JSON_EXPECT_VALUE:
			case JSON_EXPECT_FIRST_VALUE:
				return value(j);
			case JSON_EXPECT_KEY:
			case JSON_EXPECT_FIRST_KEY:
				j->state = JSON_EXPECT_COLON;
				return c == '"' ? string(j, JSON_KEY) : JSON_BAD;
			case JSON_EXPECT_COLON:
				if (c != ':')
					return JSON_BAD;
				j->state = JSON_EXPECT_VALUE;
				break;
			default:
				if (c != ',' || j->depth == 0)
					return JSON_BAD;
				j->state = in_object(j) ? JSON_EXPECT_KEY : JSON_EXPECT_VALUE;
		}
		j->at++;
	}
}

/* ---- texts ---- */

static void
put(Out *out, unsigned byte)
{
	if (out->len + 1 >= out->cap || byte == 0)
		out->cut = true;
	else
		out->text[out->len++] = (char) byte;
}

static void
put_code(Out *out, unsigned code)
{
	if (code < 0x80)
	{
		put(out, code);
		return;
	}
	if (code < 0x800)
		put(out, 0xc0 | code >> 6);
	else
	{
		if (code < 0x10000)
			put(out, 0xe0 | code >> 12);
		else
		{
			put(out, 0xf0 | code >> 18);
			put(out, 0x80 | (code >> 12 & 0x3f));
		}
		put(out, 0x80 | (code >> 6 & 0x3f));
	}
	put(out, 0x80 | (code & 0x3f));
}

static unsigned
hex4(const char *s)
{
	unsigned	code = 0;

	for (int i = 0; i < 4; i++)
		code = code << 4 | (unsigned) ascii_hex_digit(s[i]);
	return code;
}

/* Puts what an escape \u stands for, *s at its u, both halves of a pair. */
static bool
put_unicode(Out *out, const char **s, const char *end)
{
	unsigned	code = hex4(*s + 1);
	unsigned	low;

	*s += 5;
	if (code >= 0xd800 && code < 0xdc00)
	{
		if (end - *s < 6 || (*s)[0] != '\\' || (*s)[1] != 'u')
			return false;
		low = hex4(*s + 2);
		*s += 6;
		if (low < 0xdc00 || low > 0xdfff)
			return false;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	else if (code >= 0xdc00 && code <= 0xdfff)
		return false;
	put_code(out, code);
	return true;
}

bool
json_text(const JsonScan *j, char *text, size_t cap, bool *cut)
{
	static const char names[] = "\"\\/bfnrt";
	static const char bytes[] = "\"\\/\b\f\n\r\t";
	const char *s = j->token;
	const char *end = s + j->token_len;
	Out			out = {.cap = cap};
	bool		good = true;

	out.text = text;
	while (s < end && good)
	{
		if (*s != '\\')
			put(&out, (unsigned char) *s++);
		else if (*++s == 'u')
			good = put_unicode(&out, &s, end);
		else
			put(&out, (unsigned char) bytes[strchr(names, *s++) - names]);
	}
	text[out.len] = '\0';
	*cut = out.cut;
	return good;
}
