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

/* A complete record. */
typedef struct CsvSlot
{
	uint64_t	start:48;		/* of its first byte in buf */
	uint64_t	nfields:16;
	uint32_t	len;			/* without terminator */
	uint32_t	line;			/* where it starts, past first_line */
} CsvSlot;

struct CsvReader
{
	CsvDialect	dialect;
	CsvLib	   *lib;			/* libcsv reads; nothing below is used */
	ScanBytes	bytes;
	bool		avx2;			/* scan by the loop for it */
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
	bool		rec_quotes;		/* it has quotes */
	int64_t		rec_line;
	int64_t		terms;			/* terminators scanned, quoted ones too */
	/* complete records */
	CsvSlot    *slots;
	size_t		nslots;
	size_t		slots_size;
	int64_t		first_line;
	/* which records are kept; no needles: all */
	const CsvNeedle *needles;
	int			nneedles;
	bool		keeps_next;		/* the first record, or one of which a part was
								 * searched already */
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

/*
 * Readers that were destroyed leave their memory to the next ones: a log of
 * many files would else have the kernel clear all of it for each.
 */
#define MAX_SPARES		2
#define MAX_SPARE_SIZE	((size_t) 8 * 1024 * 1024)

static CsvReader *spares[MAX_SPARES];
static int	nspares;

static void
free_reader(CsvReader *r)
{
	free(r->buf);
	free(r->masks);
	free(r->hits);
	free(r->slots);
	free(r->fields);
	free(r->text);
	free(r);
}

void
csv_free_spares(void)
{
	while (nspares > 0)
		free_reader(spares[--nspares]);
}

/* A new reader, all zero but for memory that a spare one had. */
static CsvReader *
new_reader(void)
{
	CsvReader  *r;
	CsvReader	had;

	if (nspares == 0)
		return calloc(1, sizeof(CsvReader));
	r = spares[--nspares];
	had = *r;
	memset(r, 0, sizeof(*r));
	r->buf = had.buf;
	r->size = had.size;
	r->masks = had.masks;
	r->masks_size = had.masks_size;
	r->hits = had.hits;
	r->hits_size = had.hits_size;
	r->slots = had.slots;
	r->slots_size = had.slots_size;
	r->fields = had.fields;
	r->fields_size = had.fields_size;
	r->text = had.text;
	r->text_size = had.text_size;
	return r;
}

CsvReader *
csv_create(const CsvDialect *dialect)
{
	CsvReader  *r = new_reader();

	if (r == NULL)
		return NULL;
	r->dialect = *dialect;
	r->rec_line = r->first_line = 1;
	if (is_scannable(dialect))
	{
		r->bytes = scan_bytes();
#ifdef SCAN_AVX2
		r->avx2 = scan_has_avx2();
#endif
		scan_start(&r->state);
		return r;
	}
	r->lib = csvlib_create(dialect, 1);
	if (r->lib == NULL)
	{
		free_reader(r);
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
	r->lib = NULL;
	if (nspares < MAX_SPARES && r->size + r->text_size +
		r->masks_size * sizeof(uint64_t) + r->hits_size * sizeof(size_t) +
		r->slots_size * sizeof(CsvSlot) + r->fields_size * sizeof(CsvField)
		<= MAX_SPARE_SIZE)
		spares[nspares++] = r;
	else
		free_reader(r);
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

/* Does one of the needles stand in the record at hand? */
static bool
is_kept(CsvReader *r, size_t end)
{
	bool		kept = r->keeps_next;

	r->keeps_next = false;
	for (; r->next_hit < r->nhits && r->hits[r->next_hit] < end; r->next_hit++)
		kept |= r->hits[r->next_hit] >= r->rec_start;
	return kept;
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
	if (r->needles == NULL || is_kept(r, end))
	{
		slot = &r->slots[r->nslots++];
		slot->start = r->rec_start;
		slot->nfields = r->rec_delims + 1;
		slot->len = (uint32_t) len;
		slot->line = (uint32_t) (r->rec_line - r->first_line);
	}
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

/* The masks of a block end records; false after an error. */
static inline __attribute__((always_inline)) bool
scan_block(CsvReader *r, ScanRaw raw, uint64_t valid)
{
	ScanBits	bits;
	size_t		at = r->scanned;
	uint64_t	ends;
	uint64_t	seen = 0;
	int			bad;

	if (r->dialect.quote == 0)
		raw.quote = 0;
	scan_quotes(&r->state, &raw, valid, &bits);
	r->masks[r->nmasks++] = bits.delim;
	bad = bits.bad ? __builtin_ctzll(bits.bad) : SCAN_BLOCK;
	ends = bad < SCAN_BLOCK ? bits.end & below(bad) : bits.end;
	while (ends != 0)
	{
		int			i = __builtin_ctzll(ends);

		r->rec_delims += (uint32_t) __builtin_popcountll(bits.delim & below(i) & ~seen);
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
	r->rec_delims += (uint32_t) __builtin_popcountll(bits.delim & ~seen);
	r->rec_quotes |= (raw.quote & valid & ~seen) != 0;
	r->terms += __builtin_popcountll(bits.term);
	return true;
}

/* Scan what there is of whole blocks; false after an error. */
static inline __attribute__((always_inline)) bool
scan_blocks(CsvReader *r, ScanBytes bytes)
{
	for (; r->used - r->scanned >= SCAN_BLOCK; r->scanned += SCAN_BLOCK)
	{
		ScanRaw		raw;

		bytes(r->buf + r->scanned, r->dialect.delimiter, r->dialect.quote,
			  r->dialect.terminator, &raw);
		if (!scan_block(r, raw, ~(uint64_t) 0))
			return false;
	}
	return true;
}

#ifdef SCAN_AVX2
SCAN_AVX2
static bool
scan_blocks_avx2(CsvReader *r)
{
	return scan_blocks(r, scan_bytes_avx2);
}
#endif

static bool
scan_all(CsvReader *r)
{
	size_t		want = r->nmasks + (r->used - r->scanned) / SCAN_BLOCK + 1;

	if (want > r->masks_size &&
		!csvlib_grow((void **) &r->masks, &r->masks_size, want,
					 sizeof(uint64_t)))
	{
		fail(r, CSV_STATUS_NO_MEMORY, "out of memory");
		return false;
	}
#ifdef SCAN_AVX2
	if (r->avx2)
		return scan_blocks_avx2(r);
#endif
	return scan_blocks(r, r->bytes);
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
		ScanRaw		raw;

		/* scan_all() left room for this block's mask */
		memset(block, 0, sizeof(block));
		memcpy(block, r->buf + r->scanned, left);
		r->bytes(block, r->dialect.delimiter, r->dialect.quote,
				 r->dialect.terminator, &raw);
		if (!scan_block(r, raw, below((int) left)))
			return;
		r->scanned += left;
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

void
csv_filter(CsvReader *r, const CsvNeedle *needles, int n)
{
	if (r->lib != NULL || n == 0)
		return;
	r->needles = needles;
	r->nneedles = n;
	r->keeps_next = true;
}

static int
hit_cmp(const void *a, const void *b)
{
	size_t		x = *(const size_t *) a;
	size_t		y = *(const size_t *) b;

	return x < y ? -1 : x > y;
}

/* Look for the needles in what was fed; false when memory is out. */
static bool
search(CsvReader *r)
{
	r->nhits = r->next_hit = 0;
	for (int i = 0; i < r->nneedles; i++)
	{
		const CsvNeedle *n = &r->needles[i];
		/* what stands before the record is nothing to go by */
		const char *from = r->buf + r->rec_start;
		size_t		len = r->used - r->rec_start;
		/* one may have begun in what was searched before */
		size_t		at = r->searched > r->rec_start + n->len ?
			r->searched - r->rec_start - n->len : 0;

		while ((at = needle_next(n, from, at, len)) < len)
		{
			if (r->nhits == r->hits_size &&
				!csvlib_grow((void **) &r->hits, &r->hits_size, r->nhits + 1,
							 sizeof(size_t)))
				return false;
			r->hits[r->nhits++] = r->rec_start + at++;
		}
	}
	if (r->nneedles > 1 && r->nhits > 1)
		qsort(r->hits, r->nhits, sizeof(size_t), hit_cmp);
	return true;
}

/*
 * Move the records kept, and the one being scanned, together at the begin of
 * buf; by whole blocks, so that their masks stay what they are.
 */
static void
pack(CsvReader *r)
{
	size_t		skip = r->masks_skip;
	size_t		blocks = r->packed_blocks;	/* taken so far */
	size_t		last = blocks - 1;	/* old place of the last of them */
	size_t		by = 0;			/* blocks it was moved by */
	size_t		first;

	for (; r->packed < r->nslots; r->packed++)
	{
		CsvSlot    *slot = &r->slots[r->packed];
		size_t		end = slot->start + skip + slot->len;

		first = (slot->start + skip) / SCAN_BLOCK;
		/* what shares a block with the one before moves with it */
		if (blocks == 0 || first != last)
			by = first - blocks;
		last = slot->len > 0 ? (end - 1) / SCAN_BLOCK : first;
		memmove(r->masks + first - by, r->masks + first,
				(last - first + 1) * sizeof(uint64_t));
		memmove(r->buf + slot->start - by * SCAN_BLOCK, r->buf + slot->start,
				slot->len);
		slot->start -= by * SCAN_BLOCK;
		blocks = last - by + 1;
	}
	r->packed_blocks = blocks;
	first = (r->rec_start + skip) / SCAN_BLOCK;
	if (blocks == 0 || first != last)
		by = first - blocks;
	if (by > 0)
	{
		memmove(r->buf + r->rec_start - by * SCAN_BLOCK, r->buf + r->rec_start,
				r->used - r->rec_start);
		if (r->nmasks > first)
			memmove(r->masks + first - by, r->masks + first,
					(r->nmasks - first) * sizeof(uint64_t));
		r->nmasks -= by;
		r->rec_start -= by * SCAN_BLOCK;
		r->scanned -= by * SCAN_BLOCK;
		r->used -= by * SCAN_BLOCK;
	}
	/* what was scanned of a record that goes on is not searched again */
	for (; r->next_hit < r->nhits; r->next_hit++)
		r->keeps_next |= r->hits[r->next_hit] >= r->rec_start + by * SCAN_BLOCK &&
			r->hits[r->next_hit] < r->scanned + by * SCAN_BLOCK;
	r->searched = r->scanned;
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
	if (r->needles != NULL && !search(r))
	{
		fail(r, CSV_STATUS_NO_MEMORY, "out of memory");
		return r->error.status;
	}
	if (!scan_all(r))
		return r->error.status;
	if (last)
		finish(r);
	if (r->needles != NULL && r->error.status == CSV_STATUS_OK)
		pack(r);
	if (last)
		return r->error.status;
	if (r->rec_delims >= CSV_MAX_FIELDS || is_endless(r))
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
put_field(char quote, CsvField *f, const char *start, const char *end)
{
	bool		quoted = end > start && *start == quote && quote != 0;

	f->data = start + quoted;
	f->len = (uint32_t) (end - start - 2 * quoted);
	f->quoted = quoted;
	f->doubled = quoted;		/* perhaps: csv_undouble() looks */
}

/* Find the first max fields of a record: its delimiters outside quotes. */
static void
split(CsvReader *r, size_t from, size_t to, int max)
{
	const char	quote = r->dialect.quote;
	CsvField   *f = r->fields;
	const CsvField *last = f + max;
	const uint64_t *masks = r->masks;
	const char *start = r->buf + from;
	const char *base;
	size_t		bit = from + r->masks_skip;
	size_t		end = to + r->masks_skip;
	size_t		word = bit / SCAN_BLOCK;
	uint64_t	mask;

	if (from < to)
	{
		mask = masks[word] & ~below((int) (bit % SCAN_BLOCK));
		base = r->buf - r->masks_skip + word * SCAN_BLOCK;
		for (;;)
		{
			if (word == end / SCAN_BLOCK)
				mask &= below((int) (end % SCAN_BLOCK));
			for (; mask != 0; mask &= mask - 1)
			{
				const char *at = base + __builtin_ctzll(mask);

				put_field(quote, f++, start, at);
				if (f == last)
					return;
				start = at + 1;
			}
			if (++word > (end - 1) / SCAN_BLOCK)
				break;
			mask = masks[word];
			base += SCAN_BLOCK;
		}
	}
	put_field(quote, f, start, r->buf + to);
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

	if (r->lib != NULL)
	{
		csvlib_get(r->lib, i, out);
		return;
	}
	assert(i < r->nslots);
	slot = &r->slots[i];
	r->text_used = 0;
	split(r, slot->start, slot->start + slot->len,
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

	f->doubled = false;
	if (f->len == 0 || memchr(from, quote, f->len) == NULL)
		return;
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
	r->text_used += f->len;
}

/* The masks of what is before the record being scanned go with it. */
static void
drop_masks(CsvReader *r)
{
	size_t		bit = r->rec_start + r->masks_skip;
	size_t		gone = bit / SCAN_BLOCK;

	if (gone > r->nmasks)
		gone = r->nmasks;
	r->nmasks -= gone;
	memmove(r->masks, r->masks + gone, r->nmasks * sizeof(uint64_t));
	r->masks_skip = bit - gone * SCAN_BLOCK;
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
	drop_masks(r);
	r->scanned -= r->rec_start < r->scanned ? r->rec_start : r->scanned;
	r->used = left;
	r->rec_start = 0;
	r->nslots = 0;
	r->first_line = r->rec_line;
	r->searched = r->scanned;
	r->packed = 0;
	r->packed_blocks = r->masks_skip > 0;
}

size_t
csv_memory(const CsvReader *r)
{
	/* what a spare reader had and this one does not use is not its own */
	return sizeof(CsvReader) + (r->lib ? csvlib_memory(r->lib) : 0) + r->used +
		r->nmasks * sizeof(uint64_t) + r->nhits * sizeof(size_t) +
		r->nslots * sizeof(CsvSlot) + r->fields_size * sizeof(CsvField) +
		r->text_size;
}
