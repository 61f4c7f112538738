/*-------------------------------------------------------------------------
 *
 * parallel.c
 *	  A scan by several processes.
 *
 * The leader finds the instant, lists and selects the files, and puts that in
 * shared memory, so that all read the same log; nothing of it is done anew in
 * a worker.  Only scans that are planned to be parallel are divided so; others
 * stay in the leader, since a worker on its own might list another log.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/defrem.h"
#include "nodes/execnodes.h"
#include "nodes/makefuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/value.h"
#include "storage/shmem.h"
#include "storage/spin.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "fdw/bind.h"
#include "fdw/fdw.h"
#include "fdw/instants.h"
#include "fdw/options/options.h"
#include "fdw/parallel.h"
#include "fdw/scan.h"
#include "fdw/told.h"
#include "fdw/walk.h"
#include "replay/changes.h"
#include "replay/replay.h"
#include "store/stats.h"

typedef struct CdcShared
{
	/* of the leader, before others look */
	AsofSource	source;
	TimestampTz asof;
	bool		pinned;			/* the files are a pin's */
	AsofSource	known_source;
	TimestampTz known_at;
	bool		no_rows;
	bool		filled;			/* walk is in use */
	ProgressPlace progress;		/* the leader's row */
	Size		options_len;	/* of the options, as below */
	char		region[64];		/* that the leader learnt; "": none */
	dsa_pointer told;			/* what the session was told of the table */
	/* of all */
	slock_t		lock;
	StoreCounters store;		/* of processes that are done, the leader aside */
	uint64		stats[STAT_KINDS];	/* of them too */
	char		options[FLEXIBLE_ARRAY_MEMBER];	/* the leader's, as text */
} CdcShared;

static Size
head_size(Size options_len)
{
	return BUFFERALIGN(add_size(offsetof(CdcShared, options), options_len));
}

/* Behind it: ReplayShared, or ChangesShared for a table of changes. */
static void *
shared_walk(CdcShared *shared)
{
	return (char *) shared + head_size(shared->options_len);
}

/*
 * The options of the server and the table as a text, palloc'd: they may be
 * altered before a worker would read them.
 */
static char *
options_text(const CdcOptions *opts)
{
	List	   *both[] = {opts->server_options, opts->table_options};
	List	   *texts[2] = {NIL, NIL};
	ListCell   *lc;

	for (int i = 0; i < lengthof(both); i++)
		foreach(lc, both[i])
		{
			DefElem    *def = lfirst_node(DefElem, lc);

			texts[i] = lappend(texts[i], makeString(def->defname));
			texts[i] = lappend(texts[i], makeString(defGetString(def)));
		}
	return nodeToString(list_make2(texts[0], texts[1]));
}

/* Half of what that says, as a list of options. */
static List *
options_of_text(List *texts)
{
	List	   *options = NIL;

	for (int i = 0; i + 1 < list_length(texts); i += 2)
		options = lappend(options,
						  makeDefElem(strVal(list_nth(texts, i)),
									  (Node *) makeString(strVal(list_nth(texts, i + 1))),
									  -1));
	return options;
}

static bool
is_changes(const CdcScanState *state)
{
	return state->scan.opts->log.mode == MODE_CHANGES;
}

bool
cdcIsForeignScanParallelSafe(PlannerInfo *root, RelOptInfo *rel,
							 RangeTblEntry *rte)
{
	return true;
}

Size
cdcEstimateDSMForeignScan(ForeignScanState *node, ParallelContext *pcxt)
{
	CdcScanState *state = node->fdw_state;

	return add_size(head_size(strlen(options_text(state->scan.opts)) + 1),
					Max(replay_shared_size(), changes_shared_size()));
}

static void
share(ForeignScanState *node, int nworkers)
{
	CdcScanState *state = node->fdw_state;
	CdcShared  *shared = state->shared;
	CdcScan    *scan = &state->scan;
	PositionContext context;
	ReplaySpec	spec;

	walk_begin_context(scan, &context);
	bind_resolve(node);
	shared->source = scan->source;
	shared->asof = scan->asof;
	shared->pinned = scan->pin != NULL;
	shared->known_source = scan->known_source;
	shared->known_at = scan->known_at;
	shared->no_rows = state->no_rows;
	if (!state->no_rows)
	{
		walk_begin(scan);
		spec = walk_spec(scan);
		shared->progress = progress_place(scan->progress);
		if (is_changes(state))
			changes_share(shared_walk(shared), &spec, &scan->range,
						  state->area);
		else
			replay_share(shared_walk(shared), &spec, nworkers + 1,
						 state->area);
		shared->filled = true;
		scan->walks++;
		strlcpy(shared->region, store_region(scan->store) ?
				store_region(scan->store) : "", sizeof(shared->region));
	}
	position_end(&context);
}

/* Set *out to what all processes have counted in this walk so far. */
static void
shared_counters(CdcScanState *state, ReplayCounters *out)
{
	if (is_changes(state))
		changes_shared_counters(shared_walk(state->shared), out);
	else
		replay_shared_counters(shared_walk(state->shared), out);
}

/* The leader wants no more rows of this walk: remember what it tells of the log. */
static void
note_log(CdcScanState *state)
{
	ReplayCounters counters;

	if (!state->shared->filled)
		return;
	shared_counters(state, &counters);
	walk_note_log(&state->scan, &counters);
}

/*
 * Take over what all have counted in the walk, which is at its end for workers
 * too.  Raises nothing.
 */
