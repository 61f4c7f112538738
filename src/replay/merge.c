/*-------------------------------------------------------------------------
 *
 * merge.c
 *	  The change records of many files, newest first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/pairingheap.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "log/layouts.h"
#include "replay/index.h"
#include "replay/look.h"
#include "replay/sortrun.h"

/* where memory is full, one sort takes files of this many budgets */
#define SORT_TOGETHER	8

/* One file, or several that are sorted together. */
typedef struct Run
{
	pairingheap_node node;		/* of Merge.runs */
	MemoryContext ctx;
	/* in memory */
	LogReader  *reader;
	RunEntry   *entries;
	int64		nentries;		/* not walked yet */
	int			fileno;
	/* or sorted */
	SortRun    *sorted;
	size_t		memory;			/* its part of Merge.memory */
	/* newest record not handed out */
	MergeItem	head;
	bool		has_record;		/* record is the head's */
	LogRecord	record;
	char	   *head_seq;
	size_t		head_seq_len;
} Run;

struct Merge
{
	MergeSpec	spec;
	MemoryContext ctx;
	bool		sort_all;		/* names bound nothing */
	bool		sequence_first;
	int			next_file;		/* newest file not opened yet, -1: none */
	pairingheap *runs;			/* open ones, newest head first … */
	Run		   *current;		/* … but for the one whose head was handed out
								 * last, or is the newest */
	LogReader **ahead;			/* transfers begun, by file number … */
	AheadClaim *claim;			/* … and what may wait of them */
	const Layout **layouts;		/* of files that were sorted, by file number */
	TimestampTz *newer_first;	/* first time of the file opened last, of each
								 * source */
	size_t		memory;
	MergeCounters counters;
};

static void
note_first_time(Merge *m, int fileno, TimestampTz first)
{
	int			source = m->spec.files[fileno].file->source;

	m->counters.ran_back += look_ran_back(m->spec.config,
										  &m->newer_first[source], first, true);
}

/* Step to the next older file of which something is to be walked. */
static void
next_older(Merge *m)
{
	while (--m->next_file >= 0 && m->spec.files[m->next_file].left == 0)
		note_first_time(m, m->next_file, m->spec.files[m->next_file].first);
}

static bool
head_is_newer(const Run *x, const Run *y)
{
	int			c;

	if (x->head.time != y->head.time)
		return x->head.time > y->head.time;
	c = index_seq_cmp(x->head_seq, x->head_seq_len, y->head_seq, y->head_seq_len);
	if (c != 0)
		return c > 0;
	/* a file is in one run only, so that lines need no comparing */
	return x->head.fileno > y->head.fileno;
}

static int
run_cmp(const pairingheap_node *a, const pairingheap_node *b, void *arg)
{
	const Run  *x = pairingheap_const_container(Run, node, a);
	const Run  *y = pairingheap_const_container(Run, node, b);

	return head_is_newer(x, y) ? 1 : -1;
}

static void
release_layouts(void *arg)
{
	Merge	   *m = arg;

	for (int i = 0; i < m->spec.nfiles; i++)
		layouts_release(m->layouts[i]);
}

Merge *
merge_open(const MergeSpec *spec)
{
	MemoryContext ctx = AllocSetContextCreate(CurrentMemoryContext,
											  "cdc_fdw merge",
											  ALLOCSET_DEFAULT_SIZES);
	Merge	   *m = MemoryContextAllocZero(ctx, sizeof(Merge));
	bool		commit_clock = spec->config->timestamp_column != NULL;
	MemoryContextCallback *cb =
		MemoryContextAllocZero(ctx, sizeof(MemoryContextCallback));

	m->spec = *spec;
	m->ctx = ctx;
	m->claim = ahead_claim(ctx);
	m->runs = MemoryContextAllocZero(ctx, sizeof(pairingheap));
	m->runs->ph_compare = run_cmp;
	m->sequence_first = !commit_clock && spec->config->sequence >= 0;
	m->sort_all = m->sequence_first ||
		(commit_clock && spec->config->cdc_path != NULL);
	m->next_file = spec->nfiles;
	m->newer_first = MemoryContextAlloc(ctx, sizeof(TimestampTz) *
										Max(spec->config->nfolders, 1));
	for (int i = 0; i < Max(spec->config->nfolders, 1); i++)
		m->newer_first[i] = DT_NOEND;
	next_older(m);
	m->ahead = MemoryContextAllocZero(ctx, sizeof(LogReader *) *
									  Max(spec->nfiles, 1));
	m->layouts = MemoryContextAllocZero(ctx, sizeof(Layout *) *
										Max(spec->nfiles, 1));
	cb->func = release_layouts;
	cb->arg = m;
	MemoryContextRegisterResetCallback(ctx, cb);
	return m;
}

