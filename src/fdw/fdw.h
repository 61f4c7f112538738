/*-------------------------------------------------------------------------
 *
 * fdw.h
 *	  What the callbacks share: plan and scan state.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_FDW_H
#define CDC_FDW_FDW_H

#include "postgres.h"

#include "access/parallel.h"
#include "commands/explain.h"
#include "foreign/fdwapi.h"
#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

#include "base/compat.h"
#include "fdw/instant_text.h"
#include "fdw/options/options.h"
#include "replay/changes.h"
#include "replay/replay.h"
#include "replay/values/tuple.h"

/* Where the instant of a scan comes from, strongest first. */
typedef enum AsofSource
{
	ASOF_QUERY,					/* equality on the column with role asof */
	ASOF_TABLE,
	ASOF_SESSION,
	ASOF_SERVER,
	ASOF_NONE,					/* the whole log */
	ASOF_UNBOUND				/* the query restricts the column, but not to
								 * one value for a scan: an error */
} AsofSource;

/* The session's settings as they were written; "" where they were not. */
typedef struct SessionInstants
{
	const char *asof;
	const char *known_at;
} SessionInstants;

/* The instants of a scan where its query names none. */
typedef struct Instants
{
	AsofSource	source;
	TimestampTz asof;			/* DT_NOEND: the whole log; or
								 * ASOF_AT_WATERMARK */
	const char *pin;			/* that gives it and the files, or NULL */
	AsofSource	known_source;
	TimestampTz known_at;		/* later files are not there; DT_NOEND: all */
} Instants;

/*
 * Slots of ForeignScan.fdw_private; fdw_exprs holds the instant, if any, and
 * behind it the values of the key columns that are searched for, if any.
 */
enum FdwScanPrivateIndex
{
	FdwScanPrivateNeeded,		/* list of attribute numbers */
	FdwScanPrivateAsof,			/* integer, AsofSource: QUERY, UNBOUND or NONE */
	FdwScanPrivateKeys,			/* integer, number of key values, 0: no search */
	FdwScanPrivateKeyArray,		/* integer, which of them is an array, or -1 */
	FdwScanPrivateBounds,		/* list of integers, what each time says that
								 * stands behind the key values: TimeBound */
	FdwScanPrivateKnown,		/* integer, AsofSource of known_at, whose
								 * expression is the last of fdw_exprs */
	FdwScanPrivateKeyCondition, /* integer, which condition of the plan compares
								 * with the array, or -1 */
	FdwScanPrivateCount
};

/*
 * What a condition of the query bounds, and from which side: a sum, in which
 * an equality has both.
 */
typedef enum TimeBound
{
	BOUND_FROM = 1,
	BOUND_TO = 2,
	BOUND_FILES = 4,			/* the files' times, else those of commits */
	BOUND_OPEN = 8,				/* the time itself is out of it */
	BOUND_ENDS = 16,			/* when versions end, else when they begin */
	BOUND_RANGE = 32,			/* the value is a range: versions begin before
								 * its end and end after its beginning … */
	BOUND_CONTAINS = 64			/* … or it is empty */
} TimeBound;

/*
 * Above the flags, how many of the six digits of a second the column does not
 * show.
 */
#define BOUND_HIDDEN_SHIFT	16
#define BOUND_HIDDEN_DIGITS(n)	((n) << BOUND_HIDDEN_SHIFT)
#define BOUND_DIGITS(kind)	\
	(MAX_TIMESTAMP_PRECISION - ((kind) >> BOUND_HIDDEN_SHIFT))

/* What a path leaves open that the query restricts: its only fdw_private. */
typedef enum PathUnbound
{
	PATH_ASOF_UNBOUND = 1,
	PATH_KNOWN_UNBOUND = 2
} PathUnbound;

/*
 * The clauses of a query by what a scan makes of them.  quals_classify() fills it
 * once, since planning looks at them for each path.
 */
