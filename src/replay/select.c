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
#include "replay/basekeys.h"
#include "replay/check.h"
#include "replay/fullload.h"
#include "replay/look.h"
#include "replay/select.h"
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
	return r->base_first != DT_NOBEGIN && !fullload_is_undated(r) &&
		fullload_was_over_by(r, look_shifted(r->spec.lower, -1));
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
select_files(Replay *r)
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
	fullload_check_time(r);
	r->files = palloc(sizeof(MergeFile) * max);
	if (!fullload_is_later(r))
		select_cdc(r, &max);
	if (r->ncdc == 0)
		look_check_transactions(r->spec.manifest, r->spec.store, c);
	if (r->ncdc == 0 && r->nbase == 0 && r->counters.files_after > 0 && !r->cut &&
		c->before_base != BEFORE_BASE_EMPTY)
		check_before_first(r);
	r->empty = c->before_base == BEFORE_BASE_EMPTY &&
		fullload_is_open(r, base);
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
	check_bytes(r);
	r->counters.base_files = r->nbase;
	r->counters.files_read = r->ncdc + r->nbase;
	r->uris = palloc0(sizeof(char *) * Max(r->ncdc + r->nbase, 1));
}