/*
 * Opening files
 */

/* Begin the transfers of the files that the walk comes to next. */
static void
read_ahead(Merge *m)
{
	Ahead		a = ahead_begin(m->claim, m->spec.store, m->spec.config);
	MemoryContext old = MemoryContextSwitchTo(m->ctx);
	int64		share = 1;

	for (int f = m->next_file; f >= 0; f--)
	{
		if (m->spec.files[f].left == 0)
			continue;
		share = ahead_share(&a, m->spec.files[f].file);
		if (share == 0)
			break;
		if (m->ahead[f] == NULL)
		{
			m->ahead[f] = reader_open(m->spec.store, m->spec.config,
									  m->spec.files[f].file, -1,
									  m->spec.position);
			if (m->spec.search != NULL)
				reader_filter(m->ahead[f], m->spec.search->filter);
			reader_watch(m->ahead[f], m->spec.progress);
		}
		reader_share(m->ahead[f], share);
	}
	MemoryContextSwitchTo(old);
	if (share > 0)
		m->spec.after(m->spec.arg, &a);
}

static LogReader *
take_reader(Merge *m, int fileno)
{
	LogReader  *r;

	read_ahead(m);
	r = m->ahead[fileno];
	m->ahead[fileno] = NULL;
	return r;
}

/* Bytes of the files at hand. */
static size_t
memory_held(const Merge *m)
{
	return m->memory + layouts_memory();
}

static IndexJob
index_job(Merge *m)
{
	IndexJob	job = {&m->spec, &m->counters, !m->sort_all};

	job.plain = m->spec.keys == NULL;
	/* what a search asks of before images stands further on */
	if (m->spec.keys != NULL &&
		(m->spec.search == NULL || !m->spec.config->key_changes))
		job.digits = key_plain_digits(m->spec.keys);

	return job;
}

RunEntry *
merge_index(Merge *m, LogReader *reader, int fileno, size_t budget, int64 *n,
			TimestampTz *first)
{
	IndexJob	job = index_job(m);

	return index_file(&job, reader, fileno, budget, n, first);
}

/* Pass all wanted records of a file to an external sort. */
static void
sort_file(Merge *m, SortRun *sorted, LogReader *reader, int fileno)
{
	IndexJob	job = index_job(m);
	LogRecord	rec;
	bool		first = true;
	bool		ordered = true;
	TimestampTz last_time = DT_NOBEGIN;
	char	   *last_seq = NULL;
	size_t		last_len = 0;

	while (reader_next(reader, &rec))
	{
		size_t		len = 0;
		char	   *seq;

		if (first)
			note_first_time(m, fileno, rec.time);
		first = false;
		if (!index_wants(&job, &rec, fileno))
			continue;
		seq = record_sequence(m->spec.config, &rec, &len);
		sortrun_put(sorted, &rec, seq, len, fileno);
		if (rec.time < last_time ||
			(rec.time == last_time &&
			 index_seq_cmp(seq, len, last_seq, last_len) < 0))
			ordered = false;
		last_time = rec.time;
		if (last_seq)
			pfree(last_seq);
		last_seq = seq;
		last_len = len;
	}
	if (last_seq)
		pfree(last_seq);
	if (!ordered && !m->sort_all)
		m->counters.ran_back++;
	m->counters.files_sorted++;
	m->counters.bytes += m->spec.files[fileno].file->size;
	m->layouts[fileno] = layouts_hold(reader_layout(reader));
	m->spec.opened(m->spec.arg, reader, fileno);
	reader_close(reader);
}

static void begin_run(Merge *m, Run *run);

static Run *
add_run(Merge *m)
{
	MemoryContext ctx = AllocSetContextCreate(m->ctx, "cdc_fdw run",
											  ALLOCSET_SMALL_SIZES);
	Run		   *run = MemoryContextAllocZero(ctx, sizeof(Run));

	run->ctx = ctx;
	return run;
}

