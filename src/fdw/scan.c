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

/*
 * Where bad values skip their rows all are looked at, so that every query sees
 * the same rows.
 */
static List *
with_own_columns(const LogConfig *c, List *needed)
{
	List	   *all = list_copy(needed);

	for (int i = 0; i < c->ncolumns; i++)
		if (c->columns[i].role == ROLE_NONE)
			all = list_append_unique_int(all, c->columns[i].attnum);
	return all;
}

void
scan_prepare(CdcScan *scan, CdcOptions *opts, List *needed)
{
	ListCell   *lc;

	scan->opts = opts;
	scan->ctx = CurrentMemoryContext;
	scan->needed = palloc(sizeof(int) * opts->log.ncolumns);
	scan->roles = palloc(sizeof(int) * opts->log.ncolumns);
	if (opts->log.on_error == ON_ERROR_SKIP)
		needed = with_own_columns(&opts->log, needed);
	foreach(lc, needed)
	{
		int			col = column_of(&opts->log, lfirst_int(lc));

		if (col < 0)
			continue;			/* generated */
		/* role row is a cell of the record like any other */
		if (opts->log.columns[col].role == ROLE_NONE ||
			opts->log.columns[col].role == ROLE_ROW)
			scan->needed[scan->nneeded++] = col;
		else
			scan->roles[scan->nroles++] = col;
	}
	scan->tuples = tuple_open(&opts->log, &scan->position);
	scan->scan_ctx = AllocSetContextCreate(scan->ctx, "cdc_fdw scan",
										   ALLOCSET_DEFAULT_SIZES);
	scan->row_ctx = AllocSetContextCreate(scan->ctx, "cdc_fdw row",
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

/* Folders that each have a replay. */
static int
count_parts(const CdcScan *scan)
{
	return scan->opts->log.source_is_key ? manifest_nparts(scan->manifest) : 1;
}

static void
start_part(CdcScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->scan_ctx);
	int			nparts = count_parts(scan);
	ReplaySpec	spec = {
		.manifest = nparts > 1 ? manifest_part(scan->manifest, scan->part) :
		scan->manifest,
		.store = scan->store,
		.config = &scan->opts->log,
		.asof = scan->asof,
		.needed = scan->needed,
		.nneeded = scan->nneeded,
		.memory = get_hash_memory_limit(),
		.position = &scan->position,
		.columns = scan->columns,
		.more_follow = scan->part + 1 < nparts,
		.bytes_before = scan->before.bytes
	};

	scan->replay = replay_open(&spec);
	MemoryContextSwitchTo(old);
}

void
scan_start(CdcScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->scan_ctx);

	scan->columns = replay_columns(&scan->opts->log);
	MemoryContextSwitchTo(old);
	memset(&scan->before, 0, sizeof(ReplayCounters));
	scan->part = 0;
	scan->walks++;
	scan->walk_rejected = 0;
	start_part(scan);
}

/* What describes the log: each walk sees it anew. */
static void
add_description(ReplayCounters *sum, const ReplayCounters *c)
{
	sum->base_files += c->base_files;
	sum->cdc_files += c->cdc_files;
	sum->files_after += c->files_after;
	sum->files_before += c->files_before;
	sum->bytes += c->bytes;
	sum->keyless = c->keyless;
	sum->duplicates += c->duplicates;
}

