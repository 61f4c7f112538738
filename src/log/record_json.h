/*-------------------------------------------------------------------------
 *
 * record_json.h
 *	  A whole record as a JSON object, for the column with role row.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_RECORD_JSON_H
#define CDC_LOG_RECORD_JSON_H

#include "postgres.h"

#include "log/reader.h"

/*
 * Name the fields of a layout whose other parts are filled: by the header, or
 * (NULL) by the declared columns, and c1, c2, ... by their place where none is.
 * Operation, commit time, table and schema get no name.  palloc'd in the
 * current context.
 */
extern void record_json_label(const LogConfig *config, Layout *layout,
							  const CsvRecord *header);

/*
 * The named fields as texts, or null, in UTF-8 as far as the file is; cells
 * that were not supplied are left out.  palloc'd in the current context.
 */
extern Cell record_json(const LogConfig *config, const LogRecord *rec);

#endif							/* CDC_LOG_RECORD_JSON_H */
