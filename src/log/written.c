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

#define EPOCH_SECS		((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

/*
 * The zone's offset is one from each change of its clock to the next; a reading
 * counts where it lies in the stretch whose offset it was made with.
 */
bool
written_to_utc(int64 written, pg_tz *zone, TimestampTz *lo, TimestampTz *hi)
{
	pg_time_t	probe;
	int64		from = PG_INT64_MIN;
	bool		found = false;
	bool		more = true;

	*lo = *hi = written;
	if (zone == NULL)
		return true;
	probe = (written - ZONE_DRIFT) / USECS_PER_SEC + EPOCH_SECS;
	while (more && from <= written + ZONE_DRIFT)
	{
		long		offset;
		long		next_offset;
		int			isdst;
		pg_time_t	boundary;
		int64		to = PG_INT64_MAX;
		TimestampTz utc;

		more = pg_next_dst_boundary(&probe, &offset, &isdst, &boundary,
									&next_offset, &isdst, zone) == 1;
		if (more)
			to = ((int64) boundary - EPOCH_SECS) * USECS_PER_SEC;
		utc = written - (int64) offset * USECS_PER_SEC;
		if (utc >= from && utc < to)
		{
			*lo = found ? Min(*lo, utc) : utc;
			*hi = found ? Max(*hi, utc) : utc;
			found = true;
		}
		from = to;
		probe = boundary;
	}
	return found;
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
