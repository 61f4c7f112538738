/*-------------------------------------------------------------------------
 *
 * keytable.c
 *	  The keys already met.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/mman.h>

#include "utils/memutils.h"

#include "replay/keytable.h"

#define INITIAL_CAPACITY	512
#define HUGE_PAGE			(2 * 1024 * 1024)
/* full at three quarters */
#define IS_FULL(t)			((t)->used + 1 > (t)->capacity / 4 * 3)

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

static size_t
size_of(const KeyTable *t, uint64 capacity)
{
	return capacity * (sizeof(KeyEntry) + (t->timed ? sizeof(TimestampTz) : 0));
}

static void
allocate(KeyTable *t, uint64 capacity)
{
	size_t		size = size_of(t, capacity);

	t->capacity = capacity;
	if (t->area != NULL)
	{
		t->where = dsa_allocate_extended(t->area, size,
										 DSA_ALLOC_HUGE | DSA_ALLOC_ZERO);
		t->entries = dsa_get_address(t->area, t->where);
		return;
	}
	t->entries = MemoryContextAllocHuge(t->ctx, size);
	advise_huge_pages(t->entries, size);
	memset(t->entries, 0, capacity * sizeof(KeyEntry));
}

void
keytable_init(KeyTable *t, MemoryContext ctx, dsa_area *area, bool timed)
{
	t->timed = timed;
	t->ctx = ctx;
	t->area = area;
	t->used = 0;
	allocate(t, INITIAL_CAPACITY);
}

static void
free_entries(const KeyTable *t)
{
	if (t->area != NULL)
		dsa_free(t->area, t->where);
	else
		pfree(t->entries);
}

void
keytable_free(KeyTable *t)
{
	if (t->entries)
		free_entries(t);
	t->entries = NULL;
	t->used = 0;
}

static void
grow(KeyTable *t)
{
	KeyTable	before = *t;
	KeyEntry   *old = t->entries;
	uint64		n = t->capacity;

	allocate(t, n * 2);
	for (uint64 i = 0; i < n; i++)
	{
		uint64		at;

		if (old[i].meta == 0)
			continue;
		at = key_hash(key_of_entry(&old[i]), 0) & (t->capacity - 1);
		while (t->entries[at].meta != 0)
			at = (at + 1) & (t->capacity - 1);
		t->entries[at] = old[i];
		if (t->timed)
			*keytable_time(t, &t->entries[at]) = *keytable_time(&before, &old[i]);
	}
	free_entries(&before);
}

KeyEntry *
keytable_insert(KeyTable *t, KeyIdent id, bool *found)
{
	uint64		i;

	if (IS_FULL(t))
		grow(t);
	i = key_hash(id, 0) & (t->capacity - 1);
	for (;; i = (i + 1) & (t->capacity - 1))
	{
		KeyEntry   *e = &t->entries[i];

		if (e->meta == 0)
		{
			e->a = id.a;
			e->b = id.b;
			e->meta = KEY_USED;
			t->used++;
			*found = false;
			return e;
		}
		if (e->a == id.a && e->b == id.b)
		{
			*found = true;
			return e;
		}
	}
}

size_t
keytable_next_size(const KeyTable *t)
{
	return size_of(t, t->capacity * (IS_FULL(t) ? 2 : 1));
}
