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

#include "format/csv/impl.h"

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
/* Arrays of at most so many bytes in use are trimmed. */
#define TRIM_MOST		((size_t) 64 * 1024)

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
		r->bytes = simd_bytes();
#ifdef SCAN_AVX2
		r->avx2 = scan_has_avx2();
		r->avx512 = scan_has_avx512();
#endif
		scan_start(&r->state);
		return r;
	}
	r->lib = csv_lib_create(dialect, 1);
	if (r->lib == NULL)
	{
		free_reader(r);
		return NULL;
	}
	return r;
}

/* Bytes are to be scanned, by what the dialect asks for. */
static CsvStatus
scan(CsvReader *r, bool last)
{
	if (r->lib != NULL)
	{
		CsvStatus	status = csv_lib_feed(r->lib, r->buf, r->used, last);

		r->used = 0;
		return status;
	}
	if (r->needles != NULL && !csv_filter_search(r))
	{
		csv_scan_fail(r, CSV_STATUS_NO_MEMORY, "out of memory");
		return r->error.status;
	}
	if (!csv_scan_blocks(r))
		return r->error.status;
	if (last)
		csv_scan_finish(r);
	if (r->needles != NULL && r->error.status == CSV_STATUS_OK)
		csv_filter_pack(r);
	if (last)
		return r->error.status;
	csv_scan_check(r);
	return r->error.status;
}

void
csv_destroy(CsvReader *r)
{
	if (r == NULL)
		return;
	csv_lib_destroy(r->lib);
	r->lib = NULL;
	if (nspares < MAX_SPARES && r->size + r->text_size +
		r->masks_size * sizeof(uint64_t) + r->hits_size * sizeof(size_t) +
		r->slots_size * sizeof(CsvPlace) + r->fields_size * sizeof(CsvField)
		<= MAX_SPARE_SIZE)
		spares[nspares++] = r;
	else
		free_reader(r);
}

char *
csv_room(CsvReader *r, size_t len)
{
	if (r->size - r->used < len &&
		!csv_lib_grow((void **) &r->buf, &r->size, r->used + len, 1))
		return NULL;
	return r->buf + r->used;
}

CsvStatus
csv_feed(CsvReader *r, const char *buf, size_t len, bool last)
{
	if (r->lib != NULL && r->begun)
		return csv_lib_feed(r->lib, buf, len, last);
	if (r->error.status != CSV_STATUS_OK)
		return r->error.status;
	if (len > 0 && (r->buf == NULL || buf != r->buf + r->used))
	{
		char	   *room = csv_room(r, len);

		if (room == NULL)
		{
			csv_scan_fail(r, CSV_STATUS_NO_MEMORY, "out of memory");
			return r->error.status;
		}
		memcpy(room, buf, len);
	}
	r->used += len;
	if (!r->begun && !csv_begin_may_scan(r, last))
		return r->error.status;
	return scan(r, last);
}

bool
csv_ends(const CsvReader *r, CsvEnds *ends)
{
	*ends = r->ends;
	return r->ends_known && !r->begun;
}

CsvStatus
csv_set_crlf(CsvReader *r, bool crlf)
{
	r->dialect.asks_crlf = false;
	r->dialect.crlf = crlf;
	r->begun = true;
	if (crlf && r->lib == NULL)
	{
		r->needles = NULL;
		r->lib = csv_lib_create(&r->dialect, 1);
	}
	else if (crlf)
		csv_lib_set_crlf(r->lib);
	if (crlf && r->lib == NULL)
	{
		csv_scan_fail(r, CSV_STATUS_NO_MEMORY, "out of memory");
		return r->error.status;
	}
	return scan(r, r->at_end);
}

const CsvError *
csv_failure(const CsvReader *r)
{
	return r->lib && r->error.status == CSV_STATUS_OK ?
		csv_lib_failure(r->lib) : &r->error;
}

