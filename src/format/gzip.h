/*-------------------------------------------------------------------------
 *
 * gzip.h
 *	  Streaming inflate of gzip members, one after another (RFC 1952 allows
 *	  several in one file).  Pure C: the caller's buffers, return codes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FORMAT_GZIP_H
#define CDC_FORMAT_GZIP_H

#include <stdbool.h>
#include <stddef.h>

typedef enum GzipStatus
{
	GZIP_OK,					/* *outlen bytes were written; call again */
	GZIP_NEED_INPUT,			/* all input is used up: feed or finish */
	GZIP_BAD_DATA,				/* not gzip, damaged, wrong checksum, or bytes
								 * after the last member that are no member */
	GZIP_TRUNCATED,				/* the input ended inside a member */
	GZIP_NO_MEMORY
} GzipStatus;

typedef struct GzipReader GzipReader;

/* Do the first bytes of an object say gzip?  (1f 8b 08) */
extern bool gzip_is_gzip(const void *buf, size_t len);

extern GzipReader *gzip_create(void);
extern void gzip_destroy(GzipReader *z);	/* accepts NULL */
/* The input must stay where it is until gzip_read asks for more. */
extern void gzip_feed(GzipReader *z, const void *in, size_t len);
/* eof: no input follows what was fed; *outlen = 0 with GZIP_OK is then the end. */
extern GzipStatus gzip_read(GzipReader *z, void *out, size_t cap, size_t *outlen, bool eof);
extern const char *gzip_message(const GzipReader *z);

#endif							/* CDC_FORMAT_GZIP_H */
