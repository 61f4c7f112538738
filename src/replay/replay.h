/*-------------------------------------------------------------------------
 *
 * replay.h
 *	  A table's rows at an instant, from its change log.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_REPLAY_H
#define CDC_REPLAY_REPLAY_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/dsa.h"

#include "log/manifest.h"
#include "replay/merge.h"
#include "replay/row.h"
#include "replay/search.h"

typedef struct ReplayCounters
{
	/* files */
	int64		base_files;
	int64		cdc_files;		/* named in the listing as far as it went */
	int64		files_read;		/* LOAD and CDC files read */
	int64		files_looked;	/* of which the first record mattered */
	int64		looks_made;		/* … and had to be read for it */
	int64		files_after;	/* CDC files not read: later than the instant */
	int64		files_before;	/* CDC files not read: before the base image */
	/* records */
	int64		base_records;
	int64		change_records;
	int64		records_after;
	int64		records_before;
	int64		keys;
	/* bytes as stored, for estimates */
	int64		base_bytes;		/* of the LOAD files */
	int64		change_bytes;	/* of the CDC files chosen */
	int64		change_bytes_read;	/* of those the change records stand in */
	int64		rows;			/* handed out */
	bool		ended;			/* … all of them */
	bool		search_ended;	/* all keys asked for were decided early */
	/* how it went */
	int64		splits;
	int64		spill_bytes;
	int64		files_sorted;
	int64		passes;
	/* legal but doubtful */
	int64		upserting_updates;
	int64		unknown_deletes;
	int64		repeated_inserts;
	int64		ties;			/* changes of one key that only their line
								 * orders */
	int64		never_supplied;
	int64		ran_back;
	int64		duplicates;
	int64		near_names;		/* objects named nearly as files of the log */
	int64		repeated_base_keys; /* base rows behind the first of their key */
	bool		keyless;		/* without key and sequence: not idempotent */
} ReplayCounters;

/* Which columns the files had, over the replays of several folders. */
typedef struct ColumnsSeen
{
	bool		any;			/* a file with a record or a header */
	bool		partly;			/* not all files were read: a search ended, or
								 * the query's times bound them */
	/* of each that is sought, numbered as in names.h */
	bool	   *seen;			/* of columns only */
	bool	   *folded;			/* in some file under a name of another case … */
	bool	   *twin;			/* … and in some beside a name of another case */
	/* of each column in each folder, where files have no header: */
	int64	   *oldest_with;	/* when the oldest file that has it was written;
								 * PG_INT64_MIN: the full load, PG_INT64_MAX:
								 * none has it */
	int64	   *newest_without; /* the newest change file that lacks it, or
								 * PG_INT64_MIN */
	bool	   *looked;			/* of each folder: the files that stand for
								 * older ones were looked at for columns */
	List	   *evidence;		/* LogEvidence *, one a folder */
	char	   *ends[READER_ENDS_CRLF + 1];	/* a file whose lines end so, where
											 * all have to end alike, or NULL */
} ColumnsSeen;

typedef struct ReplaySpec
{
	Manifest   *manifest;		/* not where a shared walk is joined */
	Store	   *store;			/* to read from; may be the manifest's */
	const LogConfig *config;
	TimestampTz asof;			/* DT_NOEND: the whole log */
	bool		bounded;		/* of a table of versions: */
	TimestampTz lower;			/* those that begin earlier are not wanted */
	TimestampTz upper;			/* changes that are later are not */
	bool		has_known_at;	/* change files named after known_at are not
								 * there */
	TimestampTz known_at;
	const int  *needed;			/* columns whose cells are wanted */
	int			nneeded;
	bool		checks_keys;	/* a key that the first block of the full load
								 * shows to be none is an error */
	bool		bare;			/* no cells, and no line: rows are only counted */
	size_t		memory;			/* bytes for keys and records together */
	uint64		seed;			/* of the keys' identities; 0: draw one */
	const KeyValues *search;	/* only rows of these keys are wanted, NULL: all;
								 * others come but where replay_decides_keys() */
	bool		from_start;		/* read change records from before the base
								 * image too (of traces only) */
	LogPosition *position;		/* kept up to date for error contexts */
	/* where each folder has a replay of its own */
	ColumnsSeen *columns;		/* of those before, to be added to */
	bool		more_follow;	/* the last one judges the columns */
	int64	   *bytes;			/* chosen by the query so far, and added to;
								 * NULL: by this walk alone */
	Progress   *progress;		/* told of it; NULL: nobody looks */
} ReplaySpec;