typedef struct ScanQuals
{
	List	   *asof;			/* what the column with role asof is equal to, as
								 * timestamptz; NIL: nothing says */
	List	   *known;			/* likewise known_at */
	List	   *others;			/* all clauses but these, which hold for every
								 * row and so select nothing */
	List	   *keys;			/* what the own columns of the key are equal to;
								 * NIL: not all are bound, or two are to arrays */
	int			array;			/* the key column that is equal to any element
								 * of an array, or -1 */
	Expr	   *array_clause;	/* that says so, or NULL */
	List	   *times;			/* bounds, of type timestamptz, timestamp, date
								 * or tstzrange */
	List	   *time_kinds;		/* integers, TimeBound of each */
} ScanQuals;

/* RelOptInfo.fdw_private while planning. */
typedef struct CdcPlanState
{
	CdcOptions *opts;
	ScanQuals  *quals;			/* of the table's own clauses */
	AttrNumber	asof_attnum;	/* 0: the table has no such column */
	AttrNumber	known_attnum;	/* likewise */
	double		tuples;			/* rows of the table */
	double		bytes;			/* of its log */
} CdcPlanState;

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

/* ForeignScanState.fdw_state. */
typedef struct CdcScanState
{
	CdcScan		scan;
	Oid			userid;			/* as whom it reads: who fetches from a cursor
								 * may be another than who opened it */
	Instants	fixed;			/* when the statement began; in a worker what
								 * the leader sends takes their place */
	Bitmapset  *early;			/* columns that conditions look at */
	ExprState  *asof_expr;		/* NULL: not from the query */
	ExprState  *known_expr;		/* likewise */
	int			nkeys;			/* values to search for, 0: no search */
	ExprState **key_exprs;
	Oid		   *key_types;		/* of the values, an array's elements' */
	int			key_array;		/* which of them is an array, -1: none */
	List	   *bound_exprs;	/* times, with the type and TimeBound of each */
	List	   *bound_types;
	List	   *bound_kinds;
	bool		started;
	bool		no_rows;		/* the query's instant or key is NULL */
	/* the scan of several processes */
	struct CdcShared *shared;	/* NULL: this one alone */
	dsa_area   *area;
	bool		leads;
	bool		shut_down;		/* no more rows of this walk are wanted */
} CdcScanState;

/* plan.c */
extern void cdcGetForeignRelSize(PlannerInfo *root, RelOptInfo *rel,
								 Oid relid);
extern void cdcGetForeignPaths(PlannerInfo *root, RelOptInfo *rel,
							   Oid relid);
extern ForeignScan *cdcGetForeignPlan(PlannerInfo *root, RelOptInfo *rel,
									  Oid relid, ForeignPath *best_path,
									  List *tlist, List *scan_clauses,
									  Plan *outer_plan);

/* What of the plan the ways to scan need too. */
/* Attribute numbers a scan must fill. */
extern List *plan_needed_columns(RelOptInfo *rel, Oid relid);
extern double plan_selected_rows(PlannerInfo *root, CdcPlanState *ps,
								 const ScanQuals *quals);

/* quals.c: what the query's conditions say of instants, keys and times */
/* A condition "column op value", its value known before the scan. */
typedef struct ColumnClause
{
	RestrictInfo *ri;
	const LogColumn *column;	/* NULL: it is no such condition */
	Oid			op;				/* with the column on its left side */
	Oid			collation;
	Expr	   *value;
	bool		any;			/* column op ANY (value) */
	int			time_side;		/* TimeBound that the value is of a column of
								 * times, or 0 */
} ColumnClause;

/* Returns what clauses (of RestrictInfo) give a scan, palloc'd. */
extern ScanQuals *quals_classify(PlannerInfo *root, RelOptInfo *rel,
								 const LogConfig *log, List *clauses);
/* True if the clause mentions the column. */
extern bool quals_mention(RelOptInfo *rel, AttrNumber attnum, Node *clause);

/* validity.c: the same of a table of versions. */
/* Adds to q the times that clauses (of ColumnClause) bound. */
extern void validity_times(RelOptInfo *rel, const LogConfig *log,
						   List *clauses, ScanQuals *q);
/* When the versions wanted begin and end. */
typedef struct Validity
{
	TimestampTz begins;			/* not earlier than this … */
	TimestampTz begun;			/* … nor later than this */
	TimestampTz ends;
	TimestampTz ended;
} Validity;

