/*-------------------------------------------------------------------------
 *
 * fuzz_gzip.c
 *	  Any bytes to the gzip reader, beside zlib.
 *
 * The first byte says whether the rest is a file as it is, or bytes that are
 * compressed first, and then damaged or not as the next bytes say.  It is a
 * failure when what zlib reads is not read or comes out otherwise, when a file
 * that zlib finds cut or damaged is read as whole, or when the sizes of the
 * buffers change the answer.
 *
 *-------------------------------------------------------------------------
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "format/gzip.h"

#define HEAD		8			/* bytes that choose */
#define OUT_MAX		((size_t) 1 << 16)

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef enum Verdict
{
	WHOLE,
	CUT,
	DAMAGED,
	LENIENT,					/* damaged, but only in what a code table says
								 * of codes that do not come */
	ENDLESS						/* longer than is looked at here */
} Verdict;

typedef struct Answer
{
	Verdict		verdict;
	unsigned char *bytes;
	size_t		len;
} Answer;

static void
fail(const char *what)
{
	fprintf(stderr, "gzip: %s\n", what);
	abort();
}

/* One member; where it ends. */
static Verdict
zlib_member(const unsigned char *in, size_t len, size_t *used, Answer *out)
{
	z_stream	z = {0};
	Verdict		verdict;
	int			rc;

	if (inflateInit2(&z, 15 + 16) != Z_OK)
		fail("no zlib");
	z.next_in = (unsigned char *) (uintptr_t) in;
	z.avail_in = (uInt) len;
	z.next_out = out->bytes + out->len;
	z.avail_out = (uInt) (OUT_MAX - out->len);
	rc = inflate(&z, Z_NO_FLUSH);
	out->len = OUT_MAX - z.avail_out;
	*used = len - z.avail_in;
	if (rc == Z_STREAM_END)
		verdict = WHOLE;
	else if (rc == Z_DATA_ERROR || rc == Z_NEED_DICT)
		verdict = z.msg && (strstr(z.msg, "set") || strstr(z.msg, "code") ||
							strstr(z.msg, "symbols")) ? LENIENT : DAMAGED;
	else
		verdict = z.avail_out == 0 ? ENDLESS : CUT;
	inflateEnd(&z);
	return verdict;
}

/* The file as gzip(1) reads it: members, then zeros or nothing. */
static Answer
by_zlib(const unsigned char *in, size_t len)
{
	Answer		answer = {WHOLE, malloc(OUT_MAX), 0};
	size_t		at = 0;

	while (at < len && answer.verdict == WHOLE)
	{
		size_t		used;

		if (at > 0 && in[at] == 0)
		{
			while (at < len && in[at] == 0)
				at++;
			if (at < len)
				answer.verdict = DAMAGED;
			break;
		}
		answer.verdict = zlib_member(in + at, len - at, &used, &answer);
		at += used;
	}
	return answer;
}

/* The length of the next buffer. */
static size_t
next_size(uint32_t *state, unsigned largest)
{
	if (largest == 0)
		return OUT_MAX / 2;
	*state = *state * 1664525 + 1013904223;
	return 1 + (*state >> 16) % largest;
}

