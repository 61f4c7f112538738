/*-------------------------------------------------------------------------
 *
 * stats.h
 *	  What was asked of each server's store: by this session, and, where the
 *	  library is in shared_preload_libraries, by all sessions since the start.
 *
 * Counting takes no lock and cannot fail.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_STATS_H
#define CDC_STORE_STATS_H

#include "postgres.h"

#include "store/store.h"

typedef enum StatKind
{
	STAT_REQUESTS,				/* as StoreCounters has them */
	STAT_RETRIES,
	STAT_BYTES,
	STAT_LISTED,
	STAT_ERRORS,				/* calls of a store that raised one */
	STAT_LISTINGS_MADE,
	STAT_LISTINGS_KEPT,			/* used again in statement or transaction */
	STAT_CREDENTIALS_ASKED,
	STAT_CREDENTIALS_KEPT,		/* used again by a later store */
	STAT_KINDS
} StatKind;

typedef struct Stats Stats;

/* Called as the library is loaded: asks for shared memory if it is time. */
extern void stats_init(void);

/*
 * Those of a server, which live as long as the session.  Raises nothing but
 * lack of memory.
 */
extern Stats *stats_of(Oid serverid);
extern void stats_add(Stats *stats, StatKind kind, uint64 n);
/*
 * For a parallel worker, whose session's counts end with it: add to counts, of
 * STAT_KINDS, what it counted since the last call.
 */
extern void stats_hand_over(Stats *stats, uint64 *counts);
/* For its leader: what workers handed over; they have added it for all. */
extern void stats_add_workers(Stats *stats, const uint64 *counts);

/*
 * Visit what was counted in the current database, by session first; all tells
 * which.  counts has STAT_KINDS numbers.
 */
typedef void (*StatsVisitor) (Oid serverid, bool all, const uint64 *counts,
							  void *arg);
extern void stats_visit(StatsVisitor visitor, void *arg);

#endif							/* CDC_STORE_STATS_H */
