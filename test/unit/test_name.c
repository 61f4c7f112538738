/*-------------------------------------------------------------------------
 *
 * test_name.c
 *	  Object names, date folders and timestamps.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "log/name.h"

#define SEC		INT64_C(1000000)
#define HOUR	(3600 * SEC)
#define DAY		(24 * HOUR)

/* Days from 2000-01-01, counted one by one. */
static int64_t
slow_days(int year, int month, int day)
{
	int64_t		days = 0;

	for (int y = 2000; y < year; y++)
		days += (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)) ? 366 : 365;
	for (int y = year; y < 2000; y++)
		days -= (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)) ? 366 : 365;
	for (int m = 1; m < month; m++)
	{
		if (m == 2)
			days += (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) ?
				29 : 28;
		else
			days += (m == 4 || m == 6 || m == 9 || m == 11) ? 30 : 31;
	}
	return days + day - 1;
}

static int64_t
at(int year, int month, int day, int h, int m, int s, int usec)
{
	return slow_days(year, month, day) * DAY + h * HOUR + m * 60 * SEC +
		s * SEC + usec;
}

/* The name in a block of its own size, so that reading past it is seen. */
static NameKind
parse(const char *name, NameInfo *out)
{
	size_t		len = strlen(name);
	char	   *copy = malloc(len + 1);
	NameKind	kind;

	/* an exact block is of no use for the empty name */
	memcpy(copy, name, len);
	copy = realloc(copy, len > 0 ? len : 1);
	kind = name_parse(copy, len, out);
	free(copy);
	return kind;
}

static void
is_load(const char *name, NameKind kind, uint32_t segment, uint64_t counter)
{
	NameInfo	info;
	NameKind	got = parse(name, &info);

	ok(got == kind && info.kind == kind && info.segment == segment &&
	   info.counter == counter && info.time == 0, "%s", name);
}

static void
is_time(const char *name, NameKind kind, int64_t time)
{
	NameInfo	info;
	NameKind	got = parse(name, &info);

	if (!ok(got == kind && info.kind == kind && info.time == time &&
			info.counter == 0 && info.segment == 0, "%s", name))
		diag("kind %d, time %lld, want %lld", (int) got,
			 (long long) info.time, (long long) time);
}

static void
is_other(const char *name)
{
	NameInfo	info;
	NameKind	got = parse(name, &info);

	ok(got == NAME_OTHER && info.kind == NAME_OTHER && info.counter == 0 &&
	   info.segment == 0 && info.time == 0 && !info.parquet,
	   "other: \"%s\"", name);
}

