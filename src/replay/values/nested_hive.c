/*-------------------------------------------------------------------------
 *
 * nested_hive.c
 *	  The display text of maps, structs and lists of Hive, Presto and Athena
 *	  to JSON text.  Pure C.
 *
 * That text quotes nothing, so it is read only where every byte that can be
 * structure is (see nested.h).  A grammar in which strings hold no structure
 * has one reading at most; a text that it does not cover has several or none.
 *
 *-------------------------------------------------------------------------
 */
#include "replay/values/nested.h"

#include <string.h>

#include "replay/values/nested_impl.h"

/* More digits than a decimal of Hive has are no number of its. */
#define MAX_DIGITS	38
/* The exponent of a double, either sign. */
#define MAX_EXPONENT	324
/* Of a number's text: its digits, a sign, a point and E-324. */
#define MAX_NUMBER	(MAX_DIGITS + 7)

static NestedResult read_value(NestedScan *p, int depth);

static bool
is_structure(char c)
{
	return c == '{' || c == '}' || c == '[' || c == ']' || c == '=' ||
		c == ',';
}

/*
 * Is it a number as Java prints one: no needless zero or sign, so that the
 * JSON number says what the text said, were it a string after all?
 */
static bool
is_number(const char *s, size_t len)
{
	size_t		i = len > 0 && s[0] == '-';
	size_t		begin = i;
	size_t		whole;
	size_t		fraction = 0;
	int			exponent = 0;

	if (len > MAX_NUMBER)
		return false;
	while (i < len && ascii_is_digit(s[i]))
		i++;
	whole = i - begin;
	if (whole == 0 || (whole > 1 && s[begin] == '0'))
		return false;
	if (i < len && s[i] == '.')
	{
		for (i++; i < len && ascii_is_digit(s[i]); i++)
			fraction++;
		if (fraction == 0)
			return false;
	}
	else if (begin > 0 && whole == 1 && s[begin] == '0')
		return false;			/* -0 */
	if (whole + fraction > MAX_DIGITS)
		return false;
	if (i == len)
		return true;
	/* a double: 1.0E10, 1.5E-7 */
	if (s[i] != 'E' || whole != 1 || fraction == 0)
		return false;
	i++;
	if (i < len && s[i] == '-')
		i++;
	if (i == len || s[i] == '0' || len - i > 3)
		return false;
	for (; i < len; i++)
	{
		if (!ascii_is_digit(s[i]))
			return false;
		exponent = exponent * 10 + (s[i] - '0');
	}
	return exponent <= MAX_EXPONENT;
}

static NestedResult
put_scalar(NestedWork *w, const char *s, size_t len)
{
	if ((len == 4 && memcmp(s, "null", 4) == 0) ||
		(len == 4 && memcmp(s, "true", 4) == 0) ||
		(len == 5 && memcmp(s, "false", 5) == 0) ||
		is_number(s, len))
		return nested_put(w, s, len);
	return nested_put_string(w, s, len);
}

/* Pass over a key or scalar: what stands up to the next byte of structure. */
static NestedResult
read_plain(NestedScan *p, size_t *start)
{
	*start = p->pos;
	for (; p->pos < p->len && !is_structure(p->s[p->pos]); p->pos++)
		nested_pause(p->w, p->pos, &p->pause_at);
	if (p->pos == p->len)
		return nested_fail_cut(p);
	if (p->pos == *start)
		return NESTED_OK;
	if (nested_is_blank(p->s[*start]))
		return nested_fail(p->w, NESTED_AMBIGUOUS, *start,
						   "a key or value would begin with a blank");
	if (p->s[*start] == '"')
		return nested_fail(p->w, NESTED_AMBIGUOUS, *start,
						   "a key or value would begin with a quote, which this text does not use");
	if (nested_is_blank(p->s[p->pos - 1]))
		return nested_fail(p->w, NESTED_AMBIGUOUS, p->pos - 1,
						   "a key or value would end with a blank");
	return NESTED_OK;
}

