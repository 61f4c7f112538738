/*-------------------------------------------------------------------------
 *
 * watermark.h
 *	  Up to which instant a log is provably complete.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_WATERMARK_H
#define CDC_FDW_WATERMARK_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "fdw/options/options.h"
#include "fdw/walk.h"
#include "log/manifest.h"

/*
 * Up to which instant, on the table's own clock, nothing will be added to its
 * log; DT_NOBEGIN where nothing tells.  manifest is the table's, and files are
 * read by store; estate and userid are those of the statement and of whom it
 * reads as.  Files named after known_at do not count.  What the other tables
 * of its task prove is found once for a statement, or for a transaction at
 * REPEATABLE READ and above.  Raises what listing and reading these raises.
 */
extern TimestampTz watermark_of(const CdcOptions *opts, Manifest *manifest,
								Store *store, TimestampTz known_at,
								EState *estate, Oid userid);

/*
 * The foreign tables of a server that the user may read (rights_may_read()),
 * in the order of their OIDs.
 */
extern List *watermark_tables(Oid serverid, Oid userid);

/*
 * Replace ASOF_AT_WATERMARK by the instant; with cdc_fdw.require_sealed, raise
 * an error for one past it.  The scan has its manifest and store.
 */
extern void watermark_apply(CdcScan *scan, EState *estate, Oid userid);

#endif							/* CDC_FDW_WATERMARK_H */
