/*-------------------------------------------------------------------------
 *
 * record_pack.h
 *	  A record in one piece, to be sorted or sent.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_RECORD_PACK_H
#define CDC_LOG_RECORD_PACK_H

#include "postgres.h"

#include "log/record.h"

/* Memory that an unpacked record points to; begins as zeros but for ctx. */
typedef struct RecordRoom
{
	MemoryContext ctx;			/* of the fields */
	LogRecord	before;
	CsvField   *fields;
	int			maxfields;
} RecordRoom;

/* Returns the bytes that record_pack() fills. */
extern Size record_packed_size(const LogRecord *rec);

/*
 * Writes the record, and the row before it where it has one, to to, which is
 * aligned as palloc() aligns.  Time, line, file and layout are left out.
 */
extern void record_pack(const LogRecord *rec, char *to);

/*
 * Sets *rec to what was packed, but its time, file and layout.  It points into
 * packed and room, and is good until either is used again.
 */
extern void record_unpack(const char *packed, int64 line, RecordRoom *room,
						  LogRecord *rec);

#endif							/* CDC_LOG_RECORD_PACK_H */