size_t
csv_count(const CsvReader *r)
{
	return r->lib ? csv_lib_count(r->lib) : r->nslots;
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
		mask = masks[word] & ~csv_bits_below((int) (bit % SCAN_BLOCK));
		base = r->buf - r->masks_skip + word * SCAN_BLOCK;
		for (;;)
		{
			if (word == end / SCAN_BLOCK)
				mask &= csv_bits_below((int) (end % SCAN_BLOCK));
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
	const CsvPlace *slot;

	if (r->lib != NULL)
	{
		csv_lib_get(r->lib, i, out);
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

const CsvPlace *
csv_slots(const CsvReader *r, const char **bytes)
{
	*bytes = r->buf;
	return r->lib == NULL ? r->slots : NULL;
}

static void
undouble(CsvReader *r, CsvField *f)
{
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

void
csv_undouble(const CsvRecord *rec, int i)
{
	undouble(rec->reader, &rec->fields[i]);
}

/* Steps from delimiter to delimiter outside quotes. */
typedef struct Delimiters
{
	const uint64_t *word;
	const char *base;			/* the first byte of word */
	uint64_t	mask;			/* delimiters in it that were not passed */
	int			passed;
} Delimiters;

/*
 * Where delimiter n (from 0) of a record stands; it has more than n of them, and
 * n is none that was passed.
 */
static inline const char *
delimiter(Delimiters *d, int n)
{
	for (;;)
	{
		for (; d->mask != 0; d->mask &= d->mask - 1, d->passed++)
			if (d->passed == n)
				return d->base + __builtin_ctzll(d->mask);
		d->mask = *++d->word;
		d->base += SCAN_BLOCK;
	}
}

bool
csv_pick(CsvReader *r, size_t i, const int *wanted, int n, CsvField *out)
{
	const char	quote = r->dialect.quote;
	const CsvPlace *slot;
	const char *from;
	size_t		bit;
	Delimiters	d;

	if (r->lib != NULL)
		return false;
	if (n == 0)
		return true;
	slot = &r->slots[i];
	assert(i < r->nslots && wanted[n - 1] < slot->nfields);
	from = r->buf + slot->start;
	bit = slot->start + r->masks_skip;
	r->text_used = 0;
	d.word = r->masks + bit / SCAN_BLOCK;
	d.base = r->buf - r->masks_skip + bit / SCAN_BLOCK * SCAN_BLOCK;
	d.mask = 0;
	if (slot->nfields > 1)
		d.mask = *d.word & ~csv_bits_below((int) (bit % SCAN_BLOCK));
	d.passed = 0;
	for (int k = 0; k < n; k++)
	{
		int			f = wanted[k];
		const char *start;
		const char *end;

		if (k > 0 && f == wanted[k - 1])
		{
			out[k] = out[k - 1];
			continue;
		}
		start = f == 0 ? from : delimiter(&d, f - 1) + 1;
		end = f + 1 < slot->nfields ? delimiter(&d, f) : from + slot->len;
		put_field(quote, &out[k], start, end);
		if (out[k].doubled)
			undouble(r, &out[k]);
	}
	return true;
}

int64_t
csv_line(const CsvReader *r, size_t i)
{
	return r->first_line + r->slots[i].line;
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
		csv_lib_drop(r->lib);
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
	if (r->lib != NULL && r->begun)
		return csv_lib_unfinished(r->lib, line);
	*line = r->rec_line;
	return r->used - r->rec_start;
}

/*
 * Give back what a small array has room for and does not use, if it is most of
 * it.  A large one's is not touched, and so takes no memory; the next reader
 * may use it.
 */
static void
trim(void **array, size_t *size, size_t used, size_t width)
{
	void	   *less;

	if (used * width > TRIM_MOST || *size - used <= used)
		return;
	less = realloc(*array, (used + 1) * width);
	if (less == NULL)
		return;
	*array = less;
	*size = used + 1;
}

void
csv_trim(CsvReader *r)
{
	if (r->lib != NULL)
		return;
	trim((void **) &r->buf, &r->size, r->used, 1);
	trim((void **) &r->masks, &r->masks_size, r->nmasks, sizeof(uint64_t));
	trim((void **) &r->hits, &r->hits_size, r->nhits, sizeof(size_t));
	trim((void **) &r->slots, &r->slots_size, r->nslots, sizeof(CsvPlace));
}

size_t
csv_memory(const CsvReader *r)
{
	/* what a spare reader had and this one does not use is not its own */
	return sizeof(CsvReader) + (r->lib ? csv_lib_memory(r->lib) : 0) + r->used +
		r->nmasks * sizeof(uint64_t) + r->nhits * sizeof(size_t) +
		r->nslots * sizeof(CsvPlace) + r->fields_size * sizeof(CsvField) +
		r->text_size;
}
