/*-------------------------------------------------------------------------
 *
 * begin.c
 *	  What is found out before an input's first record: its byte order mark,
 *	  and what lines end in.  Pure C.
 *
 * Bytes are held until there are enough of them to tell, so that the verdict
 * is one of the input alone and not of the pieces that it came in.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "format/csv/impl.h"

/* The longest mark, that of UTF-32. */
#define MARK_BYTES		4

/* A mark is none where one of its bytes means something to the dialect. */
static bool
begins_with(const CsvReader *r, const char *mark, size_t len)
{
	const CsvDialect *d = &r->dialect;

	return r->used >= len && memcmp(r->buf, mark, len) == 0 &&
		memchr(mark, d->delimiter, len) == NULL &&
		memchr(mark, d->terminator, len) == NULL &&
		(d->quote == 0 || memchr(mark, d->quote, len) == NULL);
}

/* False where the mark is that of an encoding that is not read. */
static bool
pass_mark(CsvReader *r)
{
	if (begins_with(r, "\xff\xfe\0\0", 4) || begins_with(r, "\0\0\xfe\xff", 4))
		csv_scan_fail(r, CSV_STATUS_ENCODING, "the file is UTF-32");
	else if (begins_with(r, "\xff\xfe", 2) || begins_with(r, "\xfe\xff", 2))
		csv_scan_fail(r, CSV_STATUS_ENCODING, "the file is UTF-16");
	else if (begins_with(r, "\xef\xbb\xbf", 3))
	{
		r->used -= 3;
		memmove(r->buf, r->buf + 3, r->used);
	}
	return r->error.status == CSV_STATUS_OK;
}

/* A record ends before byte end, by its terminator or the input's end. */
static void
count_end(CsvReader *r, size_t end)
{
	bool		with_cr = end > 0 && r->buf[end - 1] == '\r';

	if (r->ends.with_cr + r->ends.without == 0)
		r->ends.first_with_cr = with_cr;
	if (with_cr)
		r->ends.with_cr++;
	else
		r->ends.without++;
}

/* True once the first block is known; goes on where it stopped before. */
static bool
find_ends(CsvReader *r, bool last)
{
	const CsvDialect *d = &r->dialect;

	for (; r->ends_at < r->used; r->ends_at++)
	{
		char		c = r->buf[r->ends_at];

		if (r->ends_at >= CSV_FIRST_BLOCK &&
			r->ends.with_cr + r->ends.without > 0)
			return true;
		if (d->quote != 0 && c == d->quote)
			r->ends_quoted = !r->ends_quoted;
		else if (c == d->terminator && !r->ends_quoted)
			count_end(r, r->ends_at);
	}
	/* an end without terminator tells something only where a CR is left */
	if (last && r->used > 0 && r->buf[r->used - 1] == '\r')
		count_end(r, r->used);
	return last;
}

bool
csv_begin_may_scan(CsvReader *r, bool last)
{
	r->at_end |= last;
	if (!r->mark_passed)
	{
		if (r->used < MARK_BYTES && !last)
			return false;
		r->mark_passed = true;
		if (!pass_mark(r))
			return false;
	}
	if (!r->dialect.asks_crlf)
		r->begun = true;
	else if (!r->ends_known)
		r->ends_known = find_ends(r, last);
	return r->begun;
}
