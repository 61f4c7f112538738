/*-------------------------------------------------------------------------
 *
 * buffer.c
 *	  Bytes that came in and wait to be taken: see buffer.h.
 *
 *-------------------------------------------------------------------------
 */
#include "store/buffer.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE	((size_t) 64 * 1024)

/*
 * Bytes are moved to the front only when at most half of the buffer is used,
 * or it grows, so that a reader that lags a little behind does not make us
 * move all of it again and again.
 */
bool
buffer_reserve(Buffer *b, size_t n, size_t limit, bool *full)
{
	size_t		used = buffer_used(b);
	size_t		cap = b->cap ? b->cap : FIRST_SIZE;
	bool		grow;
	char	   *grown;

	*full = false;
	if (b->buf && b->cap - b->end >= n)
		return true;
	if (used + n > limit || (b->cap >= limit && used > limit / 2))
	{
		*full = true;
		return false;
	}
	grow = used > b->cap / 2;
	if (b->start > 0)
	{
		memmove(b->buf, b->buf + b->start, used);
		b->start = 0;
		b->end = used;
	}
	if (b->buf && !grow && b->cap - used >= n)
		return true;
	while (cap < used + n)
		cap *= 2;
	if (b->cap && cap == b->cap)
		cap *= 2;
	if (cap > limit)
		cap = limit;
	grown = realloc(b->buf, cap);
	if (grown == NULL)
		return false;
	b->buf = grown;
	b->cap = cap;
	return true;
}

void
buffer_append(Buffer *b, const char *data, size_t n)
{
	memcpy(b->buf + b->end, data, n);
	b->end += n;
}

void
buffer_free(Buffer *b)
{
	free(b->buf);
	memset(b, 0, sizeof(*b));
}

size_t
buffer_take(Buffer *b, void *to, size_t n)
{
	if (n > buffer_used(b))
		n = buffer_used(b);
	if (n == 0)
		return 0;
	memcpy(to, b->buf + b->start, n);
	b->start += n;
	if (b->start == b->end)
		buffer_clear(b);
	return n;
}
