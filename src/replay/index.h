/*-------------------------------------------------------------------------
 *
 * index.h
 *	  The index of a change file; of the merge, not for other floors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_INDEX_H
#define CDC_REPLAY_INDEX_H

#include "postgres.h"

#include "replay/merge.h"

typedef struct IndexJob
{
	const MergeSpec *spec;
	MergeCounters *counters;
	bool		names_bound;	/* no record is later than its file's bound */
	int			digits;			/* of plain keys (key_plain_digits), or 0 */
	bool		plain;			/* keys do not matter */
} IndexJob;

/*
 * Is a record to be walked?  Counts it.  One that is, but is later than its
 * file's name says, would come too late: an error.
 */
extern bool index_wants(const IndexJob *job, const LogRecord *rec, int fileno);

/* Compares what record_sequence() gave. */
extern int	index_seq_cmp(const char *a, size_t alen, const char *b,
						  size_t blen);

/* Bytes that a file takes which is held, with an index of n records. */
static inline size_t
index_memory(const LogReader *reader, int64 n)
{
	return reader_memory(reader) + n * sizeof(RunEntry);
}

/* See merge_index(). */
extern RunEntry *index_file(const IndexJob *job, LogReader *reader,
							int fileno, size_t budget, int64 *n,
							TimestampTz *first);

#endif							/* CDC_REPLAY_INDEX_H */
