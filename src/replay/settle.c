/*-------------------------------------------------------------------------
 *
 * settle.c
 *	  A commit is left: what its events decide about a key's rows.
 *
 * The events of a key are played forward on a dead key and on a live one.
 * Where both lead to the same the row comes out or its search goes on, else
 * it waits for older commits to tell whether the key was live.
 *
 * A search that goes on at another key may wait there in turn.  The first pass
 * that searches asks of all keys it may come to whether they were live, so that
 * the next one goes on without waiting: see livenotes.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"

#include "replay/commit_queue.h"
#include "replay/settle.h"

#define TOKEN_NONE		(-1)	/* no row */
#define TOKEN_PRIOR		(-2)	/* the row from before the commit */

/* How a commit's events play forward, [0] on a dead key and [1] on a live one. */
typedef struct Played
{
	int			n;
	int		   *before[2];		/* row that stands (or, at a removal, goes)
								 * before event i */
	int			final[2];		/* row that stays */
} Played;

/*
 * Playing a commit forward.  Events are stored newest first; their numbers
 * here and in Played are those places.
 */

static int *
alloc_ints(int n)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int) * (Size) n);
}

/* The row from before the commit, in a queue of events. */
static Event prior;

static int
token_of(const PendingKey *key, const Event *row)
{
	return row == NULL ? TOKEN_NONE : row == &prior ? TOKEN_PRIOR :
		(int) (row - key->events);
}

static void
play(PendingKey *key, bool live, int *before, int *final)
{
	CommitQueue queue = {0};

	if (live)
		(void) commit_queue_put(&queue, &prior, false);
	for (int i = key->nevents - 1; i >= 0; i--)
	{
		Event	   *e = &key->events[i];

		CHECK_FOR_INTERRUPTS();
		if (e->kind == EVENT_REMOVE)
			before[i] = token_of(key, commit_queue_take(&queue));
		else
		{
			before[i] = token_of(key, queue.last);
			(void) commit_queue_put(&queue, e, e->kind == EVENT_TAKE);
		}
	}
	*final = token_of(key, queue.last);
	commit_queue_clear(&queue);
}

static Played *
played(PendingKey *key)
{
	if (key->played == NULL)
	{
		Played	   *pl = palloc(sizeof(Played));

		pl->n = key->nevents;
		for (int live = 0; live < 2; live++)
		{
			pl->before[live] = alloc_ints(Max(key->nevents, 1));
			play(key, live != 0, pl->before[live], &pl->final[live]);
		}
		key->played = pl;
	}
	return key->played;
}

/* The row came here from another key in event e. */
static void
search_taken(Search *s, KeyIdent id, const Event *e)
{
	s->end = SEARCH_ELSEWHERE;
	s->other = e->other;
	s->ordinal = e->ordinal;
	s->has_back = true;
	s->back = id;
	s->back_ordinal = e->ordinal;
}

/*
 * Follow a row back from token through the commit, filling cells on the way.
 * *path is a fingerprint of the events used.
 */
static void
follow(PendingKey *key, Search *s, int token, int live, uint64 *path)
{
	*path = 0;
	while (token >= 0)
	{
		Event	   *e = &key->events[token];

		CHECK_FOR_INTERRUPTS();
		*path = hash_combine64(*path, (uint64) token + 1);
		s->has_back = false;
		if (row_fill(s->row, e->row) == 0)
		{
			s->end = SEARCH_COMPLETE;
			return;
		}
		if (e->kind == EVENT_INSERT)
			break;
		if (e->kind == EVENT_TAKE)
		{
			search_taken(s, key->id, e);
			return;
		}
		token = played(key)->before[live][token];
	}
	s->end = token == TOKEN_PRIOR ? SEARCH_PRIOR : SEARCH_OVER;
}

/*
 * Whether keys were live
 */

/* Returns the key if the commit has events of it, where a search may go on; else NULL. */
static PendingKey *
key_at_hand(Pending *p, KeyIdent id)
{
	PendingKey *key = pending_find(p, id);

	return key != NULL && key->active ? key : NULL;
}

