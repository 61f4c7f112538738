/*-------------------------------------------------------------------------
 *
 * convert.c
 *	  Direct ways from text to the values of common types.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "base/compat.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "base/ascii.h"
#include "base/calendar.h"
#include "log/name.h"
#include "replay/values/convert.h"
#include "replay/values/timetext.h"

/* Digits that surely fit an int64. */
#define SURE_DIGITS		18

/* A sign or none, then at least one and at most max digits. */
static bool
parse_int(const char *s, uint32 len, int max, int64 *value)
{
	bool		minus = len > 0 && *s == '-';
	bool		sign = minus || (len > 0 && *s == '+');
	int64_t		v;

	if (!ascii_number(s + sign, len - sign, max, &v))
		return false;
	*value = minus ? -v : v;
	return true;
}

static bool
convert_int2(const char *s, uint32 len, int32 typmod, Datum *value)
{
	int64		v;

	if (!parse_int(s, len, 5, &v) || v < PG_INT16_MIN || v > PG_INT16_MAX)
		return false;
	*value = Int16GetDatum((int16) v);
	return true;
}

static bool
convert_int4(const char *s, uint32 len, int32 typmod, Datum *value)
{
	int64		v;

	if (!parse_int(s, len, 10, &v) || v < PG_INT32_MIN || v > PG_INT32_MAX)
		return false;
	*value = Int32GetDatum((int32) v);
	return true;
}

static bool
convert_int8(const char *s, uint32 len, int32 typmod, Datum *value)
{
	int64		v;

	if (!parse_int(s, len, SURE_DIGITS, &v))
		return false;
	*value = Int64GetDatum(v);
	return true;
}

static bool
convert_bool(const char *s, uint32 len, int32 typmod, Datum *value)
{
	bool		v = len > 0 && (*s == 't' || *s == '1');

	if (!(len == 1 && (v || *s == 'f' || *s == '0')) &&
		!(len == 4 && memcmp(s, "true", 4) == 0) &&
		!(len == 5 && memcmp(s, "false", 5) == 0))
		return false;
	*value = BoolGetDatum(v);
	return true;
}

/* Powers of ten that a group of a numeric's digits is filled up by. */
static const int64 fill_up[] = {1, 1000, 100, 10};

/* Digits behind the point, of which there is room for the groups. */
#define MAX_SCALE	12
#define MAX_GROUPS	10
/* so many of them are copied at once, where there are no more */
#define SHORT_COPY	4

/*
 * whole.fraction, of scale digits behind the point, as a numeric in its short
 * form: a header of sign, scale and weight, and groups of four digits without
 * zero groups at either end.  This is how numerics lie on disk (numeric.c,
 * "Storage format"), and what make_result() there makes.  scale is MAX_SCALE at
 * most.
 */
static Datum
short_numeric(int64 whole, int64 fraction, int scale, bool minus)
{
	int16		groups[MAX_GROUPS + SHORT_COPY];
	int			first = MAX_GROUPS;
	int			end = first;
	int			weight = -1;
	Size		size;
	struct varlena *result;
	uint16		header;
	char	   *to;

	fraction *= fill_up[scale % 4];
	for (int i = 0; i < (scale + 3) / 4; i++)
	{
		groups[--first] = (int16) (fraction % 10000);
		fraction /= 10000;
	}
	for (; whole > 0; whole /= 10000, weight++)
		groups[--first] = (int16) (whole % 10000);
	while (first < end && groups[first] == 0)
	{
		first++;
		weight--;
	}
	while (first < end && groups[end - 1] == 0)
		end--;
	if (first == end)
	{
		weight = 0;
		minus = false;
	}
	header = 0x8000 | (minus ? 0x2000 : 0) | scale << 7 |
		(weight < 0 ? 0x0040 : 0) | (weight & 0x003F);
	size = VARHDRSZ + sizeof(header) + (end - first) * sizeof(int16);
	result = palloc(Max(size, VARHDRSZ + sizeof(header) +
						SHORT_COPY * sizeof(int16)));
	SET_VARSIZE(result, size);
	memcpy(VARDATA(result), &header, sizeof(header));
	to = VARDATA(result) + sizeof(header);
	/* most have few groups: then a copy of known length needs no call */
	if (end - first <= SHORT_COPY)
		memcpy(to, groups + first, SHORT_COPY * sizeof(int16));
	else
		memcpy(to, groups + first, (end - first) * sizeof(int16));
	return PointerGetDatum(result);
}

