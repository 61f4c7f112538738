/*-------------------------------------------------------------------------
 *
 * needle.c
 *	  Where bytes stand in a buffer, 32 places at a time.
 *
 * First and last byte of the needle are compared at all places at once, the
 * rest only where both are right.  Reads nothing outside the buffer.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "base/ascii.h"
#include "format/csv/needle.h"
#include "format/csv/simd.h"

static inline bool
same_bytes(const char *a, const char *b, size_t len)
{
	/* needles are short: a call would cost more than it does */
	for (size_t i = 0; i < len; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static inline bool
stands_at(const CsvNeedle *n, const char *buf, size_t at, size_t to)
{
	if (!same_bytes(buf + at, n->bytes, n->len))
		return false;
	return !n->number ||
		((at + n->len >= to || !ascii_is_digit(buf[at + n->len])) &&
		 (at == 0 || !ascii_is_digit(buf[at - 1]) || buf[at - 1] == '0'));
}

/* Byte by byte. */
static size_t
next_plain(const CsvNeedle *n, const char *buf, size_t from, size_t to)
{
	while (to - from >= n->len)
	{
		const char *hit = memchr(buf + from, n->bytes[0],
								 to - from - n->len + 1);

		if (hit == NULL)
			return to;
		from = (size_t) (hit - buf);
		if (stands_at(n, buf, from, to))
			return from;
		from++;
	}
	return to;
}

#ifdef SCAN_AVX2
SCAN_AVX2
static size_t
next_avx2(const CsvNeedle *n, const char *buf, size_t from, size_t to)
{
	__m256i		first = _mm256_set1_epi8(n->bytes[0]);
	__m256i		last = _mm256_set1_epi8(n->bytes[n->len - 1]);

	for (; from + 31 + n->len <= to; from += 32)
	{
		__m256i		a = _mm256_loadu_si256((const __m256i *) (buf + from));
		__m256i		b = _mm256_loadu_si256((const __m256i *) (buf + from + n->len - 1));
		unsigned	mask = (unsigned) _mm256_movemask_epi8(_mm256_and_si256(_mm256_cmpeq_epi8(a, first),
																			_mm256_cmpeq_epi8(b, last)));

		for (; mask != 0; mask &= mask - 1)
		{
			size_t		at = from + (size_t) __builtin_ctz(mask);

			if (stands_at(n, buf, at, to))
				return at;
		}
	}
	return next_plain(n, buf, from, to);
}
#endif

size_t
needle_next(const CsvNeedle *needle, const char *buf, size_t from, size_t to)
{
	if (from >= to)
		return to;
#ifdef SCAN_AVX2
	if (scan_has_avx2())
		return next_avx2(needle, buf, from, to);
#endif
	return next_plain(needle, buf, from, to);
}
