/*-------------------------------------------------------------------------
 *
 * replay.c
 *	  A table's rows at an instant: the walk over its log, newest first.
 *
 * Change records come first, newest first; base rows last, and are rows when
 * their key was never met.  Keys that do not fit in memory are walked
 * partition by partition afterwards; rows whose missing cells lie behind a key
 * change that was recognised too late are completed in another pass.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/sort.h"
#include "log/spares.h"
#include "replay/apply.h"
#include "replay/base.h"
#include "replay/basekeys.h"
#include "replay/check.h"
#include "replay/fullload.h"
#include "replay/keys.h"
#include "replay/output.h"
#include "replay/partition.h"
#include "replay/select.h"
#include "replay/selection.h"
#include "replay/shared.h"
#include "replay/spilled.h"
#include "replay/versions.h"

Replay *
replay_open(const ReplaySpec *spec)
{
	MemoryContext ctx = AllocSetContextCreate(CurrentMemoryContext,
											  "cdc_fdw replay",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(ctx);
	Replay	   *r = palloc0(sizeof(Replay));
	const LogConfig *c = spec->config;

	r->spec = *spec;
	if (spec->has_known_at)
		r->spec.config = c = logconfig_known(c, spec->known_at);
	r->ctx = ctx;
	r->claim = ahead_claim(ctx);
	r->record_ctx = AllocSetContextCreate(ctx, "cdc_fdw record",
										  ALLOCSET_SMALL_SIZES);
	r->scratch_ctx = AllocSetContextCreate(ctx, "cdc_fdw scratch",
										   ALLOCSET_DEFAULT_SIZES);
	r->keyed = c->nkeys > 0;
	r->dedupe_sequence = !r->keyed && c->sequence >= 0;
	if (r->spec.columns == NULL)
		r->spec.columns = replay_columns(c);
	r->counters.keyless = !r->keyed && !r->dedupe_sequence;
	for (int i = 0; i < spec->nneeded; i++)
		if (c->no_sup_value != NULL || c->columns[spec->needed[i]].keep_on_null)
			r->can_miss = true;
	r->key_values = tuple_open(c, spec->position);
	while (r->spec.seed == 0)
		r->spec.seed = key_seed();
	r->keys = key_open(c, r->key_values, spec->position, r->spec.seed);
	/* a row's missing cells may lie under keys that were not asked for */
	if (spec->search != NULL && r->keyed && !(r->can_miss && c->key_changes))
		r->search = search_open(r->keys, c, spec->search);
	r->scratch = palloc0(ROW_SIZE(Max(spec->nneeded, 1)));
	r->upper = spec->bounded ? Min(spec->asof, spec->upper) : spec->asof;
	r->cut = r->upper < spec->asof;
	if (c->mode == MODE_HISTORY)
		versions_open(r);
	MemoryContextSwitchTo(old);
	return r;
}

bool
replay_decides_keys(const Replay *r)
{
	return r->search != NULL && key_values_are_exact(r->keys);
}

void
replay_close(Replay *r)
{
	if (r == NULL)
		return;
	if (r->shared != NULL && r->phase != PHASE_START)
		shared_close(r);
	merge_close(r->merge);
	for (int i = 0; r->base_readers != NULL && i < r->nbase; i++)
		reader_close(r->base_readers[i]);
	if (r->tapes != NULL)
		LogicalTapeSetClose(r->tapes);
	versions_close(r);
	basekeys_close(r->repeated);
	memset(r->spec.position, 0, sizeof(LogPosition));
	MemoryContextDelete(r->ctx);
	spares_free();
}

const LogFile *
replay_file(const Replay *r, const Row *row)
{
	return r->files[row->fileno].file;
}

void
replay_counters(const Replay *r, ReplayCounters *out)
{
	*out = r->counters;
	out->passes = r->pass;
}

