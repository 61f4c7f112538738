/*-------------------------------------------------------------------------
 *
 * sortrun.h
 *	  Change records in an external sort, for what does not fit in memory.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_SORTRUN_H
#define CDC_REPLAY_SORTRUN_H

#include "postgres.h"

#include "log/reader.h"

typedef struct SortRun SortRun;

/*
 * Newest first by (time, sequence, file, line), or by sequence first.  Lives
 * in the current context; memory is bytes it may use (64 kB at least).
 */
extern SortRun *sortrun_open(bool sequence_first, size_t memory);
/* The same, oldest first by (time, sequence, file, line). */
extern SortRun *sortrun_open_forward(size_t memory);
extern void sortrun_put(SortRun *s, const LogRecord *rec, const char *seq,
						size_t seq_len, int fileno);
/* All are there; returns how many bytes of temporary files that took. */
extern int64 sortrun_finish(SortRun *s);

/*
 * Next record, false at the end.  The caller adds file and layout, to before
 * too.  Good until the next call.
 */
extern bool sortrun_next(SortRun *s, LogRecord *rec, int *fileno);
extern void sortrun_close(SortRun *s);

#endif							/* CDC_REPLAY_SORTRUN_H */
