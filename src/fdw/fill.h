/*-------------------------------------------------------------------------
 *
 * fill.h
 *	  Rows to tuples, the columns of conditions first.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_FILL_H
#define CDC_FDW_FILL_H

#include "postgres.h"

#include "executor/tuptable.h"

#include "fdw/walk.h"

/*
 * Next row into slot; false at the end.  Values are in the current context,
 * or with on_error in one that lasts until the next row.
 */
extern bool fill_next(CdcScan *scan, TupleTableSlot *slot);

#endif							/* CDC_FDW_FILL_H */
