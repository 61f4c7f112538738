/*-------------------------------------------------------------------------
 *
 * base.h
 *	  Base rows: rows of the full load whose keys no change record decided.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_BASE_H
#define CDC_REPLAY_BASE_H

#include "postgres.h"

#include "replay/state.h"

/*
 * Opens the base files that come next, as far as there is room; arg is the
 * Replay.
 */
extern void base_open(void *arg, Ahead *a);

/* The reader of the file that comes next; those behind it are opened ahead. */
extern LogReader *base_reader(Replay *r);

/*
 * Reads a base row, of the log or of the part that is walked, which may come
 * out; false where there are no more, or none is wanted.
 */
extern bool base_step(Replay *r);

#endif							/* CDC_REPLAY_BASE_H */
