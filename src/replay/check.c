/*-------------------------------------------------------------------------
 *
 * check.c
 *	  What is checked of the files that a replay chose, and of their records.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/timestamp.h"

#include "log/erroption.h"
#include "replay/check.h"
#include "replay/fullload.h"
#include "replay/selection.h"

/* The instant is before the first change, and there is no base image. */
void
check_before_first(Replay *r)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 erroption("before_base"),
			 errmsg("the instant asked for is before the first change, and there is no full load"),
			 r->spec.asof == DT_NOEND ?
			 errdetail("No change file of foreign table \"%s\" was known at %s.",
					   r->spec.config->foreign_table,
					   timestamptz_to_str(r->spec.known_at)) :
			 errdetail("Foreign table \"%s\" is read as of %s.",
					   r->spec.config->foreign_table,
					   timestamptz_to_str(r->spec.asof)),
			 errhint("Set table option before_base 'empty' to see an empty table there.")));
}

/*
 * The records that a search passed over unread may be earlier than those it
 * counted.  Returns true if one is not later than the instant, else *later says
 * whether there is any.
 */
static bool
passed_over_earlier(Replay *r, bool *later)
{
	LogRecord	rec;
	bool		earlier = false;

	for (int i = 0; i < r->ncdc && !earlier; i++)
	{
		LogReader  *reader = reader_open(r->spec.store, r->spec.config,
										 r->files[i].file, -1,
										 r->spec.position);

		while (!earlier && reader_next(reader, &rec))
		{
			CHECK_FOR_INTERRUPTS();
			*later = true;
			earlier = rec.time <= r->upper;
		}
		reader_close(reader);
	}
	return earlier;
}

/* No record is early enough: an error where there is one that is later. */
static void
refuse_later(Replay *r, const ReplayCounters *c, bool later)
{
	/* of transaction files the next may have other tables' records only */
	if (later ||
		(c->files_after > 0 && r->spec.config->cdc_path == NULL))
		check_before_first(r);
}

void
check_counted(Replay *r, const ReplayCounters *c)
{
	bool		later = c->records_after > 0;

	if (r->cut || r->nbase > 0 || c->records_after < c->change_records ||
		r->spec.config->before_base == BEFORE_BASE_EMPTY)
		return;
	if (r->search != NULL && r->search->filter != NULL &&
		passed_over_earlier(r, &later))
		return;
	refuse_later(r, c, later);
}

void
check_unread(Replay *r)
{
	MemoryContext old = MemoryContextSwitchTo(r->ctx);
	bool		open = r->nbase > 0 && !r->empty &&
		r->spec.config->before_base != BEFORE_BASE_BASE &&
		!fullload_was_over(r);
	bool		later = false;
	LogRecord	rec;

	if (r->nbase == 0 && r->ncdc > 0 && !r->cut &&
		r->spec.config->before_base != BEFORE_BASE_EMPTY &&
		!passed_over_earlier(r, &later))
		refuse_later(r, &r->counters, later);
	for (int i = 0; open && i < r->nbase; i++)
	{
		LogReader  *reader = reader_open(r->spec.store, r->spec.config,
										 r->files[r->ncdc + i].file, -1,
										 r->spec.position);

		while (reader_next(reader, &rec))
			fullload_check_row(r, &rec, r->ncdc + i);
		reader_close(reader);
	}
	MemoryContextSwitchTo(old);
}

/* Nobody reads by oversight what takes hours, or what each byte costs. */
void
check_bytes(Replay *r)
{
	const LogConfig *c = r->spec.config;
	int			n = r->ncdc + r->nbase;
	int64		more = r->counters.change_bytes + r->counters.base_bytes;
	int64		own = more * (r->pass + 1);
	int64		bytes = selection_too_many_bytes(&r->spec, own, more);

	if (bytes > 0)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 bytes == own ?
				 errmsg("a scan of foreign table \"%s\" needs %lld bytes, more than \"cdc_fdw.max_bytes\" allows",
						c->foreign_table, (long long) bytes) :
				 errmsg("the query needs %lld bytes, more than \"cdc_fdw.max_bytes\" allows",
						(long long) bytes),
				 bytes != own ?
				 errdetail("The last %lld of them are in folder \"%s\" of foreign table \"%s\"; the setting is %.0f.",
						   (long long) more, manifest_folder(r->spec.manifest),
						   c->foreign_table, c->max_bytes) :
				 r->pass > 0 ?
				 errdetail("%d files would be read %d times, since rows changed their keys and have cells that were not supplied; the setting is %.0f.",
						   n, r->pass + 1, c->max_bytes) :
				 errdetail_plural("%d file would be read; the setting is %.0f.",
								  "%d files would be read; the setting is %.0f.",
								  n, n, c->max_bytes),
				 errhint("Set cdc_fdw.max_bytes higher, or to 0 for no limit.")));
}

void
check_keyless(Replay *r, LogOp op, int64 line, int fileno)
{
	if (op == LOG_UPDATE || op == LOG_DELETE)
	{
		selection_at(r, fileno, line, NULL);
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("a table without a key has %s",
						op == LOG_UPDATE ? "an update" : "a delete"),
				 errhint("Mark the columns of its key with column option key 'true'.")));
	}
}
