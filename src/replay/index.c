/*-------------------------------------------------------------------------
 *
 * index.c
 *	  The index of a change file: time, key and operation of each record.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "replay/index.h"

/*
 * Is a record wanted?  One that is wanted but later than its file's name says
 * would come too late in the walk.
 */
bool
index_wants(const IndexJob *job, const LogRecord *rec, int fileno)
{
	job->counters->records++;
	if (rec->time > job->spec->upper)
	{
		job->counters->after++;
		return false;
	}
	if (rec->time < job->spec->files[fileno].lower)
	{
		job->counters->before++;
		return false;
	}
	if (job->names_bound && rec->time > job->spec->files[fileno].bound)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("a commit time is later than the time in its file's name"),
				 errdetail("Committed at %s UTC, more than clock_skew after the name of file \"%s\".",
						   layout_field_text(&rec->csv, rec->layout->time),
						   store_uri(job->spec->store, rec->file->key)),
				 errhint("Set table option clock_skew to at least the difference, or date_partition_timezone if the task names files in another zone.")));
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
	if (rec->op != LOG_UPDATE || job->spec->config->nbefore == 0)
		return false;
	reader_get(reader, i, rec);
	return key_before_record(job->spec->keys, rec, id, &old) &&
		search_has(job->spec->search, old);
}

/*
 * The same of a record that begins plainly; *plain tells.  One that is later
 * than its file's bound is not taken for such: the error wants its fields.
 */
static bool
index_plain(const IndexJob *job, LogReader *reader, int fileno, size_t i,
			RunEntry *e, TimestampTz *first, bool *plain)
{
	LogRecord	rec;
	int64		key;
	KeyIdent	id = {0, 0};

	*plain = reader_plain(reader, i, job->digits, &rec.op, &rec.time, &key) &&
		rec.time <= job->spec->files[fileno].bound;
	if (!*plain)
		return false;
	if (*first == DT_NOEND)
		*first = rec.time;
	if (!index_wants(job, &rec, fileno))
		return false;
	id.a = (uint64) key;
	e->time = rec.time;
	e->op = rec.op;
	e->rec = i;
	e->key_a = id.a;
	e->key_b = id.b;
	return job->spec->search == NULL || search_has(job->spec->search, id);
}

/* Fill in the entry of a record; false where it is not to be walked. */
static bool
index_record(const IndexJob *job, LogReader *reader, int fileno, size_t i, RunEntry *e,
			 TimestampTz *first)
{
	LogRecord	rec;
	KeyIdent	id;

	if (job->digits > 0)
	{
		bool		plain;
		bool		walked = index_plain(job, reader, fileno, i, e, first,
										 &plain);

		if (plain)
			return walked;
	}
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

RunEntry *
index_file(const IndexJob *job, LogReader *reader, int fileno, size_t budget,
		   int64 *n, TimestampTz *first)
{
	MergeCounters before = *job->counters;
	SortContext sort = {job->spec->config, reader};
	size_t		room = 1024;
	RunEntry   *entries = palloc(room * sizeof(RunEntry));
	size_t		i = 0;
	bool		ordered = true;
	bool		more = true;

	job->counters->bytes += job->spec->files[fileno].file->size;
	*n = 0;
	*first = DT_NOEND;
	while (more)
	{
		if (reader_memory(reader) > budget)
		{
			pfree(entries);
			*job->counters = before;
			return NULL;
		}
		/* what has come is indexed while it is in the processor's cache */
		more = reader_hold_more(reader);
		if (reader_held(reader) > room)
		{
			room = Max(room * 2, reader_held(reader));
			entries = repalloc_huge(entries, room * sizeof(RunEntry));
		}
		for (; i < reader_held(reader); i++)
		{
			RunEntry   *e = &entries[*n];

			if (!index_record(job, reader, fileno, i, e, first))
				continue;
			if (++*n > 1 && ordered)
				ordered = is_in_order(job, reader, e);
		}
	}
	if (!ordered)
	{
		job->counters->ran_back++;
		qsort_arg(entries, *n, sizeof(RunEntry), entry_cmp, &sort);
	}
	return entries;
}
