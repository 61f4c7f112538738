/*-------------------------------------------------------------------------
 *
 * base.c
 *	  Base rows: rows of the full load whose keys no change record decided.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "log/erroption.h"
#include "replay/apply.h"
#include "replay/base.h"
#include "replay/fullload.h"
#include "replay/keys.h"
#include "replay/look.h"
#include "replay/output.h"
#include "replay/partition.h"
#include "replay/selection.h"
#include "replay/shared.h"
#include "replay/versions.h"

/* Begin to fetch a base file, or go on; false where it has to wait. */
static bool
open_one(Replay *r, Ahead *a, int i)
{
	int64		share = ahead_share(a, r->files[r->ncdc + i].file);

	if (share == 0)
		return false;
	if (r->base_readers[i] == NULL)
	{
		r->base_readers[i] = reader_open(r->spec.store, r->spec.config,
										 r->files[r->ncdc + i].file, -1,
										 r->spec.position);
		if (r->search != NULL)
			reader_filter(r->base_readers[i], r->search->filter);
		reader_watch(r->base_readers[i], r->spec.progress);
	}
	reader_share(r->base_readers[i], share);
	return true;
}

void
base_open(void *arg, Ahead *a)
{
	Replay	   *r = arg;
	MemoryContext old = MemoryContextSwitchTo(r->pass_ctx);
	int			k = 0;
	int			i = r->base_next;

	/* where processes share the files, only those that this one took */
	while (i >= 0 && i < r->nbase && open_one(r, a, i))
		i = is_shared(r) ? shared_base_ahead(r, k++) : i + 1;
	MemoryContextSwitchTo(old);
}

LogReader *
base_reader(Replay *r)
{
	if (r->base_ahead != r->base_next)
	{
		Ahead		a = ahead_begin(r->claim, r->spec.store, r->spec.config);

		base_open(r, &a);
		r->base_ahead = r->base_next;
	}
	return r->base_readers[r->base_next];
}

/* Is the key of base rows of any matter? */
static bool
base_keys_matter(Replay *r)
{
	return r->keyed && (r->spec.config->check_base || r->table.used > 0 || r->nlevels > 0 ||
						(r->versions != NULL && versions_wait(r)) ||
						pending_count(r->pending) > 0 || r->search != NULL);
}

/* Scratch is a base row that no change decided. */
static void
base_row(Replay *r)
{
	if (r->versions != NULL)
	{
		versions_base(r, NULL);
		return;
	}
	/* cells that DMS says were not supplied are NULL in a full load */
	r->counters.never_supplied += row_end(r->scratch);
	r->scratch_ready = true;
}

/*
 * Find the keys of the records that come next, all before the first of them is
 * looked up, so that the table's memory is on its way.
 */
static void
peek_base_keys(Replay *r, LogReader *reader, int fileno)
{
	PlainRecord plain[BASE_BATCH];
	LogRecord	rec;
	int			digits = key_plain_digits(r->keys);
	int			from = 0;		/* plain[0] is this record … */
	int			nplain = 0;		/* … of so many */

	r->base_key = 0;
	r->nbase_keys = (int) Min(reader_left(reader), BASE_BATCH);
	for (int i = 0; i < r->nbase_keys; i++)
	{
		if (i == from + nplain)
		{
			from = i;
			nplain = digits > 0 ?
				(int) reader_plain_left(reader, i, r->nbase_keys - i, digits,
										plain) : 0;
		}
		if (i < from + nplain && plain[i - from].time <= r->spec.asof)
		{
			r->base_keys[i].a = (uint64) plain[i - from].key;
			r->base_keys[i].b = 0;
			r->base_times[i] = plain[i - from].time;
			r->base_ops[i] = plain[i - from].op;
		}
		else
		{
			reader_peek_left(reader, i, &rec);
			fullload_check_row(r, &rec, fileno);
			r->base_keys[i] = key_of_record(r->keys, &rec);
			r->base_times[i] = rec.time;
			r->base_ops[i] = rec.op;
			/* where none is plain, the next one is tried anew */
			if (nplain == 0)
				from = i + 1;
		}
		keytable_prefetch(&r->table, r->base_keys[i]);
	}
}

