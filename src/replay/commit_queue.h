/*-------------------------------------------------------------------------
 *
 * commit_queue.h
 *	  The rows that a key holds within a commit.
 *
 * Rows can move onto each other's keys within one commit, as in
 * UPDATE t SET id = id + 1, whose records are 2<-1, 3<-2, 4<-3: the second one
 * means the row that was on key 2 before the commit, not the one that has just
 * moved there.  So a key holds a queue of rows while the records of a commit
 * are applied in the order of the log:
 *
 *	  a key change appends the row that comes here;
 *	  an insert, or any other update, replaces the last row;
 *	  a removal, by a delete or by a change to another key, takes the first;
 *	  at the end of the commit the last row stays, and those before it go.
 *
 * This is the rule for all who apply records oldest first.  What a row is, is
 * theirs to say: a queue holds pointers, and neither copies nor frees what they
 * point to.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_COMMIT_QUEUE_H
#define CDC_REPLAY_COMMIT_QUEUE_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* All zero is a key without a row. */
typedef struct CommitQueue
{
	void	   *last;			/* NULL: the key has no row */
	List	   *displaced;		/* the rows in front of it, the first first */
	int			taken;			/* so many at the list's head are gone */
} CommitQueue;

/*
 * Puts a row on the key, behind the others if it moved here from another key,
 * else in place of the last.  Returns the row that it replaces, or NULL.  What
 * a queue of several rows needs is allocated in the current context.
 */
extern void *commit_queue_put(CommitQueue *q, void *row, bool moved);

/* Takes the row that a removal means off the key; NULL: there is none. */
extern void *commit_queue_take(CommitQueue *q);

/*
 * At the end of a commit: takes a row off the key that does not stay there.
 * To be called until it returns NULL, which leaves one row or none.
 */
extern void *commit_queue_end(CommitQueue *q);

/* Makes it a key without a row, whatever it holds. */
extern void commit_queue_clear(CommitQueue *q);

#endif							/* CDC_REPLAY_COMMIT_QUEUE_H */