/* Asks whether the key was live before the commit; false: that is done. */
static bool
ask(Pending *p, PendingKey *key)
{
	LiveQuestion q = {p->commit, {false, true}};
	int			n = key->nquestions;

	if (n > 0 && key->questions[n - 1].commit == p->commit)
		return false;
	key->questions = key->questions
		? repalloc(key->questions, (n + 1) * sizeof(LiveQuestion))
		: palloc(sizeof(LiveQuestion));
	key->questions[key->nquestions++] = q;
	return true;
}

/* Asks this of the key, and of all that changes of keys connect with it. */
static void
ask_connected(Pending *p, KeyIdent id)
{
	PendingKey *key = key_at_hand(p, id);
	List	   *reached = NIL;

	if (key == NULL || !ask(p, key))
		return;
	reached = list_make1(key);
	while (reached != NIL)
	{
		key = llast(reached);
		reached = list_delete_last(reached);
		for (int i = 0; i < key->nevents; i++)
		{
			PendingKey *other;

			CHECK_FOR_INTERRUPTS();
			if (key_equal(key->events[i].other, key->id))
				continue;
			other = key_at_hand(p, key->events[i].other);
			if (other != NULL && ask(p, other))
				reached = lappend(reached, other);
		}
	}
}

/* A row will wait for a key, and may go on at others. */
static void
ask_where_it_goes(Pending *p, const Search way[2])
{
	if (p->notes == NULL)
		return;
	for (int live = 0; live < 2; live++)
	{
		if (way[live].end == SEARCH_ELSEWHERE)
			ask_connected(p, way[live].other);
		else if (way[live].end == SEARCH_OVER && way[live].has_back)
			ask_connected(p, way[live].back);
	}
}

/* Answers question i, which goes. */
static void
answer(Pending *p, PendingKey *key, int i, bool live)
{
	livenotes_put(p->notes, key->id, key->questions[i].commit, live);
	key->questions[i] = key->questions[--key->nquestions];
}

void
settle_questions(Pending *p, PendingKey *key)
{
	for (int i = key->nquestions - 1; i >= 0; i--)
	{
		LiveQuestion *q = &key->questions[i];
		LiveQuestion was = *q;

		for (int live = 0; live < 2; live++)
			q->answer[live] =
				was.answer[played(key)->final[live] != TOKEN_NONE];
		if (q->answer[0] == q->answer[1])
			answer(p, key, i, q->answer[0]);
	}
}

void
settle_answers(Pending *p, PendingKey *key, bool live)
{
	for (int i = key->nquestions - 1; i >= 0; i--)
		answer(p, key, i, key->questions[i].answer[live]);
}

/*
 * Searches
 */

/*
 * A row searches behind two tokens, one for a dead and one for a live key.
 * Returns true, and where the search goes on, where it is known which it was
 * or both are the same way; else lets the row wait.  row is taken over; left is
 * the removal that took the row to another key, or NULL.
 */
static bool
seek(Pending *p, PendingKey *key, Row *row, const int tokens[2],
	 const Event *left, Search *to)
{
	Search		way[2];
	uint64		path[2];
	bool		live;

	memset(way, 0, sizeof(way));
	for (int i = 0; left != NULL && i < 2; i++)
	{
		way[i].has_back = true;
		way[i].back = left->other;
		way[i].back_ordinal = left->ordinal;
	}
	if (p->notes != NULL && livenotes_get(p->notes, key->id, p->commit, &live))
	{
		way[live].row = row;
		follow(key, &way[live], tokens[live], live, &path[live]);
		*to = way[live];
		if (to->end != SEARCH_PRIOR)
			return true;
		/* the row before the commit is there, and older records have it */
		pending_add_waiter(key, to, to);
		return false;
	}
	way[0].row = tokens[0] >= 0 ? row_copy(row) : row;
	way[1].row = row;
	for (int i = 0; i < 2; i++)
		follow(key, &way[i], tokens[i], i, &path[i]);
	if (way[0].end == way[1].end && path[0] == path[1])
	{
		if (way[0].row != row)
			pending_free_row(way[0].row);
		*to = way[1];
		return true;
	}
	ask_where_it_goes(p, way);
	pending_add_waiter(key, &way[0], &way[1]);
	return false;
}

