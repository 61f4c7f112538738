/*-------------------------------------------------------------------------
 *
 * loss.c
 *	  What a type loses of a text that it reads.
 *
 * An input function takes more than its type holds: date passes over a time of
 * day, timestamp over an offset, a float over digits.  A value is held where the
 * text's could be written again from it.  Other spellings of one value, such as
 * a uuid's, are no loss.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/ascii.h"
#include "fdw/import/import.h"
#include "log/sniff/exact.h"
#include "log/literal.h"
#include "replay/values/nested.h"

#define SECOND_DIGITS	6
/* Enough for what is sampled, and few enough for numeric. */
#define NUMBER_DIGITS	10000
#define EXPONENT_DIGITS	4
/* Any zone that is not UTC. */
#define EAST			(5 * SECS_PER_HOUR)

struct ImportLoss
{
	Oid			typid;			/* base type of the values, or of elements */
	bool		plain;			/* no encoding: the text is the type's own */
	ImportReader *texts;		/* an array's elements as they are written */
	/* the same texts with a date, of types that have none; else NULL */
	ImportReader *dated;
	/* with zone, in two of them, for types without one; else NULL */
	ImportReader *utc;
	ImportReader *east;
};

/* ---- numbers ---- */

/* A number as PostgreSQL writes it, whatever the settings. */
static char *
number_text(Oid typid, Datum value)
{
	char		buf[Max(DOUBLE_SHORTEST_DECIMAL_LEN, FLOAT_SHORTEST_DECIMAL_LEN)];
	Oid			output;
	bool		varlena;

	switch (typid)
	{
		case FLOAT8OID:
			double_to_shortest_decimal_buf(DatumGetFloat8(value), buf);
			return pstrdup(buf);
		case FLOAT4OID:
			float_to_shortest_decimal_buf(DatumGetFloat4(value), buf);
			return pstrdup(buf);
		case MONEYOID:
			value = DirectFunctionCall1(cash_numeric, value);
			typid = NUMERICOID;
			break;
		default:
			break;
	}
	getTypeOutputInfo(typid, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}

static Datum
exact_number(const char *text)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text),
							   ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}

/* An amount without its currency and what groups its digits. */
static char *
amount_text(const char *text)
{
	StringInfoData s;

	initStringInfo(&s);
	if (strpbrk(text, "-(") != NULL)
		appendStringInfoChar(&s, '-');
	for (; *text != '\0'; text++)
		if (isdigit((unsigned char) *text) || *text == '.')
			appendStringInfoChar(&s, *text);
	return s.data;
}

static bool
number_loses(Oid typid, Datum value, const char *text)
{
	char	   *trimmed;
	char	   *shown;
	int			len;
	unsigned	exact;
	LiteralNumber n;

	while (isspace((unsigned char) *text))
		text++;
	trimmed = typid == MONEYOID ? amount_text(text) : pstrdup(text);
	len = strlen(trimmed);
	while (len > 0 && isspace((unsigned char) trimmed[len - 1]))
		trimmed[--len] = '\0';
	if (!literal_number(trimmed, len, &n))
		/* else it is no decimal number: 0x1F, 1_000 */
		return !isalpha((unsigned char) trimmed[strspn(trimmed, "+-")]);
	/* what is written so is no number, but digits: 007, +4930123 */
	if ((n.ndigits > 1 && n.digits[0] == '0') || (n.plus && !n.exponent) ||
		n.nexponent > EXPONENT_DIGITS ||
		n.ndigits + n.nfraction > NUMBER_DIGITS)
		return true;
	exact = exact_floats(&n);
	if ((typid == FLOAT8OID && (exact & EXACT_DOUBLE_17)) ||
		(typid == FLOAT4OID && (exact & EXACT_REAL_9)))
		return false;
	shown = number_text(typid, value);
	return n.minus != (shown[0] == '-') ||
		!DatumGetBool(DirectFunctionCall2(numeric_eq, exact_number(trimmed),
										  exact_number(shown)));
}

/* ---- dates and times ---- */

/* True if digits are behind the sixth of a second, or the second is a leap one. */
static bool
second_loses(const char *text)
{
	for (const char *s = text; *s != '\0'; s++)
	{
		size_t		n;

		if (s == text || s[0] != '.' || !ascii_is_digit(s[-1]))
			continue;
		n = strspn(s + 1, "0123456789");
		if (n > SECOND_DIGITS &&
			strspn(s + 1 + SECOND_DIGITS, "0") < n - SECOND_DIGITS)
			return true;
	}
	return strstr(text, ":60") != NULL;
}

static bool
reads(ImportReader *r, const SampleField *field, Datum *value)
{
	ErrorData  *error;

	return import_reader_read(r, field, value, &error);
}

/* True if the text says a zone: it is one instant or time in two zones. */
static bool
has_zone(const ImportLoss *l, const SampleField *field)
{
	Datum		here;
	Datum		there;

	if (!reads(l->utc, field, &here) || !reads(l->east, field, &there))
		return false;
	if (l->typid == TIMEOID)
		return DatumGetTimeTzADTP(here)->zone ==
			DatumGetTimeTzADTP(there)->zone;
	return DatumGetTimestampTz(here) == DatumGetTimestampTz(there) &&
		!TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(here));
}

