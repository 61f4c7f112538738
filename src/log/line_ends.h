/*-------------------------------------------------------------------------
 *
 * line_ends.h
 *	  Whether a carriage return is part of a file's line ends, or of its
 *	  last column's values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_LINE_ENDS_H
#define CDC_LOG_LINE_ENDS_H

#include "postgres.h"

#include "log/manifest.h"

/*
 * True if the lines of file end in CR LF, where csv_row_delimiter was not
 * given; ends is what its first block shows.  With a header that decides; else
 * every record has to end so, in the first LOAD file too (or the newest change
 * file, where file is that one or there is none).  Raises an error where these
 * differ, or what listing and reading them raises.
 */
extern bool line_ends_are_crlf(Store *store, const LogConfig *config,
							   const LogFile *file, const CsvEnds *ends);

/*
 * True if the ends that were counted are all CR LF, of a header its own;
 * false where no record ends.
 */
extern bool line_ends_all_crlf(const LogConfig *config, const CsvEnds *ends);

#endif							/* CDC_LOG_LINE_ENDS_H */
