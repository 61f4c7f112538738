/*-------------------------------------------------------------------------
 *
 * filter.c
 *	  Records that have certain bytes, and no others.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "format/csv/impl.h"

bool
csv_filter_keeps(CsvReader *r, size_t end)
{
	bool		kept = r->keeps_next || r->keeps_first > 0;

	r->keeps_next = false;
	r->keeps_first -= r->keeps_first > 0;
	for (; r->next_hit < r->nhits && r->hits[r->next_hit] < end; r->next_hit++)
		kept |= r->hits[r->next_hit] >= r->rec_start;
	return kept;
}

void
csv_filter(CsvReader *r, const CsvNeedle *needles, int n, int first)
{
	const CsvDialect *d = &r->dialect;

	if (r->lib != NULL || n == 0)
		return;
	/* where a digit ends a field, nothing tells where a number does */
	if (ascii_is_digit(d->delimiter) || ascii_is_digit(d->quote) ||
		ascii_is_digit(d->terminator))
		return;
	r->needles = needles;
	r->nneedles = n;
	r->keeps_first = first;
}

static int
hit_cmp(const void *a, const void *b)
{
	size_t		x = *(const size_t *) a;
	size_t		y = *(const size_t *) b;

	return x < y ? -1 : x > y;
}

bool
csv_filter_search(CsvReader *r)
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
				!csv_lib_grow((void **) &r->hits, &r->hits_size, r->nhits + 1,
							 sizeof(size_t)))
				return false;
			r->hits[r->nhits++] = r->rec_start + at++;
		}
	}
	if (r->nneedles > 1 && r->nhits > 1)
		qsort(r->hits, r->nhits, sizeof(size_t), hit_cmp);
	r->passes_over = r->nhits == 0 && !r->keeps_next && r->keeps_first == 0;
	return true;
}

void
csv_filter_pack(CsvReader *r)
{
	size_t		skip = r->masks_skip;
	size_t		blocks = r->packed_blocks;	/* taken so far */
	size_t		last = blocks - 1;	/* old place of the last of them */
	size_t		by = 0;			/* blocks it was moved by */
	size_t		first;

	for (; r->packed < r->nslots; r->packed++)
	{
		CsvPlace   *slot = &r->slots[r->packed];
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
