/*-------------------------------------------------------------------------
 *
 * genlog.c
 *	  Makes a change log for the bench: deterministic, as DMS would write it.
 *
 *	  genlog DIR [base_rows [cdc_files [changes_per_file [same]]]]
 *
 * Writes DIR/bench/t/LOAD0000000{1,2}.csv and the CDC files, without header,
 * with commit times: bigint key, bigint, short text, numeric(10,2), text with
 * commas, quotes, newlines and Japanese, JSON text, two timestamps.  Changes
 * are 20 % I, 70 % U and 10 % D; with "same" all are updates of base rows, so
 * that the live keys stay the same.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define LOAD_START	1704067200	/* 2024-01-01 00:00:00 UTC */
#define FILE_EVERY	60			/* seconds between CDC files */

static uint64_t state = 88172645463325252ULL;

static uint64_t
draw(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % n;
}

static const char *const words[] = {
	"humidifier", "kettle", "lamp", "rug", "shelf", "mirror", "chair", "clock"
};

static const char *const notes[] = {
	"plain words without anything special in them",
	"\"one, two, and three\"",
	"\"she said \"\"fine\"\" and left\"",
	"\"first line\nsecond line\"",
	"\xe5\x8a\xa0\xe6\xb9\xbf\xe5\x99\xa8\xe3\x81\xaf\xe5\xae\x89\xe3\x81\x84",
	"short",
	"a somewhat longer remark about the delivery of the goods to the customer",
	""
};

static FILE *
create(const char *dir, const char *name)
{
	char		path[4096];
	FILE	   *f;

	snprintf(path, sizeof(path), "%s/bench/t/%s", dir, name);
	f = fopen(path, "w");
	if (f == NULL)
	{
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	setvbuf(f, NULL, _IOFBF, 1 << 20);
	return f;
}

static void
put_time(FILE *f, int64_t at, unsigned micros)
{
	time_t		t = (time_t) at;
	struct tm	tm;

	gmtime_r(&t, &tm);
	fprintf(f, "%04d-%02d-%02d %02d:%02d:%02d.%06u", tm.tm_year + 1900,
			tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
			micros);
}

static void
put_row(FILE *f, uint64_t key)
{
	fprintf(f, "%" PRIu64 ",%" PRIu64 ",%s,%" PRIu64 ".%02" PRIu64 ",%s,"
			"\"{\"\"n\"\": %" PRIu64 ", \"\"tags\"\": [\"\"a\"\", \"\"b\"\"]}\",",
			key, draw(1000000000), words[draw(8)], draw(100000), draw(100),
			notes[draw(8)], draw(1000));
	put_time(f, LOAD_START - (int64_t) draw(100000000), (unsigned) draw(1000000));
	fputc(',', f);
	put_time(f, LOAD_START - (int64_t) draw(1000000), 0);
	fputc('\n', f);
}

int
main(int argc, char **argv)
{
	uint64_t	base = argc > 2 ? strtoull(argv[2], NULL, 10) : 2000000;
	int			files = argc > 3 ? atoi(argv[3]) : 500;
	int			changes = argc > 4 ? atoi(argv[4]) : 8000;
	bool		same = argc > 5 && strcmp(argv[5], "same") == 0;
	uint64_t	next_key = base;
	char		path[4096];
	FILE	   *f;

	if (argc < 2)
	{
		fprintf(stderr, "usage: genlog DIR [base_rows [cdc_files [changes_per_file [same]]]]\n");
		return 2;
	}
	mkdir(argv[1], 0755);
	snprintf(path, sizeof(path), "%s/bench", argv[1]);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/bench/t", argv[1]);
	mkdir(path, 0755);
	for (int n = 0; n < 2; n++)
	{
		f = create(argv[1], n == 0 ? "LOAD00000001.csv" : "LOAD00000002.csv");
		for (uint64_t k = n * (base / 2); k < (n == 0 ? base / 2 : base); k++)
		{
			put_time(f, LOAD_START, 0);
			fputc(',', f);
			put_row(f, k);
		}
		fclose(f);
	}
	for (int n = 0; n < files; n++)
	{
		int64_t		flushed = LOAD_START + 3600 + (int64_t) (n + 1) * FILE_EVERY;
		time_t		t = (time_t) flushed;
		struct tm	tm;

		gmtime_r(&t, &tm);
		strftime(path, sizeof(path), "%Y%m%d-%H%M%S000.csv", &tm);
		f = create(argv[1], path);
		for (int c = 0; c < changes; c++)
		{
			uint64_t	kind = same ? 2 : draw(10);
			uint64_t	key = kind < 2 ? next_key++ : draw(next_key);

			fputs(kind < 2 ? "I," : kind < 9 ? "U," : "D,", f);
			put_time(f, flushed - FILE_EVERY + (int64_t) c * (FILE_EVERY - 1) / changes,
					 (unsigned) ((int64_t) c * (FILE_EVERY - 1) % changes * 1000000 / changes));
			fputc(',', f);
			put_row(f, key);
		}
		fclose(f);
	}
	return 0;
}
