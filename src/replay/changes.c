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

#include "replay/changes.h"
#include "replay/index.h"
#include "replay/look.h"
#include "replay/sortrun.h"
#include "replay/state.h"

/* One folder of the log. */
typedef struct ChangePart
{
	Manifest   *manifest;		/* for the files from the lower bound on */
	int			next;			/* file in it */
	int			looked;			/* files before it were looked at ahead */
	bool		over;			/* no later file is wanted */
	LogFile    *head;			/* the next one that is, or NULL */
} ChangePart;

/* A file that is to be read. */
typedef struct ChangeFile
{
	LogFile    *file;
	MemoryContext ctx;			/* of the reader, while it is open */
	LogReader  *reader;
} ChangeFile;

struct Changes
{
	ReplaySpec	spec;
	ChangesRange range;
	MemoryContext ctx;
	MemoryContext row_ctx;		/* of texts made for row */
	ReplayCounters counters;
	MergeCounters found;		/* of records */
	bool		commit_clock;
	bool		started;
	/* which files */
	bool		(*known) (void *arg, const LogFile *file);	/* or NULL */
	void	   *known_arg;
	ChangePart *parts;
	int			nparts;
	ChangeFile *files;			/* chosen so far */
	int			nfiles;
	int			maxfiles;
	int64		bytes;			/* of them */
	TimestampTz *first;			/* of the file read last, of each source */
	/* the file that is read: one of three */
	int			current;		/* -1: none yet */
	MergeFile	index_file;
	MergeSpec	index_spec;
	char	   *uri;
	RunEntry   *entries;		/* held */
	int64		nentries;
	int64		next_entry;
	SortRun    *sorted;			/* or sorted; neither: line by line */
	Row		   *row;
};

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
	c->range = *range;
	c->ctx = ctx;
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
	c->index_spec.config = spec->config;
	c->index_spec.files = &c->index_file;
	c->index_spec.nfiles = 1;
	c->index_spec.upper = spec->asof;
	c->row = palloc0(ROW_SIZE(Max(spec->nneeded, 1)));
	MemoryContextSwitchTo(old);
	return c;
}

void
changes_leave_out(Changes *c, bool (*known) (void *arg, const LogFile *file),
				  void *arg)
{
	c->known = known;
	c->known_arg = arg;
}

/*
 * Which files
 */

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
	TimestampTz from = c->range.commit_from;

	if (f->time < c->range.file_from)
		return true;
	if (!c->commit_clock)
		return f->time < from;
	return f->kind != NAME_TXN &&
		f->time_hi < look_shifted(from, -c->spec.config->clock_skew);
}

/* May a file be named long after what it holds? */
static bool
scans_late_files(const Changes *c)
{
	return (c->spec.config->late_scan || c->spec.has_known_at) &&
		!manifest_is_pinned(c->spec.manifest);
}

/* Look at many files at a time where every later one is looked at. */
static void
look_at_late_files(Changes *c, ChangePart *p, const LogFile *f)
{
	TimestampTz to = c->range.file_to;

	if (p->next <= p->looked || !c->commit_clock || !scans_late_files(c) ||
		!store_is_remote(c->spec.store) ||
		f->time <= Min(c->spec.asof, c->range.commit_to))
		return;
	if (c->spec.has_known_at)
		to = Min(to, c->spec.known_at);
	p->looked = look_ahead(c->spec.store, c->spec.config, p->manifest,
						   p->next - 1, to, c->spec.position,
						   &c->counters.looks_made);
}

