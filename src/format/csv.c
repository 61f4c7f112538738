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

#include "format/csv_impl.h"

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
	if (r->needles == NULL || csvfilter_keeps(r, end))
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

/* Is the record that goes on into the block within the limits? */
static inline bool
may_pass_over(const CsvReader *r, size_t at, uint64_t ends, uint64_t delims)
{
	int			first = __builtin_ctzll(ends);

	return at + (size_t) first - r->rec_start < CSV_RECORD_LIMIT &&
		r->rec_delims + (uint32_t) __builtin_popcountll(delims & below(first)) <
		CSV_MAX_FIELDS;
}

/* The masks of a block end records; false after an error. */
static inline __attribute__((always_inline)) bool
scan_block(CsvReader *r, ScanRaw raw, uint64_t valid, ScanPrefixXor prefix)
{
	ScanBits	bits;
	size_t		at = r->scanned;
	uint64_t	ends;
	uint64_t	seen = 0;
	int			bad;

	if (r->dialect.quote == 0)
		raw.quote = 0;
	scan_quotes(&r->state, &raw, valid, prefix, &bits);
	r->masks[r->nmasks++] = bits.delim;
	bad = bits.bad ? __builtin_ctzll(bits.bad) : SCAN_BLOCK;
	ends = bad < SCAN_BLOCK ? bits.end & below(bad) : bits.end;
	if (r->passes_over && ends != 0 && may_pass_over(r, at, ends, bits.delim))
	{
		/* only what comes after the last end matters */
		int			i = SCAN_BLOCK - 1 - __builtin_clzll(ends);

		seen = below(i) | (uint64_t) 1 << i;
		r->rec_start = at + (size_t) i + 1;
		r->rec_line = r->terms + __builtin_popcountll(bits.term & seen) + 1;
		r->rec_delims = 0;
		r->rec_quotes = false;
		ends = 0;
	}
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
scan_blocks(CsvReader *r, ScanBytes bytes, ScanPrefixXor prefix)
{
	for (; r->used - r->scanned >= SCAN_BLOCK; r->scanned += SCAN_BLOCK)
	{
		ScanRaw		raw;

		bytes(r->buf + r->scanned, r->dialect.delimiter, r->dialect.quote,
			  r->dialect.terminator, &raw);
		if (!scan_block(r, raw, ~(uint64_t) 0, prefix))
			return false;
	}
	return true;
}

#ifdef SCAN_AVX2
SCAN_AVX2
static bool
scan_blocks_avx2(CsvReader *r)
{
	return scan_blocks(r, scan_bytes_avx2, scan_prefix_xor_avx2);
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
	return scan_blocks(r, r->bytes, scan_prefix_xor);
}

/* A record that does not end, but is too long already. */
static bool
is_endless(CsvReader *r)
{
	CsvLib	   *lib;
	bool		too_long;

	/* it may end in what was not scanned yet */
	if (r->scanned - r->rec_start <= CSV_RECORD_LIMIT)
		return false;
	lib = csvlib_create(&r->dialect, r->rec_line);
	too_long = lib == NULL ||
		csvlib_feed(lib, r->buf + r->rec_start, r->scanned - r->rec_start,
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
		if (!scan_block(r, raw, below((int) left), scan_prefix_xor))
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

CsvStatus
csv_feed(CsvReader *r, const char *buf, size_t len, bool last)
{
	if (r->lib != NULL)
		return csvlib_feed(r->lib, buf, len, last);
	if (r->error.status != CSV_STATUS_OK)
		return r->error.status;
	if (len > 0 && (r->buf == NULL || buf != r->buf + r->used))
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
	if (r->needles != NULL && !csvfilter_search(r))
	{
		fail(r, CSV_STATUS_NO_MEMORY, "out of memory");
		return r->error.status;
	}
	if (!scan_all(r))
		return r->error.status;
	if (last)
		finish(r);
	if (r->needles != NULL && r->error.status == CSV_STATUS_OK)
		csvfilter_pack(r);
	if (last)
		return r->error.status;
	/* one field too many has to end before libcsv counts it */
	if (r->rec_delims > CSV_MAX_FIELDS || is_endless(r))
		judge(r, r->scanned - r->rec_start, false);
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

const char *
csv_raw(const CsvReader *r, size_t i, size_t *len, int *nfields)
{
	const CsvSlot *slot;

	if (r->lib != NULL)
		return NULL;
	slot = &r->slots[i];
	*len = slot->len;
	*nfields = (int) slot->nfields;
	return r->buf + slot->start;
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
csv_unfinished(const CsvReader *r, int64_t *line)
{
	if (r->lib != NULL)
		return csvlib_unfinished(r->lib, line);
	*line = r->rec_line;
	return r->used - r->rec_start;
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
