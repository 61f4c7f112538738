/*-------------------------------------------------------------------------
 *
 * pending.c
 *	  Keys about which the walk cannot decide at once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "replay/settle.h"

#define SH_PREFIX pendinghash
#define SH_ELEMENT_TYPE PendingKey
#define SH_KEY_TYPE KeyIdent
#define SH_KEY id
#define SH_HASH_KEY(tb, key) ((uint32) key_hash(key, 1))
#define SH_EQUAL(tb, x, y) key_equal(x, y)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

Pending *
pending_create(MemoryContext ctx, const PendingSink *sink, bool can_miss,
			   LiveNotes *notes)
{
	Pending    *p = MemoryContextAllocZero(ctx, sizeof(Pending));

	p->ctx = ctx;
	p->sink = *sink;
	p->can_miss = can_miss;
	p->notes = notes;
	p->keys = pendinghash_create(ctx, 64, NULL);
	return p;
}

int64
pending_count(const Pending *p)
{
	return p->keys->members;
}

PendingKey *
pending_find(Pending *p, KeyIdent id)
{
	return pendinghash_lookup(p->keys, id);
}

void
pending_free_row(Row *row)
{
	char	   *end;

	if (row == NULL)
		return;
	/* cells filled in later have chunks of their own, outside the row's */
	end = (char *) row + GetMemoryChunkSpace(row);
	for (int i = 0; i < row->ncells; i++)
	{
		char	   *data = (char *) row->cells[i].data;

		if (row->cells[i].state == CELL_VALUE && data != NULL &&
			(data < (char *) row || data >= end))
			pfree(data);
	}
	pfree(row);
}

static PendingKey *
open_key(Pending *p, KeyIdent id)
{
	bool		found;
	PendingKey *key = pendinghash_insert(p->keys, id, &found);

	if (!found)
	{
		char		status = key->status;

		memset(key, 0, sizeof(PendingKey));
		key->id = id;
		key->status = status;
	}
	return key;
}

static void
close_key(Pending *p, PendingKey *key)
{
	if (key->events)
		pfree(key->events);
	if (key->waiters)
		pfree(key->waiters);
	if (key->questions)
		pfree(key->questions);
	pendinghash_delete_item(p->keys, key);
}

void
pending_add_waiter(PendingKey *key, const Search *dead, const Search *live)
{
	key->waiters = key->waiters
		? repalloc_huge(key->waiters, (key->nwaiters + 1) * sizeof(Waiter))
		: palloc(sizeof(Waiter));
	key->waiters[key->nwaiters].way[0] = *dead;
	key->waiters[key->nwaiters].way[1] = *live;
	key->nwaiters++;
}

void
pending_event(Pending *p, KeyIdent id, bool undecided, EventKind kind,
			  int64 ordinal, KeyIdent other, const Row *row, Row *seeker)
{
	MemoryContext old = MemoryContextSwitchTo(p->ctx);
	PendingKey *key = open_key(p, id);
	Event	   *e;

	key->undecided |= undecided;
	if (!key->active)
	{
		if (p->nactive == p->maxactive)
		{
			p->maxactive = Max(16, p->maxactive * 2);
			p->active = p->active
				? repalloc_huge(p->active, p->maxactive * sizeof(KeyIdent))
				: palloc(p->maxactive * sizeof(KeyIdent));
		}
		p->active[p->nactive++] = id;
		key->active = true;
	}
	if (key->nevents == key->maxevents)
	{
		key->maxevents = Max(2, key->maxevents * 2);
		key->events = key->events
			? repalloc_huge(key->events, key->maxevents * sizeof(Event))
			: palloc(key->maxevents * sizeof(Event));
	}
	e = &key->events[key->nevents++];
	e->kind = kind;
	e->ordinal = ordinal;
	e->other = other;
	/* without cells to be searched, all that comes out is the newest row */
	e->row = row && (p->can_miss || !key->has_set) ? row_copy(row) : NULL;
	e->seeker = seeker;
	key->has_set |= kind != EVENT_REMOVE;
	MemoryContextSwitchTo(old);
}

/*
 * Settling takes time in proportion to the events of the commit and to what
 * waits for it: all loops over these listen to interrupts.
 */
static PendingKey *
next_active(Pending *p, int i)
{
	CHECK_FOR_INTERRUPTS();
	return pending_find(p, p->active[i]);
}

