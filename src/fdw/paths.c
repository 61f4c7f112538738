/*-------------------------------------------------------------------------
 *
 * paths.c
 *	  Ways to scan: the whole walk, a walk that several processes share, a
 *	  search for keys, and scans that get their instant or their keys from
 *	  another table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/value.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"

#include "compat.h"
#include "fdw/fdw.h"

/* Costs of what the planner knows no unit for. */
#define STARTUP_COST			100.0	/* listing and first bytes */
#define CPU_COST_PER_BYTE		0.00005
/* A search reads about half of the log, most of it for its quotes only. */
#define SEARCH_PART_ONE			0.08
#define SEARCH_PART_MANY		0.4

/* What clauses give a scan. */
typedef struct Bound
{
	bool		asof;
	List	   *keys;			/* NIL: not all key columns */
	bool		many;			/* more than one value of a key */
} Bound;

static Bound
bound_by(PlannerInfo *root, RelOptInfo *rel, CdcPlanState *ps, List *clauses)
{
	Bound		b = {false, NIL, false};
	int			array;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *ri = lfirst_node(RestrictInfo, lc);

		b.asof |= quals_asof_value(root, rel, ps->asof_attnum, ri->clause) != NULL;
	}
	b.keys = quals_keys(root, rel, &ps->opts->log, clauses, &array);
	b.many = array >= 0;
	return b;
}

static Cost
scan_cost(RelOptInfo *rel, CdcPlanState *ps, List *clauses, const Bound *b)
{
	double		part = b->keys == NIL ? 1 :
		b->many ? SEARCH_PART_MANY : SEARCH_PART_ONE;
	QualCost	qual;

	cost_qual_eval(&qual, clauses, NULL);
	return STARTUP_COST + ps->bytes * part * CPU_COST_PER_BYTE + qual.startup +
		ps->tuples * (b->keys == NIL ? 1 : 0) *
		(cpu_tuple_cost + qual.per_tuple) + rel->reltarget->cost.startup;
}

/* Is the column used in a clause, other than to give the instant? */
static bool
mentions_asof(RelOptInfo *rel, AttrNumber attnum, List *clauses)
{
	ListCell   *lc;

	foreach(lc, clauses)
	{
		if (quals_mention(rel, attnum,
						  (Node *) lfirst_node(RestrictInfo, lc)->clause))
			return true;
	}
	return false;
}

/* Is it the asof column, or one of the key? */
static bool
member_is_of_use(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec,
				 EquivalenceMember *em, void *arg)
{
	const CdcPlanState *ps = arg;
	const LogConfig *c = &ps->opts->log;
	Var		   *var = (Var *) em->em_expr;

	if (IsA(var, RelabelType))
		var = (Var *) ((RelabelType *) var)->arg;
	if (!IsA(var, Var) || var->varno != rel->relid)
		return false;
	for (int i = 0; i < c->nkeys; i++)
		if (c->columns[c->keys[i]].attnum == var->varattno)
			return true;
	return ps->asof_attnum != InvalidAttrNumber &&
		var->varattno == ps->asof_attnum;
}

/* Scans that get their instant or their keys from other tables. */
static void
add_parameterized(PlannerInfo *root, RelOptInfo *rel, CdcPlanState *ps,
				  List *joins, bool needs_asof)
{
	List	   *seen = NIL;
	ListCell   *lc;

	foreach(lc, joins)
	{
		RestrictInfo *ri = lfirst_node(RestrictInfo, lc);
		Relids		outer;
		ParamPathInfo *param;
		List	   *clauses;
		Bound		bound;
		Path	   *path;

		if (!join_clause_is_movable_to(ri, rel))
			continue;
		outer = bms_union(ri->clause_relids, rel->lateral_relids);
		outer = bms_del_member(outer, rel->relid);
		if (bms_is_empty(outer))
			continue;
		param = get_baserel_parampathinfo(root, rel, outer);
		if (list_member_ptr(seen, param))
			continue;
		seen = lappend(seen, param);
		clauses = list_concat_copy(rel->baserestrictinfo, param->ppi_clauses);
		bound = bound_by(root, rel, ps, clauses);
		if (needs_asof ? !bound.asof : bound.keys == NIL)
			continue;
		path = foreign_scan_path(root, rel,
								 plan_selected_rows(root, rel, ps, clauses),
								 STARTUP_COST,
								 scan_cost(rel, ps, clauses, &bound), outer,
								 NIL);
		/* a worker on its own might list another log than the leader */
		path->parallel_safe = false;
		add_path(rel, path);
	}
}

