/*-------------------------------------------------------------------------
 *
 * quals.c
 *	  What the query's conditions say of instants, keys and times.
 *
 * A condition "column op value" is matched once, its column brought to the left
 * side; what follows from it is kept for paths and plan.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "fdw/quals.h"
#include "fdw/validity.h"

/* The column of the table that node is, or NULL. */
static const LogColumn *
column_of(RelOptInfo *rel, const LogConfig *log, Node *node)
{
	int			col;

	if (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	if (!IsA(node, Var) || ((Var *) node)->varno != rel->relid ||
		((Var *) node)->varlevelsup != 0)
		return NULL;
	col = logconfig_column(log, ((Var *) node)->varattno);
	return col >= 0 ? &log->columns[col] : NULL;
}

/* True if it can be evaluated before the scan. */
static bool
is_known_before(PlannerInfo *root, RelOptInfo *rel, Node *value)
{
	return !bms_is_member(rel->relid, pull_varnos(root, value)) &&
		!contain_volatile_functions(value) && !contain_subplans(value);
}

/* The strategy of the clause's operator for values of a type, or 0. */
static int
strategy_of(const ColumnClause *c, Oid type)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);

	return OidIsValid(entry->btree_opf) ?
		get_op_opfamily_strategy(c->op, entry->btree_opf) : 0;
}

/* Returns the TimeBound that the clause's value is of its column, a time, or 0. */
static int
time_side(const ColumnClause *c)
{
	Oid			type = exprType((Node *) c->value);
	int			side;

	if (c->any || (type != TIMESTAMPTZOID && type != TIMESTAMPOID &&
				   type != DATEOID))
		return 0;
	switch (strategy_of(c, TIMESTAMPTZOID))
	{
		case BTLessStrategyNumber:
			side = BOUND_TO | BOUND_OPEN;
			break;
		case BTLessEqualStrategyNumber:
			side = BOUND_TO;
			break;
		case BTEqualStrategyNumber:
			side = BOUND_FROM | BOUND_TO;
			break;
		case BTGreaterEqualStrategyNumber:
			side = BOUND_FROM;
			break;
		case BTGreaterStrategyNumber:
			side = BOUND_FROM | BOUND_OPEN;
			break;
		default:
			return 0;
	}
	if (c->column->typmod >= 0)
		side |= BOUND_HIDDEN_DIGITS(MAX_TIMESTAMP_PRECISION -
									c->column->typmod);
	return side;
}

/* Returns the clause, palloc'd; column is NULL where it has no such form. */
static ColumnClause *
match_clause(PlannerInfo *root, RelOptInfo *rel, const LogConfig *log,
			 RestrictInfo *ri)
{
	ColumnClause *c = palloc0(sizeof(ColumnClause));
	List	   *args;
	Node	   *value;

	c->ri = ri;
	if (IsA(ri->clause, OpExpr))
	{
		c->op = ((OpExpr *) ri->clause)->opno;
		c->collation = ((OpExpr *) ri->clause)->inputcollid;
		args = ((OpExpr *) ri->clause)->args;
	}
	else if (IsA(ri->clause, ScalarArrayOpExpr) &&
			 ((ScalarArrayOpExpr *) ri->clause)->useOr)
	{
		c->any = true;
		c->op = ((ScalarArrayOpExpr *) ri->clause)->opno;
		c->collation = ((ScalarArrayOpExpr *) ri->clause)->inputcollid;
		args = ((ScalarArrayOpExpr *) ri->clause)->args;
	}
	else
		return c;
	if (list_length(args) != 2)
		return c;
	value = lsecond(args);
	c->column = column_of(rel, log, linitial(args));
	if (c->column == NULL && !c->any)
	{
		value = linitial(args);
		c->column = column_of(rel, log, lsecond(args));
		c->op = c->column ? get_commutator(c->op) : InvalidOid;
	}
	if (c->column == NULL || !OidIsValid(c->op) ||
		!is_known_before(root, rel, value))
		c->column = NULL;
	c->value = (Expr *) value;
	if (c->column != NULL)
		c->time_side = time_side(c);
	return c;
}

