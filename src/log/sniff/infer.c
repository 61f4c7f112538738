/*-------------------------------------------------------------------------
 *
 * infer.c
 *	  Which type the texts of a column may have.  Pure C.
 *
 * Each value has a set of shapes, ways in which it may be read without a digit
 * being lost: 7 is an integer, a numeric and a double, 007 is nothing but text.
 * A column's shapes are those that all its values have.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "base/ascii.h"
#include "log/sniff/exact.h"
#include "log/sniff/infer.h"
#include "log/literal.h"
#include "log/name.h"

/* Shapes */
#define S_BOOL_WORD		0x0001
#define S_BOOL_LETTER	0x0002
#define S_INT32			0x0004
#define S_INT64			0x0008
#define S_NUMERIC		0x0010
#define S_DOUBLE		0x0020	/* prints as the same number */
#define S_DOUBLE_17		0x0040	/* as DMS prints it */
#define S_REAL			0x0080	/* as DMS prints it */
#define S_DATE			0x0100
#define S_TIMESTAMP		0x0200
#define S_TIMESTAMPTZ	0x0400
#define S_UUID			0x0800
#define S_JSON			0x1000
#define S_ALL			0x1fff
#define S_FLOATS		(S_DOUBLE | S_DOUBLE_17 | S_REAL)

/* InferColumn.spellings */
#define SPELT_LOWER		0x01	/* letters of a uuid or a word */
#define SPELT_UPPER		0x02
#define SPELT_BLANK		0x04	/* between date and time */
#define SPELT_T			0x08
#define SPELT_ZONES		0x10	/* more than one */

/* How far numbers must stay from the limits of a type, and for how many. */
#define SMALLINT_LARGEST	255
#define SMALLINT_VALUES		100
#define INT_LARGEST			UINT64_C(1000000000)

#define NUMERIC_DIGITS		1000
/* of a second, in timestamps */
#define FRACTION_DIGITS		6

static void
range_add(InferRange *r, size_t n)
{
	uint32_t	v = n < UINT32_MAX ? (uint32_t) n : UINT32_MAX;

	r->least = r->any && r->least < v ? r->least : v;
	r->most = r->any && r->most > v ? r->most : v;
	r->any = true;
}

static bool
range_is_one(const InferRange *r)
{
	return r->least == r->most;
}

/* Note in which case the text's letters are. */
static void
note_case(InferColumn *c, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		c->spellings |= s[i] >= 'a' && s[i] <= 'z' ? SPELT_LOWER :
			s[i] >= 'A' && s[i] <= 'Z' ? SPELT_UPPER : 0;
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

/* NaN or an infinity? */
static bool
is_special(const char *s, size_t len)
{
	if (ascii_is_word(s, len, "nan"))
		return true;
	if (len > 0 && (s[0] == '+' || s[0] == '-'))
	{
		s++;
		len--;
	}
	return ascii_is_word(s, len, "infinity") || ascii_is_word(s, len, "inf");
}

static bool
is_zero(const LiteralNumber *n)
{
	for (size_t i = 0; i < n->ndigits + n->nfraction; i++)
		if (n->digits[i < n->ndigits ? i : i + 1] != '0')
			return false;
	return true;
}

static uint32_t
float_shapes(const LiteralNumber *n)
{
	unsigned	exact = exact_floats(n);

	return (exact & EXACT_DOUBLE ? S_DOUBLE : 0) |
		(exact & EXACT_DOUBLE_17 ? S_DOUBLE_17 : 0) |
		(exact & EXACT_REAL_9 ? S_REAL : 0);
}

static uint32_t
number_shapes(InferColumn *c, const char *s, size_t len)
{
	LiteralNumber n;
	uint64_t	m;
	uint32_t	shapes = S_NUMERIC;

	if (is_special(s, len))
	{
		c->specials++;
		return S_NUMERIC | S_FLOATS;
	}
	/* what stands before the point has one way to be written */
	if (!literal_number(s, len, &n) || n.ndigits == 0 ||
		(n.point && n.nfraction == 0) ||
		(n.ndigits > 1 && n.digits[0] == '0') ||
		n.ndigits + n.nfraction > NUMERIC_DIGITS)
		return 0;
	range_add(&c->decimals, n.nfraction);
	/* only floats have a zero with a sign */
	if (n.minus && is_zero(&n))
		shapes = 0;
	if (n.exponent)
	{
		c->scientific++;
		/* an exponent of four digits fits no float */
		return n.nexponent <= 3 ? shapes | float_shapes(&n) : 0;
	}
	if (n.plus || shapes == 0)
		return 0;
	if (c->values == 1 || c->shapes & S_FLOATS)
		shapes |= float_shapes(&n);
	if (n.point || !fits_integer(&n, INT64_MAX, &m))
		return shapes;
	if (m > c->largest)
		c->largest = m;
	return shapes | (fits_integer(&n, INT32_MAX, &m) ? S_INT32 : 0) |
		S_INT64;
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
		if (n == 3 && ascii_digits(s + i + 1, 2) == 2)
			return n;
		if (n == 5 && ascii_digits(s + i + 1, 4) == 4)
			return n;
		if (n == 6 && ascii_digits(s + i + 1, 2) == 2 && s[i + 3] == ':' &&
			ascii_digits(s + i + 4, 2) == 2)
			return n;
	}
	return 0;
}