/*
 * [-]digits[.digits] whose scale the typmod leaves alone.  The text's scale is
 * the value's, as numeric_in keeps it.
 */
static bool
convert_numeric(const char *s, uint32 len, int32 typmod, Datum *value)
{
	bool		minus = len > 0 && *s == '-';
	uint32		i = minus ? 1 : 0;
	int			before = 0;
	int			after = 0;
	int			leading = 0;
	int64		whole = 0;
	int64		fraction = 0;

	for (; i < len && ascii_is_digit(s[i]); i++, before++)
	{
		if (before >= SURE_DIGITS)
			return false;
		if (whole == 0 && s[i] == '0')
			leading++;
		whole = whole * 10 + (s[i] - '0');
	}
	if (i < len && s[i] == '.')
	{
		for (i++; i < len && ascii_is_digit(s[i]); i++, after++)
		{
			if (before + after >= SURE_DIGITS)
				return false;
			fraction = fraction * 10 + (s[i] - '0');
		}
		if (after == 0)
			return false;
	}
	if (i < len || before == 0)
		return false;
	if (typmod >= (int32) VARHDRSZ)
	{
		int			precision = ((typmod - VARHDRSZ) >> 16) & 0xffff;
		int			scale = (typmod - VARHDRSZ) & 0x7ff;

		/* a negative scale shows as more than the precision: not certain */
		if (scale != after || scale > precision ||
			before - leading > precision - scale)
			return false;
	}
	if (after > MAX_SCALE)
		return false;
	*value = short_numeric(whole, fraction, after, minus);
	return true;
}

/* Powers of ten that a double holds exactly. */
static const double exact_tens[] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13,
	1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};

#define MOST_EXACT_TEN	((int) lengthof(exact_tens) - 1)
#define MOST_EXACT_INT	(UINT64CONST(1) << 53)

/*
 * [-]digits[.digits][e[sign]digits], as strtod() reads it: where the digits and
 * the power of ten are exact doubles, their product or quotient is rounded once
 * (W. D. Clinger, How to Read Floating Point Numbers Accurately, 1990).
 */
static bool
parse_double(const char *s, uint32 len, double *value)
{
	bool		minus = len > 0 && *s == '-';
	uint32		i = minus ? 1 : 0;
	uint32		first = i;
	uint64		digits = 0;
	int64		ten = 0;
	int			after = 0;
	double		v;

	for (; i < len && ascii_is_digit(s[i]); i++)
	{
		if (i - first >= SURE_DIGITS)
			return false;
		digits = digits * 10 + (s[i] - '0');
	}
	if (i == first)
		return false;
	if (i < len && s[i] == '.')
	{
		for (i++; i < len && ascii_is_digit(s[i]); i++, after++)
		{
			if (i - first > SURE_DIGITS)
				return false;
			digits = digits * 10 + (s[i] - '0');
		}
		if (after == 0)
			return false;
	}
	if (i < len && (s[i] | 0x20) == 'e')
	{
		if (!parse_int(s + i + 1, len - i - 1, 3, &ten))
			return false;
		i = len;
	}
	ten -= after;
	if (i < len || digits > MOST_EXACT_INT ||
		ten < -MOST_EXACT_TEN || ten > MOST_EXACT_TEN)
		return false;
	v = (double) digits;
	v = ten < 0 ? v / exact_tens[-ten] : v * exact_tens[ten];
	*value = minus ? -v : v;
	return true;
}

static bool
convert_float8(const char *s, uint32 len, int32 typmod, Datum *value)
{
	double		v;

	if (!parse_double(s, len, &v))
		return false;
	*value = Float8GetDatum(v);
	return true;
}

