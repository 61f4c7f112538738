/*-------------------------------------------------------------------------
 *
 * sample.h
 *	  The first bytes of many objects, and the records in them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_SAMPLE_H
#define CDC_LOG_SAMPLE_H

#include "postgres.h"

#include "storage/buffile.h"

#include "format/csv/csv.h"
#include "log/newest.h"

/* Bytes of a sample at most, and what its records take once they are apart. */
#define SAMPLE_MOST		((int64) 8 * 1024 * 1024)

typedef struct Sample
{
	const FoundObject *object;
	char	   *bytes;			/* inflated, NULL while they are not at hand */
	size_t		len;
	bool		whole;			/* these are all bytes of the object */
	bool		gzip;
	const char *problem;		/* why the bytes cannot be read, or NULL */
	/* of one that waits in a file */
	int64		limit;
	size_t		stored;			/* bytes there */
	int			fileno;
	off_t		offset;
} Sample;

/*
 * Fetch the first bytes of n objects, several at a time, at most limit bytes
 * (as stored, up to SAMPLE_MOST) of each; palloc'd in the current context.
 * Where file is not NULL they are written there instead, and sample_load()
 * takes them from it.  Raises what the store raises.
 */
extern void sample_fetch(Store *store, Sample **samples, int n, int64 limit,
						 BufFile *file);

/*
 * Get the bytes of a sample that waits in the file; palloc'd in the current
 * context.  sample_unload() forgets them, which are the caller's to free.
 */
extern void sample_load(BufFile *file, Sample *sample);
extern void sample_unload(Sample *sample);

typedef struct SampleField
{
	const char *data;			/* zero-terminated */
	uint32		len;
	bool		quoted;
} SampleField;

typedef struct SampleRecord
{
	int64		line;
	int			nfields;
	SampleField *fields;
} SampleRecord;

typedef struct SampleRecords
{
	MemoryContext ctx;			/* of the records */
	const Sample *sample;
	SampleRecord *records;
	int			n;
	bool		cut;			/* the sample has more of them */
	const char *problem;		/* why it cannot be read so, or NULL */
	int64		problem_line;
} SampleRecords;

/* The name of the sample's object as messages show it; palloc'd. */
extern char *sample_name(const Sample *sample);

/*
 * How the records in a sample's first block end, by a dialect whose crlf does
 * not matter; all zero where none ends there, or the sample cannot be read.
 */
extern void sample_ends(const Sample *sample, const CsvDialect *dialect,
						CsvEnds *ends);

/*
 * Take a sample apart, up to so many records, and no more than some MB of them;
 * in a child of the current context, which sample_free() deletes.  What was cut
 * is no record.
 */
extern void sample_parse(const Sample *sample, const CsvDialect *dialect,
						 int most, SampleRecords *out);
extern void sample_free(SampleRecords *records);	/* accepts all zero */

#endif							/* CDC_LOG_SAMPLE_H */
