/*-------------------------------------------------------------------------
 *
 * keys.h
 *	  What the samples of a table say of its key: shared by the files that
 *	  propose one, check it, and name what else it can be.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_IMPORT_KEYS_H
#define CDC_FDW_IMPORT_KEYS_H

#include "postgres.h"

#include "nodes/bitmapset.h"

#include "fdw/import/import.h"

/* A record of the samples, with its values as hashes. */
typedef struct KeyRecord
{
	int			file;
	const SampleRecord *record;
	LogOp		op;
	bool		is_load;
	bool		inserts;		/* it is a change, and inserts a row */
	bool		again;			/* an earlier record has the row too */
	bool		later;			/* a later one has */
	int			stretch;		/* nothing between records of one is unread */
	const uint64 *cells;		/* of each column; 0: it has no value */
	const uint64 *old;			/* before an update: its images, else cells */
} KeyRecord;

typedef struct KeyEvidence
{
	const Import *import;
	const ImportTable *table;
	const Recognised *r;
	const LogConfig *log;		/* of a table that is there, or NULL */
	KeyRecord  *records;
	int			n;
} KeyEvidence;

/* Reasons why a set of columns is no key. */
typedef enum KeyVerdict
{
	KEY_HOLDS,
	KEY_EMPTY,					/* a record has no value in one of them */
	KEY_TWICE,					/* two rows of the full load have it */
	KEY_INSERTED				/* a row was inserted that differs from the
								 * live one with it */
} KeyVerdict;

typedef struct KeyTrial
{
	KeyVerdict	verdict;
	const KeyRecord *record;	/* that speaks against it */
	const KeyRecord *other;		/* the row that it meets */
	int			column;			/* that is empty */
	int64		loaded;			/* rows of the full load */
	int64		inserted;		/* rows that changes insert */
	int64		met;			/* updates and deletes of a row of their stretch */
	int64		changes;		/* updates and deletes */
} KeyTrial;

/*
 * Called for updates and deletes that meet a row.  If it is of another stretch,
 * records that were not read may have changed it, or put another in its place.
 */
typedef void (*KeyMeet) (const KeyRecord *row, const KeyRecord *change,
						 void *arg);

/* ---- key_check.c ---- */

/*
 * Take the samples' records; values of columns that are not in wanted (NULL:
 * all are) count as none.  log: that of a table that is there, by whose types
 * values are compared, or NULL.  palloc'd in the current context, and refers to
 * the samples.
 */
extern KeyEvidence *import_key_open(const Import *import, ImportTable *table,
									const Recognised *r, const LogConfig *log,
									const Bitmapset *wanted);
/*
 * Fill *out with what the samples say of these columns as key, up to what
 * speaks against it.  narrow: it may lack columns of the key, so inserts are
 * looked at too.  meet may be NULL.  Cancelable.
 */
extern void import_key_try(const KeyEvidence *e, const Bitmapset *key,
						   bool narrow, KeyMeet meet, void *arg,
						   KeyTrial *out);
/* True if the samples do not contradict these columns as the whole key. */
extern bool import_key_holds(const KeyEvidence *e, const Bitmapset *key);
/*
 * The first columns of the set of which none can be left out without the
 * samples contradicting them; the set itself where none can; palloc'd.
 */
extern Bitmapset *import_key_least(const KeyEvidence *e, const Bitmapset *key);
/*
 * A sentence on why the samples contradict the key from that origin; NULL where
 * they do not.  palloc'd.
 */
extern const char *import_key_fails(const KeyEvidence *e,
									const Bitmapset *key, bool narrow,
									const char *origin);
/* True if so few changes meet a row that the key is none. */
extern bool import_key_misses(const KeyEvidence *e, const KeyTrial *trial);

/* ---- key_task.c ---- */

/* Whether a rule of the task added a column to every record. */
typedef enum KeyTask
{
	TASK_NOT,
	TASK_LIKELY,				/* by its look: data may look so, too */
	TASK_SURELY
} KeyTask;

/* differ: its values are not the same in all files. */
extern KeyTask import_key_task(const KeyEvidence *e, int column, bool *differ);
/*
 * Columns that delete records fill, less those that look as if the task added
 * them, as far as other records bear that out; *doubtful: those that look so,
 * of which no record tells, or NULL.  palloc'd.
 */
extern Bitmapset *import_key_without_task(const KeyEvidence *e,
										  const Bitmapset *filled,
										  Bitmapset **doubtful);

/* ---- key_hint.c ---- */

/*
 * The columns of which the key can consist, by all that was sampled; NULL where
 * none can be named.  *sure: it cannot be less than all of them.  palloc'd.
 */
extern Bitmapset *import_key_likely(const KeyEvidence *e, bool *sure);

#endif							/* CDC_FDW_IMPORT_KEYS_H */
