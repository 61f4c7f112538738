/*-------------------------------------------------------------------------
 *
 * forward.c
 *	  What happened to one key, or to keys that rows moved between, oldest
 *	  first.
 *
 * Within a commit a key holds the rows that commit_queue.h says; each row that
 * leaves the queue is a version that ends.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "replay/basekeys.h"
#include "replay/commit_queue.h"
#include "replay/output.h"
#include "replay/selection.h"
#include "replay/versions.h"

typedef struct KeyState
{
	KeyIdent	id;
	char		status;			/* of the hash table */
	bool		touched;		/* in the commit at hand */
	LogOp		last_op;		/* … by this last */
	CommitQueue rows;
	Row		   *before;			/* ended in the commit: rows that come out with
								 * the operation of the key's last change */
	Row		   *twins;			/* base rows behind the first, no change met */
} KeyState;

#define SH_PREFIX states
#define SH_ELEMENT_TYPE KeyState
#define SH_KEY_TYPE KeyIdent
#define SH_KEY id
#define SH_HASH_KEY(tb, key) ((uint32) key_hash(key, 0))
#define SH_EQUAL(tb, x, y) key_equal(x, y)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* a table that grew larger is not emptied, but made anew */
#define SMALL_TABLE		64

struct Forward
{
	Replay	   *r;
	bool		linked;			/* a row's other key is in its group */
	states_hash *states;
	KeyIdent   *touched;		/* of the commit at hand */
	int			ntouched;
	int			maxtouched;
	bool		in_commit;
	TimestampTz now;
	MemoryContext item_ctx;		/* of cells found for one item */
};

Forward *
forward_open(Replay *r, bool linked)
{
	Forward    *f = MemoryContextAllocZero(r->ctx, sizeof(Forward));

	f->r = r;
	f->linked = linked;
	f->states = states_create(r->ctx, SMALL_TABLE / 2, NULL);
	f->item_ctx = AllocSetContextCreate(r->ctx, "cdc_fdw version",
										ALLOCSET_SMALL_SIZES);
	return f;
}

static void
hand_out(Forward *f, Row *row, TimestampTz until, LogOp op)
{
	row->until = until;
	row->end_op = op;
	row->next = NULL;
	output_queue(f->r, row);
}

/* A row has left the key's queue. */
static void
end_row(Forward *f, KeyState *k, Row *row)
{
	if (row->time >= f->now &&
		(row->base || !f->r->spec.config->each_version))
	{
		pfree(row);
		return;
	}
	row->next = k->before;
	k->before = row;
}

static void
close_commit(Forward *f)
{
	for (int i = 0; i < f->ntouched; i++)
	{
		KeyState   *k = states_lookup(f->states, f->touched[i]);
		Row		   *row;

		CHECK_FOR_INTERRUPTS();
		while ((row = commit_queue_end(&k->rows)) != NULL)
			end_row(f, k, row);
		while ((row = k->before) != NULL)
		{
			k->before = row->next;
			hand_out(f, row, f->now, k->last_op);
		}
		k->touched = false;
	}
	f->ntouched = 0;
	f->in_commit = false;
}

/* The first change of a key that several base rows have replaces them all. */
static void
decide_twins(Forward *f, KeyState *k)
{
	while (k->twins != NULL)
	{
		Row		   *row = k->twins;

		k->twins = row->next;
		if (basekeys_repeat(f->r, k->id, true))
			end_row(f, k, row);
		else
			pfree(row);
	}
}

/* The state of a key, which has no row if it was not met yet. */
static KeyState *
open_state(Forward *f, KeyIdent id)
{
	bool		found;
	KeyState   *k = states_insert(f->states, id, &found);

	if (!found)
	{
		k->rows = (CommitQueue) {0};
		k->before = k->twins = NULL;
		k->touched = false;
	}
	return k;
}

static KeyState *
touch(Forward *f, KeyIdent id, LogOp op)
{
	KeyState   *k = open_state(f, id);

	decide_twins(f, k);
	k->last_op = op;
	if (k->touched)
		return k;
	k->touched = true;
	if (f->ntouched == f->maxtouched)
	{
		f->maxtouched = Max(16, f->maxtouched * 2);
		f->touched = f->touched
			? repalloc_huge(f->touched, sizeof(KeyIdent) * f->maxtouched)
			: MemoryContextAlloc(f->r->ctx, sizeof(KeyIdent) * f->maxtouched);
	}
	f->touched[f->ntouched++] = id;
	return k;
}

