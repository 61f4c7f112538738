/*-------------------------------------------------------------------------
 *
 * basekeys.h
 *	  Base rows that share a key, which are one row if they are equal.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_BASEKEYS_H
#define CDC_REPLAY_BASEKEYS_H

#include "postgres.h"

#include "replay/state.h"

/* Several base rows of this key count: they are to be compared. */
extern void basekeys_add(Replay *r, KeyIdent id);

/*
 * Returns whether another base row of a key is a version beside the first, as
 * it is but under check_base.  decided: by a change, too; it counts then, and is
 * compared.
 */
extern bool basekeys_repeat(Replay *r, KeyIdent id, bool decided);

/*
 * Adds those that the key table, and the search, have notes of, where counters
 * of all processes tell that there are any.
 */
extern void basekeys_collect(Replay *r, const ReplayCounters *counters);

/*
 * Compares them, at the end of the walk.  Raises an error where two differ in a
 * column of the table.
 */
extern void basekeys_check(Replay *r);

/* A look at the full load's first block of records. */
typedef struct KeyLook
{
	LogFile   **base;
	int			nbase;
	int			at;				/* its file in base */
	LogReader  *reader;			/* NULL: no look is needed, or it is over */
} KeyLook;

/*
 * Begins to fetch the first block of the full load, where a look at it is needed.
 * A look raises the error where rows in it have one key and differ, and returns
 * true and the time of the first record where the block holds one.  A file
 * without records leaves the look to the next file, which it begins to fetch.
 */
extern void basekeys_begin_look(Replay *r, KeyLook *look, LogFile **base,
								int nbase);
extern bool basekeys_look(Replay *r, KeyLook *look, TimestampTz *time);
extern void basekeys_close(BaseKeys *b);	/* accepts NULL */

#endif							/* CDC_REPLAY_BASEKEYS_H */
