/*-------------------------------------------------------------------------
 *
 * fullload.c
 *	  When the full load was taken, and whether it was over at the instant.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "log/erroption.h"
#include "replay/fullload.h"
#include "replay/look.h"
#include "replay/selection.h"

/* True if there is a full load whose records do not tell when it was taken. */
bool
fullload_is_undated(const Replay *r)
{
	bool		any = false;

	for (int i = 0; r->nbase > 0 && i < Max(r->spec.config->nfolders, 1); i++)
		any |= r->undated[i];
	return any;
}

static void
before_full_load(Replay *r)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 erroption("before_base"),
			 errmsg("the instant asked for is before the full load"),
			 errdetail("Foreign table \"%s\" is read as of %s; its full load began at %s.",
					   r->spec.config->foreign_table,
					   look_instant(r->spec.asof),
					   position_shown(look_instant(r->base_first))),
			 errhint("Ask for a later instant, or set table option before_base to 'base' (take the full load as it is) or 'empty' (an empty table).")));
}

/*
 * Before the full load there is the image it took, if before_base says so,
 * and no change to it.
 */
bool
fullload_is_later(Replay *r)
{
	if (r->base_first == DT_NOBEGIN || r->base_first <= r->spec.asof)
		return false;
	if (r->spec.config->before_base == BEFORE_BASE_ERROR)
		before_full_load(r);
	return true;
}

/*
 * Full loads without commit times: by when were they over, as options say?
 * changes_from is when a repeated load was taken.
 */
static bool
stated_load_time(const LogConfig *c, TimestampTz *time, const char **option)
{
	*time = c->has_base_time ? c->base_time : c->changes_from;
	*option = c->has_base_time ? "base_time" : "changes_from";
	return c->has_base_time || c->has_changes_from;
}

/* True if options say that the full load was not over. */
static bool
is_before_stated_load(const Replay *r)
{
	TimestampTz time;
	const char *option;

	return fullload_is_undated(r) &&
		stated_load_time(r->spec.config, &time, &option) &&
		r->spec.asof < time;
}

/*
 * A full load without commit times would show at any instant: raise an error
 * for one at which it may not have been taken.  DMS writes changes only after a
 * table's full load, so the name of the first change file tells where no option
 * does, also where its records have commit times: changes are committed, and
 * kept back, while the load is taken.  Each folder has its own load.
 */
void
fullload_check_time(Replay *r)
{
	const LogConfig *c = r->spec.config;
	Manifest   *m = r->spec.manifest;
	TimestampTz time;
	const char *option;

	if (r->spec.asof == DT_NOEND || !fullload_is_undated(r) || manifest_is_pinned(m))
		return;
	if (stated_load_time(c, &time, &option))
	{
		if (r->spec.asof >= time || c->before_base != BEFORE_BASE_ERROR)
			return;
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 erroption("before_base"),
				 errmsg("the full load was not over at the instant asked for"),
				 errdetail("Foreign table \"%s\" is read as of %s; option \"%s\" says that its full load was over at %s.",
						   c->foreign_table, look_instant(r->spec.asof),
						   option, look_instant(time)),
				 errhint("Ask for a later instant, or set table option before_base to 'base' (take the full load as it is) or 'empty' (an empty table).")));
	}
	for (int p = 0; p < manifest_nparts(m); p++)
	{
		Manifest   *part = manifest_part(m, p);
		LogFile    *first;
		int			nbase;
		LogFile   **base = manifest_base(part, &nbase);

		if (nbase == 0 || !r->undated[base[0]->source] ||
			c->before_base == BEFORE_BASE_BASE)
			continue;
		first = manifest_cdc(part, 0);
		if (first == NULL || (c->timestamp_column != NULL ? first->time_hi :
							  first->time) <= r->spec.asof)
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 erroption("base_time"),
				 errmsg("the full load may not have been over at the instant asked for"),
				 errdetail("Foreign table \"%s\" is read as of %s, before its first change file \"%s\", and nothing says when its full load was taken.",
						   c->foreign_table, look_instant(r->spec.asof),
						   first->key),
				 errhint("Ask for a later instant, or set option base_time of the server or table to the time by which the full load was over, or table option before_base 'base' to take the full load as it is.")));
	}
}

/*
 * True if a change file tells that the full load was over by a time.  DMS writes
 * the changes of a table only after its full load; but the task before a
 * repeated load writes its last ones when that begins.  So the file must begin
 * with a change from after the first row was loaded.  First times go forward:
 * the newest file tells, if any does.  Of several folders one may be loaded
 * later than another changes; so it is with the tables of transaction files.
 */
bool
fullload_was_over_by(Replay *r, TimestampTz time)
{
	TimestampTz first;

	if (r->spec.config->cdc_path != NULL ||
		manifest_nparts(r->spec.manifest) > 1)
		return false;
	for (int i = r->ncdc - 1; i >= 0; i--)
	{
		const LogFile *f = r->files[i].file;

		if (f->time <= r->base_first)
			break;
		if (f->time_hi <= time &&
			selection_first_time(&r->spec, &r->counters, f, &first))
			return first > look_shifted(r->base_first,
										r->spec.config->clock_skew);
	}
	return false;
}

bool
fullload_was_over(Replay *r)
{
	return r->base_first == DT_NOBEGIN || r->spec.asof == DT_NOEND ||
		fullload_was_over_by(r, r->spec.asof);
}

/* True if a row of the full load is later than the instant. */
static bool
base_row_is_later(Replay *r, LogFile **base)
{
	LogRecord	rec;
	bool		later = false;

	for (int i = 0; i < r->nbase && !later; i++)
	{
		LogReader  *reader = reader_open(r->spec.store, r->spec.config, base[i],
										 -1, r->spec.position);

		while (!later && reader_next(reader, &rec))
			later = rec.time > r->spec.asof;
		reader_close(reader);
	}
	return later;
}

/* Under before_base 'empty': was the full load not over? */
bool
fullload_is_open(Replay *r, LogFile **base)
{
	if (is_before_stated_load(r) ||
		(r->base_first != DT_NOBEGIN && r->base_first > r->spec.asof))
		return true;
	return !fullload_was_over(r) && base_row_is_later(r, base);
}

void
fullload_check_row(Replay *r, const LogRecord *rec, int fileno)
{
	if (rec->time <= r->spec.asof ||
		r->spec.config->before_base == BEFORE_BASE_BASE)
		return;
	selection_at(r, fileno, record_line(rec), NULL);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 erroption("before_base"),
			 errmsg("the full load was not over at the instant asked for"),
			 errdetail("Foreign table \"%s\" is read as of %s; a row was loaded at %s.",
					   r->spec.config->foreign_table,
					   look_instant(r->spec.asof),
					   position_shown(look_instant(rec->time))),
			 r->spec.config->before_base == BEFORE_BASE_EMPTY ?
			 errhint("Ask for a later instant, or set table option before_base to 'base' (take the full load as it is).") :
			 errhint("Ask for a later instant, or set table option before_base to 'base' (take the full load as it is) or 'empty' (an empty table).")));
}
