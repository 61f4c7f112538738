/*-------------------------------------------------------------------------
 *
 * fdw.h
 *	  The callbacks of the foreign data wrapper.
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

/* plan.c, paths.c */
extern void cdcGetForeignRelSize(PlannerInfo *root, RelOptInfo *rel,
								 Oid relid);
extern void cdcGetForeignPaths(PlannerInfo *root, RelOptInfo *rel,
							   Oid relid);
extern ForeignScan *cdcGetForeignPlan(PlannerInfo *root, RelOptInfo *rel,
									  Oid relid, ForeignPath *best_path,
									  List *tlist, List *scan_clauses,
									  Plan *outer_plan);

/* scan.c */
extern void cdcBeginForeignScan(ForeignScanState *node, int eflags);
extern TupleTableSlot *cdcIterateForeignScan(ForeignScanState *node);
extern void cdcReScanForeignScan(ForeignScanState *node);
extern void cdcEndForeignScan(ForeignScanState *node);

/* parallel.c */
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

/* explain.c */
extern void cdcExplainForeignScan(ForeignScanState *node, ExplainState *es);

/* analyze.c */
extern bool cdcAnalyzeForeignTable(Relation relation,
								   AcquireSampleRowsFunc *func,
								   BlockNumber *totalpages);

/* import/import.c */
extern List *cdcImportForeignSchema(ImportForeignSchemaStmt *stmt,
									Oid serverOid);

#endif							/* CDC_FDW_FDW_H */
