/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  Running a scan: from the plan and the instant to tuples.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/nodeHash.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "fdw/fdw.h"

void
cdc_init_routine(FdwRoutine *routine)
{
	routine->GetForeignRelSize = cdcGetForeignRelSize;
	routine->GetForeignPaths = cdcGetForeignPaths;
	routine->GetForeignPlan = cdcGetForeignPlan;
	routine->BeginForeignScan = cdcBeginForeignScan;
	routine->IterateForeignScan = cdcIterateForeignScan;
	routine->ReScanForeignScan = cdcReScanForeignScan;
	routine->EndForeignScan = cdcEndForeignScan;
	routine->ExplainForeignScan = cdcExplainForeignScan;
	routine->AnalyzeForeignTable = cdcAnalyzeForeignTable;
	routine->ImportForeignSchema = cdcImportForeignSchema;
}

/*
 * The instant
 */

/* The input function refused the session's text: say whose text it is. */
static void
session_asof_error(void *arg)
{
	int			code = geterrcode();

	if (ERRCODE_TO_CATEGORY(code) != ERRCODE_DATA_EXCEPTION)
		return;
	errmsg("invalid value for setting \"cdc_fdw.asof\": \"%s\"",
		   (const char *) arg);
	errdetail(code == ERRCODE_DATETIME_FIELD_OVERFLOW ?
			  "A field of it is out of range." :
			  code == ERRCODE_INVALID_PARAMETER_VALUE ?
			  "Its time zone is not known." :
			  "It is no timestamp with time zone.");
}

static TimestampTz
session_asof(void)
{
	const char *text = cdc_session_asof;
	ErrorContextCallback callback;
	Datum		instant;

	if (strncmp(text, "pin:", 4) == 0 || strcmp(text, "watermark") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cdc_fdw.asof = '%s' is not supported yet", text),
				 errhint("Set it to a point in time.")));
	callback.callback = session_asof_error;
	callback.arg = unconstify(char *, text);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	instant = DirectFunctionCall3(timestamptz_in, CStringGetDatum(text),
								  ObjectIdGetDatum(InvalidOid),
								  Int32GetDatum(-1));
	error_context_stack = callback.previous;
	return DatumGetTimestampTz(instant);
}

AsofSource
scan_default_asof(const CdcOptions *opts, TimestampTz *asof)
{
	if (opts->has_table_asof)
	{
		*asof = opts->table_asof;
		return ASOF_TABLE;
	}
	if (cdc_session_asof != NULL && cdc_session_asof[0] != '\0')
	{
		*asof = session_asof();
		return ASOF_SESSION;
	}
	if (opts->has_server_asof)
	{
		*asof = opts->server_asof;
		return ASOF_SERVER;
	}
	*asof = DT_NOEND;
	return ASOF_NONE;
}

/* False where the query compares with NULL, which no row satisfies. */
static bool
resolve_asof(ForeignScanState *node, CdcScanState *state)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	Datum		value;
	bool		isnull;

	if (state->scan.source == ASOF_UNBOUND)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("the column with role asof must be compared by = with one value for each scan"),
				 errhint("Compare it with a constant, a parameter, or a column of a table joined by a nested loop (LATERAL).")));
	if (state->asof_expr == NULL)
	{
		state->scan.source = scan_default_asof(state->scan.opts,
											   &state->scan.asof);
		return true;
	}
	value = ExecEvalExprSwitchContext(state->asof_expr, econtext, &isnull);
	state->scan.asof = DatumGetTimestampTz(value);
	return !isnull;
}

/*
 * One walk
 */

static int
column_of(const LogConfig *c, AttrNumber attnum)
{
	for (int i = 0; i < c->ncolumns; i++)
		if (c->columns[i].attnum == attnum)
			return i;
	return -1;
}

void
scan_prepare(CdcScan *scan, CdcOptions *opts, List *needed)
{
	ListCell   *lc;

	scan->opts = opts;
	scan->ctx = CurrentMemoryContext;
	scan->needed = palloc(sizeof(int) * Max(list_length(needed), 1));
	scan->roles = palloc(sizeof(int) * Max(list_length(needed), 1));
	foreach(lc, needed)
	{
		int			col = column_of(&opts->log, lfirst_int(lc));

		if (col < 0)
			continue;			/* generated */
		if (opts->log.columns[col].role == ROLE_NONE)
			scan->needed[scan->nneeded++] = col;
		else
			scan->roles[scan->nroles++] = col;
	}
	scan->tuples = tuple_open(&opts->log, &scan->position);
	scan->scan_ctx = AllocSetContextCreate(scan->ctx, "cdc_fdw scan",
										   ALLOCSET_DEFAULT_SIZES);
}