/* The row that a removal of the key takes, which is then no more there. */
static Row *
take(Forward *f, KeyIdent id, LogOp op)
{
	KeyState   *k = touch(f, id, op);
	Row		   *row = commit_queue_take(&k->rows);

	if (row == NULL)
	{
		if (op == LOG_DELETE)
			f->r->counters.unknown_deletes++;
		else
			f->r->counters.upserting_updates++;
	}
	return row;
}

/* The row of the item with all cells that older versions supply; a copy. */
static Row *
complete(Forward *f, const VersionItem *item, const Row *source)
{
	Row		   *row = item->row;
	MemoryContext old;

	MemoryContextReset(f->item_ctx);
	old = MemoryContextSwitchTo(f->item_ctx);
	if (row->nmissing > 0 && item->kind != EVENT_INSERT && source != NULL)
		row_fill(row, source);
	f->r->counters.never_supplied += row_end(row);
	MemoryContextSwitchTo(f->r->ctx);
	row = row_copy(row);
	MemoryContextSwitchTo(old);
	return row;
}

static void
set(Forward *f, const VersionItem *item)
{
	Row		   *taken = NULL;
	Row		   *row;
	Row		   *replaced;
	KeyState   *k;
	bool		was_live;

	if (item->kind == EVENT_TAKE && f->linked)
		taken = take(f, item->other, item->op);
	k = touch(f, item->id, item->op);
	/* a key change delivered before finds its row here already */
	was_live = k->rows.last != NULL;
	row = complete(f, item, taken ? taken : k->rows.last);
	if (taken != NULL)
		end_row(f, states_lookup(f->states, item->other), taken);
	if (item->kind == EVENT_INSERT)
		f->r->counters.repeated_inserts += was_live;
	else if (item->kind == EVENT_UPDATE && item->op == LOG_UPDATE)
		f->r->counters.upserting_updates += !was_live;
	replaced = commit_queue_put(&k->rows, row, item->kind == EVENT_TAKE);
	if (replaced != NULL)
		end_row(f, k, replaced);
}

/* Under a sequence without commit times, files may come out of turn. */
static void
check_order(Forward *f, const VersionItem *item)
{
	if (!f->in_commit || item->time >= f->now)
		return;
	if (item->row != NULL)
		selection_at(f->r, item->row->fileno, item->row->line, NULL);
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("the sequence of changes does not rise with the times of their files"),
			 errdetail("Versions of rows with before images, or with values that were not supplied, cannot be told then."),
			 errhint("Ask for snapshots, or let the task write commit times (TimestampColumnName).")));
}

void
forward_item(Forward *f, const VersionItem *item)
{
	Row		   *row;

	if (item->row != NULL && item->row->base)
	{
		/* before all changes, and of no commit */
		KeyState   *k = open_state(f, item->id);

		f->now = DT_NOBEGIN;
		row = complete(f, item, NULL);
		if (k->rows.last == NULL)
			(void) commit_queue_put(&k->rows, row, false);
		else
		{
			row->next = k->twins;
			k->twins = row;
		}
		return;
	}
	check_order(f, item);
	if (f->in_commit && item->time != f->now)
		close_commit(f);
	f->in_commit = true;
	f->now = item->time;
	if (item->kind != EVENT_REMOVE)
	{
		set(f, item);
		return;
	}
	row = take(f, item->id, item->op);
	if (row != NULL)
		end_row(f, states_lookup(f->states, item->id), row);
}

void
forward_end(Forward *f)
{
	states_iterator it;
	KeyState   *k;

	close_commit(f);
	states_start_iterate(f->states, &it);
	while ((k = states_iterate(f->states, &it)) != NULL)
	{
		if (k->rows.last != NULL)
			hand_out(f, k->rows.last, DT_NOEND, LOG_UPSERT);
		while (k->twins != NULL)
		{
			Row		   *row = k->twins;

			k->twins = row->next;
			if (basekeys_repeat(f->r, k->id, false))
				hand_out(f, row, DT_NOEND, LOG_UPSERT);
			else
				pfree(row);
		}
	}
	if (f->states->size <= SMALL_TABLE)
	{
		states_reset(f->states);
		return;
	}
	states_destroy(f->states);
	f->states = states_create(f->r->ctx, SMALL_TABLE / 2, NULL);
}
