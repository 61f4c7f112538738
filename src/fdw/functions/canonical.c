/*-------------------------------------------------------------------------
 *
 * canonical.c
 *	  Rows as bytes that do not depend on settings, machine or version.
 *
 * Most values are the text that their type prints.  While it does, the
 * settings that shape such texts have fixed values.  They are set for this
 * alone, not for the query around it: TimeZone there also decides which
 * instant a session's setting names, and what a view computes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/cash.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "fdw/functions/canonical.h"
#include "replay/values/input.h"
#include "replay/values/settings.h"

/* The length that says NULL. */
#define CANONICAL_NULL PG_UINT32_MAX

/* Longest text of an integer, with its zero byte. */
#define INTEGER_TEXT 24

typedef enum CanonicalForm
{
	FORM_OUTPUT,				/* what the type's output function prints */
	FORM_INT2,
	FORM_INT4,
	FORM_INT8,					/* money too, whose text is the locale's */
	FORM_TEXT,
	FORM_PADDED,				/* char(n): blanks at the end are not data */
	FORM_NUMERIC,				/* zeros at the end of a fraction neither */
	FORM_FLOAT					/* -0 is 0 */
} CanonicalForm;

typedef struct CanonicalColumn
{
	CanonicalForm form;
	FmgrInfo	output;
} CanonicalColumn;

struct CanonicalRow
{
	MemoryContext ctx;
	bool		convert;		/* the database is not in UTF-8 */
	/* of the rows' type; NULL: no row was seen */
	TupleDesc	desc;
	int			rare;			/* settings that printing it takes */
	CanonicalColumn *columns;
	Datum	   *values;
	bool	   *nulls;
};

CanonicalRow *
canonical_create(MemoryContext ctx)
{
	CanonicalRow *row = MemoryContextAllocZero(ctx, sizeof(CanonicalRow));

	row->ctx = ctx;
	row->convert = GetDatabaseEncoding() != PG_UTF8;
	return row;
}

static CanonicalForm
form_of(Oid type)
{
	switch (type)
	{
		case INT2OID:
			return FORM_INT2;
		case INT4OID:
			return FORM_INT4;
		case INT8OID:
		case CASHOID:
			return FORM_INT8;
		case TEXTOID:
		case VARCHAROID:
			return FORM_TEXT;
		case BPCHAROID:
			return FORM_PADDED;
		case NUMERICOID:
			return FORM_NUMERIC;
		case FLOAT4OID:
		case FLOAT8OID:
			return FORM_FLOAT;
		default:
			return FORM_OUTPUT;
	}
}

/* Prepare for rows of a type, unless the last one was of it. */
static void
take_type(CanonicalRow *row, HeapTupleHeader tuple)
{
	Oid			type = HeapTupleHeaderGetTypeId(tuple);
	int32		typmod = HeapTupleHeaderGetTypMod(tuple);
	MemoryContext old;
	TupleDesc	desc;

	if (row->desc != NULL && row->desc->tdtypeid == type &&
		row->desc->tdtypmod == typmod)
		return;
	old = MemoryContextSwitchTo(row->ctx);
	desc = lookup_rowtype_tupdesc_copy(type, typmod);
	row->rare = 0;
	row->columns = palloc0(sizeof(CanonicalColumn) * Max(desc->natts, 1));
	row->values = palloc(sizeof(Datum) * Max(desc->natts, 1));
	row->nulls = palloc(sizeof(bool) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Oid			output;
		bool		varlena;

		if (att->attisdropped)
			continue;
		row->columns[i].form = form_of(getBaseType(att->atttypid));
		if (row->columns[i].form == FORM_OUTPUT)
			row->rare |= input_rare_settings(att->atttypid);
		getTypeOutputInfo(att->atttypid, &output, &varlena);
		fmgr_info_cxt(output, &row->columns[i].output, row->ctx);
	}
	MemoryContextSwitchTo(old);
	row->desc = desc;
}

void
canonical_put32(StringInfo out, uint32 n)
{
	n = pg_hton32(n);
	appendBinaryStringInfo(out, (char *) &n, sizeof(n));
}

