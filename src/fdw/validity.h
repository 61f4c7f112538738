/*-------------------------------------------------------------------------
 *
 * validity.h
 *	  Which records a query over versions needs, by its conditions on their times.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_VALIDITY_H
#define CDC_FDW_VALIDITY_H

#include "postgres.h"

#include "fdw/quals.h"
#include "replay/changes.h"

/* Adds to q the times that clauses (of ColumnClause) bound. */
extern void validity_times(RelOptInfo *rel, const LogConfig *log,
						   List *clauses, ScanQuals *q);
/* When the versions wanted begin and end. */
typedef struct Validity
{
	TimestampTz begins;			/* not earlier than this … */
	TimestampTz begun;			/* … nor later than this */
	TimestampTz ends;
	TimestampTz ended;
} Validity;

/*
 * Add a bound of that TimeBound on when versions begin or end: from one time on,
 * or up to last, which is later where the column shows fewer digits of a second.
 */
extern void validity_bound(Validity *v, TimestampTz at, TimestampTz last,
						   int kind);

/* Add a bound that is a range; false where no version can satisfy it. */
extern bool validity_range_bound(Validity *v, Datum value, int kind);
/* The range of records that give these versions. */
extern void validity_range(const Validity *v, const LogConfig *log,
						   ChangesRange *range);

#endif							/* CDC_FDW_VALIDITY_H */
