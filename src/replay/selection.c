/*-------------------------------------------------------------------------
 *
 * selection.c
 *	  Which change files a walk reads.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "replay/look.h"
#include "replay/selection.h"
#include "replay/state.h"

LogFile *
selection_next(SelectionPart *p)
{
	LogFile    *f = p->over ? NULL : manifest_cdc(p->manifest, p->next++);

	p->over |= f == NULL;
	return f;
}

bool
selection_first_time(const ReplaySpec *spec, ReplayCounters *counters,
					 const LogFile *file, TimestampTz *time)
{
	counters->files_looked++;
	return look_first_time(spec->store, spec->config, file, spec->position,
						   time, &counters->looks_made);
}

bool
selection_wants(const SelectionRange *s, SelectionPart *p, const LogFile *file)
{
	const ReplaySpec *spec = s->spec;
	const LogConfig *c = spec->config;
	bool		pinned = manifest_is_pinned(spec->manifest);
	TimestampTz named_to = spec->has_known_at ?
		Min(s->named_to, spec->known_at) : s->named_to;
	/* may a file be named long after what it holds? */
	bool		scans_late = c->late_scan || spec->has_known_at || pinned;
	TimestampTz first;

	if ((spec->has_known_at &&
		 look_is_named_later(file, c, spec->known_at)) ||
		file->time > s->named_to)
	{
		p->over = file->time == file->time_hi;
		return false;
	}
	/* a pin chose its files at the instant */
	if (pinned && s->upper == spec->asof)
		return true;
	if (file->time <= s->upper)
	{
		/* a condition goes by what columns show, the first reading */
		if (c->timestamp_column == NULL && file->time_hi > spec->asof &&
			file->time_hi != file->time)
			look_repeated_hour(file, c, spec->asof, "asof");
		return true;
	}
	if (c->timestamp_column == NULL)
	{
		p->over = true;
		return false;
	}
	/* where every later file is looked at, many are at a time */
	if (p->next > p->looked && scans_late && !pinned &&
		store_is_remote(spec->store))
		p->looked = look_ahead(spec->store, c, p->manifest, p->next - 1,
							   named_to, spec->position,
							   &s->counters->looks_made);
	if (!selection_first_time(spec, s->counters, file, &first))
		return false;
	if (first <= look_shifted(s->upper, c->clock_skew))
		return true;
	p->over = file->time == file->time_hi && !scans_late;
	return false;
}

bool
selection_is_before(const LogConfig *config, const LogFile *file,
					TimestampTz from)
{
	if (config->timestamp_column == NULL)
		return file->time < from;
	/* transaction files are named when they are begun */
	return file->kind != NAME_TXN &&
		file->time_hi < look_shifted(from, -config->clock_skew);
}

int64
selection_too_many_bytes(const ReplaySpec *spec, int64 own, int64 more)
{
	int64		bytes = own;

	if (spec->bytes != NULL)
		bytes = *spec->bytes += more;
	return spec->config->max_bytes > 0 &&
		bytes > spec->config->max_bytes ? bytes : 0;
}

void
selection_at(Replay *r, int fileno, int64 line, const char *column)
{
	if (r->uris[fileno] == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(r->ctx);

		r->uris[fileno] = store_uri(r->spec.store, r->files[fileno].file->key);
		MemoryContextSwitchTo(old);
	}
	r->spec.position->uri = r->uris[fileno];
	r->spec.position->line = line;
	r->spec.position->column = column;
}

void
selection_layout_seen(void *arg, const LogReader *reader, int fileno)
{
	Replay	   *r = arg;
	const LogFile *file = reader_file(reader);

	r->files[fileno].noted = true;
	/* what was written before a reload has the columns that there were then */
	if ((file->kind != NAME_CDC && file->kind != NAME_TXN) ||
		file->time_hi >= r->base_first)
		columns_note(r->spec.columns, r->spec.store, r->spec.config, reader);
}
