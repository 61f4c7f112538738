/*-------------------------------------------------------------------------
 *
 * numbering.h
 *	  What the numbers in the names of full load files tell.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_NUMBERING_H
#define CDC_LOG_NUMBERING_H

#include "postgres.h"

#include "log/manifest.h"

/*
 * The plain LOAD numbering of a folder must have no hole (unless allow_gaps)
 * and no number twice, else an error is raised.  Partitions of a parallel load
 * may share one counter: then all folders together must be complete.  store
 * names files in messages.
 */
extern void numbering_check(LogFile **files, int nfiles, bool allow_gaps,
							Store *store);

/* How many numbers are missing in what it looks at. */
extern int64 numbering_holes(LogFile **files, int nfiles);

/* Set series_start; files are in byte order of their keys. */
extern void numbering_mark_series(LogFile **files, int n);

#endif							/* CDC_LOG_NUMBERING_H */
