/*-------------------------------------------------------------------------
 *
 * settle.h
 *	  What pending.c, which keeps the keys, and settle.c, which decides about
 *	  their rows, share; not for others.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_SETTLE_H
#define CDC_REPLAY_SETTLE_H

#include "postgres.h"

#include "replay/pending.h"

struct Pending
{
	MemoryContext ctx;
	PendingSink sink;
	struct pendinghash_hash *keys;
	bool		can_miss;
	LiveNotes  *notes;
	int64		commit;			/* the one that is settled */
	KeyIdent   *active;			/* keys with events of this commit */
	int			nactive;
	int			maxactive;
};

/*
 * All of these work in the current context, which must be that of the keys.
 */

/* pending.c: a row waits to hear whether the key was live. */
extern void pending_add_waiter(PendingKey *key, const Search *dead,
							   const Search *live);

/* A search that depends on its key no more; a row NULL is ignored. */
extern void settle_search(Pending *p, Search *s);
/* Carries the questions of newer commits through the events of this one, and answers those that it decides. */
extern void settle_questions(Pending *p, PendingKey *key);
/* The key was live before all commits that are walked, or not: that answers it. */
extern void settle_answers(Pending *p, PendingKey *key, bool live);
/* What waited from newer commits steps through this one; then its own row. */
extern void settle_active(Pending *p, PendingKey *key);
/* The rows that were told of event i begin their search in front of it. */
extern void settle_seekers(Pending *p, PendingKey *key, int i);
extern void settle_forget_events(PendingKey *key);
/* The key's base row is known (NULL: there was none): the waiting ends. */
extern void settle_waiter(Pending *p, Waiter *w, const Row *base);

#endif							/* CDC_REPLAY_SETTLE_H */
