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

#include "commands/explain.h"
#include "foreign/fdwapi.h"
#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

#include "compat.h"
#include "fdw/options.h"
#include "replay/replay.h"
#include "replay/tuple.h"

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

/* Slots of ForeignScan.fdw_private; fdw_exprs holds the instant, if any. */
enum FdwScanPrivateIndex
{
	FdwScanPrivateNeeded,		/* list of attribute numbers */
	FdwScanPrivateAsof,			/* integer, AsofSource: QUERY, UNBOUND or NONE */
	FdwScanPrivateCount
};

/* RelOptInfo.fdw_private while planning. */
typedef struct CdcPlanState
{
	CdcOptions *opts;
	AttrNumber	asof_attnum;	/* 0: the table has no such column */
	double		tuples;			/* rows of the table */
	double		bytes;			/* of its log */
} CdcPlanState;

typedef struct CdcScan
{
	/* from the plan and the options */
	CdcOptions *opts;
	int		   *needed;			/* own columns, indexes in opts->log.columns */
	int			nneeded;
	int		   *roles;			/* role columns, likewise */
	int			nroles;
	/* the instant */
	AsofSource	source;
	TimestampTz asof;			/* DT_NOEND: the whole log */
	/* the walk */
	Manifest   *manifest;
	Store	   *store;			/* read from; may be the manifest's */
	Replay	   *replay;
	TupleMaker *tuples;
	LogPosition position;
	MemoryContext ctx;			/* of all this */
	MemoryContext scan_ctx;		/* of one walk, reset by a rescan */
	/* counters: of the walks before this one */
	ReplayCounters total;
	int			walks;
	StoreCounters store_before;
} CdcScan;

/* ForeignScanState.fdw_state. */
typedef struct CdcScanState
{
	CdcScan		scan;
	ExprState  *asof_expr;		/* NULL: not from the query */
	bool		started;
	bool		no_instant;		/* the query's instant is NULL: no rows */
} CdcScanState;

extern void cdc_init_routine(FdwRoutine *routine);

/* plan.c */
extern void cdcGetForeignRelSize(PlannerInfo *root, RelOptInfo *rel,
								 Oid relid);
extern void cdcGetForeignPaths(PlannerInfo *root, RelOptInfo *rel,
							   Oid relid);
extern ForeignScan *cdcGetForeignPlan(PlannerInfo *root, RelOptInfo *rel,
									  Oid relid, ForeignPath *best_path,
									  List *tlist, List *scan_clauses,
									  Plan *outer_plan);

/* quals.c: the query's equality on the asof column */
/* The other side of "asof = expr" in clause, coerced to timestamptz; or NULL. */
extern Expr *quals_asof_value(PlannerInfo *root, RelOptInfo *rel,
							  AttrNumber attnum, Expr *clause);
extern bool quals_mention(RelOptInfo *rel, AttrNumber attnum, Node *clause);

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

/*
 * The instant where the query names none, and where it comes from; *asof is
 * DT_NOEND for the whole log.  Raises an error for an unreadable setting.
 */
extern AsofSource scan_default_asof(const CdcOptions *opts, TimestampTz *asof);

/* Prepare scan->roles and tuples; needed are attribute numbers. */
extern void scan_prepare(CdcScan *scan, CdcOptions *opts, List *needed);
/* Begin a walk as of scan->asof over scan->manifest. */
extern void scan_start(CdcScan *scan);
extern void scan_stop(CdcScan *scan);
/* Next row into slot; false at the end. Values are in the current context. */
extern bool scan_next(CdcScan *scan, TupleTableSlot *slot);
/* Add up the counters of all walks. */
extern void scan_counters(const CdcScan *scan, ReplayCounters *out);

/* manifests.c: one listing for a statement or transaction */
extern Manifest *manifests_get(EState *estate, const CdcOptions *opts,
							   Oid userid);

/*
 * Where a scan under that listing reads.  A listing of the transaction
 * outlives the statement, and what a failed statement left open must not: such
 * scans have connections of their own.
 */
extern Store *manifests_store(EState *estate, Manifest *manifest,
							  const CdcOptions *opts, Oid userid);
/* Bytes of a table's log as this session saw it last; false: never. */
extern bool manifests_known_size(Oid relid, double *base_bytes,
								 double *change_bytes);
extern void manifests_note_size(Oid relid, double base_bytes,
								double change_bytes);

/* explain.c */
extern void cdcExplainForeignScan(ForeignScanState *node, ExplainState *es);

/* analyze.c */
extern bool cdcAnalyzeForeignTable(Relation relation,
								   AcquireSampleRowsFunc *func,
								   BlockNumber *totalpages);

/* import.c */
extern List *cdcImportForeignSchema(ImportForeignSchemaStmt *stmt,
									Oid serverOid);

#endif							/* CDC_FDW_FDW_H */
