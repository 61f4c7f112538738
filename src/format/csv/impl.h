/*-------------------------------------------------------------------------
 *
 * impl.h
 *	  The reader of records, for csv.c, begin.c, scan.c, filter.c
 *	  and their tests only.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FORMAT_CSV_IMPL_H
#define CDC_FORMAT_CSV_IMPL_H

#include "format/csv/lib.h"
#include "format/csv/simd.h"

struct CsvReader
{
	CsvDialect	dialect;
	CsvLib	   *lib;			/* libcsv reads; nothing below is used */
	ScanBytes	bytes;
	bool		avx2;			/* scan by the loop for it … */
	bool		avx512;			/* … or for this */
	/* before the first record */
	bool		mark_passed;	/* there is no byte order mark any more */
	bool		ends_known;		/* ends is filled; the caller has to answer */
	bool		begun;			/* bytes are scanned */
	bool		at_end;			/* the input ended before */
	CsvEnds		ends;
	size_t		ends_at;		/* bytes that were looked at for them … */
	bool		ends_quoted;	/* … the last of them inside quotes */
	/* input */
	char	   *buf;
	size_t		used;
	size_t		size;
	size_t		scanned;
	ScanState	state;
	/* delimiters outside quotes, a bit a byte, from byte -masks_skip of buf */
	uint64_t   *masks;
	size_t		nmasks;
	size_t		masks_size;
	size_t		masks_skip;
	/* the record being scanned */
	size_t		rec_start;
	uint32_t	rec_delims;
	bool		rec_quotes;		/* it may have quotes */
	bool		has_quotes;		/* one before it may */
	int64_t		rec_line;
	int64_t		terms;			/* terminators scanned, quoted ones too */
	/* complete records */
	CsvPlace   *slots;
	size_t		nslots;
	size_t		slots_size;
	int64_t		first_line;
	/* which records are kept; no needles: all */
	const CsvNeedle *needles;
	int			nneedles;
	int			keeps_first;	/* records to be kept whatever they hold */
	bool		keeps_next;		/* a part of the next one was searched already */
	bool		passes_over;	/* no record that ends in what was fed is kept */
	size_t		searched;		/* bytes of buf */
	size_t	   *hits;
	size_t		nhits;
	size_t		hits_size;
	size_t		next_hit;
	size_t		packed;			/* slots whose bytes were moved together … */
	size_t		packed_blocks;	/* … into these blocks at buf's begin */
	/* the record given out last */
	CsvField   *fields;
	size_t		fields_size;
	char	   *text;			/* of fields whose quotes were doubled */
	size_t		text_used;
	size_t		text_size;
	CsvError	error;
};

/* Bits below bit i. */
static inline uint64_t
csv_bits_below(int i)
{
	return ((uint64_t) 1 << i) - 1;
}

/*
 * begin.c: pass over the mark and find the line ends.  False while bytes
 * must be held back, and after an error.
 */
extern bool csv_begin_may_scan(CsvReader *r, bool last);

/* scan.c: bytes fed become records. */
/* The first failure is the reader's; message is static. */
extern void csv_scan_fail(CsvReader *r, CsvStatus status, const char *message);
/* Scan the whole blocks that were fed; false after an error. */
extern bool csv_scan_blocks(CsvReader *r);
/* The input is over: scan what is left of it. */
extern void csv_scan_finish(CsvReader *r);
/* Is the record at hand, which does not end yet, within the limits? */
extern void csv_scan_check(CsvReader *r);

/* filter.c, where there are needles. */
/* Is the record at hand, which ends at byte end, to be kept? */
extern bool csv_filter_keeps(CsvReader *r, size_t end);
/* Look for the needles in what was fed; false when memory is out. */
extern bool csv_filter_search(CsvReader *r);
/*
 * Move the records kept, and the one being scanned, together at the begin of
 * buf; by whole blocks, so that their masks stay what they are.
 */
extern void csv_filter_pack(CsvReader *r);

#endif							/* CDC_FORMAT_CSV_IMPL_H */