static void
test_loads(void)
{
	NameInfo	info;

	is_load("LOAD00000001.csv", NAME_LOAD, 0, 1);
	is_load("LOAD0000000A.csv", NAME_LOAD, 0, 10);
	is_load("LOAD0000000a.csv.gz", NAME_LOAD, 0, 10);
	is_load("LOAD00000010.csv", NAME_LOAD, 0, 16);
	is_load("LOAD001.csv.gz", NAME_LOAD, 0, 1);
	is_load("LOAD1.csv", NAME_LOAD, 0, 1);
	is_load("LOADFFFFFFFFFFFFFFFF.csv", NAME_LOAD, 0, UINT64_MAX);
	is_load("LOAD0000FFFFFFFFFFFFFFFF.csv", NAME_LOAD, 0, UINT64_MAX);
	is_load("LOAD00000001.parquet", NAME_LOAD, 0, 1);
	is_load("LOAD00000001.CSV", NAME_LOAD, 0, 1);
	is_load("LOAD00000001.Csv.GZ", NAME_LOAD, 0, 1);
	is_load("SEGMENT1_LOAD00000001.csv", NAME_SEGMENT, 1, 1);
	is_load("SEGMENT12_LOAD0000001F.csv.gz", NAME_SEGMENT, 12, 31);
	is_load("SEGMENT4294967295_LOAD1.csv", NAME_SEGMENT, UINT32_MAX, 1);

	parse("LOAD00000001.csv", &info);
	ok(!info.gzip && !info.parquet, "neither gzip nor parquet");
	parse("LOAD00000001.csv.gz", &info);
	ok(info.gzip && !info.parquet, "gzip");
	parse("LOAD00000001.parquet", &info);
	ok(!info.gzip && info.parquet, "parquet");
	parse("20240612-103125108.parquet", &info);
	ok(info.kind == NAME_CDC && info.parquet, "parquet CDC");
	parse("readme.gz", &info);
	ok(info.kind == NAME_OTHER && info.gzip, "other, but gzip");

	is_other("LOAD.csv");
	is_other("LOAD00000001");
	is_other("LOAD00000001.txt");
	is_other("LOAD00000001.gz");
	is_other("LOAD00000001.parquet.gz");
	is_other("LOAD00000001.csv.gz.gz");
	is_other("LOAD00000001.csv.csv");
	is_other("LOAD00000001.csv ");
	is_other(" LOAD00000001.csv");
	is_other("LOAD0000000G.csv");
	is_other("LOAD-1.csv");
	is_other("LOAD0x1.csv");
	is_other("LOAD10000000000000000.csv");
	is_other("load00000001.csv");
	is_other("XLOAD00000001.csv");
	is_other("SEGMENT_LOAD00000001.csv");
	is_other("SEGMENT1_LOAD.csv");
	is_other("SEGMENT1LOAD00000001.csv");
	is_other("SEGMENTA_LOAD00000001.csv");
	is_other("SEGMENT4294967296_LOAD1.csv");
	is_other("SEGMENT18446744073709551617_LOAD1.csv");
	is_other("SEGMENT1.csv");
}

static void
test_cdc(void)
{
	is_time("20240612-103125108.csv", NAME_CDC,
			at(2024, 6, 12, 10, 31, 25, 108000));
	is_time("20240612-103125.csv", NAME_CDC,
			at(2024, 6, 12, 10, 31, 25, 0));
	is_time("20240612-1031251.csv.gz", NAME_CDC,
			at(2024, 6, 12, 10, 31, 25, 100000));
	is_time("20141029-1134010000.csv", NAME_CDC,
			at(2014, 10, 29, 11, 34, 1, 0));
	is_time("20141029-113401123456.csv", NAME_CDC,
			at(2014, 10, 29, 11, 34, 1, 123456));
	is_time("20141029-113401123456999.csv", NAME_CDC,
			at(2014, 10, 29, 11, 34, 1, 123456));
	is_time("20141029-11340100000099999999999999999999.csv", NAME_CDC,
			at(2014, 10, 29, 11, 34, 1, 0));
	is_time("20000101-000000000.csv", NAME_CDC, 0);
	is_time("19991231-235959999.csv", NAME_CDC, -1000);
	is_time("20240229-235959999.csv", NAME_CDC,
			at(2024, 2, 29, 23, 59, 59, 999000));
	is_time("20000229-000000.csv", NAME_CDC, at(2000, 2, 29, 0, 0, 0, 0));
	is_time("00010101-000000.csv", NAME_CDC, at(1, 1, 1, 0, 0, 0, 0));
	is_time("99991231-235959.csv", NAME_CDC, at(9999, 12, 31, 23, 59, 59, 0));
	is_time("CDC_TXN-20201117153046033.csv", NAME_TXN,
			at(2020, 11, 17, 15, 30, 46, 33000));
	is_time("CDC_TXN-20201117153046.csv.gz", NAME_TXN,
			at(2020, 11, 17, 15, 30, 46, 0));

	is_other("20230229-103125108.csv");
	is_other("19000229-103125108.csv");
	is_other("20240230-103125108.csv");
	is_other("20240431-103125108.csv");
	is_other("20241301-103125108.csv");
	is_other("20240001-103125108.csv");
	is_other("20240100-103125108.csv");
	is_other("20240132-103125108.csv");
	is_other("00000101-103125108.csv");
	is_other("20240612-240000000.csv");
	is_other("20240612-106000000.csv");
	is_other("20240612-103160000.csv");
	is_other("20240612-10312.csv");
	is_other("20240612103125108.csv");
	is_other("20240612_103125108.csv");
	is_other("2024612-103125108.csv");
	is_other("20240612-103125108.csv.tmp");
	is_other("20240612-103125.108.csv");
	is_other("20240612-103125108 (1).csv");
	is_other("20240612-103125108Z.csv");
	is_other("x20240612-103125108.csv");
	is_other("CDC_TXN-20201117-153046033.csv");
	is_other("CDC_TXN-20200230153046033.csv");
	is_other("CDC_TXN-2020111715304.csv");
	is_other("CDC_TXN20201117153046033.csv");
	is_other("cdc_txn-20201117153046033.csv");
}

