/*-------------------------------------------------------------------------
 *
 * fuzz_name.c
 *	  Any bytes as an object's name, as date folders and as a time.
 *
 * It is a failure when a time read does not come out of its reading again,
 * when a name with another ending is of another kind, or when a span of dates
 * does not hold what its folders say.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log/name.h"

#define SECOND	INT64_C(1000000)
#define EPOCH	INT64_C(946684800)	/* 2000-01-01 in Unix time */

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fail(const char *what)
{
	fprintf(stderr, "name: %s\n", what);
	abort();
}

/* Write a time by the C library; its fraction is in *usec. */
static void
write_time(int64_t t, const char *form, char *out, size_t size, int *usec)
{
	int64_t		seconds = t / SECOND - (t % SECOND < 0);
	time_t		unix_time = (time_t) (seconds + EPOCH);
	struct tm	tm;

	*usec = (int) (t - seconds * SECOND);
	if (gmtime_r(&unix_time, &tm) == NULL || tm.tm_year < -1899)
		fail("a time that is none");
	/* %Y does not fill up */
	out += snprintf(out, size, "%04d", tm.tm_year + 1900);
	if (strftime(out, size - 4, form, &tm) == 0)
		fail("a time that is too long");
}

/* Are the digits at s those of the fraction, as far as six of them go? */
static void
check_fraction(const char *s, const char *end, int usec)
{
	char		digits[8];

	snprintf(digits, sizeof(digits), "%06d", usec);
	for (int i = 0; i < 6; i++)
		if (digits[i] != (s + i < end && *s >= '0' && s[i] >= '0' &&
						  s[i] <= '9' ? s[i] : '0'))
			fail("a fraction of a second is another");
}

static void
check_name(const char *s, size_t len)
{
	NameInfo	info;
	NameInfo	other;
	NameKind	kind = name_parse(s, len, &info);
	char		again[64];
	char	   *longer;
	size_t		skip = kind == NAME_TXN ? 8 : 0;
	int			usec;

	if (kind != info.kind)
		fail("two kinds");
	if (kind == NAME_CDC || kind == NAME_TXN)
	{
		write_time(info.time, kind == NAME_TXN ? "%m%d%H%M%S" : "%m%d-%H%M%S",
				   again, sizeof(again), &usec);
		if (memcmp(s + skip, again, strlen(again)) != 0)
			fail("the time of a name does not come out again");
		check_fraction(s + skip + strlen(again), s + len, usec);
	}
	/* a compressed name is the same name */
	longer = malloc(len + 3);
	memcpy(longer, s, len);
	memcpy(longer + len, ".gz", 3);
	(void) name_parse(longer, len + 3, &other);
	if (kind != NAME_OTHER && !info.gzip && !info.parquet &&
		(other.kind != kind || !other.gzip || other.time != info.time ||
		 other.counter != info.counter || other.segment != info.segment))
		fail("compressed, a name is another");
	free(longer);
}

static void
check_timestamp(const char *s, size_t len)
{
	int64_t		t;
	int64_t		other;
	char		again[64];
	char	   *longer;
	int			usec;

	if (!name_parse_timestamp(s, len, &t))
		return;
	write_time(t, "-%m-%d %H:%M:%S", again, sizeof(again), &usec);
	again[10] = s[10];
	if (memcmp(s, again, 19) != 0)
		fail("a time does not come out again");
	check_fraction(s + 20, s + len, len > 20 ? usec : 0);
	/* with a digit more it goes another way through the parser */
	if (len <= 20)
		return;
	longer = malloc(len + 1);
	memcpy(longer, s, len);
	longer[len] = '0';
	if (!name_parse_timestamp(longer, len + 1, &other) || other != t)
		fail("a zero changes a time");
	free(longer);
}

/* Write the parts of a date as they stand in folders. */
static void
check_date(const uint8_t *head, const char *s, size_t len)
{
	static const char *const parts[] = {"yMd", "yMdH", "yM", "Myd", "dMy"};
	static const char delimiters[] = {'/', '-', '_', 0};
	DateSequence seq = head[0] % 5;
	char		delimiter = delimiters[head[1] % 4];
	int			levels = head[2] % 6;
	int64_t		from;
	int64_t		to;
	int64_t		outer[2];
	char		date[64];
	const char *at = s;
	int			usec;

	if (!name_parse_date(s, len, seq, delimiter, levels, &from, &to))
		return;
	if (from >= to || levels > name_date_levels(seq, delimiter))
		fail("a date without a span");
	/* the folder above leaves more open */
	if (levels > 0 && delimiter == '/' &&
		(!name_parse_date(s, len, seq, delimiter, levels - 1, &outer[0],
						  &outer[1]) ||
		 outer[0] > from || outer[1] < to))
		fail("a folder is not within the one above");
	if (from == INT64_MIN)
		return;
	write_time(from, "%m%d%H", date, sizeof(date), &usec);
	for (int i = 0; parts[seq][i] != '\0' && (delimiter != '/' || i < levels);
		 i++)
	{
		char		part = parts[seq][i];
		int			n = part == 'y' ? 4 : 2;
		const char *want = date + (part == 'y' ? 0 : part == 'M' ? 4 :
								   part == 'd' ? 6 : 8);

		if (memcmp(at, want, n) != 0)
			fail("a date does not come out again");
		at += n + (delimiter != 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *s;
	size_t		len;

	if (size < 4)
		return 0;
	/* a block of its own: reading past its end is noticed */
	len = size - 4;
	s = malloc(len + (len == 0));
	memcpy(s, data + 4, len);
	switch (data[0] % 3)
	{
		case 0:
			check_name(s, len);
			(void) name_near(s, len);
			break;
		case 1:
			check_timestamp(s, len);
			break;
		default:
			check_date(data + 1, s, len);
	}
	free(s);
	return 0;
}
