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

/* select.c: which CDC files are read, and what is known before reading. */
extern void replay_select(Replay *r);
/* Raises an error where another pass would read more than the session may. */
extern void replay_check_bytes(Replay *r);
extern void replay_before_first(Replay *r) CDC_NORETURN;
/* Is it known without a look at its rows that the full load was over? */
extern bool replay_load_was_over(Replay *r);
extern void replay_layout_seen(void *arg, const LogReader *reader, int fileno);

/* replay.c */
extern void replay_count_merge(ReplayCounters *sum, MergeCounters m);
/* An error where all records were later than the instant, and no base is. */
extern void replay_check_counted(Replay *r, const ReplayCounters *c);
/*
 * Raises, of files that were chosen and not read, the errors of an instant at
 * which the full load was not over, or before the first change of a log without
 * one.  Reads what it must to know.
 */
extern void replay_check_unread(Replay *r);
/* Opens the merge of the change files, for a first or another pass. */
extern void replay_begin_pass(Replay *r);
/* Closes it, once the change records are over, and counts what it met. */
extern void replay_collect_merge(Replay *r);
/* Does this pass look for nothing more? */
extern bool replay_pass_is_over(Replay *r);
/* Are all keys that were asked for decided? */
extern bool replay_search_is_over(Replay *r);
/* Go on alone with a walk that met these keys; MergeFile.left says what is left. */
extern void replay_go_on(Replay *r, const KeyTable *met);

/* apply.c: what a change does to its key. */
extern void apply_record(Replay *r, const MergeItem *item);
/*
 * The same in a shared walk, where no key can be pending: does the record
 * come out as a row?
 */
extern bool apply_decide(Replay *r, RunEntry *entry);
/* What a change of this operation does to its key, if to no other. */
extern EventKind apply_kind(LogOp op);
/* The key that the update at hand took its row from; false: from none. */
extern bool apply_before_key(Replay *r, KeyIdent now, KeyIdent *old);
/* The walk is in the commit of the record at hand. */
extern void apply_enter_commit(Replay *r);
/* Count what is doubtful about a change of a key in the table … */
extern void apply_judge(Replay *r, KeyNote *e, bool found, LogOp op);
/*
 * … or about the oldest one of them, as there is a base row.  Returns false,
 * and counts, where it is not the first base row of its key.
 */
extern bool apply_judge_base(Replay *r, KeyNote *e);
/* An update or delete without key is an error. */
extern void apply_check_keyless(Replay *r, LogOp op, int64 line, int fileno);
/*
 * A change from the log or a part.  seeker: what became elsewhere of the row
 * that it removes, or NULL.  Returns the row (copied to the pending keys) that
 * the removal behind a key change must be told of, or NULL.
 */
extern Row *apply_change(Replay *r, const Change *c, Row *seeker);
/* A base row of the key: does it come out?  row: NULL where no key is pending. */
extern bool apply_base(Replay *r, KeyIdent id, const Row *row);
extern void apply_end_changes(Replay *r);
extern void apply_end(Replay *r);
extern void apply_reset(Replay *r);
/* Another pass completes this row; arg is the Replay. */
extern void apply_search_later(void *arg, const Search *search);
/* No key is pending, in memory of its own. */
extern void apply_new_pending(Replay *r);

/* output.c: the row at hand. */
/* Build scratch from a record. */
extern Row *output_row(Replay *r, const LogRecord *rec, int fileno);
/* The same from our table's i'th record that a reader holds. */
extern Row *output_held_row(Replay *r, LogReader *reader, size_t i,
						   TimestampTz time, LogOp op, int fileno);
/*
 * The same from the merge's record.  Whoever wants merge_record() too, which
 * takes the place of the cells, calls that first.
 */
extern Row *output_merged_row(Replay *r, int fileno);
/* Make scratch a row without a look at its record (ReplaySpec.bare). */
extern Row *output_bare_row(Replay *r, TimestampTz time, LogOp op, int fileno);
/* What a change says of its row, perhaps in scratch. */
extern const Row *output_change_row(Replay *r, const Change *c);
/* Hand a row out, now: it becomes scratch. */
extern void output_emit(Replay *r, const Row *row);
/* Hand a row out later; it is palloc'd in one chunk, and freed then. */
extern void output_queue(void *arg, Row *row);
/* A copy in the memory of the pending keys; NULL of NULL. */
extern Row *output_keep_row(Replay *r, const Row *row);

/* base.c: base rows. */
/* Open the base files that come next, as far as there is room; arg is the Replay. */
extern void base_open(void *arg, Ahead *a);
/* The reader of the file that comes next; those behind it are opened ahead. */
extern LogReader *base_reader(Replay *r);
/* A row loaded after the instant: only before_base 'base' lets it pass. */
extern void base_check_time(Replay *r, const LogRecord *rec, int fileno);
/* A step while they are read. */
extern void base_step(Replay *r);

/*
 * basekeys.c: base rows that share a key, which are one row if they are equal.
 */
/* Several base rows of this key count: they are to be compared. */
extern void basekeys_add(Replay *r, KeyIdent id);
/*
 * A base row's key is decided by no change, so the row comes out, and so do
 * others of its key.  A search remembers it, to compare those in the end; a
 * scan, whose keys are many, does not.
 */
extern void basekeys_undecided(Replay *r, KeyIdent id);
/* Add those that the key table, and the search, have notes of. */
extern void basekeys_collect(Replay *r);
/*
 * Compare them, at the end of the walk.  Raises an error where two differ in a
 * column of the table.
 */
extern void basekeys_check(Replay *r);
/* A look at the full load's first block of records. */
typedef struct KeyLook
{
	LogFile   **base;
	int			nbase;
	int			at;				/* its file in base */
	LogReader  *reader;			/* NULL: no look is needed, or it is over */
} KeyLook;

/*
 * Begin to fetch the first block of the full load, where a look at it is needed.
 * A look raises the error where rows in it have one key and differ, and returns
 * true and the time of the first record where the block holds one.  A file
 * without records leaves the look to the next file, which it begins to fetch.
 */
extern void basekeys_begin_look(Replay *r, KeyLook *look, LogFile **base,
								int nbase);
extern bool basekeys_look(Replay *r, KeyLook *look, TimestampTz *time);
extern void basekeys_close(BaseKeys *b);	/* accepts NULL */

/* partition.c: keys that do not fit in memory. */
/* The part where changes of a key go now; NULL: it is walked here. */
extern SpillPart *partition_route(Replay *r, KeyIdent id);
extern void partition_change(Replay *r, SpillPart *part, const Change *c,
							 Row *seeker);
/* Before a change: split where keys take too much memory. */
extern void partition_check_memory(Replay *r);
/* What the file of the part that is walked says next. */
extern void partition_item(Replay *r, SpillItem *item);
/* The changes of the log or the part are over. */
extern void partition_end(Replay *r);
/* Take keys over that were met elsewhere. */
extern void partition_adopt(Replay *r, const KeyTable *met);

/* An error about record rec. */
extern void replay_at(Replay *r, int fileno, int64 line, const char *column);

#endif							/* CDC_REPLAY_STATE_H */
