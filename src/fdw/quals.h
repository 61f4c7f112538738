/*-------------------------------------------------------------------------
 *
 * quals.h
 *	  What a query's conditions say of instants, keys and times.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_QUALS_H
#define CDC_FDW_QUALS_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "log/logconfig.h"

/*
 * What a condition of the query bounds, and from which side: a sum, in which
 * an equality has both.
 */
typedef enum TimeBound
{
	BOUND_FROM = 1,
	BOUND_TO = 2,
	BOUND_FILES = 4,			/* the files' times, else those of commits */
	BOUND_OPEN = 8,				/* the time itself is out of it */
	BOUND_ENDS = 16,			/* when versions end, else when they begin */
	BOUND_RANGE = 32,			/* the value is a range: versions begin before
								 * its end and end after its beginning … */
	BOUND_CONTAINS = 64			/* … or it is empty */
} TimeBound;

/*
 * Above the flags, how many of the six digits of a second the column does not
 * show.
 */
#define BOUND_HIDDEN_SHIFT	16
#define BOUND_HIDDEN_DIGITS(n)	((n) << BOUND_HIDDEN_SHIFT)
#define BOUND_DIGITS(kind)	\
	(MAX_TIMESTAMP_PRECISION - ((kind) >> BOUND_HIDDEN_SHIFT))

/*
 * The clauses of a query by what a scan makes of them.  quals_classify() fills it
 * once, since planning looks at them for each path.
 */
typedef struct ScanQuals
{
	List	   *asof;			/* what the column with role asof is equal to, as
								 * timestamptz; NIL: nothing says */
	List	   *known;			/* likewise known_at */
	List	   *others;			/* all clauses but these, which hold for every
								 * row and so select nothing */
	List	   *keys;			/* what the own columns of the key are equal to;
								 * NIL: not all are bound, or two are to arrays */
	int			array;			/* the key column that is equal to any element
								 * of an array, or -1 */
	Expr	   *array_clause;	/* that says so, or NULL */
	List	   *times;			/* bounds, of type timestamptz, timestamp, date
								 * or tstzrange */
	List	   *time_kinds;		/* integers, TimeBound of each */
} ScanQuals;

/* A condition "column op value", its value known before the scan. */
typedef struct ColumnClause
{
	RestrictInfo *ri;
	const LogColumn *column;	/* NULL: it is no such condition */
	Oid			op;				/* with the column on its left side */
	Oid			collation;
	Expr	   *value;
	bool		any;			/* column op ANY (value) */
	int			time_side;		/* TimeBound that the value is of a column of
								 * times, or 0 */
} ColumnClause;

/* Returns what clauses (of RestrictInfo) give a scan, palloc'd. */
extern ScanQuals *quals_classify(PlannerInfo *root, RelOptInfo *rel,
								 const LogConfig *log, List *clauses);
/* True if the clause mentions the column. */
extern bool quals_mention(RelOptInfo *rel, AttrNumber attnum, Node *clause);

#endif							/* CDC_FDW_QUALS_H */
