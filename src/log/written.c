/*-------------------------------------------------------------------------
 *
 * written.c
 *	  Times as a task writes them into the names of files and folders.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/timestamp.h"

#include "log/written.h"

/* More than any zone ever shifts its clock. */
#define ZONE_DRIFT		USECS_PER_DAY

void
written_to_utc(int64 written, pg_tz *zone, TimestampTz *lo, TimestampTz *hi)
{
	int64		found[2];
	int			nfound = 0;

	if (zone == NULL)
	{
		*lo = *hi = written;
		return;
	}
	for (int side = -1; side <= 1; side += 2)
	{
		pg_time_t	probe = (written + side * USECS_PER_DAY) / USECS_PER_SEC +
			(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
		struct pg_tm *tm = pg_localtime(&probe, zone);
		int64		utc = written - (int64) tm->tm_gmtoff * USECS_PER_SEC;
		long		offset = tm->tm_gmtoff;

		probe = utc / USECS_PER_SEC +
			(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
		tm = pg_localtime(&probe, zone);
		if (tm->tm_gmtoff == offset || side > 0)
			found[nfound++] = utc;
	}
	*lo = Min(found[0], found[nfound - 1]);
	*hi = Max(found[0], found[nfound - 1]);
}

int64
written_from(pg_tz *zone, TimestampTz from)
{
	int64		written = from;

	if (TIMESTAMP_IS_NOBEGIN(from))
		return PG_INT64_MIN;
	if (TIMESTAMP_IS_NOEND(from))
		return PG_INT64_MAX;
	if (zone != NULL)
	{
		pg_time_t	t = timestamptz_to_time_t(from);

		if (pg_add_s64_overflow(written,
								pg_localtime(&t, zone)->tm_gmtoff *
								USECS_PER_SEC - ZONE_DRIFT, &written))
			return PG_INT64_MIN;
	}
	/* room for the drift of a day */
	return written < PG_INT64_MIN + 2 * USECS_PER_DAY ? PG_INT64_MIN : written;
}

char *
written_name(const char *prefix, int64 from, const char *between)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (from == PG_INT64_MIN ||
		timestamp2tm(from, NULL, &tm, &fsec, NULL, NULL) != 0 ||
		tm.tm_year < 0 || tm.tm_year > 9999)
		return NULL;
	return psprintf("%s%04d%02d%02d%s%02d%02d%02d", prefix, tm.tm_year,
					tm.tm_mon, tm.tm_mday, between, tm.tm_hour, tm.tm_min,
					tm.tm_sec);
}
