/*-------------------------------------------------------------------------
 *
 * keytable.c
 *	  The keys already met.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/mman.h>
#include <unistd.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "replay/keytable.h"

#define INITIAL_CAPACITY	512
/* keys of a range at most; what it may take is far less */
#define RANGE_MAX			(UINT64CONST(1) << 40)
#define HUGE_PAGE			(2 * 1024 * 1024)
/* bytes zeroed between two looks for a cancel */
#define ZEROED_AT_ONCE		((size_t) 64 * 1024 * 1024)
/* a range, which needs no search, is worth so many times the memory */
#define RANGE_WORTH			8
/* full at three quarters */
#define IS_FULL(t)			((t)->nentries + 1 > (t)->capacity / 4 * 3)

/*
 * Look-ups hit the table at random: with small pages each would also miss the
 * processor's address cache.  Only advice; where it is not heard nothing
 * changes.
 */
static void
advise_huge_pages(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
	char	   *start = (char *) TYPEALIGN(HUGE_PAGE, memory);
	char	   *end = (char *) TYPEALIGN_DOWN(HUGE_PAGE, (char *) memory + size);

	if (end > start)
		(void) madvise(start, end - start, MADV_HUGEPAGE);
#endif
}

/* Map all pages of shared memory at once: each by itself takes far longer. */
static void
advise_all_pages(void *memory, size_t size)
{
#ifdef MADV_POPULATE_WRITE
	size_t		page = sysconf(_SC_PAGESIZE);
	char	   *start = (char *) TYPEALIGN(page, memory);
	char	   *end = (char *) TYPEALIGN_DOWN(page, (char *) memory + size);

	if (end > start)
		(void) madvise(start, end - start, MADV_POPULATE_WRITE);
#endif
}

/* Zeroed memory of the table. */
static void *
allocate(const KeyTable *t, size_t size, dsa_pointer *where)
{
	char	   *memory;

	if (t->area != NULL)
	{
		*where = dsa_allocate_extended(t->area, size, DSA_ALLOC_HUGE);
		memory = dsa_get_address(t->area, *where);
	}
	else
	{
		memory = MemoryContextAllocHuge(t->ctx, size);
		advise_huge_pages(memory, size);
	}
	for (size_t done = 0; done < size; done += ZEROED_AT_ONCE)
	{
		size_t		n = Min(size - done, ZEROED_AT_ONCE);

		CHECK_FOR_INTERRUPTS();
		if (t->area != NULL)
			advise_all_pages(memory + done, n);
		memset(memory + done, 0, n);
	}
	return memory;
}

static size_t
entries_size(const KeyTable *t, uint64 capacity)
{
	return capacity * t->entry_size;
}

static void
allocate_entries(KeyTable *t, uint64 capacity)
{
	t->capacity = capacity;
	t->nentries = 0;
	t->entries = allocate(t, entries_size(t, capacity), &t->where);
}

void
keytable_init(KeyTable *t, MemoryContext ctx, dsa_area *area, bool timed)
{
	size_t		time = timed ? sizeof(TimestampTz) : 0;

	/* the note is an entry's end */
	StaticAssertStmt(offsetof(KeyEntry, note) + sizeof(KeyNote) ==
					 sizeof(KeyEntry), "a time stands behind each note");
	memset(t, 0, sizeof(*t));
	t->timed = timed;
	t->entry_size = sizeof(KeyEntry) + time;
	t->note_size = sizeof(KeyNote) + time;
	t->ctx = ctx;
	t->area = area;
	t->where = t->range_where = InvalidDsaPointer;
	allocate_entries(t, INITIAL_CAPACITY);
}

static void
release(const KeyTable *t, void *memory, dsa_pointer where)
{
	if (memory == NULL)
		return;
	if (t->area != NULL)
		dsa_free(t->area, where);
	else
		pfree(memory);
}

void
keytable_free(KeyTable *t)
{
	release(t, t->entries, t->where);
	release(t, t->range, t->range_where);
	keytable_forget(t);
}

void
keytable_forget(KeyTable *t)
{
	t->entries = NULL;
	t->range = NULL;
	t->where = t->range_where = InvalidDsaPointer;
	t->capacity = t->nentries = t->range_size = t->used = 0;
}

void
keytable_attach(KeyTable *t, dsa_area *area)
{
	t->area = area;
	t->entries = dsa_get_address(area, t->where);
	t->range = dsa_get_address(area, t->range_where);
}

static KeyEntry *
free_entry(KeyTable *t, KeyIdent id)
{
	uint64		i = key_hash(id, 0) & (t->capacity - 1);

	while (keytable_entry(t, i)->note.meta != 0)
		i = (i + 1) & (t->capacity - 1);
	return keytable_entry(t, i);
}

