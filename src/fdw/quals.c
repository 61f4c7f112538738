/*-------------------------------------------------------------------------
 *
 * quals.c
 *	  The query's equality on the column with role asof and on key columns, and
 *	  its conditions on the times of changes.
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
#include "utils/timestamp.h"
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

/* Can it be evaluated before the scan? */
static bool
is_known_before(PlannerInfo *root, RelOptInfo *rel, Node *value)
{
	return !bms_is_member(rel->relid, pull_varnos(root, value)) &&
		!contain_volatile_functions(value) && !contain_subplans(value);
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
	if (!is_column(rel, attnum, left) || !is_known_before(root, rel, right))
		return NULL;
	return (Expr *) coerce_to_target_type(NULL, copyObject(right),
										  exprType(right), TIMESTAMPTZOID, -1,
										  COERCION_IMPLICIT,
										  COERCE_IMPLICIT_CAST, -1);
}

static bool
is_equality_of(const LogColumn *column, Oid op)
{
	TypeCacheEntry *type = lookup_type_cache(getBaseType(column->typid),
											 TYPECACHE_BTREE_OPFAMILY);

	return OidIsValid(type->btree_opf) &&
		get_op_opfamily_strategy(op, type->btree_opf) == BTEqualStrategyNumber;
}

/* The other side of "column = value" or "column = ANY (value)", or NULL. */
static Expr *
key_value(PlannerInfo *root, RelOptInfo *rel, const LogColumn *column,
		  Expr *clause, bool *array)
{
	Node	   *left;
	Node	   *right;
	Oid			op;
	Oid			collation;
	Oid			type;

	*array = IsA(clause, ScalarArrayOpExpr);
	if (*array)
	{
		ScalarArrayOpExpr *any = (ScalarArrayOpExpr *) clause;

		if (!any->useOr)
			return NULL;
		op = any->opno;
		collation = any->inputcollid;
		left = linitial(any->args);
		right = lsecond(any->args);
		type = get_base_element_type(exprType(right));
	}
	else if (IsA(clause, OpExpr) && list_length(((OpExpr *) clause)->args) == 2)
	{
		op = ((OpExpr *) clause)->opno;
		collation = ((OpExpr *) clause)->inputcollid;
		left = linitial(((OpExpr *) clause)->args);
		right = lsecond(((OpExpr *) clause)->args);
		if (!is_column(rel, column->attnum, left))
		{
			Node	   *swap = left;

			left = right;
			right = swap;
		}
		type = exprType(right);
	}
	else
		return NULL;
	if (!is_column(rel, column->attnum, left) || !is_equality_of(column, op) ||
		!OidIsValid(type) || !key_takes_value(column, type, collation) ||
		!is_known_before(root, rel, right))
		return NULL;
	return (Expr *) right;
}

List *
quals_keys(PlannerInfo *root, RelOptInfo *rel, const LogConfig *log,
		   List *clauses, int *array, Expr **condition)
{
	List	   *keys = NIL;

	*array = -1;
	*condition = NULL;
	if (log->mode == MODE_CHANGES)
		return NIL;				/* every record is a row */
	for (int i = 0; i < log->nkeys; i++)
	{
		Expr	   *found = NULL;
		bool		found_array = false;
		Expr	   *found_in = NULL;
		ListCell   *lc;

		foreach(lc, clauses)
		{
			Expr	   *clause = lfirst_node(RestrictInfo, lc)->clause;
			bool		is_array;
			Expr	   *value = key_value(root, rel,
										  &log->columns[log->keys[i]], clause,
										  &is_array);

			/* one value is better than many */
			if (value != NULL && (found == NULL || (found_array && !is_array)))
			{
				found = value;
				found_array = is_array;
				found_in = clause;
			}
		}
		if (found == NULL || (found_array && *array >= 0))
			return NIL;
		if (found_array)
		{
			*array = i;
			*condition = found_in;
		}
		keys = lappend(keys, found);
	}
	return keys;
}

/* From which side does "column op value" bound the column?  0: neither. */
static int
time_side(Oid op)
{
	TypeCacheEntry *type = lookup_type_cache(TIMESTAMPTZOID,
											 TYPECACHE_BTREE_OPFAMILY);

	switch (get_op_opfamily_strategy(op, type->btree_opf))
	{
		case BTLessStrategyNumber:
			return BOUND_TO | BOUND_OPEN;
		case BTLessEqualStrategyNumber:
			return BOUND_TO;
		case BTEqualStrategyNumber:
			return BOUND_FROM | BOUND_TO;
		case BTGreaterEqualStrategyNumber:
			return BOUND_FROM;
		case BTGreaterStrategyNumber:
			return BOUND_FROM | BOUND_OPEN;
		default:
			return 0;
	}
}

bool
quals_is_bound(PlannerInfo *root, RelOptInfo *rel, AttrNumber attnum,
			   Node *node, Node *value)
{
	return is_column(rel, attnum, node) && is_known_before(root, rel, value);
}

Expr *
quals_time_value(PlannerInfo *root, RelOptInfo *rel, const LogColumn *column,
				 Expr *clause, int *side)
{
	OpExpr	   *op = (OpExpr *) clause;
	Node	   *left;
	Node	   *right;
	Oid			opno;
	Oid			type;

	if (!IsA(clause, OpExpr) || list_length(op->args) != 2)
		return NULL;
	left = linitial(op->args);
	right = lsecond(op->args);
	opno = op->opno;
	if (!is_column(rel, column->attnum, left))
	{
		Node	   *swap = left;

		left = right;
		right = swap;
		opno = get_commutator(opno);
	}
	type = exprType(right);
	if (!OidIsValid(opno) || !is_column(rel, column->attnum, left) ||
		(type != TIMESTAMPTZOID && type != TIMESTAMPOID && type != DATEOID) ||
		!is_known_before(root, rel, right))
		return NULL;
	*side = time_side(opno);
	if (*side == 0)
		return NULL;
	if (column->typmod >= 0)
		*side |= BOUND_HIDDEN_DIGITS(MAX_TIMESTAMP_PRECISION - column->typmod);
	return (Expr *) right;
}

List *
quals_times(PlannerInfo *root, RelOptInfo *rel, const LogConfig *log,
			List *clauses, List **kinds)
{
	List	   *times = NIL;
	ListCell   *lc;

	*kinds = NIL;
	if (log->mode == MODE_HISTORY)
		return validity_times(root, rel, log, clauses, kinds);
	for (int i = 0; i < log->ncolumns && log->mode == MODE_CHANGES; i++)
	{
		const LogColumn *column = &log->columns[i];

		if (column->role != ROLE_COMMIT_TIME && column->role != ROLE_FILE_TIME)
			continue;
		foreach(lc, clauses)
		{
			int			side;
			Expr	   *value = quals_time_value(root, rel, column,
												 lfirst_node(RestrictInfo, lc)->clause,
												 &side);

			if (value == NULL)
				continue;
			if (column->role == ROLE_FILE_TIME)
				side |= BOUND_FILES;
			times = lappend(times, value);
			*kinds = lappend_int(*kinds, side);
		}
	}
	return times;
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
