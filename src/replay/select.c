/*-------------------------------------------------------------------------
 *
 * select.c
 *	  Which files a snapshot reads.
 *
 * The change files that selection.h names, without those from before the full
 * load, whose changes are not replayed; and the full load, if the instant is not
 * before it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/sort.h"
#include "log/erroption.h"
#include "replay/look.h"
#include "replay/selection.h"
#include "replay/state.h"

/* As selection_first_time(), where the look at the key serves for the time, too. */
static bool
base_first_time(Replay *r, const LogFile *file, KeyLook *look,
				TimestampTz *time)
{
	if (look->reader == NULL || reader_file(look->reader) != file ||
		!basekeys_look(r, look, time))
		return selection_first_time(&r->spec, &r->counters, file, time);
	r->counters.files_looked++;
	r->counters.looks_made++;
	return true;
}

/*
 * When did the full load begin, in each folder and at all?  Its series begin
 * with their first records, which those files hold that are the first to have
 * any.  Changes from before are not replayed; those of a folder without a full
 * load not from before the first one elsewhere.
 */
static void
find_base_first(Replay *r, LogFile **base, int nbase, KeyLook *look)
{
	const LogConfig *c = r->spec.config;
	int			nsources = Max(c->nfolders, 1);
	TimestampTz *first = palloc(sizeof(TimestampTz) * nsources);
	bool		begun = false;

	r->base_first = DT_NOEND;
	r->undated = palloc(sizeof(bool) * nsources);
	for (int i = 0; i < nsources; i++)
	{
		first[i] = DT_NOEND;
		r->undated[i] = c->timestamp_column == NULL;
	}
	for (int i = 0; i < nbase && c->timestamp_column != NULL; i++)
	{
		TimestampTz *own = &first[base[i]->source];
		TimestampTz t;

		if (base[i]->series_start)
			begun = false;
		if (begun || base[i]->size == 0 ||
			!base_first_time(r, base[i], look, &t))
			continue;
		begun = true;
		if (t == DT_NOBEGIN)
		{
			r->undated[base[i]->source] = true;
			continue;
		}
		*own = Min(*own, t);
		r->base_first = Min(r->base_first, t);
	}
	if (r->base_first == DT_NOEND)
		r->base_first = DT_NOBEGIN;
	r->lower = first;
	for (int i = 0; i < nsources; i++)
	{
		if (first[i] == DT_NOEND)
			first[i] = r->base_first;
		r->lower[i] = c->has_changes_from ? c->changes_from :
			look_shifted(first[i], -c->clock_skew);
	}
}

/* True if there is a full load whose records do not tell when it was taken. */
static bool
is_undated(const Replay *r)
{
	bool		any = false;

	for (int i = 0; r->nbase > 0 && i < Max(r->spec.config->nfolders, 1); i++)
		any |= r->undated[i];
	return any;
}

