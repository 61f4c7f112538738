/*-------------------------------------------------------------------------
 *
 * test_inflate.c
 *	  gzip.c against zlib: all kinds of blocks in pieces of any size, and
 *	  damage of any kind.  Input and output end at a page that must not be
 *	  touched, since the sanitizers do not see into the library.
 *
 *-------------------------------------------------------------------------
 */
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "unit.h"

#include "format/gzip.h"

#define MOST	((size_t) 1 << 20)

/* Memory whose end is the end of what may be touched. */
static unsigned char *
guarded(size_t size)
{
	size_t		page = sysconf(_SC_PAGESIZE);
	size_t		whole = (size + page - 1) / page * page;
	unsigned char *p = mmap(NULL, whole + page, PROT_READ | PROT_WRITE,
							MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + whole, page, PROT_NONE) != 0)
		abort();
	return p + whole;
}

static unsigned char *in_end;
static unsigned char *out_end;

typedef struct Result
{
	GzipStatus	status;
	size_t		len;
	unsigned char data[MOST];
} Result;

static Result ours;
static Result theirs;
static unsigned char plain[MOST];
static unsigned char packed[2 * MOST];

/* Inflate by gzip.c, at most step bytes in and cap bytes out at a time. */
static void
inflate_ours(const unsigned char *in, size_t len, size_t step, size_t cap)
{
	GzipReader *z = gzip_create();
	size_t		pos = 0;

	ours.len = 0;
	for (;;)
	{
		size_t		n;
		size_t		room = MOST - ours.len < cap ? MOST - ours.len : cap;

		if (room == 0)
			break;
		ours.status = gzip_read(z, out_end - room, room, &n, pos == len);
		if (ours.status == GZIP_OK && n > 0)
		{
			memcpy(ours.data + ours.len, out_end - room, n);
			ours.len += n;
			continue;
		}
		if (ours.status != GZIP_NEED_INPUT || pos == len)
			break;
		n = len - pos < step ? len - pos : step;
		memcpy(in_end - n, in + pos, n);
		gzip_feed(z, in_end - n, n);
		pos += n;
	}
	gzip_destroy(z);
}

/* The same by zlib in one go: members, then zero bytes. */
static void
inflate_theirs(const unsigned char *in, size_t len)
{
	z_stream	zs = {0};
	int			rc = Z_STREAM_END;

	theirs.len = 0;
	theirs.status = GZIP_OK;
	if (inflateInit2(&zs, 16 + MAX_WBITS) != Z_OK)
		abort();
	zs.next_in = (Bytef *) in;
	zs.avail_in = len;
	zs.next_out = theirs.data;
	zs.avail_out = MOST;
	while (zs.avail_in > 0 && rc == Z_STREAM_END)
	{
		if (*zs.next_in == 0 && zs.next_in != in)
			break;
		inflateReset(&zs);
		rc = inflate(&zs, Z_FINISH);
		if (rc != Z_STREAM_END)
			theirs.status = rc == Z_BUF_ERROR && zs.avail_in == 0 ?
				GZIP_TRUNCATED : GZIP_BAD_DATA;
	}
	while (theirs.status == GZIP_OK && zs.avail_in > 0)
	{
		if (*zs.next_in++ != 0)
			theirs.status = GZIP_BAD_DATA;
		zs.avail_in--;
	}
	theirs.len = MOST - zs.avail_out;
	inflateEnd(&zs);
}

/* Bytes of one of several kinds, from noise to repetition. */
static size_t
make_plain(size_t len)
{
	uint32_t	kind = unit_random(5);

	for (size_t i = 0; i < len; i++)
	{
		uint32_t	back = 1 + unit_random(kind == 2 ? 32768 : 300);

		if (kind == 0)
			plain[i] = unit_random(256);
		else if (kind == 1)
			plain[i] = "0123456789,\n\"abc"[unit_random(16)];
		else if (kind == 2 || kind == 3)
		{
			/* copies from near and far */
			uint32_t	n = 3 + unit_random(260);

			if (i < back)
				plain[i] = unit_random(256);
			else
				for (; n > 0 && i < len; n--, i++)
					plain[i] = plain[i - back];
			i -= i >= back;
			if (i < len)
				plain[i] = unit_random(256);
		}
		else
			plain[i] = 'x';
	}
	return len;
}

/* A member of the first len bytes of plain, of any kind of blocks. */
static size_t
make_member(unsigned char *to, size_t room, size_t len)
{
	static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FILTERED,
	Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED};
	static const int flushes[] = {Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH,
	Z_FULL_FLUSH, Z_BLOCK};
	z_stream	zs = {0};
	int			flush = flushes[unit_random(5)];

	if (deflateInit2(&zs, unit_random(10), Z_DEFLATED,
					 16 + 9 + unit_random(7), 1 + unit_random(9),
					 strategies[unit_random(5)]) != Z_OK)
		abort();
	zs.next_in = plain;
	zs.next_out = to;
	zs.avail_out = room;
	while (zs.total_in < len)
	{
		size_t		left = len - zs.total_in;
		size_t		part = 1 + unit_random(20000);

		zs.avail_in = part < left ? part : left;
		if (deflate(&zs, flush) != Z_OK)
			abort();
	}
	if (deflate(&zs, Z_FINISH) != Z_STREAM_END)
		abort();
	deflateEnd(&zs);
	return zs.total_out;
}

