/*-------------------------------------------------------------------------
 *
 * gunzip.c
 *	  How fast gzip files are inflated: by src/format/gzip.c, and by zlib, in
 *	  the same pieces and in turn.
 *
 *	  gunzip ROUNDS FILE...
 *
 * Prints the median of the rounds for both.  Built by hand, in the top folder
 * (with zlib1g-dev):
 *	  gcc -O2 -Isrc -o /tmp/gunzip bench/gunzip.c src/format/gzip.c -lisal -lz
 *	  /tmp/gunzip 5 build/bench/log/gz/bench/t/2*.gz
 *
 *-------------------------------------------------------------------------
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "format/gzip.h"

/* as src/log/reader.c does */
#define PIECE_IN	(64 * 1024)
#define PIECE_OUT	(256 * 1024)

static unsigned char in[PIECE_IN];
static unsigned char out[PIECE_OUT];

static void
die(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

static int64_t
by_reader(FILE *file)
{
	GzipReader *z = gzip_create();
	int64_t		total = 0;
	bool		eof = false;
	GzipStatus	status;
	size_t		n;

	if (z == NULL)
		die("out of memory");
	for (;;)
	{
		status = gzip_read(z, out, sizeof(out), &n, eof);
		if (status == GZIP_OK && n > 0)
			total += n;
		else if (status == GZIP_NEED_INPUT)
		{
			size_t		got = fread(in, 1, sizeof(in), file);

			eof = got == 0;
			gzip_feed(z, in, got);
		}
		else
			break;
	}
	if (status != GZIP_OK)
		die(gzip_message(z));
	gzip_destroy(z);
	return total;
}

/* One member. */
static int64_t
by_zlib(FILE *file)
{
	z_stream	zs = {0};
	int64_t		total = 0;
	int			rc = Z_OK;

	if (inflateInit2(&zs, 16 + MAX_WBITS) != Z_OK)
		die("out of memory");
	while (rc == Z_OK || rc == Z_BUF_ERROR)
	{
		if (zs.avail_in == 0)
		{
			zs.next_in = in;
			zs.avail_in = fread(in, 1, sizeof(in), file);
			if (zs.avail_in == 0)
				die("too short");
		}
		do
		{
			zs.next_out = out;
			zs.avail_out = sizeof(out);
			rc = inflate(&zs, Z_NO_FLUSH);
			total += sizeof(out) - zs.avail_out;
		} while (rc == Z_OK && zs.avail_out == 0);
	}
	if (rc != Z_STREAM_END)
		die(zs.msg ? zs.msg : "damaged");
	inflateEnd(&zs);
	return total;
}

/* Seconds for all files. */
static double
inflate_all(int64_t (*inflate_one) (FILE *), char **files, int64_t *total)
{
	struct timespec a;
	struct timespec b;

	*total = 0;
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (; *files; files++)
	{
		FILE	   *file = fopen(*files, "rb");

		if (file == NULL)
			die(*files);
		*total += inflate_one(file);
		fclose(file);
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	return b.tv_sec - a.tv_sec + (b.tv_nsec - a.tv_nsec) / 1e9;
}

static int
compare(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return x < y ? -1 : x > y;
}

static void
print(const char *name, double *seconds, int rounds, int64_t total)
{
	qsort(seconds, rounds, sizeof(double), compare);
	printf("%-16s %.3f s, %.0f MB/s\n", name, seconds[rounds / 2],
		   total / 1e6 / seconds[rounds / 2]);
}

int
main(int argc, char **argv)
{
	int			rounds = argc > 2 ? atoi(argv[1]) : 0;
	double	   *ours = calloc(rounds > 0 ? rounds : 1, sizeof(double));
	double	   *theirs = calloc(rounds > 0 ? rounds : 1, sizeof(double));
	int64_t		total = 0;
	int64_t		other;

	if (rounds < 1 || ours == NULL || theirs == NULL)
		die("usage: gunzip ROUNDS FILE...");
	/* once unmeasured, so that the files lie in memory */
	inflate_all(by_reader, argv + 2, &total);
	for (int i = 0; i < rounds; i++)
	{
		ours[i] = inflate_all(by_reader, argv + 2, &total);
		theirs[i] = inflate_all(by_zlib, argv + 2, &other);
		if (total != other)
			die("they differ");
	}
	printf("%.0f MB inflated\n", total / 1e6);
	print("format/gzip.c", ours, rounds, total);
	print("zlib", theirs, rounds, total);
	return 0;
}
