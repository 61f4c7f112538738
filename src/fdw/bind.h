/*-------------------------------------------------------------------------
 *
 * bind.h
 *	  The values that the expressions of a plan have for a walk.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_BIND_H
#define CDC_FDW_BIND_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "fdw/scan.h"

/*
 * Makes the scan ready by these options, in the current context, which is the
 * scan's; fdw_state is there.
 */
extern void bind_begin(ForeignScanState *node, CdcOptions *opts);
/* Takes the listing, and the store to read by, unless they are there. */
extern void bind_listing(ForeignScanState *node, CdcScanState *state);
/*
 * Finds instants, keys and times of the next walk, and the listing; or that no
 * row can come out: state->no_rows.
 */
extern void bind_resolve(ForeignScanState *node);

#endif							/* CDC_FDW_BIND_H */
