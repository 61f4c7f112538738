/*-------------------------------------------------------------------------
 *
 * apply.h
 *	  What a change does to its key, newest first.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_APPLY_H
#define CDC_REPLAY_APPLY_H

#include "postgres.h"

#include "replay/state.h"

/* Applies a record of the merge. */
extern void apply_record(Replay *r, const MergeItem *item);

/*
 * Applies a record in a shared walk, where no key can be pending.  Returns
 * whether it comes out as a row.
 */
extern bool apply_decide(Replay *r, RunEntry *entry);

/*
 * Applies a change from the log or a part.  seeker: what became elsewhere of
 * the row that it removes, or NULL.  Returns the row (copied to the pending
 * keys) that the removal behind a key change must be told of, or NULL.
 */
extern Row *apply_change(Replay *r, const Change *c, Row *seeker);

/*
 * Returns whether a base row of the key comes out.  row: NULL where no key is
 * pending.
 */
extern bool apply_base(Replay *r, KeyIdent id, const Row *row);

#endif							/* CDC_REPLAY_APPLY_H */
