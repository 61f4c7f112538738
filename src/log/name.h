/*-------------------------------------------------------------------------
 *
 * name.h
 *	  What an object's name says: full load, CDC, transaction file or neither,
 *	  and the time in it.  Pure C.
 *
 * Times are microseconds since 2000-01-01 00:00 (PostgreSQL's epoch) as
 * written, in whatever zone the task used; the caller shifts them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_NAME_H
#define CDC_LOG_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum NameKind
{
	NAME_OTHER,					/* not part of the log */
	NAME_LOAD,					/* LOAD00000001.csv */
	NAME_SEGMENT,				/* SEGMENT1_LOAD00000001.csv */
	NAME_CDC,					/* 20240612-103125108.csv */
	NAME_TXN					/* CDC_TXN-20201117153046033.csv */
} NameKind;

typedef struct NameInfo
{
	NameKind	kind;
	bool		gzip;			/* the name ends in .gz */
	bool		parquet;		/* a log file, but .parquet */
	uint64_t	counter;		/* LOAD: hexadecimal counter */
	uint32_t	segment;		/* SEGMENT: its number */
	int64_t		time;			/* CDC, TXN: microseconds, fraction digits past
								 * the sixth cut off */
} NameInfo;

/* How DatePartitionSequence orders the parts of a date. */
typedef enum DateSequence
{
	DATE_YYYYMMDD,
	DATE_YYYYMMDDHH,
	DATE_YYYYMM,
	DATE_MMYYYYDD,
	DATE_DDMMYYYY
} DateSequence;

/* base: the part of the key after the last slash, not zero-terminated. */
extern NameKind name_parse(const char *base, size_t len, NameInfo *out);

/*
 * What a name that is NAME_OTHER nearly is: a file of the log that was copied
 * ("20240612-103125108 (1).csv"), renamed ("load00000001.csv") or packed
 * ("LOAD00000001.csv.zst"); else NAME_OTHER.
 */
extern NameKind name_near(const char *base, size_t len);

/* Levels of folders a date is spread over: 1 unless delimiter is '/'. */
extern int	name_date_levels(DateSequence seq, char delimiter);

/*
 * Read the first nlevels folders of a date, "2024/06/" or "2024-06-12/" (each
 * with its slash).  delimiter is '/', '-', '_' or 0 for NONE.  False where it
 * is no such date.  Gives the span [*from, *to) that the parts read so far
 * leave open, in microseconds; parts not yet read (a month before its year)
 * leave it open from INT64_MIN to INT64_MAX.
 */
extern bool name_parse_date(const char *path, size_t len, DateSequence seq,
							char delimiter, int nlevels,
							int64_t *from, int64_t *to);

/* "yyyy-MM-dd HH:mm:ss[.ffffff]" (blank or T between), nothing after it. */
extern bool name_parse_timestamp(const char *s, size_t len, int64_t *out);

/* The end of one with all six digits, "ss.ffffff": microseconds. */
#define NAME_SECONDS_LEN	9
extern bool name_parse_seconds(const char *s, int64_t *out);

#endif							/* CDC_LOG_NAME_H */
