/*-------------------------------------------------------------------------
 *
 * commit_queue.c
 *	  The rows that a key holds within a commit.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "replay/commit_queue.h"

void *
commit_queue_put(CommitQueue *q, void *row, bool moved)
{
	void	   *last = q->last;

	q->last = row;
	if (!moved)
		return last;
	if (last != NULL)
		q->displaced = lappend(q->displaced, last);
	return NULL;
}

/* Takes the first of the rows in front of the last; NULL: there is none. */
void *
commit_queue_end(CommitQueue *q)
{
	void	   *row;

	if (q->displaced == NIL)
		return NULL;
	row = list_nth(q->displaced, q->taken++);
	/* half of the list at a time: to move it costs no more than to fill it */
	if (q->taken * 2 > list_length(q->displaced))
	{
		q->displaced = list_delete_first_n(q->displaced, q->taken);
		q->taken = 0;
	}
	return row;
}

void *
commit_queue_take(CommitQueue *q)
{
	void	   *row = commit_queue_end(q);

	if (row != NULL)
		return row;
	row = q->last;
	q->last = NULL;
	return row;
}

void
commit_queue_clear(CommitQueue *q)
{
	list_free(q->displaced);
	*q = (CommitQueue) {0};
}
