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

#include "executor/nodeHash.h"
#include "nodes/pathnodes.h"
#include "nodes/value.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"

#include "base/compat.h"
#include "fdw/fdw.h"
#include "fdw/options/options.h"
#include "fdw/options/table.h"
#include "fdw/outside.h"
#include "fdw/plan.h"
#include "fdw/quals.h"
#include "replay/replay.h"

/* Costs of what the planner knows no unit for. */
#define STARTUP_COST			100.0	/* listing and first bytes */
#define CPU_COST_PER_BYTE		0.00005
/* A search reads about half of the log, most of it for its quotes only. */
#define SEARCH_PART_ONE			0.08
#define SEARCH_PART_MANY		0.4

/*
 * Each process that shares a walk holds the files it has asked for.  With less
 * memory than this fewer transfers are under way than one process alone has
 * (bench/s3_scan.sh over a slow network).
 */
#define SHARE_REMOTE_MEMORY		((size_t) 32 * 1024 * 1024)

static Cost
scan_cost(RelOptInfo *rel, CdcPlanState *ps, List *clauses,
		  const ScanQuals *q)
{
	double		part = q->keys == NIL ? 1 :
		q->array >= 0 ? SEARCH_PART_MANY : SEARCH_PART_ONE;
	QualCost	qual;

	cost_qual_eval(&qual, clauses, NULL);
	return STARTUP_COST + ps->bytes * part * CPU_COST_PER_BYTE + qual.startup +
		ps->tuples * (q->keys == NIL ? 1 : 0) *
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

/* Is it the column whose number arg points to? */
static bool
member_is_column(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec,
				 EquivalenceMember *em, void *arg)
{
	Var		   *var = (Var *) em->em_expr;

	if (IsA(var, RelabelType))
		var = (Var *) ((RelabelType *) var)->arg;
	return IsA(var, Var) && var->varno == rel->relid &&
		var->varattno == *(AttrNumber *) arg;
}

/*
 * Clauses that may give the columns of instants and keys what other tables
 * have.  PostgreSQL stops at the first class of equals that makes a clause, so
 * each column is asked for by itself.
 */
static List *
join_clauses(PlannerInfo *root, RelOptInfo *rel, CdcPlanState *ps)
{
	const LogConfig *c = &ps->opts->log;
	List	   *clauses = list_copy(rel->joininfo);

	for (int i = -2; rel->has_eclass_joins && i < c->nkeys; i++)
	{
		AttrNumber	attnum = i == -2 ? ps->asof_attnum :
			i == -1 ? ps->known_attnum : c->columns[c->keys[i]].attnum;

		if (attnum != InvalidAttrNumber)
			clauses = list_concat(clauses,
								  generate_implied_equalities_for_column(root, rel,
																		 member_is_column,
																		 &attnum,
																		 rel->lateral_referencers));
	}
	return clauses;
}

/* The instants that the query restricts and these clauses do not bind. */
static int
left_open(const ScanQuals *q, int needs)
{
	return needs & ~((q->asof ? PATH_ASOF_UNBOUND : 0) |
					 (q->known ? PATH_KNOWN_UNBOUND : 0));
}

/* A scan that gets what these other tables have, if that is of use. */
static void
add_for_outer(PlannerInfo *root, RelOptInfo *rel, CdcPlanState *ps,
			  Relids outer, int needs, List **seen)
{
	ParamPathInfo *param;
	List	   *clauses;
	ScanQuals  *quals;
	Path	   *path;

	outer = bms_union(outer, rel->lateral_relids);
	outer = bms_del_member(outer, rel->relid);
	if (bms_is_empty(outer))
		return;
	param = get_baserel_parampathinfo(root, rel, outer);
	if (list_member_ptr(*seen, param))
		return;
	*seen = lappend(*seen, param);
	clauses = list_concat_copy(rel->baserestrictinfo, param->ppi_clauses);
	quals = quals_classify(root, rel, &ps->opts->log, clauses);
	if (needs != 0 ? left_open(quals, needs) != 0 : quals->keys == NIL)
		return;
	path = foreign_scan_path(root, rel,
							 plan_selected_rows(root, ps, quals),
							 STARTUP_COST,
							 scan_cost(rel, ps, clauses, quals), outer,
							 NIL);
	/* a worker on its own might list another log than the leader */
	path->parallel_safe = false;
	add_path(rel, path);
}

/* Scans that get their instants or their keys from other tables. */
static void
add_parameterized(PlannerInfo *root, RelOptInfo *rel, CdcPlanState *ps,
				  List *joins, int needs)
{
	List	   *seen = NIL;
	Relids		all = NULL;
	ListCell   *lc;

	foreach(lc, joins)
	{
		RestrictInfo *ri = lfirst_node(RestrictInfo, lc);

		if (!join_clause_is_movable_to(ri, rel))
			continue;
		add_for_outer(root, rel, ps, ri->clause_relids, needs, &seen);
		all = bms_add_members(all, ri->clause_relids);
	}
	/* two instants may come from two tables */
	if (needs == (PATH_ASOF_UNBOUND | PATH_KNOWN_UNBOUND))
		add_for_outer(root, rel, ps, all, needs, &seen);
}

/*
 * Is no row handed on, or numbered by a window, as it comes?  Then changes may
 * come in any order.
 */
static bool
order_is_lost(const Query *query)
{
	if (query->hasAggs || query->groupClause != NIL)
		return true;
	return !query->hasWindowFuncs &&
		(query->distinctClause != NIL || query->sortClause != NIL);
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
	if (!option_url_is_file(ps->opts->url) &&
		ps->opts->log.mode != MODE_CHANGES &&
		get_hash_memory_limit() < SHARE_REMOTE_MEMORY)
		return;
	foreach(lc, needed)
	{
		int			col = logconfig_column(&ps->opts->log, lfirst_int(lc));

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

/*
 * Is the column of an instant, which clauses on this table alone do not bind,
 * restricted all the same?
 */
static bool
is_restricted(PlannerInfo *root, RelOptInfo *rel, Oid relid,
			  AttrNumber attnum, List *joins)
{
	if (attnum == InvalidAttrNumber)
		return false;
	return mentions_asof(rel, attnum, rel->baserestrictinfo) ||
		mentions_asof(rel, attnum, joins) ||
		(quals_mention(rel, attnum, (Node *) rel->reltarget->exprs) &&
		 outside_restricts_asof(root, rel, relid, attnum));
}

void
cdcGetForeignPaths(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	CdcPlanState *ps = rel->fdw_private;
	const ScanQuals *quals = ps->quals;
	Cost		total = scan_cost(rel, ps, rel->baserestrictinfo, quals);
	int			needs = 0;
	List	   *joins = join_clauses(root, rel, ps);
	Path	   *path;
	ScanQuals	no_quals = {.array = -1};

	if (quals->asof == NIL &&
		is_restricted(root, rel, relid, ps->asof_attnum, joins))
		needs |= PATH_ASOF_UNBOUND;
	if (quals->known == NIL &&
		is_restricted(root, rel, relid, ps->known_attnum, joins))
		needs |= PATH_KNOWN_UNBOUND;
	add_parameterized(root, rel, ps, joins, needs);
	path = foreign_scan_path(root, rel, rel->rows, STARTUP_COST, total,
							 rel->lateral_relids,
							 needs != 0 ? list_make1(makeInteger(needs)) : NIL);
	/* without its instant a scan ends in an error */
	if (needs != 0)
		path_last_resort(path);
	path->parallel_safe = false;
	add_path(rel, path);
	if (needs == 0)
		add_partial(root, rel, ps,
					scan_cost(rel, ps, rel->baserestrictinfo, &no_quals));
}
