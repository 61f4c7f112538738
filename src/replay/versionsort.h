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
#include "replay/sorter.h"

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

/*
 * In the current context; memory is bytes it may use (64 kB at least).  It
 * gives items back by group, and in a group by rising order.
 */
extern Sorter *versionsort_open(size_t memory);
extern void versionsort_put(Sorter *s, const VersionItem *item);
/* False at the end; the row is in the current context, the caller's to free. */
extern bool versionsort_next(Sorter *s, VersionItem *item);

#endif							/* CDC_REPLAY_VERSIONSORT_H */
