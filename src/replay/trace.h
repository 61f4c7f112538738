/*-------------------------------------------------------------------------
 *
 * trace.h
 *	  Every record behind a table's rows at an instant, decided or not.
 *
 * The change records come newest first, in the order of the replay and from
 * the files that it would read; then the base rows, in the order of files and
 * lines.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_TRACE_H
#define CDC_REPLAY_TRACE_H

#include "postgres.h"

#include "replay/replay.h"

typedef struct TraceItem
{
	int64		ordinal;		/* 1 is the first one handed out */
	int64		commit;			/* the newest is 1; 0 of base rows */
	TimestampTz time;
	LogOp		op;
	bool		base;
	bool		before_base;	/* a change record that is not replayed */
	bool		moves;			/* an update that took its row from key old */
	KeyIdent	id;				/* if the table has a key */
	KeyIdent	old;
	int			fileno;
	int64		line;
} TraceItem;

typedef struct Trace Trace;

/*
 * Lives in a child of the current context; nothing is read yet.  With
 * spec->search only records of these keys come, and those that move a row away
 * from one of them.  Records from before the base image come if
 * spec->from_start says so.
 */
extern Trace *trace_open(const ReplaySpec *spec);
extern void trace_close(Trace *t);	/* accepts NULL */

/*
 * The next record, false at the end.  Raises the errors of a replay at that
 * instant that are not about values.
 */
extern bool trace_next(Trace *t, TraceItem *item);
/* Its cells as a row, good until the next call of trace_next(). */
extern const Row *trace_row(Trace *t);
/* File number fileno. */
extern const LogFile *trace_file(const Trace *t, int fileno);

/* To look up keys among the items'. */
/* Of such an item the row before it, where the record in front has that; or NULL. */
extern const Row *trace_row_before(Trace *t);
extern KeyMaker *trace_keys(Trace *t);

/* Of the files; complete at the end. */
extern void trace_counters(const Trace *t, ReplayCounters *out);

/*
 * Is it known, from names and first records, that the full load was over at
 * the instant?  Reads no more than a replay reads to choose its files, and
 * raises the same errors.
 */
extern bool trace_is_loaded(const ReplaySpec *spec);

#endif							/* CDC_REPLAY_TRACE_H */
