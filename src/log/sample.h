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

#include "format/csv.h"
#include "log/discover.h"

typedef struct Sample
{
	const FoundObject *object;
	char	   *bytes;			/* inflated, NULL before it was fetched */
	size_t		len;
	bool		whole;			/* these are all bytes of the object */
	bool		gzip;
	const char *problem;		/* why the bytes cannot be read, or NULL */
} Sample;

/*
 * Fetch the first bytes of n objects, several at a time, at most limit bytes
 * (as stored) of each; palloc'd in the current context.  Raises what the
 * store raises.
 */
extern void sample_fetch(Store *store, Sample **samples, int n, int64 limit);

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
	const Sample *sample;
	SampleRecord *records;
	int			n;
	bool		cut;			/* there are more of them */
	const char *problem;		/* why it cannot be read so, or NULL */
	int64		problem_line;
} SampleRecords;

/*
 * How the records in a sample's first block end, by a dialect whose crlf does
 * not matter; all zero where none ends there, or the sample cannot be read.
 */
extern void sample_ends(const Sample *sample, const CsvDialect *dialect,
						CsvEnds *ends);

/*
 * Take a sample apart, up to so many records; palloc'd in the current context.
 * What was cut is no record.
 */
extern void sample_parse(const Sample *sample, const CsvDialect *dialect,
						 int most, SampleRecords *out);

#endif							/* CDC_LOG_SAMPLE_H */