/* A file of up to three members, perhaps with padding. */
static size_t
make_file(size_t *plain_len)
{
	size_t		len = 0;
	uint32_t	members = 1 + unit_random(3);

	*plain_len = 0;
	for (uint32_t m = 0; m < members; m++)
	{
		static const uint32_t sizes[] = {1, 300, 5000, 100000, 250000};
		size_t		n = make_plain(unit_random(sizes[unit_random(5)]));

		len += make_member(packed + len, sizeof(packed) - len, n);
		*plain_len += n;
	}
	for (uint32_t n = unit_random(4) == 0 ? unit_random(600) : 0; n > 0; n--)
		packed[len++] = 0;
	return len;
}

/* A size of pieces: any, as long as there are not too many of them. */
static size_t
any_size(size_t len)
{
	static const uint32_t sizes[] = {1, 10, 300, 40000, 300000};
	size_t		size = 1 + unit_random(sizes[unit_random(5)]);

	return size > len / 500 ? size : len / 500;
}

static void
test_blocks(void)
{
	int			times = unit_times(400);
	bool		good = true;

	for (int i = 0; i < times && good; i++)
	{
		size_t		plain_len;
		size_t		len;

		unit_seed(50000 + i);
		len = make_file(&plain_len);
		inflate_theirs(packed, len);
		for (int k = 0; k < 3; k++)
		{
			size_t		step = any_size(len);
			size_t		cap = any_size(theirs.len);

			inflate_ours(packed, len, step, cap);
			good = good && theirs.status == GZIP_OK &&
				theirs.len == plain_len && ours.status == GZIP_OK &&
				ours.len == plain_len &&
				memcmp(ours.data, theirs.data, plain_len) == 0;
			if (!good)
				diag("seed %d, step %zu, cap %zu", 50000 + i, step, cap);
		}
	}
	ok(good, "%d files of all kinds of blocks", times);
}

/* Change, take out, put in, or cut off some bytes; the new length. */
static size_t
damage(size_t len)
{
	uint32_t	times = 1 + unit_random(4);

	for (; times > 0 && len > 1; times--)
	{
		size_t		at = unit_random(3) == 0 ? unit_random(len < 20 ? len : 20) :
			unit_random(len);
		size_t		n = 1 + unit_random(8);

		switch (unit_random(5))
		{
			case 0:
				packed[at] ^= 1 << unit_random(8);
				break;
			case 1:
				packed[at] = unit_random(256);
				break;
			case 2:
				n = n < len - at ? n : len - at;
				memmove(packed + at, packed + at + n, len - at - n);
				len -= n;
				break;
			case 3:
				memmove(packed + at + n, packed + at, len - at);
				for (size_t i = 0; i < n; i++)
					packed[at + i] = unit_random(256);
				len += n;
				break;
			default:
				len = at + 1;
				break;
		}
	}
	return len;
}

/* Is what came out of both the same, as far as both go? */
static bool
agree(void)
{
	size_t		both = ours.len < theirs.len ? ours.len : theirs.len;

	if (memcmp(ours.data, theirs.data, both) != 0)
		return false;
	/* damage that goes beyond all bounds */
	if (ours.len == MOST || theirs.len == MOST)
		return true;
	if ((ours.status == GZIP_OK) != (theirs.status == GZIP_OK))
		return false;
	return ours.status != GZIP_OK || ours.len == theirs.len;
}

static void
test_damage(void)
{
	int			times = unit_times(4000);
	bool		good = true;
	int			failures = 0;
	int			truncated = 0;

	for (int i = 0; i < times && good; i++)
	{
		size_t		plain_len;
		size_t		len;
		size_t		step;
		size_t		cap;

		unit_seed(90000 + i);
		len = damage(make_file(&plain_len));
		inflate_theirs(packed, len);
		step = any_size(len);
		cap = any_size(theirs.len);
		inflate_ours(packed, len, step, cap);
		failures += ours.status == GZIP_BAD_DATA;
		truncated += ours.status == GZIP_TRUNCATED;
		good = agree();
		if (!good)
			diag("seed %d, step %zu, cap %zu: status %d, %zu bytes; zlib %d, %zu",
				 90000 + i, step, cap, (int) ours.status, ours.len,
				 (int) theirs.status, theirs.len);
	}
	ok(good, "%d damaged files", times);
	ok(failures > times / 4 && truncated > times / 20,
	   "of which %d are damaged and %d are cut short", failures, truncated);
}

/* Noise behind a good header. */
static void
test_noise(void)
{
	int			times = unit_times(20000);
	bool		good = true;

	for (int i = 0; i < times && good; i++)
	{
		size_t		len;
		bool		few;

		unit_seed(200000 + i);
		len = 11 + unit_random(3000);
		few = unit_random(2);
		memcpy(packed, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
		for (size_t k = 10; k < len; k++)
			packed[k] = few ? 0x81 * unit_random(2) : unit_random(256);
		/* all three kinds of blocks, and the one that is none */
		packed[10] = (packed[10] & 0xf8) | unit_random(8);
		inflate_theirs(packed, len);
		inflate_ours(packed, len, any_size(len), any_size(theirs.len));
		good = agree();
		if (!good)
			diag("seed %d: status %d, %zu bytes; zlib %d, %zu", 200000 + i,
				 (int) ours.status, ours.len, (int) theirs.status, theirs.len);
	}
	ok(good, "%d headers with noise behind them", times);
}

int
main(void)
{
	in_end = guarded(2 * MOST);
	out_end = guarded(MOST);
	test_blocks();
	test_damage();
	test_noise();
	return unit_done();
}
