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

#include "log/manifest.h"
#include "replay/merge.h"
#include "replay/row.h"

typedef struct ReplayCounters
{
	/* files */
	int64		base_files;
	int64		cdc_files;		/* named in the listing as far as it went */
	int64		files_read;		/* LOAD and CDC files read */
	int64		files_looked;	/* of which only the first record was read */
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
	bool		keyless;		/* without key and sequence: not idempotent */
} ReplayCounters;

typedef struct ReplaySpec
{
	Manifest   *manifest;
	Store	   *store;			/* to read from; may be the manifest's */
	const LogConfig *config;
	TimestampTz asof;			/* DT_NOEND: the whole log */
	const int  *needed;			/* columns whose cells are wanted */
	int			nneeded;
	size_t		memory;			/* bytes for keys and records together */
	LogPosition *position;		/* kept up to date for error contexts */
} ReplaySpec;

typedef struct Replay Replay;

/* Lives in a child of the current context; nothing is read yet. */
extern Replay *replay_open(const ReplaySpec *spec);
extern void replay_close(Replay *r);	/* accepts NULL */

/*
 * The next row, in no order, or NULL at the end.  cells[i] is of column
 * needed[i].  Good until the next call.
 */
extern const Row *replay_next(Replay *r);

/* Object key of a row's file, and its name's time. */
extern const LogFile *replay_file(const Replay *r, const Row *row);

extern void replay_counters(const Replay *r, ReplayCounters *out);

#endif							/* CDC_REPLAY_REPLAY_H */
