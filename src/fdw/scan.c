/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  Running a scan: from the plan, the instant and the keys to walks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/nodeHash.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/value.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "fdw/fdw.h"
#include "fdw/pins/pins.h"
#include "fdw/watermark.h"
#include "replay/values/timetext.h"

/*
 * The instant
 */

/* False where the query compares with NULL, which no row satisfies. */
static bool
resolve_asof(ForeignScanState *node, CdcScanState *state)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	Datum		value;
	bool		isnull;

	if (state->scan.source == ASOF_UNBOUND)
		instants_unbound(state->scan.opts, ROLE_ASOF);
	state->scan.at_watermark = false;
	if (state->asof_expr == NULL)
	{
		state->scan.source = state->fixed.source;
		state->scan.asof = state->fixed.asof;
		state->scan.pin = state->fixed.pin;
		if (state->scan.walks == 0)
			instants_notice(state->scan.opts,
							&statement_of(node->ss.ps.state)->session);
		return true;
	}
	value = ExecEvalExprSwitchContext(state->asof_expr, econtext, &isnull);
	state->scan.asof = DatumGetTimestampTz(value);
	return !isnull;
}

/*
 * Callbacks
 */

/* What is searched for, as the plan has it. */
static void
begin_search(ForeignScanState *node, CdcScanState *state)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	int			first = state->asof_expr != NULL;

	state->nkeys = intVal(list_nth(plan->fdw_private, FdwScanPrivateKeys));
	state->key_array = intVal(list_nth(plan->fdw_private,
									   FdwScanPrivateKeyArray));
	state->key_exprs = palloc(sizeof(ExprState *) * Max(state->nkeys, 1));
	state->key_types = palloc(sizeof(Oid) * Max(state->nkeys, 1));
	for (int i = 0; i < state->nkeys; i++)
	{
		Expr	   *expr = list_nth(plan->fdw_exprs, first + i);
		Oid			type = exprType((Node *) expr);

		state->key_exprs[i] = ExecInitExpr(expr, (PlanState *) node);
		state->key_types[i] = i == state->key_array ?
			get_base_element_type(type) : type;
	}
}

/*
 * The columns that conditions look at, which are then looked at here, before
 * the others are there.  NULL: they are the executor's, as a whole row and
 * tableoid are not there before the row has left.
 */
static Bitmapset *
columns_of_conditions(ForeignScanState *node)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	Bitmapset  *columns = NULL;

	if (node->ss.ps.qual == NULL || node->ss.ps.state->es_epq_active != NULL)
		return NULL;
	pull_varattnos((Node *) plan->scan.plan.qual, plan->scan.scanrelid,
				   &columns);
	if (bms_next_member(columns, -1) <= 0 - FirstLowInvalidHeapAttributeNumber)
		return NULL;
	return columns;
}

/*
 * Take the conditions over from the executor.  To compare the key of each row
 * with the elements of an array, one by one, would take longer than all else
 * where they are many: a walk that has searched for them need not.
 */
static void
begin_conditions(ForeignScanState *node, CdcScan *scan)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	int			array = intVal(list_nth(plan->fdw_private,
										FdwScanPrivateKeyCondition));

	scan->ps = &node->ss.ps;
	scan->qual = scan->quals[0] = scan->quals[1] = node->ss.ps.qual;
	node->ss.ps.qual = NULL;
	if (array >= 0)
		scan->quals[1] = ExecInitQual(list_delete_nth_cell(list_copy(plan->scan.plan.qual),
														   array),
									  &node->ss.ps);
}

/* The times that bound it. */
static void
begin_range(ForeignScanState *node, CdcScanState *state)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	int			first = (state->asof_expr != NULL) + state->nkeys;

	state->bound_kinds = list_nth(plan->fdw_private, FdwScanPrivateBounds);
	for (int i = 0; i < list_length(state->bound_kinds); i++)
	{
		Expr	   *expr = list_nth(plan->fdw_exprs, first + i);

		state->bound_exprs = lappend(state->bound_exprs,
									 ExecInitExpr(expr, (PlanState *) node));
		state->bound_types = lappend_oid(state->bound_types,
										 exprType((Node *) expr));
	}
}

void
scan_begin(ForeignScanState *node, CdcOptions *opts)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	CdcScanState *state = node->fdw_state;

	scan_prepare(&state->scan, opts,
				 list_nth(plan->fdw_private, FdwScanPrivateNeeded),
				 state->early);
	state->scan.query_bytes = &statement_of(node->ss.ps.state)->bytes;
	state->scan.source = intVal(list_nth(plan->fdw_private, FdwScanPrivateAsof));
	if (state->scan.source == ASOF_QUERY)
		state->asof_expr = ExecInitExpr(linitial(plan->fdw_exprs),
										(PlanState *) node);
	begin_search(node, state);
	begin_range(node, state);
	instants_begin_known(node, state);
}

