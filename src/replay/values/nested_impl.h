/*-------------------------------------------------------------------------
 *
 * nested_impl.h
 *	  What the files nested*.c share.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_NESTED_IMPL_H
#define CDC_REPLAY_NESTED_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ascii.h"
#include "replay/values/nested.h"

/* A text being read. */
typedef struct NestedScan
{
	NestedWork *w;
	const char *s;
	size_t		len;
	size_t		pos;
	size_t		pause_at;		/* the next pause is due at this place */
	bool		exact;			/* only what the type's own output writes */
	NestedLeaf	leaf;
} NestedScan;

#define NESTED_TRY(call) \
	do { \
		NestedResult try_ = (call); \
		if (try_ != NESTED_OK) \
			return try_; \
	} while (0)

/* What PostgreSQL and Java call blank. */
static inline bool
nested_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Bytes of text between two pauses. */
#define NESTED_STRIDE	((size_t) 32768)

/*
 * To be called wherever a loop moves pos on, of any length: *due is the place
 * of the next pause, 0 in the beginning.
 */
static inline void
nested_pause(NestedWork *w, size_t pos, size_t *due)
{
	if (pos < *due)
		return;
	*due = pos + NESTED_STRIDE;
	if (w->pause != NULL)
		w->pause(w->arg);
}

static inline void
nested_skip_blanks(NestedScan *p)
{
	for (; p->pos < p->len && nested_is_blank(p->s[p->pos]); p->pos++)
		nested_pause(p->w, p->pos, &p->pause_at);
}

/* Begin to read; empties w->out. */
extern void nested_start(NestedScan *p, NestedWork *w, const char *text,
						 size_t len);
/* Note what is wrong, and where; gives result. */
extern NestedResult nested_fail(NestedWork *w, NestedResult result, size_t at,
								const char *message);
/* Where the text ends too early. */
extern NestedResult nested_fail_cut(NestedScan *p);

/*
 * Read the rest of a text in quotes, whose first quote was passed, to b, as
 * literals of hstore, rows and arrays have it: a backslash before any byte.
 */
extern NestedResult nested_read_quoted(NestedScan *p, NestedBuf *b);

/* Make room for len more bytes and a zero byte. */
extern NestedResult nested_grow(NestedWork *w, NestedBuf *b, size_t len);
extern NestedResult nested_buf_put(NestedWork *w, NestedBuf *b,
								   const char *text, size_t len);
/* A JSON string. */
extern NestedResult nested_put_string(NestedWork *w, const char *text,
									  size_t len);
static inline NestedResult
nested_buf_char(NestedWork *w, NestedBuf *b, char c)
{
	if (b->len + 1 >= b->size)
		NESTED_TRY(nested_grow(w, b, 1));
	b->data[b->len++] = c;
	return NESTED_OK;
}

/*
 * Keys of maps.  open gives where the map's keys begin in w->keys; each key
 * is put into w->out as a string and kept; close looks for one that is there
 * twice, and tells where that stands in the text.
 */
extern size_t nested_keys_open(NestedWork *w);
extern NestedResult nested_keys_put(NestedWork *w, const char *key,
									size_t len, size_t at);
extern NestedResult nested_keys_close(NestedWork *w, size_t begin,
									  NestedResult twice);

/* Both with exact, for nested_detect. */
extern NestedResult nested_read_hstore(NestedScan *p);
extern NestedResult nested_read_array(NestedScan *p, NestedType *type);

#endif							/* CDC_REPLAY_NESTED_IMPL_H */
