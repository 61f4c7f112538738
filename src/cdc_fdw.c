/*-------------------------------------------------------------------------
 *
 * cdc_fdw.c
 *	  The door: what PostgreSQL finds in this library.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/fdwapi.h"
#include "utils/guc.h"

#include "fdw/fdw.h"
#include "fdw/functions.h"
#include "fdw/options.h"

/*
 * All else in the library is hidden.  PGDLLEXPORT alone does not show a symbol
 * on every version.
 */
#pragma GCC visibility push(default)

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);
PGDLLEXPORT Datum cdc_fdw_handler(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum cdc_fdw_validator(PG_FUNCTION_ARGS);

PGDLLEXPORT Datum cdc_fdw_sync(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum cdc_fdw_server_objects(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum cdc_fdw_table_objects(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum cdc_fdw_sample(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum cdc_fdw_row_add(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum cdc_fdw_row_sum_combine(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum cdc_fdw_row_bytes(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum cdc_fdw_fingerprint(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum cdc_fdw_compare(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum cdc_fdw_changes_since(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(cdc_fdw_handler);
PG_FUNCTION_INFO_V1(cdc_fdw_validator);
PG_FUNCTION_INFO_V1(cdc_fdw_sync);
PG_FUNCTION_INFO_V1(cdc_fdw_server_objects);
PG_FUNCTION_INFO_V1(cdc_fdw_table_objects);
PG_FUNCTION_INFO_V1(cdc_fdw_sample);
PG_FUNCTION_INFO_V1(cdc_fdw_row_add);
PG_FUNCTION_INFO_V1(cdc_fdw_row_sum_combine);
PG_FUNCTION_INFO_V1(cdc_fdw_row_bytes);
PG_FUNCTION_INFO_V1(cdc_fdw_fingerprint);
PG_FUNCTION_INFO_V1(cdc_fdw_compare);
PG_FUNCTION_INFO_V1(cdc_fdw_changes_since);

#pragma GCC visibility pop

void
_PG_init(void)
{
	/*
	 * A plain string: it is read when a scan starts.  A check hook would drop
	 * a bad value set before the library was loaded with a mere warning, and
	 * the session would silently read another instant.
	 */
	DefineCustomStringVariable("cdc_fdw.asof",
							   "The instant at which change logs are read.",
							   "Applies to tables that do not set one of their own; empty for the newest state.",
							   &cdc_session_asof,
							   "",
							   PGC_USERSET,
							   0,
							   NULL, NULL, NULL);
	DefineCustomRealVariable("cdc_fdw.max_bytes",
							 "The most that one scan of a change log may read.",
							 "In bytes as the files are stored; 0 means no limit.",
							 &cdc_max_bytes,
							 0, 0, 1e18,
							 PGC_USERSET,
							 GUC_UNIT_BYTE,
							 NULL, NULL, NULL);
	DefineCustomIntVariable("cdc_fdw.prefetch_bytes",
							"How much of a change log is fetched ahead of the walk.",
							"In bytes, for every scan; 0 means one file at a time.",
							&cdc_prefetch_bytes,
							64 * 1024 * 1024, 0, 1024 * 1024 * 1024,
							PGC_USERSET,
							GUC_UNIT_BYTE,
							NULL, NULL, NULL);
	DefineCustomIntVariable("cdc_fdw.max_record_bytes",
							"How long a record may be.",
							"A record that does not end within so many bytes is an error.",
							&cdc_max_record_bytes,
							256 * 1024 * 1024, 1024 * 1024, 1024 * 1024 * 1024,
							PGC_USERSET,
							GUC_UNIT_BYTE,
							NULL, NULL, NULL);
	DefineCustomIntVariable("cdc_fdw.max_gzip_ratio",
							"How many times its size a gzip file may expand to.",
							"Holds from 64 MB on; 0 means no limit.",
							&cdc_max_gzip_ratio,
							500, 0, 1000000,
							PGC_USERSET,
							0,
							NULL, NULL, NULL);
	DefineCustomBoolVariable("cdc_fdw.force_libcsv",
							 "Reads every record by libcsv.",
							 "For tests: the vector scanner must give the same.",
							 &cdc_force_libcsv,
							 false,
							 PGC_USERSET,
							 GUC_NOT_IN_SAMPLE,
							 NULL, NULL, NULL);
	DefineCustomBoolVariable("cdc_fdw.force_input_functions",
							 "Converts every value by its type's input function.",
							 "For tests: the direct conversions must give the same.",
							 &cdc_force_input_functions,
							 false,
							 PGC_USERSET,
							 GUC_NOT_IN_SAMPLE,
							 NULL, NULL, NULL);
	MarkGUCPrefixReserved("cdc_fdw");
}

Datum
cdc_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	cdc_init_routine(routine);
	PG_RETURN_POINTER(routine);
}

Datum
cdc_fdw_validator(PG_FUNCTION_ARGS)
{
	options_validate(PG_GETARG_DATUM(0), PG_GETARG_OID(1));
	PG_RETURN_VOID();
}

Datum
cdc_fdw_sync(PG_FUNCTION_ARGS)
{
	sync_schema(fcinfo);
	return (Datum) 0;
}

Datum
cdc_fdw_server_objects(PG_FUNCTION_ARGS)
{
	discovery_server_objects(fcinfo);
	return (Datum) 0;
}

Datum
cdc_fdw_table_objects(PG_FUNCTION_ARGS)
{
	discovery_table_objects(fcinfo);
	return (Datum) 0;
}

Datum
cdc_fdw_sample(PG_FUNCTION_ARGS)
{
	discovery_sample(fcinfo);
	return (Datum) 0;
}

Datum
cdc_fdw_row_add(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(row_sum_add(fcinfo));
}

Datum
cdc_fdw_row_sum_combine(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(row_sum_combine(fcinfo));
}

Datum
cdc_fdw_row_bytes(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(row_bytes(fcinfo));
}

Datum
cdc_fdw_fingerprint(PG_FUNCTION_ARGS)
{
	return fingerprint_table(fcinfo);
}

Datum
cdc_fdw_compare(PG_FUNCTION_ARGS)
{
	compare_tables(fcinfo);
	return (Datum) 0;
}

Datum
cdc_fdw_changes_since(PG_FUNCTION_ARGS)
{
	since_changes(fcinfo);
	return (Datum) 0;
}