static void
test_others(void)
{
	NameInfo	info;

	is_other("");
	is_other(".csv");
	is_other(".csv.gz");
	is_other(".gz");
	is_other("csv");
	is_other("_SUCCESS");
	is_other("LOAD001.dfm");
	is_other("20240612-103125108.dfm");
	is_other("readme.csv");
	is_other("awsdms_status.csv");
	ok(name_parse("LOAD1.csv\0x", 11, &info) == NAME_OTHER, "a zero byte");
	ok(name_parse("LOAD1\0.csv", 10, &info) == NAME_OTHER,
	   "a zero byte inside");
	ok(name_parse("LOAD1.csvgarbage", 9, &info) == NAME_LOAD,
	   "no byte past the length counts");
}

/* Every day of 420 years and every prefix of a name. */
static void
test_calendar(void)
{
	int64_t		expected = slow_days(1890, 1, 1) * DAY;
	bool		good = true;

	for (int y = 1890; y < 2310 && good; y++)
		for (int m = 1; m <= 12 && good; m++)
			for (int d = 1; d <= 31 && good; d++)
			{
				char		name[64];
				NameInfo	info;
				bool		leap = y % 4 == 0 &&
					(y % 100 != 0 || y % 400 == 0);
				bool		real = !((m == 2 && d > (leap ? 29 : 28)) ||
									 (d == 31 && (m == 4 || m == 6 || m == 9 ||
												  m == 11)));

				snprintf(name, sizeof(name), "%04d%02d%02d-000000.csv",
						 y, m, d);
				parse(name, &info);
				good = real ? info.kind == NAME_CDC && info.time == expected :
					info.kind == NAME_OTHER;
				if (!good)
					diag("%s", name);
				if (real)
					expected += DAY;
			}
	ok(good, "each day from 1890 to 2309");

	good = true;
	for (size_t n = 0; n < strlen("SEGMENT1_LOAD00000001.csv"); n++)
	{
		char		name[64] = {0};
		NameInfo	info;

		memcpy(name, "SEGMENT1_LOAD00000001.csv", n);
		good = good && parse(name, &info) == NAME_OTHER;
		memset(name, 0, sizeof(name));
		memcpy(name, "CDC_TXN-20201117153046033.csv", n);
		good = good && parse(name, &info) == NAME_OTHER;
	}
	ok(good, "no prefix of a name is a name");
}

static void
is_span(const char *path, DateSequence seq, char delimiter, int nlevels,
		int64_t from, int64_t to)
{
	int64_t		f = 0,
				t = 0;
	size_t		len = strlen(path);
	char	   *copy = malloc(len > 0 ? len : 1);
	bool		got;

	memcpy(copy, path, len);
	got = name_parse_date(copy, len, seq, delimiter, nlevels, &f, &t);
	free(copy);
	if (!ok(got && f == from && t == to, "%s in sequence %d, %d levels",
			path, (int) seq, nlevels))
		diag("%d %lld %lld", got, (long long) f, (long long) t);
}

