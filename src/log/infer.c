/*-------------------------------------------------------------------------
 *
 * infer.c
 *	  Which type the texts of a column may have.  Pure C.
 *
 * Each value has a set of shapes, ways in which it may be read without being
 * written otherwise afterwards: 7 is an integer, a numeric and a float, 007
 * is nothing but text.  A column's shapes are those that all its values have.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "log/infer.h"
#include "log/literal.h"
#include "log/name.h"

/* Shapes */
#define S_BOOL_WORD		0x0001
#define S_BOOL_LETTER	0x0002
#define S_INT32			0x0004
#define S_INT64			0x0008
#define S_NUMERIC		0x0010
#define S_FLOAT			0x0020
#define S_DATE			0x0040
#define S_TIMESTAMP		0x0080
#define S_TIMESTAMPTZ	0x0100
#define S_UUID			0x0200
#define S_JSON			0x0400
#define S_ALL			0x07ff

/* How far numbers must stay from the limits of a type, and for how many. */
#define SMALLINT_LARGEST	255
#define SMALLINT_VALUES		100
#define INT_LARGEST			UINT64_C(1000000000)

#define NUMERIC_DIGITS		1000

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
}

/* Equal but for the case of ASCII letters? */
static bool
is_word(const char *s, size_t len, const char *word)
{
	if (strlen(word) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (lower(s[i]) != word[i])
			return false;
	return true;
}

/*
 * Numbers
 */

/* Its digits before the point as a magnitude; false past 64 bits. */
static bool
magnitude(const LiteralNumber *n, uint64_t *out)
{
	uint64_t	m = 0;

	for (size_t i = 0; i < n->ndigits; i++)
	{
		uint64_t	d = (uint64_t) (n->digits[i] - '0');

		if (m > (UINT64_MAX - d) / 10)
			return false;
		m = m * 10 + d;
	}
	*out = m;
	return true;
}

/* Does it fit a signed integer whose largest value is max? */
static bool
fits_integer(const LiteralNumber *n, uint64_t max, uint64_t *m)
{
	return !n->point && !n->exponent && magnitude(n, m) &&
		*m <= max + (n->minus ? 1 : 0);
}

/* +3.23800011e+01: eight digits behind the point, two of exponent. */
static bool
is_dms_real(const LiteralNumber *n)
{
	return (n->plus || n->minus) && n->ndigits == 1 && n->nfraction == 8 &&
		n->exponent && n->exponent_sign && n->nexponent == 2;
}

/* Can a real hold this exponent?  Two digits only; 1e38 may overflow. */
static bool
real_exponent(const char *s, size_t len)
{
	int			e = (s[len - 2] - '0') * 10 + (s[len - 1] - '0');

	return e <= 37;
}

static uint32_t
number_shapes(InferColumn *c, const char *s, size_t len)
{
	LiteralNumber n;
	uint64_t	m;

	if (is_word(s, len, "nan") || is_word(s, len, "infinity") ||
		is_word(s, len, "-infinity") || is_word(s, len, "inf") ||
		is_word(s, len, "-inf"))
	{
		c->specials++;
		return S_FLOAT;
	}
	if (!literal_number(s, len, &n) || n.ndigits == 0 ||
		(n.point && n.nfraction == 0))
		return 0;
	if (n.exponent)
	{
		c->scientific++;
		if (is_dms_real(&n) && real_exponent(s, len))
			c->singles++;
		/* an exponent of four digits fits no float */
		return n.nexponent <= 3 ? S_FLOAT : 0;
	}
	/* what stands before the point has one way to be written */
	if (n.plus || (n.ndigits > 1 && n.digits[0] == '0') ||
		n.ndigits + n.nfraction > NUMERIC_DIGITS)
		return 0;
	if (n.point)
		return S_NUMERIC | S_FLOAT;
	if (n.minus && n.digits[0] == '0')
		return 0;
	if (!fits_integer(&n, INT64_MAX, &m))
		return S_NUMERIC;
	if (m > c->largest)
		c->largest = m;
	return (fits_integer(&n, INT32_MAX, &m) ? S_INT32 : 0) |
		S_INT64 | S_NUMERIC | S_FLOAT;
}

/*
 * Dates, times, identifiers
 */

static bool
is_date(const char *s, size_t len)
{
	char		text[32];
	int64_t		t;

	if (len != 10)
		return false;
	memcpy(text, s, 10);
	memcpy(text + 10, " 00:00:00", 9);
	return name_parse_timestamp(text, 19, &t);
}

/* Length of a zone at the end: Z, +hh, +hhmm or +hh:mm; 0: none. */
static size_t
zone_length(const char *s, size_t len)
{
	size_t		from = len > 6 ? len - 6 : 0;

	if (len > 0 && s[len - 1] == 'Z')
		return 1;
	for (size_t i = from; i < len; i++)
	{
		size_t		n = len - i;

		if (s[i] != '+' && s[i] != '-')
			continue;
		if (n == 3 && literal_digits(s + i + 1, 2) == 2)
			return n;
		if (n == 5 && literal_digits(s + i + 1, 4) == 4)
			return n;
		if (n == 6 && literal_digits(s + i + 1, 2) == 2 && s[i + 3] == ':' &&
			literal_digits(s + i + 4, 2) == 2)
			return n;
	}
	return 0;
}

static uint32_t
time_shapes(const char *s, size_t len)
{
	int64_t		t;
	size_t		zone;

	if (is_date(s, len))
		return S_DATE;
	if (len < 19)
		return 0;
	if (name_parse_timestamp(s, len, &t))
		return S_TIMESTAMP;
	zone = zone_length(s, len);
	return zone > 0 && name_parse_timestamp(s, len - zone, &t) ?
		S_TIMESTAMPTZ : 0;
}

static bool
is_uuid(const char *s, size_t len)
{
	if (len != 36)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		bool		hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (hyphen ? s[i] != '-' : !literal_is_hex(s[i]))
			return false;
	}
	return true;
}

