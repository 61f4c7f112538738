/*-------------------------------------------------------------------------
 *
 * apply.c
 *	  What a change does to its key, newest first.
 *
 * The first change met of a key decides it: an insert or update is a row, a
 * delete is none.  Of older ones only op, key and before-image key matter.
 * What cannot be decided at once is pending.c's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "port/atomics.h"
#include "utils/memutils.h"

#include "replay/shared.h"
#include "replay/versions.h"

void
apply_search_later(void *arg, const Search *search)
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
apply_new_pending(Replay *r)
{
	PendingSink sink = {output_queue, apply_search_later, count_never_supplied, r};

	r->pending_ctx = AllocSetContextCreate(r->ctx, "cdc_fdw pending",
										   ALLOCSET_DEFAULT_SIZES);
	/* the first pass asks nothing, since most logs need no other */
	r->pending = pending_create(r->pending_ctx, &sink, r->can_miss,
								r->pass > 1 ? r->live_notes : NULL);
}

void
apply_reset(Replay *r)
{
	if (r->table_ready)
		keytable_free(&r->table);
	keytable_init(&r->table, r->ctx, NULL, r->versions != NULL);
	r->table.little = r->spec.memory / 8;
	r->table_ready = true;
	if (r->pending_ctx)
		MemoryContextDelete(r->pending_ctx);
	apply_new_pending(r);
	r->applied_commit = 0;
	r->commit_number = 1;
}

/* The walk meets a change of this commit: has it left another? */
static void
enter_commit(Replay *r, int64 commit)
{
	if (commit == r->applied_commit)
		return;
	pending_close_commit(r->pending, r->applied_commit);
	r->applied_commit = commit;
	if (r->commit_number < KEY_TIME_MAX)
		r->commit_number++;
}

void
apply_enter_commit(Replay *r)
{
	enter_commit(r, r->commit);
}

/*
 * Count what is legal but doubtful: the change that was met last of a key
 * wanted a row to be there before it, or wanted none.  Which one it was, and
 * what comes, is not foreseeable: without branches.
 */
static inline void
judge_last(Replay *r, uint32 meta, bool older_is_row)
{
	uint32		last = meta & KEY_LAST_MASK;
	ReplayCounters *c = &r->counters;

	c->repeated_inserts += (last == KEY_LAST_INSERT) & older_is_row;
	c->upserting_updates += (last == KEY_LAST_UPDATE) & !older_is_row;
	c->unknown_deletes += (last == KEY_LAST_DELETE) & !older_is_row;
}

/* A change is met of a key, which is KEY_LAST_* for the next older one. */
static inline void
judge_met(Replay *r, KeyNote *e, bool found, uint32 last, bool is_row)
{
	bool		counts_ties = r->spec.config->sequence < 0 &&
		r->spec.config->timestamp_column != NULL;

	judge_last(r, found ? e->meta : 0, is_row);
	r->counters.ties += found & counts_ties &
		(e->meta >> KEY_TIME_SHIFT == r->commit_number);
	e->meta = KEY_USED | last | (r->commit_number << KEY_TIME_SHIFT);
}

void
apply_judge(Replay *r, KeyNote *e, bool found, LogOp op)
{
	static const uint8 last_of_op[] = {
		[LOG_UPSERT] = KEY_LAST_NONE,
		[LOG_INSERT] = KEY_LAST_INSERT,
		[LOG_UPDATE] = KEY_LAST_UPDATE,
		[LOG_DELETE] = KEY_LAST_DELETE
	};

	judge_met(r, e, found, last_of_op[op], op != LOG_DELETE);
}

static void
judge_change(Replay *r, KeyNote *e, bool found, const Change *c)
{
	uint32		last;

	if (c->kind == EVENT_REMOVE)
		last = c->op == LOG_DELETE ? KEY_LAST_DELETE : KEY_LAST_UPDATE;
	else if (c->kind == EVENT_INSERT)
		last = KEY_LAST_INSERT;
	else if (c->kind == EVENT_UPDATE && c->op == LOG_UPDATE)
		last = KEY_LAST_UPDATE;
	else
		last = KEY_LAST_NONE;
	judge_met(r, e, found, last, c->kind != EVENT_REMOVE);
}

bool
apply_judge_base(Replay *r, KeyNote *e)
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
		judge_last(r, was, true);
	else
		r->counters.repeated_base_keys++;
	return first;
}

/* Returns true if a search of this pass goes on at the record. */
static bool
is_searched(Replay *r, int64 ordinal)
{
	while (r->next_found < r->nfound &&
		   r->found_searches[r->next_found].ordinal < ordinal)
		r->next_found++;
	return r->next_found < r->nfound &&
		r->found_searches[r->next_found].ordinal == ordinal;
}

