/*-------------------------------------------------------------------------
 *
 * spill.c
 *	  Keys that do not fit in memory, split by hash into temporary files.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/tablespace.h"
#include "compat.h"

#include "replay/spill.h"

/* key_hash levels 0 and 1 place keys in the tables */
#define SPLIT_HASH_LEVEL	2

SpillPart *
spill_part(const SpillLevel *split, KeyIdent id)
{
	return split->parts[key_hash(id, split->level + SPLIT_HASH_LEVEL) % SPILL_PARTS];
}

/* of the files that a BufFile is made of, which tells it to nobody */
#define SEGMENT_SIZE	((int64) 0x40000000)

SpillLevel *
spill_split(int level)
{
	SpillLevel *split = palloc0(sizeof(SpillLevel));

	PrepareTempTablespaces();
	split->level = level;
	for (int i = 1; i < SPILL_PARTS; i++)
	{
		split->parts[i] = palloc0(sizeof(SpillPart));
		split->parts[i]->level = level;
		split->parts[i]->changes = BufFileCreateTemp(false);
		split->parts[i]->base = BufFileCreateTemp(false);
	}
	return split;
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
	BufFileWrite(part->changes, (void *) item, item_size(item));
	for (int i = 0; i < 2; i++)
		if (item->has_row[i])
			row_write(part->changes, item->row[i]);
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
	BufFileWrite(part->base, &id, sizeof(id));
	row_write(part->base, row);
}

void
spill_rewind(SpillPart *part)
{
	if (BufFileSeek(part->changes, 0, 0, SEEK_SET) != 0 ||
		BufFileSeek(part->base, 0, 0, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rewind temporary file")));
}

/* The fixed part of an item; false at the end of the file. */
static bool
read_head(BufFile *file, void *head, size_t size)
{
	size_t		n = BufFileRead(file, head, size);

	if (n != 0 && n != size)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from temporary file: %m")));
	return n == size;
}

bool
spill_read(SpillPart *part, SpillItem *item)
{
	size_t		size;

	if (!read_head(part->changes, item, ITEM_HEAD))
		return false;
	size = item_size(item);
	if (size > ITEM_HEAD)
		buffile_read_exact(part->changes, (char *) item + ITEM_HEAD,
						   size - ITEM_HEAD);
	for (int i = 0; i < 2; i++)
		item->row[i] = item->has_row[i] ? row_read(part->changes) : NULL;
	return true;
}

Row *
spill_read_base(SpillPart *part, KeyIdent *id)
{
	if (!read_head(part->base, id, sizeof(*id)))
		return NULL;
	return row_read(part->base);
}

void
spill_free(SpillPart *part)
{
	BufFileClose(part->changes);
	BufFileClose(part->base);
	pfree(part);
}

/* BufFileSize is for files that processes share. */
static int64
written(BufFile *file)
{
	int			fileno;
	off_t		offset;

	BufFileTell(file, &fileno, &offset);
	return fileno * SEGMENT_SIZE + offset;
}

int64
spill_size(const SpillPart *part)
{
	return written(part->changes) + written(part->base);
}

int64
spill_sorted(Tuplesortstate *sort)
{
	TuplesortInstrumentation used;

	tuplesort_get_stats(sort, &used);
	return used.spaceType == SORT_SPACE_TYPE_DISK ? used.spaceUsed * 1024 : 0;
}
