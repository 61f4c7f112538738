/*-------------------------------------------------------------------------
 *
 * ahead.h
 *	  How far files are fetched ahead of the walk: the one place that decides,
 *	  for all that read files one after another.
 *
 *	  Ahead a = ahead_begin(claim, store, config);
 *	  for each file, from the one that is read now in the order of the walk:
 *		share = ahead_share(&a, file);
 *		stop if it is 0, else open the file unless it is open, and
 *		reader_share(reader, share);
 *
 * To be asked again whenever the walk goes on to another file.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_AHEAD_H
#define CDC_LOG_AHEAD_H

#include "log/manifest.h"

/* A walk's part of the memory that all walks of the process share. */
typedef struct AheadClaim AheadClaim;

typedef struct Ahead
{
	AheadClaim *claim;			/* NULL: what waits takes no memory */
	int			most;			/* files open at a time */
	int			files;			/* of these, given a share */
	int64		budget;			/* bytes to fetch ahead, in all */
	int64		left;			/* of these */
	int64		unzipped;		/* put aside once a gzip file is met */
} Ahead;

/* Nothing yet; palloc'd in ctx, whose reset gives it back. */
extern AheadClaim *ahead_claim(MemoryContext ctx);
/* Shares are given out anew, for what was claimed before too. */
extern Ahead ahead_begin(AheadClaim *claim, const Store *store,
						 const LogConfig *config);
/* Bytes of file that may wait to be read, 0: it is not to be opened yet. */
extern int64 ahead_share(Ahead *a, const LogFile *file);

/*
 * Bytes that all files of a process may take to be unzipped ahead of the walk;
 * 0: as they are read.
 */
extern size_t ahead_unzipped(const LogConfig *config);

#endif							/* CDC_LOG_AHEAD_H */
