/*-------------------------------------------------------------------------
 *
 * validity.c
 *	  Which records a query over versions needs, by its conditions on their
 *	  times.
 *
 * Versions that begin before the query's first instant need no older records;
 * those that end by an instant need no later ones.  Where nothing but
 * conditions that a version ends later looks at its end, records behind the
 * last beginning and those ends need not be read either: a version that is
 * open then ends later in any case.  Where open versions end at an instant of
 * option open_end, conditions on ends that this instant satisfies, or fails,
 * as no other end would bound nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_type.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "fdw/quals.h"
#include "fdw/validity.h"
#include "replay/changes.h"

/* Returns the side of a range of validity that the clause's value bounds; 0: none. */
static int
range_side(const ColumnClause *c)
{
	if (c->any)
		return 0;
	switch (c->op)
	{
		case OID_RANGE_CONTAINS_ELEM_OP:
			return BOUND_FROM | BOUND_TO;
		case OID_RANGE_CONTAINS_OP:
			return BOUND_RANGE | BOUND_CONTAINS;
		case OID_RANGE_OVERLAP_OP:
			return BOUND_RANGE;
		default:
			return 0;
	}
}

typedef struct Conditions
{
	List	   *values;
	List	   *kinds;
	Bitmapset  *elsewhere;		/* attributes that others look at */
	bool		ends_later;		/* a bound from below on a column's end … */
	bool		ends_sooner;	/* … and one from above */
	bool		null_ends;		/* that column is NULL of open versions */
} Conditions;

static void
add(Conditions *c, Expr *value, int kind)
{
	c->values = lappend(c->values, value);
	c->kinds = lappend_int(c->kinds, kind);
}

/* False where the clause is not understood. */
static bool
add_clause(const ColumnClause *clause, Conditions *c)
{
	const LogColumn *column = clause->column;
	int			side;

	if (column == NULL)
		return false;
	if (column->role == ROLE_VALID_RANGE)
	{
		side = range_side(clause);
		if (side & BOUND_RANGE)
			add(c, clause->value, side);
		else if (side != 0)
		{
			/* it has begun, and ends later */
			add(c, clause->value, BOUND_TO);
			add(c, clause->value, BOUND_FROM | BOUND_OPEN | BOUND_ENDS);
		}
		return side != 0;
	}
	/* of a version, the commit's time is its beginning */
	if (column->role != ROLE_VALID_FROM && column->role != ROLE_VALID_TO &&
		column->role != ROLE_COMMIT_TIME)
		return false;
	side = clause->time_side;
	if (side == 0)
		return false;
	if (column->role == ROLE_VALID_TO)
	{
		side |= BOUND_ENDS;
		c->ends_later |= (side & BOUND_FROM) != 0;
		c->ends_sooner |= (side & BOUND_TO) != 0;
		c->null_ends = column->open_end.is_null;
	}
	add(c, clause->value, side);
	return true;
}

/* May versions that are open at the last beginning be shown as open? */
static bool
may_cut(const LogConfig *log, const Conditions *c)
{
	for (int i = 0; i < log->ncolumns; i++)
	{
		LogRole		role = log->columns[i].role;

		if ((role == ROLE_VALID_TO || role == ROLE_VALID_RANGE ||
			 role == ROLE_END_OP) &&
			bms_is_member(log->columns[i].attnum -
						  FirstLowInvalidHeapAttributeNumber, c->elsewhere))
			return false;
	}
	/* an end that is NULL is not later than anything */
	return !c->ends_sooner && !(c->null_ends && c->ends_later) &&
		!bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, c->elsewhere);
}

void
validity_times(RelOptInfo *rel, const LogConfig *log, List *clauses,
			   ScanQuals *q)
{
	Conditions	c = {NIL, NIL, NULL, false};
	ListCell   *lc;
	ListCell   *kind;
	bool		cut;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &c.elsewhere);
	foreach(lc, clauses)
	{
		const ColumnClause *clause = lfirst(lc);

		if (!add_clause(clause, &c))
			pull_varattnos((Node *) clause->ri->clause, rel->relid,
						   &c.elsewhere);
	}
	cut = may_cut(log, &c);
	forboth(lc, c.values, kind, c.kinds)
	{
		int			side = lfirst_int(kind);

		if (!cut && (side & (BOUND_ENDS | BOUND_RANGE)) == 0)
			side &= ~BOUND_TO;
		if (!cut && (side & BOUND_RANGE))
			continue;
		if (side & (BOUND_FROM | BOUND_TO | BOUND_RANGE))
		{
			q->times = lappend(q->times, lfirst(lc));
			q->time_kinds = lappend_int(q->time_kinds, side);
		}
	}
}

/* The first time behind one. */
static TimestampTz
behind(TimestampTz t)
{
	return TIMESTAMP_NOT_FINITE(t) ? t : t + 1;
}

bool
validity_range_bound(Validity *v, Datum value, int kind)
{
	bool		contains = (kind & BOUND_CONTAINS) != 0;
	TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID,
											 TYPECACHE_RANGE_INFO);
	RangeBound	lower;
	RangeBound	upper;
	bool		empty;
	TimestampTz from;
	TimestampTz to;

	range_deserialize(type, DatumGetRangeTypeP(value), &lower, &upper, &empty);
	/* all contain an empty one, and none overlaps it */
	if (empty)
		return contains;
	from = lower.infinite ? DT_NOBEGIN : DatumGetTimestampTz(lower.val);
	to = upper.infinite ? DT_NOEND : DatumGetTimestampTz(upper.val);
	if (contains)
	{
		v->begun = Min(v->begun, from);
		v->ends = Max(v->ends, upper.inclusive ? behind(to) : to);
	}
	else
	{
		v->begun = Min(v->begun, to);
		v->ends = Max(v->ends, behind(from));
	}
	return true;
}

void
validity_bound(Validity *v, TimestampTz at, TimestampTz last, int kind)
{
	if (kind & BOUND_ENDS)
	{
		/* one that ends at last or later is shown to end at this or later */
		if (kind & BOUND_FROM)
			v->ends = Max(v->ends, last);
		if (kind & BOUND_TO)
			v->ended = Min(v->ended, last);
		return;
	}
	if (kind & BOUND_FROM)
		v->begins = Max(v->begins, at);
	if (kind & BOUND_TO)
		v->begun = Min(v->begun, last);
}

/* The earliest end that a column shows of versions that are open. */
static TimestampTz
earliest_open_end(const LogConfig *log)
{
	TimestampTz at = DT_NOEND;

	for (int i = 0; i < log->ncolumns; i++)
		if ((log->columns[i].role == ROLE_VALID_TO ||
			 log->columns[i].role == ROLE_VALID_RANGE) &&
			!log->columns[i].open_end.is_null)
			at = Min(at, log->columns[i].open_end.at);
	return at;
}

void
validity_range(const Validity *v, const LogConfig *log, ChangesRange *range)
{
	TimestampTz open_end = earliest_open_end(log);
	/* what is open then ends a microsecond later or more … */
	TimestampTz open = TIMESTAMP_NOT_FINITE(v->ends) ? v->ends : v->ends - 1;
	TimestampTz ended = v->ended;

	/* … but does not look so where open_end comes sooner, or no later */
	if (open_end != DT_NOEND && behind(v->ends) >= open_end)
		open = DT_NOEND;
	/* a version that ends later, if shown as open, looks as if it did not */
	if (open_end != DT_NOEND && ended >= open_end)
		ended = DT_NOEND;
	range->commit_from = v->begins;
	range->commit_to = Min(ended, Max(v->begun, open));
}
