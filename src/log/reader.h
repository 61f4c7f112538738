/*-------------------------------------------------------------------------
 *
 * reader.h
 *	  The records of one file: fetched, unzipped, taken apart, and read by the
 *	  file's layout.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_READER_H
#define CDC_LOG_READER_H

#include "postgres.h"

#include "log/filter.h"
#include "log/layout.h"
#include "log/manifest.h"
#include "log/position.h"
#include "log/progress.h"
#include "log/record.h"

typedef struct LogReader LogReader;

/*
 * Begin to fetch file and return at once.  limit (bytes, or -1) serves looks
 * at a file's first record.  position is kept up to date for error contexts.
 * Lives in a child of the current context, which reader_close deletes.
 */
extern LogReader *reader_open(Store *store, const LogConfig *config,
							  const LogFile *file, int64 limit,
							  LogPosition *position);
extern void reader_close(LogReader *r); /* accepts NULL */
/* How many bytes may be fetched before they are read: see ahead.h. */
extern void reader_share(LogReader *r, int64 bytes);

/*
 * Before anything is read: pass over records that are of none of these keys,
 * where that can be told sooner than by reading them; others may come too.
 * filter is NULL for none, or lives as long as the reader.
 */
extern void reader_filter(LogReader *r, const KeyFilter *filter);
/* Count what is read of the file in progress; NULL: in none. */
extern void reader_watch(LogReader *r, Progress *progress);
/* Take back what was told of the file, which is to be read again. */
extern void reader_unread(LogReader *r);

/*
 * Next record of the table, false at the end.  Records of other tables in a
 * transaction file are passed over.  *rec is good until the next call.
 */
extern bool reader_next(LogReader *r, LogRecord *rec);

/*
 * Like reader_next, but the time of any table's record (which is what ends a
 * search for later files).  False at the end.
 */
extern bool reader_first_time(LogReader *r, TimestampTz *time);

/*
 * Take in a little more of a file that is to be held as a whole; false at its
 * end.  (Who stops before goes on with reader_next, which begins at the first
 * record.)
 */
extern bool reader_hold_more(LogReader *r);
/* Records held, and the i'th; false where it is another table's. */
extern size_t reader_held(const LogReader *r);
extern bool reader_get(LogReader *r, size_t i, LogRecord *rec);
/* The same of our table's record whose time is known. */
extern void reader_get_at(LogReader *r, size_t i, TimestampTz time,
						  LogRecord *rec);
/* The same where only op, time, key and sequence matter: other cells are not there. */
extern bool reader_peek(LogReader *r, size_t i, LogRecord *rec);
/*
 * The same of n records (which are held) from the i'th on, where the table's
 * key is one integer of at most digits digits (0: the key does not matter), and
 * they begin with nothing but op, time and key, plainly written.  How many of
 * them do; the next one is to be read by its fields.
 */
extern size_t reader_plain(LogReader *r, size_t i, size_t n, int digits,
						   PlainRecord *out);
/* Bytes that the reader takes, of itself and of what it holds. */
extern size_t reader_memory(const LogReader *r);

/*
 * Some columns, the same in all calls of a reader, of our table's i'th record,
 * and its line; without a look at the rest of it.  The cells are good until this
 * record or another one is got, by whatever function.  False where it is not so
 * simple: record_cell() knows.
 */
extern bool cells_read(LogReader *r, size_t i, const int *columns, int n,
						 Cell *cells, int64 *line);

/*
 * Records at hand without reading on, the next included; 0 at the end.  The
 * k'th of them can be peeked at (not in transaction files), or passed over.
 */
extern size_t reader_left(LogReader *r);
extern void reader_peek_left(LogReader *r, size_t k, LogRecord *rec);
extern size_t reader_plain_left(LogReader *r, size_t i, size_t n, int digits,
								PlainRecord *out);
/* Of the next record, its number among those held. */
extern size_t reader_place(const LogReader *r);
extern void reader_skip(LogReader *r);

/* Did the limit cut the file, so that the end met is not the file's? */
extern bool reader_cut(const LogReader *r);

/* NULL before the first record; lives as long as the reader. */
extern const Layout *reader_layout(const LogReader *r);

/* How a file's lines end, where the records of its first block tell it. */
typedef enum ReaderEnds
{
	READER_ENDS_SAID,			/* an option or a header does, or none ended yet */
	READER_ENDS_LF,
	READER_ENDS_CRLF
} ReaderEnds;

extern ReaderEnds reader_ends(const LogReader *r);
/* Returns the file's URI, which lives as long as r. */
extern const char *reader_uri(const LogReader *r);

/* Returns the file that is read, as reader_open was given it. */
extern const LogFile *reader_file(const LogReader *r);

#endif							/* CDC_LOG_READER_H */
