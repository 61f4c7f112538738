/*-------------------------------------------------------------------------
 *
 * walk.c
 *	  Walks over the log, and over its folders where each is a log of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "executor/nodeHash.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "utils/acl.h"
#include "utils/memutils.h"

#include "fdw/instants.h"
#include "fdw/known.h"
#include "fdw/options/options.h"
#include "fdw/told.h"
#include "fdw/walk.h"
#include "replay/changes.h"
#include "replay/replay.h"
#include "replay/values/tuple.h"

/* rows between two times that progress is told; files tell, too */
#define TELL_ROWS			4096
/* fewer changes say nothing about a key */
#define WRONG_KEY_CHANGES	100

/*
 * Where bad values skip their rows all are looked at, so that every query sees
 * the same rows; and where the row tells which of them were not supplied.
 */
static List *
with_own_columns(const LogConfig *c, List *needed)
{
	List	   *all = list_copy(needed);

	for (int i = 0; i < c->ncolumns; i++)
		if (c->columns[i].role == ROLE_NONE)
			all = list_append_unique_int(all, c->columns[i].attnum);
	return all;
}

static bool
needs_role(const LogConfig *c, List *needed, LogRole role)
{
	for (int i = 0; i < c->ncolumns; i++)
		if (c->columns[i].role == role)
			return list_member_int(needed, c->columns[i].attnum);
	return false;
}

static void
find_targets(CdcScan *scan)
{
	const LogConfig *c = &scan->opts->log;

	scan->targets = palloc(sizeof(ScanTarget) * Max(scan->nneeded, 1));
	for (int i = 0; i < scan->nneeded; i++)
	{
		const LogColumn *col = &c->columns[scan->needed[i]];

		scan->targets[i].at = col->attnum - 1;
		/* a key that does not fit is no row of any key */
		scan->targets[i].on_error = col->key ? ON_ERROR_STOP : c->on_error;
		scan->targets[i].convert = tuple_direct(scan->tuples, scan->needed[i]);
		scan->targets[i].typmod = col->typmod;
	}
}

void
walk_prepare(CdcScan *scan, CdcOptions *opts, List *needed, Bitmapset *early)
{
	ListCell   *lc;

	scan->range = (ChangesRange) {DT_NOBEGIN, DT_NOEND, DT_NOBEGIN, DT_NOEND};
	scan->known_source = ASOF_NONE;
	scan->known_at = DT_NOEND;
	scan->opts = opts;
	scan->ctx = CurrentMemoryContext;
	scan->needed = palloc(sizeof(int) * opts->log.ncolumns);
	scan->roles = palloc(sizeof(ScanRole) * opts->log.ncolumns);
	if (opts->log.on_error == ON_ERROR_SKIP ||
		needs_role(&opts->log, needed, ROLE_UNSUPPLIED))
		needed = with_own_columns(&opts->log, needed);
	foreach(lc, needed)
	{
		int			att = lfirst_int(lc);
		int			col = logconfig_column(&opts->log, att);
		bool		is_early = bms_is_member(att - FirstLowInvalidHeapAttributeNumber,
											 early);

		if (col < 0)
			continue;			/* generated */
		/* role row is a cell of the record like any other */
		if (opts->log.columns[col].role != ROLE_NONE &&
			opts->log.columns[col].role != ROLE_ROW)
		{
			scan->roles[scan->nroles++] = (ScanRole) {att - 1,
			&opts->log.columns[col]};
			scan->roles_early |= is_early;
			continue;
		}
		scan->needed[scan->nneeded++] = col;
		if (is_early)
		{
			/* those come first */
			scan->needed[scan->nneeded - 1] = scan->needed[scan->nearly];
			scan->needed[scan->nearly++] = col;
		}
	}
	/* a row that is to be skipped is so before conditions see it */
	if (opts->log.on_error == ON_ERROR_SKIP)
		scan->nearly = scan->nneeded;
	scan->tuples = tuple_open(&opts->log, &scan->position);
	find_targets(scan);
	scan->scan_ctx = AllocSetContextCreate(scan->ctx, "cdc_fdw scan",
										   ALLOCSET_DEFAULT_SIZES);
	scan->row_ctx = AllocSetContextCreate(scan->ctx, "cdc_fdw row",
										  ALLOCSET_DEFAULT_SIZES);
}

/*
 * A message reaches the role that the session runs as.  It may not read by
 * itself what a view or a function of another role reads for it, nor columns
 * without a right to them.
 */
bool
walk_hides(Oid relid, Oid userid)
{
	return userid != GetOuterUserId() ||
		(pg_class_aclcheck(relid, userid, ACL_SELECT) != ACLCHECK_OK &&
		 pg_attribute_aclcheck_all(relid, userid, ACL_SELECT,
								   ACLMASK_ALL) != ACLCHECK_OK);
}

