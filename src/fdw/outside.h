/*-------------------------------------------------------------------------
 *
 * outside.h
 *	  What the queries around a table ask of its instant.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_OUTSIDE_H
#define CDC_FDW_OUTSIDE_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/*
 * Is the column of this base relation restricted by a condition on
 * the output of the query it is in, or of one around that?
 */
extern bool outside_restricts_asof(PlannerInfo *root, RelOptInfo *rel,
								   Oid relid, AttrNumber attnum);

#endif							/* CDC_FDW_OUTSIDE_H */
