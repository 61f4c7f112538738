/*-------------------------------------------------------------------------
 *
 * keys.h
 *	  What a walk knows of the keys that it met.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_KEYS_H
#define CDC_REPLAY_KEYS_H

#include "postgres.h"

#include "replay/state.h"

/*
 * Count what is legal but doubtful: the change that was met last of a key
 * wanted a row to be there before it, or wanted none.  Which one it was, and
 * what comes, is not foreseeable: without branches.
 */
static inline void
keys_judge_last(Replay *r, uint32 meta, bool older_is_row)
{
	uint32		last = meta & KEY_LAST_MASK;
	ReplayCounters *c = &r->counters;

	c->repeated_inserts += (last == KEY_LAST_INSERT) & older_is_row;
	c->upserting_updates += (last == KEY_LAST_UPDATE) & !older_is_row;
	c->unknown_deletes += (last == KEY_LAST_DELETE) & !older_is_row;
}

/* A change is met of a key, which is KEY_LAST_* for the next older one. */
static inline void
keys_judge_met(Replay *r, KeyNote *e, bool found, uint32 last, bool is_row)
{
	bool		counts_ties = r->spec.config->sequence < 0 &&
		r->spec.config->timestamp_column != NULL;

	keys_judge_last(r, found ? e->meta : 0, is_row);
	r->counters.ties += found & counts_ties &
		(e->meta >> KEY_TIME_SHIFT == r->commit_number);
	e->meta = KEY_USED | last | (r->commit_number << KEY_TIME_SHIFT);
}

/* Empties the table and the pending keys, for a pass or a partition. */
extern void keys_reset(Replay *r);

/* Makes the pending keys anew, in a context of their own. */
extern void keys_new_pending(Replay *r);

/* Returns a copy of a row in the memory of the pending keys; NULL of NULL. */
extern Row *keys_keep_row(Replay *r, const Row *row);

/* The walk is in a commit, of this number from the newest. */
static inline void
keys_enter_commit(Replay *r, int64 commit)
{
	if (commit == r->applied_commit)
		return;
	pending_close_commit(r->pending, r->applied_commit);
	r->applied_commit = commit;
	if (r->commit_number < KEY_TIME_MAX)
		r->commit_number++;
}

/* Counts what is doubtful about a change of a key in the table … */
extern void keys_judge(Replay *r, KeyNote *e, bool found, LogOp op);

/*
 * … or about the oldest one of them, as there is a base row.  Returns false,
 * and counts, where it is not the first base row of its key.
 */
extern bool keys_judge_base(Replay *r, KeyNote *e);

/*
 * A base row's key is decided by no change, so the row comes out, and so do
 * others of its key.  A search remembers it, to compare those in the end; a
 * scan, whose keys are many, does not.
 */
extern void keys_undecided(Replay *r, KeyIdent id);

/*
 * Finds the key that the update at hand took its row from; false where it took
 * it from none.
 */
extern bool keys_before(Replay *r, KeyIdent now, KeyIdent *old);

/*
 * Searches for missing cells that another pass goes on with
 */

/* Another pass completes the search's row; arg is the Replay. */
extern void keys_search_later(void *arg, const Search *search);

/*
 * Makes the searches for another pass those of the pass that begins; false
 * where there are none.  Raises an error where one of the last pass was not
 * answered.
 */
extern bool keys_begin_search(Replay *r);

/* Returns true if a search of this pass goes on at the record. */
extern bool keys_is_searched(Replay *r, int64 ordinal);

/* Returns the rows whose searches go on at a change, as a list. */
extern Row *keys_found(Replay *r, const Change *c);

/* Returns whether this pass looks for nothing more. */
static inline bool
keys_pass_is_over(Replay *r)
{
	return r->pass > 1 && pending_count(r->pending) == 0 &&
		r->next_found >= r->nfound;
}

/* keys_search_is_over() where changes have met all keys. */
extern bool keys_all_decided(Replay *r);

/* Returns whether all keys that were asked for are decided, and counts that. */
static inline bool
keys_search_is_over(Replay *r)
{
	const KeySearch *s = r->search;

	/* a key that no change decides may have any number of base rows */
	return s != NULL && s->ends && r->table.used >= s->keys.used &&
		keys_all_decided(r);
}

/* Settles what is pending, and counts, when the walk is at its end. */
extern void keys_end(Replay *r);

#endif							/* CDC_REPLAY_KEYS_H */
