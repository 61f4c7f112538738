/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  Where records end: blocks of bytes to slots.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include <limits.h>
#include <string.h>

#include "format/csv/impl.h"

void
csv_scan_fail(CsvReader *r, CsvStatus status, const char *message)
{
	if (r->error.status != CSV_STATUS_OK)
		return;
	r->error.status = status;
	r->error.line = r->rec_line;
	r->error.field = (int) r->rec_delims + 1;
	r->error.message = message;
}

/*
 * Let libcsv read from the start of the record at hand, for it to say what is
 * wrong.
 */
static void
judge(CsvReader *r, size_t len, bool last)
{
	CsvLib	   *lib = csv_lib_create(&r->dialect, r->rec_line);

	if (lib == NULL ||
		csv_lib_feed(lib, r->buf + r->rec_start, len, last) == CSV_STATUS_OK)
		csv_scan_fail(r, lib == NULL ? CSV_STATUS_NO_MEMORY : CSV_STATUS_BAD_QUOTE,
			 lib == NULL ? "out of memory" : "quotes are out of place");
	else
		r->error = *csv_lib_failure(lib);
	csv_lib_destroy(lib);
}

/* The record at hand ends at byte end, with terminator or without. */
static bool
end_record(CsvReader *r, size_t end, bool open)
{
	CsvPlace   *slot;
	size_t		len = end - r->rec_start;

	/* the limits are libcsv's to judge: they count bytes without quotes */
	if (len >= CSV_RECORD_LIMIT || r->rec_delims >= CSV_MAX_FIELDS)
	{
		CsvLib	   *lib = csv_lib_create(&r->dialect, r->rec_line);
		bool		ok = lib != NULL &&
			csv_lib_feed(lib, r->buf + r->rec_start, len, true) == CSV_STATUS_OK;

		csv_lib_destroy(lib);
		if (!ok)
		{
			judge(r, len, true);
			return false;
		}
	}
	if (r->rec_line - r->first_line > UINT32_MAX ||
		(r->nslots == r->slots_size &&
		 !csv_lib_grow((void **) &r->slots, &r->slots_size, r->nslots + 1,
			   sizeof(CsvPlace))) ||
		(r->rec_delims + 1 > r->fields_size &&
		 !csv_lib_grow((void **) &r->fields, &r->fields_size, r->rec_delims + 1,
			   sizeof(CsvField))) ||
		(r->rec_quotes && len > r->text_size &&
		 !csv_lib_grow((void **) &r->text, &r->text_size, len, 1)))
	{
		csv_scan_fail(r, CSV_STATUS_NO_MEMORY, "out of memory");
		return false;
	}
	if (r->needles == NULL || csv_filter_keeps(r, end))
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

/* Is the record that goes on into the block within the limits? */
static inline bool
may_pass_over(const CsvReader *r, size_t at, uint64_t ends, uint64_t delims)
{
	int			first = __builtin_ctzll(ends);

	return at + (size_t) first - r->rec_start < CSV_RECORD_LIMIT &&
		r->rec_delims + (uint32_t) __builtin_popcountll(delims & csv_bits_below(first)) <
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
	ends = bad < SCAN_BLOCK ? bits.end & csv_bits_below(bad) : bits.end;
	if (r->passes_over && ends != 0 && may_pass_over(r, at, ends, bits.delim))
	{
		/* only what comes after the last end matters */
		int			i = SCAN_BLOCK - 1 - __builtin_clzll(ends);

		seen = csv_bits_below(i) | (uint64_t) 1 << i;
		r->rec_start = at + (size_t) i + 1;
		r->rec_line = r->terms + __builtin_popcountll(bits.term & seen) + 1;
		r->rec_delims = 0;
		r->rec_quotes = false;
		ends = 0;
	}
	while (ends != 0)
	{
		int			i = __builtin_ctzll(ends);

		r->rec_delims += (uint32_t) __builtin_popcountll(bits.delim & csv_bits_below(i) & ~seen);
		r->rec_quotes |= (raw.quote & csv_bits_below(i) & ~seen) != 0;
		if (!end_record(r, at + (size_t) i, false))
			return false;
		seen = csv_bits_below(i) | (uint64_t) 1 << i;
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

/* Scan what there is of whole blocks, one by one; false after an error. */
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

/*
 * Without needles many blocks are scanned before their records are taken, with
 * as few branches as can be: which block has an end is not foreseeable.
 */
#define MANY_BLOCKS		256

typedef struct Blocks
{
	uint64_t	end[MANY_BLOCKS];
	uint64_t	term[MANY_BLOCKS];
	uint64_t	sum[MANY_BLOCKS];	/* delimiters before it, and terminators in
									 * the upper half */
	uint16_t	which[MANY_BLOCKS]; /* have an end */
	uint64_t	all;			/* the sum behind the last one */
	int			nwhich;
	bool		quotes;			/* there are some */
} Blocks;

/* Scan blocks up to one that is bad; how many? */
static inline __attribute__((always_inline)) size_t
scan_many(CsvReader *r, Blocks *out, size_t n, ScanBytes bytes,
		  ScanPrefixXor prefix)
{
	const CsvDialect d = r->dialect;
	const uint64_t quotes = d.quote == 0 ? 0 : ~(uint64_t) 0;
	const char *at = r->buf + r->scanned;
	uint64_t   *mask = r->masks + r->nmasks;
	ScanState	state = r->state;
	uint64_t	sum = 0;
	uint64_t	quote = 0;
	int			nwhich = 0;
	size_t		b;

	for (b = 0; b < n; b++)
	{
		ScanState	next = state;
		ScanRaw		raw;
		ScanBits	bits;

		bytes(at + b * SCAN_BLOCK, d.delimiter, d.quote, d.terminator, &raw);
		raw.quote &= quotes;
		scan_quotes(&next, &raw, ~(uint64_t) 0, prefix, &bits);
		if (bits.bad != 0)
			break;
		state = next;
		mask[b] = bits.delim;
		out->end[b] = bits.end;
		out->term[b] = bits.term;
		out->sum[b] = sum;
		out->which[nwhich] = (uint16_t) b;
		nwhich += bits.end != 0;
		sum += (uint64_t) __builtin_popcountll(bits.delim) +
			((uint64_t) __builtin_popcountll(bits.term) << 32);
		quote |= raw.quote;
	}
	r->state = state;
	out->all = sum;
	out->nwhich = nwhich;
	out->quotes = quote != 0;
	return b;
}

/* The record at hand ends at byte end; false after an error. */
static inline __attribute__((always_inline)) bool
take_record(CsvReader *r, size_t end)
{
	size_t		len = end - r->rec_start;
	uint64_t	line = (uint64_t) (r->rec_line - r->first_line);
	CsvPlace   *slot;

	if (len >= CSV_RECORD_LIMIT || r->rec_delims >= r->fields_size ||
		r->rec_delims >= CSV_MAX_FIELDS || line > UINT32_MAX ||
		r->nslots == r->slots_size || (r->has_quotes && len > r->text_size))
	{
		/* limits, and memory that grows */
		r->rec_quotes = r->has_quotes;
		return end_record(r, end, false);
	}
	slot = &r->slots[r->nslots++];
	slot->start = r->rec_start;
	slot->nfields = r->rec_delims + 1;
	slot->len = (uint32_t) len;
	slot->line = (uint32_t) line;
	r->rec_start = end + 1;
	r->rec_delims = 0;
	return true;
}

/* Take the records that end in n blocks; false after an error. */
static inline __attribute__((always_inline)) bool
take_many(CsvReader *r, const Blocks *in, size_t n)
{
	const uint64_t *mask = r->masks + r->nmasks;
	uint32_t	delims = 0;		/* before the record at hand */

	r->has_quotes |= in->quotes;
	for (int k = 0; k < in->nwhich; k++)
	{
		size_t		b = in->which[k];

		for (uint64_t end = in->end[b]; end != 0; end &= end - 1)
		{
			int			i = __builtin_ctzll(end);
			uint32_t	before = (uint32_t) in->sum[b] +
				(uint32_t) __builtin_popcountll(mask[b] & csv_bits_below(i));

			r->rec_delims += before - delims;
			delims = before;
			if (!take_record(r, r->scanned + b * SCAN_BLOCK + (size_t) i))
				return false;
			r->rec_line = r->terms + (int64_t) (in->sum[b] >> 32) +
				__builtin_popcountll(in->term[b] & csv_bits_below(i)) + 2;
		}
	}
	r->rec_delims += (uint32_t) in->all - delims;
	r->rec_quotes = r->has_quotes;
	r->terms += (int64_t) (in->all >> 32);
	r->nmasks += n;
	r->scanned += n * SCAN_BLOCK;
	return true;
}

/* Scan what there is of whole blocks; false after an error. */
static inline __attribute__((always_inline)) bool
scan_whole(CsvReader *r, ScanBytes bytes, ScanPrefixXor prefix)
{
	Blocks		blocks;
	size_t		left;
	size_t		good = 1;

	while (r->needles == NULL && good > 0 &&
		   (left = (r->used - r->scanned) / SCAN_BLOCK) > 0)
	{
		good = scan_many(r, &blocks, left < MANY_BLOCKS ? left : MANY_BLOCKS,
						 bytes, prefix);
		if (!take_many(r, &blocks, good))
			return false;
	}
	/* with needles; and from a block on that is bad */
	return scan_blocks(r, bytes, prefix);
}

#ifdef SCAN_AVX2
SCAN_AVX2
static bool
scan_whole_avx2(CsvReader *r)
{
	return scan_whole(r, scan_bytes_avx2, scan_prefix_xor_avx2);
}

SCAN_AVX512
static bool
scan_whole_avx512(CsvReader *r)
{
	return scan_whole(r, scan_bytes_avx512, scan_prefix_xor_avx2);
}
#endif

bool
csv_scan_blocks(CsvReader *r)
{
	size_t		want = r->nmasks + (r->used - r->scanned) / SCAN_BLOCK + 1;

	if (want > r->masks_size &&
		!csv_lib_grow((void **) &r->masks, &r->masks_size, want,
					 sizeof(uint64_t)))
	{
		csv_scan_fail(r, CSV_STATUS_NO_MEMORY, "out of memory");
		return false;
	}
#ifdef SCAN_AVX2
	if (r->avx512)
		return scan_whole_avx512(r);
	if (r->avx2)
		return scan_whole_avx2(r);
#endif
	return scan_whole(r, r->bytes, scan_prefix_xor);
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
	lib = csv_lib_create(&r->dialect, r->rec_line);
	too_long = lib == NULL ||
		csv_lib_feed(lib, r->buf + r->rec_start, r->scanned - r->rec_start,
					false) != CSV_STATUS_OK;
	csv_lib_destroy(lib);
	return too_long;
}

void
csv_scan_finish(CsvReader *r)
{
	char		block[SCAN_BLOCK];
	size_t		left = r->used - r->scanned;

	if (left > 0)
	{
		ScanRaw		raw;

		/* csv_scan_blocks() left room for this block's mask */
		memset(block, 0, sizeof(block));
		memcpy(block, r->buf + r->scanned, left);
		r->bytes(block, r->dialect.delimiter, r->dialect.quote,
				 r->dialect.terminator, &raw);
		if (!scan_block(r, raw, csv_bits_below((int) left), scan_prefix_xor))
			return;
		r->scanned += left;
	}
	if (r->state.inside != 0)
		judge(r, r->used - r->rec_start, true);
	else if (r->used > r->rec_start && end_record(r, r->used, true))
		scan_start(&r->state);
}

void
csv_scan_check(CsvReader *r)
{
	/* one field too many has to end before libcsv counts it */
	if (r->rec_delims > CSV_MAX_FIELDS || is_endless(r))
		judge(r, r->scanned - r->rec_start, false);
}