/* Is a file wanted that is not before?  *over is set where no later one is. */
static bool
is_wanted(Changes *c, const LogFile *f, bool *over)
{
	TimestampTz asof = c->spec.asof;
	TimestampTz upper = Min(asof, c->range.commit_to);
	bool		pinned = manifest_is_pinned(c->spec.manifest);
	TimestampTz first;

	if (c->spec.has_known_at && look_is_named_later(f, c->spec.known_at))
	{
		*over = f->time == f->time_hi;
		return false;
	}
	if (f->time > c->range.file_to)
	{
		*over = f->time == f->time_hi;
		return false;
	}
	/* a pin's are all wanted at its instant, and none behind them is lost */
	if (pinned && upper == asof)
		return true;
	if (f->time <= upper)
	{
		if (!c->commit_clock && f->time_hi > asof && f->time_hi != f->time)
			look_repeated_hour(f);
		return true;
	}
	if (!c->commit_clock)
	{
		*over = true;
		return false;
	}
	c->counters.files_looked++;
	if (!look_first_time(c->spec.store, c->spec.config, f, c->spec.position,
						 &first, &c->counters.looks_made))
		return false;
	if (first <= look_shifted(upper, c->spec.config->clock_skew))
		return true;
	*over = f->time == f->time_hi && !pinned && !scans_late_files(c);
	return false;
}

static void
advance_part(Changes *c, ChangePart *p)
{
	p->head = NULL;
	while (!p->over && p->head == NULL)
	{
		LogFile    *f = manifest_cdc(p->manifest, p->next++);

		if (f == NULL)
			p->over = true;
		else if (is_before(c, f) ||
				 (c->known != NULL && c->known(c->known_arg, f)))
			c->counters.files_before++;
		else
		{
			look_at_late_files(c, p, f);
			if (is_wanted(c, f, &p->over))
				p->head = f;
		}
	}
}

static void
begin_parts(Changes *c)
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
		c->parts[p].manifest = manifest_from(manifest_part(m, p),
											 names_from(c));
		advance_part(c, &c->parts[p]);
		/* the folder may be empty altogether */
		if (manifest_cdc_known(c->parts[p].manifest) == 0)
			look_check_folder(manifest_part(m, p), c->spec.store,
							  c->spec.config);
	}
}

/* Nobody reads by oversight what takes hours, or what each byte costs. */
static void
count_bytes(Changes *c, const LogFile *f)
{
	const LogConfig *config = c->spec.config;

	c->bytes += f->size;
	if (config->max_bytes > 0 && c->bytes > config->max_bytes)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("a scan of foreign table \"%s\" needs %lld bytes or more, more than \"cdc_fdw.max_bytes\" allows",
						config->foreign_table, (long long) c->bytes),
				 errdetail("%d files up to \"%s\" would be read; the setting is %.0f.",
						   c->nfiles + 1, f->key, config->max_bytes),
				 errhint("Compare the column with role commit_time or file_time with a later time, or set cdc_fdw.max_bytes higher, or to 0 for no limit.")));
}

/* Choose the file that comes next in the log; false at the end. */
static bool
choose_file(Changes *c)
{
	ChangePart *best = NULL;

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
	if (c->nfiles == c->maxfiles)
	{
		c->maxfiles = Max(64, c->maxfiles * 2);
		c->files = c->files
			? repalloc_huge(c->files, sizeof(ChangeFile) * c->maxfiles)
			: palloc(sizeof(ChangeFile) * c->maxfiles);
	}
	c->files[c->nfiles++] = (ChangeFile) {best->head, NULL, NULL};
	advance_part(c, best);
	return true;
}

/* Begin the transfers of the files that come next, the current one first. */
static void
read_ahead(Changes *c)
{
	Ahead		a = ahead_begin(c->spec.store, c->spec.config);

	for (int i = c->current; i < c->nfiles || choose_file(c); i++)
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

	return job;
}

static void
note_first_time(Changes *c, TimestampTz first)
{
	TimestampTz *before = &c->first[c->index_file.file->source];

	if (first == DT_NOEND)
		return;					/* an empty file */
	if (c->commit_clock && first < *before)
		c->found.ran_back++;
	*before = first;
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
			note_first_time(c, rec.time);
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
	sortrun_finish(c->sorted);
	c->found.ran_back += !ordered;
	c->found.files_sorted++;
	c->found.bytes += c->index_file.file->size;
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
			note_first_time(c, first);
		else
			sort_file(c, f->reader);
	}
	c->next_entry = 0;
	MemoryContextSwitchTo(old);
}