/*
 * Sets *instant to the list of what the clause says the column of that role is
 * equal to, as timestamptz, unless another clause did; false where it is none.
 */
static bool
find_instant(const ColumnClause *c, LogRole role, List **instant)
{
	Node	   *value;

	if (c->column == NULL || c->column->role != role || c->any ||
		strategy_of(c, TIMESTAMPTZOID) != BTEqualStrategyNumber)
		return false;
	value = coerce_to_target_type(NULL, copyObject((Node *) c->value),
								  exprType((Node *) c->value), TIMESTAMPTZOID,
								  -1, COERCION_IMPLICIT, COERCE_IMPLICIT_CAST,
								  -1);
	if (value != NULL && *instant == NIL)
		*instant = list_make1(value);
	return value != NULL;
}

/* True if it says what the key column is equal to, or equal to one of. */
static bool
is_key_value(const ColumnClause *c, const LogColumn *column)
{
	Oid			type;

	if (c->column != column ||
		strategy_of(c, getBaseType(column->typid)) != BTEqualStrategyNumber)
		return false;
	type = exprType((Node *) c->value);
	if (c->any)
		type = get_base_element_type(type);
	return OidIsValid(type) && key_takes_value(column, type, c->collation);
}

static void
find_keys(const LogConfig *log, List *clauses, ScanQuals *q)
{
	List	   *keys = NIL;

	if (log->mode == MODE_CHANGES)
		return;					/* every record is a row */
	for (int i = 0; i < log->nkeys; i++)
	{
		const ColumnClause *found = NULL;
		ListCell   *lc;

		foreach(lc, clauses)
		{
			const ColumnClause *c = lfirst(lc);

			/* one value is better than many */
			if (is_key_value(c, &log->columns[log->keys[i]]) &&
				(found == NULL || (found->any && !c->any)))
				found = c;
		}
		if (found == NULL || (found->any && q->array >= 0))
		{
			q->array = -1;
			return;
		}
		if (found->any)
		{
			q->array = i;
			q->array_clause = found->ri->clause;
		}
		keys = lappend(keys, found->value);
	}
	q->keys = keys;
}

/* Collects the bounds that clauses set on the times of a table of changes. */
static void
find_times(List *clauses, ScanQuals *q)
{
	ListCell   *lc;

	foreach(lc, clauses)
	{
		const ColumnClause *c = lfirst(lc);
		int			side = c->time_side;

		if (side == 0 || (c->column->role != ROLE_COMMIT_TIME &&
						  c->column->role != ROLE_FILE_TIME))
			continue;
		if (c->column->role == ROLE_FILE_TIME)
			side |= BOUND_FILES;
		q->times = lappend(q->times, c->value);
		q->time_kinds = lappend_int(q->time_kinds, side);
	}
}

ScanQuals *
quals_classify(PlannerInfo *root, RelOptInfo *rel, const LogConfig *log,
			   List *clauses)
{
	ScanQuals  *q = palloc0(sizeof(ScanQuals));
	List	   *matched = NIL;
	ListCell   *lc;

	q->array = -1;
	foreach(lc, clauses)
	{
		ColumnClause *c = match_clause(root, rel, log,
									   lfirst_node(RestrictInfo, lc));

		matched = lappend(matched, c);
		if (!find_instant(c, ROLE_ASOF, &q->asof) &&
			!find_instant(c, ROLE_KNOWN_AT, &q->known))
			q->others = lappend(q->others, c->ri);
	}
	find_keys(log, matched, q);
	if (log->mode == MODE_HISTORY)
		validity_times(rel, log, matched, q);
	else if (log->mode == MODE_CHANGES)
		find_times(matched, q);
	return q;
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
