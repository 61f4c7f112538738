/*-------------------------------------------------------------------------
 *
 * merge.h
 *	  The change records of many files, newest first.
 *
 * A file is a run in commit order, held in memory while the walk is inside it
 * and entering the merge at its name's time, which bounds its commits.  Files
 * too large for that, and logs whose names bound nothing (transaction files;
 * a sequence without commit times), go through an external sort instead.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_MERGE_H
#define CDC_REPLAY_MERGE_H

#include "postgres.h"

#include "log/ahead.h"
#include "log/reader.h"
#include "replay/key.h"
#include "replay/keytable.h"
#include "replay/search.h"

typedef struct MergeFile
{
	LogFile    *file;
	bool		noted;			/* its columns, once read */
	TimestampTz bound;			/* nothing in this or an earlier file is later */
	int64		left;			/* its oldest records that are still to be
								 * walked; -1: all */
	TimestampTz first;			/* if not all: the time of its first record */
	TimestampTz lower;			/* earlier records are left out */
} MergeFile;

/* A record of a file, as it stands in the file's index. */
typedef struct RunEntry
{
	TimestampTz time;
	uint64		key_a;			/* the key's identity, if there is a key */
	uint32		key_b;
	uint32		op;				/* LogOp, and a mark */
	uint32		rec;			/* index in the reader */
} RunEntry;

#define ENTRY_OP_MASK	0xff
#define ENTRY_IS_ROW	0x100	/* a shared walk decided that it comes out */
#define ENTRY_END_SHIFT	16		/* of a version, by which LogOp it ended; key_a
								 * is then the time */

typedef struct MergeCounters
{
	int64		files_sorted;	/* through the external sort */
	int64		spilled;		/* bytes of its temporary files */
	int64		bytes;			/* of the files read, as stored */
	int64		records;		/* of the table, read from CDC files */
	int64		after;			/* of these later than the instant */
	int64		before;			/* of these from before the base image */
	int64		ran_back;		/* first commit times that ran back from one
								 * file to the next, and files out of order */
} MergeCounters;

typedef struct MergeSpec
{
	Store	   *store;
	const LogConfig *config;
	MergeFile  *files;			/* in the order of (time, key) */
	int			nfiles;
	TimestampTz upper;			/* later records are left out */
	size_t		budget;			/* bytes of records held in memory */
	LogPosition *position;
	Progress   *progress;		/* NULL: nobody looks */
	KeyMaker   *keys;			/* NULL: the table has no key */
	/* called before a record that was sorted is read */
	void		(*at) (void *arg, int fileno, int64 line);
	const KeyTable *table;		/* where the keys will be looked up */
	const KeySearch *search;	/* NULL: all records are walked */
	/* called with every reader whose layout became known */
	void		(*opened) (void *arg, const LogReader *r, int fileno);
	/* called where these files leave room ahead, for what comes after them */
	void		(*after) (void *arg, Ahead *a);
	void	   *arg;
} MergeSpec;

typedef struct Merge Merge;

/* Lives in a child of the current context. Nothing is read yet. */
extern Merge *merge_open(const MergeSpec *spec);
extern void merge_close(Merge *m);	/* accepts NULL */

/* What the walk needs of every record. */
typedef struct MergeItem
{
	TimestampTz time;
	LogOp		op;
	KeyIdent	id;				/* if the table has a key */
	int			fileno;
} MergeItem;

/* The next older record; false at the end. */
extern bool merge_next(Merge *m, MergeItem *item);
/* The whole of it; good until the next merge_next. */
extern const LogRecord *merge_record(Merge *m);
/*
 * Where that record is held, if it is and nobody asked for it yet: the i'th of
 * reader.  What is got of it there is gone once merge_record() is called.
 */
extern bool merge_held(const Merge *m, LogReader **reader, size_t *i,
					   LogOp *op);

/* No later record comes than at that time, the one handed out last aside. */
extern TimestampTz merge_bound(const Merge *m);

/* The merge's own counters since the last merge_take_counters(), not a copy. */
extern const MergeCounters *merge_counters(const Merge *m);
/* What was counted since the last call. */
extern MergeCounters merge_take_counters(Merge *m);

/*
 * Hold a file and index it: the records to be walked, oldest first, palloc'd,
 * *n of them.  NULL where it takes more than budget bytes; the reader can then
 * be read from its first record.  *first is the time of the first record of
 * any kind, DT_NOEND where there is none.
 */
extern RunEntry *merge_index(Merge *m, LogReader *reader, int fileno,
							 size_t budget, int64 *n, TimestampTz *first);

#endif							/* CDC_REPLAY_MERGE_H */