static void
no_span(const char *path, DateSequence seq, char delimiter, int nlevels)
{
	int64_t		f,
				t;

	ok(!name_parse_date(path, strlen(path), seq, delimiter, nlevels, &f, &t),
	   "no date: %s in sequence %d, delimiter %d, %d levels", path,
	   (int) seq, delimiter, nlevels);
}

static void
test_folder_dates(void)
{
	int64_t		year = at(2024, 1, 1, 0, 0, 0, 0);
	int64_t		nextyear = at(2025, 1, 1, 0, 0, 0, 0);
	int64_t		month = at(2024, 6, 1, 0, 0, 0, 0);
	int64_t		nextmonth = at(2024, 7, 1, 0, 0, 0, 0);
	int64_t		day = at(2024, 6, 12, 0, 0, 0, 0);
	int64_t		hour = at(2024, 6, 12, 23, 0, 0, 0);
	static const char delimiters[] = {'-', '_', 0};

	for (int i = 0; i < 3; i++)
	{
		char		d = delimiters[i];
		char		path[64];
		const char *p = path;
		char		text[2] = {d, 0};

		for (int s = 0; s <= DATE_DDMMYYYY; s++)
			ok_int(name_date_levels((DateSequence) s, d), 1, "one level");

#define PATH(...) (snprintf(path, sizeof(path), __VA_ARGS__), p)
		is_span(PATH("2024%s06%s12/", text, text), DATE_YYYYMMDD, d, 1,
				day, day + DAY);
		is_span(PATH("2024%s06%s12%s23/", text, text, text), DATE_YYYYMMDDHH,
				d, 1, hour, hour + HOUR);
		is_span(PATH("2024%s06/", text), DATE_YYYYMM, d, 1, month, nextmonth);
		is_span(PATH("06%s2024%s12/", text, text), DATE_MMYYYYDD, d, 1,
				day, day + DAY);
		is_span(PATH("12%s06%s2024/", text, text), DATE_DDMMYYYY, d, 1,
				day, day + DAY);
		no_span(PATH("2024%s06%s12", text, text), DATE_YYYYMMDD, d, 1);
		no_span(PATH("2024/06/12/"), DATE_YYYYMMDD, d, 1);
		no_span(PATH("2024%s06%s12/", text, text), DATE_YYYYMMDD, d, 2);
		no_span(PATH("2024%s06%s12%s24/", text, text, text),
				DATE_YYYYMMDDHH, d, 1);
		no_span(PATH("2023%s02%s29/", text, text), DATE_YYYYMMDD, d, 1);
		no_span(PATH("2024%s06%s1/", text, text), DATE_YYYYMMDD, d, 1);
		no_span(PATH("2024%s06%s12x/", text, text), DATE_YYYYMMDD, d, 1);
#undef PATH
	}
	no_span("2024-06_12/", DATE_YYYYMMDD, '-', 1);
	no_span("20240612/", DATE_YYYYMMDD, '-', 1);
	no_span("2024-06-12/", DATE_YYYYMMDD, 0, 1);

	ok_int(name_date_levels(DATE_YYYYMMDD, '/'), 3, "3 levels");
	ok_int(name_date_levels(DATE_YYYYMMDDHH, '/'), 4, "4 levels");
	ok_int(name_date_levels(DATE_YYYYMM, '/'), 2, "2 levels");
	ok_int(name_date_levels(DATE_MMYYYYDD, '/'), 3, "3 levels");
	ok_int(name_date_levels(DATE_DDMMYYYY, '/'), 3, "3 levels");

	is_span("", DATE_YYYYMMDD, '/', 0, INT64_MIN, INT64_MAX);
	is_span("2024/", DATE_YYYYMMDD, '/', 1, year, nextyear);
	is_span("2024/06/", DATE_YYYYMMDD, '/', 2, month, nextmonth);
	is_span("2024/06/12/", DATE_YYYYMMDD, '/', 3, day, day + DAY);
	is_span("2024/12/", DATE_YYYYMM, '/', 2, at(2024, 12, 1, 0, 0, 0, 0),
			nextyear);
	is_span("2024/02/", DATE_YYYYMM, '/', 2, at(2024, 2, 1, 0, 0, 0, 0),
			at(2024, 3, 1, 0, 0, 0, 0));
	is_span("2024/", DATE_YYYYMM, '/', 1, year, nextyear);
	is_span("2024/06/12/", DATE_YYYYMMDDHH, '/', 3, day, day + DAY);
	is_span("2024/06/12/23/", DATE_YYYYMMDDHH, '/', 4, hour, hour + HOUR);
	is_span("06/", DATE_MMYYYYDD, '/', 1, INT64_MIN, INT64_MAX);
	is_span("06/2024/", DATE_MMYYYYDD, '/', 2, month, nextmonth);
	is_span("06/2024/12/", DATE_MMYYYYDD, '/', 3, day, day + DAY);
	is_span("31/", DATE_DDMMYYYY, '/', 1, INT64_MIN, INT64_MAX);
	is_span("29/02/", DATE_DDMMYYYY, '/', 2, INT64_MIN, INT64_MAX);
	is_span("12/06/2024/", DATE_DDMMYYYY, '/', 3, day, day + DAY);
	is_span("9999/", DATE_YYYYMM, '/', 1, at(9999, 1, 1, 0, 0, 0, 0),
			at(10000, 1, 1, 0, 0, 0, 0));
	is_span("2024/06/12/20240612-103125108.csv", DATE_YYYYMMDD, '/', 3,
			day, day + DAY);

	no_span("2024/06", DATE_YYYYMMDD, '/', 2);
	no_span("2024/", DATE_YYYYMMDD, '/', 2);
	no_span("2024/13/", DATE_YYYYMMDD, '/', 2);
	no_span("0000/", DATE_YYYYMMDD, '/', 1);
	no_span("202/", DATE_YYYYMMDD, '/', 1);
	no_span("20245/", DATE_YYYYMMDD, '/', 1);
	no_span("13/", DATE_MMYYYYDD, '/', 1);
	no_span("00/", DATE_MMYYYYDD, '/', 1);
	no_span("32/", DATE_DDMMYYYY, '/', 1);
	no_span("00/", DATE_DDMMYYYY, '/', 1);
	no_span("30/02/", DATE_DDMMYYYY, '/', 2);
	no_span("29/02/2023/", DATE_DDMMYYYY, '/', 3);
	no_span("part/", DATE_YYYYMMDD, '/', 1);
	no_span("2024/06/12/23/", DATE_YYYYMMDD, '/', 4);
	no_span("2024/06/12/24/", DATE_YYYYMMDDHH, '/', 4);
	no_span("2024/", DATE_YYYYMMDD, '/', -1);
}

