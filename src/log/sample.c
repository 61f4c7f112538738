/*-------------------------------------------------------------------------
 *
 * sample.c
 *	  The first bytes of many objects, and the records in them.
 *
 * However many objects there are, and whatever is in them, what is at hand is
 * bounded: fetched bytes may wait in a file, and neither the bytes of a sample
 * nor its records take more than SAMPLE_MOST.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "format/gzip.h"
#include "log/sample.h"

/* Transfers side by side, where the store has as many. */
#define TRANSFERS		16
/* A compressed sample may grow by this factor. */
#define INFLATED_MAX	16
#define RECORDS_MAX		20000
/* where few records are wanted */
#define FEW_BYTES		4096

/* ---- bytes ---- */

static bool
inflate(GzipReader *z, Sample *s, const char *packed, size_t len, size_t max)
{
	char	   *out = palloc(max);
	size_t		used = 0;
	GzipStatus	status;

	gzip_feed(z, packed, len);
	do
	{
		size_t		got = 0;

		status = gzip_read(z, out + used, max - used, &got, true);
		used += got;
		if (status == GZIP_OK && got == 0)
			break;
	} while (status == GZIP_OK && used < max);
	s->bytes = out;
	s->len = used;
	if (status == GZIP_OK && used < max)
		return true;
	/* cut by us, or by whoever wrote it */
	if (status == GZIP_OK || (status == GZIP_TRUNCATED && !s->whole) ||
		status == GZIP_NEED_INPUT)
	{
		s->whole = false;
		return true;
	}
	s->problem = status == GZIP_TRUNCATED ? "its gzip data ends early" :
		"its gzip data is damaged";
	return status != GZIP_NO_MEMORY;
}

