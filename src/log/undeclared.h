/*-------------------------------------------------------------------------
 *
 * undeclared.h
 *	  What a header names that matters for the answer and is not declared.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_UNDECLARED_H
#define CDC_LOG_UNDECLARED_H

#include "log/layout.h"

/*
 * Calls config->tell for a commit time behind the operation (in every record
 * that csv holds, at least one) and for each before image of a key column,
 * "BI_" and its name, that no column is declared for.  csv holds the header,
 * of which layout is, and the records behind it; what was got of it before is
 * good no more.
 */
extern void undeclared_tell(const LogConfig *config, const Layout *layout,
							CsvReader *csv);

#endif							/* CDC_LOG_UNDECLARED_H */
