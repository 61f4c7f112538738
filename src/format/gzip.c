/*-------------------------------------------------------------------------
 *
 * gzip.c
 *	  Streaming inflate of gzip members, by ISA-L.
 *
 * The header is read here, byte by byte: the library forgets what it read of
 * one when the input ends inside it.  The compressed data and the trailer
 * behind them (checksum and length, both compared) are the library's.
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
#include <stdint.h>
#include <stdlib.h>

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include "format/gzip.h"

/* the library counts in 32 bits and adds to that */
#define AT_ONCE			((size_t) 1 << 30)

#define FIXED_LENGTH	10
#define FLAG_HCRC		0x02
#define FLAG_EXTRA		0x04
#define FLAG_NAME		0x08
#define FLAG_COMMENT	0x10
#define FLAGS_RESERVED	0xe0

typedef enum GzipPlace
{
	AT_START,					/* before the first member */
	IN_HEADER,
	IN_MEMBER,
	AFTER_MEMBER,
	IN_PADDING
} GzipPlace;

/* The parts of a header, in their order. */
typedef enum HeaderPart
{
	PART_FIXED,
	PART_EXTRA_LENGTH,
	PART_EXTRA,
	PART_NAME,
	PART_COMMENT,
	PART_CRC,
	PART_NONE					/* the header is over */
} HeaderPart;

struct GzipReader
{
	const unsigned char *in;	/* the caller's, what is left of it */
	size_t		avail;
	GzipPlace	place;
	GzipStatus	failure;		/* GZIP_OK while there is none */
	const char *message;
	/* the header being read */
	HeaderPart	part;
	unsigned	flags;
	uint32_t	count;			/* bytes of the part that were read */
	uint32_t	value;			/* length of the extra field, or checksum */
	uint32_t	crc;			/* of the bytes before it */
	struct inflate_state inflate;
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
	isal_inflate_init(&z->inflate);
	/* no header, but a trailer that is compared */
	z->inflate.crc_flag = ISAL_GZIP_NO_HDR_VER;
	z->failure = GZIP_OK;
	z->message = "no error";
	gzip_feed(z, NULL, 0);
	return z;
}

