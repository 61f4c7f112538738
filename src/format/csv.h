/*-------------------------------------------------------------------------
 *
 * csv.h
 *	  Bytes to records.  Pure C: no postgres.h, no ereport, return codes only.
 *
 * A CsvReader is fed chunks of any size and holds the complete records it has
 * met until csv_drop().  Reading is libcsv's, told to keep blanks, to report
 * empty lines as records, and to take nothing but the dialect's terminator as
 * the end of a line.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FORMAT_CSV_H
#define CDC_FORMAT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct CsvDialect
{
	char		delimiter;		/* between fields, one byte */
	char		quote;			/* '"' for RFC 4180, 0 where nothing is quoted */
	char		terminator;		/* last byte of a line's end, normally '\n' */
	bool		crlf;			/* lines end in CR + terminator */
} CsvDialect;

typedef struct CsvField
{
	uint32_t	off;			/* of the first byte, from CsvRecord.base */
	uint32_t	len:31;			/* bytes; a zero byte follows the last */
	uint32_t	quoted:1;		/* was it quoted in the file? */
} CsvField;

typedef struct CsvRecord
{
	const char *base;
	const CsvField *fields;
	int			nfields;
	int64_t		line;			/* physical line where it starts, from 1 */
} CsvRecord;

typedef enum CsvStatus
{
	CSV_STATUS_OK,
	CSV_STATUS_BAD_QUOTE,		/* a quote where none may stand, or text after
								 * a closing quote */
	CSV_STATUS_OPEN_QUOTE,		/* the input ends inside a quoted field */
	CSV_STATUS_TOO_LONG,		/* a record passes the limit */
	CSV_STATUS_TOO_MANY_FIELDS,
	CSV_STATUS_NO_CR,			/* crlf, and a line ends without CR */
	CSV_STATUS_NO_MEMORY
} CsvStatus;

typedef struct CsvError
{
	CsvStatus	status;
	int64_t		line;			/* line where the offending record starts */
	int			field;			/* field in it, from 1 */
	const char *message;		/* static English text for an errdetail */
} CsvError;

typedef struct CsvReader CsvReader;

#define CSV_MAX_FIELDS		20000
#define CSV_MAX_RECORD		((size_t) 1 << 30)

/* field i of r as bytes */
static inline const char *
csv_data(const CsvRecord *r, int i)
{
	return r->base + r->fields[i].off;
}

/* NULL when memory is out. The caller frees it with csv_destroy. */
extern CsvReader *csv_create(const CsvDialect *dialect);
extern void csv_destroy(CsvReader *r);	/* accepts NULL */

/*
 * Take len more bytes; last says that the input ends with them (a last line
 * without terminator is then a record; an empty remainder is none).  After an
 * error the records completed before it can still be read and csv_failure()
 * tells the rest; no more may be fed.
 */
extern CsvStatus csv_feed(CsvReader *r, const char *buf, size_t len, bool last);
extern const CsvError *csv_failure(const CsvReader *r);

/* Complete records held since the last csv_drop, and the i'th of them. */
extern size_t csv_count(const CsvReader *r);
/* Pointers in *out are good until the next csv_feed, csv_drop or csv_destroy. */
extern void csv_get(const CsvReader *r, size_t i, CsvRecord *out);
/* Forget the records held; an unfinished one stays. */
extern void csv_drop(CsvReader *r);
/* Bytes allocated. */
extern size_t csv_memory(const CsvReader *r);

#endif							/* CDC_FORMAT_CSV_H */
