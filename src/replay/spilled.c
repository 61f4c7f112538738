/*-------------------------------------------------------------------------
 *
 * spilled.c
 *	  A walk over the files of one partition, as over the log.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "replay/apply.h"
#include "replay/keys.h"
#include "replay/output.h"
#include "replay/partition.h"
#include "replay/spilled.h"

static Search
item_search(Replay *r, const SpillItem *item, int i)
{
	Search		s = {keys_keep_row(r, item->row[i]), item->end[i],
		item->end_other[i], item->end_ordinal[i],
	item->has_back[i], item->back[i], item->back_ordinal[i]};

	return s;
}

static void
restore_waiter(Replay *r, const SpillItem *item)
{
	Waiter		w;

	w.way[0] = item_search(r, item, 0);
	w.way[1] = item_search(r, item, 1);
	if (item->one_row)
		w.way[1].row = w.way[0].row;
	pending_restore_waiter(r->pending, item->id, &w);
}

/*
 * The row that the key change just before this removal brought elsewhere.  If
 * the removal went to another partition, another pass finds it.
 */
static Row *
take_carried(Replay *r, const Change *c)
{
	Row		   *row = r->carried;
	Search		s = {row, SEARCH_ELSEWHERE, r->carried_to, r->carried_ordinal};

	r->carried = NULL;
	if (row == NULL)
		return NULL;
	if (c != NULL && c->kind == EVENT_REMOVE &&
		c->ordinal == s.ordinal && key_equal(c->id, s.other))
		return row;
	keys_search_later(r, &s);
	return NULL;
}

static void
spilled_change(Replay *r, const SpillItem *item)
{
	Change		c = {item->event, item->op, item->id,
		item->moves ? item->other : item->id, item->ordinal,
	item->commit, item->row[0]};
	Row		   *seeker;

	if (!r->keyed)
	{
		bool		found;

		keytable_insert(&r->table, c.id, &found);
		if (!found)
			output_emit(r, item->row[0]);
		return;
	}
	seeker = take_carried(r, &c);
	if (seeker == NULL)
		seeker = keys_keep_row(r, item->row[1]);
	r->carried = apply_change(r, &c, seeker);
	r->carried_to = c.other;
	r->carried_ordinal = c.ordinal;
	if (!r->spec.config->key_changes)
		pending_close_commit(r->pending, r->applied_commit);
}

void
spilled_item(Replay *r, SpillItem *item)
{
	SpillPart  *part;
	Search		s;
	bool		found;

	partition_check_memory(r);
	part = partition_route(r, item->id);
	if (part != NULL && item->kind != SPILL_COMMIT)
	{
		spill_write(part, item);
		return;
	}
	switch (item->kind)
	{
		case SPILL_COMMIT:
			r->applied_commit = item->commit;
			break;
		case SPILL_ENTRY:
			keytable_insert(&r->table, item->id, &found)->meta = item->meta |
				(item->same_commit ? r->commit_number << KEY_TIME_SHIFT : 0);
			break;
		case SPILL_CANDIDATE:
			s = item_search(r, item, 0);
			pending_restore_candidate(r->pending, item->id, &s);
			break;
		case SPILL_WAITER:
			restore_waiter(r, item);
			break;
		case SPILL_EVENT:
			pending_event(r->pending, item->id, item->undecided, item->event,
						  item->ordinal, item->other, item->row[0],
						  keys_keep_row(r, item->row[1]));
			break;
		case SPILL_SET:
		case SPILL_REMOVE:
			spilled_change(r, item);
			break;
	}
}

void
spilled_end(Replay *r)
{
	take_carried(r, NULL);
}
