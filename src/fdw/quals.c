/*-------------------------------------------------------------------------
 *
 * quals.c
 *	  The query's equality on the column with role asof.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "fdw/fdw.h"

static bool
is_column(RelOptInfo *rel, AttrNumber attnum, Node *node)
{
	if (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return IsA(node, Var) && ((Var *) node)->varno == rel->relid &&
		((Var *) node)->varattno == attnum && ((Var *) node)->varlevelsup == 0;
}

/* Is op the equality of an instant with something that can be one? */
static bool
is_instant_equality(Oid op)
{
	TypeCacheEntry *type = lookup_type_cache(TIMESTAMPTZOID,
											 TYPECACHE_BTREE_OPFAMILY);

	return get_op_opfamily_strategy(op, type->btree_opf) == BTEqualStrategyNumber;
}

Expr *
quals_asof_value(PlannerInfo *root, RelOptInfo *rel, AttrNumber attnum,
				 Expr *clause)
{
	OpExpr	   *op = (OpExpr *) clause;
	Node	   *left;
	Node	   *right;

	if (attnum == InvalidAttrNumber || !IsA(clause, OpExpr) ||
		list_length(op->args) != 2 || !is_instant_equality(op->opno))
		return NULL;
	left = linitial(op->args);
	right = lsecond(op->args);
	if (!is_column(rel, attnum, left))
	{
		Node	   *swap = left;

		left = right;
		right = swap;
	}
	if (!is_column(rel, attnum, left) ||
		bms_is_member(rel->relid, pull_varnos(root, right)) ||
		contain_volatile_functions(right) || contain_subplans(right))
		return NULL;
	return (Expr *) coerce_to_target_type(NULL, copyObject(right),
										  exprType(right), TIMESTAMPTZOID, -1,
										  COERCION_IMPLICIT,
										  COERCE_IMPLICIT_CAST, -1);
}

bool
quals_mention(RelOptInfo *rel, AttrNumber attnum, Node *clause)
{
	Bitmapset  *attrs = NULL;

	if (attnum == InvalidAttrNumber)
		return false;
	pull_varattnos(clause, rel->relid, &attrs);
	return bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, attrs);
}
