/*-------------------------------------------------------------------------
 *
 * tuple.h
 *	  Text of the log to typed values, through the types' input functions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_TUPLE_H
#define CDC_REPLAY_TUPLE_H

#include "postgres.h"

#include "log/reader.h"
#include "replay/values/convert.h"

typedef struct TupleMaker TupleMaker;

/* Look up the input functions of config's columns; lives in the current context. */
extern TupleMaker *tuple_open(const LogConfig *config, LogPosition *position);

/*
 * The direct way of column col, which raises nothing and needs no checks first
 * (call it with the column's typmod); NULL: only tuple_value() knows.
 */
extern ConvertFunction tuple_direct(const TupleMaker *t, int col);

/*
 * The value of column col, by its type's input function and typmod, in the
 * current context.  cell must be a CELL_VALUE.  Bytes that are not valid UTF-8
 * and values that do not fit raise an error under position's file and line.
 */
extern Datum tuple_value(TupleMaker *t, int col, const Cell *cell);

/*
 * The same, but false where the value does not fit, with *error palloc'd in
 * the current context.  A cell without value is checked as a NULL.
 */
extern bool tuple_try_value(TupleMaker *t, int col, const Cell *cell,
							Datum *value, ErrorData **error);

/* Raise an error where column col is of a domain that does not allow NULL. */
extern void tuple_check_null(TupleMaker *t, int col);

/*
 * Raise an error where the type of column col does not have the value of its
 * option missing.
 */
extern void tuple_check_missing(TupleMaker *t, int col);

#endif							/* CDC_REPLAY_TUPLE_H */
