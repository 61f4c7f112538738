/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  Planning a scan.  No I/O happens here: files are listed when the scan
 *	  starts, so that a prepared plan never holds a stale list.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "nodes/makefuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/value.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "fdw/fdw.h"
#include "fdw/instants.h"
#include "fdw/known.h"
#include "fdw/options/options.h"
#include "fdw/plan.h"
#include "fdw/quals.h"

/* What compressed files are taken to become */
#define GZIP_RATIO				4.0
/* Where nothing is known of a table. */
#define DEFAULT_ROWS			10000.0
#define DEFAULT_BYTES			(64.0 * 1024 * 1024)

/*
 * Estimates
 */

/* Text of a row, from its columns' types. */
static double
text_width(const LogConfig *c)
{
	double		width = 1;

	for (int i = 0; i < c->ncolumns; i++)
	{
		if (c->columns[i].role == ROLE_NONE)
			width += 1 + get_typavgwidth(c->columns[i].typid,
										 c->columns[i].typmod);
	}
	return width;
}

/*
 * Rows of a log that a scan of the session met: as that scan counted them, else
 * by the width of a record.  Of changes a quarter is taken to be new rows.
 */
static double
known_rows(const KnownLog *known, double width)
{
	double		stored = known->packed ? width / GZIP_RATIO : width;
	double		base_width = known->base_width > 0 ? known->base_width : stored;
	double		change_width = known->change_width > 0 ? known->change_width :
		stored;

	if (known->rows >= 0)
		return known->rows;
	return known->base_bytes / base_width +
		known->change_bytes / change_width / 4;
}

/* From ANALYZE, else from what this session saw of the log, else a guess. */
static void
estimate_table(RelOptInfo *rel, Oid relid, CdcPlanState *ps)
{
	double		width = text_width(&ps->opts->log);
	bool		analyzed = rel->tuples > 0 || rel->pages > 0;
	KnownLog	log;
	bool		known = known_get(relid, &log);

	ps->tuples = analyzed ? rel->tuples :
		known ? known_rows(&log, width) : DEFAULT_ROWS;
	ps->tuples = Max(ps->tuples, 1);
	if (known)
		ps->bytes = (log.base_bytes + log.change_bytes) *
			(log.packed ? GZIP_RATIO : 1);
	else if (rel->pages > 0)
		ps->bytes = (double) rel->pages * BLCKSZ;
	else
		ps->bytes = Max(ps->tuples * width * 1.5, DEFAULT_BYTES);
	rel->tuples = ps->tuples;
}

double
plan_selected_rows(PlannerInfo *root, CdcPlanState *ps, const ScanQuals *quals)
{
	return clamp_row_est(ps->tuples *
						 clauselist_selectivity(root, quals->others, 0,
												JOIN_INNER, NULL));
}

void
cdcGetForeignRelSize(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	CdcPlanState *ps = palloc0(sizeof(CdcPlanState));

	ps->opts = options_for_table(relid);
	if (ps->opts->asof_column >= 0)
		ps->asof_attnum = ps->opts->log.columns[ps->opts->asof_column].attnum;
	if (ps->opts->known_column >= 0)
		ps->known_attnum = ps->opts->log.columns[ps->opts->known_column].attnum;
	rel->fdw_private = ps;
	estimate_table(rel, relid, ps);
	set_baserel_size_estimates(root, rel);
	ps->quals = quals_classify(root, rel, &ps->opts->log,
							   rel->baserestrictinfo);
	rel->rows = plan_selected_rows(root, ps, ps->quals);
}

/*
 * The plan
 */

List *
plan_needed_columns(RelOptInfo *rel, Oid relid)
{
	Relation	relation = table_open(relid, NoLock);
	TupleDesc	desc = RelationGetDescr(relation);
	Bitmapset  *used = NULL;
	List	   *needed = NIL;
	ListCell   *lc;
	bool		whole;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &used);
	foreach(lc, rel->baserestrictinfo)
	{
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause,
					   rel->relid, &used);
	}
	/* join clauses that a parameterized path checks here */
	foreach(lc, rel->joininfo)
	{
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause,
					   rel->relid, &used);
	}
	whole = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, used);
	for (int i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attisdropped)
			continue;
		if (whole || bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber, used))
			needed = lappend_int(needed, i + 1);
	}
	table_close(relation, NoLock);
	return needed;
}

/* Where an instant is from, as far as the plan knows. */
static AsofSource
source_of(List *value, ForeignPath *path, PathUnbound unbound)
{
	if (value != NIL)
		return ASOF_QUERY;
	return path->fdw_private != NIL &&
		(intVal(linitial(path->fdw_private)) & unbound) ?
		ASOF_UNBOUND : ASOF_NONE;
}

/* Which of the conditions it is, or -1. */
static int
place_of(List *quals, const Expr *condition)
{
	ListCell   *lc;

	foreach(lc, quals)
		if (lfirst(lc) == condition)
			return foreach_current_index(lc);
	return -1;
}

ForeignScan *
cdcGetForeignPlan(PlannerInfo *root, RelOptInfo *rel, Oid relid,
				  ForeignPath *best_path, List *tlist, List *scan_clauses,
				  Plan *outer_plan)
{
	CdcPlanState *ps = rel->fdw_private;
	/* a path with parameters has clauses of joins beside the table's own */
	const ScanQuals *q = best_path->path.param_info == NULL ? ps->quals :
		quals_classify(root, rel, &ps->opts->log, scan_clauses);
	/* a shared walk looks at all keys */
	bool		searches = q->keys != NIL && !best_path->path.parallel_aware;
	List	   *quals = extract_actual_clauses(scan_clauses, false);
	List	   *private;
	List	   *exprs;

	private = list_make5(plan_needed_columns(rel, relid),
						 makeInteger(source_of(q->asof, best_path,
											   PATH_ASOF_UNBOUND)),
						 makeInteger(searches ? list_length(q->keys) : 0),
						 makeInteger(searches ? q->array : -1),
						 q->time_kinds);
	private = lappend(private, makeInteger(source_of(q->known, best_path,
													 PATH_KNOWN_UNBOUND)));
	private = lappend(private, makeInteger(searches ?
										   place_of(quals, q->array_clause) : -1));
	exprs = list_concat_copy(q->asof, searches ? q->keys : NIL);
	exprs = list_concat(list_concat(exprs, q->times), q->known);
	return make_foreignscan(tlist, quals, rel->relid, exprs, private, NIL, NIL, outer_plan);
}
