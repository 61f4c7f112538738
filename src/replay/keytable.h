/*-------------------------------------------------------------------------
 *
 * keytable.h
 *	  The keys already met.
 *
 * A key's place is found by open addressing over entries of 16 bytes.  Where
 * integer keys lie close together (numbers from a sequence do), those of a
 * range have a place each instead, of 4 bytes: the table decides that when it
 * grows, by which takes less memory, or not much more and little altogether.  Either may have a time behind each note.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_KEYTABLE_H
#define CDC_REPLAY_KEYTABLE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/dsa.h"

#include "replay/key.h"

/*
 * What is known of a key.  Walking newest first, LAST_* is the newest change
 * whose legality the next older one tells: an update or delete needs a row,
 * an insert needs none.
 */
#define KEY_USED		0x1
#define KEY_LAST_MASK	0x6
#define KEY_LAST_NONE	0x0
#define KEY_LAST_INSERT	0x2
#define KEY_LAST_UPDATE	0x4
#define KEY_LAST_DELETE	0x6
#define KEY_END_SHIFT	3		/* LogOp of the change that ended its version */
#define KEY_END_MASK	0x18
#define KEY_TIME_SHIFT	5		/* above: number of the commit time last met */
#define KEY_TIME_MAX	((PG_UINT32_MAX >> KEY_TIME_SHIFT) - 1)
/*
 * In place of that number from the first base row of the key on; from the
 * second one on LAST is INSERT, which a key without changes behind it never
 * counts for.
 */
#define KEY_BASE_MET	(PG_UINT32_MAX << KEY_TIME_SHIFT)

/* What is known of a key. */
typedef struct KeyNote
{
	uint32		meta;			/* 0: not met */
} KeyNote;

/* True if a base row of the key was met. */
static inline bool
key_base_met(const KeyNote *note)
{
	return (note->meta & KEY_BASE_MET) == KEY_BASE_MET;
}

/* True if several were. */
static inline bool
key_base_repeated(const KeyNote *note)
{
	return key_base_met(note) && (note->meta & KEY_LAST_MASK) != KEY_LAST_NONE;
}

typedef struct KeyEntry
{
	uint64		a;
	uint32		b;
	KeyNote		note;			/* not met: free */
} KeyEntry;

typedef struct KeyTable
{
	MemoryContext ctx;
	dsa_area   *area;			/* not NULL: all is in shared memory … */
	dsa_pointer where;			/* … entries here … */
	dsa_pointer range_where;	/* … and range here */
	bool		timed;
	size_t		entry_size;		/* of a KeyEntry, and the time behind its note */
	size_t		note_size;		/* likewise */
	/* keys anywhere */
	char	   *entries;
	uint64		capacity;		/* a power of two */
	uint64		nentries;
	/* integer keys from low on */
	char	   *range;
	uint64		low;
	uint64		range_size;		/* keys, 0: no range */
	uint64		used;			/* keys in both */
	size_t		little;			/* bytes, which a range may take for being faster */
} KeyTable;

/*
 * In ctx, or in area where that is not NULL.  timed: each key has a time of
 * the caller's, who sets it when the key comes.  Set little if you like.
 */
extern void keytable_init(KeyTable *t, MemoryContext ctx, dsa_area *area,
						  bool timed);
extern void keytable_free(KeyTable *t);
/* A table in shared memory that another process grew: find its memory here. */
extern void keytable_attach(KeyTable *t, dsa_area *area);
/* Its memory is another table's now. */
extern void keytable_forget(KeyTable *t);

/* Has a key a place of its own? */
static inline bool
keytable_in_range(const KeyTable *t, KeyIdent id)
{
	return id.a - t->low < t->range_size && id.b == 0;
}

static inline KeyIdent
key_of_entry(const KeyEntry *e)
{
	KeyIdent	id = {e->a, e->b};

	return id;
}

static inline KeyEntry *
keytable_entry(const KeyTable *t, uint64 i)
{
	return (KeyEntry *) (t->entries + i * t->entry_size);
}

static inline KeyNote *
keytable_note(const KeyTable *t, uint64 i)
{
	return (KeyNote *) (t->range + i * t->note_size);
}

/*
 * The time of a key of a timed table.  It stands right behind the note, so that
 * one look at memory finds both; aligned as the note is.
 */
static inline TimestampTz
keytable_time(const KeyNote *note)
{
	TimestampTz time;

	memcpy(&time, note + 1, sizeof(time));
	return time;
}

static inline void
keytable_set_time(KeyNote *note, TimestampTz time)
{
	memcpy(note + 1, &time, sizeof(time));
}

/* What is known of the key, or NULL. */
static inline KeyNote *
keytable_find(const KeyTable *t, KeyIdent id)
{
	uint64		i;

	if (keytable_in_range(t, id))
	{
		KeyNote    *note = keytable_note(t, id.a - t->low);

		return note->meta != 0 ? note : NULL;
	}
	if (t->nentries == 0)
		return NULL;
	i = key_hash(id, 0) & (t->capacity - 1);
	for (;; i = (i + 1) & (t->capacity - 1))
	{
		KeyEntry   *e = keytable_entry(t, i);

		if (e->note.meta == 0)
			return NULL;
		if (e->a == id.a && e->b == id.b)
			return &e->note;
	}
}

/* Keys are told to keytable_prefetch() so many records before they come. */
#define KEYTABLE_AHEAD	12

/*
 * A key will be looked up soon.  Always inlined: a call of a function that
 * only prefetches has no effect in gcc's eyes, and is dropped.
 */
static pg_attribute_always_inline void
keytable_prefetch(const KeyTable *t, KeyIdent id)
{
	const KeyNote *note = keytable_in_range(t, id) ?
		keytable_note(t, id.a - t->low) :
		&keytable_entry(t, key_hash(id, 0) & (t->capacity - 1))->note;

	__builtin_prefetch(note, 1);
}

/* keytable_insert() of a key without a place of its own. */
extern KeyNote *keytable_insert_entry(KeyTable *t, KeyIdent id, bool *found);

/* What is known of the key, KEY_USED if nothing was; *found tells which. */
static inline KeyNote *
keytable_insert(KeyTable *t, KeyIdent id, bool *found)
{
	KeyNote    *note;

	if (!keytable_in_range(t, id))
		return keytable_insert_entry(t, id, found);
	note = keytable_note(t, id.a - t->low);
	*found = note->meta != 0;
	note->meta |= KEY_USED;
	t->used += !*found;
	return note;
}

/*
 * All keys, in no order: *at is 0 for the first.  NULL after the last one.
 * Nothing may be inserted meanwhile.
 */
extern KeyNote *keytable_next(const KeyTable *t, uint64 *at, KeyIdent *id);

/* Bytes the table would take at most if one more key made it grow. */
extern size_t keytable_next_size(const KeyTable *t);

#endif							/* CDC_REPLAY_KEYTABLE_H */
