/*-------------------------------------------------------------------------
 *
 * spill.h
 *	  Keys that do not fit in memory, split by hash into a temporary file.
 *
 * A split keeps one part of the keys in memory; what the walk meets of the
 * others goes to their part's two tapes, in walk order, and is walked later.
 * All tapes of a scan lie in one temporary file, whose blocks are used again
 * when they were read: thousands of small files would cost more than what is
 * in them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_SPILL_H
#define CDC_REPLAY_SPILL_H

#include "postgres.h"

#include "utils/logtape.h"

#include "replay/keytable.h"
#include "replay/pending.h"

#define SPILL_PARTS			16
#define SPILL_MAX_LEVEL		12

typedef enum SpillKind
{
	SPILL_COMMIT,				/* the commit the walk was in at the split */
	SPILL_ENTRY,				/* a key already decided: its table entry */
	SPILL_CANDIDATE,			/* state of a pending key … */
	SPILL_WAITER,
	SPILL_EVENT,
	SPILL_SET,					/* what the walk meets after the split */
	SPILL_REMOVE
} SpillKind;

typedef struct SpillItem
{
	/* always written */
	uint8		kind;			/* SpillKind */
	uint8		event;			/* EventKind */
	uint8		op;				/* LogOp */
	bool		undecided;		/* SPILL_EVENT */
	bool		same_commit;	/* SPILL_ENTRY: last met in the commit walked */
	bool		one_row;		/* SPILL_WAITER: both ways share their row */
	bool		moves;			/* other is another key than id */
	bool		has_row[2];		/* event: what the record says, its seeker;
								 * candidate and waiter: their rows */
	KeyIdent	id;
	uint32		meta;			/* SPILL_ENTRY */
	/* not of a SPILL_ENTRY */
	int64		ordinal;
	int64		commit;
	/* of a change from one key to another */
	KeyIdent	other;
	/* of a candidate or the ways of a waiter */
	SearchEnd	end[2];
	KeyIdent	end_other[2];
	int64		end_ordinal[2];
	bool		has_back[2];
	KeyIdent	back[2];
	int64		back_ordinal[2];
	/* written as rows */
	Row		   *row[2];
} SpillItem;

typedef struct SpillPart
{
	struct SpillPart *next;
	int			level;
	LogicalTapeSet *tapes;
	MemoryContext context;		/* in which they and their buffers live */
	LogicalTape *changes;		/* NULL: nothing was written */
	LogicalTape *base;
	int64		bytes;			/* written to both */
} SpillPart;

/* One split: parts 1 to SPILL_PARTS - 1 are on disk. */
typedef struct SpillLevel
{
	int			level;
	SpillPart  *parts[SPILL_PARTS];
} SpillLevel;

/* The part of a key under a split; NULL: it stays in memory. */
extern SpillPart *spill_part(const SpillLevel *split, KeyIdent id);
/* The temporary file of a scan, in the current context; close it at the end. */
extern LogicalTapeSet *spill_open(void);
/* In the current context, which must live as long as the tapes. */
extern SpillLevel *spill_split(LogicalTapeSet *tapes, int level);

extern void spill_write(SpillPart *part, const SpillItem *item);
/* A pending key's whole state, in the order that restores it. */
extern void spill_write_pending(SpillPart *part, const PendingKey *key,
								int64 commit);
extern void spill_write_base(SpillPart *part, KeyIdent id, const Row *row);

/* To the beginning; call before reading. */
extern void spill_rewind(SpillPart *part);
/* False at the end; rows in the current context. */
extern bool spill_read(SpillPart *part, SpillItem *item);
extern Row *spill_read_base(SpillPart *part, KeyIdent *id);
extern void spill_free(SpillPart *part);

#endif							/* CDC_REPLAY_SPILL_H */