/* The searches that this change is met for; a list of their rows. */
static Row *
found_search(Replay *r, const Change *c)
{
	Row		   *rows = NULL;

	if (!is_searched(r, c->ordinal))
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
		kept = output_keep_row(r, row);
		pending_free_row(row);
		s->row = NULL;
		kept->next = rows;
		rows = kept;
	}
	return rows;
}

/*
 * A change in a pass that searches.  Both halves of a key change are kept where
 * a search goes on at one of them, or may come to it from a key that is kept:
 * it then goes its way through the commit in this pass.
 */
static void
search_change(Replay *r, const Change *c)
{
	Row		   *seeker = found_search(r, c);
	bool		wanted = seeker != NULL ||
		pending_find(r->pending, c->id) != NULL;

	if (!key_equal(c->id, c->other))
		wanted |= is_searched(r, c->ordinal) ||
			pending_find(r->pending, c->other) != NULL;
	if (wanted)
		pending_event(r->pending, c->id, false, c->kind, c->ordinal, c->other,
					  c->kind != EVENT_REMOVE ? output_change_row(r, c) : NULL,
					  seeker);
}

/*
 * A row of this key begins or changes.  Returns the row (copied) when it came
 * from another key and cells are missing that the row there has.
 */
static Row *
apply_set(Replay *r, const Change *c)
{
	bool		found;
	KeyNote    *e;
	const Row  *row;
	Row		   *copy;
	MemoryContext old;

	e = keytable_insert(&r->table, c->id, &found);
	judge_change(r, e, found, c);
	if (pending_count(r->pending) > 0 &&
		pending_find(r->pending, c->id) != NULL)
	{
		pending_event(r->pending, c->id, false, c->kind, c->ordinal, c->other,
					  output_change_row(r, c), NULL);
		return NULL;
	}
	if (found)
		return NULL;
	row = output_change_row(r, c);
	if (row->nmissing == 0)
	{
		output_emit(r, row);
		return NULL;
	}
	if (c->kind == EVENT_INSERT)
	{
		output_emit(r, row);
		r->counters.never_supplied += row_end(r->scratch);
		return NULL;
	}
	old = MemoryContextSwitchTo(r->pending_ctx);
	copy = row_copy(row);
	MemoryContextSwitchTo(old);
	/* what the commit did to the key before may matter to the search */
	pending_event(r->pending, c->id, false, c->kind, c->ordinal, c->other,
				  NULL, c->kind == EVENT_TAKE ? NULL : copy);
	return c->kind == EVENT_TAKE ? copy : NULL;
}

/* A row of this key ends; seeker is what it became elsewhere, or NULL. */
static void
apply_remove(Replay *r, const Change *c, Row *seeker)
{
	bool		key_changes = r->spec.config->key_changes;
	bool		found;
	KeyNote    *e;

	e = keytable_insert(&r->table, c->id, &found);
	judge_change(r, e, found, c);
	if (seeker != NULL ||
		(pending_count(r->pending) > 0 &&
		 pending_find(r->pending, c->id) != NULL) ||
		(key_changes && (!found || r->can_miss)))
		pending_event(r->pending, c->id, !found, EVENT_REMOVE, c->ordinal,
					  c->other, NULL, seeker);
}

/*
 * Changes
 */

Row *
apply_change(Replay *r, const Change *c, Row *seeker)
{
	SpillPart  *part = partition_route(r, c->id);

	if (part != NULL)
	{
		partition_change(r, part, c, seeker);
		return NULL;
	}
	if (r->search != NULL && !search_has(r->search, c->id))
		return NULL;			/* the other half of a key change */
	enter_commit(r, c->commit);
	if (r->pass > 1)
	{
		search_change(r, c);
		return NULL;
	}
	if (c->kind != EVENT_REMOVE)
		return apply_set(r, c);
	apply_remove(r, c, seeker);
	return NULL;
}

void
apply_check_keyless(Replay *r, LogOp op, int64 line, int fileno)
{
	if (op == LOG_UPDATE || op == LOG_DELETE)
	{
		replay_at(r, fileno, line, NULL);
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("a table without a key has %s",
						op == LOG_UPDATE ? "an update" : "a delete"),
				 errhint("Mark the columns of its key with column option key 'true'.")));
	}
}

