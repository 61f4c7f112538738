/*-------------------------------------------------------------------------
 *
 * analyze.c
 *	  ANALYZE: a sample of the rows at the instant a plain query would see.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/vacuum.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "foreign/fdwapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/sampling.h"

#include "base/compat.h"
#include "fdw/fdw.h"
#include "fdw/fill.h"
#include "fdw/instants.h"
#include "fdw/manifests.h"
#include "fdw/options/options.h"
#include "fdw/reject.h"
#include "fdw/statement.h"
#include "fdw/walk.h"
#include "fdw/watermark.h"

/* Scan state for a relation without a plan; the listing lives in estate. */
static void
open_scan(CdcScan *scan, Relation relation, EState *estate)
{
	List	   *needed = NIL;
	TupleDesc	desc = RelationGetDescr(relation);
	SessionInstants session = statement_of(estate)->session;

	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			needed = lappend_int(needed, i + 1);
	memset(scan, 0, sizeof(*scan));
	scan->hides = walk_hides(RelationGetRelid(relation),
							 relation->rd_rel->relowner);
	walk_prepare(scan, options_for_table(RelationGetRelid(relation)), needed,
				 NULL);
	scan->source = instants_asof(scan->opts, &session,
								 relation->rd_rel->relowner, &scan->asof);
	scan->pin = instants_pin(scan->opts, &session);
	scan->known_source = instants_known(scan->opts, &session,
										relation->rd_rel->relowner, scan->pin,
										&scan->known_at);
	scan->manifest = manifests_get(estate, scan->opts,
								   relation->rd_rel->relowner, scan->pin);
	scan->store = manifests_store(estate, scan->manifest, scan->opts,
								  relation->rd_rel->relowner);
	watermark_apply(scan, estate, relation->rd_rel->relowner);
}

static int
acquire_sample_rows(Relation relation, int elevel, HeapTuple *rows,
					int targrows, double *totalrows, double *totaldeadrows)
{
	EState	   *estate = CreateExecutorState();
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext row_ctx;
	TupleTableSlot *slot;
	ReservoirStateData sampler;
	CdcScan		scan;
	double		seen = 0;
	double		skip = -1;
	int			n = 0;

	MemoryContextSwitchTo(estate->es_query_cxt);
	open_scan(&scan, relation, estate);
	slot = MakeSingleTupleTableSlot(RelationGetDescr(relation), &TTSOpsVirtual);
	row_ctx = AllocSetContextCreate(estate->es_query_cxt, "cdc_fdw sample",
									ALLOCSET_DEFAULT_SIZES);
	reservoir_init_selection_state(&sampler, targrows);
	scan.progress = progress_begin(scan.opts->relid, "analyze", walk_now, &scan);
	progress_instant(scan.progress, scan.asof);
	walk_start(&scan);
	for (;;)
	{
		int			place;

		vacuum_delay_point_compat();
		ExecClearTuple(slot);
		MemoryContextReset(row_ctx);
		MemoryContextSwitchTo(row_ctx);
		if (!fill_next(&scan, slot))
			break;
		ExecStoreVirtualTuple(slot);
		MemoryContextSwitchTo(caller);
		seen++;
		if (n < targrows)
		{
			rows[n++] = ExecCopySlotHeapTuple(slot);
			continue;
		}
		if (skip < 0)
			skip = reservoir_get_next_S(&sampler, seen - 1, targrows);
		if (skip-- > 0)
			continue;
		place = (int) (targrows * sampler_random_fract(&sampler.randstate));
		heap_freetuple(rows[place]);
		rows[place] = ExecCopySlotHeapTuple(slot);
	}
	MemoryContextSwitchTo(caller);
	walk_stop(&scan);
	progress_end(scan.progress);
	reject_report(&scan);
	ExecDropSingleTupleTableSlot(slot);
	FreeExecutorState(estate);
	ereport(elevel,
			(errmsg("\"%s\": log holds %.0f rows at its instant; %d rows in sample",
					RelationGetRelationName(relation), seen, n)));
	*totalrows = seen;
	*totaldeadrows = 0;
	return n;
}

bool
cdcAnalyzeForeignTable(Relation relation, AcquireSampleRowsFunc *func,
					   BlockNumber *totalpages)
{
	EState	   *estate = CreateExecutorState();
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);
	CdcScan		scan;
	LogFile   **base;
	double		bytes = 0;
	int			n;

	open_scan(&scan, relation, estate);
	base = manifest_base(scan.manifest, &n);
	for (int i = 0; i < n; i++)
		bytes += base[i]->size;
	for (int p = 0; p < manifest_nparts(scan.manifest); p++)
		for (int i = 0; manifest_cdc(manifest_part(scan.manifest, p), i) != NULL; i++)
			;
	bytes += manifest_cdc_bytes(scan.manifest);
	MemoryContextSwitchTo(old);
	FreeExecutorState(estate);
	*totalpages = (BlockNumber) Min(Max(bytes / BLCKSZ, 1), MaxBlockNumber);
	*func = acquire_sample_rows;
	return true;
}
