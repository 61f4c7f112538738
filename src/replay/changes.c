/*-------------------------------------------------------------------------
 *
 * changes.c
 *	  The change records of a table's log one by one, in the log's order.
 *
 * Files are listed, chosen and fetched only as far ahead as fetching pays, so
 * that who stops early has asked for little.  A file that fits in memory is
 * held and put in order there; a larger one goes through an external sort,
 * unless the order of its lines is the log's anyway.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "log/spares.h"
#include "replay/changes_state.h"
#include "replay/index.h"
#include "replay/look.h"
#include "replay/output.h"

Changes *
changes_open(const ReplaySpec *spec, const ChangesRange *range)
{
	MemoryContext ctx = AllocSetContextCreate(CurrentMemoryContext,
											  "cdc_fdw changes",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(ctx);
	Changes    *c = palloc0(sizeof(Changes));
	int			nsources = Max(spec->config->nfolders, 1);

	c->spec = *spec;
	if (spec->has_known_at)
		c->spec.config = logconfig_known(spec->config, spec->known_at);
	c->range = *range;
	c->ctx = ctx;
	c->claim = ahead_claim(ctx);
	c->row_ctx = AllocSetContextCreate(ctx, "cdc_fdw record",
									   ALLOCSET_DEFAULT_SIZES);
	c->commit_clock = spec->config->timestamp_column != NULL;
	c->current = -1;
	c->first = palloc(sizeof(TimestampTz) * nsources);
	for (int i = 0; i < nsources; i++)
		c->first[i] = DT_NOBEGIN;
	if (c->spec.columns == NULL)
		c->spec.columns = replay_columns(spec->config);
	c->index_spec.store = spec->store;
	c->index_spec.config = c->spec.config;
	c->index_spec.files = &c->index_file;
	c->index_spec.nfiles = 1;
	c->index_spec.upper = spec->asof;
	c->row = palloc0(ROW_SIZE(Max(spec->nneeded, 1)));
	MemoryContextSwitchTo(old);
	return c;
}

/* Begin the transfers of the files that come next, the current one first. */
static void
read_ahead(Changes *c)
{
	Ahead		a = ahead_begin(c->claim, c->spec.store, c->spec.config);

	for (int i = c->current; i < c->nfiles || changes_choose_file(c); i++)
	{
		ChangeFile *f = &c->files[i];
		int64		share = ahead_share(&a, f->file);
		MemoryContext old;

		if (share == 0)
			break;
		if (f->reader == NULL)
		{
			f->ctx = AllocSetContextCreate(c->ctx, "cdc_fdw change file",
										   ALLOCSET_SMALL_SIZES);
			old = MemoryContextSwitchTo(f->ctx);
			f->reader = reader_open(c->spec.store, c->spec.config, f->file,
									-1, c->spec.position);
			reader_watch(f->reader, c->spec.progress);
			MemoryContextSwitchTo(old);
		}
		reader_share(f->reader, share);
	}
}

/*
 * The records of a file
 */

static IndexJob
index_job(Changes *c)
{
	IndexJob	job = {&c->index_spec, &c->found,
	c->commit_clock && c->index_file.file->kind != NAME_TXN};

	job.plain = true;
	return job;
}

/* Put the records of a file that is not to be held in order. */
static void
sort_file(Changes *c, LogReader *reader)
{
	IndexJob	job = index_job(c);
	bool		ordered = true;
	bool		first = true;
	TimestampTz last = DT_NOBEGIN;
	LogRecord	rec;

	c->sorted = sortrun_open_forward(c->spec.memory / 2);
	while (reader_next(reader, &rec))
	{
		size_t		len;
		char	   *seq;

		if (first)
			changes_note_first(c, rec.time);
		first = false;
		if (!index_wants(&job, &rec, 0))
			continue;
		seq = record_sequence(c->spec.config, &rec, &len);
		sortrun_put(c->sorted, &rec, seq, len, 0);
		if (seq != NULL)
			pfree(seq);
		ordered = ordered && rec.time >= last;
		last = rec.time;
	}
	c->found.spilled += sortrun_finish(c->sorted);
	c->found.ran_back += !ordered;
	c->found.files_sorted++;
	c->found.bytes += c->index_file.file->size;
}

/* Notes once which columns the current file has, before a row of it is given. */
static void
note_columns(Changes *c)
{
	const LogReader *reader = c->files[c->current].reader;

	if (c->noted || reader_layout(reader) == NULL)
		return;
	columns_note(c->spec.columns, c->spec.store, c->spec.config, reader);
	c->noted = true;
}

static void
begin_file(Changes *c)
{
	ChangeFile *f = &c->files[c->current];
	const LogConfig *config = c->spec.config;
	MemoryContext old = MemoryContextSwitchTo(f->ctx);
	TimestampTz first;
	IndexJob	job;

	c->counters.files_read++;
	c->after = c->found.after;
	c->uri = store_uri(c->spec.store, f->file->key);
	c->index_file.file = f->file;
	c->index_file.lower = DT_NOBEGIN;
	c->index_file.bound = look_shifted(f->file->time_hi, config->clock_skew);
	job = index_job(c);
	if (!c->commit_clock && config->sequence < 0)
		c->found.bytes += f->file->size;
	else
	{
		c->entries = index_file(&job, f->reader, 0, c->spec.memory / 2,
								&c->nentries, &first);
		if (c->entries != NULL)
			changes_note_first(c, first);
		else
			sort_file(c, f->reader);
	}
	c->next_entry = 0;
	c->noted = false;
	note_columns(c);
	MemoryContextSwitchTo(old);
}