/*
 * Add a bound of that TimeBound on when versions begin or end: from one time on,
 * or up to last, which is later where the column shows fewer digits of a second.
 */
extern void validity_bound(Validity *v, TimestampTz at, TimestampTz last,
						   int kind);

/* Add a bound that is a range; false where no version can satisfy it. */
extern bool validity_range_bound(Validity *v, Datum value, int kind);
/* The range of records that give these versions. */
extern void validity_range(const Validity *v, const LogConfig *log,
						   ChangesRange *range);

/*
 * outside.c: is the column of this base relation restricted by a condition on
 * the output of the query it is in, or of one around that?
 */
extern bool outside_restricts_asof(PlannerInfo *root, RelOptInfo *rel,
								   Oid relid, AttrNumber attnum);

/* scan.c */
extern void cdcBeginForeignScan(ForeignScanState *node, int eflags);
extern TupleTableSlot *cdcIterateForeignScan(ForeignScanState *node);
extern void cdcReScanForeignScan(ForeignScanState *node);
extern void cdcEndForeignScan(ForeignScanState *node);

/* bind.c: the values that a plan's expressions have for a walk */
/*
 * Makes the scan ready by these options, in the current context, which is the
 * scan's; fdw_state is there.
 */
extern void bind_begin(ForeignScanState *node, CdcOptions *opts);
/* Takes the listing, and the store to read by, unless they are there. */
extern void bind_listing(ForeignScanState *node, CdcScanState *state);
/*
 * Finds instants, keys and times of the next walk, and the listing; or that no
 * row can come out: state->no_rows.
 */
extern void bind_resolve(ForeignScanState *node);

/*
 * Prepare scan->needed, roles and tuples; needed are attribute numbers, early
 * (offset as pull_varattnos has it) those that conditions look at.
 */
extern void walk_prepare(CdcScan *scan, CdcOptions *opts, List *needed,
						 Bitmapset *early);
/* The file of a row that walk_next_row() gave. */
extern const LogFile *walk_file(const CdcScan *scan, const Row *row);
/* What a walk as of scan->asof over scan->manifest needs to know. */
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
/*
 * Next row into slot; false at the end.  Values are in the current context,
 * or with on_error in one that lasts until the next row.
 */
extern bool fill_next(CdcScan *scan, TupleTableSlot *slot);
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

/* parallel.c: a scan by several processes */
extern bool cdcIsForeignScanParallelSafe(PlannerInfo *root, RelOptInfo *rel,
										 RangeTblEntry *rte);
extern Size cdcEstimateDSMForeignScan(ForeignScanState *node,
									  ParallelContext *pcxt);
extern void cdcInitializeDSMForeignScan(ForeignScanState *node,
										ParallelContext *pcxt,
										void *coordinate);
extern void cdcReInitializeDSMForeignScan(ForeignScanState *node,
										  ParallelContext *pcxt,
										  void *coordinate);
extern void cdcInitializeWorkerForeignScan(ForeignScanState *node,
										   shm_toc *toc, void *coordinate);
extern void cdcShutdownForeignScan(ForeignScanState *node);
/* Begin this process's part of the walk. */
extern void parallel_start(ForeignScanState *node);
/*
 * reject.c: count a value of column col that does not fit; raises an error
 * past reject_limit.
 */
extern void reject_value(CdcScan *scan, int col, const ErrorData *error);
/* Tell once of all that were counted. */
extern void reject_report(const CdcScan *scan);

/* instants.c: which instants apply where the query names none */
/* The session's settings as they are now; not copies. */
extern SessionInstants instants_session(void);
/*
 * The instant where the query names none, and where it comes from; *asof is
 * DT_NOEND for the whole log.  userid is the user as whom the table is read.
 * Raises an error for an unreadable setting, and for a pin that does not hold
 * the table or that userid may not read it by.
 */
extern AsofSource instants_asof(const CdcOptions *opts,
								const SessionInstants *session,
								Oid userid, TimestampTz *asof);
/* The pin that gives it, or NULL; not a copy. */
extern const char *instants_pin(const CdcOptions *opts,
								const SessionInstants *session);
/*
 * The same for known_at, which is the pin's where one gives the instant;
 * DT_NOEND where every file is known.
 */
