/*-------------------------------------------------------------------------
 *
 * name.c
 *	  What an object's name says.  Never throws, allocates nothing, reads no
 *	  byte past the length given.
 *
 * A name is part of the log only when every byte of it fits one of the forms
 * and its time is one that exists; all others are NAME_OTHER.  Where
 * name_parse_date() is given more than nlevels folders, the rest of the path
 * is not looked at.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "base/ascii.h"
#include "base/calendar.h"
#include "log/name.h"

#define USECS_PER_SEC	INT64_C(1000000)
#define USECS_PER_HOUR	(3600 * USECS_PER_SEC)
#define USECS_PER_DAY	(24 * USECS_PER_HOUR)

/* What is left to read. */
typedef struct Cursor
{
	const char *at;
	const char *end;
} Cursor;

typedef struct DateTime
{
	int			year;
	int			month;
	int			day;
	int			hour;
	int			minute;
	int			second;
	int			usec;
} DateTime;

/* The parts of each sequence, as letters of yyyyMMddHH, one a part. */
static const char *const sequence_parts[] = {
	[DATE_YYYYMMDD] = "yMd",
	[DATE_YYYYMMDDHH] = "yMdH",
	[DATE_YYYYMM] = "yM",
	[DATE_MMYYYYDD] = "Myd",
	[DATE_DDMMYYYY] = "dMy"
};

/* Exactly n digits; false leaves the cursor anywhere. */
static bool
read_number(Cursor *c, int n, int *value)
{
	*value = 0;
	for (; n > 0; n--)
	{
		if (c->at == c->end || !ascii_is_digit(*c->at))
			return false;
		*value = *value * 10 + (*c->at++ - '0');
	}
	return true;
}

static bool
read_text(Cursor *c, const char *text)
{
	size_t		n = strlen(text);

	if ((size_t) (c->end - c->at) < n || memcmp(c->at, text, n) != 0)
		return false;
	c->at += n;
	return true;
}

/* Any number of fraction digits, none included. */
static void
read_fraction(Cursor *c, int *usec)
{
	int			unit = 100000;

	*usec = 0;
	for (; c->at < c->end && ascii_is_digit(*c->at); c->at++)
	{
		*usec += unit * (*c->at - '0');
		unit /= 10;
	}
}

/* One or more hexadecimal digits of a 64-bit number. */
static bool
read_hex(Cursor *c, uint64_t *value)
{
	const char *start = c->at;

	*value = 0;
	for (; c->at < c->end; c->at++)
	{
		int			digit = ascii_hex_digit(*c->at);

		if (digit < 0)
			break;
		if (*value >> 60 != 0)
			return false;
		*value = *value << 4 | (uint64_t) digit;
	}
	return c->at > start;
}

/* One or more decimal digits of a 32-bit number. */
static bool
read_segment(Cursor *c, uint32_t *value)
{
	const char *start = c->at;
	uint64_t	number = 0;

	for (; c->at < c->end && ascii_is_digit(*c->at); c->at++)
	{
		number = number * 10 + (uint64_t) (*c->at - '0');
		if (number > UINT32_MAX)
			return false;
	}
	*value = (uint32_t) number;
	return c->at > start;
}

static inline bool
is_real(const DateTime *t)
{
	return calendar_is_date(t->year, t->month, t->day) &&
		t->hour <= 23 && t->minute <= 59 && t->second <= 59;
}

/* Microseconds since 2000-01-01; t is real. */
static inline int64_t
to_usecs(const DateTime *t)
{
	return calendar_days(t->year, t->month, t->day) * USECS_PER_DAY +
		((t->hour * 60 + t->minute) * 60 + t->second) * USECS_PER_SEC + t->usec;
}

/* yyyyMMdd, between, HHmmss and fraction digits. */
static bool
read_time(Cursor *c, const char *between, int64_t *out)
{
	DateTime	t;

	if (!read_number(c, 4, &t.year) || !read_number(c, 2, &t.month) ||
		!read_number(c, 2, &t.day) || !read_text(c, between) ||
		!read_number(c, 2, &t.hour) || !read_number(c, 2, &t.minute) ||
		!read_number(c, 2, &t.second) || !is_real(&t))
		return false;
	read_fraction(c, &t.usec);
	*out = to_usecs(&t);
	return true;
}

/* Cut off an extension, upper or lower case, if it is there. */
static bool
cut_extension(Cursor *c, const char *extension)
{
	size_t		n = strlen(extension);

	if ((size_t) (c->end - c->at) < n ||
		!ascii_is_word(c->end - n, n, extension))
		return false;
	c->end -= n;
	return true;
}

