/*-------------------------------------------------------------------------
 *
 * versionsort.h
 *	  What happened to keys, in an external sort, group by group.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_VERSIONSORT_H
#define CDC_REPLAY_VERSIONSORT_H

#include "postgres.h"

#include "replay/pending.h"

typedef struct VersionItem
{
	KeyIdent	group;
	int64		order;			/* in its group */
	TimestampTz time;
	KeyIdent	id;
	KeyIdent	other;			/* where an EVENT_TAKE comes from, else id */
	EventKind	kind;
	LogOp		op;
	Row		   *row;			/* NULL: none */
} VersionItem;

typedef struct VersionSort VersionSort;

/*
 * In the current context; memory is bytes it may use (64 kB at least).  It
 * gives items back by group, and in a group by rising order.
 */
extern VersionSort *versionsort_open(size_t memory);
extern void versionsort_put(VersionSort *s, const VersionItem *item);
/* All are there; returns how many bytes of temporary files that took. */
extern int64 versionsort_finish(VersionSort *s);
/* False at the end; the row is good until the next call. */
extern bool versionsort_next(VersionSort *s, VersionItem *item);
extern void versionsort_close(VersionSort *s);

#endif							/* CDC_REPLAY_VERSIONSORT_H */
