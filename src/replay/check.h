/*-------------------------------------------------------------------------
 *
 * check.h
 *	  What is checked of the files that a replay chose, and of their records.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_CHECK_H
#define CDC_REPLAY_CHECK_H

#include "postgres.h"

#include "replay/state.h"

/*
 * Raises an error where the files that were chosen, read as often as passes were
 * begun and once more, have more bytes than the session may read.
 */
extern void check_bytes(Replay *r);

/*
 * Raises the error of an instant before the first change of a log without full
 * load.
 */
extern void check_before_first(Replay *r) CDC_NORETURN;

/*
 * Raises that error where all change records that were counted were later than
 * the instant, and there is no full load.  May read records that a search
 * passed over.
 */
extern void check_counted(Replay *r, const ReplayCounters *c);

/*
 * Raises, of files that were chosen and not read, the errors of an instant at
 * which the full load was not over, or before the first change of a log without
 * one.  Reads what it must to know.
 */
extern void check_unread(Replay *r);

/* Raises an error for an update or delete of a table without key. */
extern void check_keyless(Replay *r, LogOp op, int64 line, int fileno);

#endif							/* CDC_REPLAY_CHECK_H */
