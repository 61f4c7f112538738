/*-------------------------------------------------------------------------
 *
 * buffer.h
 *	  Bytes that came in and wait to be taken.  Pure C: malloc'd, so that it
 *	  can be filled from curl's callbacks.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_BUFFER_H
#define CDC_STORE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes at [start, end) of buf; all zero is an empty one. */
typedef struct Buffer
{
	char	   *buf;
	size_t		cap;
	size_t		start;
	size_t		end;
} Buffer;

/*
 * Make room for n more bytes where at most limit are held.  False if there is
 * none now (*full), or memory is out.
 */
extern bool buffer_reserve(Buffer *b, size_t n, size_t limit, bool *full);
/* After a successful buffer_reserve. */
extern void buffer_append(Buffer *b, const char *data, size_t n);
/* Take up to n bytes off the front; how many. */
extern size_t buffer_take(Buffer *b, void *to, size_t n);
extern void buffer_free(Buffer *b);

static inline size_t
buffer_used(const Buffer *b)
{
	return b->end - b->start;
}

static inline void
buffer_clear(Buffer *b)
{
	b->start = b->end = 0;
}

/* Never NULL. */
static inline const char *
buffer_data(const Buffer *b)
{
	return b->buf ? b->buf + b->start : "";
}

#endif							/* CDC_STORE_BUFFER_H */
