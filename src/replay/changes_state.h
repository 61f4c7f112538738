/*-------------------------------------------------------------------------
 *
 * changes_state.h
 *	  What the parts of the walk over changes share; not for other floors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_CHANGES_STATE_H
#define CDC_REPLAY_CHANGES_STATE_H

#include "postgres.h"

#include "replay/changes.h"
#include "replay/selection.h"
#include "replay/sortrun.h"
#include "replay/state.h"

/* One folder of the log. */
typedef struct ChangePart
{
	SelectionPart files;		/* from the lower bound on */
	LogFile    *head;			/* the next one that is wanted, or NULL */
} ChangePart;

/* A file that is to be read. */
typedef struct ChangeFile
{
	LogFile    *file;
	MemoryContext ctx;			/* of the reader, while it is open */
	LogReader  *reader;
	int			place;			/* among the files that are shared */
	bool		cut;			/* it has records later than the instant */
} ChangeFile;

struct Changes
{
	ReplaySpec	spec;
	ChangesRange range;
	MemoryContext ctx;
	AheadClaim *claim;			/* of what is fetched ahead */
	MemoryContext row_ctx;		/* of texts made for row */
	ReplayCounters counters;
	MergeCounters found;		/* of records */
	bool		commit_clock;
	bool		started;
	/* which files */
	bool		(*known) (void *arg, const LogFile *file);	/* or NULL */
	void	   *known_arg;
	ChangePart *parts;
	int			nparts;
	ChangeFile *files;			/* chosen so far */
	int			nfiles;
	int			maxfiles;
	int64		bytes;			/* of them */
	TimestampTz *first;			/* of the file read last, of each source */
	/* the file that is read: one of three */
	int			current;		/* -1: none yet */
	MergeFile	index_file;
	MergeSpec	index_spec;
	char	   *uri;
	RunEntry   *entries;		/* held */
	int64		nentries;
	int64		next_entry;
	int64		after;			/* records later than the instant before it */
	bool		noted;			/* the current file's columns were noted */
	SortRun    *sorted;			/* or sorted; neither: line by line */
	Row		   *row;
	/* with other processes; NULL: alone */
	ChangesShared *shared;
	dsa_area   *area;
	LogEvidence  **evidence;		/* of each folder */
};

/* changes_files.c */
/* Begin with the folders of the manifest. */
extern void changes_begin_parts(Changes *c);
/* Choose, or take, the file that comes next; false at the end. */
extern bool changes_choose_file(Changes *c);
/* The time of the first record of the file that is read. */
extern void changes_note_first(Changes *c, TimestampTz first);
/* In a shared walk: a file is read to its end; the walk is left. */
extern void changes_end_shared_file(Changes *c);
extern void changes_leave_shared(Changes *c);

#endif							/* CDC_REPLAY_CHANGES_STATE_H */
