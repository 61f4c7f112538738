/*-------------------------------------------------------------------------
 *
 * shared.c
 *	  A walk that several processes share.
 *
 * A process that took a file indexes it before it hands out any row, so nobody
 * waits for one whose reader of rows is slow.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#include "replay/check.h"
#include "replay/look.h"
#include "replay/output.h"
#include "replay/shared.h"
#include "store/waits.h"

/* of files taken at once */
#define CLAIM_BYTES		(8 * 1024 * 1024)
/* what gzip makes of a log's bytes, roughly */
#define PACKED_TO		5

/*
 * The beginning
 */

/*
 * Of a local log no more processes take part than there are processors: one
 * that waits for its turn may hold the lock that the others wait for.
 */
static bool
is_needed(Replay *r)
{
	ReplayShared *s = r->shared->s;
	int			joined;

	LWLockAcquire(&s->lock, LW_EXCLUSIVE);
	joined = s->joined++;
	LWLockRelease(&s->lock);
	return joined == 0 || store_is_remote(r->spec.store) ||
		joined < sysconf(_SC_NPROCESSORS_ONLN);
}

bool
shared_begin(Replay *r)
{
	SharedWalk *w = r->shared;
	ReplayShared *s = w->s;
	char	   *texts;
	int			n = s->ncdc + s->nbase;
	LogEvidence  **evidence = evidence_join(&s->evidence, w->area, r->spec.store,
										 r->spec.config);

	for (int i = 0; i < s->evidence.nfolders; i++)
		columns_add_evidence(r->spec.columns, evidence[i]);
	w->files = dsa_get_address(w->area, s->files);
	texts = dsa_get_address(w->area, s->texts);
	r->base_first = s->base_first;
	r->upper = s->upper;
	r->cut = s->cut;
	r->cut_below = s->cut_below;
	r->empty = s->empty;
	r->ncdc = s->ncdc;
	r->nbase = s->nbase;
	r->files = palloc(sizeof(MergeFile) * Max(n, 1));
	r->uris = palloc0(sizeof(char *) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		r->files[i].file = share_file(&w->files[i], texts, evidence);
		r->files[i].noted = false;
		r->files[i].bound = w->files[i].bound;
		r->files[i].lower = w->files[i].lower;
		r->files[i].left = -1;
	}
	return is_needed(r);
}

/*
 * What the processes know
 */

static void
lock_walk(Replay *r)
{
	LWLockAcquire(&r->shared->s->lock, LW_EXCLUSIVE);
}

static void
unlock_walk(Replay *r)
{
	LWLockRelease(&r->shared->s->lock);
}

static void
wait_for_others(SharedWalk *w)
{
	w->sleeps = true;
	ConditionVariableTimedSleep(&w->s->progress, 1000,
								wait_number(WAIT_WALK));
}

static void
stop_waiting(SharedWalk *w)
{
	if (w->sleeps)
		ConditionVariableCancelSleep();
	w->sleeps = false;
}

/* Both ways: what this process found, and what the others did. */
static void
share_findings(Replay *r)
{
	SharedWalk *w = r->shared;

	progress_restart(r->spec.progress);
	replay_add_counters(&w->s->counters, &r->counters);
	memset(&r->counters, 0, sizeof(r->counters));
	if (r->merge != NULL)
		replay_count_merge(&w->s->counters, merge_take_counters(r->merge));
	columns_exchange(r->spec.columns, &w->s->columns, r->spec.config,
					 w->area);
}

/*
 * Indexing
 */

/* Count first times that run back from one file of a folder to the next. */
static void
note_first_time(Replay *r, const SharedFile *f)
{
	ReplayShared *s = r->shared->s;
	TimestampTz *newer = dsa_get_address(r->shared->area, s->newer_first);

	s->ran_back += look_ran_back(r->spec.config, &newer[f->file.source],
								 f->first, true);
}

/* The index of a file goes where the others find it. */
static void
publish(Replay *r, HeldFile *h, int64 n, TimestampTz first)
{
	SharedWalk *w = r->shared;
	ReplayShared *s = w->s;
	SharedFile *f = &w->files[h->fileno];
	RunEntry   *entries = h->entries;

	f->entries = dsa_allocate_extended(w->area, Max(n, 1) * sizeof(RunEntry),
									   DSA_ALLOC_HUGE);
	h->entries = dsa_get_address(w->area, f->entries);
	memcpy(h->entries, entries, n * sizeof(RunEntry));
	pfree(entries);
	f->left = n;
	f->first = first;
	f->indexed = true;
	while (s->next_index >= 0 && w->files[s->next_index].indexed)
		note_first_time(r, &w->files[s->next_index--]);
	h->next = w->held;
	w->held = h;
}

