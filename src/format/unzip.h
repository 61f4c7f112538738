/*-------------------------------------------------------------------------
 *
 * unzip.h
 *	  Gzip files inflated ahead of who reads them, by a thread of the process.
 *	  Pure C: allocates by malloc, return codes.
 *
 * A stream is one file.  Its owner puts in the bytes as they are stored, and
 * takes out what they inflate to.  What the thread has not got to when it is
 * wanted the owner inflates itself, so that all works without the thread as
 * well: where it could not be made, or limit is 0.
 *
 * All functions are for one thread of the process, the owner of all streams;
 * the thread here never calls anything of the owner's.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FORMAT_UNZIP_H
#define CDC_FORMAT_UNZIP_H

#include "format/gzip.h"

/* most bytes that go in, and come out, at a time */
#define UNZIP_INPUT		(64 * 1024)
#define UNZIP_BLOCK		(256 * 1024)
/* with less than this there is no thread */
#define UNZIP_LEAST		(2 * UNZIP_BLOCK)

typedef struct UnzipStream UnzipStream;

/*
 * limit: bytes that all streams of the process together may hold while the
 * thread goes on with this one; below UNZIP_LEAST there is no thread for it.
 * NULL when memory is out.
 */
extern UnzipStream *unzip_open(size_t limit);
extern void unzip_close(UnzipStream *s);	/* accepts NULL */
/* May one more stream that nobody reads yet be opened within the limit? */
extern bool unzip_has_room(size_t limit);

/*
 * Where to put up to UNZIP_INPUT bytes, NULL: enough of them wait (or memory
 * is out, if none do); then unzip_feed says how many there are.
 */
extern void *unzip_room(UnzipStream *s);
extern void unzip_feed(UnzipStream *s, size_t len);
/* No input follows. */
extern void unzip_end(UnzipStream *s);

/*
 * Wait up to ms milliseconds for what comes next; true once unzip_read may be
 * called, which then inflates itself what the thread did not get to.
 */
extern bool unzip_wait(UnzipStream *s, int ms);

/*
 * Up to UNZIP_BLOCK bytes into out, which has room for them, once after each
 * unzip_wait that was true.  As gzip_read: GZIP_OK with *outlen = 0 is the end.
 * *stored is how many bytes of input were begun so far.
 */
extern GzipStatus unzip_read(UnzipStream *s, void *out, size_t *outlen,
							 size_t *stored);
/* What is wrong, after a status that says so. */
extern const char *unzip_message(const UnzipStream *s);

/* The thread ends, and memory kept is freed, unless streams are open. */
extern void unzip_free_spares(void);

/* How many blocks the thread made since the process began; for tests. */
extern size_t unzip_blocks_ahead(void);

#endif							/* CDC_FORMAT_UNZIP_H */