/* Searches in the row before event i, as seek() does. */
static bool
seek_event(Pending *p, PendingKey *key, int i, Row *row, Search *to)
{
	int			tokens[2] = {played(key)->before[0][i], played(key)->before[1][i]};

	return seek(p, key, row, tokens,
				key->events[i].kind == EVENT_REMOVE ? &key->events[i] : NULL, to);
}

/* The event of the record that the search goes on at, or -1. */
static int
event_of(const PendingKey *key, const Search *s)
{
	EventKind	kind = s->end == SEARCH_BEHIND ? EVENT_TAKE : EVENT_REMOVE;
	int			first = 0;
	int			end = key->nevents;

	/* they stand in the order of ordinals */
	while (first < end)
	{
		int			middle = first + (end - first) / 2;

		if (key->events[middle].ordinal < s->ordinal)
			first = middle + 1;
		else
			end = middle;
	}
	for (; first < key->nevents && key->events[first].ordinal == s->ordinal;
		 first++)
		if (key->events[first].kind == kind)
			return first;
	return -1;
}

/*
 * A step of a search that goes on at another record: now, if the commit of that
 * is still at hand, else in a later pass over the log.  True if it is to go on.
 */
static bool
seek_elsewhere(Pending *p, Search *s)
{
	PendingKey *key = key_at_hand(p, s->other);
	int			i = key != NULL ? event_of(key, s) : -1;

	if (i >= 0)
		return seek_event(p, key, i, s->row, s);
	p->sink.search_elsewhere(p->sink.arg, s);
	return false;
}

/* A search that depends on nothing here any more. */
void
settle_search(Pending *p, Search *s)
{
	if (s->row == NULL)
		return;					/* comes out only if the key was live */
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (s->end == SEARCH_OVER && s->has_back && s->row->nmissing > 0)
		{
			s->end = SEARCH_BEHIND;
			s->other = s->back;
			s->ordinal = s->back_ordinal;
		}
		if (s->end != SEARCH_ELSEWHERE && s->end != SEARCH_BEHIND)
			break;
		if (!seek_elsewhere(p, s))
			return;
	}
	if (s->end == SEARCH_OVER)
	{
		int			cells = row_end(s->row);

		if (cells > 0)
			p->sink.never_supplied(p->sink.arg, cells);
	}
	p->sink.emit(p->sink.arg, s->row);
}

void
settle_seekers(Pending *p, PendingKey *key, int i)
{
	Row		   *row = key->events[i].seeker;
	Search		s;

	key->events[i].seeker = NULL;
	while (row != NULL)
	{
		Row		   *next = row->next;

		row->next = NULL;
		if (seek_event(p, key, i, row, &s))
			settle_search(p, &s);
		row = next;
	}
}

/*
 * Leaving a commit
 */

/* The newest insert, update or key change of the commit, or -1. */
static int
newest_set(const PendingKey *key)
{
	for (int i = 0; i < key->nevents; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (key->events[i].kind != EVENT_REMOVE)
			return i;
	}
	return -1;
}

/* Continue the way of an older search through this commit. */
static void
step_way(PendingKey *key, const Waiter *w, int live, Search *out,
		 uint64 *path)
{
	int			final = played(key)->final[live];
	bool		was_live = final != TOKEN_NONE;

	*out = w->way[was_live];
	*path = was_live ? 1 : 0;
	if (was_live && out->end == SEARCH_PRIOR && final != TOKEN_PRIOR)
	{
		out->row = row_copy(out->row);
		follow(key, out, final, live, path);
	}
}

