/*-------------------------------------------------------------------------
 *
 * csv.c
 *	  Bytes to records, by the vector scanner where it can.
 *
 * The bytes are kept as they came.  Scanning them gives where records begin
 * and how many fields they have; csv_get() finds the fields of one record when
 * it is asked for.  What the scanner calls bad goes to libcsv from the start
 * of that record, which tells what is wrong; dialects that the scanner does
 * not take (CR before the terminator, a byte with two meanings) go to libcsv
 * altogether.
 *
 * Nothing here throws; all memory belongs to the reader.
 *
 *-------------------------------------------------------------------------
 */
#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "format/csv_lib.h"
#include "format/scan.h"

/* A complete record; it ends, terminator included, where the next begins. */
typedef struct CsvSlot
{
	uint64_t	start;			/* of its first byte in buf */
	uint32_t	nfields;
	uint32_t	line;			/* where it starts, past first_line */
} CsvSlot;

struct CsvReader
{
	CsvDialect	dialect;
	CsvLib	   *lib;			/* libcsv reads; nothing below is used */
	ScanBytes	bytes;
	/* input */
	char	   *buf;
	size_t		used;
	size_t		size;
	size_t		scanned;
	ScanState	state;
	/* the record being scanned */
	size_t		rec_start;
	uint32_t	rec_delims;
	bool		rec_quotes;		/* it has quotes */
	int64_t		rec_line;
	int64_t		terms;			/* terminators scanned, quoted ones too */
	/* complete records */
	CsvSlot    *slots;
	size_t		nslots;
	size_t		slots_size;
	int64_t		first_line;
	size_t		records_end;	/* where the last one ends, without terminator
								 * if the input has none there */
	bool		last_open;		/* the last one has no terminator */
	/* the record given out last */
	CsvField   *fields;
	size_t		fields_size;
	char	   *text;			/* of fields whose quotes were doubled */
	size_t		text_used;
	size_t		text_size;
	CsvError	error;
};

static void
fail(CsvReader *r, CsvStatus status, const char *message)
{
	if (r->error.status != CSV_STATUS_OK)
		return;
	r->error.status = status;
	r->error.line = r->rec_line;
	r->error.field = (int) r->rec_delims + 1;
	r->error.message = message;
}

/* Can the scanner read it?  No byte may have two meanings. */
static bool
is_scannable(const CsvDialect *d)
{
	return !d->by_libcsv && !d->crlf && d->delimiter != d->terminator &&
		(d->quote == 0 ||
		 (d->quote != d->delimiter && d->quote != d->terminator));
}

CsvReader *
csv_create(const CsvDialect *dialect)
{
	CsvReader  *r = calloc(1, sizeof(CsvReader));

	if (r == NULL)
		return NULL;
	r->dialect = *dialect;
	r->rec_line = r->first_line = 1;
	if (is_scannable(dialect))
	{
		r->bytes = scan_bytes();
		scan_start(&r->state);
		return r;
	}
	r->lib = csvlib_create(dialect, 1);
	if (r->lib == NULL)
	{
		free(r);
		return NULL;
	}
	return r;
}

void
csv_destroy(CsvReader *r)
{
	if (r == NULL)
		return;
	csvlib_destroy(r->lib);
	free(r->buf);
	free(r->slots);
	free(r->fields);
	free(r->text);
	free(r);
}

/*
 * Let libcsv read from the start of the record at hand, for it to say what is
 * wrong.
 */
static void
judge(CsvReader *r, size_t len, bool last)
{
	CsvLib	   *lib = csvlib_create(&r->dialect, r->rec_line);

	if (lib == NULL ||
		csvlib_feed(lib, r->buf + r->rec_start, len, last) == CSV_STATUS_OK)
		fail(r, lib == NULL ? CSV_STATUS_NO_MEMORY : CSV_STATUS_BAD_QUOTE,
			 lib == NULL ? "out of memory" : "quotes are out of place");
	else
		r->error = *csvlib_failure(lib);
	csvlib_destroy(lib);
}

