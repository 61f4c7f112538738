/*-------------------------------------------------------------------------
 *
 * index.c
 *	  The index of a change file: time, key and operation of each record.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/sort.h"
#include "replay/index.h"

/* records whose beginnings are read together */
#define INDEX_BATCH		64

/* Is a record of this time wanted? */
static inline bool
counts_in(const IndexJob *job, TimestampTz time, int fileno)
{
	job->counters->records++;
	if (time > job->spec->upper)
	{
		job->counters->after++;
		return false;
	}
	if (time < job->spec->files[fileno].lower)
	{
		job->counters->before++;
		return false;
	}
	return true;
}

/*
 * Is a record wanted?  One that is wanted but later than its file's name says
 * would come too late in the walk.
 */
bool
index_wants(const IndexJob *job, const LogRecord *rec, int fileno)
{
	if (!counts_in(job, rec->time, fileno))
		return false;
	if (job->names_bound && rec->time > job->spec->files[fileno].bound)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("a commit time is later than the time in its file's name"),
				 errdetail("Committed at %s UTC, more than clock_skew after the name of file \"%s\".",
						   record_time_text(rec),
						   store_uri(job->spec->store, rec->file->key)),
				 errhint("Set table option clock_skew to at least the difference, or date_partition_timezone (with date_partition_enabled) if the task names files in another zone.")));
	return true;
}

int
index_seq_cmp(const char *a, size_t alen, const char *b, size_t blen)
{
	int			c = memcmp(a ? a : "", b ? b : "", Min(alen, blen));

	return c != 0 ? c : alen < blen ? -1 : alen > blen;
}

typedef struct SortContext
{
	const LogConfig *config;
	LogReader  *reader;
} SortContext;

static int
record_cmp(const LogConfig *config, LogReader *reader, const RunEntry *x,
		   const RunEntry *y)
{
	/* many records of one time take long to sort */
	CHECK_FOR_INTERRUPTS();
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (config->sequence >= 0)
	{
		LogRecord	rec;
		size_t		xlen;
		size_t		ylen;
		char	   *xs;
		char	   *ys;
		int			c;

		/* the first record is gone when the second is there */
		reader_get(reader, x->rec, &rec);
		xs = record_sequence(config, &rec, &xlen);
		reader_get(reader, y->rec, &rec);
		ys = record_sequence(config, &rec, &ylen);
		c = index_seq_cmp(xs, xlen, ys, ylen);
		if (xs)
			pfree(xs);
		if (ys)
			pfree(ys);
		if (c != 0)
			return c;
	}
	return x->rec < y->rec ? -1 : x->rec > y->rec;
}

static int
entry_cmp(const void *a, const void *b, void *arg)
{
	SortContext *s = arg;

	return record_cmp(s->config, s->reader, a, b);
}

/* Is the record of a key searched for, or does it take one's row away? */
static bool
is_searched(const IndexJob *job, LogReader *reader, size_t i, KeyIdent id, LogRecord *rec)
{
	KeyIdent	old;

	if (search_has(job->spec->search, id))
		return true;
	if (rec->op != LOG_UPDATE || !job->spec->config->key_changes)
		return false;
	reader_get(reader, i, rec);
	return key_before_record(job->spec->keys, rec, id, &old) &&
		search_has(job->spec->search, old);
}

/*
 * The same of a record that begins plainly.  It is not later than its file's
 * bound: the error about that wants its fields.
 */
static inline bool
index_plain(const IndexJob *job, const PlainRecord *plain, int fileno,
			size_t i, RunEntry *e)
{
	KeyIdent	id = {job->digits > 0 ? (uint64) plain->key : 0, 0};

	if (!counts_in(job, plain->time, fileno))
		return false;
	e->time = plain->time;
	e->op = plain->op;
	e->rec = i;
	e->key_a = id.a;
	e->key_b = id.b;
	return job->spec->search == NULL || search_has(job->spec->search, id);
}

