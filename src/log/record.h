/*-------------------------------------------------------------------------
 *
 * record.h
 *	  One record of a log, whatever the format of its file.
 *
 * What replays a log takes a record by its columns and asks nothing of fields:
 * where a cell is NULL or was not supplied is decided in record.c alone.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_RECORD_H
#define CDC_LOG_RECORD_H

#include "postgres.h"

#include "log/layout.h"

typedef struct LogRecord
{
	struct LogRecord *before;	/* the row before an update, where the record in
								 * front of it has that; else NULL */
	CsvRecord	csv;
	const Layout *layout;
	const LogFile *file;
	TimestampTz time;			/* on the table's clock; DT_NOBEGIN where a base
								 * row has none */
	LogOp		op;
} LogRecord;

/* The first cells of a record, as far as many of them are read at once. */
typedef struct PlainRecord
{
	TimestampTz time;
	int64		key;
	LogOp		op;
} PlainRecord;

typedef enum CellState
{
	CELL_VALUE,
	CELL_NULL,
	CELL_UNSUPPLIED				/* not written because it did not change */
} CellState;

typedef struct Cell
{
	const char *data;			/* no zero byte follows; NULL without a value */
	uint32		len;
	CellState	state;
} Cell;

/*
 * Returns where a record begins in its file, for messages: the line, from 1.
 */
static inline int64
record_line(const LogRecord *rec)
{
	return rec->csv.line;
}

/*
 * Column col of a record: its text, or why there is none.  Of a column with
 * role row the text is palloc'd in the current context.
 */
extern Cell record_cell(const LogConfig *config, const LogRecord *rec, int col);

/*
 * Returns the cell of a key, or of a key before an update, in which an empty
 * text that was not quoted is NULL in columns of any type.
 */
extern Cell record_key_cell(const LogConfig *config, const LogRecord *rec,
							int col);

/* Returns the commit time as it is written, for messages, palloc'd. */
extern char *record_time_text(const LogRecord *rec);

/*
 * Returns the cell of field i of a CSV file, which is column col or (-1) none
 * that is declared.
 */
extern Cell record_field(const LogConfig *config, const LogRecord *rec, int i,
						 int col);

/*
 * The canonical form of a record's sequence: compares with memcmp as the
 * sequences do (empty first, then numbers, then anything else by bytes).
 * palloc'd; *len bytes.
 */
extern char *record_sequence(const LogConfig *config, const LogRecord *rec,
							 size_t *len);

#endif							/* CDC_LOG_RECORD_H */
