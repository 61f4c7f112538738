/*-------------------------------------------------------------------------
 *
 * fullload.h
 *	  When the full load was taken, and whether it was over at the instant.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_FULLLOAD_H
#define CDC_REPLAY_FULLLOAD_H

#include "postgres.h"

#include "replay/state.h"

/* True if there is a full load whose records do not tell when it was taken. */
extern bool fullload_is_undated(const Replay *r);

/*
 * True if the full load began after the instant.  Raises an error there, but
 * where before_base says otherwise.
 */
extern bool fullload_is_later(Replay *r);

/*
 * Raises an error where the full load has no commit times, and options or the
 * name of the first change file say that it may not have been over at the
 * instant.
 */
extern void fullload_check_time(Replay *r);

/*
 * Returns whether a change file tells that the full load was over by a time.
 * May look at first records.
 */
extern bool fullload_was_over_by(Replay *r, TimestampTz time);

/*
 * Returns whether it is known without a look at its rows that the full load was
 * over at the instant.
 */
extern bool fullload_was_over(Replay *r);

/*
 * Returns whether the full load, which has these files, was not over at the
 * instant.  Reads its rows where nothing else tells.
 */
extern bool fullload_is_open(Replay *r, LogFile **base);

/*
 * Raises an error for a row that was loaded after the instant, but under
 * before_base 'base'.
 */
extern void fullload_check_row(Replay *r, const LogRecord *rec, int fileno);

#endif							/* CDC_REPLAY_FULLLOAD_H */