static void
collect(CdcScanState *state)
{
	CdcShared  *shared = state->shared;
	ReplayCounters counters;
	uint64		stats[STAT_KINDS];

	if (!shared->filled)
		return;
	shared_counters(state, &counters);
	walk_add(&state->scan.total, &counters);
	SpinLockAcquire(&shared->lock);
	state->scan.asked_others.requests += shared->store.requests;
	state->scan.asked_others.retries += shared->store.retries;
	state->scan.asked_others.bytes += shared->store.bytes;
	memset(&shared->store, 0, sizeof(shared->store));
	memcpy(stats, shared->stats, sizeof(stats));
	memset(shared->stats, 0, sizeof(shared->stats));
	SpinLockRelease(&shared->lock);
	stats_add_workers(stats_of(state->scan.opts->serverid), stats);
}

/*
 * Shared memory goes, and so all workers are gone.  Where a LIMIT ends the
 * query the leader's part is shut down while they still count.
 */
static void
shared_goes(dsm_segment *segment, Datum arg)
{
	CdcScanState *state = (CdcScanState *) DatumGetPointer(arg);

	if (state->shut_down)
		collect(state);
	state->shared = NULL;
}

void
cdcInitializeDSMForeignScan(ForeignScanState *node, ParallelContext *pcxt,
							void *coordinate)
{
	CdcScanState *state = node->fdw_state;
	char	   *options;

	/* without shared memory there are no workers either */
	state->area = node->ss.ps.state->es_query_dsa;
	if (state->area == NULL)
		return;
	state->leads = true;
	state->shared = coordinate;
	memset(state->shared, 0, sizeof(CdcShared));
	options = options_text(state->scan.opts);
	state->shared->options_len = strlen(options) + 1;
	memcpy(state->shared->options, options, state->shared->options_len);
	SpinLockInit(&state->shared->lock);
	state->shared->told = told_share(state->scan.opts->relid);
	on_dsm_detach(pcxt->seg, shared_goes, PointerGetDatum(state));
	share(node, pcxt->nworkers);
}

void
cdcReInitializeDSMForeignScan(ForeignScanState *node, ParallelContext *pcxt,
							  void *coordinate)
{
	CdcScanState *state = node->fdw_state;

	if (state->shared == NULL)
		return;
	walk_stop(&state->scan);
	state->shut_down = false;
	if (state->shared->filled)
	{
		note_log(state);
		collect(state);
		if (is_changes(state))
			changes_unshare(shared_walk(state->shared), state->area);
		else
			replay_unshare(shared_walk(state->shared), state->area);
		state->shared->filled = false;
	}
	share(node, pcxt->nworkers);
}

void
cdcInitializeWorkerForeignScan(ForeignScanState *node, shm_toc *toc,
							   void *coordinate)
{
	CdcScanState *state = node->fdw_state;
	MemoryContext old = MemoryContextSwitchTo(state->scan.ctx);
	List	   *texts;

	state->shared = coordinate;
	state->area = node->ss.ps.state->es_query_dsa;
	told_join(RelationGetRelid(node->ss.ss_currentRelation),
			  state->shared->told);
	texts = stringToNode(state->shared->options);
	bind_begin(node, options_made_of(RelationGetRelid(node->ss.ss_currentRelation),
									 options_of_text(linitial(texts)),
									 options_of_text(lsecond(texts))));
	MemoryContextSwitchTo(old);
	state->scan.source = state->shared->source;
	state->scan.asof = state->shared->asof;
	state->scan.known_source = state->shared->known_source;
	state->scan.known_at = state->shared->known_at;
}

void
parallel_start(ForeignScanState *node)
{
	CdcScanState *state = node->fdw_state;
	CdcScan    *scan = &state->scan;
	MemoryContext old;
	ReplaySpec	spec;

	state->no_rows = state->shared->no_rows;
	if (state->no_rows)
		return;
	if (scan->store == NULL)
	{
		StoreConfig cfg = *options_store_config(scan->opts,
												state->userid);

		if (state->shared->region[0] != '\0')
			cfg.region = state->shared->region;
		cfg.pinned = state->shared->pinned;
		scan->store = store_open(&cfg, scan->ctx);
		walk_open_account(scan);
	}
	if (!state->leads && scan->progress == NULL)
		scan->progress = progress_join(state->shared->progress, walk_now, scan);
	walk_begin(scan);
	old = MemoryContextSwitchTo(scan->scan_ctx);
	spec = walk_spec(scan);
	if (is_changes(state))
		scan->changes = changes_join(&spec, &scan->range,
									 shared_walk(state->shared), state->area);
	else
		scan->replay = replay_join(&spec, shared_walk(state->shared),
								   state->area);
	scan->joined = true;
	MemoryContextSwitchTo(old);
}

/* No more rows are wanted: shared memory may go after this. */
void
cdcShutdownForeignScan(ForeignScanState *node)
{
	CdcScanState *state = node->fdw_state;
	CdcShared  *shared = state ? state->shared : NULL;

	if (shared == NULL || state->shut_down)
		return;
	walk_stop(&state->scan);
	state->shut_down = true;
	if (state->leads)
		note_log(state);
	else if (state->scan.store != NULL)
	{
		const StoreCounters *asked = state->scan.asked;
		Stats	   *stats = stats_of(state->scan.opts->serverid);

		SpinLockAcquire(&shared->lock);
		shared->store.requests += asked->requests;
		shared->store.retries += asked->retries;
		shared->store.bytes += asked->bytes;
		stats_hand_over(stats, shared->stats);
		SpinLockRelease(&shared->lock);
	}
}
