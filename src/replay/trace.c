/*-------------------------------------------------------------------------
 *
 * trace.c
 *	  Every record behind a table's rows at an instant, decided or not.
 *
 * Files, order and keys are the replay's; only what becomes of the records is
 * left to the caller.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "replay/base.h"
#include "replay/check.h"
#include "replay/fullload.h"
#include "replay/output.h"
#include "replay/select.h"
#include "replay/selection.h"
#include "replay/state.h"
#include "replay/trace.h"

struct Trace
{
	Replay	   *r;
	bool		begun;
	bool		over;
	int64		ordinal;
	int64		commit;
	TimestampTz commit_time;
	int			fileno;			/* of the record at hand */
	const LogRecord *record;
	LogRecord	base_record;
};

Trace *
trace_open(const ReplaySpec *spec)
{
	ReplaySpec	all = *spec;
	Trace	   *t;
	Replay	   *r;
	MemoryContext old;

	all.search = NULL;
	r = replay_open(&all);
	old = MemoryContextSwitchTo(r->ctx);
	t = palloc0(sizeof(Trace));
	t->r = r;
	if (spec->search != NULL && r->keyed)
		r->search = search_open(r->keys, spec->config, spec->search);
	MemoryContextSwitchTo(old);
	return t;
}

void
trace_close(Trace *t)
{
	if (t != NULL)
		replay_close(t->r);
}

static void
begin(Trace *t)
{
	Replay	   *r = t->r;

	t->begun = true;
	select_files(r);
	t->over = r->empty;
	/* where the full load may be open, all its rows are looked at for that */
	if (r->search != NULL && !fullload_was_over(r) &&
		r->spec.config->before_base != BEFORE_BASE_BASE)
		r->search->filter = NULL;
	replay_begin_pass(r);
}

static bool
next_change(Trace *t, TraceItem *item)
{
	Replay	   *r = t->r;
	MergeItem	m;

	if (r->merge == NULL)
		return false;
	if (!merge_next(r->merge, &m))
	{
		replay_collect_merge(r);
		return false;
	}
	if (t->commit == 0 || m.time != t->commit_time)
		t->commit++;
	t->commit_time = m.time;
	t->record = merge_record(r->merge);
	t->fileno = m.fileno;
	/* its reader may have gone on, or be closed */
	selection_at(r, m.fileno, record_line(t->record), NULL);
	if (!r->keyed)
		check_keyless(r, t->record->op, record_line(t->record), m.fileno);
	item->commit = t->commit;
	item->time = m.time;
	item->op = m.op;
	item->id = m.id;
	item->before_base = m.time < r->lower[r->files[m.fileno].file->source];
	item->moves = r->keyed && m.op == LOG_UPDATE &&
		r->spec.config->key_changes &&
		key_before_record(r->keys, t->record, m.id, &item->old);
	return true;
}

static bool
next_base(Trace *t, TraceItem *item)
{
	Replay	   *r = t->r;

	while (r->base_next < r->nbase)
	{
		LogReader  *reader = base_reader(r);
		LogRecord  *rec = &t->base_record;

		t->record = rec;
		t->fileno = r->ncdc + r->base_next;
		while (reader_next(reader, rec))
		{
			fullload_check_row(r, rec, t->fileno);
			if (r->keyed)
				item->id = key_of_record(r->keys, rec);
			if (r->search != NULL && !search_has(r->search, item->id))
				continue;
			item->base = true;
			item->time = rec->time;
			item->op = LOG_UPSERT;
			return true;
		}
		selection_layout_seen(r, reader, t->fileno);
		r->base_readers[r->base_next] = NULL;
		reader_close(reader);
		r->base_next++;
	}
	return false;
}

bool
trace_next(Trace *t, TraceItem *item)
{
	Replay	   *r = t->r;
	MemoryContext old = MemoryContextSwitchTo(r->ctx);

	CHECK_FOR_INTERRUPTS();
	memset(item, 0, sizeof(*item));
	if (!t->begun)
		begin(t);
	if (!t->over && !next_change(t, item) && !next_base(t, item))
	{
		columns_agree(r->spec.columns, r->spec.config, r->spec.position);
		t->over = true;
	}
	if (!t->over)
	{
		item->ordinal = ++t->ordinal;
		item->fileno = t->fileno;
		item->line = record_line(t->record);
	}
	MemoryContextSwitchTo(old);
	return !t->over;
}

const Row *
trace_row(Trace *t)
{
	Replay	   *r = t->r;

	selection_at(r, t->fileno, record_line(t->record), NULL);
	return output_row(r, t->record, t->fileno);
}

const Row *
trace_row_before(Trace *t)
{
	return t->record->before == NULL ? NULL :
		output_row(t->r, t->record->before, t->fileno);
}

const LogFile *
trace_file(const Trace *t, int fileno)
{
	return t->r->files[fileno].file;
}

KeyMaker *
trace_keys(Trace *t)
{
	return t->r->keys;
}

void
trace_counters(const Trace *t, ReplayCounters *out)
{
	replay_counters(t->r, out);
}

bool
trace_is_loaded(const ReplaySpec *spec)
{
	Replay	   *r = replay_open(spec);
	MemoryContext old = MemoryContextSwitchTo(r->ctx);
	bool		loaded;

	select_files(r);
	loaded = r->base_first <= spec->asof && !r->empty &&
		fullload_was_over(r);
	MemoryContextSwitchTo(old);
	replay_close(r);
	return loaded;
}
