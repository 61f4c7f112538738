/*-------------------------------------------------------------------------
 *
 * versions.c
 *	  Rows of a table of versions.
 *
 * A record's version is seen at an instant if the record is not later and
 * none behind it in the order of the log is either: from its own time until
 * the least time of those.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "replay/basekeys.h"
#include "replay/check.h"
#include "replay/keys.h"
#include "replay/output.h"
#include "replay/versions.h"

void
versions_open(Replay *r)
{
	const LogConfig *c = r->spec.config;
	Versions   *v = MemoryContextAllocZero(r->ctx, sizeof(Versions));

	v->forward = r->keyed && (c->key_changes || r->can_miss);
	v->linked = c->key_changes && r->can_miss;
	/* of records with one sequence the oldest counts, which comes last */
	v->frozen = v->forward || r->dedupe_sequence;
	r->versions = v;
}

void
versions_close(Replay *r)
{
	if (r->versions == NULL)
		return;
	sorter_close(r->versions->sort);
	sorter_close(r->versions->unlinked);
}

/*
 * Keys in memory
 */

/* What of a change's version is known to be over; does any of it come out? */
static bool
meet(const LogConfig *c, TimestampTz time, LogOp op, TimestampTz *until,
	 LogOp *end_op, TimestampTz *ends, LogOp *ended_by)
{
	bool		visible = time < *until;

	*ends = visible ? *until : time;
	*ended_by = *end_op;
	/* of a commit the last change, which is met first, ends what is older */
	if (visible)
	{
		*until = time;
		*end_op = op;
	}
	return op != LOG_DELETE && (visible || c->each_version);
}

bool
versions_decide(Replay *r, KeyIdent id, TimestampTz time, LogOp op,
				TimestampTz *until, LogOp *end_op)
{
	bool		found;
	KeyNote    *e = keytable_insert(&r->table, id, &found);
	TimestampTz newer = found ? keytable_time(e) : DT_NOEND;
	LogOp		newer_op = found ?
		(e->meta & KEY_END_MASK) >> KEY_END_SHIFT : LOG_UPSERT;
	bool		is_row;

	keys_judge(r, e, found, op);
	is_row = meet(r->spec.config, time, op, &newer, &newer_op, until, end_op);
	e->meta = (e->meta & ~KEY_END_MASK) | (newer_op << KEY_END_SHIFT);
	keytable_set_time(e, newer);
	return is_row;
}

/* From here on keys not met yet are sorted. */
static bool
is_frozen(Replay *r)
{
	Versions   *v = r->versions;

	if (!v->frozen && ++v->checks >= REPLAY_CHECK_EVERY)
	{
		v->checks = 0;
		v->frozen = keytable_next_size(&r->table) >
			Max(r->spec.memory / 2, REPLAY_MIN_MEMORY);
	}
	return v->frozen;
}

static void
emit_version(Replay *r, TimestampTz until, LogOp end_op)
{
	r->scratch->until = until;
	r->scratch->end_op = end_op;
	r->scratch_ready = true;
}

/*
 * Keys that are sorted
 */

static void
open_sort(Replay *r, Sorter **sort)
{
	MemoryContext old = MemoryContextSwitchTo(r->ctx);

	if (*sort == NULL)
		*sort = versionsort_open(r->spec.memory / 2);
	MemoryContextSwitchTo(old);
}

static void
put(Replay *r, VersionItem *item)
{
	Versions   *v = r->versions;

	if (!v->linked)
		item->group = item->id;
	else if (v->links != NULL)
		item->group = links_find(v->links, item->id);
	open_sort(r, &v->sort);
	versionsort_put(v->sort, item);
}

/* A change of a key whose rows are told by sorting. */
static void
put_change(Replay *r, VersionItem *item)
{
	Versions   *v = r->versions;

	if (r->search != NULL && !search_has(r->search, item->id))
		return;					/* the other half of a key change */
	item->order = v->forward ? -r->ordinal : r->ordinal;
	if (!v->linked)
	{
		put(r, item);
		return;
	}
	if (v->links == NULL)
		v->links = links_open(r->ctx);
	if (item->kind == EVENT_TAKE)
		links_join(v->links, item->id, item->other);
	/* which keys belong together is known only at the end */
	open_sort(r, &v->unlinked);
	versionsort_put(v->unlinked, item);
}

void
versions_end_changes(Replay *r)
{
	Versions   *v = r->versions;
	VersionItem item;

	if (v->unlinked == NULL)
		return;
	r->counters.spill_bytes += sorter_sort(v->unlinked);
	while (versionsort_next(v->unlinked, &item))
	{
		CHECK_FOR_INTERRUPTS();
		put(r, &item);
		if (item.row != NULL)
			pfree(item.row);
	}
	sorter_close(v->unlinked);
	v->unlinked = NULL;
}

/* A record of a table with a key. */
static void
sort_record(Replay *r, const MergeItem *record)
{
	VersionItem item = {.time = record->time,.id = record->id,
	.other = record->id,.op = record->op};
	KeyIdent	old;
	bool		moves = record->op == LOG_UPDATE &&
		r->spec.config->key_changes && keys_before(r, record->id, &old);

	item.kind = pending_kind(record->op);
	if (item.kind != EVENT_REMOVE)
		item.row = output_merged_row(r, record->fileno);
	if (moves)
	{
		item.kind = EVENT_TAKE;
		item.other = old;
		put_change(r, &item);
		if (r->versions->linked)
			return;				/* both keys are in one group */
		item.kind = EVENT_REMOVE;
		item.id = old;
		item.other = record->id;
		item.row = NULL;
	}
	put_change(r, &item);
}

