/*-------------------------------------------------------------------------
 *
 * lib.h
 *	  The CSV reader on libcsv, behind csv.c; not for other floors.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FORMAT_CSV_LIB_H
#define CDC_FORMAT_CSV_LIB_H

#include "format/csv/csv.h"

/* Tests build with a limit that they can reach. */
#ifndef CSV_RECORD_LIMIT
#define CSV_RECORD_LIMIT	CSV_MAX_RECORD
#endif

typedef struct CsvLib CsvLib;

/* As their namesakes in csv.h; line is that of the first byte, from 1. */
extern CsvLib *csv_lib_create(const CsvDialect *dialect, int64_t line);
/* Before anything is fed: lines end in CR + terminator after all. */
extern void csv_lib_set_crlf(CsvLib *r);
extern void csv_lib_destroy(CsvLib *r);
extern CsvStatus csv_lib_feed(CsvLib *r, const char *buf, size_t len, bool last);
extern const CsvError *csv_lib_failure(const CsvLib *r);
extern size_t csv_lib_count(const CsvLib *r);
extern void csv_lib_get(CsvLib *r, size_t i, CsvRecord *out);
extern void csv_lib_drop(CsvLib *r);
extern size_t csv_lib_unfinished(const CsvLib *r, int64_t *line);
extern size_t csv_lib_memory(const CsvLib *r);

/*
 * Make *array, of *size elements of width bytes, hold at least need; false,
 * and nothing changed, when memory is out.
 */
extern bool csv_lib_grow(void **array, size_t *size, size_t need, size_t width);

#endif							/* CDC_FORMAT_CSV_LIB_H */
