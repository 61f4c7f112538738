/*-------------------------------------------------------------------------
 *
 * csv.h
 *	  Bytes to records.  Pure C: no postgres.h, no ereport, return codes only.
 *
 * A CsvReader is fed chunks of any size and holds the complete records it has
 * met until csv_drop().  A vector scanner finds the records and their fields
 * in the bytes as they are (simd.h); libcsv reads the dialects the scanner
 * does not take, judges what is ill-formed, and is the reference that the
 * scanner is held to (lib.h).
 *
 * Blanks are data, an empty line is a record of one empty field, and nothing
 * but the dialect's terminator ends a line.  A UTF-8 byte order mark at the
 * begin of the input is passed over.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FORMAT_CSV_H
#define CDC_FORMAT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/csv/needle.h"

typedef struct CsvDialect
{
	char		delimiter;		/* between fields, one byte */
	char		quote;			/* '"' for RFC 4180, 0 where nothing is quoted */
	char		terminator;		/* last byte of a line's end, normally '\n' */
	bool		crlf;			/* lines end in CR + terminator */
	bool		by_libcsv;		/* let libcsv read, whatever the dialect */
	bool		asks_crlf;		/* crlf is not known: see csv_ends() */
} CsvDialect;

/*
 * A field, where it stands in the reader's memory: no zero byte follows it.
 * Take it from csv_field(), which undoubles quotes first.
 */
typedef struct CsvField
{
	const char *data;
	uint32_t	len;			/* bytes */
	bool		quoted;			/* was it quoted in the file? */
	bool		doubled;		/* its quotes may still be doubled */
} CsvField;

typedef struct CsvReader CsvReader;

typedef struct CsvRecord
{
	CsvField   *fields;
	int			nfields;
	int64_t		line;			/* physical line where it starts, from 1 */
	CsvReader  *reader;			/* NULL where no quotes are doubled */
} CsvRecord;

/* Where a complete record stands. */
typedef struct CsvPlace
{
	uint64_t	start:48;		/* of its first byte */
	uint64_t	nfields:16;
	uint32_t	len;			/* without terminator */
	uint32_t	line;			/* where it starts, past that of the first */
} CsvPlace;

typedef enum CsvStatus
{
	CSV_STATUS_OK,
	CSV_STATUS_BAD_QUOTE,		/* a quote where none may stand, or text after
								 * a closing quote */
	CSV_STATUS_OPEN_QUOTE,		/* the input ends inside a quoted field */
	CSV_STATUS_TOO_LONG,		/* a record passes the limit */
	CSV_STATUS_TOO_MANY_FIELDS,
	CSV_STATUS_NO_CR,			/* crlf, and a line ends without CR */
	CSV_STATUS_NO_MEMORY,
	CSV_STATUS_ENCODING			/* the byte order mark of UTF-16 or UTF-32 */
} CsvStatus;

typedef struct CsvError
{
	CsvStatus	status;
	int64_t		line;			/* line where the offending record starts */
	int			field;			/* field in it, from 1 */
	const char *message;		/* static English text for an errdetail */
} CsvError;

/* Tests build with one that they can reach. */
#ifndef CSV_MAX_FIELDS
#define CSV_MAX_FIELDS		20000
#endif
#define CSV_MAX_RECORD		((size_t) 1 << 30)

/* Undouble the quotes of field i; called by csv_field(). */
extern void csv_undouble(const CsvRecord *r, int i);

/* Field i of r, from 0, good as long as the record. */
static inline const CsvField *
csv_field(const CsvRecord *r, int i)
{
	if (r->fields[i].doubled)
		csv_undouble(r, i);
	return &r->fields[i];
}

/* Its bytes; csv_field() has their number. */
static inline const char *
csv_data(const CsvRecord *r, int i)
{
	return csv_field(r, i)->data;
}

/* NULL when memory is out. The caller frees it with csv_destroy. */
extern CsvReader *csv_create(const CsvDialect *dialect);
extern void csv_destroy(CsvReader *r);	/* accepts NULL */
/* Destroyed readers leave memory (16 MB at most) to new ones: free that too. */
extern void csv_free_spares(void);

/*
 * Before anything is fed: keep only so many first records and those in which one
 * of the needles (n of them, of the caller, as long as the reader) stands.  The
 * quotes of the others are still judged.  A reader that libcsv serves keeps
 * all; so what is kept is to be looked at.
 */
extern void csv_filter(CsvReader *r, const CsvNeedle *needles, int n,
					   int first);

/*
 * Take len more bytes; last says that the input ends with them (a last line
 * without terminator is then a record; an empty remainder is none).  After an
 * error the records completed before it can still be read and csv_failure()
 * tells the rest; no more may be fed.
 */
extern CsvStatus csv_feed(CsvReader *r, const char *buf, size_t len, bool last);

/* How the records that end in an input's first CSV_FIRST_BLOCK bytes end. */
typedef struct CsvEnds
{
	int			with_cr;		/* records with a CR before the terminator */
	int			without;
	bool		first_with_cr;	/* the first of them has one */
} CsvEnds;

#define CSV_FIRST_BLOCK		((size_t) 16 * 1024)

/*
 * With dialect.asks_crlf no record is given out until the caller has said what
 * lines end in.  After each csv_feed: true once the first block is there (at
 * least one record, or the end of the input), however the bytes came, and
 * fills *ends; the caller then calls csv_set_crlf(), which returns what
 * csv_feed() does.  False before, and after csv_set_crlf().
 */
extern bool csv_ends(const CsvReader *r, CsvEnds *ends);
extern CsvStatus csv_set_crlf(CsvReader *r, bool crlf);

/*
 * The same without a copy: room for len bytes at least (NULL when memory is
 * out), then csv_feed(r, that room, bytes put there, last).
 */
extern char *csv_room(CsvReader *r, size_t len);
extern const CsvError *csv_failure(const CsvReader *r);

/* Complete records held since the last csv_drop, and the i'th of them. */
extern size_t csv_count(const CsvReader *r);
/* Good until the next csv_get, csv_feed, csv_drop or csv_destroy of the reader. */
extern void csv_get(CsvReader *r, size_t i, CsvRecord *out);
/* The same where only the first n fields matter: the others are not found. */
extern void csv_get_some(CsvReader *r, size_t i, int n, CsvRecord *out);
/*
 * Some fields of the i'th record, without the others: numbers wanted[0 … n - 1],
 * ascending, perhaps one several times, their quotes undoubled.  Good as what
 * csv_get() gives is.  False where libcsv reads.
 */
extern bool csv_pick(CsvReader *r, size_t i, const int *wanted, int n,
					 CsvField *out);
/* The line that it starts on, from 1; not where libcsv reads. */
extern int64_t csv_line(const CsvReader *r, size_t i);
/*
 * Where all of them stand, and their bytes as in the file; NULL where libcsv
 * reads.
 */
extern const CsvPlace *csv_slots(const CsvReader *r, const char **bytes);
/* Forget the records held; an unfinished one stays. */
extern void csv_drop(CsvReader *r);
/* Bytes held of a record that does not end yet, and the line it starts on. */
extern size_t csv_unfinished(const CsvReader *r, int64_t *line);
/*
 * Nothing more is fed: give back memory that stands ready for more, which of a
 * small input is most of it.
 */
extern void csv_trim(CsvReader *r);
/* Bytes in use. */
extern size_t csv_memory(const CsvReader *r);

#endif							/* CDC_FORMAT_CSV_H */