/*
 * Which range would hold all keys that the table has, and some near those,
 * which are likely to come?  0 where they are not all integers, or too far
 * apart.
 */
static uint64
wanted_range(const KeyTable *t, uint64 *low)
{
	int64		from = (int64) t->low;
	int64		to = (int64) (t->low + t->range_size - 1);
	uint64		size;
	uint64		before;
	uint64		behind;

	if (t->range_size == 0)
	{
		from = PG_INT64_MAX;
		to = PG_INT64_MIN;
	}
	for (uint64 i = 0; i < t->capacity; i++)
	{
		const KeyEntry *e = keytable_entry(t, i);

		CHECK_FOR_INTERRUPTS();
		if (e->note.meta == 0)
			continue;
		if (e->b != 0)
			return 0;
		from = Min(from, (int64) e->a);
		to = Max(to, (int64) e->a);
	}
	/* differences, which unsigned numbers always hold */
	size = (uint64) to - (uint64) from + 1;
	if (size == 0 || size > RANGE_MAX)
		return 0;
	before = Min(size / 8, (uint64) from - (uint64) PG_INT64_MIN);
	behind = Min(size / 8, (uint64) PG_INT64_MAX - (uint64) to);
	*low = (uint64) from - before;
	return size + before + behind;
}

/* May a range take so much, where entries would take less? */
static bool
range_is_worth(const KeyTable *t, size_t bytes)
{
	size_t		entries = keytable_next_size(t) -
		entries_size(t, INITIAL_CAPACITY);

	return bytes <= entries ||
		(bytes <= t->little && bytes / RANGE_WORTH <= entries);
}

/* Make a range of the integer keys where that is worth its memory. */
static bool
make_key_range(KeyTable *t)
{
	KeyTable	before = *t;
	uint64		low = 0;
	uint64		size = wanted_range(t, &low);

	if (size == 0 || !range_is_worth(t, size * t->note_size))
		return false;
	t->range = allocate(t, size * t->note_size, &t->range_where);
	t->low = low;
	t->range_size = size;
	if (before.range != NULL)
		memcpy(keytable_note(t, before.low - low), before.range,
			   before.range_size * t->note_size);
	allocate_entries(t, INITIAL_CAPACITY);
	for (uint64 i = 0; i < before.capacity; i++)
	{
		const KeyEntry *e = keytable_entry(&before, i);

		CHECK_FOR_INTERRUPTS();
		if (e->note.meta != 0)
			memcpy(keytable_note(t, e->a - low), &e->note, t->note_size);
	}
	keytable_free(&before);
	return true;
}

static void
grow(KeyTable *t)
{
	KeyTable	before = *t;

	if (make_key_range(t))
		return;
	allocate_entries(t, before.capacity * 2);
	for (uint64 i = 0; i < before.capacity; i++)
	{
		const KeyEntry *from = keytable_entry(&before, i);

		CHECK_FOR_INTERRUPTS();
		if (from->note.meta != 0)
			memcpy(free_entry(t, key_of_entry(from)), from, t->entry_size);
	}
	t->nentries = before.nentries;
	release(t, before.entries, before.where);
}

KeyNote *
keytable_insert_entry(KeyTable *t, KeyIdent id, bool *found)
{
	KeyEntry   *e;
	uint64		i;

	if (IS_FULL(t))
	{
		grow(t);
		if (keytable_in_range(t, id))
			return keytable_insert(t, id, found);
	}
	i = key_hash(id, 0) & (t->capacity - 1);
	for (;; i = (i + 1) & (t->capacity - 1))
	{
		e = keytable_entry(t, i);
		*found = e->note.meta != 0;
		if (!*found)
			break;
		if (e->a == id.a && e->b == id.b)
			return &e->note;
	}
	e->a = id.a;
	e->b = id.b;
	e->note.meta = KEY_USED;
	t->nentries++;
	t->used++;
	return &e->note;
}

KeyNote *
keytable_next(const KeyTable *t, uint64 *at, KeyIdent *id)
{
	CHECK_FOR_INTERRUPTS();
	for (; *at < t->range_size; ++*at)
	{
		if (keytable_note(t, *at)->meta == 0)
			continue;
		id->a = t->low + *at;
		id->b = 0;
		return keytable_note(t, (*at)++);
	}
	for (; *at - t->range_size < t->capacity; ++*at)
	{
		KeyEntry   *e = keytable_entry(t, *at - t->range_size);

		if (e->note.meta == 0)
			continue;
		*id = key_of_entry(e);
		++*at;
		return &e->note;
	}
	return NULL;
}

size_t
keytable_next_size(const KeyTable *t)
{
	return t->range_size * t->note_size +
		entries_size(t, t->capacity * (IS_FULL(t) ? 2 : 1));
}
