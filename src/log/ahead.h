/*-------------------------------------------------------------------------
 *
 * ahead.h
 *	  How far files are fetched ahead of the walk: the one place that decides,
 *	  for all that read files one after another.
 *
 *	  Ahead a = ahead_begin(store, config);
 *	  for each file, from the one that is read now in the order of the walk:
 *		share = ahead_share(&a, file);
 *		stop if it is 0, else open the file unless it is open, and
 *		reader_share(reader, share);
 *
 * To be asked again whenever the walk goes on to another file.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_AHEAD_H
#define CDC_LOG_AHEAD_H

#include "log/manifest.h"

typedef struct Ahead
{
	int			most;			/* files open at a time */
	int			files;			/* of these, given a share */
	int64		budget;			/* bytes to fetch ahead, in all */
	int64		left;			/* of these */
} Ahead;

extern Ahead ahead_begin(const Store *store, const LogConfig *config);
/* Bytes of file that may wait to be read, 0: it is not to be opened yet. */
extern int64 ahead_share(Ahead *a, const LogFile *file);

#endif							/* CDC_LOG_AHEAD_H */