/* By the reader, with buffers of at most so many bytes (0: large ones). */
static Answer
by_reader(const unsigned char *in, size_t len, unsigned largest_in,
		  unsigned largest_out, uint32_t state)
{
	Answer		answer = {WHOLE, malloc(OUT_MAX), 0};
	GzipReader *z = gzip_create();
	unsigned char *piece = NULL;
	size_t		at = 0;
	GzipStatus	status;

	for (;;)
	{
		size_t		cap = next_size(&state, largest_out);
		size_t		n;
		unsigned char *out;

		if (cap > OUT_MAX - answer.len)
			cap = OUT_MAX - answer.len;
		if (cap == 0)
		{
			answer.verdict = ENDLESS;
			break;
		}
		/* blocks of their own: leaving them is noticed */
		out = malloc(cap);
		status = gzip_read(z, out, cap, &n, at == len);
		memcpy(answer.bytes + answer.len, out, n);
		free(out);
		answer.len += n;
		if (status == GZIP_NEED_INPUT)
		{
			n = next_size(&state, largest_in);
			if (at == len)
				fail("it asks for input after the end");
			if (n > len - at)
				n = len - at;
			free(piece);
			piece = malloc(n);
			memcpy(piece, in + at, n);
			at += n;
			gzip_feed(z, piece, n);
		}
		else if (status != GZIP_OK || n == 0)
		{
			answer.verdict = status == GZIP_OK ? WHOLE :
				status == GZIP_TRUNCATED ? CUT : DAMAGED;
			break;
		}
	}
	free(piece);
	gzip_destroy(z);
	return answer;
}

/* Compressed as head says, and damaged perhaps; malloc'd. */
static unsigned char *
compressed(const uint8_t *head, const uint8_t *data, size_t len, size_t *size)
{
	z_stream	z = {0};
	unsigned char *file;

	if (deflateInit2(&z, head[1] % 10, Z_DEFLATED, 9 + head[1] / 10 % 7 + 16,
					 1 + head[2] % 9, head[2] / 9 % 5) != Z_OK)
		fail("no zlib");
	*size = deflateBound(&z, len) + 64;
	file = malloc(*size + 8);
	z.next_in = (unsigned char *) (uintptr_t) data;
	z.next_out = file;
	z.avail_out = (uInt) *size;
	z.avail_in = (uInt) (len / 2);
	/* more than one block */
	(void) deflate(&z, head[3] & 1 ? Z_FULL_FLUSH : Z_NO_FLUSH);
	z.avail_in += (uInt) (len - len / 2);
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		fail("zlib does not compress");
	*size = z.total_out;
	deflateEnd(&z);
	switch (head[3] >> 1 & 7)
	{
		case 0:
			file[(head[4] * 256 + head[5]) % *size] ^= 1 << head[6] % 8;
			break;
		case 1:
			*size = (head[4] * 256 + head[5]) % *size;
			break;
		case 2:
			file[(*size)++] = head[4];
			break;
		case 3:
			memset(file + *size, 0, 4);
			*size += 4;
			break;
		default:
			break;
	}
	return file;
}

static void
compare(const Answer *zlib, const Answer *reader, const char *what)
{
	size_t		common = zlib->len < reader->len ? zlib->len : reader->len;

	if (memcmp(zlib->bytes, reader->bytes, common) != 0)
		fail(what);
	if (zlib->verdict == WHOLE || zlib->verdict == ENDLESS)
	{
		if (reader->verdict != zlib->verdict || reader->len != zlib->len)
			fail(what);
	}
	else if (zlib->verdict != LENIENT && reader->verdict != DAMAGED &&
			 reader->verdict != CUT)
		fail(what);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *file;
	size_t		len;
	Answer		want;
	Answer		got[2];

	if (size < HEAD)
		return 0;
	if (data[0] & 1)
		file = compressed(data, data + HEAD, size - HEAD, &len);
	else
	{
		len = size - HEAD;
		file = malloc(len + 1);
		memcpy(file, data + HEAD, len);
	}
	want = by_zlib(file, len);
	got[0] = by_reader(file, len, 0, 0, 0);
	got[1] = by_reader(file, len, 1 + data[6], 1 + data[7], data[6] * 77u + data[7]);
	compare(&want, &got[0], "zlib reads it otherwise");
	compare(&want, &got[1], "zlib reads it otherwise than small buffers do");
	if ((got[0].verdict == WHOLE) != (got[1].verdict == WHOLE))
		fail("the sizes of the buffers change the answer");
	for (int i = 0; i < 2; i++)
		free(got[i].bytes);
	free(want.bytes);
	free(file);
	return 0;
}