/* Of records with one sequence one counts; without one all do. */
static void
keyless_record(Replay *r, const MergeItem *record)
{
	const LogRecord *rec = merge_record(r->merge);
	VersionItem item = {.time = record->time,.kind = EVENT_INSERT,
	.op = record->op};

	check_keyless(r, rec->op, record_line(rec), record->fileno);
	item.row = output_row(r, rec, record->fileno);
	r->counters.never_supplied += row_end(item.row);
	if (!r->dedupe_sequence || !key_of_sequence(r->keys, rec, &item.id))
		emit_version(r, DT_NOEND, LOG_UPSERT);
	else
		put_change(r, &item);
}

void
versions_record(Replay *r, const MergeItem *item)
{
	TimestampTz until;
	LogOp		end_op;

	if (!r->keyed)
		keyless_record(r, item);
	else if (is_frozen(r) && keytable_find(&r->table, item->id) == NULL)
		sort_record(r, item);
	else if (r->search == NULL || search_has(r->search, item->id))
	{
		keys_enter_commit(r, r->commit);
		if (!versions_decide(r, item->id, item->time, item->op, &until,
							 &end_op))
			return;
		output_merged_row(r, item->fileno);
		emit_version(r, until, end_op);
	}
}

/*
 * Base rows
 */

bool
versions_wait(const Replay *r)
{
	return r->versions->sort != NULL;
}

void
versions_base(Replay *r, const KeyIdent *id)
{
	const LogConfig *c = r->spec.config;
	Versions   *v = r->versions;
	Row		   *row = r->scratch;
	VersionItem item = {.order = PG_INT64_MAX,
	.kind = EVENT_INSERT,.row = row};
	KeyNote    *e;

	row->undated = row->time == DT_NOBEGIN;
	if (row->undated)
		row->time = c->base_begins;
	item.time = row->time;
	r->counters.never_supplied += row_end(row);
	if (id == NULL)
	{
		emit_version(r, DT_NOEND, LOG_UPSERT);
		return;
	}
	e = keytable_find(&r->table, *id);
	if (e == NULL && c->check_base && !is_frozen(r))
	{
		bool		found;

		e = keytable_insert(&r->table, *id, &found);
		keytable_set_time(e, DT_NOEND);
	}
	if (e != NULL)
	{
		TimestampTz until = keytable_time(e);

		if (!keys_judge_base(r, e) && c->check_base)
			return;
		if (row->time < until)
			emit_version(r, until, (e->meta & KEY_END_MASK) >> KEY_END_SHIFT);
	}
	else if (v->sort == NULL && !c->check_base)
	{
		keys_undecided(r, *id);
		emit_version(r, DT_NOEND, LOG_UPSERT);
	}
	else
	{
		/* of several rows of a key the first fills what a change left out */
		if (v->forward)
			item.order = PG_INT64_MIN + v->base_sorted++;
		item.id = item.other = *id;
		put(r, &item);
	}
}

/*
 * What was sorted
 */

static void
end_group(Replay *r)
{
	Versions   *v = r->versions;

	if (v->forward)
		forward_end(v->replay);
	else if (v->oldest != NULL)
		output_queue(r, v->oldest);
	v->oldest = NULL;
	v->in_group = false;
}

/*
 * A base row of the group, which is a version of its own until the change met
 * last; false: check_base makes it one row with the base row before it.
 */
static bool
begin_base_item(Replay *r, const VersionItem *item)
{
	Versions   *v = r->versions;

	if (v->nbase++ == 0)
	{
		v->base_until = v->until;
		v->base_end_op = v->end_op;
		return true;
	}
	v->until = v->base_until;
	v->end_op = v->base_end_op;
	return basekeys_repeat(r, item->id, v->decided);
}

/* Newest first, as in memory. */
static void
backward_item(Replay *r, const VersionItem *item)
{
	Versions   *v = r->versions;
	MemoryContext old = MemoryContextSwitchTo(r->ctx);
	TimestampTz ends;
	LogOp		ended_by;

	v->decided |= item->row == NULL || !item->row->base;
	if (!r->keyed)
	{
		if (v->oldest == NULL || item->time < v->oldest->time)
		{
			pending_free_row(v->oldest);
			v->oldest = row_copy(item->row);
		}
	}
	else if (item->row != NULL && item->row->base && !begin_base_item(r, item))
		;						/* it was met */
	else if (meet(r->spec.config, item->time, item->op, &v->until, &v->end_op,
				  &ends, &ended_by) &&
			 (!item->row->base || item->time < ends))
	{
		Row		   *row = row_copy(item->row);

		row->until = ends;
		row->end_op = ended_by;
		output_queue(r, row);
	}
	MemoryContextSwitchTo(old);
}

bool
versions_step(Replay *r)
{
	Versions   *v = r->versions;
	VersionItem item;

	if (v->sort == NULL)
		return false;
	if (v->replay == NULL)
	{
		r->counters.spill_bytes += sorter_sort(v->sort);
		v->replay = forward_open(r, v->linked);
	}
	if (!versionsort_next(v->sort, &item))
	{
		if (v->in_group)
			end_group(r);
		sorter_close(v->sort);
		v->sort = NULL;
		return false;
	}
	if (v->in_group && !key_equal(v->group, item.group))
		end_group(r);
	if (!v->in_group)
	{
		v->in_group = true;
		v->group = item.group;
		v->until = DT_NOEND;
		v->end_op = LOG_UPSERT;
		v->decided = false;
		v->nbase = 0;
		r->counters.keys++;
	}
	if (v->forward)
		forward_item(v->replay, &item);
	else
		backward_item(r, &item);
	if (item.row != NULL)
		pfree(item.row);
	return true;
}
