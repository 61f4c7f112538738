/*-------------------------------------------------------------------------
 *
 * shared.h
 *	  A walk that several processes share; not for other floors.
 *
 * Files are indexed side by side, decided in order, and read out side by side.
 * Whoever takes a change file holds it and writes its index (time, key and op
 * of every record) to shared memory.  One process at a time merges the indexes
 * newest first, as far as is certain, into one key table: the first record met
 * of a key is marked.  The holder of a file then hands out its marked rows.
 * After the last change record the base files are taken one by one.
 *
 * What this shared form cannot do (a file or the keys do not fit in memory)
 * one process takes over: it goes on alone where the merge stands, with the
 * keys met so far.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_SHARED_H
#define CDC_REPLAY_SHARED_H

#include "postgres.h"

#include "storage/condition_variable.h"
#include "storage/lwlock.h"
#include "utils/dsa.h"

#include "log/evidence.h"
#include "replay/share.h"
#include "replay/state.h"

/* A file of which records are still to be decided, and the newest of them. */
typedef struct SharedHead
{
	TimestampTz time;
	int			fileno;
	int64		left;
	int64		rows;
} SharedHead;

struct ReplayShared
{
	LWLock		lock;			/* of all below, but for what is the deciding
								 * process's own */
	ConditionVariable progress;
	/* what was selected; does not change */
	TimestampTz base_first;
	TimestampTz upper;
	bool		cut;
	bool		cut_below;
	bool		empty;
	int			ncdc;
	int			nbase;
	dsa_pointer files;			/* SharedFile, change files first */
	dsa_pointer texts;
	uint64		seed;			/* of the keys' identities */
	size_t		table_budget;
	int			nprocesses;		/* that were planned */
	/* who does what */
	int			joined;			/* processes that took part … */
	int			closed;			/* … and do no more */
	int			next_claim;		/* newest change file that nobody took */
	int			next_index;		/* newest one not indexed yet, -1: none */
	int			indexing;		/* processes at work on an index */
	bool		changes_done;
	bool		taken_over;		/* one process goes on alone */
	int			base_claim;
	int			base_done;
	bool		ended;
	/* the walk: while a process decides, its own */
	bool		deciding;		/* one does */
	dsa_pointer heads;			/* SharedHead, a heap of nheads … */
	int			nheads;
	int			nended;			/* … and behind it those that have none left */
	int			next_head;		/* newest file never among them */
	KeyTable	table;			/* entries are mapped elsewhere */
	int64		ordinal;
	TimestampTz record_time;
	int64		commit;
	int64		applied_commit;
	uint32		commit_number;
	dsa_pointer newer_first;	/* TimestampTz, one a folder */
	int64		ran_back;		/* first times, until all are known */
	/* what the processes found */
	ReplayCounters counters;
	SharedColumns columns;
	SharedEvidence evidence;
};

/* A change file that this process has indexed. */
typedef struct HeldFile
{
	struct HeldFile *next;
	int			fileno;
	LogReader  *reader;
	RunEntry   *entries;
	int64		unread;			/* entries not looked at for rows */
	int64		undecided;		/* entries not walked when last asked */
	int64		rows;			/* the others' that come out … */
	int64		rows_out;		/* … and have, where only their number counts */
	size_t		memory;
} HeldFile;

/* Change files that a process takes before it indexes them, at most. */
#define CLAIMED_MOST		32

typedef struct ClaimedFile
{
	int			fileno;
	LogReader  *reader;			/* NULL: not begun yet */
} ClaimedFile;

/* Those, newest first; their transfers run side by side. */
typedef struct Claimed
{
	ClaimedFile files[CLAIMED_MOST];
	int			n;
	int64		memory;			/* that they are likely to take */
} Claimed;

/* Base files that a process takes before it reads them, at most. */
#define SHARED_BASE_AHEAD	32

typedef struct SharedWalk
{
	ReplayShared *s;
	dsa_area   *area;
	SharedFile *files;
	HeldFile   *held;
	Claimed		claimed;
	int			base_taken[SHARED_BASE_AHEAD];	/* to be read after base_next */
	int			nbase_taken;
	bool		mine;			/* this process takes over … */
	bool		alone;			/* … and has done so */
	bool		sleeps;			/* it is in the list of those who wait */
} SharedWalk;

/* Is r one of several processes? */
static inline bool
is_shared(const Replay *r)
{
	return r->shared != NULL && !r->shared->alone;
}

/*
 * Set r up as one of the processes; instead of select_files.  False where
 * there are enough of them.
 */
extern bool shared_begin(Replay *r);

/* The phase that follows a step through the change records. */
typedef enum SharedStep
{
	SHARED_CHANGES,				/* more of them */
	SHARED_BASE,				/* the full load */
	SHARED_ALONE,				/* more of them, and no other process's: r has
								 * the keys met, MergeFile.left what is left */
	SHARED_OVER					/* nothing: another process goes on alone */
} SharedStep;

extern SharedStep shared_step(Replay *r);

/* The next base file of this process, or nbase; done says that one was read. */
extern int	shared_next_base(Replay *r, bool done);
/*
 * The base file that this process reads k files after the next one, taken now
 * if need be; -1: none, or it is not to be taken yet.  Only with the k before it.
 */
extern int	shared_base_ahead(Replay *r, int k);
/* Is this the process that ends the walk?  Then it knows what all found. */
extern bool shared_ends(Replay *r);
/* What all know, with what this process found since. */
extern const ReplayCounters *shared_findings(Replay *r);
/* Give readers back, and counters to all. */
extern void shared_leave(Replay *r);
/* The same for good. */
extern void shared_close(Replay *r);

/*
 * decide.c: with the lock.
 *
 * Decide what the indexes make certain, unless another process is at it, which
 * then does.  Gives the lock back at times, and may be interrupted then.
 */
extern void decide(Replay *r);
/* What does not fit in memory, or its index, this process goes on alone with. */
extern void decide_take_over(Replay *r);
/* Let r stand where the walk stands; nobody decides. */
extern void decide_borrow(Replay *r);

/* held.c: files that this process has indexed. */
/* Bytes that they take. */
extern size_t held_memory(const SharedWalk *w);
/* Read and index a file that was taken; NULL where it does not fit. */
extern HeldFile *held_index(Replay *r, LogReader *reader, int fileno,
							int64 *n, TimestampTz *first);
extern void held_drop(SharedWalk *w, HeldFile *h);
/* Hand out a row of them; false where none is known. */
extern bool held_row(Replay *r);
/* How far are they decided now?  True: further.  The lock is held. */
extern bool held_ask(SharedWalk *w);

#endif							/* CDC_REPLAY_SHARED_H */