NameKind
name_parse(const char *base, size_t len, NameInfo *out)
{
	Cursor		c = {base, base + len};
	NameKind	kind;
	bool		ok;

	memset(out, 0, sizeof(*out));
	out->kind = NAME_OTHER;
	out->gzip = cut_extension(&c, ".gz");
	if (!cut_extension(&c, ".csv"))
	{
		if (out->gzip || !cut_extension(&c, ".parquet"))
			return NAME_OTHER;
		out->parquet = true;
	}

	if (read_text(&c, "LOAD"))
	{
		kind = NAME_LOAD;
		ok = read_hex(&c, &out->counter);
	}
	else if (read_text(&c, "SEGMENT"))
	{
		kind = NAME_SEGMENT;
		ok = read_segment(&c, &out->segment) && read_text(&c, "_LOAD") &&
			read_hex(&c, &out->counter);
	}
	else if (read_text(&c, "CDC_TXN-"))
	{
		kind = NAME_TXN;
		ok = read_time(&c, "", &out->time);
	}
	else
	{
		kind = NAME_CDC;
		ok = read_time(&c, "-", &out->time);
	}

	if (!ok || c.at != c.end)
	{
		bool		gzip = out->gzip;

		memset(out, 0, sizeof(*out));
		out->gzip = gzip;
		kind = NAME_OTHER;
	}
	out->kind = kind;
	return kind;
}

/* A word in any case; word is in lower case. */
static bool
read_word(Cursor *c, const char *word)
{
	size_t		n = strlen(word);

	if ((size_t) (c->end - c->at) < n || !ascii_is_word(c->at, n, word))
		return false;
	c->at += n;
	return true;
}

/*
 * Cuts off what stands behind the last dot but for .csv: another packing, a copy.
 * False where a name ends so for other reasons.
 */
static bool
cut_other_ending(Cursor *c)
{
	const char *dot = c->end;

	if (cut_extension(c, ".csv"))
		return true;
	if (cut_extension(c, ".parquet") || cut_extension(c, ".dfm"))
		return false;
	while (dot > c->at && dot[-1] != '.')
		dot--;
	/* a name that is all there, or one with a point in it */
	if (dot == c->at)
		return true;
	c->end = dot - 1;
	(void) cut_extension(c, ".csv");
	return true;
}

NameKind
name_near(const char *base, size_t len)
{
	Cursor		c = {base, base + len};
	NameInfo	info;
	uint64_t	counter;
	uint32_t	segment;
	int			unused;
	const char *digits;

	if (name_parse(base, len, &info) != NAME_OTHER)
		return NAME_OTHER;
	if (!cut_other_ending(&c))
		return NAME_OTHER;
	while (c.at < c.end && *c.at == ' ')
		c.at++;
	base = c.at;
	if (read_number(&c, 8, &unused) && read_text(&c, "-") &&
		read_number(&c, 6, &unused))
		return NAME_CDC;
	c.at = base;
	if (read_word(&c, "segment") &&
		!(read_segment(&c, &segment) && read_word(&c, "_")))
		return NAME_OTHER;
	if (!read_word(&c, "load"))
		return NAME_OTHER;
	/* words may begin so too: all digits of the counter must be there */
	digits = c.at;
	return read_hex(&c, &counter) && c.at - digits >= 8 ? NAME_LOAD : NAME_OTHER;
}

int
name_date_levels(DateSequence seq, char delimiter)
{
	return delimiter == '/' ? (int) strlen(sequence_parts[seq]) : 1;
}

/* Read one part of a date into t. */
static bool
read_part(Cursor *c, char part, DateTime *t)
{
	switch (part)
	{
		case 'y':
			return read_number(c, 4, &t->year);
		case 'M':
			return read_number(c, 2, &t->month);
		case 'd':
			return read_number(c, 2, &t->day);
		default:
			return read_number(c, 2, &t->hour);
	}
}

/* The span that the parts read leave open; -1 stands for those not read. */
static bool
open_span(DateTime t, int64_t *from, int64_t *to)
{
	DateTime	first = t;

	/* without a year, the 29th of February may exist */
	first.year = t.year < 0 ? 2000 : t.year;
	first.month = t.month < 0 ? 1 : t.month;
	first.day = t.day < 0 ? 1 : t.day;
	first.hour = t.hour < 0 ? 0 : t.hour;
	if (!is_real(&first))
		return false;

	*from = INT64_MIN;
	*to = INT64_MAX;
	if (t.year < 0)
		return true;
	*from = to_usecs(&first);
	if (t.hour >= 0)
		*to = *from + USECS_PER_HOUR;
	else if (t.day >= 0)
		*to = *from + USECS_PER_DAY;
	else if (t.month >= 0)
		*to = *from + calendar_days_in_month(t.year, t.month) * USECS_PER_DAY;
	else
	{
		first.year++;
		*to = to_usecs(&first);
	}
	return true;
}

