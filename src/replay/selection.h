/*-------------------------------------------------------------------------
 *
 * selection.h
 *	  Which change files a walk reads: the same for snapshots, histories and
 *	  tables of changes.
 *
 * A change file is named when it is written, after the last commit in it.  So
 * all that are named up to an instant are read; on the commit clock also those
 * behind them until one begins later than the instant.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_SELECTION_H
#define CDC_REPLAY_SELECTION_H

#include "postgres.h"

#include "replay/replay.h"

typedef struct SelectionRange
{
	const ReplaySpec *spec;
	TimestampTz upper;			/* later changes are not wanted */
	TimestampTz named_to;		/* files named later neither, DT_NOEND: all are */
	ReplayCounters *counters;	/* of looks at first records */
} SelectionRange;

/* One folder's change files, oldest first. */
typedef struct SelectionPart
{
	Manifest   *manifest;
	int			next;			/* file in it */
	int			looked;			/* files before it were looked at ahead */
	bool		over;			/* no later file is wanted */
} SelectionPart;

/* The next file of the folder as it is listed; NULL at its end, or if over. */
extern LogFile *selection_next(SelectionPart *p);

/*
 * Is the file wanted that selection_next() returned last?  Sets p->over where no
 * later one is.  May look at its first record, and raises an error where a
 * clock that shows an hour twice leaves open whether it is later.
 */
extern bool selection_wants(const SelectionRange *s, SelectionPart *p,
							const LogFile *file);

/*
 * True if its name tells that all of a change file is before from, so that it
 * need not be opened.
 */
extern bool selection_is_before(const LogConfig *config, const LogFile *file,
								TimestampTz from);

/*
 * Time of a file's first record of any table, as look_first_time() has it, with
 * the look counted; false where it has none.
 */
extern bool selection_first_time(const ReplaySpec *spec,
								 ReplayCounters *counters,
								 const LogFile *file, TimestampTz *time);

/*
 * Adds more bytes to those that the query is to read, of which own are this
 * walk's.  Returns their sum if it is more than the session allows, else 0.
 */
extern int64 selection_too_many_bytes(const ReplaySpec *spec, int64 own,
									  int64 more);

/*
 * The error at hand is one of a record of the fileno'th file, in that line and,
 * if not NULL, that column.
 */
extern void selection_at(Replay *r, int fileno, int64 line, const char *column);

/*
 * Notes which columns a file has, whose layout its reader knows by now; arg is
 * the Replay.
 */
extern void selection_layout_seen(void *arg, const LogReader *reader,
								  int fileno);

#endif							/* CDC_REPLAY_SELECTION_H */