static bool
has_time_of_day(const ImportLoss *l, Datum value, const SampleField *field)
{
	DateADT		date = DatumGetDateADT(value);
	Datum		at;

	return !DATE_NOT_FINITE(date) && reads(l->utc, field, &at) &&
		DatumGetTimestampTz(at) != date * USECS_PER_DAY;
}

static bool
time_loses(const ImportLoss *l, Datum value, const SampleField *field)
{
	Datum		ignored;

	return second_loses(field->data) ||
		(l->dated != NULL && reads(l->dated, field, &ignored)) ||
		(l->utc != NULL && has_zone(l, field)) ||
		(l->typid == DATEOID && has_time_of_day(l, value, field));
}

/* ---- others ---- */

/* True if a key stands twice, or a zero has a sign. */
static bool
jsonb_loses(Datum value, const SampleField *field)
{
	JsonbIterator *it = JsonbIteratorInit(&DatumGetJsonbP(value)->root);
	JsonbIteratorToken token;
	JsonbValue	v;
	size_t		keys = 0;
	bool		minus_zero;

	if (!literal_is_json(field->data, field->len))
		return false;
	while ((token = JsonbIteratorNext(&it, &v, false)) != WJB_DONE)
		keys += token == WJB_KEY;
	return literal_json_members(field->data, field->len, &minus_zero) != keys ||
		minus_zero;
}

static bool
text_loses(Oid typid, Datum value, const char *text)
{
	return strcmp(number_text(typid, value), text) != 0;
}

static bool
value_loses(const ImportLoss *l, Datum value, const SampleField *field)
{
	switch (l->typid)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case XIDOID:
		case CIDOID:
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case MONEYOID:
			return number_loses(l->typid, value, field->data);
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return time_loses(l, value, field);
		case INTERVALOID:
			return second_loses(field->data);
		case CHAROID:
		case NAMEOID:
			return text_loses(l->typid, value, field->data);
		case JSONBOID:
			return l->plain && jsonb_loses(value, field);
		default:
			return false;
	}
}

/* ---- arrays ---- */

static void
elements_of(Datum array, Oid typid, Datum **values, bool **nulls, int *n)
{
	int16		len;
	bool		byval;
	char		align;

	get_typlenbyvalalign(typid, &len, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(array), typid, len, byval, align,
					  values, nulls, n);
}

static bool
array_loses(const ImportLoss *l, Datum array, const SampleField *field)
{
	Datum		written;
	Datum	   *values;
	Datum	   *texts;
	bool	   *nulls;
	bool	   *no_texts;
	int			n;
	int			ntexts;
	bool		loses = false;
	MemoryContext scratch;
	MemoryContext outer;

	if (!reads(l->texts, field, &written))
		return false;
	elements_of(array, l->typid, &values, &nulls, &n);
	elements_of(written, TEXTOID, &texts, &no_texts, &ntexts);
	scratch = AllocSetContextCreate(CurrentMemoryContext, "cdc_fdw element",
									ALLOCSET_SMALL_SIZES);
	outer = MemoryContextSwitchTo(scratch);
	for (int i = 0; i < Min(n, ntexts) && !loses; i++)
	{
		SampleField element = {0};

		CHECK_FOR_INTERRUPTS();
		if (nulls[i] || no_texts[i])
			continue;
		element.data = TextDatumGetCString(texts[i]);
		element.len = strlen(element.data);
		loses = value_loses(l, values[i], &element);
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(outer);
	MemoryContextDelete(scratch);
	return loses;
}

/* ---- a column ---- */

/* A reader of the same texts as another type, where times have that zone. */
static ImportReader *
open_as(const ValueStyle *style, const LogColumn *column, Oid typid,
		pg_tz *zone)
{
	LogColumn	other = *column;
	ValueStyle	there = *style;

	other.typid = typid;
	other.typmod = -1;
	other.collation = get_typcollation(typid);
	there.zone = zone != NULL ? zone : style->zone;
	return import_reader_open(&there, &other);
}

ImportLoss *
import_loss_open(const ValueStyle *style, const LogColumn *column)
{
	ImportLoss *l = palloc0(sizeof(ImportLoss));
	LogColumn	plain = *column;
	Oid			element;
	pg_tz	   *utc = pg_tzset("UTC");
	pg_tz	   *east = pg_tzset_offset(-EAST);

	l->typid = getBaseType(column->typid);
	l->plain = column->encoding == NESTED_NONE && column->fields == NULL;
	element = get_element_type(l->typid);
	if (OidIsValid(element) && column->fields == NULL)
	{
		l->texts = open_as(style, column, TEXTARRAYOID, NULL);
		l->typid = getBaseType(element);
		l->plain = false;
	}
	plain.encoding = NESTED_NONE;
	plain.fields = NULL;
	if (l->typid == TIMEOID || l->typid == TIMETZOID)
		l->dated = open_as(style, &plain, TIMESTAMPTZOID, utc);
	if (l->typid == DATEOID || l->typid == TIMESTAMPOID || l->typid == TIMEOID)
	{
		Oid			zoned = l->typid == TIMEOID ? TIMETZOID : TIMESTAMPTZOID;

		l->utc = open_as(style, &plain, zoned, utc);
		l->east = open_as(style, &plain, zoned, east);
	}
	return l;
}

bool
import_loses(const ImportLoss *l, Datum value, const SampleField *field)
{
	return l->texts != NULL ? array_loses(l, value, field) :
		value_loses(l, value, field);
}
