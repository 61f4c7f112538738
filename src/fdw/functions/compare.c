/*-------------------------------------------------------------------------
 *
 * compare.c
 *	  cdc_fdw_compare: the keys in which a log and a live table differ.
 *
 * Fingerprints come first: where they are equal, nothing is sorted.  Else both
 * are sorted by the canonical bytes of the key and walked side by side, so
 * that keys are equal exactly if fingerprints take them for equal, whatever
 * the types of the two tables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "fdw/functions/canonical.h"
#include "fdw/functions/fingerprint.h"
#include "fdw/instant_text.h"

/* Rows that are taken from the query at a time. */
#define COMPARE_BATCH 1000

/* The query's columns. */
enum
{
	COMPARE_KEY = 1,			/* as jsonb */
	COMPARE_LOG,				/* canonical bytes of the rows, or NULL */
	COMPARE_LIVE
};

typedef struct Compare
{
	FingerTable *log;
	FingerTable *live;
	FingerInstant instant;
	Oid			funcid;
	ReturnSetInfo *rsinfo;
} Compare;

static void
check_arguments(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the tables to compare must not be NULL")));
	if (!PG_ARGISNULL(3) && PG_GETARG_INT32(3) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_keys must be at least 1, not %d",
						PG_GETARG_INT32(3)),
				 errhint("NULL lists all of them.")));
}

static void
check_tables(const Compare *c)
{
	if (!c->log->is_log)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s is not a foreign table of cdc_fdw",
						c->log->name)));
	if (c->log->nkeys == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("foreign table %s has no key", c->log->name),
				 errhint("Declare its key columns with key 'true'. Whether the rows are equal, cdc_fdw_fingerprint tells without a key.")));
	for (int i = 0; i < c->log->ncolumns; i++)
	{
		int			j;

		for (j = 0; j < c->live->ncolumns; j++)
		{
			if (strcmp(c->log->columns[i], c->live->columns[j]) == 0)
				break;
		}
		if (j == c->live->ncolumns)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of %s is not in %s",
							c->log->columns[i], c->log->name, c->live->name),
					 errhint("Compare with a view that has a column of this name.")));
	}
}

/* Do both have the same rows in the columns that are compared? */
static bool
same_fingerprint(const Compare *c)
{
	Fingerprint log;
	Fingerprint live;

	fingerprint_print(c->log, c->log->columns, c->log->ncolumns, &c->instant,
				 c->funcid, &log);
	fingerprint_print(c->live, c->log->columns, c->log->ncolumns, &c->instant,
				 c->funcid, &live);
	return log.rows == live.rows &&
		memcmp(log.hash, live.hash, sizeof(log.hash)) == 0;
}

/*
 * One side: b and r are the canonical bytes of key and row, k0 and so on the
 * key's columns, n tells rows with equal keys apart (a live table may lack the
 * log's key).
 */
static void
put_side(StringInfo sql, const Compare *c, const FingerTable *table)
{
	const char *schema = fingerprint_schema(c->funcid);

	appendStringInfo(sql,
					 "(SELECT x.*, pg_catalog.row_number() OVER (PARTITION BY x.b ORDER BY x.r) AS n FROM (SELECT %s.cdc_fdw_row_bytes(",
					 schema);
	fingerprint_row(sql, c->log->keys, c->log->nkeys);
	appendStringInfo(sql, ") AS b, %s.cdc_fdw_row_bytes(", schema);
	fingerprint_row(sql, c->log->columns, c->log->ncolumns);
	appendStringInfoString(sql, ") AS r");
	for (int i = 0; i < c->log->nkeys; i++)
		appendStringInfo(sql, ", %s AS k%d",
						 quote_identifier(c->log->keys[i]), i);
	fingerprint_from(sql, table, &c->instant);
	appendStringInfoString(sql, ") x)");
}

/* The key of one side as an object of JSON. */
static void
put_key(StringInfo sql, const Compare *c, const char *side)
{
	appendStringInfoString(sql, "pg_catalog.jsonb_build_object(");
	for (int i = 0; i < c->log->nkeys; i++)
		appendStringInfo(sql, "%s%s, %s.k%d", i > 0 ? ", " : "",
						 quote_literal_cstr(c->log->keys[i]), side, i);
	appendStringInfoChar(sql, ')');
}

