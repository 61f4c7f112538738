/*-------------------------------------------------------------------------
 *
 * changes_files.c
 *	  Which files a table of changes reads, and who reads them.
 *
 * They are chosen as far as somebody wants them.  Where several processes
 * share the walk one chooses them all, and each takes the next.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "replay/changes_state.h"
#include "replay/look.h"
#include "replay/output.h"
#include "replay/share.h"

/* The files are chosen by one process, and taken by all. */
struct ChangesShared
{
	LWLock		lock;			/* of all below */
	int			nfiles;
	int			next;			/* the first that nobody took */
	int			done;			/* read to their ends */
	dsa_pointer files;			/* SharedFile; first is its first time */
	dsa_pointer texts;
	ReplayCounters counters;
	SharedColumns columns;
	SharedEvidence evidence;
};

void
changes_leave_out(Changes *c, bool (*known) (void *arg, const LogFile *file),
				  void *arg)
{
	c->known = known;
	c->known_arg = arg;
}

/* All files with something wanted are named at that time or later. */
static TimestampTz
names_from(const Changes *c)
{
	const LogConfig *config = c->spec.config;

	if (!c->commit_clock)
		return Max(c->range.file_from, c->range.commit_from);
	/* transaction files are named when they are begun */
	if (config->cdc_path != NULL)
		return c->range.file_from;
	return Max(c->range.file_from,
			   look_shifted(c->range.commit_from, -config->clock_skew));
}

static bool
is_before(const Changes *c, const LogFile *f)
{
	return f->time < c->range.file_from ||
		selection_is_before(c->spec.config, f, c->range.commit_from);
}

static void
advance_part(Changes *c, ChangePart *p)
{
	SelectionRange	s = {&c->spec, Min(c->spec.asof, c->range.commit_to),
	c->range.file_to, &c->counters};

	while ((p->head = selection_next(&p->files)) != NULL)
	{
		if (is_before(c, p->head) ||
			(c->known != NULL && c->known(c->known_arg, p->head)))
			c->counters.files_before++;
		else if (selection_wants(&s, &p->files, p->head))
			return;
	}
}

void
changes_begin_parts(Changes *c)
{
	Manifest   *m = c->spec.manifest;

	c->started = true;
	/* nothing can be between */
	if (c->range.commit_from > c->range.commit_to ||
		c->range.file_from > c->range.file_to || names_from(c) == DT_NOEND)
		return;
	c->nparts = manifest_nparts(m);
	c->parts = palloc0(sizeof(ChangePart) * c->nparts);
	for (int p = 0; p < c->nparts; p++)
	{
		columns_add_evidence(c->spec.columns,
							 manifest_evidence(manifest_part(m, p)));
		c->parts[p].files.manifest = manifest_from(manifest_part(m, p),
												   names_from(c));
		advance_part(c, &c->parts[p]);
		manifest_check_beside(manifest_part(m, p));
		/* the folder may be empty altogether */
		if (manifest_cdc_known(c->parts[p].files.manifest) == 0)
		{
			look_check_folder(manifest_part(m, p), c->spec.store,
							  c->spec.config);
			look_check_transactions(manifest_part(m, p), c->spec.store,
									c->spec.config);
		}
	}
}

/* Nobody reads by oversight what takes hours, or what each byte costs. */
static void
count_bytes(Changes *c, const LogFile *f)
{
	const LogConfig *config = c->spec.config;
	int64		bytes;

	c->bytes += f->size;
	bytes = selection_too_many_bytes(&c->spec, c->bytes, f->size);
	if (bytes > 0)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 bytes == c->bytes ?
				 errmsg("a scan of foreign table \"%s\" needs %lld bytes or more, more than \"cdc_fdw.max_bytes\" allows",
						config->foreign_table, (long long) bytes) :
				 errmsg("the query needs %lld bytes or more, more than \"cdc_fdw.max_bytes\" allows",
						(long long) bytes),
				 errdetail("%d files up to \"%s\" would be read; the setting is %.0f.",
						   c->nfiles + 1, f->key, config->max_bytes),
				 errhint("Compare the column with role commit_time or file_time with a later time, or set cdc_fdw.max_bytes higher, or to 0 for no limit.")));
}

static void
add_file(Changes *c, LogFile *file)
{
	if (c->nfiles == c->maxfiles)
	{
		c->maxfiles = Max(64, c->maxfiles * 2);
		c->files = c->files
			? repalloc_huge(c->files, sizeof(ChangeFile) * c->maxfiles)
			: palloc(sizeof(ChangeFile) * c->maxfiles);
	}
	c->files[c->nfiles++] = (ChangeFile) {.file = file};
}

/* Take the next file that nobody took. */
static bool
take_file(Changes *c)
{
	ChangesShared *s = c->shared;
	SharedFile *files = dsa_get_address(c->area, s->files);
	int			next;

	/* where transfers do not go on by themselves, none ahead */
	if (c->nfiles > c->current && !store_is_remote(c->spec.store))
		return false;
	LWLockAcquire(&s->lock, LW_EXCLUSIVE);
	next = s->next < s->nfiles ? s->next++ : -1;
	LWLockRelease(&s->lock);
	if (next < 0)
		return false;
	add_file(c, share_file(&files[next], dsa_get_address(c->area, s->texts),
						   c->evidence));
	c->files[c->nfiles - 1].place = next;
	return true;
}

