/*-------------------------------------------------------------------------
 *
 * op.h
 *	  The operation that a record begins with.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_OP_H
#define CDC_LOG_OP_H

#include "postgres.h"

#include "format/csv/csv.h"
#include "log/logconfig.h"

typedef enum LogOp
{
	LOG_UPSERT,					/* a record without op */
	LOG_INSERT,
	LOG_UPDATE,
	LOG_DELETE
} LogOp;

/* I, U, D, INSERT, UPDATE, DELETE in any case. */
extern bool op_parse(const char *s, size_t len, LogOp *op);

/* Operations that Qlik Replicate writes and AWS DMS does not. */
typedef enum
{
	OP_QLIK_NONE,
	OP_QLIK_BEFORE,			/* a row as it was before its update */
	OP_QLIK_TRUNCATE
} QlikOp;

/* B, BEFOREIMAGE, T, TRUNCATE in any case. */
extern QlikOp op_parse_qlik(const char *s, size_t len);

/*
 * True if a record can begin with that text where records begin with an
 * operation: I, U, D, or where op_column_name is given one of Qlik Replicate's.
 */
extern bool op_begins_record(const LogConfig *config, const char *s,
								 size_t len);

/* True if field i (from 0) of a record is one of Qlik Replicate's, unquoted. */
extern bool op_is_qlik(const CsvRecord *r, int i);

#endif							/* CDC_LOG_OP_H */
