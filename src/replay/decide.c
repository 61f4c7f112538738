/*-------------------------------------------------------------------------
 *
 * decide.c
 *	  Which records of a shared walk are rows.
 *
 * The indexes of the files are merged, newest record first, into one key table
 * by one process at a time: whoever brings an index while nobody decides.  It
 * needs no lock while it does so, and can be interrupted; after each batch of
 * records it takes the lock, tells what was decided, and takes in what has been
 * indexed since.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "replay/apply.h"
#include "replay/shared.h"

/* records decided before the others are told */
#define AT_ONCE			8192

/* How a batch ended. */
typedef enum Batch
{
	BATCH_FULL,					/* more may be certain */
	BATCH_UNSURE,				/* a file not indexed yet may have newer ones */
	BATCH_NO_MEMORY				/* the table would be too large */
} Batch;

static SharedHead *
heads_of(SharedWalk *w)
{
	return dsa_get_address(w->area, w->s->heads);
}

static RunEntry *
entries_of(SharedWalk *w, const SharedHead *h)
{
	return dsa_get_address(w->area, w->files[h->fileno].entries);
}

/*
 * A heap, newest record first
 */

/* Of equal times the newer file's comes first. */
static inline bool
head_is_newer(const SharedHead *x, const SharedHead *y)
{
	return x->time != y->time ? x->time > y->time : x->fileno > y->fileno;
}

static void
add_head(SharedHead *heads, int n, const SharedHead *head)
{
	int			i = n;

	while (i > 0 && head_is_newer(head, &heads[(i - 1) / 2]))
	{
		heads[i] = heads[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heads[i] = *head;
}

/* The first of n has become older. */
static void
sink_first(SharedHead *heads, int n)
{
	SharedHead	first = heads[0];
	int			i = 0;
	int			child;

	while ((child = 2 * i + 1) < n)
	{
		if (child + 1 < n && head_is_newer(&heads[child + 1], &heads[child]))
			child++;
		if (!head_is_newer(&heads[child], &first))
			break;
		heads[i] = heads[child];
		i = child;
	}
	heads[i] = first;
}

/* The one behind the first, or NULL. */
static const SharedHead *
second_head(const SharedHead *heads, int n)
{
	if (n < 2)
		return NULL;
	return n > 2 && head_is_newer(&heads[2], &heads[1]) ? &heads[2] : &heads[1];
}

/*
 * With the lock
 */

/* Take in the files behind which nothing newer is left to be indexed. */
static void
take_in(SharedWalk *w)
{
	ReplayShared *s = w->s;
	SharedHead *heads = heads_of(w);

	for (; s->next_head > s->next_index; s->next_head--)
	{
		const SharedFile *f = &w->files[s->next_head];
		SharedHead	head = {.fileno = s->next_head,.left = f->left};

		if (f->left == 0)
			continue;
		head.time = entries_of(w, &head)[f->left - 1].time;
		add_head(heads, s->nheads++, &head);
	}
}

/* Tell how far the files are decided that are among the heads, or were. */
static void
tell(SharedWalk *w)
{
	ReplayShared *s = w->s;
	const SharedHead *heads = heads_of(w);

	for (int i = 0; i < s->nheads + s->nended; i++)
	{
		SharedFile *f = &w->files[heads[i].fileno];

		f->left = heads[i].left;
		f->rows = heads[i].rows;
	}
	s->nended = 0;
}

/* Take the walk's state over for a while. */
void
decide_borrow(Replay *r)
{
	ReplayShared *s = r->shared->s;

	r->table = s->table;
	keytable_attach(&r->table, r->shared->area);
	r->ordinal = s->ordinal;
	r->record_time = s->record_time;
	r->commit = s->commit;
	r->applied_commit = s->applied_commit;
	r->commit_number = s->commit_number;
}

static void
give_back(Replay *r)
{
	ReplayShared *s = r->shared->s;

	s->table = r->table;
	s->ordinal = r->ordinal;
	s->record_time = r->record_time;
	s->commit = r->commit;
	s->applied_commit = r->applied_commit;
	s->commit_number = r->commit_number;
}

void
decide_take_over(Replay *r)
{
	ReplayShared *s = r->shared->s;

	if (!s->taken_over)
		s->taken_over = r->shared->mine = true;
}

/*
 * Without it
 */

/*
 * Decide records of the first file until another one has newer records, *n at
 * most, which are taken off it.
 */
static Batch
decide_run(Replay *r, SharedHead *first, const SharedHead *other,
		   TimestampTz unsure, int *n)
{
	RunEntry   *entries = entries_of(r->shared, first);

	for (; first->left > 0 && *n > 0; --*n)
	{
		RunEntry   *e = &entries[first->left - 1];
		bool		is_row;

		first->time = e->time;
		if (e->time <= unsure)
			return BATCH_UNSURE;
		if (other != NULL && !head_is_newer(first, other))
			return BATCH_FULL;
		if (r->ordinal % REPLAY_CHECK_EVERY == 0 &&
			keytable_next_size(&r->table) > r->shared->s->table_budget)
			return BATCH_NO_MEMORY;
		if (first->left > KEYTABLE_AHEAD)
		{
			const RunEntry *ahead = e - KEYTABLE_AHEAD;
			KeyIdent	id = {ahead->key_a, ahead->key_b};

			keytable_prefetch(&r->table, id);
		}
		is_row = apply_decide(r, e);
		/* not foreseeable: no branch */
		e->op |= is_row * ENTRY_IS_ROW;
		first->rows += is_row;
		first->left--;
	}
	if (first->left > 0)
		first->time = entries[first->left - 1].time;
	return BATCH_FULL;
}

/* Decide a batch; records not later than unsure are not certain. */
static Batch
decide_batch(Replay *r, TimestampTz unsure)
{
	ReplayShared *s = r->shared->s;
	SharedHead *heads = heads_of(r->shared);
	int			n = AT_ONCE;
	Batch		end = BATCH_FULL;

	while (end == BATCH_FULL && s->nheads > 0 && n > 0)
	{
		end = decide_run(r, &heads[0], second_head(heads, s->nheads), unsure,
						 &n);
		if (heads[0].left == 0)
		{
			/* the others have to be told of it */
			SharedHead	ended = heads[0];

			heads[0] = heads[--s->nheads];
			heads[s->nheads] = ended;
			s->nended++;
		}
		sink_first(heads, s->nheads);
	}
	return s->nheads > 0 ? end : BATCH_UNSURE;
}

void
decide(Replay *r)
{
	SharedWalk *w = r->shared;
	ReplayShared *s = w->s;
	Batch		end;
	int			indexed;

	if (s->deciding)
		return;
	s->deciding = true;
	decide_borrow(r);
	do
	{
		TimestampTz unsure;

		take_in(w);
		indexed = s->next_index;
		unsure = indexed >= 0 ? w->files[indexed].bound : DT_NOBEGIN;
		LWLockRelease(&s->lock);
		CHECK_FOR_INTERRUPTS();
		end = decide_batch(r, unsure);
		LWLockAcquire(&s->lock, LW_EXCLUSIVE);
		tell(w);
		if (end == BATCH_NO_MEMORY)
			decide_take_over(r);
		ConditionVariableBroadcast(&s->progress);
	} while (!s->taken_over &&
			 (end == BATCH_FULL || s->next_index < indexed));
	give_back(r);
	s->deciding = false;
	s->changes_done = s->nheads == 0 && s->next_index < 0;
	/* who goes on alone counts from the newest file on */
	if (s->changes_done)
		s->counters.ran_back += s->ran_back;
}