/* Choose the file that comes next in the log; false at the end. */
bool
changes_choose_file(Changes *c)
{
	ChangePart *best = NULL;

	if (c->shared != NULL)
		return take_file(c);
	for (int p = 0; p < c->nparts; p++)
	{
		ChangePart *part = &c->parts[p];

		if (part->head != NULL &&
			(best == NULL || manifest_file_cmp(part->head, best->head) < 0))
			best = part;
	}
	if (best == NULL)
		return false;
	count_bytes(c, best->head);
	add_file(c, best->head);
	progress_add(c->spec.progress, PROGRESS_FILES, 1);
	progress_add(c->spec.progress, PROGRESS_BYTES, best->head->size);
	advance_part(c, best);
	return true;
}

void
changes_note_first(Changes *c, TimestampTz first)
{
	if (c->shared != NULL)
	{
		SharedFile *files = dsa_get_address(c->area, c->shared->files);

		files[c->files[c->current].place].first = first;
		return;					/* compared when all are known */
	}
	c->found.ran_back += look_ran_back(c->spec.config,
									   &c->first[c->index_file.file->source],
									   first, false);
}

/* First times that run back, once all are known. */
static int64
count_ran_back(Changes *c)
{
	ChangesShared *s = c->shared;
	SharedFile *files = dsa_get_address(c->area, s->files);
	int64		n = 0;

	for (int i = 0; i < s->nfiles; i++)
		n += look_ran_back(c->spec.config, &c->first[files[i].file.source],
						   files[i].first, false);
	return n;
}

void
changes_leave_shared(Changes *c)
{
	ReplayCounters now;

	changes_counters(c, &now);
	LWLockAcquire(&c->shared->lock, LW_EXCLUSIVE);
	replay_add_counters(&c->shared->counters, &now);
	LWLockRelease(&c->shared->lock);
}

/* A file is read: the process that read the last one judges them all. */
void
changes_end_shared_file(Changes *c)
{
	ChangesShared *s = c->shared;
	bool		last;

	LWLockAcquire(&s->lock, LW_EXCLUSIVE);
	columns_exchange(c->spec.columns, &s->columns, c->spec.config, c->area);
	last = ++s->done == s->nfiles;
	if (last)
	{
		s->counters.ran_back += count_ran_back(c);
		s->counters.ended = true;
	}
	LWLockRelease(&s->lock);
	if (last)
		columns_check(c->spec.columns, c->spec.store, c->spec.config,
					  c->spec.position);
}

void
changes_now(const Changes *c, ProgressNow *now)
{
	/* of several processes the one that reads the last file ends it */
	if (c->shared ? c->shared->counters.ended : c->counters.ended)
		now->phase = PROGRESS_DONE;
	else if (!c->counters.ended)
		now->phase = c->current < 0 ? PROGRESS_LISTING : PROGRESS_CHANGES;
	now->records = c->found.records;
	now->rows = c->counters.rows;
}

LogFile   **
changes_files(const ReplaySpec *spec, int *n)
{
	ChangesRange all = {DT_NOBEGIN, DT_NOEND, DT_NOBEGIN, DT_NOEND};
	Changes    *c = changes_open(spec, &all);
	MemoryContext caller = MemoryContextSwitchTo(c->ctx);
	LogFile   **files;

	changes_begin_parts(c);
	while (changes_choose_file(c))
		 /* go on */ ;
	MemoryContextSwitchTo(caller);
	*n = c->nfiles;
	files = palloc(sizeof(LogFile *) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
		files[i] = c->files[i].file;
	changes_close(c);
	return files;
}

/*
 * Several processes
 */

Size
changes_shared_size(void)
{
	return sizeof(ChangesShared);
}

void
changes_share(ChangesShared *s, const ReplaySpec *spec,
			  const ChangesRange *range, dsa_area *area)
{
	Changes    *c = changes_open(spec, range);
	LogFile   **files;

	changes_begin_parts(c);
	while (changes_choose_file(c))
		;
	files = palloc(sizeof(LogFile *) * Max(c->nfiles, 1));
	for (int i = 0; i < c->nfiles; i++)
		files[i] = c->files[i].file;
	memset(s, 0, sizeof(*s));
	LWLockInitialize(&s->lock, LWTRANCHE_PARALLEL_APPEND);
	s->nfiles = c->nfiles;
	share_files(files, c->nfiles, area, &s->files, &s->texts);
	columns_share(&s->columns, spec->config, area);
	evidence_share(&s->evidence, spec->manifest, area);
	changes_counters(c, &s->counters);
	s->counters.files_read = c->nfiles;
	s->counters.ended = c->nfiles == 0;
	pfree(files);
	changes_close(c);
}

void
changes_unshare(ChangesShared *s, dsa_area *area)
{
	columns_unshare(&s->columns, area);
	evidence_unshare(&s->evidence, area);
	dsa_free(area, s->files);
	dsa_free(area, s->texts);
}

Changes *
changes_join(const ReplaySpec *spec, const ChangesRange *range,
			 ChangesShared *s, dsa_area *area)
{
	Changes    *c = changes_open(spec, range);
	MemoryContext old;

	c->shared = s;
	c->area = area;
	old = MemoryContextSwitchTo(c->ctx);
	c->evidence = evidence_join(&s->evidence, area, c->spec.store,
								c->spec.config);
	for (int i = 0; i < s->evidence.nfolders; i++)
		columns_add_evidence(c->spec.columns, c->evidence[i]);
	MemoryContextSwitchTo(old);
	return c;
}

void
changes_shared_counters(ChangesShared *s, ReplayCounters *out)
{
	LWLockAcquire(&s->lock, LW_SHARED);
	*out = s->counters;
	LWLockRelease(&s->lock);
}
