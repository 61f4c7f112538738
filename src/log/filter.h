/*-------------------------------------------------------------------------
 *
 * filter.h
 *	  Keys by which a reader may leave records out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_FILTER_H
#define CDC_LOG_FILTER_H

#include "postgres.h"

#include "format/csv/needle.h"
#include "log/logconfig.h"

/* with more keys than this, looking for each costs more than reading all */
#define FILTER_MAX_KEYS	8

/* How much the value of a key's column tells of the bytes in a file. */
typedef enum FilterKind
{
	FILTER_UNKNOWN,				/* nothing that a file surely shows */
	FILTER_NUMBER,
	FILTER_TEXT					/* these bytes, in the log's encoding */
} FilterKind;

typedef struct FilterValue
{
	FilterKind	kind;
	int64		number;
	const char *text;			/* not zero-terminated */
	uint32		len;
} FilterValue;

typedef struct KeyFilter
{
	int			nkeys;
	FilterValue *values;		/* one a key column: of key i from i * columns on */
	CsvNeedle	needles[FILTER_MAX_KEYS];	/* bytes of key i in a CSV file */
} KeyFilter;

/* Returns an empty filter for keys of the table, palloc'd. */
extern KeyFilter *filter_create(const LogConfig *config);

/*
 * Adds a key, one value a column of the table's key; what texts point to lives
 * as long as the filter.  Returns false where there are too many, or where
 * nothing of the key is surely in its records: then the filter is of no use.
 */
extern bool filter_add(KeyFilter *filter, const LogConfig *config,
					   const FilterValue *values);

#endif							/* CDC_LOG_FILTER_H */