/* The record at hand ends at byte end, with terminator or without. */
static bool
end_record(CsvReader *r, size_t end, bool open)
{
	CsvSlot    *slot;
	size_t		len = end - r->rec_start;

	/* the limits are libcsv's to judge: they count bytes without quotes */
	if (len >= CSV_RECORD_LIMIT || r->rec_delims >= CSV_MAX_FIELDS)
	{
		CsvLib	   *lib = csvlib_create(&r->dialect, r->rec_line);
		bool		ok = lib != NULL &&
			csvlib_feed(lib, r->buf + r->rec_start, len, true) == CSV_STATUS_OK;

		csvlib_destroy(lib);
		if (!ok)
		{
			judge(r, len, true);
			return false;
		}
	}
	if (r->rec_line - r->first_line > UINT32_MAX ||
		(r->nslots == r->slots_size &&
		 !csvlib_grow((void **) &r->slots, &r->slots_size, r->nslots + 1,
			   sizeof(CsvSlot))) ||
		(r->rec_delims + 1 > r->fields_size &&
		 !csvlib_grow((void **) &r->fields, &r->fields_size, r->rec_delims + 1,
			   sizeof(CsvField))) ||
		(r->rec_quotes && len > r->text_size &&
		 !csvlib_grow((void **) &r->text, &r->text_size, len, 1)))
	{
		fail(r, CSV_STATUS_NO_MEMORY, "out of memory");
		return false;
	}
	slot = &r->slots[r->nslots++];
	slot->start = r->rec_start;
	slot->nfields = r->rec_delims + 1;
	slot->line = (uint32_t) (r->rec_line - r->first_line);
	r->last_open = open;
	r->records_end = end;
	r->rec_start = end + !open;
	r->rec_delims = 0;
	r->rec_quotes = false;
	return true;
}

/* Bits below bit i. */
static inline uint64_t
below(int i)
{
	return ((uint64_t) 1 << i) - 1;
}

/* Scan a block of which the first n bytes exist; false after an error. */
SCAN_CLONES
static bool
scan_block(CsvReader *r, const char *p, int n)
{
	ScanRaw		raw;
	ScanBits	bits;
	uint64_t	valid = n == SCAN_BLOCK ? ~(uint64_t) 0 : below(n);
	size_t		at = r->scanned;
	uint64_t	ends;
	uint64_t	delims;
	uint64_t	seen = 0;
	int			bad;

	r->bytes(p, r->dialect.delimiter, r->dialect.quote, r->dialect.terminator,
			 &raw);
	if (r->dialect.quote == 0)
		raw.quote = 0;
	scan_quotes(&r->state, &raw, valid, &bits);
	bad = bits.bad ? __builtin_ctzll(bits.bad) : SCAN_BLOCK;
	ends = bad < SCAN_BLOCK ? bits.end & below(bad) : bits.end;
	delims = bits.delim;
	while (ends != 0)
	{
		int			i = __builtin_ctzll(ends);

		r->rec_delims += (uint32_t) __builtin_popcountll(delims & below(i) & ~seen);
		r->rec_quotes |= (raw.quote & below(i) & ~seen) != 0;
		if (!end_record(r, at + (size_t) i, false))
			return false;
		seen = below(i) | (uint64_t) 1 << i;
		r->rec_line = r->terms + __builtin_popcountll(bits.term & seen) + 1;
		ends &= ends - 1;
	}
	if (bad < SCAN_BLOCK)
	{
		judge(r, at + (size_t) bad + 1 - r->rec_start, false);
		return false;
	}
	r->rec_delims += (uint32_t) __builtin_popcountll(delims & ~seen);
	r->rec_quotes |= (raw.quote & ~seen) != 0;
	r->terms += __builtin_popcountll(bits.term);
	r->scanned += (size_t) n;
	return true;
}

/* A record that does not end, but is too long already. */
static bool
is_endless(CsvReader *r)
{
	CsvLib	   *lib;
	bool		too_long;

	if (r->used - r->rec_start <= CSV_RECORD_LIMIT)
		return false;
	lib = csvlib_create(&r->dialect, r->rec_line);
	too_long = lib == NULL ||
		csvlib_feed(lib, r->buf + r->rec_start, r->used - r->rec_start,
					false) != CSV_STATUS_OK;
	csvlib_destroy(lib);
	return too_long;
}

static void
finish(CsvReader *r)
{
	char		block[SCAN_BLOCK];
	size_t		left = r->used - r->scanned;

	if (left > 0)
	{
		memset(block, 0, sizeof(block));
		memcpy(block, r->buf + r->scanned, left);
		if (!scan_block(r, block, (int) left))
			return;
	}
	if (r->state.inside != 0)
		judge(r, r->used - r->rec_start, true);
	else if (r->used > r->rec_start && end_record(r, r->used, true))
		scan_start(&r->state);
}

char *
csv_room(CsvReader *r, size_t len)
{
	if (r->size - r->used < len &&
		!csvlib_grow((void **) &r->buf, &r->size, r->used + len, 1))
		return NULL;
	return r->buf + r->used;
}

CsvStatus
csv_feed(CsvReader *r, const char *buf, size_t len, bool last)
{
	if (r->lib != NULL)
		return csvlib_feed(r->lib, buf, len, last);
	if (r->error.status != CSV_STATUS_OK)
		return r->error.status;
	if (len > 0 && buf != r->buf + r->used)
	{
		char	   *room = csv_room(r, len);

		if (room == NULL)
		{
			fail(r, CSV_STATUS_NO_MEMORY, "out of memory");
			return r->error.status;
		}
		memcpy(room, buf, len);
	}
	r->used += len;
	while (r->used - r->scanned >= SCAN_BLOCK)
	{
		if (!scan_block(r, r->buf + r->scanned, SCAN_BLOCK))
			return r->error.status;
	}
	if (last)
		finish(r);
	else if (r->rec_delims >= CSV_MAX_FIELDS || is_endless(r))
		judge(r, r->used - r->rec_start, false);
	return r->error.status;
}

