/*-------------------------------------------------------------------------
 *
 * test_gzip.c
 *	  Inflating gzip members: pieces of any size, and what is no gzip.
 *
 *-------------------------------------------------------------------------
 */
#include <zlib.h>

#include "unit.h"

#include "format/gzip.h"

typedef struct Bytes
{
	char	   *data;
	size_t		len;
} Bytes;

static void
append(Bytes *b, const void *data, size_t len)
{
	/* to the byte, so that reading past the end is seen */
	b->data = realloc(b->data, b->len + len > 0 ? b->len + len : 1);
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

/* Append a member that inflates to data. */
static void
append_member(Bytes *b, const void *data, size_t len, gz_header *header)
{
	z_stream	zs = {0};
	size_t		cap = len + len / 100 + 1000;
	char	   *out = malloc(cap);

	if (deflateInit2(&zs, 6, Z_DEFLATED, 16 + MAX_WBITS, 8,
					 Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	if (header)
		deflateSetHeader(&zs, header);
	zs.next_in = (Bytef *) data;
	zs.avail_in = len;
	zs.next_out = (Bytef *) out;
	zs.avail_out = cap;
	if (deflate(&zs, Z_FINISH) != Z_STREAM_END)
		abort();
	append(b, out, zs.total_out);
	deflateEnd(&zs);
	free(out);
}

/* Text that compresses, but not to nothing. */
static Bytes
sample(size_t len)
{
	Bytes		b = {malloc(len > 0 ? len : 1), len};

	for (size_t i = 0; i < len; i++)
		b.data[i] = "0123456789,\n\"abc"[unit_random(16)];
	return b;
}

/*
 * Inflate in, fed in pieces of at most step bytes, read with buffers of cap
 * bytes.  eof_early says eof with the last piece, else only after all input
 * is used up.
 */
static GzipStatus
inflate_all(const char *in, size_t len, size_t step, size_t cap,
			bool eof_early, Bytes *out)
{
	GzipReader *z = gzip_create();
	char	   *buf = malloc(cap);
	char	   *piece = NULL;
	size_t		pos = 0;
	GzipStatus	status;

	memset(out, 0, sizeof(*out));
	for (;;)
	{
		size_t		n;
		bool		eof = pos == len && (eof_early || piece == NULL);

		status = gzip_read(z, buf, cap, &n, eof);
		if (status == GZIP_OK && n > 0)
		{
			append(out, buf, n);
			continue;
		}
		if (status != GZIP_NEED_INPUT)
			break;

		/* a piece of its own: the last one must not be looked at any more */
		free(piece);
		piece = NULL;
		if (pos < len)
		{
			n = len - pos < step ? len - pos : step;
			piece = malloc(n);
			memcpy(piece, in + pos, n);
			gzip_feed(z, piece, n);
			pos += n;
		}
		else
			gzip_feed(z, NULL, 0);
	}
	if (status == GZIP_OK && pos < len)
		ok(false, "the end came before the end");
	if (status != GZIP_OK)
	{
		size_t		n;

		if (gzip_read(z, buf, cap, &n, true) != status || n != 0)
			ok(false, "a failure stays");
		if (gzip_message(z) == NULL || gzip_message(z)[0] == '\0')
			ok(false, "a failure has a message");
	}
	free(piece);
	free(buf);
	gzip_destroy(z);
	return status;
}

static void
expect(const Bytes *in, GzipStatus want, const Bytes *data, const char *what)
{
	static const size_t steps[] = {1, 2, 3, 7, 1000, SIZE_MAX};
	static const size_t caps[] = {1, 2, 5, 4096, 100000};
	bool		good = true;

	for (int s = 0; s < 6; s++)
		for (int c = 0; c < 5; c++)
			for (int early = 0; early < 2; early++)
			{
				Bytes		out;
				GzipStatus	got = inflate_all(in->data, in->len, steps[s],
											  caps[c], early, &out);

				if (got != want ||
					(data && (out.len != data->len ||
							  memcmp(out.data ? out.data : "", data->data,
									 out.len) != 0)))
				{
					diag("step %zu, cap %zu, early %d: status %d, %zu bytes",
						 steps[s], caps[c], early, (int) got, out.len);
					good = false;
				}
				free(out.data);
			}
	ok(good, "%s", what);
}

static void
test_magic(void)
{
	ok(gzip_is_gzip("\x1f\x8b\x08", 3), "magic bytes");
	ok(gzip_is_gzip("\x1f\x8b\x08\x00\x01", 5), "and more");
	ok(!gzip_is_gzip("\x1f\x8b", 2), "too short");
	ok(!gzip_is_gzip("", 0), "empty");
	ok(!gzip_is_gzip("\x1f\x8b\x07", 3), "another method");
	ok(!gzip_is_gzip("1,a", 3), "text");
	gzip_destroy(NULL);
	ok(true, "nothing is destroyed");
}

static void
test_good(void)
{
	Bytes		data = sample(3000);
	Bytes		empty = {(char *) "", 0};
	Bytes		in = {0};
	gz_header	header = {0};
	Bytes		twice = {0};

	expect(&empty, GZIP_OK, &empty, "no input");

	append_member(&in, data.data, data.len, NULL);
	expect(&in, GZIP_OK, &data, "one member");
	append(&in, "\0", 1);
	expect(&in, GZIP_OK, &data, "a zero byte after it");
	for (int i = 0; i < 511; i++)
		append(&in, "\0", 1);
	expect(&in, GZIP_OK, &data, "padding");
	append(&in, "x", 1);
	expect(&in, GZIP_BAD_DATA, &data, "a byte after the padding");
	in.len--;
	append_member(&in, data.data, data.len, NULL);
	expect(&in, GZIP_BAD_DATA, &data, "a member after the padding");
	in.len = 0;

	append_member(&in, "", 0, NULL);
	expect(&in, GZIP_OK, &empty, "an empty member");
	append_member(&in, data.data, 1234, NULL);
	append_member(&in, "", 0, NULL);
	append_member(&in, data.data + 1234, data.len - 1234, NULL);
	append_member(&in, "", 0, NULL);
	expect(&in, GZIP_OK, &data, "several members");
	in.len = 0;

	header.name = (Bytef *) "LOAD00000001.csv";
	header.comment = (Bytef *) "a comment";
	header.extra = (Bytef *) "extra";
	header.extra_len = 5;
	header.hcrc = 1;
	append_member(&in, data.data, data.len, &header);
	append_member(&in, data.data, data.len, &header);
	append(&twice, data.data, data.len);
	append(&twice, data.data, data.len);
	expect(&in, GZIP_OK, &twice, "headers with everything");

	free(in.data);
	free(data.data);
	free(twice.data);
}

/* Two members, cut everywhere, and damaged everywhere. */
static void
test_bad(void)
{
	Bytes		data = sample(200);
	Bytes		empty = {(char *) "", 0};
	Bytes		in = {0};
	size_t		border;
	bool		good = true;
	bool		damage = true;
	Bytes		out;

	append_member(&in, data.data, 120, NULL);
	border = in.len;
	append_member(&in, data.data + 120, 80, NULL);

	for (size_t n = 0; n <= in.len; n++)
		for (size_t step = 1; step <= n + 1; step += 13)
		{
			GzipStatus	want = n == 0 || n == border || n == in.len ?
				GZIP_OK : GZIP_TRUNCATED;

			if (inflate_all(in.data, n, step, 64, n % 2, &out) != want ||
				out.len > data.len || memcmp(out.data ? out.data : "",
											 data.data, out.len) != 0)
			{
				diag("%zu of %zu bytes, step %zu", n, in.len, step);
				good = false;
			}
			free(out.data);
		}
	ok(good, "truncated at every byte");

	good = true;
	for (size_t n = 0; n <= in.len; n++)
	{
		/* two pieces, cut at n */
		GzipReader *z = gzip_create();
		char		buf[512];
		size_t		total = 0;
		size_t		len;
		GzipStatus	status;

		gzip_feed(z, in.data, n);
		while ((status = gzip_read(z, buf + total, sizeof(buf) - total, &len,
								   false)) == GZIP_OK)
			total += len;
		good = good && status == GZIP_NEED_INPUT;
		gzip_feed(z, in.data + n, in.len - n);
		while ((status = gzip_read(z, buf + total, sizeof(buf) - total, &len,
								   true)) == GZIP_OK && len > 0)
			total += len;
		good = good && status == GZIP_OK && total == data.len &&
			memcmp(buf, data.data, total) == 0;
		gzip_destroy(z);
	}
	ok(good, "split at every byte");

	for (size_t i = 0; i < in.len; i++)
		for (int bit = 0; bit < 8; bit++)
		{
			size_t		within = i < border ? i : i - border;
			GzipStatus	status;

			/* flags, time, level and system may be anything */
			if (within >= 3 && within <= 9)
				continue;
			in.data[i] ^= 1 << bit;
			status = inflate_all(in.data, in.len, SIZE_MAX, 64, true, &out);
			/* the last bits before the checksum may be anything, too */
			if (status != GZIP_BAD_DATA && status != GZIP_TRUNCATED &&
				(out.len != data.len ||
				 memcmp(out.data, data.data, data.len) != 0))
			{
				diag("byte %zu bit %d: status %d", i, bit, (int) status);
				damage = false;
			}
			free(out.data);
			in.data[i] ^= 1 << bit;
		}
	ok(damage, "no flipped bit changes what comes out unnoticed");

	in.len = border;
	in.data[border - 8] ^= 1;
	expect(&in, GZIP_BAD_DATA, NULL, "a wrong checksum");
	in.data[border - 8] ^= 1;
	in.data[border - 4] ^= 1;
	expect(&in, GZIP_BAD_DATA, NULL, "a wrong length");
	in.data[border - 4] ^= 1;
	append(&in, "garbage", 7);
	data.len = 120;
	expect(&in, GZIP_BAD_DATA, &data, "garbage after a member");
	in.len = border;
	append(&in, "\x1f", 1);
	expect(&in, GZIP_TRUNCATED, &data, "half a magic number after a member");

	in.len = 0;
	append(&in, "1,a,b\n", 6);
	expect(&in, GZIP_BAD_DATA, &empty, "plain text");
	in.len = 0;
	append(&in, "\0\0\0\0", 4);
	expect(&in, GZIP_BAD_DATA, &empty, "nothing but zero bytes");
	in.len = 0;
	append(&in, "\x78\x9c\x03\x00\x00\x00\x00\x01", 8);
	expect(&in, GZIP_BAD_DATA, &empty, "a zlib stream");

	free(in.data);
	free(data.data);
}

/* A member whose header is made by hand; hcrc: with its checksum. */
static void
append_header_member(Bytes *b, const char *header, size_t len, bool hcrc,
					 const Bytes *data)
{
	Bytes		member = {0};

	append_member(&member, data->data, data->len, NULL);
	append(b, header, len);
	if (hcrc)
	{
		uLong		crc = crc32(0, (const Bytef *) header, len);
		char		two[2] = {(char) crc, (char) (crc >> 8)};

		append(b, two, 2);
	}
	append(b, member.data + 10, member.len - 10);
	free(member.data);
}

/* Every combination of optional fields, twice, in pieces and cut anywhere. */
static void
test_header(void)
{
	Bytes		data = sample(50);
	Bytes		twice = {0};
	Bytes		in = {0};
	Bytes		empty = {(char *) "", 0};
	bool		cuts = true;
	char		header[300];
	static char extra[65535];

	append(&twice, data.data, data.len);
	append(&twice, data.data, data.len);
	for (int flags = 0; flags < 32; flags++)
	{
		size_t		n = 10;
		size_t		border;

		memcpy(header, "\x1f\x8b\x08\0time\2\3", 10);
		header[3] = (char) flags;
		if (flags & 4)
		{
			/* two bytes 0 are a length in another place */
			memcpy(header + n, "\5\0ab\0\0c", 7);
			n += 7;
		}
		if (flags & 8)
			n += sprintf(header + n, "20240612.csv") + 1;
		if (flags & 16)
			n += sprintf(header + n, "a comment") + 1;
		in.len = 0;
		append_header_member(&in, header, n, flags & 2, &data);
		border = in.len;
		append_header_member(&in, header, n, flags & 2, &data);
		expect(&in, GZIP_OK, &twice, "header fields");
		for (size_t cut = 1; cut < in.len; cut++)
		{
			Bytes		out;

			if (cut != border &&
				inflate_all(in.data, cut, 1 + cut % 7, 64, true,
							&out) != GZIP_TRUNCATED)
				cuts = false;
			else if (cut != border)
				free(out.data);
		}
		if (flags & 2)
		{
			in.data[n] ^= 1;
			expect(&in, GZIP_BAD_DATA, &empty, "a wrong header checksum");
			in.data[n] ^= 1;
			in.data[5] ^= 1;
			expect(&in, GZIP_BAD_DATA, &empty, "a header that it does not fit");
		}
	}
	ok(cuts, "cut anywhere, it is truncated");

	for (int flag = 0x20; flag < 0x100; flag <<= 1)
	{
		memcpy(header, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
		header[3] = (char) flag;
		in.len = 0;
		append_header_member(&in, header, 10, false, &data);
		expect(&in, GZIP_BAD_DATA, &empty, "a flag that has no meaning");
	}
	in.len = 0;
	append_header_member(&in, "\x1f\x8b\x08\4\0\0\0\0\0\3\0\0", 12, false,
						 &data);
	expect(&in, GZIP_OK, &data, "an extra field of no length");
	in.len = 0;
	append(&in, "\x1f\x8b\x08\4\0\0\0\0\0\3\xff\xff", 12);
	append_header_member(&in, extra, sizeof(extra), false, &data);
	expect(&in, GZIP_OK, &data, "an extra field of the greatest length");
	free(in.data);
	free(data.data);
	free(twice.data);
}

/* Every byte of the trailer counts. */
static void
test_trailer(void)
{
	Bytes		data = sample(500);
	Bytes		in = {0};

	append_member(&in, data.data, data.len, NULL);
	append_member(&in, "", 0, NULL);
	append_member(&in, "", 0, NULL);
	expect(&in, GZIP_OK, &data, "members without data");
	for (size_t i = 1; i <= 8; i++)
	{
		in.data[in.len - i] ^= 0x80;
		expect(&in, GZIP_BAD_DATA, &data, "a wrong trailer of a member without data");
		in.data[in.len - i] ^= 0x80;
	}
	free(in.data);
	free(data.data);
}

static void
test_large(void)
{
	size_t		len = (size_t) unit_times(20) * 1024 * 1024;
	char	   *zeros = calloc(1, len);
	Bytes		in = {0};
	GzipReader *z = gzip_create();
	static char buf[65536];
	size_t		total = 0;
	size_t		n;
	bool		good = true;
	GzipStatus	status;

	append_member(&in, zeros, len, NULL);
	gzip_feed(z, in.data, in.len);
	while ((status = gzip_read(z, buf, sizeof(buf), &n, true)) == GZIP_OK &&
		   n > 0)
	{
		total += n;
		good = good && n <= sizeof(buf) && buf[0] == 0 && buf[n - 1] == 0;
	}
	ok(good && status == GZIP_OK && total == len,
	   "%zu bytes come out of %zu in pieces", len, in.len);
	gzip_destroy(z);
	free(in.data);
	free(zeros);
}

static void
test_random(void)
{
	int			times = unit_times(3000);
	bool		good = true;

	for (int i = 0; i < times && good; i++)
	{
		Bytes		data = {0};
		Bytes		in = {0};
		Bytes		out;
		uint32_t	members;
		uint32_t	step;
		uint32_t	cap;

		unit_seed(1000 + i);
		members = unit_random(4);
		for (uint32_t m = 0; m < members; m++)
		{
			Bytes		part = sample(unit_random(400));

			append(&data, part.data, part.len);
			append_member(&in, part.data, part.len, NULL);
			free(part.data);
		}
		append(&data, "", 0);
		append(&in, "", 0);
		step = 1 + unit_random(200);
		cap = 1 + unit_random(300);
		if (inflate_all(in.data, in.len, step, cap, i % 2, &out) != GZIP_OK ||
			out.len != data.len ||
			memcmp(out.data ? out.data : "", data.data, out.len) != 0)
		{
			diag("seed %d, step %u, cap %u", 1000 + i, step, cap);
			good = false;
		}
		free(out.data);
		free(data.data);
		free(in.data);
	}
	ok(good, "%d random files", times);
}

int
main(void)
{
	test_magic();
	test_good();
	test_bad();
	test_header();
	test_trailer();
	test_large();
	test_random();
	return unit_done();
}