/* Unzip in place of what was fetched. */
static void
unpack(Sample *s, int64 limit)
{
	GzipReader *z;
	volatile bool done = false;

	if (!gzip_is_gzip(s->bytes, s->len))
		return;
	s->gzip = true;
	z = gzip_create();
	if (z == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	PG_TRY();
	{
		char	   *packed = s->bytes;

		done = inflate(z, s, packed, s->len,
					   Min(limit * INFLATED_MAX, SAMPLE_MOST));
		pfree(packed);
		s->bytes = repalloc(s->bytes, Max(s->len, 1));
	}
	PG_FINALLY();
	{
		gzip_destroy(z);
	}
	PG_END_TRY();
	if (!done)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
}

static void
receive(StoreReader *reader, Sample *s, int64 limit)
{
	size_t		room = Min(s->object->size, limit);
	size_t		got;

	s->bytes = palloc(room + 1);
	while (s->len < room &&
		   (got = store_read(reader, s->bytes + s->len, room - s->len)) > 0)
		s->len += got;
	/* a whole object is checked at its end */
	if (s->len == room && s->object->size <= limit)
		(void) store_read(reader, s->bytes + s->len, 1);
	store_read_close(reader);
	s->limit = limit;
	s->whole = s->object->size <= limit;
}

/* Writes the bytes of a sample to the end of the file. */
static void
put_aside(BufFile *file, Sample *s)
{
	BufFileTell(file, &s->fileno, &s->offset);
	BufFileWrite(file, s->bytes, s->len);
	s->stored = s->len;
	pfree(s->bytes);
	sample_unload(s);
}

void
sample_load(BufFile *file, Sample *sample)
{
	if (BufFileSeek(file, sample->fileno, sample->offset, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in temporary file")));
	sample->bytes = palloc(sample->stored + 1);
	sample->len = sample->stored;
	sample->whole = sample->object->size <= sample->limit;
	buffile_read_exact(file, sample->bytes, sample->len);
	unpack(sample, sample->limit);
}

void
sample_unload(Sample *sample)
{
	sample->bytes = NULL;
	sample->len = 0;
}

void
sample_fetch(Store *store, Sample **samples, int n, int64 limit,
			 BufFile *file)
{
	StoreReader *readers[TRANSFERS];
	int			ahead = Min(store_most_open(store), TRANSFERS);
	int			opened = 0;

	limit = Min(limit, SAMPLE_MOST);
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (; opened < n && opened < i + ahead; opened++)
		{
			const FoundObject *o = samples[opened]->object;

			readers[opened % ahead] =
				store_read_open(store, o->key, o->version, o->etag, o->size,
								o->size > limit ? limit : -1);
		}
		receive(readers[i % ahead], samples[i], limit);
		if (file != NULL)
			put_aside(file, samples[i]);
		else
			unpack(samples[i], limit);
	}
}

/* ---- records ---- */

char *
sample_name(const Sample *sample)
{
	return store_clean_text(sample->object->key);
}

void
sample_ends(const Sample *sample, const CsvDialect *dialect, CsvEnds *ends)
{
	CsvDialect	asking = *dialect;
	CsvReader  *csv;
	CsvStatus	status;

	asking.asks_crlf = true;
	csv = csv_create(&asking);
	status = csv == NULL ? CSV_STATUS_NO_MEMORY :
		csv_feed(csv, sample->bytes, sample->len, sample->whole);
	if (status != CSV_STATUS_OK || !csv_ends(csv, ends))
		memset(ends, 0, sizeof(*ends));
	csv_destroy(csv);
	if (status == CSV_STATUS_NO_MEMORY)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
}

/* Copies a record, fields and texts in one chunk; returns its size. */
static size_t
copy_record(const CsvRecord *from, SampleRecord *to)
{
	size_t		size = sizeof(SampleField) * Max(from->nfields, 1);
	char	   *text;

	for (int i = 0; i < from->nfields; i++)
		size += csv_field(from, i)->len + 1;
	to->line = from->line;
	to->nfields = from->nfields;
	to->fields = MemoryContextAllocHuge(CurrentMemoryContext, size);
	text = (char *) &to->fields[from->nfields];
	for (int i = 0; i < from->nfields; i++)
	{
		const CsvField *f = csv_field(from, i);

		to->fields[i].len = f->len;
		to->fields[i].quoted = f->quoted;
		to->fields[i].data = memcpy(text, f->data, f->len);
		text[f->len] = '\0';
		text += f->len + 1;
	}
	return size;
}

static void
copy_records(CsvReader *csv, int most, SampleRecords *out)
{
	size_t		n = Min(csv_count(csv), Min(most, RECORDS_MAX));
	int64		used = 0;

	out->records = palloc(sizeof(SampleRecord) * Max(n, 1));
	while (out->n < n && used < SAMPLE_MOST)
	{
		CsvRecord	r;

		csv_get(csv, out->n, &r);
		used += copy_record(&r, &out->records[out->n++]);
	}
	out->cut = csv_count(csv) > out->n;
}

void
sample_parse(const Sample *sample, const CsvDialect *dialect, int most,
			 SampleRecords *out)
{
	CsvReader  *csv = csv_create(dialect);
	MemoryContext old;

	memset(out, 0, sizeof(*out));
	out->sample = sample;
	out->ctx = AllocSetContextCreate(CurrentMemoryContext,
									 "cdc_fdw sample records",
									 ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(out->ctx);
	if (csv == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	PG_TRY();
	{
		CsvStatus	status = CSV_STATUS_OK;
		size_t		piece = most < RECORDS_MAX ? FEW_BYTES : sample->len;
		size_t		fed = 0;
		CsvEnds		ends;

		/* a few records are mostly near the beginning */
		do
		{
			size_t		len = Min(piece, sample->len - fed);

			status = csv_feed(csv, sample->bytes + fed, len,
							  sample->whole && fed + len == sample->len);
			if (status == CSV_STATUS_OK && csv_ends(csv, &ends))
				status = csv_set_crlf(csv, ends.with_cr > 0 &&
									  ends.without == 0);
			fed += len;
			piece *= 2;
		} while (status == CSV_STATUS_OK && fed < sample->len &&
				 csv_count(csv) < (size_t) most);

		if (status == CSV_STATUS_NO_MEMORY)
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY),
					 errmsg("out of memory")));
		if (status != CSV_STATUS_OK)
		{
			out->problem = csv_failure(csv)->message;
			out->problem_line = csv_failure(csv)->line;
		}
		copy_records(csv, most, out);
	}
	PG_FINALLY();
	{
		csv_destroy(csv);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
}

void
sample_free(SampleRecords *records)
{
	if (records->ctx != NULL)
		MemoryContextDelete(records->ctx);
	memset(records, 0, sizeof(*records));
}
