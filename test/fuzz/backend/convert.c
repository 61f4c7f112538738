/*-------------------------------------------------------------------------
 *
 * replay/values/convert.c
 *	  Any text to the direct conversions.  The first byte chooses the type.
 *
 * It is a failure when one takes a text of which the type's input function
 * makes another value, or none.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

#include "replay/values/convert.h"
#include "replay/values/input.h"

#include "backend.h"

#define NUMERIC_TYPMOD(precision, scale) \
	((int32) ((precision) << 16 | ((scale) & 0x7ff)) + (int32) VARHDRSZ)

static const struct
{
	Oid			typid;
	int32		typmod;
}			types[] = {
	{INT2OID, -1},
	{INT4OID, -1},
	{INT8OID, -1},
	{BOOLOID, -1},
	{NUMERICOID, -1},
	{NUMERICOID, NUMERIC_TYPMOD(10, 2)},
	{NUMERICOID, NUMERIC_TYPMOD(38, 12)},
	{NUMERICOID, NUMERIC_TYPMOD(5, -2)},
	{NUMERICOID, NUMERIC_TYPMOD(2, 5)},
	{DATEOID, -1},
	{TIMESTAMPOID, -1},
	{TIMESTAMPOID, 6},
	{TIMESTAMPOID, 3},
	{TIMESTAMPTZOID, -1},
	{UUIDOID, -1},
	{TEXTOID, -1},
	{VARCHAROID, 5 + VARHDRSZ},
	{FLOAT8OID, -1},
	{FLOAT4OID, -1},
};

void
fuzz_convert(const char *text, size_t size)
{
	ConvertFunction direct;
	Oid			typid;
	int32		typmod;
	bool		textual;
	Datum		value;
	Datum		expected;
	int16		typlen;
	bool		typbyval;
	InputReader input;
	ValueStyle	style = {.zone = pg_tzset("UTC"), .date_order = DATEORDER_YMD};

	if (size == 0)
		return;
	typid = types[(unsigned char) *text % lengthof(types)].typid;
	typmod = types[(unsigned char) *text % lengthof(types)].typmod;
	text++;
	size--;
	direct = convert_function(typid, typmod, &textual);
	if (direct == NULL)
		return;
	/* the caller has looked before it hands text over that it will keep */
	if (textual && (memchr(text, '\0', size) != NULL ||
					!pg_verifymbstr(text, (int) size, true)))
		return;
	if (!direct(text, (uint32) size, typmod, &value))
		return;
	PG_TRY();
	{
		input_open(&input, typid, typmod, CurrentMemoryContext);
		(void) input_read(&input, unconstify(char *, text), &style, &expected,
						  NULL);
	}
	PG_CATCH();
	{
		fprintf(stderr, "taken, but no value of type %u, %d: \"%s\"\n",
				typid, typmod, text);
		abort();
	}
	PG_END_TRY();
	get_typlenbyval(typid, &typlen, &typbyval);
	if (strlen(text) != size ||
		!datumIsEqual(value, expected, typbyval, typlen))
	{
		fprintf(stderr, "another value of type %u, %d: \"%s\"\n",
				typid, typmod, text);
		abort();
	}
}