/* The instant is before the first change, and there is no base image. */
void
replay_before_first(Replay *r)
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

	return is_undated(r) &&
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
static void
check_load_time(Replay *r)
{
	const LogConfig *c = r->spec.config;
	Manifest   *m = r->spec.manifest;
	TimestampTz time;
	const char *option;

	if (r->spec.asof == DT_NOEND || !is_undated(r) || manifest_is_pinned(m))
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

/* Nothing in it is as late as lower. */
static bool
is_before(Replay *r, const LogFile *f)
{
	TimestampTz lower = r->lower[f->source];

	if (f->kind == NAME_TXN || r->spec.from_start ||
		!selection_is_before(r->spec.config, f, lower))
		return false;
	/* a condition goes by what columns show, the first reading */
	if (r->spec.config->timestamp_column == NULL && !r->cut_below &&
		f->time_hi >= lower)
		look_repeated_hour(f, r->spec.config, lower, "changes_from");
	return true;
}

static void
add_file(Replay *r, int *max, LogFile *f)
{
	if (r->ncdc == *max)
	{
		*max *= 2;
		r->files = repalloc_huge(r->files, sizeof(MergeFile) * *max);
	}
	r->files[r->ncdc].file = f;
	r->files[r->ncdc].noted = false;
	r->files[r->ncdc].left = -1;
	r->files[r->ncdc].first = DT_NOEND;
	r->files[r->ncdc].lower = r->spec.from_start ? DT_NOBEGIN :
		r->lower[f->source];
	r->ncdc++;
}

/* What a file's name says of its commits, and those of the files before it. */
static void
set_bounds(Replay *r)
{
	const LogConfig *c = r->spec.config;

	for (int i = 0; i < r->ncdc; i++)
	{
		TimestampTz bound = r->files[i].file->time_hi;

		if (c->timestamp_column != NULL)
			bound = look_shifted(bound, c->clock_skew);
		if (i > 0)
			bound = Max(bound, r->files[i - 1].bound);
		r->files[i].bound = bound;
	}
}

static int
merge_file_cmp(const void *a, const void *b, void *arg)
{
	return manifest_file_cmp(((const MergeFile *) a)->file,
							 ((const MergeFile *) b)->file);
}

/* Files of several folders become one log. */
static void
mix_folders(Replay *r)
{
	sort_items(r->files, r->ncdc, sizeof(MergeFile), merge_file_cmp, NULL);
	for (int i = 1; i < r->ncdc; i++)
		if (r->files[i].file->written == r->files[i - 1].file->written &&
			r->files[i].file->source != r->files[i - 1].file->source)
			r->counters.duplicates++;
}

/* Each folder is searched until its own files are too late. */
static void
select_cdc(Replay *r, int *max)
{
	Manifest   *m = r->spec.manifest;
	SelectionRange	s = {&r->spec, r->upper, DT_NOEND, &r->counters};
	LogFile    *f;

	r->counters.duplicates = 0;
	for (int p = 0; p < manifest_nparts(m); p++)
	{
		SelectionPart part = {manifest_part(m, p)};

		while ((f = selection_next(&part)) != NULL)
		{
			if (!selection_wants(&s, &part, f))
				continue;
			if (is_before(r, f))
				r->counters.files_before++;
			else
				add_file(r, max, f);
		}
	}
	if (manifest_nparts(m) > 1)
		mix_folders(r);
	set_bounds(r);
	r->counters.cdc_files = manifest_cdc_known(m);
	r->counters.files_after = r->counters.cdc_files - r->ncdc -
		r->counters.files_before;
	r->counters.duplicates += manifest_counters(m).duplicates;
	r->counters.near_names = manifest_counters(m).near_names;
}

/*
 * True if a change file tells that the full load was over by a time.  DMS writes
 * the changes of a table only after its full load; but the task before a
 * repeated load writes its last ones when that begins.  So the file must begin
 * with a change from after the first row was loaded.  First times go forward:
 * the newest file tells, if any does.  Of several folders one may be loaded
 * later than another changes; so it is with the tables of transaction files.
 */
static bool
load_was_over_by(Replay *r, TimestampTz time)
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

/*
 * Versions that begin before spec.lower are not wanted: are base rows among
 * those, all of them?
 */
static bool
base_is_earlier(Replay *r)
{
	if (r->nbase == 0)
		return true;
	if (r->spec.config->timestamp_column == NULL)
		return r->spec.config->base_begins < r->spec.lower;
	return r->base_first != DT_NOBEGIN && !is_undated(r) &&
		load_was_over_by(r, look_shifted(r->spec.lower, -1));
}

/*
 * Leave out what only versions come from that begin too early.  Where rows
 * move between keys, or cells stand in older records, all is needed.
 */
static void
leave_out_earlier(Replay *r)
{
	int			n = 0;

	if (!r->spec.bounded || r->spec.lower == DT_NOBEGIN ||
		r->spec.config->key_changes || r->can_miss ||
		!base_is_earlier(r))
		return;
	/* by a sequence alone, files may come out of turn */
	if (r->spec.config->sequence >= 0 &&
		r->spec.config->timestamp_column == NULL)
		return;
	for (int i = 0; i < Max(r->spec.config->nfolders, 1); i++)
		r->lower[i] = Max(r->lower[i], r->spec.lower);
	r->cut = r->cut_below = true;
	for (int i = 0; i < r->ncdc; i++)
	{
		MergeFile  *f = &r->files[i];

		f->lower = r->lower[f->file->source];
		if (is_before(r, f->file))
			r->counters.files_before++;
		else
			r->files[n++] = *f;
	}
	r->ncdc = n;
	r->nbase = 0;
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

bool
replay_load_was_over(Replay *r)
{
	return r->base_first == DT_NOBEGIN || r->spec.asof == DT_NOEND ||
		load_was_over_by(r, r->spec.asof);
}

/* Under before_base 'empty': was the full load not over? */
static bool
full_load_is_open(Replay *r, LogFile **base)
{
	if (is_before_stated_load(r) ||
		(r->base_first != DT_NOBEGIN && r->base_first > r->spec.asof))
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
void
replay_check_bytes(Replay *r)
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

static void
check_folders(Replay *r)
{
	Manifest   *m = r->spec.manifest;

	for (int p = 0; p < manifest_nparts(m); p++)
	{
		columns_add_evidence(r->spec.columns,
							 manifest_evidence(manifest_part(m, p)));
		look_check_folder(manifest_part(m, p), r->spec.store, r->spec.config);
	}
}

void
replay_select(Replay *r)
{
	const LogConfig *c = r->spec.config;
	int			max = 64;
	LogFile   **base = manifest_base(r->spec.manifest, &r->nbase);
	KeyLook		key_look;
	TimestampTz time;

	check_folders(r);
	/* it is fetched while change files are listed */
	basekeys_begin_look(r, &key_look, base, r->nbase);
	find_base_first(r, base, r->nbase, &key_look);
	check_load_time(r);
	r->files = palloc(sizeof(MergeFile) * max);
	if (!is_before_full_load(r))
		select_cdc(r, &max);
	if (r->ncdc == 0)
		look_check_transactions(r->spec.manifest, r->spec.store, c);
	if (r->ncdc == 0 && r->nbase == 0 && r->counters.files_after > 0 && !r->cut &&
		c->before_base != BEFORE_BASE_EMPTY)
		replay_before_first(r);
	r->empty = c->before_base == BEFORE_BASE_EMPTY &&
		full_load_is_open(r, base);
	/* all is listed: what the layout's evidence asks for costs no listing more */
	while (key_look.reader != NULL)
		(void) basekeys_look(r, &key_look, &time);
	leave_out_earlier(r);
	r->files = repalloc_huge(r->files, sizeof(MergeFile) *
							 Max(r->ncdc + r->nbase, 1));
	for (int i = 0; i < r->nbase; i++)
	{
		r->files[r->ncdc + i].file = base[i];
		r->files[r->ncdc + i].noted = false;
		r->files[r->ncdc + i].bound = DT_NOBEGIN;
	}
	for (int i = 0; i < r->ncdc; i++)
		r->counters.change_bytes += r->files[i].file->size;
	for (int i = r->ncdc; i < r->ncdc + r->nbase; i++)
		r->counters.base_bytes += r->files[i].file->size;
	replay_check_bytes(r);
	r->counters.base_files = r->nbase;
	r->counters.files_read = r->ncdc + r->nbase;
	r->uris = palloc0(sizeof(char *) * Max(r->ncdc + r->nbase, 1));
}

LogFile   **
replay_files(const ReplaySpec *spec, int *n)
{
	Replay	   *r = replay_open(spec);
	LogFile   **files;

	replay_select(r);
	replay_check_unread(r);
	*n = r->ncdc + r->nbase;
	files = palloc(sizeof(LogFile *) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
		files[i] = r->files[i].file;
	replay_close(r);
	return files;
}

void
replay_layout_seen(void *arg, const LogReader *reader, int fileno)
{
	Replay	   *r = arg;
	const LogFile *file = reader_file(reader);

	r->files[fileno].noted = true;
	/* what was written before a reload has the columns that there were then */
	if ((file->kind != NAME_CDC && file->kind != NAME_TXN) ||
		file->time_hi >= r->base_first)
		columns_note(r->spec.columns, r->spec.store, r->spec.config, reader);
}
