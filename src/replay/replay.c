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
#include "replay/shared.h"
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

void
replay_at(Replay *r, int fileno, int64 line, const char *column)
{
	if (r->uris[fileno] == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(r->ctx);

		r->uris[fileno] = store_uri(r->spec.store, r->files[fileno].file->key);
		MemoryContextSwitchTo(old);
	}
	r->spec.position->uri = r->uris[fileno];
	r->spec.position->line = line;
	r->spec.position->column = column;
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

/*
 * Passes and partitions
 */

void
replay_add_counters(ReplayCounters *sum, const ReplayCounters *c)
{
	sum->base_files += c->base_files;
	sum->cdc_files += c->cdc_files;
	sum->base_bytes += c->base_bytes;
	sum->change_bytes += c->change_bytes;
	sum->change_bytes_read += c->change_bytes_read;
	sum->rows += c->rows;
	sum->ended |= c->ended;
	sum->files_read += c->files_read;
	sum->files_looked += c->files_looked;
	sum->looks_made += c->looks_made;
	sum->files_after += c->files_after;
	sum->files_before += c->files_before;
	sum->base_records += c->base_records;
	sum->change_records += c->change_records;
	sum->records_after += c->records_after;
	sum->records_before += c->records_before;
	sum->keys += c->keys;
	sum->splits += c->splits;
	sum->spill_bytes += c->spill_bytes;
	sum->files_sorted += c->files_sorted;
	sum->passes += c->passes;
	sum->upserting_updates += c->upserting_updates;
	sum->unknown_deletes += c->unknown_deletes;
	sum->repeated_inserts += c->repeated_inserts;
	sum->ties += c->ties;
	sum->never_supplied += c->never_supplied;
	sum->ran_back += c->ran_back;
	sum->duplicates += c->duplicates;
	sum->near_names += c->near_names;
	sum->repeated_base_keys += c->repeated_base_keys;
	sum->keyless |= c->keyless;
	sum->search_ended |= c->search_ended;
}

void
replay_count_merge(ReplayCounters *sum, MergeCounters m)
{
	sum->change_records += m.records;
	sum->change_bytes_read += m.bytes;
	sum->records_after += m.after;
	sum->records_before += m.before;
	sum->ran_back += m.ran_back;
	sum->files_sorted += m.files_sorted;
	sum->spill_bytes += m.spilled;
}

/*
 * The records that a search passed over unread may be earlier than those it
 * counted.  Returns true if one is not later than the instant, else *later says
 * whether there is any.
 */
static bool
passed_over_earlier(Replay *r, bool *later)
{
	LogRecord	rec;
	bool		earlier = false;

	for (int i = 0; i < r->ncdc && !earlier; i++)
	{
		LogReader  *reader = reader_open(r->spec.store, r->spec.config,
										 r->files[i].file, -1,
										 r->spec.position);

		while (!earlier && reader_next(reader, &rec))
		{
			CHECK_FOR_INTERRUPTS();
			*later = true;
			earlier = rec.time <= r->upper;
		}
		reader_close(reader);
	}
	return earlier;
}

/* No record is early enough: an error where there is one that is later. */
static void
check_before_first(Replay *r, const ReplayCounters *c, bool later)
{
	/* of transaction files the next may have other tables' records only */
	if (later ||
		(c->files_after > 0 && r->spec.config->cdc_path == NULL))
		replay_before_first(r);
}

void
replay_check_counted(Replay *r, const ReplayCounters *c)
{
	bool		later = c->records_after > 0;

	if (r->cut || r->nbase > 0 || c->records_after < c->change_records ||
		r->spec.config->before_base == BEFORE_BASE_EMPTY)
		return;
	if (r->search != NULL && r->search->filter != NULL &&
		passed_over_earlier(r, &later))
		return;
	check_before_first(r, c, later);
}

void
replay_check_unread(Replay *r)
{
	MemoryContext old = MemoryContextSwitchTo(r->ctx);
	bool		open = r->nbase > 0 && !r->empty &&
		r->spec.config->before_base != BEFORE_BASE_BASE &&
		!replay_load_was_over(r);
	bool		later = false;
	LogRecord	rec;

	if (r->nbase == 0 && r->ncdc > 0 && !r->cut &&
		r->spec.config->before_base != BEFORE_BASE_EMPTY &&
		!passed_over_earlier(r, &later))
		check_before_first(r, &r->counters, later);
	for (int i = 0; open && i < r->nbase; i++)
	{
		LogReader  *reader = reader_open(r->spec.store, r->spec.config,
										 r->files[r->ncdc + i].file, -1,
										 r->spec.position);

		while (reader_next(reader, &rec))
			base_check_time(r, &rec, r->ncdc + i);
		reader_close(reader);
	}
	MemoryContextSwitchTo(old);
}

void
replay_collect_merge(Replay *r)
{
	if (r->pass == 1)
		replay_count_merge(&r->counters, merge_take_counters(r->merge));
	merge_close(r->merge);
	r->merge = NULL;
	if (r->pass == 1)
		replay_check_counted(r, r->shared ? shared_findings(r) : &r->counters);
}

bool
replay_pass_is_over(Replay *r)
{
	return r->pass > 1 && pending_count(r->pending) == 0 &&
		r->next_found >= r->nfound;
}

static void
record_at(void *arg, int fileno, int64 line)
{
	replay_at(arg, fileno, line, NULL);
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
		.opened = replay_layout_seen,
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
	apply_reset(r);
	r->phase = is_shared(r) ? PHASE_SHARED : PHASE_CHANGES;
	if (is_shared(r))
	{
		/* the shared one takes its place */
		keytable_free(&r->table);
		r->table_ready = false;
	}
}

void
replay_go_on(Replay *r, const KeyTable *met)
{
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
	partition_adopt(r, met);
}

static int
search_cmp(const void *a, const void *b, void *arg)
{
	int64		x = ((const Search *) a)->ordinal;
	int64		y = ((const Search *) b)->ordinal;

	return x < y ? -1 : x > y;
}

/* bytes of notes on keys that less work_mem does not take away */
#define MIN_LIVE_NOTES	(256 * 1024)

/* Rows are left that another pass must complete. */
static void
begin_search_pass(Replay *r)
{
	if (r->live_notes == NULL)
		r->live_notes = livenotes_create(r->ctx,
										 Max(r->spec.memory / 4, MIN_LIVE_NOTES));
	if (r->found_searches)
		pfree(r->found_searches);
	r->found_searches = r->searches;
	r->nfound = r->nsearches;
	r->next_found = 0;
	r->searches = NULL;
	r->nsearches = r->maxsearches = 0;
	sort_items(r->found_searches, r->nfound, sizeof(Search), search_cmp, NULL);
	replay_check_bytes(r);
	replay_begin_pass(r);
}

/* The files of the splits become partitions to be walked. */
static void
push_parts(Replay *r)
{
	for (int l = 0; l < r->nlevels; l++)
	{
		for (int i = 1; i < SPILL_PARTS; i++)
		{
			SpillPart  *p = r->levels[l]->parts[i];

			r->counters.spill_bytes += p->bytes;
			p->next = r->parts;
			r->parts = p;
		}
		pfree(r->levels[l]);
	}
	r->nlevels = 0;
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

/* Every row that waited for this pass must have met its record. */
static void
check_searches(Replay *r)
{
	for (int64 i = 0; i < r->nfound; i++)
		if (r->found_searches[i].row != NULL)
			elog(ERROR, "record %lld was not met again",
				 (long long) r->found_searches[i].ordinal);
	r->nfound = 0;
}

/* The log or a partition is walked to its end: what is next? */
static void
next_part(Replay *r)
{
	if (r->part)
	{
		spill_free(r->part);
		r->part = NULL;
	}
	push_parts(r);
	if (r->parts != NULL)
	{
		r->part = r->parts;
		r->parts = r->part->next;
		spill_rewind(r->part);
		apply_reset(r);
		r->phase = PHASE_CHANGES;
		progress_tell(r->spec.progress);
		return;
	}
	check_searches(r);
	if (r->nsearches > 0)
	{
		begin_search_pass(r);
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
	r->search->ends = replay_load_was_over(r) ||
		r->spec.config->before_base == BEFORE_BASE_BASE;
	if (!r->search->ends)
		r->search->filter = NULL;
	/* a version's key has older ones, and all base rows are to be compared */
	if (r->versions != NULL || r->spec.config->check_base)
		r->search->ends = false;
}

bool
replay_search_is_over(Replay *r)
{
	KeySearch  *s = r->search;

	/* a key that no change decides may have any number of base rows */
	if (s == NULL || !s->ends || r->table.used < s->keys.used)
		return false;
	/* has the walk left the commit that key changes are kept for? */
	if (r->merge != NULL && pending_count(r->pending) > 0 &&
		merge_bound(r->merge) < r->record_time)
		pending_close_commit(r->pending, r->applied_commit);
	if (pending_count(r->pending) > 0)
		return false;
	r->counters.search_ended = true;
	return true;
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
			partition_item(r, &spilled);
		else
		{
			apply_end_changes(r);
			r->phase = PHASE_BASE;
		}
		MemoryContextSwitchTo(old);
		return;
	}
	if (!replay_pass_is_over(r) && !replay_search_is_over(r) &&
		merge_next(r->merge, &item))
	{
		apply_record(r, &item);
		return;
	}
	replay_collect_merge(r);
	apply_end_changes(r);
	r->phase = PHASE_BASE;
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
			replay_select(r);
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
			shared_step(r);
		else if (r->phase == PHASE_CHANGES)
			step_changes(r);
		else if (r->phase == PHASE_BASE)
			base_step(r);
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
		replay_at(r, row->fileno, row->line, NULL);
		r->counters.rows++;
	}
	return row;
}
