/*-------------------------------------------------------------------------
 *
 * rowstate.c
 *	  A row as explain_row.c shows it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

#include "fdw/functions/rowstate.h"

Jsonb *
rowstate_hashes(CanonicalRow *canonical, const RowDoc *doc, Datum composite)
{
	StringInfoData bytes;
	StringInfoData json;
	const char *at;

	initStringInfo(&bytes);
	initStringInfo(&json);
	canonical_append(canonical, DatumGetHeapTupleHeader(composite), &bytes);
	at = bytes.data;
	for (int i = 0; i < doc->n; i++)
	{
		int			len;
		const char *value = canonical_next(&at, bytes.data + bytes.len, &len);

		appendStringInfoChar(&json, i == 0 ? '{' : ',');
		escape_json(&json, NameStr(TupleDescAttr(doc->desc, i)->attname));
		if (len < 0)
			appendStringInfoString(&json, ":null");
		else
			appendStringInfo(&json, ":\"%016llx%016llx\"",
							 (unsigned long long) hash_bytes_extended((const unsigned char *) value,
																	  len, 0),
							 (unsigned long long) hash_bytes_extended((const unsigned char *) value,
																	  len, 1));
	}
	appendStringInfoString(&json, doc->n == 0 ? "{}" : "}");
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
											  CStringGetDatum(json.data)));
}

RowState
rowstate_without(RowState row, Datum *names, int n)
{
	return (RowState) {
		logrows_without(row.values, names, n),
		logrows_without(row.hashes, names, n)
	};
}

RowState
rowstate_over(RowState below, RowState above)
{
	return (RowState) {
		logrows_over(below.values, above.values),
		logrows_over(below.hashes, above.hashes)
	};
}

bool
rowstate_equal(const RowState *a, const RowState *b)
{
	return compareJsonbContainers(&a->hashes->root, &b->hashes->root) == 0;
}

static Jsonb *
copy_doc(const Jsonb *doc)
{
	return memcpy(palloc(VARSIZE(doc)), doc, VARSIZE(doc));
}

void
rowstate_free(RowState *row)
{
	if (row == NULL)
		return;
	pfree(row->values);
	pfree(row->hashes);
	pfree(row);
}

RowState *
rowstate_copy(RowState row)
{
	RowState   *copy = palloc(sizeof(RowState));

	copy->values = copy_doc(row.values);
	copy->hashes = copy_doc(row.hashes);
	return copy;
}
