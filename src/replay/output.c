/*-------------------------------------------------------------------------
 *
 * output.c
 *	  The row at hand, made of a record, and rows queued to be handed out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "replay/output.h"
#include "replay/state.h"

/* Scratch without its cells. */
static void
begin_row(Replay *r, TimestampTz time, int64 line, LogOp op, int fileno)
{
	Row		   *row = r->scratch;

	row->time = time;
	row->line = line;
	row->fileno = fileno;
	row->op = op;
	row->base = fileno >= r->ncdc;
	row->undated = false;
	row->ncells = r->spec.nneeded;
	row->nmissing = 0;
	row->until = DT_NOEND;
	row->end_op = LOG_UPSERT;
}

Row *
output_row(Replay *r, const LogRecord *rec, int fileno)
{
	Row		   *row = r->scratch;
	MemoryContext old;

	MemoryContextReset(r->scratch_ctx);
	old = MemoryContextSwitchTo(r->scratch_ctx);
	begin_row(r, rec->time, record_line(rec), rec->op, fileno);
	for (int i = 0; i < r->spec.nneeded; i++)
	{
		row->cells[i] = record_cell(r->spec.config, rec, r->spec.needed[i]);
		if (row->cells[i].state == CELL_UNSUPPLIED)
			row->nmissing++;
	}
	MemoryContextSwitchTo(old);
	return row;
}

Row *
output_held_row(Replay *r, LogReader *reader, size_t i, TimestampTz time,
			   LogOp op, int fileno)
{
	LogRecord	rec;
	int64		line;

	if (!cells_read(reader, i, r->spec.needed, r->spec.nneeded,
					  r->scratch->cells, &line))
	{
		reader_get_at(reader, i, time, &rec);
		return output_row(r, &rec, fileno);
	}
	begin_row(r, time, line, op, fileno);
	return r->scratch;
}

Row *
output_merged_row(Replay *r, int fileno)
{
	LogReader  *reader;
	size_t		i;
	LogOp		op;

	if (merge_held(r->merge, &reader, &i, &op))
		return output_held_row(r, reader, i, r->record_time, op, fileno);
	return output_row(r, merge_record(r->merge), fileno);
}

Row *
output_bare_row(Replay *r, TimestampTz time, LogOp op, int fileno)
{
	Row		   *row = r->scratch;

	memset(row, 0, ROW_SIZE(0));
	row->time = time;
	row->op = op;
	row->fileno = fileno;
	row->base = fileno >= r->ncdc;
	return row;
}

const Row *
output_change_row(Replay *r, const Change *c)
{
	if (c->row != NULL)
		return c->row;
	if (r->spec.bare)
		return output_bare_row(r, r->record_time, c->op, c->fileno);
	return output_merged_row(r, c->fileno);
}

void
output_emit(Replay *r, const Row *row)
{
	if (row != r->scratch)
		memcpy(r->scratch, row, ROW_SIZE(row->ncells));
	r->scratch_ready = true;
}

void
output_queue(void *arg, Row *row)
{
	Replay	   *r = arg;

	if (r->queue_end == r->queue_max)
	{
		r->queue_max = Max(64, r->queue_max * 2);
		r->queue = r->queue
			? repalloc_huge(r->queue, sizeof(Row *) * r->queue_max)
			: MemoryContextAlloc(r->ctx, sizeof(Row *) * r->queue_max);
	}
	r->queue[r->queue_end++] = row;
}

/*
 * What is counted
 */

void
replay_add_counters(ReplayCounters *sum, const ReplayCounters *c)
{
	sum->base_files += c->base_files;
	sum->cdc_files += c->cdc_files;
	sum->base_bytes += c->base_bytes;
	sum->change_bytes += c->change_bytes;
	sum->change_bytes_read += c->change_bytes_read;
	sum->rows += c->rows;
	sum->ended |= c->ended;
	sum->files_read += c->files_read;
	sum->files_looked += c->files_looked;
	sum->looks_made += c->looks_made;
	sum->files_after += c->files_after;
	sum->files_before += c->files_before;
	sum->base_records += c->base_records;
	sum->change_records += c->change_records;
	sum->records_after += c->records_after;
	sum->records_before += c->records_before;
	sum->keys += c->keys;
	sum->splits += c->splits;
	sum->spill_bytes += c->spill_bytes;
	sum->files_sorted += c->files_sorted;
	sum->passes += c->passes;
	sum->upserting_updates += c->upserting_updates;
	sum->unknown_deletes += c->unknown_deletes;
	sum->repeated_inserts += c->repeated_inserts;
	sum->ties += c->ties;
	sum->never_supplied += c->never_supplied;
	sum->ran_back += c->ran_back;
	sum->duplicates += c->duplicates;
	sum->near_names += c->near_names;
	sum->repeated_base_keys += c->repeated_base_keys;
	sum->keyless |= c->keyless;
	sum->search_ended |= c->search_ended;
}

void
replay_count_merge(ReplayCounters *sum, MergeCounters m)
{
	sum->change_records += m.records;
	sum->change_bytes_read += m.bytes;
	sum->records_after += m.after;
	sum->records_before += m.before;
	sum->ran_back += m.ran_back;
	sum->files_sorted += m.files_sorted;
	sum->spill_bytes += m.spilled;
}
