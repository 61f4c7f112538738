/*-------------------------------------------------------------------------
 *
 * state.h
 *	  What the parts of the replay share; not for other floors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_STATE_H
#define CDC_REPLAY_STATE_H

#include "postgres.h"

#include "base/compat.h"
#include "replay/key.h"
#include "replay/keytable.h"
#include "replay/merge.h"
#include "replay/pending.h"
#include "replay/replay.h"
#include "replay/spill.h"

/* base records whose keys are looked up together */
#define BASE_BATCH	32
/* changes between two looks at the memory used */
#define REPLAY_CHECK_EVERY	64
/* bytes for keys that less work_mem does not take away */
#define REPLAY_MIN_MEMORY	(64 * 1024)

typedef struct Versions Versions;
typedef struct BaseKeys BaseKeys;

typedef enum ReplayPhase
{
	PHASE_START,
	PHASE_SHARED,				/* changes, with other processes */
	PHASE_CHANGES,
	PHASE_BASE,
	PHASE_VERSIONS,				/* that had to be sorted */
	PHASE_NEXT,					/* a partition or pass is over */
	PHASE_DONE
} ReplayPhase;

struct Replay
{
	ReplaySpec	spec;
	MemoryContext ctx;
	MemoryContext pass_ctx;		/* of one pass over the log */
	MemoryContext pending_ctx;
	MemoryContext record_ctx;	/* of one spilled record */
	MemoryContext scratch_ctx;	/* of texts made for scratch */
	ReplayPhase phase;
	ReplayCounters counters;
	bool		can_miss;		/* cells may be not supplied */
	bool		keyed;
	bool		dedupe_sequence;	/* no key, but a sequence */
	/* files: CDC files from 0, then the base files */
	MergeFile  *files;
	int			ncdc;
	int			nbase;
	char	  **uris;
	TimestampTz base_first;		/* DT_NOBEGIN: unknown */
	TimestampTz *lower;			/* of each source: older changes are not
								 * replayed */
	bool	   *undated;		/* of each source: no record tells when its full
								 * load was taken */
	bool		empty;			/* the full load was not over: no rows */
	TimestampTz upper;			/* later changes are not replayed */
	bool		cut;			/* times that the query asks for left records
								 * out … */
	bool		cut_below;		/* … and the full load */
	/* makers */
	TupleMaker *key_values;
	KeyMaker   *keys;
	KeySearch  *search;			/* NULL: all rows */
	/* the walk */
	Merge	   *merge;
	KeyTable	table;
	bool		table_ready;
	Pending    *pending;
	int64		ordinal;
	TimestampTz record_time;	/* of the record read last */
	int			item_file;
	int64		commit;			/* its commit, counted from the newest */
	int64		applied_commit; /* of the change applied last */
	uint32		commit_number;	/* the same as the table counts them */
	int			checks;			/* changes since memory was looked at */
	/* base files */
	int			base_next;
	int			base_ahead;		/* base_next when files were opened ahead */
	LogReader **base_readers;
	AheadClaim *claim;			/* for them, once changes are read */
	KeyIdent	base_keys[BASE_BATCH];	/* of the records that come next … */
	TimestampTz base_times[BASE_BATCH]; /* … and their times and ops */
	LogOp		base_ops[BASE_BATCH];
	int			nbase_keys;
	int			base_key;		/* of the next one */
	BaseKeys   *repeated;		/* keys of which several base rows were met, to
								 * be compared; NULL: none */
	/* partitions */
	Row		   *carried;		/* of a key change whose removal comes next */
	KeyIdent	carried_to;
	int64		carried_ordinal;
	LogicalTapeSet *tapes;		/* NULL: nothing was split */
	SpillLevel **levels;		/* splits of the pass or partition walked */
	int			nlevels;
	SpillPart  *part;			/* NULL: the log itself */
	SpillPart  *parts;			/* still to be walked */
	/* searches that need another pass, by key and record */
	int			pass;
	Search	   *searches;
	int64		nsearches;
	int64		maxsearches;
	Search	   *found_searches; /* of the pass that runs, by ordinal */
	int64		nfound;
	int64		next_found;
	LiveNotes  *live_notes;		/* what searching passes learnt; NULL: pass 1 */
	/* rows on their way out */
	Row		  **queue;
	int64		queue_first;
	int64		queue_end;
	int64		queue_max;
	Row		   *handed_out;		/* a queued row the caller may still look at */
	Row		   *scratch;
	bool		scratch_ready;	/* scratch is the next row */
	/* with other processes; NULL: alone */
	struct SharedWalk *shared;
	/* rows are versions; NULL: they are live keys */
	struct Versions *versions;
};

/* replay.c, for the walks beside it */

/* Opens the merge of the change files, for a first or another pass. */
extern void replay_begin_pass(Replay *r);

/* Closes it, once the change records are over, and counts what it met. */
extern void replay_collect_merge(Replay *r);

/* Counts, for who looks on, the files that a pass over the log is to read. */
extern void replay_tell_files(const Replay *r);

#endif							/* CDC_REPLAY_STATE_H */
