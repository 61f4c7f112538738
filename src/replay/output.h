/*-------------------------------------------------------------------------
 *
 * output.h
 *	  The row at hand, and rows queued to be handed out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_OUTPUT_H
#define CDC_REPLAY_OUTPUT_H

#include "postgres.h"

#include "replay/state.h"

/* Makes scratch the row of a record. */
extern Row *output_row(Replay *r, const LogRecord *rec, int fileno);

/* Makes scratch the row of our table's i'th record that a reader holds. */
extern Row *output_held_row(Replay *r, LogReader *reader, size_t i,
							TimestampTz time, LogOp op, int fileno);

/*
 * Makes scratch the row of the merge's record.  Whoever wants merge_record()
 * too, which takes the place of the cells, calls that first.
 */
extern Row *output_merged_row(Replay *r, int fileno);

/* Makes scratch a row without a look at its record (ReplaySpec.bare). */
extern Row *output_bare_row(Replay *r, TimestampTz time, LogOp op, int fileno);

/* Returns what a change says of its row, perhaps in scratch. */
extern const Row *output_change_row(Replay *r, const Change *c);

/* Hands a row out, now: it becomes scratch. */
extern void output_emit(Replay *r, const Row *row);

/*
 * Hands a row out later; it is palloc'd in one chunk, and freed then.  arg is the
 * Replay.
 */
extern void output_queue(void *arg, Row *row);

/* Adds what the merge of the change files counted. */
extern void replay_count_merge(ReplayCounters *sum, MergeCounters m);

#endif							/* CDC_REPLAY_OUTPUT_H */