/* Take the listing, and the store to read by, unless they are there. */
static void
take_listing(ForeignScanState *node, CdcScanState *state)
{
	EState	   *estate = statement_estate(node->ss.ps.state);
	CdcScan    *scan = &state->scan;

	if (scan->manifest != NULL)
		return;
	scan->manifest = manifests_get(estate, scan->opts, state->userid,
								   scan->pin);
	scan->store = manifests_store(estate, scan->manifest, scan->opts,
								  state->userid);
	scan_open_account(scan);
}

/*
 * Among parallel processes no table of the task that cannot be read is passed
 * over, since that takes a subtransaction.  So what the task proves is found
 * before they begin, unless it takes an instant that the query computes.
 */
static void
prove_early(ForeignScanState *node, CdcScanState *state)
{
	CdcScan    *scan = &state->scan;
	PositionContext context;

	if (!node->ss.ps.state->es_plannedstmt->parallelModeNeeded ||
		IsInParallelMode() || scan->known_source == ASOF_QUERY ||
		state->fixed.pin != NULL ||
		(state->fixed.asof != ASOF_AT_WATERMARK && !cdc_require_sealed))
		return;
	scan_begin_context(scan, &context);
	take_listing(node, state);
	(void) watermark_of(scan->opts, scan->manifest, scan->store,
						state->fixed.known_at,
						statement_estate(node->ss.ps.state),
						state->userid);
	position_end(&context);
}

/*
 * Options and instants are those of this moment, for all that the statement
 * reads.  A worker's part of a scan begins when the leader's are there.
 */
void
cdcBeginForeignScan(ForeignScanState *node, int eflags)
{
	MemoryContext ctx = AllocSetContextCreate(node->ss.ps.state->es_query_cxt,
											  "cdc_fdw foreign scan",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(ctx);
	CdcScanState *state = palloc0(sizeof(CdcScanState));

	node->fdw_state = state;
	state->scan.ctx = ctx;
	state->userid = foreign_scan_user(node);
	state->scan.hides = scan_hides(RelationGetRelid(node->ss.ss_currentRelation),
								   state->userid);
	state->early = columns_of_conditions(node);
	if (state->early != NULL)
		begin_conditions(node, &state->scan);
	if (!IsParallelWorker() || !node->ss.ps.plan->parallel_aware)
	{
		scan_begin(node, options_for_table(RelationGetRelid(node->ss.ss_currentRelation)));
		instants_fix(state->scan.opts,
					 &statement_of(node->ss.ps.state)->session,
					 state->userid, state->scan.source, state->scan.known_source,
					 &state->fixed);
		if (!(eflags & EXEC_FLAG_EXPLAIN_ONLY))
			prove_early(node, state);
	}
	MemoryContextSwitchTo(old);
}

/* One key of each element of the array that one of its columns may equal. */
static KeyValues *
array_keys(CdcScanState *state, const Datum *values)
{
	KeyValues  *keys = palloc0(sizeof(KeyValues));
	int			at = state->key_array;
	ArrayType  *array = DatumGetArrayTypeP(values[at]);
	int16		typlen;
	bool		typbyval;
	char		typalign;
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	get_typlenbyvalalign(ARR_ELEMTYPE(array), &typlen, &typbyval, &typalign);
	deconstruct_array(array, ARR_ELEMTYPE(array), typlen, typbyval, typalign,
					  &elements, &nulls, &n);
	keys->types = state->key_types;
	keys->values = MemoryContextAllocHuge(CurrentMemoryContext,
										  sizeof(Datum) * Max(n, 1) * state->nkeys);
	for (int i = 0; i < n; i++)
	{
		Datum	   *key = keys->values + (Size) keys->nkeys * state->nkeys;

		CHECK_FOR_INTERRUPTS();
		if (nulls[i])
			continue;
		memcpy(key, values, sizeof(Datum) * state->nkeys);
		key[at] = elements[i];
		keys->nkeys++;
	}
	return keys;
}

/* Find the values of the keys to search for; false where one is NULL. */
static bool
resolve_search(ForeignScanState *node, CdcScanState *state)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	MemoryContext old = MemoryContextSwitchTo(state->scan.scan_ctx);
	Datum	   *values = palloc(sizeof(Datum) * Max(state->nkeys, 1));
	bool		isnull = false;

	for (int i = 0; i < state->nkeys && !isnull; i++)
		values[i] = ExecEvalExpr(state->key_exprs[i], econtext, &isnull);
	state->scan.search = NULL;
	if (state->nkeys > 0 && !isnull)
	{
		if (state->key_array >= 0)
			state->scan.search = array_keys(state, values);
		else
		{
			state->scan.search = palloc(sizeof(KeyValues));
			*state->scan.search = (KeyValues) {1, values, state->key_types};
		}
	}
	MemoryContextSwitchTo(old);
	return !isnull;
}

