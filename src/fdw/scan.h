/*-------------------------------------------------------------------------
 *
 * scan.h
 *	  The state of a scan as the executor holds it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_SCAN_H
#define CDC_FDW_SCAN_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "utils/dsa.h"

#include "fdw/instants.h"
#include "fdw/walk.h"

/* ForeignScanState.fdw_state. */
typedef struct CdcScanState
{
	CdcScan		scan;
	Oid			userid;			/* as whom it reads: who fetches from a cursor
								 * may be another than who opened it */
	Instants	fixed;			/* when the statement began; in a worker what
								 * the leader sends takes their place */
	Bitmapset  *early;			/* columns that conditions look at */
	ExprState  *asof_expr;		/* NULL: not from the query */
	ExprState  *known_expr;		/* likewise */
	int			nkeys;			/* values to search for, 0: no search */
	ExprState **key_exprs;
	Oid		   *key_types;		/* of the values, an array's elements' */
	int			key_array;		/* which of them is an array, -1: none */
	List	   *bound_exprs;	/* times, with the type and TimeBound of each */
	List	   *bound_types;
	List	   *bound_kinds;
	bool		started;
	bool		no_rows;		/* the query's instant or key is NULL */
	/* the scan of several processes */
	struct CdcShared *shared;	/* NULL: this one alone */
	dsa_area   *area;
	bool		leads;
	bool		shut_down;		/* no more rows of this walk are wanted */
} CdcScanState;

#endif							/* CDC_FDW_SCAN_H */