const CsvError *
csv_failure(const CsvReader *r)
{
	return r->lib ? csvlib_failure(r->lib) : &r->error;
}

size_t
csv_count(const CsvReader *r)
{
	return r->lib ? csvlib_count(r->lib) : r->nslots;
}

/* The field from start to end (its delimiter). */
static inline void
put_field(CsvReader *r, CsvField *f, const char *start, const char *end)
{
	if (end > start && *start == r->dialect.quote && r->dialect.quote != 0)
	{
		f->data = start + 1;
		f->len = (uint32_t) (end - start - 2);
		f->quoted = true;
		f->doubled = memchr(f->data, r->dialect.quote, f->len) != NULL;
		return;
	}
	f->data = start;
	f->len = (uint32_t) (end - start);
	f->quoted = false;
	f->doubled = false;
}

/* Find the first max fields of a record: its delimiters outside quotes. */
SCAN_CLONES
static void
split(CsvReader *r, const char *p, const char *end, int max)
{
	const CsvField *last = r->fields + max;
	ScanState	state;
	CsvField   *f = r->fields;
	const char *start = p;

	scan_start(&state);
	while (p < end)
	{
		char		block[SCAN_BLOCK];
		ScanRaw		raw;
		ScanBits	bits;
		int			n = end - p < SCAN_BLOCK ? (int) (end - p) : SCAN_BLOCK;
		bool		inside = (size_t) (p - r->buf) + SCAN_BLOCK <= r->used;

		if (!inside)
		{
			memset(block, 0, sizeof(block));
			memcpy(block, p, (size_t) n);
		}
		r->bytes(inside ? p : block, r->dialect.delimiter, r->dialect.quote,
				 r->dialect.terminator, &raw);
		if (r->dialect.quote == 0)
			raw.quote = 0;
		scan_quotes(&state, &raw, n == SCAN_BLOCK ? ~(uint64_t) 0 : below(n),
					&bits);
		while (bits.delim != 0)
		{
			const char *at = p + __builtin_ctzll(bits.delim);

			put_field(r, f++, start, at);
			if (f == last)
				return;
			start = at + 1;
			bits.delim &= bits.delim - 1;
		}
		p += n;
	}
	put_field(r, f, start, end);
}

void
csv_get(CsvReader *r, size_t i, CsvRecord *out)
{
	csv_get_some(r, i, INT_MAX, out);
}

void
csv_get_some(CsvReader *r, size_t i, int n, CsvRecord *out)
{
	const CsvSlot *slot;
	size_t		end;

	if (r->lib != NULL)
	{
		csvlib_get(r->lib, i, out);
		return;
	}
	assert(i < r->nslots);
	slot = &r->slots[i];
	end = i + 1 < r->nslots ? slot[1].start - 1 : r->records_end;
	r->text_used = 0;
	split(r, r->buf + slot->start, r->buf + end,
		  n < (int) slot->nfields ? n : (int) slot->nfields);
	out->fields = r->fields;
	out->nfields = (int) slot->nfields;
	out->line = r->first_line + slot->line;
	out->reader = r;
}

void
csv_undouble(const CsvRecord *rec, int i)
{
	CsvReader  *r = rec->reader;
	CsvField   *f = &rec->fields[i];
	char		quote = r->dialect.quote;
	const char *from = f->data;
	const char *end = from + f->len;
	char	   *start;
	char	   *to;

	start = to = r->text + r->text_used;
	while (from < end)
	{
		const char *hit = memchr(from, quote, (size_t) (end - from));
		size_t		n = (size_t) ((hit ? hit + 1 : end) - from);

		memcpy(to, from, n);
		to += n;
		from += n + (hit != NULL);
	}
	f->data = start;
	f->len = (uint32_t) (to - start);
	f->doubled = false;
	r->text_used += f->len;
}

void
csv_drop(CsvReader *r)
{
	size_t		left = r->used - r->rec_start;

	if (r->lib != NULL)
	{
		csvlib_drop(r->lib);
		return;
	}
	if (r->nslots == 0)
		return;
	if (left > 0)
		memmove(r->buf, r->buf + r->rec_start, left);
	r->scanned -= r->rec_start < r->scanned ? r->rec_start : r->scanned;
	r->used = left;
	r->rec_start = 0;
	r->nslots = 0;
	r->first_line = r->rec_line;
}

size_t
csv_memory(const CsvReader *r)
{
	return sizeof(CsvReader) + (r->lib ? csvlib_memory(r->lib) : 0) + r->size +
		r->slots_size * sizeof(CsvSlot) + r->fields_size * sizeof(CsvField) +
		r->text_size;
}
