/*-------------------------------------------------------------------------
 *
 * parallel.h
 *	  A scan by several processes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_PARALLEL_H
#define CDC_FDW_PARALLEL_H

#include "postgres.h"

#include "nodes/execnodes.h"

/* Begin this process's part of the walk. */
extern void parallel_start(ForeignScanState *node);

#endif							/* CDC_FDW_PARALLEL_H */