/* Note how a time is written; false where it has digits that would be lost. */
static bool
note_time(InferColumn *c, const char *s, size_t len, size_t zone)
{
	size_t		fraction = len - zone > 20 ? len - zone - 20 : 0;
	char		text[sizeof(c->zone)] = {0};

	range_add(&c->fraction, fraction);
	c->spellings |= s[10] == ' ' ? SPELT_BLANK : SPELT_T;
	if (zone > 0)
	{
		memcpy(text, s + len - zone, zone);
		if (c->zone[0] == '\0')
			memcpy(c->zone, text, sizeof(text));
		else if (strcmp(c->zone, text) != 0)
			c->spellings |= SPELT_ZONES;
	}
	for (size_t i = 20 + FRACTION_DIGITS; i < len - zone; i++)
		if (s[i] != '0')
			return false;
	return true;
}

static uint32_t
time_shapes(InferColumn *c, const char *s, size_t len)
{
	int64_t		t;
	size_t		zone;

	if (is_date(s, len))
		return S_DATE;
	if (len < 19)
		return 0;
	if (name_parse_timestamp(s, len, &t))
		return note_time(c, s, len, 0) ? S_TIMESTAMP : 0;
	zone = zone_length(s, len);
	return zone > 0 && name_parse_timestamp(s, len - zone, &t) &&
		note_time(c, s, len, zone) ? S_TIMESTAMPTZ : 0;
}

static uint32_t
uuid_shapes(InferColumn *c, const char *s, size_t len)
{
	if (len != 36)
		return 0;
	for (size_t i = 0; i < len; i++)
	{
		bool		hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (hyphen ? s[i] != '-' : ascii_hex_digit(s[i]) < 0)
			return 0;
	}
	note_case(c, s, len);
	return S_UUID;
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
	if (ascii_is_word(s, len, "true") || ascii_is_word(s, len, "false"))
	{
		note_case(c, s, len);
		return S_BOOL_WORD;
	}
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
			time_shapes(c, value, len) | uuid_shapes(c, value, len) |
			json_shapes(c, value, len);
	c->shapes = shapes & own;
}

/* Numbers of which not all are integers, or some too large. */
static InferType
number_type(const InferColumn *c, uint32_t s)
{
	if (c->values == c->specials)
		return INFER_TEXT;		/* nothing but the words */
	/* decimals that a float holds are no floats for that */
	if (c->scientific > 0 && (s & S_REAL))
		return INFER_REAL;
	if (c->scientific > 0 &&
		((s & S_DOUBLE) || ((s & S_DOUBLE_17) && range_is_one(&c->decimals))))
		return INFER_DOUBLE;
	return s & S_NUMERIC ? INFER_NUMERIC : INFER_TEXT;
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
	if (s & (S_NUMERIC | S_FLOATS))
		return number_type(c, s);
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

bool
infer_type_is_key(const InferColumn *c, InferType type)
{
	bool		one_case = !(c->spellings & SPELT_LOWER) ||
		!(c->spellings & SPELT_UPPER);

	switch (type)
	{
		case INFER_TEXT:
		case INFER_SMALLINT:
		case INFER_INT:
		case INFER_BIGINT:
		case INFER_DATE:
			return true;
		case INFER_BOOL:
		case INFER_UUID:
			return one_case;
		case INFER_NUMERIC:
			return c->scientific == 0 && c->specials == 0 &&
				range_is_one(&c->decimals);
		case INFER_TIMESTAMP:
		case INFER_TIMESTAMPTZ:
			return range_is_one(&c->fraction) &&
				c->fraction.most <= FRACTION_DIGITS &&
				!(c->spellings & SPELT_ZONES) &&
				(c->spellings & (SPELT_BLANK | SPELT_T)) !=
				(SPELT_BLANK | SPELT_T);
		default:
			return false;
	}
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

		while (n < len && words[i][n] != '\0' && ascii_lower(s[n]) == words[i][n])
			n++;
		if (n == len && n > 0)
			return true;
	}
	return ascii_is_word(s, len, "on") || ascii_is_word(s, len, "of") ||
		ascii_is_word(s, len, "off");
}

static bool
reads_number(InferType type, const char *s, size_t len)
{
	LiteralNumber n;
	uint64_t	m;

	if (!literal_number(s, len, &n))
		return type >= INFER_NUMERIC && is_special(s, len);
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
		digits += ascii_is_digit(s[i]);
	return digits >= 3 || ascii_is_word(s, len, "infinity") ||
		ascii_is_word(s, len, "-infinity") || ascii_is_word(s, len, "epoch");
}

static bool
reads_uuid(const char *s, size_t len)
{
	size_t		digits = 0;

	for (size_t i = 0; i < len; i++)
	{
		if (ascii_hex_digit(s[i]) >= 0)
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