/*
 * Sort a file that is not to be held.  Many such runs at once would each take
 * their memory: while there is none left, a sort takes older files too.
 */
static void
sort_files(Merge *m, Run *run, LogReader *reader)
{
	bool		full = memory_held(m) >= m->spec.budget;
	int			fileno = run->fileno;
	int64		bytes = m->spec.files[fileno].file->size;

	run->memory = m->spec.budget;
	run->sorted = sortrun_open(m->sequence_first, m->spec.budget);
	sort_file(m, run->sorted, reader, fileno);
	next_older(m);
	while (full && m->next_file >= 0 &&
		   m->spec.files[m->next_file].left < 0 &&
		   bytes / SORT_TOGETHER < m->spec.budget)
	{
		fileno = m->next_file;
		reader = take_reader(m, fileno);
		bytes += m->spec.files[fileno].file->size;
		sort_file(m, run->sorted, reader, fileno);
		next_older(m);
	}
	m->counters.spilled += sortrun_finish(run->sorted);
}

static void
open_next_file(Merge *m)
{
	LogReader  *reader = take_reader(m, m->next_file);
	Run		   *run = add_run(m);
	size_t		held = Min(memory_held(m), m->spec.budget);
	size_t		left = m->spec.budget - held;
	MemoryContext old = MemoryContextSwitchTo(run->ctx);
	MergeFile  *file = &m->spec.files[m->next_file];
	MergeCounters before = m->counters;
	TimestampTz first;

	run->fileno = m->next_file;
	/* what is left of a file only its index tells; it was held before */
	if (file->left >= 0 || left > 0)
		run->entries = merge_index(m, reader, run->fileno,
								   file->left >= 0 ? SIZE_MAX :
								   Max(left, m->spec.budget / 4),
								   &run->nentries, &first);
	if (run->entries != NULL)
	{
		run->reader = reader;
		run->memory = index_memory(reader, run->nentries);
		m->spec.opened(m->spec.arg, reader, run->fileno);
		if (file->left >= 0)
		{
			/* the others were walked, and all were counted */
			run->nentries = file->left;
			m->counters = before;
		}
		note_first_time(m, run->fileno, first);
		next_older(m);
	}
	else
		sort_files(m, run, reader);
	MemoryContextSwitchTo(old);
	begin_run(m, run);
}

/* Names that bound nothing: all files in one sort. */
static void
open_sorted(Merge *m)
{
	Run		   *run = add_run(m);
	MemoryContext old = MemoryContextSwitchTo(run->ctx);

	run->sorted = sortrun_open(m->sequence_first, m->spec.budget);
	while (m->next_file >= 0)
	{
		LogReader  *reader = take_reader(m, m->next_file);

		sort_file(m, run->sorted, reader, m->next_file);
		next_older(m);
	}
	m->counters.spilled += sortrun_finish(run->sorted);
	MemoryContextSwitchTo(old);
	begin_run(m, run);
}

/*
 * Walking
 */

/* It is not in the heap. */
static void
close_run(Merge *m, Run *run)
{
	m->memory -= run->memory;
	reader_close(run->reader);
	if (run->sorted)
		sortrun_close(run->sorted);
	MemoryContextDelete(run->ctx);
}

static const LogRecord *
head_record(Run *run)
{
	if (!run->has_record)
		reader_get_at(run->reader, run->entries[run->nentries].rec,
					  run->head.time, &run->record);
	run->has_record = true;
	return &run->record;
}

static bool
advance_held(Merge *m, Run *run)
{
	const RunEntry *e;

	if (run->nentries == 0)
		return false;
	e = &run->entries[--run->nentries];
	run->has_record = false;
	run->head.time = e->time;
	run->head.op = e->op;
	run->head.id.a = e->key_a;
	run->head.id.b = e->key_b;
	run->head.fileno = run->fileno;
	if (m->spec.keys != NULL && run->nentries >= KEYTABLE_AHEAD)
	{
		const RunEntry *ahead = e - KEYTABLE_AHEAD;
		KeyIdent	id = {ahead->key_a, ahead->key_b};

		keytable_prefetch(m->spec.table, id);
	}
	return true;
}

