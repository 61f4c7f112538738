/*-------------------------------------------------------------------------
 *
 * look.h
 *	  What is looked at of a file to know whether it is read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_LOOK_H
#define CDC_REPLAY_LOOK_H

#include "postgres.h"

#include "compat.h"
#include "log/reader.h"

/* time + span (microseconds), which may lie beyond what a timestamp can hold. */
extern TimestampTz look_shifted(TimestampTz time, int64 span);

/* Time of a file's first record of any table; false where it has none. */
extern bool look_first_time(Store *store, const LogConfig *config,
							const LogFile *file, LogPosition *position,
							TimestampTz *time);

/*
 * Raises an error for a folder that holds nothing of a log, unless it was said
 * that it need not.
 */
extern void look_check_folder(Manifest *part, Store *store,
							  const LogConfig *config);

/* Raises the error for an instant that may be before or after the file. */
extern void look_repeated_hour(const LogFile *file) CDC_NORETURN;

#endif							/* CDC_REPLAY_LOOK_H */