/* The differing keys, in the order of their bytes; max_keys 0 means all. */
static char *
compare_query(const Compare *c, int max_keys)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT CASE WHEN f.b IS NULL THEN ");
	put_key(&sql, c, "l");
	appendStringInfoString(&sql, " ELSE ");
	put_key(&sql, c, "f");
	appendStringInfoString(&sql, " END, f.r, l.r FROM ");
	put_side(&sql, c, c->log);
	appendStringInfoString(&sql, " f FULL JOIN ");
	put_side(&sql, c, c->live);
	appendStringInfoString(&sql,
						   " l ON f.b OPERATOR(pg_catalog.=) l.b AND f.n OPERATOR(pg_catalog.=) l.n"
						   " WHERE f.b IS NULL OR l.b IS NULL OR f.r OPERATOR(pg_catalog.<>) l.r"
						   " ORDER BY COALESCE(f.b, l.b), COALESCE(f.n, l.n)");
	if (max_keys > 0)
		appendStringInfo(&sql, " LIMIT %d", max_keys);
	return sql.data;
}

/* The names of the columns in which two rows differ. */
static Datum
changed_columns(const Compare *c, const bytea *log, const bytea *live)
{
	const char *a = VARDATA_ANY(log);
	const char *a_end = a + VARSIZE_ANY_EXHDR(log);
	const char *b = VARDATA_ANY(live);
	const char *b_end = b + VARSIZE_ANY_EXHDR(live);
	Datum	   *names = palloc(sizeof(Datum) * c->log->ncolumns);
	int			n = 0;

	for (int i = 0; i < c->log->ncolumns; i++)
	{
		int			a_len;
		int			b_len;
		const char *a_value = canonical_next(&a, a_end, &a_len);
		const char *b_value = canonical_next(&b, b_end, &b_len);

		if (a_len != b_len ||
			(a_len > 0 && memcmp(a_value, b_value, a_len) != 0))
			names[n++] = CStringGetTextDatum(c->log->columns[i]);
	}
	return PointerGetDatum(construct_array(names, n, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

static void
put_difference(const Compare *c, HeapTuple row, TupleDesc desc)
{
	Datum		values[3] = {0};
	bool		nulls[3] = {false, false, true};
	bool		no_log;
	bool		no_live;
	Datum		log = SPI_getbinval(row, desc, COMPARE_LOG, &no_log);
	Datum		live = SPI_getbinval(row, desc, COMPARE_LIVE, &no_live);

	values[0] = SPI_getbinval(row, desc, COMPARE_KEY, &nulls[0]);
	values[1] = CStringGetTextDatum(no_log ? "missing" :
									no_live ? "extra" : "changed");
	if (!no_log && !no_live)
	{
		values[2] = changed_columns(c, DatumGetByteaPP(log),
									DatumGetByteaPP(live));
		nulls[2] = false;
	}
	tuplestore_putvalues(c->rsinfo->setResult, c->rsinfo->setDesc, values,
						 nulls);
}

static void
list_differences(const Compare *c, int max_keys)
{
	FingerInstant param = c->instant;
	MemoryContext row_ctx = AllocSetContextCreate(CurrentMemoryContext,
												  "cdc_fdw_compare row",
												  ALLOCSET_DEFAULT_SIZES);
	Portal		portal = SPI_cursor_open_with_args(NULL,
												   compare_query(c, max_keys),
												   param.given ? 1 : 0,
												   &param.type, &param.value,
												   NULL, false, 0);

	for (;;)
	{
		SPI_cursor_fetch(portal, true, COMPARE_BATCH);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			MemoryContext old = MemoryContextSwitchTo(row_ctx);

			put_difference(c, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
			MemoryContextSwitchTo(old);
			MemoryContextReset(row_ctx);
		}
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
	MemoryContextDelete(row_ctx);
}

CDC_FUNCTION(cdc_fdw_compare);

Datum
cdc_fdw_compare(PG_FUNCTION_ARGS)
{
	Compare		c;
	int			max_keys;

	check_arguments(fcinfo);
	max_keys = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT32(3);
	c.funcid = fcinfo->flinfo->fn_oid;
	c.log = fingerprint_table(PG_GETARG_OID(0));
	c.live = fingerprint_table(PG_GETARG_OID(1));
	check_tables(&c);
	InitMaterializedSRF(fcinfo, 0);
	c.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	SPI_connect();
	fingerprint_instant_begin(&c.instant, !PG_ARGISNULL(2),
						 PG_ARGISNULL(2) ? 0 :
						 instant_text_arg(fcinfo, 2, "asof", false));
	if (!same_fingerprint(&c))
		list_differences(&c, max_keys);
	fingerprint_instant_end(&c.instant);
	SPI_finish();
	return (Datum) 0;
}