typedef struct Replay Replay;

/* For ReplaySpec.columns, palloc'd in the current context. */
extern ColumnsSeen *replay_columns(const LogConfig *config);
/*
 * Note what a file has whose layout is known.  Of a change file without header
 * that lacks a column the folder's first full load file and oldest change file
 * are looked at, once, and it is the error of columns_check() if they have it.
 */
extern void columns_note(ColumnsSeen *columns, Store *store,
						 const LogConfig *config, const LogReader *reader);
/* A folder's other files can be looked at, too; evidence must outlive columns. */
extern void columns_add_evidence(ColumnsSeen *columns, LogEvidence *evidence);
/* The same in memory that several processes share. */
typedef struct SharedColumns
{
	bool		any;
	int			n;
	dsa_pointer flags;			/* bool: seen, folded, twin, n of each */
	dsa_pointer written;		/* int64: oldest_with, newest_without */
	dsa_pointer ends[READER_ENDS_CRLF + 1]; /* or invalid */
} SharedColumns;

extern void columns_share(SharedColumns *s, const LogConfig *config,
						  dsa_area *area);
extern void columns_unshare(SharedColumns *s, dsa_area *area);
/* Both ways: what this process found, and what others did. */
extern void columns_exchange(ColumnsSeen *own, SharedColumns *s,
							 const LogConfig *config, dsa_area *area);
/*
 * Raises an error for a declared column that is one field in some files and two
 * in others, and for one that only older files without header have; and for
 * files whose lines end in two ways.
 */
extern void columns_agree(ColumnsSeen *columns, const LogConfig *config,
						  LogPosition *position);
/*
 * Raises those errors, and one for a declared column that no file had, for
 * which the folders' evidence is looked at.
 */
extern void columns_check(ColumnsSeen *columns, Store *store,
						  const LogConfig *config, LogPosition *position);
/*
 * Raises the error of columns_check() that a walk over these files would, and
 * what reading the first record of each raises, as one of the log and as one of
 * m, which has these and no others; and an error where the two read it by
 * different fields.  Of transaction files reads only what shows columns.
 */
extern void columns_check_files(Manifest *m, LogFile *const *files, int n,
								Store *store, const LogConfig *config,
								LogPosition *position);

/* Lives in a child of the current context; nothing is read yet. */
extern Replay *replay_open(const ReplaySpec *spec);

/*
 * Is it certain that all rows have keys that equal one of spec->search, by the
 * operator of their types?
 */
extern bool replay_decides_keys(const Replay *r);

/*
 * The files that such a walk would read, palloc'd; they live as long as the
 * manifest.  Nothing is read but what choosing them takes.
 */
extern LogFile **replay_files(const ReplaySpec *spec, int *n);

/*
 * A walk that several processes share.  One selects the files and writes them
 * to shared memory (replay_shared_size() bytes, and area); all, it too if it
 * likes, join with the same instant, config and needed columns (no manifest),
 * and each gets a part of the rows.  A process that joins should go on until
 * its rows end; who closes early loses some.  What is shared must be mapped
 * until all have closed.
 */
typedef struct ReplayShared ReplayShared;

/* Can the rows of such a table be found by several processes? */
extern bool replay_can_share(const LogConfig *config, const int *needed,
							 int nneeded);
extern Size replay_shared_size(void);
extern void replay_share(ReplayShared *s, const ReplaySpec *spec,
						 int nprocesses, dsa_area *area);
/* Free what replay_share() took from area; nobody takes part any more. */
extern void replay_unshare(ReplayShared *s, dsa_area *area);
extern Replay *replay_join(const ReplaySpec *spec, ReplayShared *s,
						   dsa_area *area);
/* Of all processes that have closed. */
extern void replay_shared_counters(ReplayShared *s, ReplayCounters *out);
extern void replay_close(Replay *r);	/* accepts NULL */

/*
 * The next row, in no order, or NULL at the end.  cells[i] is of column
 * needed[i].  Good until the next call.
 */
extern const Row *replay_next(Replay *r);

/* Object key of a row's file, and its name's time. */
extern const LogFile *replay_file(const Replay *r, const Row *row);

extern void replay_counters(const Replay *r, ReplayCounters *out);
/*
 * How far it is: of one of several processes, since it last told the others
 * (which calls progress_restart()).
 */
extern void replay_now(const Replay *r, ProgressNow *now);
extern void replay_add_counters(ReplayCounters *sum, const ReplayCounters *c);

#endif							/* CDC_REPLAY_REPLAY_H */
