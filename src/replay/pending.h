/*-------------------------------------------------------------------------
 *
 * pending.h
 *	  Keys about which the walk cannot decide at once.
 *
 * Two things keep a key open when its records are walked newest first: cells
 * that were not supplied, to be found in older records of the same row, and a
 * removal in a commit in which a key change may have put a new row on the key
 * of a live one (UPDATE ... SET id = id + 1).
 *
 * A key change repeated after a restart finds its row gone from the old key:
 * what it does not supply is then in the row on the new key.
 *
 * Within a commit a key holds a queue of rows, as commit_queue.h says of those
 * who go forward.  Backward, the events of such a key are kept until its commit
 * is left, and then played forward twice: as if the key had been live before
 * the commit, and as if not.  What differs waits for the answer from older
 * commits.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_PENDING_H
#define CDC_REPLAY_PENDING_H

#include "postgres.h"

#include "replay/key.h"
#include "replay/livenotes.h"
#include "replay/row.h"

typedef enum EventKind
{
	EVENT_INSERT,				/* a row begins */
	EVENT_UPDATE,				/* a row gets a new version, or begins */
	EVENT_TAKE,					/* a row comes here from another key */
	EVENT_REMOVE				/* a row is deleted, or leaves for another key */
} EventKind;

/* Returns what a change of this operation does to its key, if to no other. */
static inline EventKind
pending_kind(LogOp op)
{
	return op == LOG_DELETE ? EVENT_REMOVE :
		op == LOG_INSERT ? EVENT_INSERT : EVENT_UPDATE;
}

/* Where the search for a row's missing cells goes on. */
typedef enum SearchEnd
{
	SEARCH_COMPLETE,			/* nothing is missing */
	SEARCH_OVER,				/* what is missing was never supplied */
	SEARCH_PRIOR,				/* in the row that lived here before */
	SEARCH_ELSEWHERE,			/* in the row that left key other in record
								 * ordinal */
	SEARCH_BEHIND				/* in the row that stood on key other before
								 * record ordinal brought another */
} SearchEnd;

typedef struct Search
{
	Row		   *row;			/* a row that will come out */
	SearchEnd	end;
	KeyIdent	other;
	int64		ordinal;
	/* a key change that is over: with no row left behind, look before it */
	bool		has_back;
	KeyIdent	back;
	int64		back_ordinal;
} Search;

typedef struct Event
{
	EventKind	kind;
	int64		ordinal;		/* of the record, newest is 0 */
	KeyIdent	other;			/* where the row came from, or goes; the key
								 * itself where it ends */
	Row		   *row;			/* not EVENT_REMOVE: what the record says */
	Row		   *seeker;			/* rows whose missing cells the row before
								 * this event has; more than one only where
								 * a key change was repeated */
} Event;

/* One change of one key, live or from a partition's file. */
typedef struct Change
{
	EventKind	kind;
	LogOp		op;
	KeyIdent	id;
	KeyIdent	other;			/* where the row came from or goes, or id */
	int64		ordinal;
	int64		commit;			/* counts commit times, newest is 1 */
	const Row  *row;			/* NULL: in the merge's record */
	int			fileno;
} Change;

/* A search whose way depends on whether the key was live. */
typedef struct Waiter
{
	Search		way[2];			/* [0] it was not, [1] it was; rows may be one */
} Waiter;

/* Whether a key was live before a commit, to be told by older ones. */
typedef struct LiveQuestion
{
	int64		commit;
	bool		answer[2];		/* [0] where the key was not live before the
								 * commits walked so far, [1] where it was */
} LiveQuestion;

typedef struct PendingKey
{
	KeyIdent	id;
	char		status;			/* of the hash table */
	bool		undecided;		/* no newer commit decided the key */
	bool		active;			/* in the list of the commit */
	bool		has_set;		/* an event of the commit has a row */
	/* from newer commits */
	bool		has_candidate;	/* candidate comes out if the key was live */
	Search		candidate;
	Waiter	   *waiters;
	int			nwaiters;
	LiveQuestion *questions;	/* the one of the commit that is settled last */
	int			nquestions;
	/* the same while the commit the walk leaves is settled */
	bool		had_candidate;
	Search		old_candidate;
	Waiter	   *old_waiters;
	int			nold_waiters;
	/* of the commit the walk is in, newest first */
	Event	   *events;
	int			nevents;
	int			maxevents;
	struct Played *played;
} PendingKey;

typedef struct Pending Pending;

/* Rows that are finished, and searches for a later pass. */
typedef struct PendingSink
{
	void		(*emit) (void *arg, Row *row);
	void		(*search_elsewhere) (void *arg, const Search *search);
	void		(*never_supplied) (void *arg, int cells);
	void	   *arg;
} PendingSink;

/*
 * ctx is filled and emptied as keys open and close; rows handed to the sink live
 * in it.  can_miss: cells may be not supplied; else no row is searched.  notes
 * (NULL: none; as long as the result) has what is learnt of keys for later passes,
 * and what earlier ones learnt.
 */
extern Pending *pending_create(MemoryContext ctx, const PendingSink *sink,
							   bool can_miss, LiveNotes *notes);
extern int64 pending_count(const Pending *p);
extern PendingKey *pending_find(Pending *p, KeyIdent id);

/*
 * Add an event to a key, which is opened if it is not.  undecided: the key
 * was not met in newer commits.  row (copied) and seeker (taken over) as in
 * Event.
 */
extern void pending_event(Pending *p, KeyIdent id, bool undecided,
						  EventKind kind, int64 ordinal, KeyIdent other,
						  const Row *row, Row *seeker);

/*
 * The walk leaves a commit, of this number from the newest: settle the events
 * kept for it.
 */
extern void pending_close_commit(Pending *p, int64 commit);

/* The key had this base row (NULL: none): settle and forget it. */
extern void pending_base(Pending *p, PendingKey *key, const Row *base);

/* Nothing older comes: settle all keys as not live. */
extern void pending_finish(Pending *p);

/*
 * In the first pass, where nothing is asked of keys: hand those that belong
 * elsewhere to take, and copy the others to a new Pending (empty, of another context); the old one is only to be deleted then.
 * A key taken is restored by pending_event and the two calls below.
 */
extern void pending_restore_candidate(Pending *p, KeyIdent id,
									  const Search *candidate);
extern void pending_restore_waiter(Pending *p, KeyIdent id,
								   const Waiter *waiter);
extern void pending_move(Pending *from, Pending *to,
						 bool (*leaves) (void *arg, KeyIdent id),
						 void (*take) (void *arg, const PendingKey *key),
						 void *arg);

extern void pending_free_row(Row *row);

#endif							/* CDC_REPLAY_PENDING_H */
