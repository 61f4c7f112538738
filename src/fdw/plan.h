/*-------------------------------------------------------------------------
 *
 * plan.h
 *	  What planning keeps, for itself and for the scan.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_PLAN_H
#define CDC_FDW_PLAN_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "fdw/options/options.h"
#include "fdw/quals.h"

/*
 * Slots of ForeignScan.fdw_private; fdw_exprs holds the instant, if any, and
 * behind it the values of the key columns that are searched for, if any.
 */
enum FdwScanPrivateIndex
{
	FdwScanPrivateNeeded,		/* list of attribute numbers */
	FdwScanPrivateAsof,			/* integer, AsofSource: QUERY, UNBOUND or NONE */
	FdwScanPrivateKeys,			/* integer, number of key values, 0: no search */
	FdwScanPrivateKeyArray,		/* integer, which of them is an array, or -1 */
	FdwScanPrivateBounds,		/* list of integers, what each time says that
								 * stands behind the key values: TimeBound */
	FdwScanPrivateKnown,		/* integer, AsofSource of known_at, whose
								 * expression is the last of fdw_exprs */
	FdwScanPrivateKeyCondition, /* integer, which condition of the plan compares
								 * with the array, or -1 */
	FdwScanPrivateCount
};

/*
 * Instants that the query restricts and a path does not bind, since only another
 * path can: a sum, which is all of a path's fdw_private.
 */
typedef enum PathUnbound
{
	PATH_ASOF_UNBOUND = 1,
	PATH_KNOWN_UNBOUND = 2
} PathUnbound;

/* RelOptInfo.fdw_private while planning. */
typedef struct CdcPlanState
{
	CdcOptions *opts;
	ScanQuals  *quals;			/* of the table's own clauses */
	AttrNumber	asof_attnum;	/* 0: the table has no such column */
	AttrNumber	known_attnum;	/* likewise */
	double		tuples;			/* rows of the table */
	double		bytes;			/* of its log */
} CdcPlanState;

/* Attribute numbers a scan must fill. */
extern List *plan_needed_columns(RelOptInfo *rel, Oid relid);
extern double plan_selected_rows(PlannerInfo *root, CdcPlanState *ps,
								 const ScanQuals *quals);

#endif							/* CDC_FDW_PLAN_H */