static void
end_file(Changes *c)
{
	ChangeFile *f = &c->files[c->current];

	note_columns(c);
	f->cut = c->found.after > c->after;
	if (c->sorted != NULL)
		sortrun_close(c->sorted);
	c->sorted = NULL;
	c->entries = NULL;
	reader_close(f->reader);
	f->reader = NULL;
	MemoryContextDelete(f->ctx);
	f->ctx = NULL;
	memset(c->spec.position, 0, sizeof(LogPosition));
	if (c->shared != NULL)
		changes_end_shared_file(c);
}

/* The row without its cells. */
static void
begin_row(Changes *c, TimestampTz time, int64 line, LogOp op)
{
	Row		   *row = c->row;

	row->time = time;
	row->line = line;
	row->fileno = c->current;
	row->op = op;
	row->ncells = c->spec.nneeded;
	row->nmissing = 0;
	c->counters.rows++;
	c->spec.position->uri = c->uri;
	c->spec.position->line = line;
	c->spec.position->column = NULL;
}

static void
make_row(Changes *c, const LogRecord *rec)
{
	MemoryContext old;
	Row		   *row = c->row;

	MemoryContextReset(c->row_ctx);
	old = MemoryContextSwitchTo(c->row_ctx);
	begin_row(c, rec->time, record_line(rec), rec->op);
	for (int i = 0; i < row->ncells; i++)
	{
		row->cells[i] = record_cell(c->spec.config, rec, c->spec.needed[i]);
		if (row->cells[i].state == CELL_UNSUPPLIED)
			row->nmissing++;
	}
	MemoryContextSwitchTo(old);
}

/* Make the row of a record in memory. */
static void
make_held_row(Changes *c, LogReader *reader, const RunEntry *e)
{
	LogRecord	rec;
	int64		line;

	if (cells_read(reader, e->rec, c->spec.needed, c->spec.nneeded,
					 c->row->cells, &line))
	{
		begin_row(c, e->time, line, e->op);
		return;
	}
	reader_get_at(reader, e->rec, e->time, &rec);
	make_row(c, &rec);
}

/* The next record of the current file that is not in memory; false at the end. */
static bool
next_record(Changes *c, LogReader *reader, LogRecord *rec)
{
	IndexJob	job = index_job(c);
	int			fileno;

	if (c->sorted != NULL)
	{
		if (!sortrun_next(c->sorted, rec, &fileno))
			return false;
		rec->file = c->index_file.file;
		rec->layout = reader_layout(reader);
		return true;
	}
	while (reader_next(reader, rec))
	{
		note_columns(c);
		if (index_wants(&job, rec, 0))
			return true;
	}
	return false;
}

/* Make the next row of the current file; false at its end. */
static bool
next_row(Changes *c)
{
	LogReader  *reader = c->files[c->current].reader;
	LogRecord	rec;

	if (c->entries != NULL)
	{
		if (c->next_entry >= c->nentries)
			return false;
		make_held_row(c, reader, &c->entries[c->next_entry++]);
		return true;
	}
	if (!next_record(c, reader, &rec))
		return false;
	make_row(c, &rec);
	return true;
}

/* Go on to the next file, or end. */
static void
next_file(Changes *c)
{
	if (c->current >= 0)
		end_file(c);
	c->current++;
	read_ahead(c);
	if (c->current < c->nfiles)
	{
		begin_file(c);
		return;
	}
	if (c->shared == NULL)
		columns_check(c->spec.columns, c->spec.store, c->spec.config,
					  c->spec.position);
	c->counters.ended = true;
}

const Row *
changes_next(Changes *c)
{
	MemoryContext old = MemoryContextSwitchTo(c->ctx);
	const Row  *row = NULL;

	CHECK_FOR_INTERRUPTS();
	if (!c->started && c->shared == NULL)
		changes_begin_parts(c);
	while (row == NULL && !c->counters.ended)
	{
		if (c->current >= 0 && next_row(c))
			row = c->row;
		else
			next_file(c);
	}
	MemoryContextSwitchTo(old);
	return row;
}

void
changes_close(Changes *c)
{
	if (c == NULL)
		return;
	if (c->shared != NULL)
		changes_leave_shared(c);
	if (c->sorted != NULL)
		sortrun_close(c->sorted);
	for (int i = Max(c->current, 0); i < c->nfiles; i++)
		reader_close(c->files[i].reader);
	memset(c->spec.position, 0, sizeof(LogPosition));
	MemoryContextDelete(c->ctx);
	spares_free();
}

const LogFile *
changes_file(const Changes *c, const Row *row)
{
	return c->files[row->fileno].file;
}

const LogFile *
changes_read_file(const Changes *c, int i, bool *cut)
{
	if (i >= Min(c->current, c->nfiles))
		return NULL;
	*cut = c->files[i].cut;
	return c->files[i].file;
}

void
changes_counters(const Changes *c, ReplayCounters *out)
{
	*out = c->counters;
	if (c->shared != NULL)
	{
		/* files were counted by who chose them */
		out->files_read = 0;
		out->ended = false;
		replay_count_merge(out, c->found);
		return;
	}
	for (int p = 0; p < c->nparts; p++)
	{
		out->cdc_files += manifest_cdc_known(c->parts[p].files.manifest);
		out->duplicates += manifest_counters(c->parts[p].files.manifest).duplicates;
		out->near_names += manifest_counters(c->parts[p].files.manifest).near_names;
	}
	out->files_after = out->cdc_files - out->files_before - c->nfiles;
	out->change_bytes = c->bytes;
	out->passes = c->started;
	replay_count_merge(out, c->found);
}

