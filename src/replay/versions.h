/*-------------------------------------------------------------------------
 *
 * versions.h
 *	  Rows of a table of versions; not for other floors.
 *
 * Walking newest first, a version ends where the change of its key that was
 * met before it begins: one time a key, in the key table, is all there is to
 * remember.  Keys that do not fit in memory, and logs where a version's cells
 * or end stand elsewhere than in its key's next record (before images, cells
 * not supplied), are sorted by key and replayed key by key.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_VERSIONS_H
#define CDC_REPLAY_VERSIONS_H

#include "postgres.h"

#include "replay/state.h"
#include "replay/versionsort.h"

struct Versions
{
	bool		forward;		/* keys are replayed oldest first … */
	bool		linked;			/* … with those that their rows came from */
	bool		frozen;			/* keys not met so far are sorted */
	int			checks;			/* changes since memory was looked at */
	Sorter	   *sort;			/* NULL: nothing is sorted yet */
	int64		base_sorted;	/* base rows in it */
	struct Links *links;		/* which keys belong together; NULL: none yet */
	Sorter	   *unlinked;		/* in the order of the log, until all links
								 * are known */
	struct Forward *replay;		/* of the group at hand */
	/* newest first: the group at hand */
	bool		in_group;
	KeyIdent	group;
	TimestampTz until;			/* DT_NOEND: no change met */
	LogOp		end_op;
	bool		decided;		/* a change was met */
	int64		nbase;			/* base rows met … */
	TimestampTz base_until;		/* … until and end_op before the first */
	LogOp		base_end_op;
	Row		   *oldest;			/* of records with one sequence */
};

/* Set r up for versions. */
extern void versions_open(Replay *r);
extern void versions_close(Replay *r);

/* A change record: a version comes out, or is kept for later. */
extern void versions_record(Replay *r, const MergeItem *item);
/* The same in a shared walk: does it come out?  Then *until and *end_op say so. */
extern bool versions_decide(Replay *r, KeyIdent id, TimestampTz time,
							LogOp op, TimestampTz *until, LogOp *end_op);
/* Is there something about keys that base rows must be asked? */
extern bool versions_wait(const Replay *r);
/* A base row, in scratch, of a key or (id NULL) of none. */
extern void versions_base(Replay *r, const KeyIdent *id);
/* Change records are over. */
extern void versions_end_changes(Replay *r);
/* A step through what was sorted; false at its end. */
extern bool versions_step(Replay *r);

/*
 * forward.c: the replay of one group, oldest first.  Versions that end are
 * queued on r.
 */
typedef struct Forward Forward;

extern Forward *forward_open(Replay *r, bool linked);
extern void forward_item(Forward *f, const VersionItem *item);
/* The group is over: what is live stays so. */
extern void forward_end(Forward *f);

/* links.c: sets of keys, joined two by two. */
typedef struct Links Links;

extern Links *links_open(MemoryContext ctx);
extern void links_join(Links *l, KeyIdent a, KeyIdent b);
/* The key that stands for the set of id. */
extern KeyIdent links_find(Links *l, KeyIdent id);

#endif							/* CDC_REPLAY_VERSIONS_H */
