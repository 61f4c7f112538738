/*-------------------------------------------------------------------------
 *
 * unit.h
 *	  A small harness: TAP on standard output, the plan at the end.
 *
 * A test calls ok() and friends, and returns unit_done() from main().
 * unit_times() scales the size of random campaigns: UNIT_DIVISOR=20 in the
 * environment makes them twenty times shorter.  unit_random() is a generator
 * of its own, so that a seed means the same on every machine.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_UNIT_H
#define CDC_UNIT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int	unit_count;
static int	unit_failed;
static uint64_t unit_state = 1;

__attribute__((format(printf, 2, 3), unused))
static bool
ok(bool cond, const char *fmt,...)
{
	va_list		args;

	printf("%sok %d - ", cond ? "" : "not ", ++unit_count);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	if (!cond)
		unit_failed++;
	fflush(stdout);
	return cond;
}

__attribute__((format(printf, 1, 2), unused))
static void
diag(const char *fmt,...)
{
	va_list		args;

	printf("# ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

__attribute__((unused))
static bool
ok_int(int64_t got, int64_t want, const char *what)
{
	if (!ok(got == want, "%s", what))
		diag("got %lld, want %lld", (long long) got, (long long) want);
	return got == want;
}

/* Bytes as a C string literal, for messages. */
__attribute__((unused))
static void
diag_bytes(const char *what, const char *data, size_t len)
{
	printf("# %s \"", what);
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) data[i];

		if (c >= ' ' && c < 127 && c != '"' && c != '\\')
			putchar(c);
		else
			printf("\\%03o", c);
	}
	printf("\"\n");
}

__attribute__((unused))
static bool
ok_bytes(const char *got, size_t gotlen, const char *want, size_t wantlen,
		 const char *what)
{
	bool		same = gotlen == wantlen &&
		(wantlen == 0 || memcmp(got, want, wantlen) == 0);

	if (!ok(same, "%s", what))
	{
		diag_bytes("got ", got, gotlen);
		diag_bytes("want", want, wantlen);
	}
	return same;
}

__attribute__((unused))
static void
unit_seed(uint64_t seed)
{
	unit_state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
}

/* Uniform enough, below n. */
__attribute__((unused))
static uint32_t
unit_random(uint32_t n)
{
	unit_state ^= unit_state << 13;
	unit_state ^= unit_state >> 7;
	unit_state ^= unit_state << 17;
	return (uint32_t) ((unit_state >> 16) % n);
}

__attribute__((unused))
static int
unit_times(int n)
{
	const char *divisor = getenv("UNIT_DIVISOR");
	int			by = divisor ? atoi(divisor) : 1;

	return by > 1 && n / by > 0 ? n / by : n;
}

__attribute__((unused))
static int
unit_done(void)
{
	printf("1..%d\n", unit_count);
	if (unit_failed > 0)
		diag("%d of %d failed", unit_failed, unit_count);
	return unit_failed > 0;
}

#endif							/* CDC_UNIT_H */
