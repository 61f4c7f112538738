/*-------------------------------------------------------------------------
 *
 * written.h
 *	  Times as a task writes them into the names of files and folders: wall
 *	  clock of date_partition_timezone, in microseconds since 2000-01-01.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_WRITTEN_H
#define CDC_LOG_WRITTEN_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "pgtime.h"

/*
 * Gives the earlier and the later UTC reading of a wall-clock time (zone NULL:
 * UTC), which differ where the zone's clock was set back and shows it twice.
 * False where the clock was set forward and never shows it.
 */
extern bool written_to_utc(int64 written, pg_tz *zone, TimestampTz *lo,
						   TimestampTz *hi);

/*
 * A written time that no file of from or later has a lesser one than, 24 hours
 * too early where a zone makes it unsure; PG_INT64_MIN for any.
 */
extern int64 written_from(pg_tz *zone, TimestampTz from);

/*
 * prefix with the second of a written time as file names have it, between
 * standing between date and time: names of that time or later sort behind it.
 * palloc'd; NULL where no name can tell.
 */
extern char *written_name(const char *prefix, int64 from,
						  const char *between);

#endif							/* CDC_LOG_WRITTEN_H */
