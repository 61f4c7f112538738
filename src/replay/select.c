/*-------------------------------------------------------------------------
 *
 * select.c
 *	  Which files a snapshot reads.
 *
 * CDC files up to the instant by their names; on the commit clock also those
 * behind it until one begins later than the instant.  Change records from
 * before the base image are not replayed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "replay/state.h"

/* Enough for the first record of nearly every file. */
#define LOOK_BYTES	(64 * 1024)

/* time + span, which may lie beyond what a timestamp can hold. */
static TimestampTz
shifted(TimestampTz time, int64 span)
{
	TimestampTz result;

	if (TIMESTAMP_NOT_FINITE(time))
		return time;
	if (pg_add_s64_overflow(time, span, &result))
		return span > 0 ? DT_NOEND : DT_NOBEGIN;
	return result;
}

/* Time of a file's first record of any table; false where it has none. */
static bool
first_time(Replay *r, const LogFile *file, TimestampTz *time)
{
	Store	   *store = r->spec.store;
	bool		found;
	bool		cut;
	LogReader  *reader = reader_open(store, r->spec.config, file, LOOK_BYTES,
									 r->spec.position);

	found = reader_first_time(reader, time);
	cut = reader_cut(reader);
	reader_close(reader);
	if (!found && cut)
	{
		reader = reader_open(store, r->spec.config, file, -1, r->spec.position);
		found = reader_first_time(reader, time);
		reader_close(reader);
	}
	r->counters.files_looked++;
	return found;
}

/* When did the full load begin?  Its series begin with their first files. */
static void
find_base_first(Replay *r, LogFile **base, int nbase)
{
	TimestampTz first = DT_NOEND;

	r->base_first = DT_NOBEGIN;
	if (r->spec.config->timestamp_column == NULL)
		return;
	for (int i = 0; i < nbase; i++)
	{
		TimestampTz t;

		if (base[i]->series_start && first_time(r, base[i], &t) &&
			t != DT_NOBEGIN)
			first = Min(first, t);
	}
	if (first != DT_NOEND)
		r->base_first = first;
}

/* The instant is before the first change, and there is no base image. */
void
replay_before_first(Replay *r)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("the instant asked for is before the first change, and there is no full load"),
			 errdetail("As of %s.", timestamptz_to_str(r->spec.asof)),
			 errhint("Set table option before_base 'empty' to see an empty table there.")));
}

static void
before_full_load(Replay *r)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("the instant asked for is before the full load"),
			 errdetail("The full load began at %s.",
					   timestamptz_to_str(r->base_first)),
			 errhint("Ask for a later instant, or set table option before_base to 'base' (take the full load as it is) or 'empty' (an empty table).")));
}

/* Is this CDC file wanted?  *stop is set where no later one can be. */
static bool
is_wanted(Replay *r, const LogFile *f, bool *stop)
{
	const LogConfig *c = r->spec.config;
	TimestampTz asof = r->spec.asof;
	TimestampTz first;

	*stop = false;
	if (f->time <= asof)
	{
		if (c->timestamp_column == NULL && f->time_hi > asof &&
			f->time_hi != f->time)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_ERROR),
					 errmsg("the instant asked for lies in an hour that the clock of date_partition_timezone shows twice"),
					 errdetail("It is not known whether file \"%s\" is earlier or later.",
							   f->key)));
		return true;
	}
	if (c->timestamp_column == NULL)
	{
		*stop = true;
		return false;
	}
	if (!first_time(r, f, &first))
		return false;
	if (first > shifted(asof, c->clock_skew))
	{
		*stop = f->time == f->time_hi;
		return false;
	}
	return true;
}

/* Nothing in it is as late as lower. */
static bool
is_before(Replay *r, const LogFile *f)
{
	if (r->lower == DT_NOBEGIN || f->kind == NAME_TXN)
		return false;
	if (r->spec.config->timestamp_column == NULL)
		return f->time < r->lower;
	return f->time_hi < shifted(r->lower, -r->spec.config->clock_skew);
}

static void
add_file(Replay *r, int *max, LogFile *f)
{
	TimestampTz bound = f->time_hi;

	if (r->ncdc == *max)
	{
		*max *= 2;
		r->files = repalloc_huge(r->files, sizeof(MergeFile) * *max);
	}
	if (r->spec.config->timestamp_column != NULL)
		bound = shifted(bound, r->spec.config->clock_skew);
	if (r->ncdc > 0)
		bound = Max(bound, r->files[r->ncdc - 1].bound);
	r->files[r->ncdc].file = f;
	r->files[r->ncdc].layout = NULL;
	r->files[r->ncdc].left = -1;
	r->files[r->ncdc].first = DT_NOEND;
	r->files[r->ncdc].bound = bound;
	r->ncdc++;
}