static void
note_sizes(CdcScan *scan)
{
	double		base = 0;
	int			n;
	LogFile   **files = manifest_base(scan->manifest, &n);

	for (int i = 0; i < n; i++)
		base += files[i]->size;
	manifests_note_size(scan->opts->relid, base,
						manifest_cdc_bytes(scan->manifest));
}

void
scan_start(CdcScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->scan_ctx);
	ReplaySpec	spec = {
		.manifest = scan->manifest,
		.store = scan->store,
		.config = &scan->opts->log,
		.asof = scan->asof,
		.needed = scan->needed,
		.nneeded = scan->nneeded,
		.memory = get_hash_memory_limit(),
		.position = &scan->position
	};

	scan->replay = replay_open(&spec);
	scan->walks++;
	MemoryContextSwitchTo(old);
}

static void
add_counters(ReplayCounters *sum, const ReplayCounters *c)
{
	/* what describes the log is as the last walk saw it */
	sum->base_files = c->base_files;
	sum->cdc_files = c->cdc_files;
	sum->files_after = c->files_after;
	sum->files_before = c->files_before;
	sum->keyless = c->keyless;
	sum->duplicates = c->duplicates;
	/* what was done adds up */
	sum->files_read += c->files_read;
	sum->files_looked += c->files_looked;
	sum->base_records += c->base_records;
	sum->change_records += c->change_records;
	sum->records_after += c->records_after;
	sum->records_before += c->records_before;
	sum->keys += c->keys;
	sum->splits += c->splits;
	sum->spill_bytes += c->spill_bytes;
	sum->files_sorted += c->files_sorted;
	sum->passes += c->passes;
	sum->upserting_updates += c->upserting_updates;
	sum->unknown_deletes += c->unknown_deletes;
	sum->repeated_inserts += c->repeated_inserts;
	sum->ties += c->ties;
	sum->never_supplied += c->never_supplied;
	sum->ran_back += c->ran_back;
}

void
scan_counters(const CdcScan *scan, ReplayCounters *out)
{
	*out = scan->total;
	if (scan->replay)
	{
		ReplayCounters now;

		replay_counters(scan->replay, &now);
		add_counters(out, &now);
	}
}

void
scan_stop(CdcScan *scan)
{
	if (scan->replay == NULL)
		return;
	scan_counters(scan, &scan->total);
	replay_close(scan->replay);
	scan->replay = NULL;
	MemoryContextReset(scan->scan_ctx);
}

static Datum
role_value(CdcScan *scan, const Row *row, LogRole role, bool *isnull)
{
	const LogFile *file = replay_file(scan->replay, row);
	static const char *const ops[] = {NULL, "I", "U", "D"};

	*isnull = false;
	switch (role)
	{
		case ROLE_OP:
			*isnull = row->base || ops[row->op] == NULL;
			return *isnull ? (Datum) 0 : CStringGetTextDatum(ops[row->op]);
		case ROLE_COMMIT_TIME:
			*isnull = row->time == DT_NOBEGIN ||
				scan->opts->log.timestamp_column == NULL;
			return TimestampTzGetDatum(row->time);
		case ROLE_FILE_TIME:
			*isnull = row->base;
			return TimestampTzGetDatum(file->time);
		case ROLE_FILE:
			/* keys are UTF-8, and a file system may hold anything */
			return CStringGetTextDatum(pg_any_to_server(file->key,
														strlen(file->key),
														PG_UTF8));
		case ROLE_LINE:
			return Int64GetDatum(row->line);
		case ROLE_ASOF:
			return TimestampTzGetDatum(scan->asof);
		case ROLE_NONE:
			break;
	}
	elog(ERROR, "unexpected column role %d", (int) role);
}

