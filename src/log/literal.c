/*-------------------------------------------------------------------------
 *
 * literal.c
 *	  Texts that are numbers, and texts that are JSON.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "base/ascii.h"
#include "log/literal.h"

#define JSON_DEPTH			100

bool
literal_number(const char *s, size_t len, LiteralNumber *n)
{
	size_t		i = 0;

	memset(n, 0, sizeof(*n));
	if (i < len && (s[i] == '+' || s[i] == '-'))
	{
		n->plus = s[i] == '+';
		n->minus = !n->plus;
		i++;
	}
	n->digits = s + i;
	n->ndigits = ascii_digits(s + i, len - i);
	i += n->ndigits;
	if (i < len && s[i] == '.')
	{
		n->point = true;
		n->nfraction = ascii_digits(s + i + 1, len - i - 1);
		i += 1 + n->nfraction;
	}
	if (n->ndigits + n->nfraction == 0)
		return false;
	if (i < len && (s[i] == 'e' || s[i] == 'E'))
	{
		n->exponent = true;
		i++;
		if (i < len && (s[i] == '+' || s[i] == '-'))
		{
			n->exponent_sign = true;
			i++;
		}
		n->nexponent = ascii_digits(s + i, len - i);
		if (n->nexponent == 0)
			return false;
		i += n->nexponent;
	}
	return i == len;
}

/*
 * JSON
 */

typedef struct Json
{
	const char *at;
	const char *end;
} Json;

static void
json_blanks(Json *j)
{
	while (j->at < j->end && (*j->at == ' ' || *j->at == '\t' ||
							  *j->at == '\n' || *j->at == '\r'))
		j->at++;
}

static bool
json_char(Json *j, char c)
{
	if (j->at == j->end || *j->at != c)
		return false;
	j->at++;
	return true;
}

/* Without \u0000, which no jsonb holds. */
static bool
json_string(Json *j)
{
	if (!json_char(j, '"'))
		return false;
	while (j->at < j->end)
	{
		unsigned char c = (unsigned char) *j->at++;

		if (c == '"')
			return true;
		if (c < 0x20)
			return false;
		if (c != '\\')
			continue;
		if (j->at == j->end)
			return false;
		if (*j->at == 'u')
		{
			if (j->end - j->at < 5)
				return false;
			for (int i = 1; i <= 4; i++)
				if (ascii_hex_digit(j->at[i]) < 0)
					return false;
			if (memcmp(j->at + 1, "0000", 4) == 0)
				return false;
			j->at += 5;
		}
		else if (memchr("\"\\/bfnrt", *j->at, 8) == NULL)
			return false;
		else
			j->at++;
	}
	return false;
}

static bool
json_number(Json *j)
{
	const char *start = j->at;
	LiteralNumber n;

	while (j->at < j->end && (ascii_is_digit(*j->at) || *j->at == '-' ||
							  *j->at == '+' || *j->at == '.' ||
							  *j->at == 'e' || *j->at == 'E'))
		j->at++;
	return literal_number(start, (size_t) (j->at - start), &n) && !n.plus &&
		n.ndigits > 0 && (n.ndigits == 1 || n.digits[0] != '0') &&
		(!n.point || n.nfraction > 0) && n.nexponent <= 3;
}

static bool
json_literal(Json *j)
{
	static const char *const words[] = {"true", "false", "null"};

	for (int i = 0; i < 3; i++)
	{
		size_t		n = strlen(words[i]);

		if ((size_t) (j->end - j->at) >= n && memcmp(j->at, words[i], n) == 0)
		{
			j->at += n;
			return true;
		}
	}
	return false;
}

/* The members of an object or the elements of an array, past its bracket. */
static bool json_value(Json *j, int depth);

static bool
json_members(Json *j, char close, int depth)
{
	json_blanks(j);
	if (json_char(j, close))
		return true;
	for (;;)
	{
		json_blanks(j);
		if (close == '}')
		{
			if (!json_string(j))
				return false;
			json_blanks(j);
			if (!json_char(j, ':'))
				return false;
		}
		if (!json_value(j, depth))
			return false;
		if (json_char(j, close))
			return true;
		if (!json_char(j, ','))
			return false;
	}
}

/* One value with the blanks around it. */
static bool
json_value(Json *j, int depth)
{
	bool		good;

	json_blanks(j);
	if (j->at == j->end || depth > JSON_DEPTH)
		return false;
	switch (*j->at)
	{
		case '{':
			j->at++;
			good = json_members(j, '}', depth + 1);
			break;
		case '[':
			j->at++;
			good = json_members(j, ']', depth + 1);
			break;
		case '"':
			good = json_string(j);
			break;
		case 't':
		case 'f':
		case 'n':
			good = json_literal(j);
			break;
		default:
			good = json_number(j);
			break;
	}
	json_blanks(j);
	return good;
}

bool
literal_is_json(const char *s, size_t len)
{
	Json		j = {s, s + len};

	return json_value(&j, 0) && j.at == j.end;
}

/* Passes over a string from its first quote to its last. */
static size_t
string_end(const char *s, size_t len, size_t i)
{
	for (i++; i < len && s[i] != '"'; i++)
		if (s[i] == '\\')
			i++;
	return i;
}

size_t
literal_json_members(const char *s, size_t len, bool *minus_zero)
{
	size_t		members = 0;

	*minus_zero = false;
	for (size_t i = 0; i < len; i++)
	{
		size_t		end = i + 1;

		if (s[i] == '"')
			i = string_end(s, len, i);
		else if (s[i] == ':')
			members++;
		else if (s[i] == '-' && (i == 0 || (s[i - 1] | 0x20) != 'e'))
		{
			while (end < len && (s[end] == '0' || s[end] == '.'))
				end++;
			*minus_zero |= end > i + 1 &&
				(end == len || !ascii_is_digit(s[end]));
		}
	}
	return members;
}
