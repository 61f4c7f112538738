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

#include "replay/apply.h"
#include "replay/check.h"
#include "replay/keys.h"
#include "replay/output.h"
#include "replay/partition.h"
#include "replay/shared.h"
#include "replay/versions.h"

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
	keys_judge_met(r, e, found, last, c->kind != EVENT_REMOVE);
}

/*
 * A change in a pass that searches.  Both halves of a key change are kept where
 * a search goes on at one of them, or may come to it from a key that is kept:
 * it then goes its way through the commit in this pass.
 */
static void
search_change(Replay *r, const Change *c)
{
	Row		   *seeker = keys_found(r, c);
	bool		wanted = seeker != NULL ||
		pending_find(r->pending, c->id) != NULL;

	if (!key_equal(c->id, c->other))
		wanted |= keys_is_searched(r, c->ordinal) ||
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
	keys_enter_commit(r, c->commit);
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

static void
keyless_record(Replay *r, const LogRecord *rec, int fileno)
{
	KeyIdent	id;
	bool		found = false;

	check_keyless(r, rec->op, record_line(rec), fileno);
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

/* Count the record that is met next, and its commit if that is another. */
static void
count_record(Replay *r, TimestampTz time)
{
	r->ordinal++;
	if (r->commit == 0 || time != r->record_time)
		r->commit++;
	r->record_time = time;
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
		keys_enter_commit(r, r->commit);
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
	keys_enter_commit(r, r->commit);
	e = keytable_insert(&r->table, id, &found);
	keys_judge(r, e, found, op);
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
		keys_before(r, c.id, &old))
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
		c.kind = pending_kind(item->op);
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
		keys_undecided(r, id);
	else
		keys_judge_base(r, e);
	return !found;
}