void
pending_close_commit(Pending *p, int64 commit)
{
	MemoryContext old;

	if (p->nactive == 0)
		return;
	old = MemoryContextSwitchTo(p->ctx);
	p->commit = commit;
	/* searches of this commit must not step through it again: set old apart */
	for (int i = 0; i < p->nactive; i++)
	{
		PendingKey *key = next_active(p, i);

		settle_questions(p, key);
		key->old_waiters = key->waiters;
		key->nold_waiters = key->nwaiters;
		key->had_candidate = key->has_candidate;
		key->old_candidate = key->candidate;
		key->waiters = NULL;
		key->nwaiters = 0;
		key->has_candidate = false;
	}
	for (int i = 0; i < p->nactive; i++)
		settle_active(p, next_active(p, i));
	for (int i = 0; i < p->nactive; i++)
	{
		PendingKey *key = next_active(p, i);

		for (int e = 0; e < key->nevents; e++)
			settle_seekers(p, key, e);
	}
	for (int i = 0; i < p->nactive; i++)
	{
		PendingKey *key = next_active(p, i);

		settle_forget_events(key);
		if (key->nwaiters == 0 && !key->has_candidate && key->nquestions == 0)
			close_key(p, key);
	}
	p->nactive = 0;
	MemoryContextSwitchTo(old);
}

/*
 * The end of a key
 */

void
pending_base(Pending *p, PendingKey *key, const Row *base)
{
	MemoryContext old = MemoryContextSwitchTo(p->ctx);
	PendingKey	was = *key;

	settle_answers(p, key, base != NULL);
	key->waiters = NULL;
	close_key(p, key);
	if (was.has_candidate)
	{
		if (base != NULL)
			settle_search(p, &was.candidate);
		else
			pending_free_row(was.candidate.row);
	}
	for (int i = 0; i < was.nwaiters; i++)
	{
		CHECK_FOR_INTERRUPTS();
		settle_waiter(p, &was.waiters[i], base);
	}
	if (was.waiters)
		pfree(was.waiters);
	MemoryContextSwitchTo(old);
}

void
pending_finish(Pending *p)
{
	pendinghash_iterator it;
	PendingKey *key;

	Assert(p->nactive == 0);
	pendinghash_start_iterate(p->keys, &it);
	while ((key = pendinghash_iterate(p->keys, &it)) != NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(p->ctx);

		settle_answers(p, key, false);
		if (key->has_candidate)
			pending_free_row(key->candidate.row);
		for (int i = 0; i < key->nwaiters; i++)
		{
			CHECK_FOR_INTERRUPTS();
			settle_waiter(p, &key->waiters[i], NULL);
		}
		if (key->waiters)
			pfree(key->waiters);
		if (key->questions)
			pfree(key->questions);
		if (key->events)
			pfree(key->events);
		MemoryContextSwitchTo(old);
	}
	pendinghash_reset(p->keys);
}

/*
 * Moving keys to another partition
 */

void
pending_restore_candidate(Pending *p, KeyIdent id, const Search *candidate)
{
	PendingKey *key = open_key(p, id);

	key->has_candidate = true;
	key->candidate = *candidate;
}

void
pending_restore_waiter(Pending *p, KeyIdent id, const Waiter *waiter)
{
	MemoryContext old = MemoryContextSwitchTo(p->ctx);

	pending_add_waiter(open_key(p, id), &waiter->way[0], &waiter->way[1]);
	MemoryContextSwitchTo(old);
}

/* A key stays: copy it to where the freed memory of the others is not. */
static void
move_key(Pending *to, PendingKey *key)
{
	if (key->has_candidate)
	{
		Search		c = key->candidate;

		c.row = row_copy(c.row);
		pending_restore_candidate(to, key->id, &c);
	}
	for (int i = 0; i < key->nwaiters; i++)
	{
		Waiter		w = key->waiters[i];
		bool		one_row = w.way[0].row == w.way[1].row;

		CHECK_FOR_INTERRUPTS();
		for (int way = 0; way < 2; way++)
			if (w.way[way].row != NULL)
				w.way[way].row = one_row && way == 1 ? w.way[0].row :
					row_copy(w.way[way].row);
		pending_restore_waiter(to, key->id, &w);
	}
	for (int i = 0; i < key->nevents; i++)
	{
		Event	   *e = &key->events[i];

		CHECK_FOR_INTERRUPTS();
		pending_event(to, key->id, key->undecided, e->kind, e->ordinal,
					  e->other, e->row, e->seeker ? row_copy(e->seeker) : NULL);
	}
}

void
pending_move(Pending *from, Pending *to,
			 bool (*leaves) (void *arg, KeyIdent id),
			 void (*take) (void *arg, const PendingKey *key), void *arg)
{
	MemoryContext old = MemoryContextSwitchTo(to->ctx);
	pendinghash_iterator it;
	PendingKey *key;

	Assert(from->notes == NULL);
	pendinghash_start_iterate(from->keys, &it);
	while ((key = pendinghash_iterate(from->keys, &it)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (leaves(arg, key->id))
			take(arg, key);
		else
			move_key(to, key);
	}
	MemoryContextSwitchTo(old);
}
