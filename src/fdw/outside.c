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
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "fdw/fdw.h"

typedef struct OutsideContext
{
	/* the column that is looked for */
	Oid			relid;
	AttrNumber	attnum;
	List	   *queries;		/* that enclose the place, innermost first */
	HTAB	   *followed;		/* OutputColumn: they were found to be others */
} OutsideContext;

/* A column that a query puts out; a query has one place. */
typedef struct OutputColumn
{
	Query	   *query;
	int			attno;
} OutputColumn;

static bool column_is_asof(OutsideContext *c, List *queries, Var *var,
						   bool inside);

/* Is output column attno of the first of these queries the asof column? */
static bool
output_is_asof(OutsideContext *c, List *queries, AttrNumber attno)
{
	Query	   *query = linitial_node(Query, queries);
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
			column_is_asof(c, queries, (Var *) tle->expr, true);
	}
	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_SUBQUERY && rte->subquery != NULL &&
			output_is_asof(c, lcons(rte->subquery, list_copy(queries)), attno))
			return true;
	}
	return false;
}

static bool
cte_is_asof(OutsideContext *c, List *queries, RangeTblEntry *rte,
			AttrNumber attno)
{
	List	   *home;
	ListCell   *lc;

	if (rte->self_reference || rte->ctelevelsup >= list_length(queries))
		return false;
	home = list_copy_tail(queries, rte->ctelevelsup);
	foreach(lc, linitial_node(Query, home)->cteList)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, lc);

		if (strcmp(cte->ctename, rte->ctename) == 0)
			return output_is_asof(c, lcons(cte->ctequery, home), attno);
	}
	return false;
}

/*
 * Is var, standing in the first of these queries, the asof column as another
 * query's output?  inside: we are in that other query.
 */
static bool
column_is_asof(OutsideContext *c, List *queries, Var *var, bool inside)
{
	RangeTblEntry *rte;
	Node	   *alias;

	CHECK_FOR_INTERRUPTS();
	check_stack_depth();
	if (var->varattno <= 0 || var->varlevelsup >= list_length(queries))
		return false;
	queries = list_copy_tail(queries, var->varlevelsup);
	if (var->varno < 1 ||
		var->varno > list_length(linitial_node(Query, queries)->rtable))
		return false;
	rte = rt_fetch(var->varno, linitial_node(Query, queries)->rtable);
	switch (rte->rtekind)
	{
		case RTE_RELATION:
			return inside && rte->relid == c->relid &&
				var->varattno == c->attnum;
		case RTE_SUBQUERY:
			return rte->subquery != NULL &&
				output_is_asof(c, lcons(rte->subquery, queries), var->varattno);
		case RTE_CTE:
			return cte_is_asof(c, queries, rte, var->varattno);
		case RTE_JOIN:
			if (var->varattno > list_length(rte->joinaliasvars))
				return false;
			alias = list_nth(rte->joinaliasvars, var->varattno - 1);
			return alias != NULL && IsA(alias, Var) &&
				column_is_asof(c, queries, (Var *) alias, inside);
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
		return column_is_asof(c, c->queries, (Var *) node, false);
	if (IsA(node, Query))
		return query_restricts(c, (Query *) node);
	return expression_tree_walker(node, node_restricts, context);
}

/* Does a condition of this query, or of one in it, mention the column? */
static bool
query_restricts(OutsideContext *c, Query *query)
{
	List	   *outer = c->queries;
	bool		found;
	ListCell   *lc;

	c->queries = lcons(query, list_copy(outer));
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
	c->queries = outer;
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
	bool		found = false;

	if (root->parent_root == NULL)
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
	for (PlannerInfo *up = root->parent_root; up != NULL && !found;
		 up = up->parent_root)
	{
		c.queries = NIL;
		for (PlannerInfo *p = up->parent_root; p != NULL; p = p->parent_root)
			c.queries = lappend(c.queries, p->parse);
		found = query_restricts(&c, up->parse);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	return found;
}
