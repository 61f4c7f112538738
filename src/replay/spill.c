/*-------------------------------------------------------------------------
 *
 * spill.c
 *	  Keys that do not fit in memory, split by hash into a temporary file.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/tablespace.h"
#include "base/compat.h"

#include "replay/spill.h"

/* key_hash levels 0 and 1 place keys in the tables */
#define SPLIT_HASH_LEVEL	2

SpillPart *
spill_part(const SpillLevel *split, KeyIdent id)
{
	return split->parts[key_hash(id, split->level + SPLIT_HASH_LEVEL) % SPILL_PARTS];
}

LogicalTapeSet *
spill_open(void)
{
	PrepareTempTablespaces();
	return LogicalTapeSetCreate(true, NULL, -1);
}

SpillLevel *
spill_split(LogicalTapeSet *tapes, int level)
{
	SpillLevel *split = palloc0(sizeof(SpillLevel));

	split->level = level;
	for (int i = 1; i < SPILL_PARTS; i++)
	{
		SpillPart  *part = split->parts[i] = palloc0(sizeof(SpillPart));

		part->level = level;
		part->tapes = tapes;
		part->context = CurrentMemoryContext;
	}
	return split;
}

/* Writes to one of a part's tapes, which is made when it is first needed. */
static void
put(SpillPart *part, LogicalTape **tape, const void *data, size_t size)
{
	MemoryContext old = MemoryContextSwitchTo(part->context);

	if (*tape == NULL)
		*tape = LogicalTapeCreate(part->tapes);
	LogicalTapeWrite(*tape, unconstify(void *, data), size);
	part->bytes += size;
	MemoryContextSwitchTo(old);
}

/* Reads from a tape, if there is one; returns how many bytes were left of it. */
static size_t
get(SpillPart *part, LogicalTape *tape, void *data, size_t size)
{
	MemoryContext old;
	size_t		n;

	if (tape == NULL)
		return 0;
	old = MemoryContextSwitchTo(part->context);
	n = LogicalTapeRead(tape, data, size);
	MemoryContextSwitchTo(old);
	return n;
}

static void
get_exactly(SpillPart *part, LogicalTape *tape, void *data, size_t size)
{
	if (get(part, tape, data, size) != size)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("unexpected end of a temporary file")));
}

static void
put_row(SpillPart *part, LogicalTape **tape, const Row *row)
{
	size_t		size = row_packed_size(row);
	char	   *bytes = MemoryContextAllocHuge(CurrentMemoryContext, size);

	row_pack(row, bytes);
	put(part, tape, &size, sizeof(size));
	put(part, tape, bytes, size);
	pfree(bytes);
}

/* A row in the current context. */
static Row *
get_row(SpillPart *part, LogicalTape *tape)
{
	size_t		size;
	char	   *bytes;
	Row		   *row;

	get_exactly(part, tape, &size, sizeof(size));
	bytes = MemoryContextAllocHuge(CurrentMemoryContext, size);
	get_exactly(part, tape, bytes, size);
	row = row_unpack(bytes, size);
	pfree(bytes);
	return row;
}

/*
 * An item is written up to where its kind has something to say, so that the
 * many plain ones stay small.
 */
#define ITEM_HEAD	offsetof(SpillItem, ordinal)

static size_t
item_size(const SpillItem *item)
{
	switch (item->kind)
	{
		case SPILL_ENTRY:
			return ITEM_HEAD;
		case SPILL_CANDIDATE:
		case SPILL_WAITER:
			return offsetof(SpillItem, row);
		default:
			return item->moves ? offsetof(SpillItem, end) :
				offsetof(SpillItem, other);
	}
}

void
spill_write(SpillPart *part, const SpillItem *item)
{
	put(part, &part->changes, item, item_size(item));
	for (int i = 0; i < 2; i++)
		if (item->has_row[i])
			put_row(part, &part->changes, item->row[i]);
}

static void
put_search(SpillItem *item, int i, const Search *s)
{
	item->end[i] = s->end;
	item->end_other[i] = s->other;
	item->end_ordinal[i] = s->ordinal;
	item->has_back[i] = s->has_back;
	item->back[i] = s->back;
	item->back_ordinal[i] = s->back_ordinal;
	item->row[i] = s->row;
	item->has_row[i] = s->row != NULL;
}

void
spill_write_pending(SpillPart *part, const PendingKey *key, int64 commit)
{
	SpillItem	item;

	memset(&item, 0, sizeof(item));
	item.id = key->id;
	item.commit = commit;
	if (key->has_candidate)
	{
		item.kind = SPILL_CANDIDATE;
		put_search(&item, 0, &key->candidate);
		spill_write(part, &item);
	}
	for (int i = 0; i < key->nwaiters; i++)
	{
		const Waiter *w = &key->waiters[i];

		item.kind = SPILL_WAITER;
		put_search(&item, 0, &w->way[0]);
		put_search(&item, 1, &w->way[1]);
		item.one_row = w->way[0].row == w->way[1].row;
		if (item.one_row)
			item.has_row[1] = false;
		spill_write(part, &item);
	}
	for (int i = 0; i < key->nevents; i++)
	{
		const Event *e = &key->events[i];

		item.kind = SPILL_EVENT;
		item.event = e->kind;
		item.undecided = key->undecided;
		item.ordinal = e->ordinal;
		item.other = e->other;
		item.moves = true;
		item.row[0] = e->row;
		item.row[1] = e->seeker;
		item.has_row[0] = e->row != NULL;
		item.has_row[1] = e->seeker != NULL;
		spill_write(part, &item);
	}
}

void
spill_write_base(SpillPart *part, KeyIdent id, const Row *row)
{
	put(part, &part->base, &id, sizeof(id));
	put_row(part, &part->base, row);
}

static void
rewind_tape(SpillPart *part, LogicalTape *tape)
{
	MemoryContext old = MemoryContextSwitchTo(part->context);

	if (tape != NULL)
		LogicalTapeRewindForRead(tape, BLCKSZ);
	MemoryContextSwitchTo(old);
}

void
spill_rewind(SpillPart *part)
{
	rewind_tape(part, part->changes);
	rewind_tape(part, part->base);
}

bool
spill_read(SpillPart *part, SpillItem *item)
{
	size_t		n = get(part, part->changes, item, ITEM_HEAD);
	size_t		size;

	if (n == 0)
		return false;
	/* what was read of the head, and the rest of it */
	get_exactly(part, part->changes, (char *) item + n, ITEM_HEAD - n);
	size = item_size(item);
	get_exactly(part, part->changes, (char *) item + ITEM_HEAD,
				size - ITEM_HEAD);
	for (int i = 0; i < 2; i++)
		item->row[i] = item->has_row[i] ? get_row(part, part->changes) : NULL;
	return true;
}

Row *
spill_read_base(SpillPart *part, KeyIdent *id)
{
	size_t		n = get(part, part->base, id, sizeof(*id));

	if (n == 0)
		return NULL;
	get_exactly(part, part->base, (char *) id + n, sizeof(*id) - n);
	return get_row(part, part->base);
}

void
spill_free(SpillPart *part)
{
	if (part->changes != NULL)
		LogicalTapeClose(part->changes);
	if (part->base != NULL)
		LogicalTapeClose(part->base);
	pfree(part);
}