/* Index a file that was taken, and decide what its index makes certain. */
static void
take_file(Replay *r, LogReader *reader, int fileno)
{
	SharedWalk *w = r->shared;
	int64		n = 0;
	TimestampTz first;
	HeldFile   *h = held_index(r, reader, fileno, &n, &first);

	lock_walk(r);
	if (h == NULL)
	{
		decide_take_over(r);
		reader_unread(reader);
		reader_close(reader);
	}
	else if (!w->s->taken_over)
	{
		share_findings(r);
		publish(r, h, n, first);
		decide(r);
	}
	else
	{
		/* who took over reads it, and counts its records */
		reader_unread(reader);
		reader_close(reader);
		(void) merge_take_counters(r->merge);
	}
	unlock_walk(r);
	ConditionVariableBroadcast(&w->s->progress);
}

/* Bytes that a file is likely to take when it is held, with its index. */
static int64
likely_memory(const LogFile *f)
{
	return f->size / 3 * (manifest_named_gzip(f) ? 4 * PACKED_TO : 4);
}

/* May this process take one more file?  The lock is held. */
static bool
may_claim(const Replay *r)
{
	SharedWalk *w = r->shared;
	ReplayShared *s = w->s;
	const Claimed *c = &w->claimed;
	/* where transfers do not go on by themselves, one after the other */
	int			most = store_is_remote(r->spec.store) ?
		Min(store_most_open(r->spec.store), CLAIMED_MOST) : 1;
	int64		limit = Min(Min(CLAIM_BYTES, r->spec.config->prefetch_bytes),
							r->spec.memory / 4);

	if (s->taken_over || s->next_claim < 0 || c->n >= most)
		return false;
	if (c->n > 0 &&
		c->memory + likely_memory(r->files[s->next_claim].file) > limit)
		return false;
	/* somebody has to go on, whatever is held */
	return held_memory(w) < r->spec.memory / 4 || s->indexing == 0;
}

/*
 * Take as many of the files that come next as may be; the lock is held.  They
 * will be indexed before any row is handed out: whoever waits for rows may wait
 * for these.
 */
static void
claim_files(Replay *r)
{
	SharedWalk *w = r->shared;
	Claimed    *c = &w->claimed;

	while (may_claim(r))
	{
		int			fileno = w->s->next_claim--;

		c->memory += likely_memory(r->files[fileno].file);
		c->files[c->n++] = (ClaimedFile) {fileno, NULL};
	}
}

/* Begin the transfers of those just taken. */
static void
open_claimed(Replay *r)
{
	Claimed    *c = &r->shared->claimed;

	for (int i = 0; i < c->n; i++)
	{
		ClaimedFile *f = &c->files[i];

		if (f->reader != NULL)
			continue;
		f->reader = reader_open(r->spec.store, r->spec.config,
								r->files[f->fileno].file, -1,
								r->spec.position);
		reader_watch(f->reader, r->spec.progress);
		reader_share(f->reader, CLAIM_BYTES);
	}
}

/* Index what was taken, newest first, and take more while there is room. */
static void
take_files(Replay *r)
{
	SharedWalk *w = r->shared;
	Claimed    *c = &w->claimed;
	MemoryContext old = MemoryContextSwitchTo(r->pass_ctx);
	int64		taken = 0;

	while (c->n > 0)
	{
		ClaimedFile f;
		int64		memory;

		open_claimed(r);
		f = c->files[0];
		memmove(c->files, c->files + 1, sizeof(ClaimedFile) * --c->n);
		memory = likely_memory(r->files[f.fileno].file);
		c->memory -= memory;
		taken += memory;
		take_file(r, f.reader, f.fileno);
		/* the leader has to look at the rows of the others at times */
		if (store_is_remote(r->spec.store) && taken < 4 * CLAIM_BYTES)
		{
			lock_walk(r);
			claim_files(r);
			unlock_walk(r);
		}
	}
	MemoryContextSwitchTo(old);
	lock_walk(r);
	w->s->indexing--;
	unlock_walk(r);
	ConditionVariableBroadcast(&w->s->progress);
}

