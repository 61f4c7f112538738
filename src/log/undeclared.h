/*-------------------------------------------------------------------------
 *
 * undeclared.h
 *	  What a file has that matters for the answer and is not declared.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_UNDECLARED_H
#define CDC_LOG_UNDECLARED_H

#include "log/layout.h"

/*
 * Calls config->tell for a commit time behind the operation (in every record
 * that csv holds, at least one) that no column is declared for, and for the
 * before image, "BI_" and its name, of each key column that no column has in
 * option before: a plain column shows it, and a key change leaves the old row
 * all the same.  csv holds the header, of which layout is, and the records
 * behind it; what was got of it before is good no more.
 */
extern void undeclared_tell(const LogConfig *config, const Layout *layout,
							CsvReader *csv);
/*
 * Of a file without header: raises an error where a field right behind the
 * operation, which a text column takes, is a time in each of the table's records
 * that csv holds, unless timestamp_column_name says what it is; where no column
 * takes it config->tell is called as above.  first: the first of them, of which
 * layout is; it is good no more afterwards.
 */
extern void undeclared_check(const LogConfig *config, const Layout *layout,
							 CsvReader *csv, const CsvRecord *first);

#endif							/* CDC_LOG_UNDECLARED_H */