static void
select_cdc(Replay *r, int *max)
{
	bool		stop = false;
	LogFile    *f;

	for (int i = 0; !stop && (f = manifest_cdc(r->spec.manifest, i)) != NULL; i++)
	{
		bool		wanted = is_wanted(r, f, &stop);

		if (wanted && is_before(r, f))
			r->counters.files_before++;
		else if (wanted)
			add_file(r, max, f);
	}
	r->counters.cdc_files = manifest_cdc_known(r->spec.manifest);
	r->counters.files_after = r->counters.cdc_files - r->ncdc -
		r->counters.files_before;
	r->counters.duplicates = manifest_counters(r->spec.manifest)->duplicates;
}

/* Is a row of the full load later than the instant? */
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

/*
 * DMS writes changes only after a table's full load, so a change file before
 * the instant tells.
 */
bool
replay_load_was_over(const Replay *r)
{
	if (r->base_first == DT_NOBEGIN || r->spec.asof == DT_NOEND)
		return true;
	for (int i = 0; i < r->ncdc; i++)
	{
		const LogFile *f = r->files[i].file;

		if (f->time > r->base_first && f->time <= r->spec.asof)
			return true;
	}
	return false;
}

/* Under before_base 'empty': was the full load not over? */
static bool
full_load_is_open(Replay *r, LogFile **base)
{
	if (r->base_first != DT_NOBEGIN && r->base_first > r->spec.asof)
		return true;
	return !replay_load_was_over(r) && base_row_is_later(r, base);
}

/*
 * Before the full load there is the image it took, if before_base says so,
 * and no change to it.
 */
static bool
is_before_full_load(Replay *r)
{
	if (r->base_first == DT_NOBEGIN || r->base_first <= r->spec.asof)
		return false;
	if (r->spec.config->before_base == BEFORE_BASE_ERROR)
		before_full_load(r);
	return true;
}

/* Nobody reads by oversight what takes hours, or what each byte costs. */
static void
check_bytes(const Replay *r)
{
	const LogConfig *c = r->spec.config;
	int			n = r->ncdc + r->nbase;
	int64		bytes = 0;

	for (int i = 0; i < n; i++)
		bytes += r->files[i].file->size;
	if (c->max_bytes > 0 && bytes > c->max_bytes)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("a scan of foreign table \"%s\" needs %lld bytes, more than \"cdc_fdw.max_bytes\" allows",
						c->foreign_table, (long long) bytes),
				 errdetail_plural("%d file would be read; the setting is %.0f.",
								  "%d files would be read; the setting is %.0f.",
								  n, n, c->max_bytes),
				 errhint("Set cdc_fdw.max_bytes higher, or to 0 for no limit.")));
}

void
replay_select(Replay *r)
{
	const LogConfig *c = r->spec.config;
	int			max = 64;
	LogFile   **base = manifest_base(r->spec.manifest, &r->nbase);

	if (r->nbase == 0 && !c->allow_empty &&
		manifest_cdc(r->spec.manifest, 0) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
				 errmsg("nothing of a change log lies under \"%s\"",
						store_uri(r->spec.store, c->prefix)),
				 errhint("Check url, schema_name and table_name; a source table that never had a row leaves no folder: set allow_empty 'true' if that is so.")));
	find_base_first(r, base, r->nbase);
	r->lower = c->has_changes_from ? c->changes_from :
		shifted(r->base_first, -c->clock_skew);
	r->files = palloc(sizeof(MergeFile) * max);
	if (!is_before_full_load(r))
		select_cdc(r, &max);
	if (r->ncdc == 0 && r->nbase == 0 && r->counters.files_after > 0 &&
		c->before_base != BEFORE_BASE_EMPTY)
		replay_before_first(r);
	r->files = repalloc_huge(r->files, sizeof(MergeFile) *
							 Max(r->ncdc + r->nbase, 1));
	for (int i = 0; i < r->nbase; i++)
	{
		r->files[r->ncdc + i].file = base[i];
		r->files[r->ncdc + i].layout = NULL;
		r->files[r->ncdc + i].bound = DT_NOBEGIN;
	}
	check_bytes(r);
	r->empty = c->before_base == BEFORE_BASE_EMPTY &&
		full_load_is_open(r, base);
	r->counters.base_files = r->nbase;
	r->counters.files_read = r->ncdc + r->nbase;
	r->uris = palloc0(sizeof(char *) * Max(r->ncdc + r->nbase, 1));
}

void
replay_layout_seen(void *arg, const LogReader *reader, int fileno)
{
	Replay	   *r = arg;
	const LogConfig *c = r->spec.config;
	const Layout *l = reader_layout(reader);

	r->files[fileno].layout = l;
	if (l == NULL)
		return;
	r->any_layout = true;
	for (int i = 0; i < c->ncolumns; i++)
	{
		if (c->columns[i].role != ROLE_NONE || r->column_seen[i])
			continue;
		if (l->pos[i] >= 0)
			r->column_seen[i] = true;
		else if (r->column_closest[i] == NULL)
		{
			MemoryContext old = MemoryContextSwitchTo(r->ctx);

			r->column_closest[i] =
				reader_closest_header(reader, c->columns[i].names[0]);
			MemoryContextSwitchTo(old);
		}
	}
}
