/*-------------------------------------------------------------------------
 *
 * bounds.h
 *	  How long a record may be, and how far a file may expand.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_BOUNDS_H
#define CDC_LOG_BOUNDS_H

#include "postgres.h"

#include "log/logconfig.h"

/* Is so much (bytes) of one record, which does not end yet, too much? */
static inline bool
bounds_pass_record(const LogConfig *config, size_t bytes)
{
	return bytes <= (size_t) config->max_record_bytes;
}

/*
 * Raise 54000 where a file, of which `stored` bytes were read, became more
 * than its share of bytes.  uri: of the file, for the message.
 */
extern void bounds_check_ratio(const LogConfig *config, const char *uri,
							   int64 stored, int64 inflated);

/* Raise 54000 for the record that starts on line of the file. */
_Noreturn extern void bounds_raise_record(const LogConfig *config,
										  const char *uri, int64 line);

#endif							/* CDC_LOG_BOUNDS_H */