/*
 * The end
 */

/* The walk becomes that of this process, which stands where all stood. */
static void
go_on_alone(Replay *r)
{
	SharedWalk *w = r->shared;

	shared_leave(r);
	lock_walk(r);
	for (int i = 0; i < r->ncdc; i++)
	{
		r->files[i].left = w->files[i].indexed ? w->files[i].left : -1;
		r->files[i].first = w->files[i].first;
	}
	decide_borrow(r);
	keytable_forget(&w->s->table);
	unlock_walk(r);
	w->alone = true;
}

/* Only where there is nothing to do it waits. */
SharedStep
shared_step(Replay *r)
{
	SharedWalk *w = r->shared;
	bool		taken_over;
	bool		done;
	bool		more;
	bool		claimed;

	if (held_row(r))
		return SHARED_CHANGES;
	lock_walk(r);
	more = held_ask(w);
	/* who decides ends its batch first */
	taken_over = w->s->taken_over && !w->s->deciding;
	done = w->s->changes_done;
	if (!more)
		claim_files(r);
	claimed = w->claimed.n > 0;
	w->s->indexing += claimed;
	if (!more && done && !taken_over)
		decide_borrow(r);			/* from now on it is only read */
	unlock_walk(r);
	if (!more && !claimed && !taken_over && !done)
	{
		wait_for_others(w);
		return SHARED_CHANGES;
	}
	stop_waiting(w);
	if (claimed)
		take_files(r);
	if (claimed || more)
		return SHARED_CHANGES;
	if (taken_over && w->mine)
	{
		go_on_alone(r);
		return SHARED_ALONE;
	}
	shared_leave(r);
	return taken_over ? SHARED_OVER : SHARED_BASE;
}

int
shared_next_base(Replay *r, bool done)
{
	SharedWalk *w = r->shared;
	ReplayShared *s = w->s;
	int			next;

	lock_walk(r);
	/* who ends the walk must know what stands in all files that count as read */
	if (done)
		share_findings(r);
	s->base_done += done;
	if (w->nbase_taken > 0)
	{
		next = w->base_taken[0];
		w->nbase_taken--;
		memmove(w->base_taken, w->base_taken + 1,
				sizeof(int) * w->nbase_taken);
	}
	else
		next = s->base_claim < s->nbase ? s->base_claim++ : s->nbase;
	unlock_walk(r);
	return next;
}

int
shared_base_ahead(Replay *r, int k)
{
	SharedWalk *w = r->shared;
	ReplayShared *s = w->s;

	/* where transfers do not go on by themselves, none ahead */
	if (k >= SHARED_BASE_AHEAD || !store_is_remote(r->spec.store))
		return -1;
	if (k >= w->nbase_taken)
	{
		int			next = -1;

		lock_walk(r);
		/* as many are left to each of the others */
		if ((k + 1) * s->nprocesses <= s->nbase - s->base_claim)
			next = s->base_claim++;
		unlock_walk(r);
		if (next < 0)
			return -1;
		w->base_taken[w->nbase_taken++] = next;
	}
	return w->base_taken[k];
}

bool
shared_ends(Replay *r)
{
	ReplayShared *s = r->shared->s;
	bool		ends;

	lock_walk(r);
	share_findings(r);
	ends = s->base_done == s->nbase && !s->ended;
	s->ended |= ends;
	unlock_walk(r);
	if (ends)
		check_counted(r, &s->counters);
	return ends;
}

const ReplayCounters *
shared_findings(Replay *r)
{
	lock_walk(r);
	share_findings(r);
	unlock_walk(r);
	return &r->shared->s->counters;
}

void
shared_leave(Replay *r)
{
	SharedWalk *w = r->shared;

	while (w->held != NULL)
		held_drop(w, w->held);
	stop_waiting(w);
	lock_walk(r);
	share_findings(r);
	w->s->counters.passes = Max(w->s->counters.passes, r->pass);
	unlock_walk(r);
}

void
shared_close(Replay *r)
{
	ReplayShared *s = r->shared->s;
	bool		last;

	shared_leave(r);
	lock_walk(r);
	last = ++s->closed == s->joined;
	unlock_walk(r);
	if (last)
		progress_phase(r->spec.progress, PROGRESS_DONE);
}