static void
error_position(void *arg)
{
	LogPosition *p = arg;

	if (p->uri == NULL)
		return;
	if (p->line > 0 && p->column)
		errcontext("file \"%s\", line %lld, column \"%s\"", p->uri,
				   (long long) p->line, p->column);
	else if (p->line > 0)
		errcontext("file \"%s\", line %lld", p->uri, (long long) p->line);
	else
		errcontext("file \"%s\"", p->uri);
}

bool
scan_next(CdcScan *scan, TupleTableSlot *slot)
{
	ErrorContextCallback context;
	const LogConfig *c = &scan->opts->log;
	const Row  *row;

	context.callback = error_position;
	context.arg = &scan->position;
	context.previous = error_context_stack;
	error_context_stack = &context;
	row = replay_next(scan->replay);
	if (row != NULL)
	{
		memset(slot->tts_isnull, true, sizeof(bool) * slot->tts_tupleDescriptor->natts);
		for (int i = 0; i < scan->nneeded; i++)
		{
			int			att = c->columns[scan->needed[i]].attnum - 1;

			slot->tts_isnull[att] = row->cells[i].state != CELL_VALUE;
			if (!slot->tts_isnull[att])
				slot->tts_values[att] = tuple_value(scan->tuples, scan->needed[i],
													&row->cells[i]);
			else
				tuple_check_null(scan->tuples, scan->needed[i]);
		}
		for (int i = 0; i < scan->nroles; i++)
		{
			const LogColumn *col = &c->columns[scan->roles[i]];

			slot->tts_values[col->attnum - 1] =
				role_value(scan, row, col->role,
						   &slot->tts_isnull[col->attnum - 1]);
		}
	}
	memset(&scan->position, 0, sizeof(LogPosition));
	error_context_stack = context.previous;
	return row != NULL;
}

/*
 * Callbacks
 */

void
cdcBeginForeignScan(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	MemoryContext ctx = AllocSetContextCreate(node->ss.ps.state->es_query_cxt,
											  "cdc_fdw foreign scan",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(ctx);
	CdcScanState *state = palloc0(sizeof(CdcScanState));
	Oid			relid = RelationGetRelid(node->ss.ss_currentRelation);

	node->fdw_state = state;
	scan_prepare(&state->scan, options_for_table(relid),
				 list_nth(plan->fdw_private, FdwScanPrivateNeeded));
	state->scan.source = intVal(list_nth(plan->fdw_private, FdwScanPrivateAsof));
	if (state->scan.source == ASOF_QUERY)
		state->asof_expr = ExecInitExpr(linitial(plan->fdw_exprs),
										(PlanState *) node);
	MemoryContextSwitchTo(old);
}

static void
first_iterate(ForeignScanState *node, CdcScanState *state)
{
	CdcScan    *scan = &state->scan;
	ErrorContextCallback context;

	state->started = true;
	state->no_instant = !resolve_asof(node, state);
	if (state->no_instant)
		return;
	context.callback = error_position;
	context.arg = &scan->position;
	context.previous = error_context_stack;
	error_context_stack = &context;
	if (scan->manifest == NULL)
	{
		scan->manifest = manifests_get(node->ss.ps.state, scan->opts,
									   foreign_scan_user(node));
		scan->store = manifests_store(node->ss.ps.state, scan->manifest,
									  scan->opts, foreign_scan_user(node));
		scan->store_before = *store_counters(scan->store);
	}
	scan_start(scan);
	error_context_stack = context.previous;
}

TupleTableSlot *
cdcIterateForeignScan(ForeignScanState *node)
{
	CdcScanState *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	if (!state->started)
		first_iterate(node, state);
	ExecClearTuple(slot);
	if (state->no_instant || state->scan.replay == NULL)
		return slot;
	if (scan_next(&state->scan, slot))
		ExecStoreVirtualTuple(slot);
	else
	{
		note_sizes(&state->scan);
		scan_stop(&state->scan);
	}
	return slot;
}

void
cdcReScanForeignScan(ForeignScanState *node)
{
	CdcScanState *state = node->fdw_state;

	/* the walk begins anew over the same listing; the instant may differ */
	scan_stop(&state->scan);
	state->started = false;
}

void
cdcEndForeignScan(ForeignScanState *node)
{
	CdcScanState *state = node->fdw_state;

	if (state == NULL)
		return;
	scan_stop(&state->scan);
}
