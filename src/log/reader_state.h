/*-------------------------------------------------------------------------
 *
 * reader_state.h
 *	  What the parts of the reader share; not for other floors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_READER_STATE_H
#define CDC_LOG_READER_STATE_H

#include "postgres.h"

#include "format/unzip.h"
#include "log/reader.h"

/* so much is read of a file before it is known whether it is compressed */
#define READER_INPUT	UNZIP_INPUT

struct LogReader
{
	MemoryContext ctx;
	MemoryContext parent;
	Store	   *store;
	const LogConfig *config;
	const LogFile *file;
	LogFile		known;			/* the same, with the evidence it is read by */
	LayoutFile	kind;
	LogPosition *position;
	ReaderEnds	ends;
	char	   *uri;
	/* source */
	StoreReader *source;
	UnzipStream *unzip;			/* NULL: not compressed */
	char	   *input;
	size_t		ninput;			/* bytes in it */
	int64		limit;
	bool		shared;			/* it was said how far to read ahead */
	int64		inflated;
	bool		started;
	bool		source_end;
	bool		end;			/* csv has everything */
	bool		cut;
	Progress   *progress;		/* NULL: nobody looks */
	int64		stored;			/* bytes taken in, as stored … */
	int64		told;			/* … of which progress knows */
	/* records */
	CsvReader  *csv;			/* once it is read */
	const KeyFilter *filter;	/* or NULL */
	CsvStatus	failure;
	size_t		next;			/* of those held */
	const Layout *layout;		/* shared with other readers */
	int			peek_fields;
	PlainShape	shape;
	struct CellPlan *plan;		/* NULL: no cells were asked for yet */
	/* the commit time read last: many records have the same */
	char		time_text[32];
	size_t		time_len;
	TimestampTz time;
	/* the same without seconds, of plain records */
	char		minute_text[PLAIN_MINUTE_LEN];
	TimestampTz minute;
	/* a row before an update, in a copy */
	LogRecord	before;
	MemoryContext before_ctx;	/* NULL: none was met yet */
	bool		before_next;	/* it stands in front of the first record held */
	bool		other_case_passes;	/* records of a table whose name has another
									 * case are another table's */
	bool		header_taken;
	size_t		header_held;	/* 1 while record 0 of those held is the header */
};

/* An error is about this line and column. */
extern void reader_at(LogReader *r, int64 line, const char *column);

/* reader_bytes.c */
/* Take a little more of the file in; false at its end. */
extern bool reader_fill(LogReader *r);
/* Unzip what has come in of a file that is not read yet. */
extern void reader_unzip_ahead(LogReader *r);
/* The error that ended taking in. */
extern void reader_raise(LogReader *r) CDC_NORETURN;

#endif							/* CDC_LOG_READER_STATE_H */