extern AsofSource instants_known(const CdcOptions *opts,
								 const SessionInstants *session, Oid userid,
								 const char *pin, TimestampTz *known);
/*
 * All of that for a scan whose plan says whence its instants are: what the
 * query names is left out, and none of its settings read.  Palloc'd in the
 * current context.
 */
extern void instants_fix(const CdcOptions *opts,
						 const SessionInstants *session, Oid userid,
						 AsofSource asof, AsofSource known, Instants *fixed);
/*
 * Raises an error where an argument of a function asks for an instant at which
 * the current user may not read the table.
 */
extern void instants_check_asked(const CdcOptions *opts, bool has_asof,
								 TimestampTz asof, bool has_known_at,
								 TimestampTz known_at);
/* Sets what the plan says of a scan's instants. */
extern void instants_begin(ForeignScanState *node, CdcScanState *state);
/*
 * Finds the instants of a walk: what the query says, else state->fixed.  Tells,
 * before the first walk, of a table that is not at the instant that the session
 * asks for.  Returns false where the query compares with NULL, which no row
 * satisfies.  Raises an error where it restricts the column of an instant, but
 * not to one.
 */
extern bool instants_resolve(ForeignScanState *node, CdcScanState *state,
							 const SessionInstants *session);
/*
 * Tell of an instant in the future (once a statement), and of a full load that
 * nothing dates (once a session and server).
 */
extern void instants_notice_asof(const CdcOptions *opts, Manifest *manifest,
								 TimestampTz asof);

/* watermark.c: up to which instant is a log provably complete? */
/*
 * Replace ASOF_AT_WATERMARK by the instant; with cdc_fdw.require_sealed, raise
 * an error for one past it.  The scan has its manifest and store.
 */
extern void watermark_apply(CdcScan *scan, EState *estate, Oid userid);

/* statement.c */
typedef struct Statement
{
	SessionInstants session;	/* when the first of its scans began */
	int64		bytes;			/* that its scans have chosen to read */
} Statement;

/*
 * What the scans under an executor state share, and lives as long as that: of
 * rows that are checked again after a lock, as the statement's own scans.
 */
extern Statement *statement_of(EState *estate);
/* The executor state of the whole statement. */
extern EState *statement_estate(EState *estate);

/*
 * Returns all that decides what is listed for a table, where and as whom, as a
 * text in the current context.
 */
extern char *manifests_identity(const CdcOptions *opts, Oid userid);
/*
 * manifests.c: one listing for a statement or transaction; where pin is not
 * NULL, what that holds instead.
 */
extern Manifest *manifests_get(EState *estate, const CdcOptions *opts,
							   Oid userid, const char *pin);

/*
 * Where a scan under that listing reads.  A listing of the transaction
 * outlives the statement, and what a failed statement left open must not: such
 * scans have connections of their own.
 */
extern Store *manifests_store(EState *estate, Manifest *manifest,
							  const CdcOptions *opts, Oid userid);

/* known.c: what the session's scans learnt of a log, for the planner */
typedef struct KnownLog
{
	double		base_bytes;		/* of its files, as stored */
	double		change_bytes;
	double		base_width;		/* stored bytes of a record; 0: unknown */
	double		change_width;
	double		rows;			/* of the last walk to the end; -1: none */
	bool		packed;			/* the files are compressed */
} KnownLog;

/* False where the session has not read the table. */
extern bool known_get(Oid relid, KnownLog *known);
/* What is not known in *now stays as it was. */
extern void known_put(Oid relid, const KnownLog *now);

/* explain.c */
/* Returns the name that EXPLAIN gives to a mode of tables, a constant. */
extern const char *explain_mode(LogMode mode);
extern void cdcExplainForeignScan(ForeignScanState *node, ExplainState *es);

/* analyze.c */
extern bool cdcAnalyzeForeignTable(Relation relation,
								   AcquireSampleRowsFunc *func,
								   BlockNumber *totalpages);

/* fdw/import/import.c */
extern List *cdcImportForeignSchema(ImportForeignSchemaStmt *stmt,
									Oid serverOid);

#endif							/* CDC_FDW_FDW_H */