static void
keyless_record(Replay *r, const LogRecord *rec, int fileno)
{
	KeyIdent	id;
	bool		found = false;

	apply_check_keyless(r, rec->op, record_line(rec), fileno);
	if (r->dedupe_sequence && key_of_sequence(r->keys, rec, &id))
	{
		SpillPart  *part = partition_route(r, id);
		Change		c = {EVENT_INSERT, rec->op, id, id, r->ordinal, r->commit,
		NULL, fileno};

		if (part != NULL)
		{
			partition_change(r, part, &c, NULL);
			return;
		}
		keytable_insert(&r->table, id, &found);
	}
	if (!found)
		output_emit(r, output_row(r, rec, fileno));
}

bool
apply_before_key(Replay *r, KeyIdent now, KeyIdent *old)
{
	const LogRecord *rec = merge_record(r->merge);

	/* its reader may have gone on, or be closed */
	replay_at(r, r->item_file, record_line(rec), NULL);
	return key_before_record(r->keys, rec, now, old);
}

/* Count the record that is met next, and its commit if that is another. */
static void
count_record(Replay *r, TimestampTz time)
{
	r->ordinal++;
	if (r->commit == 0 || time != r->record_time)
		r->commit++;
	r->record_time = time;
}

EventKind
apply_kind(LogOp op)
{
	return op == LOG_DELETE ? EVENT_REMOVE :
		op == LOG_INSERT ? EVENT_INSERT : EVENT_UPDATE;
}

/* The same where rows are versions: the entry keeps how its version ended. */
static bool
decide_version(Replay *r, RunEntry *entry)
{
	KeyIdent	id = {entry->key_a, entry->key_b};
	TimestampTz until = DT_NOEND;
	LogOp		end_op = LOG_UPSERT;
	bool		is_row = true;

	count_record(r, entry->time);
	if (r->keyed)
	{
		apply_enter_commit(r);
		is_row = versions_decide(r, id, entry->time,
								 entry->op & ENTRY_OP_MASK, &until, &end_op);
	}
	entry->key_a = (uint64) until;
	entry->op |= end_op << ENTRY_END_SHIFT;
	return is_row;
}

bool
apply_decide(Replay *r, RunEntry *entry)
{
	LogOp		op = entry->op & ENTRY_OP_MASK;
	KeyIdent	id = {entry->key_a, entry->key_b};
	KeyNote    *e;
	bool		found;

	if (r->versions != NULL)
		return decide_version(r, entry);
	count_record(r, entry->time);
	if (!r->keyed)
		return true;
	enter_commit(r, r->commit);
	e = keytable_insert(&r->table, id, &found);
	apply_judge(r, e, found, op);
	return !found & (op != LOG_DELETE);
}

void
apply_record(Replay *r, const MergeItem *item)
{
	Change		c = {EVENT_INSERT, item->op};
	Row		   *seeker;
	KeyIdent	old;

	count_record(r, item->time);
	r->item_file = item->fileno;
	if (r->versions != NULL)
	{
		versions_record(r, item);
		return;
	}
	partition_check_memory(r);
	if (!r->keyed)
	{
		keyless_record(r, merge_record(r->merge), item->fileno);
		return;
	}
	c.id = c.other = item->id;
	c.ordinal = r->ordinal;
	c.commit = r->commit;
	c.fileno = item->fileno;
	if (item->op == LOG_UPDATE && r->spec.config->key_changes &&
		apply_before_key(r, c.id, &old))
	{
		/* newest first: the row arrives, then it leaves the old key */
		c.kind = EVENT_TAKE;
		c.other = old;
		seeker = apply_change(r, &c, NULL);
		c.kind = EVENT_REMOVE;
		c.other = c.id;
		c.id = old;
		apply_change(r, &c, seeker);
	}
	else
	{
		c.kind = apply_kind(item->op);
		apply_change(r, &c, NULL);
	}
	/* without key changes a commit's bounds mean nothing */
	if (!r->spec.config->key_changes)
		pending_close_commit(r->pending, r->applied_commit);
}

/*
 * Base rows
 */

bool
apply_base(Replay *r, KeyIdent id, const Row *row)
{
	PendingKey *key;
	KeyNote    *e;
	bool		found;

	if (pending_count(r->pending) > 0 &&
		(key = pending_find(r->pending, id)) != NULL)
		pending_base(r->pending, key, row);
	if (r->pass > 1)
		return false;
	if (r->spec.config->check_base)
		e = keytable_insert(&r->table, id, &found);
	else
		found = (e = keytable_find(&r->table, id)) != NULL;
	if (e == NULL)
		basekeys_undecided(r, id);
	else
		apply_judge_base(r, e);
	return !found;
}

void
apply_end_changes(Replay *r)
{
	partition_end(r);
	pending_close_commit(r->pending, r->applied_commit);
	if (r->versions != NULL)
		versions_end_changes(r);
}

void
apply_end(Replay *r)
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
		judge_last(r, note->meta, false);
}