static void
is_timestamp(const char *s, int64_t want)
{
	int64_t		got = 1;

	ok(name_parse_timestamp(s, strlen(s), &got) && got == want,
	   "timestamp %s", s);
}

static void
no_timestamp(const char *s)
{
	int64_t		got;

	ok(!name_parse_timestamp(s, strlen(s), &got), "no timestamp: \"%s\"", s);
}

/* What reads seconds alone says the same of them, where it reads at all. */
static void
test_seconds(void)
{
	char		text[] = "2000-01-01 00:00:00.000000";
	char	   *seconds = text + strlen(text) - NAME_SECONDS_LEN;
	int			differ = 0;

	for (int at = 0; at < NAME_SECONDS_LEN; at++)
		for (int byte = 0; byte < 256 * 100; byte++)
		{
			int64_t		whole;
			int64_t		part;

			memcpy(seconds, "59.876543", NAME_SECONDS_LEN);
			seconds[(at + 1) % NAME_SECONDS_LEN] = (char) (byte / 256);
			seconds[at] = (char) byte;
			if (name_parse_seconds(seconds, &part) &&
				(!name_parse_timestamp(text, strlen(text), &whole) ||
				 whole != part))
				differ++;
		}
	ok(differ == 0, "seconds as in a whole timestamp");
	memcpy(seconds, "25.123456", NAME_SECONDS_LEN);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	{
		int64_t		part;

		ok(name_parse_seconds(seconds, &part) && part == 25123456,
		   "the usual seconds");
	}
#endif
}