/* JSON that could not as well be another text: an object or an array. */
static uint32_t
json_shapes(InferColumn *c, const char *s, size_t len)
{
	if (len < 2 || (s[0] != '{' && s[0] != '[') || !literal_is_json(s, len))
		return 0;
	/* PostgreSQL writes an empty array as {} */
	if (len > 2)
		c->objects++;
	return S_JSON;
}

/*
 * Columns
 */

static uint32_t
word_shapes(InferColumn *c, const char *s, size_t len)
{
	if (is_word(s, len, "true") || is_word(s, len, "false"))
		return S_BOOL_WORD;
	if (len == 1 && (s[0] == 't' || s[0] == 'f'))
	{
		if (s[0] == 't')
			c->letter_t = true;
		else
			c->letter_f = true;
		return S_BOOL_LETTER;
	}
	return 0;
}

void
infer_add(InferColumn *c, const char *value, size_t len)
{
	uint32_t	shapes = c->values == 0 ? S_ALL : c->shapes;
	uint32_t	own = 0;

	c->values++;
	if (shapes != 0 && len > 0)
		own = word_shapes(c, value, len) | number_shapes(c, value, len) |
			time_shapes(value, len) | (is_uuid(value, len) ? S_UUID : 0) |
			json_shapes(c, value, len);
	c->shapes = shapes & own;
}

static InferType
float_type(const InferColumn *c)
{
	if (c->values == c->specials)
		return INFER_TEXT;		/* nothing but the words */
	if (c->scientific > 0 && c->singles + c->specials == c->values)
		return INFER_REAL;
	return INFER_DOUBLE;
}

InferType
infer_type(const InferColumn *c, bool complete)
{
	uint32_t	s = c->values > 0 ? c->shapes : 0;

	if (s & S_BOOL_WORD)
		return INFER_BOOL;
	if (s & S_BOOL_LETTER)
		return c->letter_t && c->letter_f ? INFER_BOOL : INFER_TEXT;
	if ((s & S_INT32) && complete && c->values >= SMALLINT_VALUES &&
		c->largest <= SMALLINT_LARGEST)
		return INFER_SMALLINT;
	if ((s & S_INT32) && c->largest < INT_LARGEST)
		return INFER_INT;
	if (s & S_INT64)
		return INFER_BIGINT;
	if (s & S_NUMERIC)
		return INFER_NUMERIC;
	if (s & S_FLOAT)
		return float_type(c);
	if (s & S_DATE)
		return INFER_DATE;
	if (s & S_TIMESTAMP)
		return INFER_TIMESTAMP;
	if (s & S_TIMESTAMPTZ)
		return INFER_TIMESTAMPTZ;
	if (s & S_UUID)
		return INFER_UUID;
	if (s & S_JSON)
		return c->objects > 0 ? INFER_JSON : INFER_TEXT;
	return INFER_TEXT;
}