/* Bits of a double's fraction that a float has no room for. */
#define LOST_BITS	29

/*
 * The double lies within half of its last place of the text's value, so that
 * rounding it again gives what rounding once would, unless it lies at the
 * middle of two floats, or next to it.
 */
static bool
convert_float4(const char *s, uint32 len, int32 typmod, Datum *value)
{
	const uint64 middle = UINT64CONST(1) << (LOST_BITS - 1);
	double		v;
	uint64		lost;

	if (!parse_double(s, len, &v))
		return false;
	/* neither subnormal nor near overflow */
	if (v != 0 && (fabs(v) < 1e-37 || fabs(v) > 1e38))
		return false;
	memcpy(&lost, &v, sizeof(lost));
	lost &= (UINT64CONST(1) << LOST_BITS) - 1;
	if (lost >= middle - 1 && lost <= middle + 1)
		return false;
	*value = Float4GetDatum((float4) v);
	return true;
}

/* Two digits, or -1. */
static inline int
two_digits(const char *s)
{
	return ascii_digits(s, 2) == 2 ? (s[0] - '0') * 10 + s[1] - '0' : -1;
}

static bool
convert_date(const char *s, uint32 len, int32 typmod, Datum *value)
{
	int			year;
	int			month;
	int			day;

	if (len != 10 || s[4] != '-' || s[7] != '-')
		return false;
	if (two_digits(s) < 0 || two_digits(s + 2) < 0)
		return false;
	year = two_digits(s) * 100 + two_digits(s + 2);
	month = two_digits(s + 5);
	day = two_digits(s + 8);
	if (!calendar_is_date(year, month, day))
		return false;
	*value = DateADTGetDatum(calendar_days(year, month, day));
	return true;
}

/* Also for timestamptz whose zone is UTC. */
static bool
convert_timestamp(const char *s, uint32 len, int32 typmod, Datum *value)
{
	int64		v;

	if (len < 19 || s[10] != ' ' ||
		!name_parse_timestamp(s, len, &v))
		return false;
	*value = TimestampGetDatum(typmod < 0 ? v : timetext_cut_time(v, typmod));
	return true;
}

static bool
convert_uuid(const char *s, uint32 len, int32 typmod, Datum *value)
{
	pg_uuid_t  *uuid;
	unsigned char bytes[UUID_LEN];
	uint32		at = 0;

	if (len != 36)
		return false;
	for (int i = 0; i < UUID_LEN; i++)
	{
		int			high;
		int			low;

		if (i == 4 || i == 6 || i == 8 || i == 10)
			if (s[at++] != '-')
				return false;
		high = ascii_hex_digit(s[at]);
		low = ascii_hex_digit(s[at + 1]);
		if (high < 0 || low < 0)
			return false;
		bytes[i] = (unsigned char) (high << 4 | low);
		at += 2;
	}
	uuid = palloc(sizeof(pg_uuid_t));
	memcpy(uuid->data, bytes, UUID_LEN);
	*value = UUIDPGetDatum(uuid);
	return true;
}

static bool
convert_text(const char *s, uint32 len, int32 typmod, Datum *value)
{
	/* as many bytes as characters are allowed is never too long */
	if (typmod >= (int32) VARHDRSZ && len > typmod - VARHDRSZ)
		return false;
	*value = PointerGetDatum(cstring_to_text_with_len(s, (int) len));
	return true;
}

ConvertFunction
convert_function(Oid typid, int32 typmod, bool *textual)
{
	*textual = false;
	switch (typid)
	{
		case INT2OID:
			return convert_int2;
		case INT4OID:
			return convert_int4;
		case INT8OID:
			return convert_int8;
		case BOOLOID:
			return convert_bool;
		case NUMERICOID:
			return convert_numeric;
		case FLOAT4OID:
			return convert_float4;
		case FLOAT8OID:
			return convert_float8;
		case DATEOID:
			return convert_date;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return convert_timestamp;
		case UUIDOID:
			return convert_uuid;
		case TEXTOID:
		case VARCHAROID:
			*textual = true;
			return convert_text;
		default:
			return NULL;
	}
}