/* Fill in the entry of a record; false where it is not to be walked. */
static bool
index_record(const IndexJob *job, LogReader *reader, int fileno, size_t i,
			 RunEntry *e, TimestampTz *first)
{
	LogRecord	rec;
	KeyIdent	id;

	if (!reader_peek(reader, i, &rec))
		return false;
	if (*first == DT_NOEND)
		*first = rec.time;
	if (!index_wants(job, &rec, fileno))
		return false;
	e->time = rec.time;
	e->op = rec.op;
	e->rec = i;
	if (job->spec->keys == NULL)
		return true;
	id = key_of_record(job->spec->keys, &rec);
	e->key_a = id.a;
	e->key_b = id.b;
	return job->spec->search == NULL || is_searched(job, reader, i, id, &rec);
}

/* Is the entry in the order of the log behind the one before it? */
static bool
is_in_order(const IndexJob *job, LogReader *reader, const RunEntry *e)
{
	return job->spec->config->sequence < 0 ? e[-1].time <= e->time :
		record_cmp(job->spec->config, reader, e - 1, e) < 0;
}

/* An index while it is made. */
typedef struct FileIndex
{
	RunEntry   *entries;
	size_t		room;
	int64		n;
	TimestampTz first;			/* time of the first record */
	bool		ordered;
} FileIndex;

/* See to it that so many entries have room. */
static void
make_room(FileIndex *x, size_t n)
{
	if (n <= x->room)
		return;
	x->room = Max(x->room + x->room / 2, n);
	x->entries = repalloc_huge(x->entries, x->room * sizeof(RunEntry));
}

/* The entry behind the last one is filled in. */
static inline void
add_entry(const IndexJob *job, LogReader *reader, FileIndex *x)
{
	RunEntry   *e = &x->entries[x->n];

	if (++x->n > 1 && x->ordered)
		x->ordered = is_in_order(job, reader, e);
}

/* Index the records held from the i'th on. */
static void
index_held(const IndexJob *job, LogReader *reader, int fileno, size_t i,
		   FileIndex *x)
{
	PlainRecord plain[INDEX_BATCH];
	TimestampTz bound = job->spec->files[fileno].bound;
	size_t		held = reader_held(reader);

	while (i < held)
	{
		size_t		n = job->digits > 0 || job->plain ?
			reader_plain(reader, i, Min(held - i, INDEX_BATCH), job->digits,
						 plain) : 0;
		size_t		k = 0;

		if (n > 0 && x->first == DT_NOEND && plain[0].time <= bound)
			x->first = plain[0].time;
		for (; k < n && plain[k].time <= bound; k++)
			if (index_plain(job, &plain[k], fileno, i + k,
							&x->entries[x->n]))
				add_entry(job, reader, x);
		i += k;
		if (k == n && n > 0)
			continue;
		if (index_record(job, reader, fileno, i++, &x->entries[x->n],
						 &x->first))
			add_entry(job, reader, x);
	}
}

/* Frees the index and takes back what was counted of the file. */
static RunEntry *
give_up(const IndexJob *job, FileIndex *x, const MergeCounters *before)
{
	pfree(x->entries);
	*job->counters = *before;
	return NULL;
}

RunEntry *
index_file(const IndexJob *job, LogReader *reader, int fileno, size_t budget,
		   int64 *n, TimestampTz *first)
{
	MergeCounters before = *job->counters;
	SortContext sort = {job->spec->config, reader};
	FileIndex	x = {.room = 1024, .first = DT_NOEND, .ordered = true};
	size_t		done = 0;
	bool		more = true;

	job->counters->bytes += job->spec->files[fileno].file->size;
	x.entries = palloc(x.room * sizeof(RunEntry));
	while (more)
	{
		if (index_memory(reader, x.room) > budget)
			return give_up(job, &x, &before);
		/* what has come is indexed while it is in the processor's cache */
		more = reader_hold_more(reader);
		make_room(&x, x.n + reader_held(reader) - done);
		index_held(job, reader, fileno, done, &x);
		done = reader_held(reader);
	}
	if (!x.ordered)
	{
		job->counters->ran_back++;
		if (index_memory(reader, 2 * x.n) > budget)
			return give_up(job, &x, &before);
		make_room(&x, 2 * x.n);
		sort_merge((char *) x.entries, x.n, sizeof(RunEntry),
				   (char *) (x.entries + x.n), entry_cmp, &sort);
	}
	*n = x.n;
	*first = x.first;
	/* it stays as long as the file is held */
	return repalloc_huge(x.entries, Max(x.n, 1) * sizeof(RunEntry));
}