static void
end_file(Changes *c)
{
	ChangeFile *f = &c->files[c->current];

	columns_note(c->spec.columns, c->spec.config, f->reader);
	if (c->sorted != NULL)
		sortrun_close(c->sorted);
	c->sorted = NULL;
	c->entries = NULL;
	reader_close(f->reader);
	f->reader = NULL;
	MemoryContextDelete(f->ctx);
	f->ctx = NULL;
	memset(c->spec.position, 0, sizeof(LogPosition));
}

/* Next record of the current file, false at its end. */
static bool
next_record(Changes *c, LogRecord *rec)
{
	LogReader  *reader = c->files[c->current].reader;
	IndexJob	job = index_job(c);
	int			fileno;

	if (c->entries != NULL)
	{
		const RunEntry *e = &c->entries[c->next_entry];

		if (c->next_entry >= c->nentries)
			return false;
		c->next_entry++;
		reader_get_at(reader, e->rec, e->time, rec);
		return true;
	}
	if (c->sorted != NULL)
	{
		if (!sortrun_next(c->sorted, rec, &fileno))
			return false;
		rec->file = c->index_file.file;
		rec->layout = reader_layout(reader);
		return true;
	}
	while (reader_next(reader, rec))
		if (index_wants(&job, rec, 0))
			return true;
	return false;
}

static const Row *
make_row(Changes *c, const LogRecord *rec)
{
	MemoryContext old;
	Row		   *row = c->row;

	MemoryContextReset(c->row_ctx);
	old = MemoryContextSwitchTo(c->row_ctx);
	row->time = rec->time;
	row->line = rec->csv.line;
	row->fileno = c->current;
	row->op = rec->op;
	row->ncells = c->spec.nneeded;
	row->nmissing = 0;
	for (int i = 0; i < row->ncells; i++)
	{
		row->cells[i] = record_cell(c->spec.config, rec, c->spec.needed[i]);
		if (row->cells[i].state == CELL_UNSUPPLIED)
			row->nmissing++;
	}
	MemoryContextSwitchTo(old);
	c->counters.rows++;
	c->spec.position->uri = c->uri;
	c->spec.position->line = row->line;
	c->spec.position->column = NULL;
	return row;
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
	columns_check(c->spec.columns, c->spec.config, c->spec.position);
	c->counters.ended = true;
}

const Row *
changes_next(Changes *c)
{
	MemoryContext old = MemoryContextSwitchTo(c->ctx);
	const Row  *row = NULL;
	LogRecord	rec;

	CHECK_FOR_INTERRUPTS();
	if (!c->started)
		begin_parts(c);
	while (row == NULL && !c->counters.ended)
	{
		if (c->current >= 0 && next_record(c, &rec))
			row = make_row(c, &rec);
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
	if (c->sorted != NULL)
		sortrun_close(c->sorted);
	for (int i = Max(c->current, 0); i < c->nfiles; i++)
		reader_close(c->files[i].reader);
	memset(c->spec.position, 0, sizeof(LogPosition));
	MemoryContextDelete(c->ctx);
	reader_free_spares();
}

LogFile   **
changes_files(const ReplaySpec *spec, int *n)
{
	ChangesRange all = {DT_NOBEGIN, DT_NOEND, DT_NOBEGIN, DT_NOEND};
	Changes    *c = changes_open(spec, &all);
	MemoryContext caller = MemoryContextSwitchTo(c->ctx);
	LogFile   **files;

	begin_parts(c);
	while (choose_file(c))
		 /* go on */ ;
	MemoryContextSwitchTo(caller);
	*n = c->nfiles;
	files = palloc(sizeof(LogFile *) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
		files[i] = c->files[i].file;
	changes_close(c);
	return files;
}

const LogFile *
changes_file(const Changes *c, const Row *row)
{
	return c->files[row->fileno].file;
}

void
changes_counters(const Changes *c, ReplayCounters *out)
{
	*out = c->counters;
	for (int p = 0; p < c->nparts; p++)
	{
		out->cdc_files += manifest_cdc_known(c->parts[p].manifest);
		out->duplicates += manifest_counters(c->parts[p].manifest).duplicates;
	}
	out->files_after = out->cdc_files - out->files_before - c->nfiles;
	out->change_bytes = c->bytes;
	out->passes = c->started;
	replay_count_merge(out, c->found);
}
