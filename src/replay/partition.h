/*-------------------------------------------------------------------------
 *
 * partition.h
 *	  Keys that do not fit in memory.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_PARTITION_H
#define CDC_REPLAY_PARTITION_H

#include "postgres.h"

#include "replay/state.h"

/*
 * Returns the part where changes of a key go now; NULL where the key stays in
 * memory.
 */
extern SpillPart *partition_route(Replay *r, KeyIdent id);

/* Writes a change to a part, with what it says of its row. */
extern void partition_change(Replay *r, SpillPart *part, const Change *c,
							 Row *seeker);

/* Before a change: splits where keys take too much memory. */
extern void partition_check_memory(Replay *r);

/* Takes keys over that were met elsewhere. */
extern void partition_adopt(Replay *r, const KeyTable *met);

/*
 * Goes on to the next part that was split off, from the log or from the part
 * that was walked last; false where there is none.
 */
extern bool partition_next(Replay *r);

#endif							/* CDC_REPLAY_PARTITION_H */
