/*-------------------------------------------------------------------------
 *
 * gzip.c
 *	  Streaming inflate of gzip members, by zlib.
 *
 * After a member there may be another one, zero bytes (which gzip(1) ignores
 * too, tapes and block devices pad with them) or nothing.  Whatever else
 * stands there is an error: it could be the damaged rest of the file.
 *
 * Bytes inflated before an error are handed out first; the error comes with
 * the call after, and with every call from then on.
 *
 *-------------------------------------------------------------------------
 */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "format/gzip.h"

typedef enum GzipPlace
{
	AT_START,					/* before the first member */
	IN_MEMBER,
	AFTER_MEMBER,
	IN_PADDING
} GzipPlace;

struct GzipReader
{
	z_stream	zs;
	const unsigned char *in;	/* the caller's, what is left of it */
	size_t		avail;
	GzipPlace	place;
	GzipStatus	failure;		/* GZIP_OK while there is none */
	const char *message;
};

bool
gzip_is_gzip(const void *buf, size_t len)
{
	const unsigned char *p = buf;

	return len >= 3 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8;
}

GzipReader *
gzip_create(void)
{
	GzipReader *z = calloc(1, sizeof(GzipReader));

	if (z == NULL)
		return NULL;
	/* 16: a gzip header and trailer, nothing else */
	if (inflateInit2(&z->zs, 16 + MAX_WBITS) != Z_OK)
	{
		free(z);
		return NULL;
	}
	z->failure = GZIP_OK;
	z->message = "no error";
	gzip_feed(z, NULL, 0);
	return z;
}

void
gzip_destroy(GzipReader *z)
{
	if (z == NULL)
		return;
	inflateEnd(&z->zs);
	free(z);
}

void
gzip_feed(GzipReader *z, const void *in, size_t len)
{
	z->in = len > 0 ? in : (const void *) "";
	z->avail = len;
}

const char *
gzip_message(const GzipReader *z)
{
	return z->message;
}

static GzipStatus
fail(GzipReader *z, GzipStatus status, const char *message)
{
	z->failure = status;
	z->message = message;
	return status;
}

/* Inflate once; GZIP_NEED_INPUT says that nothing could be done. */
static GzipStatus
inflate_some(GzipReader *z, unsigned char *out, size_t cap, size_t *outlen)
{
	uInt		give = z->avail > UINT_MAX ? UINT_MAX : (uInt) z->avail;
	uInt		room = cap > UINT_MAX ? UINT_MAX : (uInt) cap;
	int			rc;

	/* zlib does not write to its input, but older headers have no const */
	z->zs.next_in = (Bytef *) (uintptr_t) z->in;
	z->zs.avail_in = give;
	z->zs.next_out = out;
	z->zs.avail_out = room;
	rc = inflate(&z->zs, Z_NO_FLUSH);
	z->in += give - z->zs.avail_in;
	z->avail -= give - z->zs.avail_in;
	*outlen += room - z->zs.avail_out;

	switch (rc)
	{
		case Z_OK:
			return GZIP_OK;
		case Z_STREAM_END:
			z->place = AFTER_MEMBER;
			return GZIP_OK;
		case Z_BUF_ERROR:
			return GZIP_NEED_INPUT;
		case Z_MEM_ERROR:
			return fail(z, GZIP_NO_MEMORY, "out of memory");
		default:
			return fail(z, GZIP_BAD_DATA,
						z->zs.msg ? z->zs.msg : "damaged data");
	}
}

/* Between members, with input at hand: what is next? */
static GzipStatus
next_member(GzipReader *z)
{
	if (z->place != AT_START && *z->in == 0)
		z->place = IN_PADDING;
	if (z->place == IN_PADDING)
	{
		while (z->avail > 0 && *z->in == 0)
		{
			z->in++;
			z->avail--;
		}
		if (z->avail > 0)
			return fail(z, GZIP_BAD_DATA, "bytes after the padding");
		return GZIP_OK;
	}
	if (z->place == AFTER_MEMBER && inflateReset(&z->zs) != Z_OK)
		return fail(z, GZIP_BAD_DATA, "inconsistent state");
	z->place = IN_MEMBER;
	return GZIP_OK;
}

GzipStatus
gzip_read(GzipReader *z, void *out, size_t cap, size_t *outlen, bool eof)
{
	GzipStatus	status = z->failure;

	*outlen = 0;
	while (status == GZIP_OK && *outlen < cap)
	{
		/* zlib may hold output even when there is no more input */
		if (z->place == IN_MEMBER)
			status = inflate_some(z, (unsigned char *) out + *outlen,
								  cap - *outlen, outlen);
		else if (z->avail > 0)
			status = next_member(z);
		else
			status = GZIP_NEED_INPUT;
	}

	if (*outlen > 0)
		return GZIP_OK;
	if (status != GZIP_NEED_INPUT || !eof)
		return status;
	if (z->place == IN_MEMBER)
		return fail(z, GZIP_TRUNCATED, "the data ends too early");
	return GZIP_OK;
}
