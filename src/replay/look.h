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

#include "base/compat.h"
#include "log/reader.h"

/* Bytes looked at: enough for the first record of nearly every file. */
#define LOOK_BYTES	(64 * 1024)

/* time + span (microseconds), which may lie beyond what a timestamp can hold. */
extern TimestampTz look_shifted(TimestampTz time, int64 span);

/*
 * Time of a file's first record of any table; false where it has none.  What
 * was found of a change file is remembered by the session, for the object as
 * the listing has it.  *made (or NULL) counts the looks that were made.
 */
extern bool look_first_time(Store *store, const LogConfig *config,
							const LogFile *file, LogPosition *position,
							TimestampTz *time, int64 *made);

/*
 * Time of the latest record of the table in a change file, which is read to its
 * end; false where it has none.  Remembered likewise.
 */
extern bool look_last_time(Store *store, const LogConfig *config,
						   const LogFile *file, LogPosition *position,
						   TimestampTz *time);

/*
 * A look at the first block of a full load's file has found no two rows that
 * have one key and differ: the session remembers it, for the object as it was
 * listed and all options as they are, and whether it has records at all.
 */
extern bool look_keys_known(Store *store, const LogConfig *config,
							const LogFile *file, bool *records);
extern void look_keys_passed(Store *store, const LogConfig *config,
							 const LogFile *file, bool records);

/*
 * Compares first times from one file of a source to the next: first is that of
 * the file at hand, or DT_NOEND where it has no record, and *last becomes that
 * of the file met last.  Returns how often, 1 or 0, the newer of two files
 * begins earlier; on the file clock 0.
 */
extern int	look_ran_back(const LogConfig *config, TimestampTz *last,
						  TimestampTz first, bool newest_first);

/*
 * Look at the change files from the i'th of part on that are named up to a
 * time, side by side, so that look_first_time() finds them remembered.
 * Returns the number of the first file that it leaves.
 */
extern int	look_ahead(Store *store, const LogConfig *config, Manifest *part,
					   int i, TimestampTz named_to, LogPosition *position,
					   int64 *made);

/*
 * Is a file named later than this?  Raises an error where a clock that shows
 * an hour twice leaves it open.
 */
extern bool look_is_named_later(const LogFile *file,
								const LogConfig *config, TimestampTz time);

/*
 * Raises an error for a folder that holds nothing of a log, unless it was said
 * that it need not.  Lists the folder's parents for the hint, and only then.
 */
extern void look_check_folder(Manifest *part, Store *store,
							  const LogConfig *config);

/*
 * Raises an error where changes are read from transaction files and there are
 * none at all, unless it was said that there need not be.
 */
extern void look_check_transactions(Manifest *part, Store *store,
									const LogConfig *config);

/*
 * Raises the error for an instant that may be before or after the file; option
 * is where it comes from: "asof", "known_at" or "changes_from".
 */
extern void look_repeated_hour(const LogFile *file, const LogConfig *config,
							   TimestampTz time,
							   const char *option) CDC_NORETURN;

/* An instant for a message, palloc'd: a message may name two. */
extern const char *look_instant(TimestampTz at);

#endif							/* CDC_REPLAY_LOOK_H */