void
gzip_destroy(GzipReader *z)
{
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

/*
 * The header
 */

/* Is there such a part in this header? */
static bool
has_part(const GzipReader *z, HeaderPart part)
{
	switch (part)
	{
		case PART_EXTRA_LENGTH:
			return z->flags & FLAG_EXTRA;
		case PART_EXTRA:
			return (z->flags & FLAG_EXTRA) && z->value > 0;
		case PART_NAME:
			return z->flags & FLAG_NAME;
		case PART_COMMENT:
			return z->flags & FLAG_COMMENT;
		case PART_CRC:
			return z->flags & FLAG_HCRC;
		case PART_FIXED:
		case PART_NONE:
			break;
	}
	return true;
}

static void
next_part(GzipReader *z)
{
	do
		z->part++;
	while (!has_part(z, z->part));
	z->count = 0;
	if (z->part != PART_EXTRA)
		z->value = 0;
}

/* Take the next byte of the header; what is wrong with it, or NULL. */
static const char *
header_byte(GzipReader *z, unsigned char byte)
{
	static const unsigned char magic[] = {0x1f, 0x8b, 8};
	uint32_t	n = z->count++;

	switch (z->part)
	{
		case PART_FIXED:
			if (n < 3 && byte != magic[n])
				return n < 2 ? "no gzip header" : "unknown compression method";
			if (n == 3)
				z->flags = byte;
			if (n == 3 && (byte & FLAGS_RESERVED))
				return "unknown flags in the header";
			if (n + 1 == FIXED_LENGTH)
				next_part(z);
			break;
		case PART_EXTRA_LENGTH:
		case PART_CRC:
			z->value |= (uint32_t) byte << (8 * n);
			if (n == 0)
				break;
			if (z->part == PART_CRC && z->value != (z->crc & 0xffff))
				return "the header's checksum is wrong";
			next_part(z);
			break;
		case PART_EXTRA:
			if (n + 1 == z->value)
				next_part(z);
			break;
		case PART_NAME:
		case PART_COMMENT:
			if (byte == 0)
				next_part(z);
			break;
		case PART_NONE:
			break;
	}
	return NULL;
}

/* Take the parts before end, as far as the input goes. */
static GzipStatus
take_parts(GzipReader *z, HeaderPart end)
{
	while (z->avail > 0 && z->part < end)
	{
		const char *problem = header_byte(z, *z->in);

		if (problem)
			return fail(z, GZIP_BAD_DATA, problem);
		z->in++;
		z->avail--;
	}
	return GZIP_OK;
}

static GzipStatus
read_header(GzipReader *z)
{
	const unsigned char *start = z->in;
	GzipStatus	status = take_parts(z, PART_CRC);

	z->crc = crc32_gzip_refl(z->crc, start, z->in - start);
	if (status == GZIP_OK)
		status = take_parts(z, PART_NONE);
	if (z->part == PART_NONE)
		z->place = IN_MEMBER;
	return status;
}

static void
begin_member(GzipReader *z)
{
	z->place = IN_HEADER;
	z->part = PART_FIXED;
	z->flags = z->count = z->value = z->crc = 0;
	isal_inflate_reset(&z->inflate);
}

/*
 * The data
 */

static const char *
inflate_problem(int rc)
{
	switch (rc)
	{
		case ISAL_INVALID_BLOCK:
			return "invalid block";
		case ISAL_INVALID_SYMBOL:
			return "invalid code";
		case ISAL_INVALID_LOOKBACK:
			return "invalid distance, too far back";
		case ISAL_INCORRECT_CHECKSUM:
			return "checksum or length is wrong";
		default:
			return "damaged data";
	}
}

/* Inflate once; GZIP_NEED_INPUT says that nothing could be done. */
static GzipStatus
inflate_some(GzipReader *z, unsigned char *out, size_t cap, size_t *outlen)
{
	struct inflate_state *s = &z->inflate;
	uint32_t	give = z->avail > AT_ONCE ? AT_ONCE : (uint32_t) z->avail;
	uint32_t	room = cap > AT_ONCE ? AT_ONCE : (uint32_t) cap;
	int			rc;

	/* the library does not write to its input, but says no const */
	s->next_in = (uint8_t *) (uintptr_t) z->in;
	s->avail_in = give;
	s->next_out = out;
	s->avail_out = room;
	rc = isal_inflate(s);
	z->in += give - s->avail_in;
	z->avail -= give - s->avail_in;
	*outlen += room - s->avail_out;

	if (rc != ISAL_DECOMP_OK)
		return fail(z, GZIP_BAD_DATA, inflate_problem(rc));
	if (s->block_state == ISAL_BLOCK_FINISH)
		z->place = AFTER_MEMBER;
	else if (s->avail_in == give && s->avail_out == room)
		return give == 0 ? GZIP_NEED_INPUT :
			fail(z, GZIP_BAD_DATA, "damaged data");
	return GZIP_OK;
}

/* Between members, with input at hand: what is next? */
static GzipStatus
between_members(GzipReader *z)
{
	if (z->place != AT_START && *z->in == 0)
		z->place = IN_PADDING;
	if (z->place != IN_PADDING)
	{
		begin_member(z);
		return GZIP_OK;
	}
	while (z->avail > 0 && *z->in == 0)
	{
		z->in++;
		z->avail--;
	}
	if (z->avail > 0)
		return fail(z, GZIP_BAD_DATA, "bytes after the padding");
	return GZIP_OK;
}

GzipStatus
gzip_read(GzipReader *z, void *out, size_t cap, size_t *outlen, bool eof)
{
	GzipStatus	status = z->failure;

	*outlen = 0;
	while (status == GZIP_OK && *outlen < cap)
	{
		/* the library may hold output even when there is no more input */
		if (z->place == IN_MEMBER)
			status = inflate_some(z, (unsigned char *) out + *outlen,
								  cap - *outlen, outlen);
		else if (z->avail == 0)
			status = GZIP_NEED_INPUT;
		else if (z->place == IN_HEADER)
			status = read_header(z);
		else
			status = between_members(z);
	}

	if (*outlen > 0)
		return GZIP_OK;
	if (status != GZIP_NEED_INPUT || !eof)
		return status;
	if (z->place == IN_MEMBER || z->place == IN_HEADER)
		return fail(z, GZIP_TRUNCATED, "the data ends too early");
	return GZIP_OK;
}
