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

#include "base/compat.h"
#include "log/manifest.h"
#include "log/names.h"

/* What helps where lines end in two ways, and a carriage return may be data. */
#define LINE_ENDS_DATA_HINT \
	"If that carriage return is part of the last column's values, set csv_row_delimiter '\\n'; if it is not, no option reads the file: write it again with one line end."

/* What helps where no carriage return may be data. */
#define LINE_ENDS_NO_OPTION \
	"No option reads the file: write it again with one line end."

/* What helps where a carriage return at the end of a line is in the way. */
#define LINE_ENDS_HINT \
	"If all lines of the file end in a carriage return and a newline, set csv_row_delimiter 'by_file'; if only some do, no option reads it: write it again with one line end."

/*
 * True if the lines of file end in CR LF, where csv_row_delimiter was not
 * given or is 'by_file'; ends is what its first block shows.  All its lines
 * have to end alike, and without header, in a log whose files end alike, those
 * of the first LOAD file too (or of the newest change file, where file is that
 * one or there is none).  Raises an error where these differ, or what listing
 * and reading them raises.
 */
extern bool line_ends_are_crlf(Store *store, const LogConfig *config,
							   const LogFile *file, const CsvEnds *ends);

/*
 * Raises an error where csv_row_delimiter '\n' makes a carriage return part of
 * the last of a header's n names, and a name that is sought is there without
 * it; pos as names_find() fills it.
 */
extern void line_ends_check_header(const LogConfig *config,
								   const HeaderName *header, int n,
								   const int *pos);

/* Raises the error of two files, by their URIs, that do not end alike. */
extern void line_ends_differ(const char *one, const char *other) CDC_NORETURN;

#endif							/* CDC_LOG_LINE_ENDS_H */