bool
name_parse_date(const char *path, size_t len, DateSequence seq,
				char delimiter, int nlevels, int64_t *from, int64_t *to)
{
	const char *parts = sequence_parts[seq];
	Cursor		c = {path, path + len};
	DateTime	t = {-1, -1, -1, -1, 0, 0, 0};
	int			nparts = (int) strlen(parts);
	char		between[2] = {delimiter, '\0'};

	if (nlevels < 0 || nlevels > name_date_levels(seq, delimiter))
		return false;
	if (delimiter == '/' || nlevels == 0)
		nparts = nlevels;
	for (int i = 0; i < nparts; i++)
	{
		if ((i > 0 && !read_text(&c, between)) || !read_part(&c, parts[i], &t))
			return false;
	}
	if (nparts > 0 && !read_text(&c, "/"))
		return false;
	return open_span(t, from, to);
}

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

/* Eight digits as four numbers of two, 16 bits each; false for other bytes. */
static inline bool
pairs_of_digits(uint64_t w, uint64_t *pairs)
{
	const uint64_t high = UINT64_C(0xf0f0f0f0f0f0f0f0);
	const uint64_t zeros = UINT64_C(0x3030303030303030);

	if (((w & high) ^ zeros) | (((w + UINT64_C(0x0606060606060606)) & high) ^ zeros))
		return false;
	w -= zeros;
	*pairs = (w * 10 + (w >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	return true;
}

/* Each by one instruction: what is put together in memory is slow to read. */
static inline uint64_t
load2(const char *s)
{
	uint16_t	w;

	memcpy(&w, s, sizeof(w));
	return w;
}

static inline uint64_t
load4(const char *s)
{
	uint32_t	w;

	memcpy(&w, s, sizeof(w));
	return w;
}

/* yyyy-MM-dd HH:mm:ss.SSSSSS, as DMS writes every commit time. */
static bool
parse_usual_timestamp(const char *s, int64_t *out)
{
	DateTime	t;
	uint64_t	date;
	uint64_t	time;
	uint64_t	usec;

	if ((s[4] ^ '-') | (s[7] ^ '-') | (s[10] ^ ' ') | (s[13] ^ ':') |
		(s[16] ^ ':') | (s[19] ^ '.'))
		return false;
	if (!pairs_of_digits(load4(s) | load2(s + 5) << 32 |
						 load2(s + 8) << 48, &date) ||
		!pairs_of_digits(load2(s + 11) | load2(s + 14) << 16 |
						 load2(s + 17) << 32 | load2("00") << 48, &time) ||
		!pairs_of_digits(load4(s + 20) | load2(s + 24) << 32 |
						 load2("00") << 48, &usec))
		return false;
	t.year = (int) (date & 0xff) * 100 + (int) (date >> 16 & 0xff);
	t.month = (int) (date >> 32 & 0xff);
	t.day = (int) (date >> 48);
	t.hour = (int) (time & 0xff);
	t.minute = (int) (time >> 16 & 0xff);
	t.second = (int) (time >> 32 & 0xff);
	t.usec = (int) (usec & 0xff) * 10000 + (int) (usec >> 16 & 0xff) * 100 +
		(int) (usec >> 32 & 0xff);
	if (!is_real(&t))
		return false;
	*out = to_usecs(&t);
	return true;
}

bool
name_parse_seconds(const char *s, int64_t *out)
{
	uint64_t	pairs;

	if (s[2] != '.' ||
		!pairs_of_digits(load2(s) | load4(s + 3) << 16 |
						 load2(s + 7) << 48, &pairs) ||
		(pairs & 0xff) > 59)
		return false;
	*out = (int64_t) (pairs & 0xff) * USECS_PER_SEC +
		(int64_t) (pairs >> 16 & 0xff) * 10000 +
		(int64_t) (pairs >> 32 & 0xff) * 100 + (int64_t) (pairs >> 48);
	return true;
}

#else

static bool
parse_usual_timestamp(const char *s, int64_t *out)
{
	return false;
}

bool
name_parse_seconds(const char *s, int64_t *out)
{
	return false;
}

#endif

bool
name_parse_timestamp(const char *s, size_t len, int64_t *out)
{
	Cursor		c = {s, s + len};
	DateTime	t;

	if (len == 26 && parse_usual_timestamp(s, out))
		return true;
	if (!read_number(&c, 4, &t.year) || !read_text(&c, "-") ||
		!read_number(&c, 2, &t.month) || !read_text(&c, "-") ||
		!read_number(&c, 2, &t.day) ||
		!(read_text(&c, " ") || read_text(&c, "T")) ||
		!read_number(&c, 2, &t.hour) || !read_text(&c, ":") ||
		!read_number(&c, 2, &t.minute) || !read_text(&c, ":") ||
		!read_number(&c, 2, &t.second) || !is_real(&t))
		return false;
	t.usec = 0;
	if (read_text(&c, "."))
	{
		if (c.at == c.end)
			return false;
		read_fraction(&c, &t.usec);
	}
	if (c.at != c.end)
		return false;
	*out = to_usecs(&t);
	return true;
}