static bool
advance_sorted(Merge *m, Run *run)
{
	if (!sortrun_next(run->sorted, &run->record, &run->head.fileno))
		return false;
	run->has_record = true;
	run->record.file = m->spec.files[run->head.fileno].file;
	run->record.layout = m->layouts[run->head.fileno];
	if (run->record.before != NULL)
		run->record.before->layout = run->record.layout;
	run->head.time = run->record.time;
	run->head.op = run->record.op;
	if (m->spec.keys != NULL)
	{
		m->spec.at(m->spec.arg, run->head.fileno, record_line(&run->record));
		run->head.id = key_of_record(m->spec.keys, &run->record);
	}
	return true;
}

/* Make the run's next older record its head; without one it is closed: false. */
static bool
advance(Merge *m, Run *run)
{
	if (run->head_seq)
		pfree(run->head_seq);
	run->head_seq = NULL;
	run->head_seq_len = 0;
	if (run->sorted ? !advance_sorted(m, run) : !advance_held(m, run))
	{
		close_run(m, run);
		return false;
	}
	if (m->spec.config->sequence >= 0 && !m->sort_all)
	{
		MemoryContext old = MemoryContextSwitchTo(run->ctx);

		run->head_seq = record_sequence(m->spec.config, head_record(run),
										&run->head_seq_len);
		MemoryContextSwitchTo(old);
	}
	return true;
}

/* A run that is open: its newest record waits among those of the others. */
static void
begin_run(Merge *m, Run *run)
{
	m->memory += run->memory;
	if (advance(m, run))
		pairingheap_add(m->runs, &run->node);
}

/* The newest of the others, or NULL. */
static Run *
newest_waiting(const Merge *m)
{
	return pairingheap_is_empty(m->runs) ? NULL :
		pairingheap_container(Run, node, pairingheap_first(m->runs));
}

/* Make the run with the newest head the current one; NULL where there is none. */
static void
choose_run(Merge *m)
{
	Run		   *other = newest_waiting(m);

	if (other == NULL ||
		(m->current != NULL && head_is_newer(m->current, other)))
		return;
	pairingheap_remove_first(m->runs);
	if (m->current != NULL)
		pairingheap_add(m->runs, &m->current->node);
	m->current = other;
}

void
merge_close(Merge *m)
{
	if (m == NULL)
		return;
	if (m->current != NULL)
		close_run(m, m->current);
	while (!pairingheap_is_empty(m->runs))
		close_run(m, pairingheap_container(Run, node,
										   pairingheap_remove_first(m->runs)));
	for (int i = 0; i < m->spec.nfiles; i++)
		reader_close(m->ahead[i]);
	MemoryContextDelete(m->ctx);
}

TimestampTz
merge_bound(const Merge *m)
{
	TimestampTz bound = m->next_file >= 0 ?
		m->spec.files[m->next_file].bound : DT_NOBEGIN;
	const Run  *other = newest_waiting(m);
	const Run  *run = m->current;

	if (m->sort_all)
		return DT_NOEND;
	if (other != NULL)
		bound = Max(bound, other->head.time);
	if (run != NULL && run->sorted)
		return DT_NOEND;		/* not known before it is read */
	if (run != NULL && run->nentries > 0)
		bound = Max(bound, run->entries[run->nentries - 1].time);
	return bound;
}

const MergeCounters *
merge_counters(const Merge *m)
{
	return &m->counters;
}

MergeCounters
merge_take_counters(Merge *m)
{
	MergeCounters counters = m->counters;

	memset(&m->counters, 0, sizeof(m->counters));
	return counters;
}

bool
merge_next(Merge *m, MergeItem *item)
{
	CHECK_FOR_INTERRUPTS();
	if (m->current != NULL && !advance(m, m->current))
		m->current = NULL;
	if (m->sort_all && m->next_file >= 0)
		open_sorted(m);
	for (;;)
	{
		choose_run(m);
		if (m->next_file < 0 ||
			(m->current != NULL &&
			 m->spec.files[m->next_file].bound < m->current->head.time))
			break;
		open_next_file(m);
	}
	if (m->current == NULL)
		return false;
	*item = m->current->head;
	return true;
}

bool
merge_held(const Merge *m, LogReader **reader, size_t *i, LogOp *op)
{
	const Run  *run = m->current;

	if (run->has_record || run->sorted)
		return false;
	*reader = run->reader;
	*i = run->entries[run->nentries].rec;
	*op = run->head.op;
	return true;
}

const LogRecord *
merge_record(Merge *m)
{
	return head_record(m->current);
}
