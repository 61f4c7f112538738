/*-------------------------------------------------------------------------
 *
 * test_unzip.c
 *	  Inflating ahead: several streams side by side, fed and read in any
 *	  order, give what gzip.c gives for each, with the thread and without.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <zlib.h>

#include "unit.h"

#include "format/unzip.h"

#define NFILES		6
#define MEGABYTE	((size_t) 1024 * 1024)

/* threads that could not be made */
static bool no_thread;

extern int	__real_pthread_create(pthread_t *t, const pthread_attr_t *a,
								  void *(*f) (void *), void *arg);
int
__wrap_pthread_create(pthread_t *t, const pthread_attr_t *a,
					  void *(*f) (void *), void *arg)
{
	return no_thread ? EAGAIN : __real_pthread_create(t, a, f, arg);
}

typedef struct File
{
	/* what is in it */
	unsigned char *packed;
	size_t		packed_len;
	/* what gzip.c makes of it in one go */
	unsigned char *plain;
	size_t		plain_len;
	GzipStatus	status;
	/* as it is read */
	UnzipStream *stream;
	size_t		fed;
	size_t		got;
	bool		ended;
	bool		over;
	bool		fast;			/* as much as goes at a time */
} File;

/* letters: of how many there are, 0 for noise */
static void
pack(File *f, size_t len, uint32_t letters)
{
	z_stream	zs = {0};
	unsigned char *data = malloc(len + 1);

	for (size_t i = 0; i < len; i++)
		data[i] = letters == 0 ? unit_random(256) :
			"0123456789,\n\"abc"[unit_random(letters)];
	f->packed = malloc(len + len / 100 + 1000);
	if (deflateInit2(&zs, 1, Z_DEFLATED, 16 + MAX_WBITS, 8,
					 Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	zs.next_in = data;
	zs.avail_in = len;
	zs.next_out = f->packed;
	zs.avail_out = len + len / 100 + 1000;
	if (deflate(&zs, Z_FINISH) != Z_STREAM_END)
		abort();
	f->packed_len = zs.total_out;
	deflateEnd(&zs);
	free(data);
}

/* The whole file by gzip.c. */
static void
expect(File *f)
{
	GzipReader *z = gzip_create();
	size_t		room = 4 * MEGABYTE;
	size_t		n;

	f->plain = malloc(room);
	f->plain_len = 0;
	gzip_feed(z, f->packed, f->packed_len);
	do
	{
		f->status = gzip_read(z, f->plain + f->plain_len, room - f->plain_len,
							  &n, true);
		f->plain_len += n;
	} while (f->status == GZIP_OK && n > 0);
	gzip_destroy(z);
}

static void
make_file(File *f)
{
	static const uint32_t sizes[] = {1, 1000, 300000, 900000};

	memset(f, 0, sizeof(*f));
	pack(f, unit_random(sizes[unit_random(4)]), unit_random(17));
	if (unit_random(4) == 0)
		f->packed[unit_random(f->packed_len)] ^= 1 << unit_random(8);
	if (unit_random(6) == 0)
		f->packed_len = 1 + unit_random(f->packed_len);
	expect(f);
}

static void
free_file(File *f)
{
	unzip_close(f->stream);
	free(f->packed);
	free(f->plain);
}

/* Put some of a file in, if there is room; false if there was not. */
static bool
feed(File *f)
{
	size_t		n = f->packed_len - f->fed;
	void	   *room;

	if (f->ended || (room = unzip_room(f->stream)) == NULL)
		return false;
	if (n == 0)
	{
		f->ended = true;
		unzip_end(f->stream);
		return true;
	}
	if (n > UNZIP_INPUT)
		n = UNZIP_INPUT;
	if (!f->fast && unit_random(2))
		n = 1 + unit_random(n);
	memcpy(room, f->packed + f->fed, n);
	f->fed += n;
	unzip_feed(f->stream, n);
	return true;
}

/* Take something out; false where it is not what was expected. */
static bool
take(File *f)
{
	static unsigned char out[UNZIP_BLOCK];
	size_t		n;
	size_t		stored;
	GzipStatus	status;

	while (!unzip_wait(f->stream, 1))
		;
	status = unzip_read(f->stream, out, &n, &stored);
	if (status == GZIP_NEED_INPUT)
		return !f->ended && (feed(f), true);
	if (n > 0)
	{
		size_t		known = f->got < f->plain_len ? f->plain_len - f->got : 0;

		if (status != GZIP_OK || stored > f->fed ||
			(n > known && f->status == GZIP_OK) ||
			memcmp(out, f->plain + f->got, n < known ? n : known) != 0)
			return false;
		f->got += n;
		return true;
	}
	if (status == GZIP_OK && !f->ended)
		return false;
	f->over = true;
	/* how much comes before damage, and what it is, depends on the pieces */
	if (f->status != GZIP_OK)
		return status != GZIP_OK;
	return status == GZIP_OK && f->got == f->plain_len;
}

/* Some files, the first of them read, others fed ahead of that. */
static bool
read_files(File *files, size_t limit, int leave)
{
	int			first = 0;

	for (int i = 0; i < NFILES; i++)
		files[i].stream = unzip_open(limit);
	while (first < NFILES)
	{
		File	   *f = &files[first];
		uint32_t	what = unit_random(8);

		if (unit_random(4) == 0)
			usleep(100);		/* the thread's turn */
		if (what == 0 && first + 1 < NFILES)
			(void) feed(&files[first + 1 + unit_random(NFILES - first - 1)]);
		else if (what < 4)
			(void) feed(f);
		else if (what == 4 && leave > 0 && unit_random(leave) == 0)
			return true;
		else if (!take(f))
		{
			diag("file %d, %zu of %zu bytes", first, f->got, f->plain_len);
			return false;
		}
		if (f->over)
		{
			unzip_close(f->stream);
			f->stream = NULL;
			first++;
		}
	}
	return true;
}

static void
test_files(size_t limit, int leave, const char *what)
{
	int			times = 2 + unit_times(22);
	size_t		ahead = unzip_blocks_ahead();
	bool		good = true;

	for (int i = 0; i < times && good; i++)
	{
		File		files[NFILES];

		unit_seed(7000 + i);
		for (int k = 0; k < NFILES; k++)
			make_file(&files[k]);
		good = read_files(files, limit, leave);
		if (!good)
			diag("seed %d", 7000 + i);
		for (int k = 0; k < NFILES; k++)
			free_file(&files[k]);
		if (unit_random(3) == 0)
			unzip_free_spares();
	}
	ok(good, "%d times %d files, %s", times, NFILES, what);
	unzip_free_spares();
	ahead = unzip_blocks_ahead() - ahead;
	if (limit == 0 || no_thread)
		ok(ahead == 0, "the thread made no block");
	else if (leave == 0 && limit > MEGABYTE)
		ok(ahead > 0, "the thread made %zu blocks", ahead);
	else
		diag("the thread made %zu blocks", ahead);
}

/* Fed alone, a file's first blocks are made before anybody asks for them. */
static void
test_ahead(void)
{
	size_t		limit = 4 * MEGABYTE;
	size_t		before = unzip_blocks_ahead();
	File		f = {0};
	File		g = {0};
	int			waited = 0;

	unit_seed(1);
	f.fast = g.fast = true;
	pack(&f, 2 * MEGABYTE, 8);
	expect(&f);
	f.stream = unzip_open(limit);
	while (unzip_blocks_ahead() - before < 8 && waited++ < 20000)
	{
		if (f.fed == f.packed_len || !feed(&f))
			usleep(1000);
	}
	ok(unzip_blocks_ahead() - before >= 8,
	   "a file within the limit is inflated before it is read");

	/* another: until the limit is met */
	g.packed = malloc(f.packed_len);
	g.packed_len = f.packed_len;
	memcpy(g.packed, f.packed, f.packed_len);
	expect(&g);
	g.stream = unzip_open(limit);
	for (waited = 0; waited < 100;)
	{
		if (!feed(&g))
		{
			usleep(1000);
			waited++;
		}
	}
	ok(g.fed < g.packed_len && (unzip_blocks_ahead() - before) * UNZIP_BLOCK <= limit,
	   "another waits where the limit is met");
	ok(!unzip_has_room(limit), "and one more is not to be begun");
	while (!f.over && take(&f))
		(void) feed(&f);
	unzip_close(f.stream);
	f.stream = NULL;
	while (!g.over && take(&g))
		(void) feed(&g);
	ok(f.over && f.got == f.plain_len && g.over && g.got == g.plain_len,
	   "both are read to their ends");
	free_file(&f);
	free_file(&g);
	unzip_free_spares();
	ok(unzip_has_room(limit), "and nothing is held");
}

static volatile sig_atomic_t elsewhere;
static pthread_t owner;

static void
handler(int sig)
{
	if (!pthread_equal(pthread_self(), owner))
		elsewhere = 1;
}

/* While the thread works, signals come to the owner. */
static void
test_signals(void)
{
	File		f = {0};
	size_t		before = unzip_blocks_ahead();
	bool		good = true;

	owner = pthread_self();
	signal(SIGUSR1, handler);
	unit_seed(2);
	f.fast = true;
	pack(&f, MEGABYTE, 8);
	expect(&f);
	/* until the thread had its turn */
	for (int i = 0; i < 1000 && good && unzip_blocks_ahead() < before + 3; i++)
	{
		f.stream = unzip_open(4 * MEGABYTE);
		f.fed = f.got = 0;
		f.ended = f.over = false;
		while (!f.over && good)
		{
			kill(getpid(), SIGUSR1);
			(void) feed(&f);
			if (unit_random(3) == 0)
				usleep(100);
			good = take(&f);
		}
		unzip_close(f.stream);
		f.stream = NULL;
	}
	ok(good && !elsewhere && unzip_blocks_ahead() >= before + 3,
	   "handlers of signals run in the owner's thread");
	free_file(&f);
	unzip_free_spares();
}

int
main(void)
{
	test_files(8 * MEGABYTE, 0, "ahead");
	test_files(MEGABYTE, 0, "ahead with little room");
	test_files(8 * MEGABYTE, 20, "closed anywhere");
	test_files(0, 0, "without the thread");
	no_thread = true;
	test_files(8 * MEGABYTE, 0, "where no thread can be made");
	no_thread = false;
	test_ahead();
	test_signals();
	return unit_done();
}
