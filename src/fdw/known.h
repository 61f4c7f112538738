/*-------------------------------------------------------------------------
 *
 * known.h
 *	  What the session's scans learnt of a log, for the planner.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_KNOWN_H
#define CDC_FDW_KNOWN_H

#include "postgres.h"

typedef struct KnownLog
{
	double		base_bytes;		/* of its files, as stored */
	double		change_bytes;
	double		base_width;		/* stored bytes of a record; 0: unknown */
	double		change_width;
	double		rows;			/* of the last walk to the end; -1: none */
	bool		packed;			/* the files are compressed */
} KnownLog;

/* False where the session has not read the table. */
extern bool known_get(Oid relid, KnownLog *known);
/* Remembers *now; of what it does not know, what was known before stays. */
extern void known_put(Oid relid, const KnownLog *now);

#endif							/* CDC_FDW_KNOWN_H */