/* Behind an element: the closing byte, or a separator. */
static NestedResult
read_end(NestedScan *p, char close, bool *more)
{
	if (p->pos == p->len)
		return nested_fail_cut(p);
	*more = p->s[p->pos] == ',';
	if (p->s[p->pos] == close)
	{
		p->pos++;
		return NESTED_OK;
	}
	if (!*more)
		return nested_fail(p->w, NESTED_AMBIGUOUS, p->pos,
						   is_structure(p->s[p->pos]) ?
						   "this byte would belong to a key or value" :
						   "text follows a closing bracket");
	if (p->pos + 1 == p->len)
		return nested_fail_cut(p);
	if (p->s[p->pos + 1] != ' ')
		return nested_fail(p->w, NESTED_AMBIGUOUS, p->pos,
						   "this comma would belong to a key or value, since no blank follows it");
	p->pos += 2;
	return nested_put(p->w, ", ", 2);
}

static NestedResult
read_map(NestedScan *p, int depth)
{
	NestedWork *w = p->w;
	size_t		keys = nested_keys_open(w);
	size_t		start;
	bool		more = true;

	NESTED_TRY(nested_put(w, "{", 1));
	if (p->pos < p->len && p->s[p->pos] == '}')
	{
		p->pos++;
		more = false;
	}
	while (more)
	{
		NESTED_TRY(read_plain(p, &start));
		if (p->s[p->pos] != '=')
			return nested_fail(w, NESTED_AMBIGUOUS, p->pos,
							   "this byte would belong to a key, since = should come first");
		if (p->pos == start)
			return nested_fail(w, NESTED_AMBIGUOUS, start,
							   "a key would be empty");
		NESTED_TRY(nested_keys_put(w, p->s + start, p->pos - start, start));
		NESTED_TRY(nested_put(w, ": ", 2));
		p->pos++;
		NESTED_TRY(read_value(p, depth));
		NESTED_TRY(read_end(p, '}', &more));
	}
	NESTED_TRY(nested_keys_close(w, keys, NESTED_AMBIGUOUS));
	return nested_put(w, "}", 1);
}

static NestedResult
read_list(NestedScan *p, int depth)
{
	NestedWork *w = p->w;
	bool		more = true;

	NESTED_TRY(nested_put(w, "[", 1));
	if (p->pos < p->len && p->s[p->pos] == ']')
	{
		p->pos++;
		more = false;
	}
	while (more)
	{
		size_t		start = p->pos;

		NESTED_TRY(read_value(p, depth));
		if (p->pos == start)
			return nested_fail(w, NESTED_AMBIGUOUS, start,
							   "an element would be empty");
		NESTED_TRY(read_end(p, ']', &more));
	}
	return nested_put(w, "]", 1);
}

static NestedResult
read_value(NestedScan *p, int depth)
{
	size_t		start;
	char		c = p->pos < p->len ? p->s[p->pos] : '\0';

	p->w->items++;
	if (c == '{' || c == '[')
	{
		if (depth == NESTED_MAX_DEPTH)
			return nested_fail(p->w, NESTED_TOO_DEEP, p->pos,
							   "brackets are nested too deep");
		p->pos++;
		return c == '{' ? read_map(p, depth + 1) : read_list(p, depth + 1);
	}
	NESTED_TRY(read_plain(p, &start));
	return put_scalar(p->w, p->s + start, p->pos - start);
}

NestedResult
nested_hive(NestedWork *w, const char *text, size_t len)
{
	NestedScan	p;

	nested_start(&p, w, text, len);
	if (len == 0 || (text[0] != '{' && text[0] != '['))
		return nested_fail(w, NESTED_BAD, 0, "{ or [ should stand here");
	NESTED_TRY(read_value(&p, 0));
	w->items--;					/* the whole is none */
	if (p.pos < len)
		return nested_fail(w, NESTED_AMBIGUOUS, p.pos,
						   "text follows the last closing bracket");
	return NESTED_OK;
}
