/*-------------------------------------------------------------------------
 *
 * changes.h
 *	  The change records of a table's log one by one, in the log's order.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_CHANGES_H
#define CDC_REPLAY_CHANGES_H

#include "postgres.h"

#include "replay/replay.h"

/*
 * Records out of these bounds (inclusive; DT_NOBEGIN and DT_NOEND for none)
 * are not wanted, though some may come.
 */
typedef struct ChangesRange
{
	TimestampTz commit_from;	/* of commits; on the file clock of files */
	TimestampTz commit_to;
	TimestampTz file_from;		/* of the times in files' names */
	TimestampTz file_to;
} ChangesRange;

typedef struct Changes Changes;

/*
 * Lives in a child of the current context; nothing is listed or read yet.  Of
 * spec bounded, lower, upper, seed, search and more_follow say nothing here.
 */
extern Changes *changes_open(const ReplaySpec *spec,
							 const ChangesRange *range);
/*
 * Before anything is read: leave out the files that known() is true of.  arg
 * must live as long as c.
 */
extern void changes_leave_out(Changes *c,
							  bool (*known) (void *arg, const LogFile *file),
							  void *arg);
/* As replay_files(), those of all records up to the instant. */
extern LogFile **changes_files(const ReplaySpec *spec, int *n);
extern void changes_close(Changes *c);	/* accepts NULL */

/*
 * The next record as a row, or NULL at the end: file by file in the order of
 * (time, key), and within a file in that of (commit time, sequence, line).
 * Cells that were not supplied stay so.  Good until the next call.
 */
extern const Row *changes_next(Changes *c);

extern const LogFile *changes_file(const Changes *c, const Row *row);

/*
 * Returns the i'th file that was read to its end, from 0, or NULL past the last;
 * *cut tells if records of it were left out as later than the instant.
 */
extern const LogFile *changes_read_file(const Changes *c, int i, bool *cut);

extern void changes_counters(const Changes *c, ReplayCounters *out);
/* How far it is, of one of several processes too. */
extern void changes_now(const Changes *c, ProgressNow *now);

/*
 * A walk that several processes share, as that of a replay (replay.h): each
 * takes files, whose records then come in no order.
 */
typedef struct ChangesShared ChangesShared;

extern Size changes_shared_size(void);
extern void changes_share(ChangesShared *s, const ReplaySpec *spec,
						  const ChangesRange *range, dsa_area *area);
extern void changes_unshare(ChangesShared *s, dsa_area *area);
/* Instead of changes_open(); spec has no manifest. */
extern Changes *changes_join(const ReplaySpec *spec,
							 const ChangesRange *range, ChangesShared *s,
							 dsa_area *area);
/* Of all processes that have closed. */
extern void changes_shared_counters(ChangesShared *s, ReplayCounters *out);

#endif							/* CDC_REPLAY_CHANGES_H */
