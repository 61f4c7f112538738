/*-------------------------------------------------------------------------
 *
 * outside.c
 *	  Conditions on the asof column that stand where they cannot reach a scan.
 *
 * A condition on the output of a materialized CTE, a security barrier view or
 * a subquery with LIMIT is not pushed down.  The scan inside would answer for
 * its default instant, and the condition would then drop every row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "fdw/options/options.h"
#include "fdw/outside.h"

/* A query, and the one that encloses it. */
typedef struct Place
{
	Query	   *query;
	const struct Place *outer;	/* NULL: the outermost */
} Place;

typedef struct OutsideContext
{
	/* the column that is looked for */
	Oid			relid;
	AttrNumber	attnum;
	const Place *place;			/* where its conditions are looked for */
	HTAB	   *followed;		/* OutputColumn: they were found to be others */
} OutsideContext;

/* A column that a query puts out; a query has one place. */
typedef struct OutputColumn
{
	Query	   *query;
	int			attno;
} OutputColumn;

static bool column_is_asof(OutsideContext *c, const Place *place, Var *var,
						   bool inside);

/* The place so many levels up, or NULL. */
static const Place *
place_up(const Place *place, Index levels)
{
	while (place != NULL && levels-- > 0)
		place = place->outer;
	return place;
}

/* Returns true if output column attno of the query, which outer encloses, is the asof column. */
static bool
output_is_asof(OutsideContext *c, const Place *outer, Query *query,
			   AttrNumber attno)
{
	Place		here = {query, outer};
	OutputColumn column;
	bool		found;
	TargetEntry *tle;
	ListCell   *lc;

	/* queries that name another one twice, which does so too, are exponential */
	memset(&column, 0, sizeof(column));
	column.query = query;
	column.attno = attno;
	hash_search(c->followed, &column, HASH_ENTER, &found);
	if (found)
		return false;
	if (query->setOperations == NULL)
	{
		tle = get_tle_by_resno(query->targetList, attno);
		return tle != NULL && IsA(tle->expr, Var) &&
			column_is_asof(c, &here, (Var *) tle->expr, true);
	}
	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_SUBQUERY && rte->subquery != NULL &&
			output_is_asof(c, &here, rte->subquery, attno))
			return true;
	}
	return false;
}

static bool
cte_is_asof(OutsideContext *c, const Place *place, RangeTblEntry *rte,
			AttrNumber attno)
{
	const Place *home = rte->self_reference ? NULL :
		place_up(place, rte->ctelevelsup);
	ListCell   *lc;

	if (home == NULL)
		return false;
	foreach(lc, home->query->cteList)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, lc);

		if (strcmp(cte->ctename, rte->ctename) == 0)
			return output_is_asof(c, home, (Query *) cte->ctequery, attno);
	}
	return false;
}

/*
 * Is var, standing in the query of this place, the asof column as another
 * query's output?  inside: we are in that other query.
 */
static bool
column_is_asof(OutsideContext *c, const Place *place, Var *var, bool inside)
{
	RangeTblEntry *rte;
	Node	   *alias;

	CHECK_FOR_INTERRUPTS();
	check_stack_depth();
	place = place_up(place, var->varlevelsup);
	if (var->varattno <= 0 || place == NULL || var->varno < 1 ||
		var->varno > list_length(place->query->rtable))
		return false;
	rte = rt_fetch(var->varno, place->query->rtable);
	switch (rte->rtekind)
	{
		case RTE_RELATION:
			return inside && rte->relid == c->relid &&
				var->varattno == c->attnum;
		case RTE_SUBQUERY:
			return rte->subquery != NULL &&
				output_is_asof(c, place, rte->subquery, var->varattno);
		case RTE_CTE:
			return cte_is_asof(c, place, rte, var->varattno);
		case RTE_JOIN:
			if (var->varattno > list_length(rte->joinaliasvars))
				return false;
			alias = list_nth(rte->joinaliasvars, var->varattno - 1);
			return alias != NULL && IsA(alias, Var) &&
				column_is_asof(c, place, (Var *) alias, inside);
		default:
			return false;
	}
}

static bool query_restricts(OutsideContext *c, Query *query);

static bool
node_restricts(Node *node, void *context)
{
	OutsideContext *c = context;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return column_is_asof(c, c->place, (Var *) node, false);
	if (IsA(node, Query))
		return query_restricts(c, (Query *) node);
	return expression_tree_walker(node, node_restricts, context);
}

/* Does a condition of this query, or of one in it, mention the column? */
static bool
query_restricts(OutsideContext *c, Query *query)
{
	Place		here = {query, c->place};
	bool		found;
	ListCell   *lc;

	check_stack_depth();
	c->place = &here;
	found = node_restricts((Node *) query->jointree, c) ||
		node_restricts(query->havingQual, c);
	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (!found && rte->rtekind == RTE_SUBQUERY && rte->subquery != NULL)
			found = query_restricts(c, rte->subquery);
	}
	foreach(lc, query->cteList)
	{
		if (!found)
			found = query_restricts(c, (Query *)
									lfirst_node(CommonTableExpr, lc)->ctequery);
	}
	c->place = here.outer;
	return found;
}

/* What a query names where the planner reads one of several children. */
static void
name_parent(PlannerInfo *root, Index relid, OutsideContext *c)
{
	AppendRelInfo *child;

	while (root->append_rel_array != NULL &&
		   (child = root->append_rel_array[relid]) != NULL &&
		   OidIsValid(child->parent_reloid))
	{
		AttrNumber	parent = InvalidAttrNumber;

		if (c->attnum <= child->num_child_cols)
			parent = child->parent_colnos[c->attnum - 1];
		c->relid = child->parent_reloid;
		c->attnum = parent;
		relid = child->parent_relid;
	}
}

bool
outside_restricts_asof(PlannerInfo *root, RelOptInfo *rel, Oid relid,
					   AttrNumber attnum)
{
	OutsideContext c = {.relid = relid,.attnum = attnum};
	MemoryContext scratch;
	MemoryContext old;
	HASHCTL		ctl;
	Place	   *places;
	int			n = 0;
	bool		found = false;

	for (PlannerInfo *up = root->parent_root; up != NULL; up = up->parent_root)
		n++;
	if (n == 0)
		return false;
	scratch = AllocSetContextCreate(CurrentMemoryContext, "cdc_fdw outer queries",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(scratch);
	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = ctl.entrysize = sizeof(OutputColumn);
	ctl.hcxt = scratch;
	c.followed = hash_create("cdc_fdw output columns", 64, &ctl,
							 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	name_parent(root, rel->relid, &c);
	places = palloc(sizeof(Place) * n);
	n = 0;
	for (PlannerInfo *up = root->parent_root; up != NULL; up = up->parent_root)
	{
		places[n].query = up->parse;
		places[n].outer = up->parent_root != NULL ? &places[n + 1] : NULL;
		n++;
	}
	for (int i = 0; i < n && !found; i++)
	{
		c.place = places[i].outer;
		found = query_restricts(&c, places[i].query);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	return found;
}
