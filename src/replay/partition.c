/*-------------------------------------------------------------------------
 *
 * partition.c
 *	  Keys that do not fit in memory: split off, written out, walked later.
 *
 * A split keeps one part of the keys in memory.  What is known of the others,
 * and what the walk still meets of them, goes to their part's files; the file
 * of a part are then walked as the log was, and may be split in turn.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "replay/keys.h"
#include "replay/output.h"
#include "replay/partition.h"
#include "replay/state.h"

SpillPart *
partition_route(Replay *r, KeyIdent id)
{
	for (int i = 0; i < r->nlevels; i++)
	{
		SpillPart  *part = spill_part(r->levels[i], id);

		if (part != NULL)
			return part;
	}
	return NULL;
}

void
partition_change(Replay *r, SpillPart *part, const Change *c, Row *seeker)
{
	SpillItem	item;

	memset(&item, 0, sizeof(item));
	item.kind = c->kind == EVENT_REMOVE ? SPILL_REMOVE : SPILL_SET;
	item.event = c->kind;
	item.op = c->op;
	item.id = c->id;
	item.other = c->other;
	item.moves = !key_equal(c->id, c->other);
	item.ordinal = c->ordinal;
	item.commit = c->commit;
	if (c->kind != EVENT_REMOVE)
		item.row[0] = (Row *) output_change_row(r, c);
	item.row[1] = seeker;
	item.has_row[0] = item.row[0] != NULL;
	item.has_row[1] = seeker != NULL;
	spill_write(part, &item);
	pending_free_row(seeker);
}

static bool
leaves(void *arg, KeyIdent id)
{
	Replay	   *r = arg;

	return spill_part(r->levels[r->nlevels - 1], id) != NULL;
}

static void
take_pending(void *arg, const PendingKey *key)
{
	Replay	   *r = arg;

	spill_write_pending(spill_part(r->levels[r->nlevels - 1], key->id), key,
						r->applied_commit);
}

/* Put a key where it belongs now: in the table, or in its part's file. */
static void
place_note(Replay *r, const KeyTable *from, KeyIdent id, const KeyNote *note)
{
	SpillPart  *part = partition_route(r, id);
	SpillItem	item;
	bool		found;

	if (part == NULL)
	{
		KeyNote    *to = keytable_insert(&r->table, id, &found);

		to->meta = note->meta;
		if (from->timed)
			keytable_set_time(to, keytable_time(note));
		return;
	}
	memset(&item, 0, sizeof(item));
	item.kind = SPILL_ENTRY;
	item.id = id;
	item.meta = note->meta & (KEY_USED | KEY_LAST_MASK |
							  (key_base_met(note) ? KEY_BASE_MET : 0));
	item.same_commit = (note->meta >> KEY_TIME_SHIFT) == r->commit_number;
	spill_write(part, &item);
}

static void
move_entries(Replay *r)
{
	KeyTable	all = r->table;
	uint64		at = 0;
	KeyIdent	id;
	KeyNote    *note;

	keytable_init(&r->table, r->ctx, NULL, all.timed);
	while ((note = keytable_next(&all, &at, &id)) != NULL)
		place_note(r, &all, id, note);
	keytable_free(&all);
}

void
partition_adopt(Replay *r, const KeyTable *met)
{
	uint64		at = 0;
	KeyIdent	id;
	KeyNote    *note;

	while ((note = keytable_next(met, &at, &id)) != NULL)
	{
		partition_check_memory(r);
		place_note(r, met, id, note);
	}
}

static void
move_pending(Replay *r)
{
	MemoryContext old_ctx = r->pending_ctx;
	Pending    *old = r->pending;

	keys_new_pending(r);
	pending_move(old, r->pending, leaves, take_pending, r);
	r->carried = keys_keep_row(r, r->carried);
	MemoryContextDelete(old_ctx);
}

/* Keep a part of the keys in memory and write the others out. */
static void
split(Replay *r)
{
	int			level = (r->part ? r->part->level + 1 : 0) + r->nlevels;
	MemoryContext old = MemoryContextSwitchTo(r->ctx);
	SpillLevel *s;
	SpillItem	item;

	r->levels = r->levels
		? repalloc(r->levels, sizeof(SpillLevel *) * (r->nlevels + 1))
		: palloc(sizeof(SpillLevel *));
	if (r->tapes == NULL)
		r->tapes = spill_open();
	s = r->levels[r->nlevels++] = spill_split(r->tapes, level);
	MemoryContextSwitchTo(old);
	memset(&item, 0, sizeof(item));
	item.kind = SPILL_COMMIT;
	item.commit = r->applied_commit;
	for (int i = 1; i < SPILL_PARTS; i++)
		spill_write(s->parts[i], &item);
	move_entries(r);
	move_pending(r);
	r->counters.splits++;
}

void
partition_check_memory(Replay *r)
{
	int			level = (r->part ? r->part->level + 1 : 0) + r->nlevels;

	/* versions are sorted instead */
	if (r->versions != NULL || ++r->checks < REPLAY_CHECK_EVERY)
		return;
	r->checks = 0;
	if (r->pass == 1 && level < SPILL_MAX_LEVEL &&
		keytable_next_size(&r->table) +
		MemoryContextMemAllocated(r->pending_ctx, true) >
		Max(r->spec.memory / 2, REPLAY_MIN_MEMORY))
		split(r);
}

/* The files of the splits become partitions to be walked. */
static void
push_parts(Replay *r)
{
	for (int l = 0; l < r->nlevels; l++)
	{
		for (int i = 1; i < SPILL_PARTS; i++)
		{
			SpillPart  *p = r->levels[l]->parts[i];

			r->counters.spill_bytes += p->bytes;
			p->next = r->parts;
			r->parts = p;
		}
		pfree(r->levels[l]);
	}
	r->nlevels = 0;
}

bool
partition_next(Replay *r)
{
	if (r->part)
	{
		spill_free(r->part);
		r->part = NULL;
	}
	push_parts(r);
	if (r->parts == NULL)
		return false;
	r->part = r->parts;
	r->parts = r->part->next;
	spill_rewind(r->part);
	return true;
}