/* What was done. */
static void
add_work(ReplayCounters *sum, const ReplayCounters *c)
{
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

/* Of this walk, as far as it went. */
static void
walk_counters(const CdcScan *scan, ReplayCounters *out)
{
	ReplayCounters now;

	replay_counters(scan->replay, &now);
	/* each folder is walked once in any case */
	if (scan->part > 0 && now.passes > 0)
		now.passes--;
	*out = scan->before;
	add_description(out, &now);
	add_work(out, &now);
}

void
scan_counters(const CdcScan *scan, ReplayCounters *out)
{
	ReplayCounters walk;

	*out = scan->total;
	if (scan->replay == NULL)
		return;
	walk_counters(scan, &walk);
	*out = walk;
	add_work(out, &scan->total);
}

/* Go on with the next folder; false where there is none. */
static bool
next_part(CdcScan *scan)
{
	if (scan->part + 1 >= count_parts(scan))
		return false;
	walk_counters(scan, &scan->before);
	replay_close(scan->replay);
	scan->replay = NULL;
	scan->part++;
	start_part(scan);
	return true;
}

static const Row *
next_row(CdcScan *scan)
{
	const Row  *row;

	do
		row = replay_next(scan->replay);
	while (row == NULL && next_part(scan));
	return row;
}

void
scan_stop(CdcScan *scan)
{
	ReplayCounters sum;

	if (scan->replay == NULL)
		return;
	scan_counters(scan, &sum);
	scan->total = sum;
	replay_close(scan->replay);
	scan->replay = NULL;
	MemoryContextReset(scan->scan_ctx);
}

/* The folder a row comes from, as option "prefix" has it. */
static Datum
source_value(const LogConfig *c, const LogFile *file)
{
	const char *folder = c->folders[file->source];
	size_t		len = strlen(folder);

	return PointerGetDatum(cstring_to_text_with_len(folder,
													len > 0 ? len - 1 : 0));
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
		case ROLE_SOURCE:
			return source_value(&scan->opts->log, file);
		case ROLE_NONE:
		case ROLE_ROW:
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

/* Cell i of the row as a value; false where it makes the row be skipped. */
static bool
own_value(CdcScan *scan, const Row *row, int i, TupleTableSlot *slot)
{
	int			col = scan->needed[i];
	const LogColumn *column = &scan->opts->log.columns[col];
	OnError		on_error = column->key ? ON_ERROR_STOP :
		scan->opts->log.on_error;
	const Cell *cell = &row->cells[i];
	Datum	   *value = &slot->tts_values[column->attnum - 1];
	bool	   *isnull = &slot->tts_isnull[column->attnum - 1];
	ErrorData  *error;

	*isnull = cell->state != CELL_VALUE;
	if (on_error == ON_ERROR_STOP && !*isnull)
		*value = tuple_value(scan->tuples, col, cell);
	else if (on_error != ON_ERROR_SKIP && *isnull)
		tuple_check_null(scan->tuples, col);
	else if (!tuple_try_value(scan->tuples, col, cell, value, &error))
	{
		reject_value(scan, col, error);
		if (on_error == ON_ERROR_SKIP)
			return false;
		*isnull = true;
		tuple_check_null(scan->tuples, col);
	}
	return true;
}

/* False where a bad value makes the row be skipped. */
static bool
fill_slot(CdcScan *scan, const Row *row, TupleTableSlot *slot)
{
	memset(slot->tts_isnull, true,
		   sizeof(bool) * slot->tts_tupleDescriptor->natts);
	for (int i = 0; i < scan->nneeded; i++)
		if (!own_value(scan, row, i, slot))
			return false;
	for (int i = 0; i < scan->nroles; i++)
	{
		const LogColumn *col = &scan->opts->log.columns[scan->roles[i]];

		slot->tts_values[col->attnum - 1] =
			role_value(scan, row, col->role,
					   &slot->tts_isnull[col->attnum - 1]);
	}
	return true;
}

/* The next row that on_error does not skip; its values are in row_ctx. */
static const Row *
next_sound_row(CdcScan *scan, TupleTableSlot *slot)
{
	MemoryContext old = CurrentMemoryContext;
	const Row  *row;
	bool		sound = false;

	while (!sound && (row = next_row(scan)) != NULL)
	{
		MemoryContextReset(scan->row_ctx);
		MemoryContextSwitchTo(scan->row_ctx);
		sound = fill_slot(scan, row, slot);
		MemoryContextSwitchTo(old);
	}
	return row;
}

bool
scan_next(CdcScan *scan, TupleTableSlot *slot)
{
	ErrorContextCallback context;
	const Row  *row;

	context.callback = error_position;
	context.arg = &scan->position;
	context.previous = error_context_stack;
	error_context_stack = &context;
	if (scan->opts->log.on_error != ON_ERROR_STOP)
		row = next_sound_row(scan, slot);
	else if ((row = next_row(scan)) != NULL)
		fill_slot(scan, row, slot);
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
	reject_report(&state->scan);
}