/* A listing may have a store of its own, which other scans use as well. */
static void
charge_stores(CdcScan *scan)
{
	if (scan->asked == NULL)
		return;
	store_charge(scan->store, scan->asked);
	if (scan->manifest != NULL)
		store_charge(manifest_store(scan->manifest), scan->asked);
}

void
walk_open_account(CdcScan *scan)
{
	scan->asked = store_account_open(scan->manifest == NULL ? scan->store :
									 manifest_store(scan->manifest));
	charge_stores(scan);
}

void
walk_begin_context(CdcScan *scan, PositionContext *context)
{
	charge_stores(scan);
	position_begin(context, &scan->position, scan->hides);
}

static bool
is_packed(CdcScan *scan)
{
	int			n = 0;
	LogFile   **base = NULL;

	/* changes do without the full load, and its listing */
	if (scan->opts->log.mode != MODE_CHANGES)
		base = manifest_base(scan->manifest, &n);
	return scan->opts->log.gzip_only ||
		(n > 0 && manifest_named_gzip(base[0]));
}

/* Did a walk over changes or versions go from the log's first file to its last? */
static bool
is_whole_log(const CdcScan *scan, const ReplayCounters *walk)
{
	return walk->ended && scan->asof == DT_NOEND &&
		scan->known_at == DT_NOEND &&
		scan->range.commit_from == DT_NOBEGIN &&
		scan->range.commit_to == DT_NOEND &&
		scan->range.file_from == DT_NOBEGIN &&
		scan->range.file_to == DT_NOEND;
}

/* Did the walk read all records up to its instant, and the full load whole? */
static bool
is_unbounded(const CdcScan *scan, const ReplayCounters *walk)
{
	return walk->ended && scan->search == NULL &&
		!scan->opts->log.has_changes_from &&
		scan->range.commit_from == DT_NOBEGIN &&
		scan->range.commit_to == DT_NOEND;
}

/*
 * Where the full load is whole, updates and deletes meet rows; those of a wrong
 * key hardly ever do.  A task that was restarted misses some.
 */
static void
note_key(const CdcScan *scan, const ReplayCounters *walk)
{
	const LogConfig *log = &scan->opts->log;
	int64		changes = walk->change_records - walk->records_after -
		walk->records_before;
	int64		unmet = walk->upserting_updates + walk->unknown_deletes;

	if (log->nkeys == 0 || log->mode == MODE_CHANGES || walk->base_files == 0 ||
		!is_unbounded(scan, walk) || changes < WRONG_KEY_CHANGES ||
		unmet <= changes / 2 || !told_once(scan->opts->relid, TOLD_WRONG_KEY))
		return;
	ereport(NOTICE,
			(errmsg("the key of foreign table \"%s\" may be wrong",
					log->foreign_table),
			 errdetail("Of %lld changes %lld update or delete a row that is not there.",
					   (long long) changes, (long long) unmet),
			 errhint("Compare the columns that have option key with the key of the source table.")));
}

void
walk_note_log(CdcScan *scan, const ReplayCounters *walk)
{
	KnownLog	now = {.rows = -1};

	if (walk->passes == 0)
		return;					/* nothing was listed */
	note_key(scan, walk);
	if (scan->opts->log.mode != MODE_SNAPSHOT && !is_whole_log(scan, walk))
		return;
	now.base_bytes = walk->base_bytes;
	now.change_bytes = walk->change_bytes;
	now.packed = is_packed(scan);
	/* a search does not count what it leaves out */
	if (scan->search == NULL && walk->change_records > 0)
		now.change_width = (double) walk->change_bytes_read /
			walk->change_records;
	if (scan->search == NULL && walk->ended)
	{
		now.rows = walk->rows;
		if (walk->base_records > 0)
			now.base_width = now.base_bytes / walk->base_records;
	}
	known_put(scan->opts->relid, &now);
}

/* Folders that each have a replay. */
static int
count_parts(const CdcScan *scan)
{
	return scan->manifest != NULL && scan->opts->log.source_is_key &&
		scan->opts->log.mode != MODE_CHANGES ?
		manifest_nparts(scan->manifest) : 1;
}

ReplaySpec
walk_spec(CdcScan *scan)
{
	int			nparts = count_parts(scan);
	ReplaySpec	spec = {
		.manifest = nparts > 1 ? manifest_part(scan->manifest, scan->part) :
		scan->manifest,
		.store = scan->store,
		.config = &scan->opts->log,
		.asof = scan->asof,
		.bounded = scan->opts->log.mode == MODE_HISTORY,
		.lower = scan->range.commit_from,
		.upper = scan->range.commit_to,
		.has_known_at = scan->known_source != ASOF_NONE,
		.known_at = scan->known_at,
		.needed = scan->needed,
		.nneeded = scan->nneeded,
		.checks_keys = scan->opts->log.mode != MODE_CHANGES,
		.bare = scan->nneeded == 0 && scan->nroles == 0,
		.memory = get_hash_memory_limit(),
		.position = &scan->position,
		.search = scan->search,
		.columns = scan->columns,
		.more_follow = scan->part + 1 < nparts,
		.bytes = scan->query_bytes,
		.progress = scan->progress
	};

	return spec;
}

