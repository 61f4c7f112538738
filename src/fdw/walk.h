/*-------------------------------------------------------------------------
 *
 * walk.h
 *	  Walks over a log, and over its folders where each is a log of its own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_WALK_H
#define CDC_FDW_WALK_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "fdw/instants.h"
#include "replay/changes.h"
#include "replay/replay.h"
#include "replay/values/tuple.h"

/* Where the value of a needed column goes. */
typedef struct ScanTarget
{
	int			at;				/* in the tuple, from 0 */
	OnError		on_error;		/* if it does not fit */
	ConvertFunction convert;	/* the direct way, or NULL */
	int32		typmod;
} ScanTarget;

/* A role column asked for. */
typedef struct ScanRole
{
	int			at;
	const LogColumn *column;
} ScanRole;

typedef struct CdcScan
{
	/* from the plan and the options */
	CdcOptions *opts;
	int		   *needed;			/* own columns and role row, indexes in
								 * opts->log.columns */
	ScanTarget *targets;		/* of each of them */
	int			nneeded;
	int			nearly;			/* so many of them the conditions look at */
	ScanRole   *roles;			/* role columns */
	int			nroles;
	bool		roles_early;	/* the conditions look at one of them */
	/* conditions on rows; NULL: none */
	ExprState  *qual;
	ExprState  *quals[2];		/* it is one of these: all, and those that are
								 * left where the walk decides keys */
	PlanState  *ps;
	/* the keys searched for; NULL: all rows */
	KeyValues  *search;
	/* the instant */
	AsofSource	source;
	TimestampTz asof;			/* DT_NOEND: the whole log */
	const char *pin;			/* that gives it and the files, or NULL */
	bool		at_watermark;	/* asof is what the log proves complete */
	AsofSource	known_source;
	TimestampTz known_at;		/* later files are not there; DT_NOEND: all */
	ChangesRange range;			/* of a table of changes */
	/* the walk */
	Manifest   *manifest;
	Store	   *store;			/* read from; may be the manifest's */
	Replay	   *replay;
	Changes    *changes;		/* … or that of a table of changes */
	bool		joined;			/* … which others take part in, and count */
	int			part;			/* the folder it walks, where each has a replay */
	ColumnsSeen *columns;		/* of the folders walked */
	TupleMaker *tuples;
	LogPosition position;
	bool		hides;			/* messages do not show values of the log */
	MemoryContext ctx;			/* of all this */
	MemoryContext scan_ctx;		/* of one walk, reset by a rescan */
	/* values that do not fit, where on_error lets them pass */
	MemoryContext row_ctx;		/* of a row; used only then */
	int64		rejected;		/* of all walks */
	int64		walk_rejected;
	char	   *first_reject;	/* what and where it was */
	/* counters: of the walks before this one */
	ReplayCounters total;
	ReplayCounters before;		/* of this walk's folders before this one */
	int			walks;
	StoreCounters *asked;		/* of stores by this process */
	StoreCounters asked_others; /* by others */
	int64	   *query_bytes;	/* what the query has chosen to read, NULL:
								 * nobody adds it up */
	Progress   *progress;		/* how far it is; NULL: nobody looks */
	int			untold;			/* rows since it was told of some */
} CdcScan;

/*
 * Prepare scan->needed, roles and tuples; needed are attribute numbers, early
 * (offset as pull_varattnos has it) those that conditions look at.
 */
extern void walk_prepare(CdcScan *scan, CdcOptions *opts, List *needed,
						 Bitmapset *early);
/* The file of a row that walk_next_row() gave. */
extern const LogFile *walk_file(const CdcScan *scan, const Row *row);
/* Returns the specification of a walk as of scan->asof over scan->manifest. */
extern ReplaySpec walk_spec(CdcScan *scan);
/* A walk begins; its replay is the caller's to open … */
extern void walk_begin(CdcScan *scan);
/* … or is opened too. */
extern void walk_start(CdcScan *scan);
extern void walk_stop(CdcScan *scan);
static inline bool
walk_is_open(const CdcScan *scan)
{
	return scan->replay != NULL || scan->changes != NULL;
}
/* The next row of the walk, or NULL. */
extern const Row *walk_next_row(CdcScan *scan);
/* How far the walk is; arg is the scan. */
extern void walk_now(void *arg, ProgressNow *now);
/* Let the planner know what a walk told of the log. */
extern void walk_note_log(CdcScan *scan, const ReplayCounters *walk);
/* Add up the counters of all walks. */
extern void walk_counters(const CdcScan *scan, ReplayCounters *out);

/*
 * True if messages about the table, where userid reads it, must not show values
 * of its log: for scan->hides.
 */
extern bool walk_hides(Oid relid, Oid userid);
/*
 * Errors from here on name file, line and column, and show no values if
 * scan->hides, up to position_end(); what stores are asked is the scan's.
 */
extern void walk_begin_context(CdcScan *scan, PositionContext *context);
/* The manifest and the store are there now: what is asked of them is its. */
extern void walk_open_account(CdcScan *scan);
/* Add what a finished walk counted. */
extern void walk_add(ReplayCounters *sum, const ReplayCounters *walk);

#endif							/* CDC_FDW_WALK_H */