const char *
canonical_name(const char *name)
{
	return pg_server_to_any(name, strlen(name), PG_UTF8);
}

static void
put_value(CanonicalRow *row, const char *text, size_t len, StringInfo out)
{
	if (row->convert)
	{
		const char *utf8 = pg_server_to_any(text, len, PG_UTF8);

		if (utf8 != text)
		{
			text = utf8;
			len = strlen(utf8);
		}
	}
	canonical_put32(out, len);
	appendBinaryStringInfo(out, text, len);
}

static void
put_text(CanonicalRow *row, Datum value, bool padded, StringInfo out)
{
	text	   *t = DatumGetTextPP(value);
	size_t		len = VARSIZE_ANY_EXHDR(t);

	/* no byte of a longer character is a blank in a server's encoding */
	while (padded && len > 0 && VARDATA_ANY(t)[len - 1] == ' ')
		len--;
	put_value(row, VARDATA_ANY(t), len, out);
	if ((Pointer) t != DatumGetPointer(value))
		pfree(t);
}

/* A number's text without zeros that its fraction ends in. */
static size_t
trimmed_length(const char *text)
{
	size_t		len = strlen(text);

	if (memchr(text, '.', len) == NULL)
		return len;
	while (text[len - 1] == '0')
		len--;
	return text[len - 1] == '.' ? len - 1 : len;
}

static void
put_output(CanonicalRow *row, CanonicalColumn *col, Datum value,
		   StringInfo out)
{
	char	   *text = OutputFunctionCall(&col->output, value);

	if (col->form == FORM_NUMERIC)
		put_value(row, text, trimmed_length(text), out);
	else if (col->form == FORM_FLOAT && strcmp(text, "-0") == 0)
		put_value(row, "0", 1, out);
	else
		put_value(row, text, strlen(text), out);
	pfree(text);
}

static void
put_column(CanonicalRow *row, CanonicalColumn *col, Datum value,
		   StringInfo out)
{
	char		digits[INTEGER_TEXT];

	switch (col->form)
	{
		case FORM_INT2:
			put_value(row, digits, pg_itoa(DatumGetInt16(value), digits), out);
			break;
		case FORM_INT4:
			put_value(row, digits, pg_ltoa(DatumGetInt32(value), digits), out);
			break;
		case FORM_INT8:
			put_value(row, digits, pg_lltoa(DatumGetInt64(value), digits),
					  out);
			break;
		case FORM_TEXT:
		case FORM_PADDED:
			put_text(row, value, col->form == FORM_PADDED, out);
			break;
		case FORM_OUTPUT:
		case FORM_NUMERIC:
		case FORM_FLOAT:
			put_output(row, col, value, out);
			break;
	}
}

void
canonical_append(CanonicalRow *row, HeapTupleHeader tuple, StringInfo out)
{
	HeapTupleData t;
	SavedSettings saved;

	take_type(row, tuple);
	t.t_len = HeapTupleHeaderGetDatumLength(tuple);
	ItemPointerSetInvalid(&t.t_self);
	t.t_tableOid = InvalidOid;
	t.t_data = tuple;
	heap_deform_tuple(&t, row->desc, row->values, row->nulls);

	settings_fix(&saved, settings_iso(), row->rare);
	PG_TRY();
	{
		for (int i = 0; i < row->desc->natts; i++)
		{
			if (TupleDescAttr(row->desc, i)->attisdropped)
				continue;
			if (row->nulls[i])
				canonical_put32(out, CANONICAL_NULL);
			else
				put_column(row, &row->columns[i], row->values[i], out);
		}
	}
	PG_FINALLY();
	{
		settings_restore(&saved);
	}
	PG_END_TRY();
}

const char *
canonical_next(const char **at, const char *end, int *len)
{
	const char *value;
	uint32		n;

	if (end - *at < sizeof(n))
		elog(ERROR, "canonical bytes of a row end early");
	memcpy(&n, *at, sizeof(n));
	n = pg_ntoh32(n);
	value = *at += sizeof(n);
	*len = -1;
	if (n == CANONICAL_NULL)
		return value;
	if (end - value < n)
		elog(ERROR, "canonical bytes of a row end early");
	*len = n;
	*at += n;
	return value;
}
