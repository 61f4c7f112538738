/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  The executor's callbacks of a scan.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "nodes/value.h"
#include "optimizer/optimizer.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "fdw/bind.h"
#include "fdw/fdw.h"
#include "fdw/fill.h"
#include "fdw/instant_text.h"
#include "fdw/instants.h"
#include "fdw/options/options.h"
#include "fdw/parallel.h"
#include "fdw/plan.h"
#include "fdw/reject.h"
#include "fdw/scan.h"
#include "fdw/statement.h"
#include "fdw/walk.h"
#include "fdw/watermark.h"

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
	walk_begin_context(scan, &context);
	bind_listing(node, state);
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
	state->scan.hides = walk_hides(RelationGetRelid(node->ss.ss_currentRelation),
								   state->userid);
	state->early = columns_of_conditions(node);
	if (state->early != NULL)
		begin_conditions(node, &state->scan);
	if (!IsParallelWorker() || !node->ss.ps.plan->parallel_aware)
	{
		bind_begin(node, options_for_table(RelationGetRelid(node->ss.ss_currentRelation)));
		instants_fix(state->scan.opts,
					 &statement_of(node->ss.ps.state)->session,
					 state->userid, state->scan.source, state->scan.known_source,
					 &state->fixed);
		if (!(eflags & EXEC_FLAG_EXPLAIN_ONLY))
			prove_early(node, state);
	}
	MemoryContextSwitchTo(old);
}

static void
first_iterate(ForeignScanState *node, CdcScanState *state)
{
	PositionContext context;

	state->started = true;
	walk_begin_context(&state->scan, &context);
	if (state->shared != NULL)
		parallel_start(node);
	else
	{
		bind_resolve(node);
		if (!state->no_rows)
			walk_start(&state->scan);
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
	if (state->no_rows || !walk_is_open(&state->scan))
		return slot;
	if (fill_next(&state->scan, slot))
		ExecStoreVirtualTuple(slot);
	else
		walk_stop(&state->scan);
	return slot;
}

void
cdcReScanForeignScan(ForeignScanState *node)
{
	CdcScanState *state = node->fdw_state;

	/* the walk begins anew over the same listing; the instant may differ */
	walk_stop(&state->scan);
	state->started = false;
}

void
cdcEndForeignScan(ForeignScanState *node)
{
	CdcScanState *state = node->fdw_state;

	if (state == NULL)
		return;
	walk_stop(&state->scan);
	progress_end(state->scan.progress);
	state->scan.progress = NULL;
	reject_report(&state->scan);
}