/* Is no row handed on as it comes?  Then changes may come in any order. */
static bool
order_is_lost(const Query *query)
{
	return query->hasAggs || query->groupClause != NIL ||
		query->distinctClause != NIL || query->sortClause != NIL;
}

/* Can several processes share the walk over these columns? */
static bool
can_share(PlannerInfo *root, const LogConfig *log, const int *columns, int n)
{
	return log->mode == MODE_CHANGES ? order_is_lost(root->parse) :
		replay_can_share(log, columns, n);
}

/* Several processes share the walk, if the log is large enough. */
static void
add_partial(PlannerInfo *root, RelOptInfo *rel, CdcPlanState *ps, Cost total)
{
	List	   *needed = plan_needed_columns(rel, ps->opts->relid);
	int		   *columns = palloc(sizeof(int) * (list_length(needed) + 1));
	int			n = 0;
	int			workers;
	double		divisor;
	Path	   *path;
	ListCell   *lc;

	if (!rel->consider_parallel || !bms_is_empty(rel->lateral_relids) ||
		!options_parallel_safe(ps->opts))
		return;
	foreach(lc, needed)
	{
		int			col = scan_column_of(&ps->opts->log, lfirst_int(lc));

		if (col >= 0 && ps->opts->log.columns[col].role == ROLE_NONE)
			columns[n++] = col;
	}
	workers = compute_parallel_worker(rel, ps->bytes / BLCKSZ, -1,
									  max_parallel_workers_per_gather);
	if (workers <= 0 || !can_share(root, &ps->opts->log, columns, n))
		return;
	/* the leader does its part as far as workers leave it time */
	divisor = workers;
	if (parallel_leader_participation && workers < 4)
		divisor += 1.0 - 0.3 * workers;
	path = foreign_scan_path(root, rel, clamp_row_est(rel->rows / divisor),
							 STARTUP_COST,
							 STARTUP_COST + (total - STARTUP_COST) / divisor,
							 NULL, NIL);
	path->parallel_aware = true;
	path->parallel_workers = workers;
	add_partial_path(rel, path);
}

void
cdcGetForeignPaths(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	CdcPlanState *ps = rel->fdw_private;
	Bound		bound = bound_by(root, rel, ps, rel->baserestrictinfo);
	Cost		total = scan_cost(rel, ps, rel->baserestrictinfo, &bound);
	bool		asof_is_open = ps->asof_attnum != InvalidAttrNumber &&
		!bound.asof;
	bool		needs_asof = false;
	List	   *joins = rel->joininfo;
	Path	   *path;

	if (rel->has_eclass_joins)
		joins = list_concat_copy(joins,
								 generate_implied_equalities_for_column(root, rel,
																		member_is_of_use,
																		ps,
																		rel->lateral_referencers));
	if (asof_is_open)
		needs_asof = mentions_asof(rel, ps->asof_attnum, rel->baserestrictinfo) ||
			mentions_asof(rel, ps->asof_attnum, joins) ||
			(quals_mention(rel, ps->asof_attnum, (Node *) rel->reltarget->exprs) &&
			 outside_restricts_asof(root, rel, relid, ps->asof_attnum));
	add_parameterized(root, rel, ps, joins, needs_asof);
	path = foreign_scan_path(root, rel, rel->rows, STARTUP_COST, total,
							 rel->lateral_relids,
							 needs_asof ? list_make1(makeInteger(1)) : NIL);
	/* without its instant a scan ends in an error */
	if (needs_asof)
		path_last_resort(path);
	path->parallel_safe = false;
	add_path(rel, path);
	if (!needs_asof)
		add_partial(root, rel, ps, scan_cost(rel, ps, rel->baserestrictinfo,
											 &(Bound) {0}));
}
