/*-------------------------------------------------------------------------
 *
 * keys.c
 *	  What a walk knows of the keys that it met.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "port/atomics.h"
#include "utils/memutils.h"

#include "base/sort.h"
#include "replay/keys.h"
#include "replay/output.h"
#include "replay/selection.h"
#include "replay/shared.h"

void
keys_search_later(void *arg, const Search *search)
{
	Replay	   *r = arg;
	MemoryContext old = MemoryContextSwitchTo(r->ctx);

	if (r->nsearches == r->maxsearches)
	{
		r->maxsearches = Max(16, r->maxsearches * 2);
		r->searches = r->searches
			? repalloc_huge(r->searches, sizeof(Search) * r->maxsearches)
			: palloc(sizeof(Search) * r->maxsearches);
	}
	r->searches[r->nsearches] = *search;
	/* pending memory ends with the pass */
	r->searches[r->nsearches].row = row_copy(search->row);
	r->nsearches++;
	pending_free_row(search->row);
	MemoryContextSwitchTo(old);
}

static void
count_never_supplied(void *arg, int cells)
{
	((Replay *) arg)->counters.never_supplied += cells;
}

void
keys_new_pending(Replay *r)
{
	PendingSink sink = {output_queue, keys_search_later, count_never_supplied, r};

	r->pending_ctx = AllocSetContextCreate(r->ctx, "cdc_fdw pending",
										   ALLOCSET_DEFAULT_SIZES);
	/* the first pass asks nothing, since most logs need no other */
	r->pending = pending_create(r->pending_ctx, &sink, r->can_miss,
								r->pass > 1 ? r->live_notes : NULL);
}

void
keys_reset(Replay *r)
{
	if (r->table_ready)
		keytable_free(&r->table);
	keytable_init(&r->table, r->ctx, NULL, r->versions != NULL);
	r->table.little = r->spec.memory / 8;
	r->table_ready = true;
	if (r->pending_ctx)
		MemoryContextDelete(r->pending_ctx);
	keys_new_pending(r);
	r->applied_commit = 0;
	r->commit_number = 1;
}

void
keys_judge(Replay *r, KeyNote *e, bool found, LogOp op)
{
	static const uint8 last_of_op[] = {
		[LOG_UPSERT] = KEY_LAST_NONE,
		[LOG_INSERT] = KEY_LAST_INSERT,
		[LOG_UPDATE] = KEY_LAST_UPDATE,
		[LOG_DELETE] = KEY_LAST_DELETE
	};

	keys_judge_met(r, e, found, last_of_op[op], op != LOG_DELETE);
}

bool
keys_judge_base(Replay *r, KeyNote *e)
{
	uint32		was = e->meta;
	uint32		now;
	bool		first;

	StaticAssertStmt(sizeof(pg_atomic_uint32) == sizeof(e->meta),
					 "a note can be changed by several processes");
	do
	{
		first = (was & KEY_BASE_MET) != KEY_BASE_MET;
		now = (was & ~KEY_LAST_MASK) | KEY_BASE_MET |
			(first ? KEY_LAST_NONE : KEY_LAST_INSERT);
		/* another process may meet another row of the key at this moment */
		if (!is_shared(r))
			e->meta = now;
	} while (is_shared(r) &&
			 !pg_atomic_compare_exchange_u32((pg_atomic_uint32 *) &e->meta,
											 &was, now));
	if (first)
		keys_judge_last(r, was, true);
	else
		r->counters.repeated_base_keys++;
	return first;
}

void
keys_undecided(Replay *r, KeyIdent id)
{
	bool		found;

	if (r->search != NULL)
		(void) keys_judge_base(r, keytable_insert(&r->search->met, id, &found));
}

/* Returns true if a search of this pass goes on at the record. */
bool
keys_is_searched(Replay *r, int64 ordinal)
{
	while (r->next_found < r->nfound &&
		   r->found_searches[r->next_found].ordinal < ordinal)
		r->next_found++;
	return r->next_found < r->nfound &&
		r->found_searches[r->next_found].ordinal == ordinal;
}

/* The searches that this change is met for; a list of their rows. */
Row *
keys_found(Replay *r, const Change *c)
{
	Row		   *rows = NULL;

	if (!keys_is_searched(r, c->ordinal))
		return NULL;
	for (int64 i = r->next_found; i < r->nfound &&
		 r->found_searches[i].ordinal == c->ordinal; i++)
	{
		Search	   *s = &r->found_searches[i];
		Row		   *row = s->row;
		Row		   *kept;

		if (row == NULL || !key_equal(s->other, c->id) ||
			(s->end == SEARCH_BEHIND) != (c->kind == EVENT_TAKE))
			continue;
		kept = keys_keep_row(r, row);
		pending_free_row(row);
		s->row = NULL;
		kept->next = rows;
		rows = kept;
	}
	return rows;
}

Row *
keys_keep_row(Replay *r, const Row *row)
{
	MemoryContext old;
	Row		   *kept;

	if (row == NULL)
		return NULL;
	old = MemoryContextSwitchTo(r->pending_ctx);
	kept = row_copy(row);
	MemoryContextSwitchTo(old);
	return kept;
}

bool
keys_before(Replay *r, KeyIdent now, KeyIdent *old)
{
	const LogRecord *rec = merge_record(r->merge);

	/* its reader may have gone on, or be closed */
	selection_at(r, r->item_file, record_line(rec), NULL);
	return key_before_record(r->keys, rec, now, old);
}

bool
keys_all_decided(Replay *r)
{
	/* has the walk left the commit that key changes are kept for? */
	if (r->merge != NULL && pending_count(r->pending) > 0 &&
		merge_bound(r->merge) < r->record_time)
		pending_close_commit(r->pending, r->applied_commit);
	if (pending_count(r->pending) > 0)
		return false;
	r->counters.search_ended = true;
	return true;
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

bool
keys_begin_search(Replay *r)
{
	check_searches(r);
	if (r->nsearches == 0)
		return false;
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
	return true;
}

void
keys_end(Replay *r)
{
	uint64		at = 0;
	KeyIdent	id;
	KeyNote    *note;

	pending_finish(r->pending);
	if (r->pass > 1)
		return;
	r->counters.keys += r->table.used;
	/* what a search did not look at might have told */
	if (!r->keyed || r->counters.search_ended || r->cut_below)
		return;
	while ((note = keytable_next(&r->table, &at, &id)) != NULL)
		keys_judge_last(r, note->meta, false);
}