LogFile   **
replay_files(const ReplaySpec *spec, int *n)
{
	Replay	   *r = replay_open(spec);
	LogFile   **files;

	select_files(r);
	check_unread(r);
	*n = r->ncdc + r->nbase;
	files = palloc(sizeof(LogFile *) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
		files[i] = r->files[i].file;
	replay_close(r);
	return files;
}

/*
 * Passes and partitions
 */

void
replay_collect_merge(Replay *r)
{
	if (r->pass == 1)
		replay_count_merge(&r->counters, merge_take_counters(r->merge));
	merge_close(r->merge);
	r->merge = NULL;
	if (r->pass == 1)
		check_counted(r, r->shared ? shared_findings(r) : &r->counters);
}

static void
record_at(void *arg, int fileno, int64 line)
{
	selection_at(arg, fileno, line, NULL);
}

void
replay_begin_pass(Replay *r)
{
	MergeSpec	m = {
		.store = r->spec.store,
		.config = r->spec.config,
		.files = r->files,
		.nfiles = r->ncdc,
		.upper = r->upper,
		.budget = r->spec.memory / 2,
		.position = r->spec.position,
		.progress = r->spec.progress,
		.keys = r->keyed ? r->keys : NULL,
		.table = &r->table,
		.search = r->search,
		.at = record_at,
		.opened = selection_layout_seen,
		.after = base_open,
		.arg = r
	};

	r->pass++;
	replay_tell_files(r);
	for (int i = 0; r->base_readers != NULL && i < r->nbase; i++)
		reader_close(r->base_readers[i]);
	if (r->pass_ctx)
		MemoryContextReset(r->pass_ctx);
	else
		r->pass_ctx = AllocSetContextCreate(r->ctx, "cdc_fdw pass",
											ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(r->pass_ctx);
	r->merge = merge_open(&m);
	r->base_readers = palloc0(sizeof(LogReader *) * Max(r->nbase, 1));
	r->base_next = 0;
	r->base_ahead = -1;
	r->nbase_keys = r->base_key = 0;
	r->ordinal = 0;
	r->commit = 0;
	MemoryContextSwitchTo(r->ctx);
	keys_reset(r);
	r->phase = is_shared(r) ? PHASE_SHARED : PHASE_CHANGES;
	if (is_shared(r))
	{
		/* the shared one takes its place */
		keytable_free(&r->table);
		r->table_ready = false;
	}
}

static void
check_columns(Replay *r)
{
	ColumnsSeen *columns = r->spec.columns;

	columns->partly |= r->counters.search_ended || r->cut;
	if (!r->spec.more_follow)
		columns_check(columns, r->spec.store, r->spec.config,
					  r->spec.position);
}

/* The log or a partition is walked to its end: what is next? */
static void
next_part(Replay *r)
{
	if (partition_next(r))
	{
		keys_reset(r);
		r->phase = PHASE_CHANGES;
		progress_tell(r->spec.progress);
		return;
	}
	if (keys_begin_search(r))
	{
		check_bytes(r);
		replay_begin_pass(r);
		return;
	}
	basekeys_check(r);
	check_columns(r);
	r->counters.ended = true;
	r->phase = PHASE_DONE;
}

/*
 * One step of each phase; a row may stand in scratch or the queue after it.
 */

/* Where the full load may not be over, all its rows are looked at for that. */
static void
prepare_search(Replay *r)
{
	r->search->ends = fullload_was_over(r) ||
		r->spec.config->before_base == BEFORE_BASE_BASE;
	if (!r->search->ends)
		r->search->filter = NULL;
	/* a version's key has older ones, and all base rows are to be compared */
	if (r->versions != NULL || r->spec.config->check_base)
		r->search->ends = false;
}

/* The change records of the log or of a part are over. */
static void
end_changes(Replay *r)
{
	if (r->part != NULL)
		spilled_end(r);
	else
		replay_collect_merge(r);
	pending_close_commit(r->pending, r->applied_commit);
	if (r->versions != NULL)
		versions_end_changes(r);
	r->phase = PHASE_BASE;
}

/* Goes on alone where the walk of several processes stands. */
static void
go_on_alone(Replay *r)
{
	KeyTable	met = r->table;
	int64		ordinal = r->ordinal;
	int64		commit = r->commit;
	int64		applied_commit = r->applied_commit;
	uint32		commit_number = r->commit_number;

	merge_close(r->merge);
	r->pass = 0;
	replay_begin_pass(r);
	r->ordinal = ordinal;
	r->commit = commit;
	r->applied_commit = applied_commit;
	r->commit_number = commit_number;
	partition_adopt(r, &met);
	keytable_free(&met);
}

static void
step_shared(Replay *r)
{
	SharedStep	next = shared_step(r);

	if (next == SHARED_CHANGES)
		return;
	if (next == SHARED_ALONE)
	{
		go_on_alone(r);
		return;
	}
	merge_close(r->merge);
	r->merge = NULL;
	if (next == SHARED_BASE)
		r->base_next = shared_next_base(r, false);
	r->phase = next == SHARED_BASE ? PHASE_BASE : PHASE_DONE;
}

static void
step_changes(Replay *r)
{
	MergeItem	item;

	if (r->part != NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(r->record_ctx);
		SpillItem	spilled;

		MemoryContextReset(r->record_ctx);
		if (spill_read(r->part, &spilled))
			spilled_item(r, &spilled);
		else
			end_changes(r);
		MemoryContextSwitchTo(old);
		return;
	}
	if (!keys_pass_is_over(r) && !keys_search_is_over(r) &&
		merge_next(r->merge, &item))
	{
		apply_record(r, &item);
		return;
	}
	end_changes(r);
}

/* The rows this brings out must be handed out before their memory goes. */
static void
end_part(Replay *r)
{
	if (is_shared(r) && !shared_ends(r))
	{
		r->phase = PHASE_DONE;	/* another process ends the walk */
		return;
	}
	if (r->pass == 1)
		basekeys_collect(r, r->shared ? shared_findings(r) : &r->counters);
	keys_end(r);
	r->phase = r->versions != NULL ? PHASE_VERSIONS : PHASE_NEXT;
	progress_tell(r->spec.progress);
}

const Row *
replay_next(Replay *r)
{
	MemoryContext old = MemoryContextSwitchTo(r->ctx);
	const Row  *row = NULL;

	pending_free_row(r->handed_out);
	r->handed_out = NULL;
	if (r->phase == PHASE_START)
	{
		bool		needed = true;

		if (r->shared != NULL)
			needed = shared_begin(r);
		else
			select_files(r);
		if (r->search != NULL)
			prepare_search(r);
		if (!needed || r->empty || (r->search != NULL && r->search->keys.used == 0))
			r->phase = PHASE_DONE;
		else
			replay_begin_pass(r);
	}
	for (;;)
	{
		if (r->queue_first < r->queue_end)
		{
			/* a row in scratch stays for the next call */
			row = r->handed_out = r->queue[r->queue_first++];
			if (r->queue_first == r->queue_end)
				r->queue_first = r->queue_end = 0;
			break;
		}
		if (r->scratch_ready)
		{
			row = r->scratch;
			r->scratch_ready = false;
			break;
		}
		if (r->phase == PHASE_DONE)
			break;
		CHECK_FOR_INTERRUPTS();
		if (r->phase == PHASE_SHARED)
			step_shared(r);
		else if (r->phase == PHASE_CHANGES)
			step_changes(r);
		else if (r->phase == PHASE_BASE)
		{
			if (!base_step(r))
				end_part(r);
		}
		else if (r->phase == PHASE_VERSIONS)
		{
			if (!versions_step(r))
				r->phase = PHASE_NEXT;
		}
		else
			next_part(r);
	}
	MemoryContextSwitchTo(old);
	if (row != NULL)
	{
		selection_at(r, row->fileno, row->line, NULL);
		r->counters.rows++;
	}
	return row;
}
