/*-------------------------------------------------------------------------
 *
 * keytable.h
 *	  The keys already met: 16 bytes each, 24 where they have times; open
 *	  addressing.
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
#define KEY_TIME_MAX	(PG_UINT32_MAX >> KEY_TIME_SHIFT)

typedef struct KeyEntry
{
	uint64		a;
	uint32		b;
	uint32		meta;			/* 0: free */
} KeyEntry;

typedef struct KeyTable
{
	MemoryContext ctx;
	dsa_area   *area;			/* not NULL: entries are in shared memory … */
	dsa_pointer where;			/* … here */
	KeyEntry   *entries;		/* behind them their times, if timed */
	uint64		capacity;		/* a power of two */
	bool		timed;
	uint64		used;
} KeyTable;

/*
 * In ctx, or in area where that is not NULL.  timed: each key has a time of
 * the caller's, keytable_time().
 */
extern void keytable_init(KeyTable *t, MemoryContext ctx, dsa_area *area,
						  bool timed);
extern void keytable_free(KeyTable *t);

static inline KeyIdent
key_of_entry(const KeyEntry *e)
{
	KeyIdent	id = {e->a, e->b};

	return id;
}

/* Good until the next insertion. */
static inline TimestampTz *
keytable_time(const KeyTable *t, const KeyEntry *e)
{
	return (TimestampTz *) (t->entries + t->capacity) + (e - t->entries);
}

/* The key's entry, or NULL. */
static inline KeyEntry *
keytable_find(const KeyTable *t, KeyIdent id)
{
	uint64		i = key_hash(id, 0) & (t->capacity - 1);

	for (;; i = (i + 1) & (t->capacity - 1))
	{
		KeyEntry   *e = &t->entries[i];

		if (e->meta == 0)
			return NULL;
		if (e->a == id.a && e->b == id.b)
			return e;
	}
}

/*
 * A key will be looked up soon.  Always inlined: a call of a function that
 * only prefetches has no effect in gcc's eyes, and is dropped.
 */
static pg_attribute_always_inline void
keytable_prefetch(const KeyTable *t, KeyIdent id)
{
	__builtin_prefetch(&t->entries[key_hash(id, 0) & (t->capacity - 1)], 1);
}

/* The key's entry, made if there is none; *found tells which. */
extern KeyEntry *keytable_insert(KeyTable *t, KeyIdent id, bool *found);

/* Bytes the table would take if one more key made it grow, else its size. */
extern size_t keytable_next_size(const KeyTable *t);

#endif							/* CDC_REPLAY_KEYTABLE_H */
