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

#include "base/compat.h"
#include "fdw/fdw.h"
#include "fdw/options/options.h"
#include "log/progress.h"
#include "store/retry.h"
#include "store/http/http.h"
#include "store/stats.h"
#include "store/store.h"

/* All else in the library is hidden. */
#pragma GCC visibility push(default)

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

#pragma GCC visibility pop

CDC_FUNCTION(cdc_fdw_handler);
CDC_FUNCTION(cdc_fdw_validator);

static void
define_timeouts(void)
{
	DefineCustomIntVariable("cdc_fdw.connect_timeout",
							"How long one attempt to connect to a store may take.",
							"Looking up its name and the TLS handshake are part of it.",
							&http_connect_timeout,
							10 * 1000, 100, 10 * 60 * 1000,
							PGC_USERSET,
							GUC_UNIT_MS,
							NULL, NULL, NULL);
	DefineCustomIntVariable("cdc_fdw.read_timeout",
							"How long a connection to a store may bring nothing.",
							"Then it is given up and the request tried again.",
							&http_read_timeout,
							30, 1, 60 * 60,
							PGC_USERSET,
							GUC_UNIT_S,
							NULL, NULL, NULL);
	DefineCustomIntVariable("cdc_fdw.retry_for",
							"How long a store that is out of service is tried again.",
							"It takes no connections, or answers with status 503; 0 means five tries, as for other faults.",
							&retry_for,
							10 * 1000, 0, 60 * 60 * 1000,
							PGC_USERSET,
							GUC_UNIT_MS,
							NULL, NULL, NULL);
}

static void
define_limits(void)
{
	DefineCustomRealVariable("cdc_fdw.max_bytes",
							 "The most that one query may read of change logs.",
							 "In bytes as the files are stored; 0 means no limit.",
							 &cdc_max_bytes,
							 0, 0, 1e18,
							 PGC_USERSET,
							 GUC_UNIT_BYTE,
							 NULL, NULL, NULL);
	DefineCustomIntVariable("cdc_fdw.max_objects",
							"How many objects a listing may have.",
							"Each takes some 350 bytes of memory.",
							&store_max_objects,
							STORE_MAX_OBJECTS, 1, INT_MAX,
							PGC_SUSET,
							0,
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
}

/* For developers. */
static void
define_forces(void)
{
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
	DefineCustomBoolVariable("cdc_fdw.force_unzip_ahead",
							 "Unzips ahead by a thread, however few processors there are.",
							 "For tests: else only where each process that takes part has two.",
							 &cdc_force_unzip_ahead,
							 false,
							 PGC_USERSET,
							 GUC_NOT_IN_SAMPLE,
							 NULL, NULL, NULL);
}

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
	DefineCustomStringVariable("cdc_fdw.known_at",
							   "The instant up to which change files are known.",
							   "Files named later are as if they were not there; empty for all.",
							   &cdc_session_known_at,
							   "",
							   PGC_USERSET,
							   0,
							   NULL, NULL, NULL);
	DefineCustomBoolVariable("cdc_fdw.require_sealed",
							 "Refuses instants up to which a log is not provably complete.",
							 NULL,
							 &cdc_require_sealed,
							 false,
							 PGC_USERSET,
							 0,
							 NULL, NULL, NULL);
	DefineCustomIntVariable("cdc_fdw.prefetch_bytes",
							"How much of a change log is fetched ahead of the walk.",
							"In bytes, for a scan, and twice as much for all of a process; 0 means one file at a time.",
							&cdc_prefetch_bytes,
							64 * 1024 * 1024, 0, 1024 * 1024 * 1024,
							PGC_USERSET,
							GUC_UNIT_BYTE,
							NULL, NULL, NULL);
	define_limits();
	define_timeouts();
	define_forces();
	MarkGUCPrefixReserved("cdc_fdw");
	stats_init();
	progress_init();
}

Datum
cdc_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = cdcGetForeignRelSize;
	routine->GetForeignPaths = cdcGetForeignPaths;
	routine->GetForeignPlan = cdcGetForeignPlan;
	routine->BeginForeignScan = cdcBeginForeignScan;
	routine->IterateForeignScan = cdcIterateForeignScan;
	routine->ReScanForeignScan = cdcReScanForeignScan;
	routine->EndForeignScan = cdcEndForeignScan;
	routine->ExplainForeignScan = cdcExplainForeignScan;
	routine->AnalyzeForeignTable = cdcAnalyzeForeignTable;
	routine->IsForeignScanParallelSafe = cdcIsForeignScanParallelSafe;
	routine->EstimateDSMForeignScan = cdcEstimateDSMForeignScan;
	routine->InitializeDSMForeignScan = cdcInitializeDSMForeignScan;
	routine->ReInitializeDSMForeignScan = cdcReInitializeDSMForeignScan;
	routine->InitializeWorkerForeignScan = cdcInitializeWorkerForeignScan;
	routine->ShutdownForeignScan = cdcShutdownForeignScan;
	routine->ImportForeignSchema = cdcImportForeignSchema;
	PG_RETURN_POINTER(routine);
}

Datum
cdc_fdw_validator(PG_FUNCTION_ARGS)
{
	options_validate(PG_GETARG_DATUM(0), PG_GETARG_OID(1));
	PG_RETURN_VOID();
}