static void
start_part(CdcScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->scan_ctx);
	ReplaySpec	spec = walk_spec(scan);

	if (scan->opts->log.mode == MODE_CHANGES)
		scan->changes = changes_open(&spec, &scan->range);
	else
		scan->replay = replay_open(&spec);
	scan->qual = scan->quals[scan->replay != NULL &&
							 replay_decides_keys(scan->replay)];
	MemoryContextSwitchTo(old);
}

/* Check the values of option missing that reading the options leaves to scans. */
static void
check_missing(CdcScan *scan)
{
	for (int i = 0; i < scan->nneeded; i++)
	{
		const LogColumn *col = &scan->opts->log.columns[scan->needed[i]];

		if (col->may_lack && col->runs_user_code)
			tuple_check_missing(scan->tuples, scan->needed[i]);
	}
}

void
walk_begin(CdcScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->scan_ctx);

	scan->columns = replay_columns(&scan->opts->log);
	if (scan->walks == 0)
		check_missing(scan);
	MemoryContextSwitchTo(old);
	memset(&scan->before, 0, sizeof(ReplayCounters));
	scan->part = 0;
	scan->walk_rejected = 0;
}

void
walk_start(CdcScan *scan)
{
	walk_begin(scan);
	scan->walks++;
	start_part(scan);
}

/* Of this walk, as far as it went. */
static void
count_walk(const CdcScan *scan, ReplayCounters *out)
{
	ReplayCounters now;

	if (scan->changes != NULL)
		changes_counters(scan->changes, &now);
	else
		replay_counters(scan->replay, &now);
	/* each folder is walked once in any case */
	if (scan->part > 0 && now.passes > 0)
		now.passes--;
	*out = scan->before;
	replay_add_counters(out, &now);
	out->ended = now.ended;
}

void
walk_add(ReplayCounters *sum, const ReplayCounters *walk)
{
	replay_add_counters(sum, walk);
	/* what describes the log is as the last walk saw it */
	sum->base_files = walk->base_files;
	sum->cdc_files = walk->cdc_files;
	sum->files_after = walk->files_after;
	sum->files_before = walk->files_before;
	sum->base_bytes = walk->base_bytes;
	sum->change_bytes = walk->change_bytes;
	sum->keyless = walk->keyless;
	sum->duplicates = walk->duplicates;
	sum->near_names = walk->near_names;
}

void
walk_counters(const CdcScan *scan, ReplayCounters *out)
{
	ReplayCounters walk;

	*out = scan->total;
	/* what several processes count is added when they are done */
	if (!walk_is_open(scan) || scan->joined)
		return;
	count_walk(scan, &walk);
	walk_add(out, &walk);
}

/* Go on with the next folder; false where there is none. */
static bool
next_part(CdcScan *scan)
{
	if (scan->part + 1 >= count_parts(scan))
		return false;
	count_walk(scan, &scan->before);
	replay_close(scan->replay);
	scan->replay = NULL;
	scan->part++;
	start_part(scan);
	return true;
}

void
walk_now(void *arg, ProgressNow *now)
{
	const CdcScan *scan = arg;

	if (scan->changes != NULL)
		changes_now(scan->changes, now);
	else if (scan->replay != NULL)
	{
		replay_now(scan->replay, now);
		now->records += scan->before.base_records + scan->before.change_records;
		now->rows += scan->before.rows;
	}
	else
		now->phase = scan->walks > 0 ? PROGRESS_DONE : PROGRESS_LISTING;
}

const Row *
walk_next_row(CdcScan *scan)
{
	const Row  *row;

	if (++scan->untold == TELL_ROWS)
	{
		scan->untold = 0;
		progress_tell(scan->progress);
	}

	if (scan->changes != NULL)
		return changes_next(scan->changes);
	do
		row = replay_next(scan->replay);
	while (row == NULL && next_part(scan));
	return row;
}

const LogFile *
walk_file(const CdcScan *scan, const Row *row)
{
	return scan->changes != NULL ? changes_file(scan->changes, row) :
		replay_file(scan->replay, row);
}

void
walk_stop(CdcScan *scan)
{
	ReplayCounters sum;

	if (walk_is_open(scan))
	{
		progress_restart(scan->progress);
		if (!scan->joined)
		{
			count_walk(scan, &sum);
			walk_note_log(scan, &sum);
		}
		walk_counters(scan, &sum);
		scan->total = sum;
		replay_close(scan->replay);
		changes_close(scan->changes);
	}
	scan->joined = false;
	scan->replay = NULL;
	scan->changes = NULL;
	scan->search = NULL;
	scan->columns = NULL;
	MemoryContextReset(scan->scan_ctx);
}