/* A bound's value as an instant, beyond all where none can hold it. */
static TimestampTz
bound_value(Datum value, Oid type)
{
	int			overflow;

	if (type == DATEOID)
		return date2timestamptz_opt_overflow(DatumGetDateADT(value),
											 &overflow);
	if (type == TIMESTAMPOID)
		return timestamp2timestamptz_opt_overflow(DatumGetTimestamp(value),
												  &overflow);
	return DatumGetTimestampTz(value);
}

/*
 * Add a bound on the times of commits or files: those from one on, or up to
 * last.
 */
static void
bound_changes(ChangesRange *r, TimestampTz at, TimestampTz last, int kind)
{
	bool		files = (kind & BOUND_FILES) != 0;
	TimestampTz *from = files ? &r->file_from : &r->commit_from;
	TimestampTz *to = files ? &r->file_to : &r->commit_to;

	if (kind & BOUND_FROM)
		*from = Max(*from, at);
	if (kind & BOUND_TO)
		*to = Min(*to, last);
}

/* Find the times that bound the scan; false where no row can satisfy them. */
static bool
resolve_range(ForeignScanState *node, CdcScanState *state)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	ChangesRange *r = &state->scan.range;
	Validity	v = {DT_NOBEGIN, DT_NOEND, DT_NOBEGIN, DT_NOEND};
	bool		versions = state->scan.opts->log.mode == MODE_HISTORY;
	ListCell   *lc;
	ListCell   *type;
	ListCell   *each;

	*r = (ChangesRange) {DT_NOBEGIN, DT_NOEND, DT_NOBEGIN, DT_NOEND};
	forthree(lc, state->bound_exprs, type, state->bound_types,
			 each, state->bound_kinds)
	{
		int			kind = lfirst_int(each);
		bool		isnull;
		Datum		value = ExecEvalExprSwitchContext(lfirst(lc), econtext,
													  &isnull);
		TimestampTz at = 0;
		TimestampTz last;

		if (isnull)
			return false;
		if ((kind & BOUND_RANGE) == 0)
			at = bound_value(value, lfirst_oid(type));
		if ((kind & BOUND_OPEN) && !TIMESTAMP_NOT_FINITE(at))
			at += kind & BOUND_FROM ? 1 : -1;
		/* what the column shows is not later than what is there */
		last = timetext_last(at, BOUND_DIGITS(kind));
		if (kind & BOUND_RANGE)
		{
			if (!validity_range_bound(&v, value, kind))
				return false;
		}
		else if (versions)
			validity_bound(&v, at, last, kind);
		else
			bound_changes(r, at, last, kind);
	}
	if (versions)
		validity_range(&v, &state->scan.opts->log, r);
	return true;
}

void
scan_resolve(ForeignScanState *node)
{
	CdcScanState *state = node->fdw_state;
	CdcScan    *scan = &state->scan;
	EState	   *estate = statement_estate(node->ss.ps.state);

	state->no_rows = !resolve_asof(node, state) ||
		!instants_resolve_known(node, state) ||
		!resolve_search(node, state) ||
		!resolve_range(node, state);
	if (state->no_rows)
		return;
	if (scan->progress == NULL)
		scan->progress = progress_begin(scan->opts->relid,
										explain_mode(scan->opts->log.mode),
										scan_now, scan);
	take_listing(node, state);
	watermark_apply(scan, estate, state->userid);
	progress_instant(scan->progress, scan->asof);
	if (scan->walks == 0 && scan->pin == NULL)
		instants_notice_asof(scan->opts, scan->manifest, scan->asof);
}

static void
first_iterate(ForeignScanState *node, CdcScanState *state)
{
	PositionContext context;

	state->started = true;
	scan_begin_context(&state->scan, &context);
	if (state->shared != NULL)
		parallel_start(node);
	else
	{
		scan_resolve(node);
		if (!state->no_rows)
			scan_start(&state->scan);
	}
	position_end(&context);
}

TupleTableSlot *
cdcIterateForeignScan(ForeignScanState *node)
{
	CdcScanState *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	if (!state->started)
		first_iterate(node, state);
	ExecClearTuple(slot);
	if (state->no_rows || !scan_is_open(&state->scan))
		return slot;
	if (scan_next(&state->scan, slot))
		ExecStoreVirtualTuple(slot);
	else
		scan_stop(&state->scan);
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
	progress_end(state->scan.progress);
	state->scan.progress = NULL;
	reject_report(&state->scan);
}