static void
step_waiter(Pending *p, PendingKey *key, Waiter *w)
{
	Search		next[2];
	uint64		path[2];
	bool		same;

	for (int live = 0; live < 2; live++)
		step_way(key, w, live, &next[live], &path[live]);
	/* without the prior row in either way, nothing more can tell them apart */
	same = path[0] == path[1] && next[0].end == next[1].end &&
		next[0].end != SEARCH_PRIOR;
	for (int i = 0; i < 2; i++)
	{
		Row		   *row = w->way[i].row;

		if (i == 1 && row == w->way[0].row)
			break;
		if (row != next[0].row && row != next[1].row)
			pending_free_row(row);
	}
	if (!same)
	{
		pending_add_waiter(key, &next[0], &next[1]);
		return;
	}
	if (next[0].row != next[1].row)
		pending_free_row(next[0].row);
	settle_search(p, &next[1]);
}

/* The row that came out as the newest of its key, if the key was live. */
static void
step_candidate(Pending *p, PendingKey *key, Search *candidate)
{
	Played	   *pl = played(key);

	if (pl->final[0] != TOKEN_NONE)
		settle_search(p, candidate);	/* live either way */
	else if (pl->final[1] == TOKEN_NONE)
		pending_free_row(candidate->row);
	else
	{
		key->has_candidate = true;
		key->candidate = *candidate;
	}
}

/* A key first met in this commit: does its newest row come out? */
static void
decide(Pending *p, PendingKey *key)
{
	int			i = newest_set(key);
	Played	   *pl = played(key);
	Search		s;
	uint64		path[2];

	if (i < 0 || pl->final[1] == TOKEN_NONE)
		return;
	memset(&s, 0, sizeof(s));
	s.row = row_copy(key->events[i].row);
	if (s.row->nmissing == 0)
		s.end = SEARCH_COMPLETE;
	else if (key->events[i].kind == EVENT_TAKE)
		search_taken(&s, key->id, &key->events[i]);
	else if (pl->final[0] != TOKEN_NONE)
	{
		/* live either way: the usual search behind it */
		int			tokens[2] = {pl->before[0][i], pl->before[1][i]};

		if (key->events[i].kind == EVENT_INSERT)
			tokens[0] = tokens[1] = TOKEN_NONE;
		if (seek(p, key, s.row, tokens, NULL, &s))
			settle_search(p, &s);
		return;
	}
	else
	{
		/* comes out only if the key was live: so search as if it was */
		follow(key, &s, key->events[i].kind == EVENT_INSERT ? TOKEN_NONE :
			   pl->before[1][i], 1, &path[1]);
		if (s.end == SEARCH_PRIOR)
		{
			Search		none = {NULL, SEARCH_OVER};

			pending_add_waiter(key, &none, &s);
			return;
		}
	}
	step_candidate(p, key, &s);
}

void
settle_forget_events(PendingKey *key)
{
	for (int i = 0; i < key->nevents; i++)
	{
		CHECK_FOR_INTERRUPTS();
		pending_free_row(key->events[i].row);
	}
	key->nevents = 0;
	key->has_set = false;
	if (key->played)
	{
		pfree(key->played->before[0]);
		pfree(key->played->before[1]);
		pfree(key->played);
	}
	key->played = NULL;
	key->undecided = false;
	key->active = false;
}

/* What waited from newer commits steps through this one; then its own row. */
void
settle_active(Pending *p, PendingKey *key)
{
	if (key->had_candidate)
		step_candidate(p, key, &key->old_candidate);
	for (int w = 0; w < key->nold_waiters; w++)
	{
		CHECK_FOR_INTERRUPTS();
		step_waiter(p, key, &key->old_waiters[w]);
	}
	if (key->old_waiters)
		pfree(key->old_waiters);
	key->old_waiters = NULL;
	key->nold_waiters = 0;
	key->had_candidate = false;
	if (key->undecided)
		decide(p, key);
}

void
settle_waiter(Pending *p, Waiter *w, const Row *base)
{
	Search		s = w->way[base != NULL];
	Search	   *unused = &w->way[base == NULL];

	if (unused->row != s.row)
		pending_free_row(unused->row);
	if (s.row != NULL && base != NULL && s.end == SEARCH_PRIOR)
	{
		s.has_back = false;
		s.end = row_fill(s.row, base) == 0 ? SEARCH_COMPLETE : SEARCH_OVER;
	}
	settle_search(p, &s);
}
