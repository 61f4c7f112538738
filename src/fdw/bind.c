/*-------------------------------------------------------------------------
 *
 * bind.c
 *	  From the plan to what a walk needs: the values of its expressions are found
 *	  for each walk, the instant, keys and times among them, and the listing once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "nodes/value.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "fdw/bind.h"
#include "fdw/explain.h"
#include "fdw/instants.h"
#include "fdw/manifests.h"
#include "fdw/options/options.h"
#include "fdw/plan.h"
#include "fdw/quals.h"
#include "fdw/scan.h"
#include "fdw/statement.h"
#include "fdw/validity.h"
#include "fdw/walk.h"
#include "fdw/watermark.h"
#include "replay/changes.h"
#include "replay/values/timetext.h"

/* Sets what is searched for, as the plan has it. */
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
bind_begin(ForeignScanState *node, CdcOptions *opts)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	CdcScanState *state = node->fdw_state;

	walk_prepare(&state->scan, opts,
				 list_nth(plan->fdw_private, FdwScanPrivateNeeded),
				 state->early);
	state->scan.query_bytes = &statement_of(node->ss.ps.state)->bytes;
	instants_begin(node, state);
	begin_search(node, state);
	begin_range(node, state);
}

void
bind_listing(ForeignScanState *node, CdcScanState *state)
{
	EState	   *estate = statement_estate(node->ss.ps.state);
	CdcScan    *scan = &state->scan;

	if (scan->manifest != NULL)
		return;
	scan->manifest = manifests_get(estate, scan->opts, state->userid,
								   scan->pin);
	scan->store = manifests_store(estate, scan->manifest, scan->opts,
								  state->userid);
	walk_open_account(scan);
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
bind_resolve(ForeignScanState *node)
{
	CdcScanState *state = node->fdw_state;
	CdcScan    *scan = &state->scan;
	EState	   *estate = statement_estate(node->ss.ps.state);

	state->no_rows =
		!instants_resolve(node, state,
						  &statement_of(node->ss.ps.state)->session) ||
		!resolve_search(node, state) ||
		!resolve_range(node, state);
	if (state->no_rows)
		return;
	if (scan->progress == NULL)
		scan->progress = progress_begin(scan->opts->relid,
										explain_mode(scan->opts->log.mode),
										walk_now, scan);
	bind_listing(node, state);
	watermark_apply(scan, estate, state->userid);
	progress_instant(scan->progress, scan->asof);
	if (scan->walks == 0 && scan->pin == NULL)
		instants_notice_asof(scan->opts, scan->manifest, scan->asof);
}