/*
 * Make scratch the row of the next record, the i'th of those whose keys were
 * found together, and pass over it.
 */
static Row *
read_base_row(Replay *r, LogReader *reader, int i, int fileno)
{
	Row		   *row = output_held_row(r, reader, reader_place(reader),
									 r->base_times[i], r->base_ops[i], fileno);

	reader_skip(reader);
	return row;
}

/* A base row comes out unless a change record decided its key; false at the end of the file. */
static bool
step_keyed_base(Replay *r, LogReader *reader, int fileno)
{
	KeyIdent	id;
	SpillPart  *part;
	Row		   *row;
	int			i;

	if (r->base_key >= r->nbase_keys)
		peek_base_keys(r, reader, fileno);
	if (r->nbase_keys == 0)
		return false;
	i = r->base_key++;
	id = r->base_keys[i];
	if (r->pass == 1)
		r->counters.base_records++;
	if (r->spec.config->check_base)
		partition_check_memory(r);
	part = partition_route(r, id);
	if (r->search != NULL && !search_has(r->search, id))
	{
		reader_skip(reader);
		return true;
	}
	if (r->versions != NULL)
	{
		read_base_row(r, reader, i, fileno);
		versions_base(r, &id);
		return true;
	}
	if (part == NULL && pending_count(r->pending) == 0)
	{
		bool		is_row = apply_base(r, id, NULL);

		if (!is_row || r->spec.bare)
		{
			if (is_row)
				output_emit(r, output_bare_row(r, DT_NOBEGIN, LOG_UPSERT,
											 fileno));
			reader_skip(reader);
			return true;
		}
	}
	row = read_base_row(r, reader, i, fileno);
	if (part != NULL)
		spill_write_base(part, id, row);
	else if (pending_count(r->pending) == 0 || apply_base(r, id, row))
		base_row(r);
	return true;
}

/* Without keys to compare every base row comes out. */
static bool
step_plain_base(Replay *r, LogReader *reader, int fileno)
{
	LogRecord	rec;

	if (!reader_next(reader, &rec))
		return false;
	if (r->pass == 1)
		r->counters.base_records++;
	fullload_check_row(r, &rec, fileno);
	if (r->pass == 1)
	{
		output_row(r, &rec, fileno);
		base_row(r);
	}
	return true;
}

bool
base_step(Replay *r)
{
	LogReader  *reader;
	int			fileno;

	if (r->part != NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(r->record_ctx);
		KeyIdent	id;
		Row		   *row;

		MemoryContextReset(r->record_ctx);
		row = spill_read_base(r->part, &id);
		if (row != NULL && r->spec.config->check_base)
			partition_check_memory(r);
		if (row == NULL)
			;					/* the end */
		else if (partition_route(r, id) != NULL)
			spill_write_base(partition_route(r, id), id, row);
		else if (apply_base(r, id, row))
		{
			memcpy(r->scratch, row, ROW_SIZE(row->ncells));
			r->counters.never_supplied += row_end(r->scratch);
			r->scratch_ready = true;
		}
		MemoryContextSwitchTo(old);
		return row != NULL;
	}
	if (r->base_next >= r->nbase || keys_pass_is_over(r) || keys_search_is_over(r))
		return false;
	reader = base_reader(r);
	fileno = r->ncdc + r->base_next;
	if (base_keys_matter(r) ? step_keyed_base(r, reader, fileno) :
		step_plain_base(r, reader, fileno))
	{
		if (!r->files[fileno].noted)
			selection_layout_seen(r, reader, fileno);
		return true;
	}
	selection_layout_seen(r, reader, fileno);
	r->nbase_keys = r->base_key = 0;
	r->base_readers[r->base_next] = NULL;
	reader_close(reader);
	r->base_next = is_shared(r) ? shared_next_base(r, true) :
		r->base_next + 1;
	return true;
}
