/*-------------------------------------------------------------------------
 *
 * tail.h
 *	  The end of a log, without listing the log.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_TAIL_H
#define CDC_LOG_TAIL_H

#include "postgres.h"

#include "log/manifest.h"

/* The change files of manifest, from 0 to nfiles, up to some time. */
typedef struct LogTail
{
	Manifest   *manifest;
	int			nfiles;
} LogTail;

/* How often tail_of() can go further back; the last time it is everything. */
#define TAIL_STEPS	6

/*
 * The change files that are surely named up to a time, from so many steps
 * before until on: an hour, a day, and so on.  Not of a manifest with parts.
 * Raises what listing raises.
 */
extern LogTail tail_of(Manifest *part, TimestampTz until, TimestampTz named_to,
					   int step);

/* The i'th file of it from its end on, NULL past its beginning. */
extern LogFile *tail_file(const LogTail *tail, int i);

#endif							/* CDC_LOG_TAIL_H */