/*
 * What a declared type takes
 */

/* A start of true, false, yes, no, on, off; or 1, 0. */
static bool
reads_bool(const char *s, size_t len)
{
	static const char *const words[] = {"true", "false", "yes", "no"};

	if (len == 1 && (s[0] == '0' || s[0] == '1'))
		return true;
	for (int i = 0; i < 4; i++)
	{
		size_t		n = 0;

		while (n < len && words[i][n] != '\0' && lower(s[n]) == words[i][n])
			n++;
		if (n == len && n > 0)
			return true;
	}
	return is_word(s, len, "on") || is_word(s, len, "of") ||
		is_word(s, len, "off");
}

static bool
reads_number(InferType type, const char *s, size_t len)
{
	LiteralNumber n;
	uint64_t	m;

	if (!literal_number(s, len, &n))
		return type >= INFER_NUMERIC && (is_word(s, len, "nan") ||
			is_word(s, len, "infinity") || is_word(s, len, "-infinity") ||
			is_word(s, len, "inf") || is_word(s, len, "-inf"));
	switch (type)
	{
		case INFER_SMALLINT:
			return fits_integer(&n, INT16_MAX, &m);
		case INFER_INT:
			return fits_integer(&n, INT32_MAX, &m);
		case INFER_BIGINT:
			return fits_integer(&n, INT64_MAX, &m);
		default:
			return true;
	}
}

/* Enough digits for a date, or one of the words that stand for one. */
static bool
reads_time(const char *s, size_t len)
{
	size_t		digits = 0;

	for (size_t i = 0; i < len; i++)
		digits += literal_is_digit(s[i]);
	return digits >= 3 || is_word(s, len, "infinity") ||
		is_word(s, len, "-infinity") || is_word(s, len, "epoch");
}

static bool
reads_uuid(const char *s, size_t len)
{
	size_t		digits = 0;

	for (size_t i = 0; i < len; i++)
	{
		if (literal_is_hex(s[i]))
			digits++;
		else if (s[i] != '-' && s[i] != '{' && s[i] != '}')
			return false;
	}
	return digits == 32;
}

bool
infer_reads(InferType type, const char *value, size_t len)
{
	/* most input functions pass over blanks around */
	while (len > 0 && value[0] == ' ')
	{
		value++;
		len--;
	}
	while (len > 0 && value[len - 1] == ' ')
		len--;
	switch (type)
	{
		case INFER_BOOL:
			return reads_bool(value, len);
		case INFER_SMALLINT:
		case INFER_INT:
		case INFER_BIGINT:
		case INFER_NUMERIC:
		case INFER_REAL:
		case INFER_DOUBLE:
			return reads_number(type, value, len);
		case INFER_DATE:
		case INFER_TIMESTAMP:
		case INFER_TIMESTAMPTZ:
			return reads_time(value, len);
		case INFER_UUID:
			return reads_uuid(value, len);
		case INFER_JSON:
			return literal_is_json(value, len);
		default:
			return true;
	}
}

const char *
infer_type_name(InferType type)
{
	static const char *const names[INFER_COUNT] = {
		[INFER_TEXT] = "text",
		[INFER_BOOL] = "boolean",
		[INFER_SMALLINT] = "smallint",
		[INFER_INT] = "integer",
		[INFER_BIGINT] = "bigint",
		[INFER_NUMERIC] = "numeric",
		[INFER_REAL] = "real",
		[INFER_DOUBLE] = "double precision",
		[INFER_DATE] = "date",
		[INFER_TIMESTAMP] = "timestamp without time zone",
		[INFER_TIMESTAMPTZ] = "timestamp with time zone",
		[INFER_UUID] = "uuid",
		[INFER_JSON] = "jsonb"
	};

	return names[type];
}
