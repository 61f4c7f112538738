/*-------------------------------------------------------------------------
 *
 * literal.c
 *	  Texts that are numbers, and texts that are JSON.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "base/ascii.h"
#include "base/json.h"
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

bool
literal_is_json(const char *s, size_t len)
{
	JsonScan	j;
	JsonToken	token;
	LiteralNumber n;

	json_start(&j, s, len, JSON_DEPTH);
	while ((token = json_next(&j)) < JSON_DONE)
	{
		/* one of more digits may be too large for numeric */
		if (token == JSON_NUMBER &&
			literal_number(j.token, j.token_len, &n) && n.nexponent > 3)
			return false;
	}
	/* no jsonb holds \u0000 */
	return token == JSON_DONE && !j.zero;
}

static bool
is_minus_zero(const char *s, size_t len)
{
	size_t		i = 1;

	while (i < len && (s[i] == '0' || s[i] == '.'))
		i++;
	return s[0] == '-' && (i == len || !ascii_is_digit(s[i]));
}

size_t
literal_json_members(const char *s, size_t len, bool *minus_zero)
{
	JsonScan	j;
	JsonToken	token;
	size_t		members = 0;

	*minus_zero = false;
	json_start(&j, s, len, JSON_DEPTH);
	while ((token = json_next(&j)) < JSON_DONE)
	{
		members += token == JSON_KEY;
		*minus_zero |= token == JSON_NUMBER &&
			is_minus_zero(j.token, j.token_len);
	}
	return members;
}