static void
test_timestamps(void)
{
	int64_t		t = at(2024, 6, 12, 10, 31, 25, 0);

	is_timestamp("2024-06-12 10:31:25.123456", t + 123456);
	is_timestamp("2024-06-12T10:31:25.123456", t + 123456);
	is_timestamp("2024-06-12 10:31:25.000001", t + 1);
	is_timestamp("2024-06-12 10:31:25", t);
	is_timestamp("2024-06-12 10:31:25.1", t + 100000);
	is_timestamp("2024-06-12 10:31:25.1234569", t + 123456);
	is_timestamp("2000-01-01 00:00:00", 0);
	is_timestamp("1999-12-31 23:59:59.999999", -1);
	no_timestamp("");
	no_timestamp("2024-06-12");
	no_timestamp("2024-06-12 10:31");
	no_timestamp("2024-06-12 10:31:25.");
	no_timestamp("2024-06-12 10:31:25 ");
	no_timestamp(" 2024-06-12 10:31:25");
	no_timestamp("2024-06-12  10:31:25");
	no_timestamp("2024-06-12 10:31:25Z");
	no_timestamp("2024-06-12 10:31:25+00");
	no_timestamp("2024-06-12 10:31:25.12x");
	no_timestamp("2024-06-12 24:00:00");
	no_timestamp("2024-06-12 10:31:60");
	no_timestamp("2024-06-12 10:60:00");
	no_timestamp("2024-02-30 10:31:25");
	no_timestamp("2023-02-29 10:31:25");
	no_timestamp("0000-01-01 00:00:00");
	no_timestamp("2024/06/12 10:31:25");
	no_timestamp("2024-6-12 10:31:25");
}

static NameKind
near(const char *name)
{
	size_t		len = strlen(name);
	char	   *copy = malloc(len + 1);
	NameKind	kind;

	memcpy(copy, name, len);
	copy = realloc(copy, len > 0 ? len : 1);
	kind = name_near(copy, len);
	free(copy);
	return kind;
}

static void
test_near(void)
{
	static const char *const loads[] = {
		"load00000001.csv", "LOAD00000001_20240102.csv",
		"LOAD00000001 (1).csv.gz", "Load0000000A.CSV",
		"segment1_load00000001.csv", "SEGMENT1_LOAD00000001-copy.csv",
		"LOAD00000001.csv.zst", "LOAD00000001.csv.bak", "LOAD00000001.csv.1",
		"LOAD00000001.txt", "load00000001", " LOAD00000001.csv", "LOAD00000001.gz"
	};
	static const char *const changes[] = {
		"20240102-000000000 (1).csv", "20240102-000000000_copy.csv.gz",
		"20240102-000000.000.csv", "20241302-000000000.csv",
		"20240102-000000000.csv.zst", "20240102-000000000", "20240102-000000000.txt"
	};
	static const char *const others[] = {
		"", ".csv", "LOAD00000001.csv", "20240102-000000000.csv",
		"loadable.csv", "load.csv", "LOAD0001x.csv", "20240102.csv", "2024.csv",
		"LOAD00000001.parquet", "LOAD00000001.dfm", "segment.csv", "segment1_.csv",
		"20240102-00000.csv"
	};

	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		ok(near(loads[i]) == NAME_LOAD, "%s is nearly a full load file", loads[i]);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		ok(near(changes[i]) == NAME_CDC, "%s is nearly a change file", changes[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ok(near(others[i]) == NAME_OTHER, "%s is near to nothing", others[i]);
}

int
main(void)
{
	test_near();
	test_loads();
	test_cdc();
	test_others();
	test_calendar();
	test_folder_dates();
	test_timestamps();
	test_seconds();
	return unit_done();
}
