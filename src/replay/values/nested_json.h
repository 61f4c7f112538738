/*-------------------------------------------------------------------------
 *
 * nested_json.h
 *	  Columns of type json and jsonb: the text of maps, rows and arrays to
 *	  their values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_NESTED_JSON_H
#define CDC_REPLAY_NESTED_JSON_H

#include "postgres.h"

#include "log/logconfig.h"
#include "replay/values/input.h"
#include "replay/values/nested.h"

typedef struct NestedColumn NestedColumn;

/*
 * Raise what is wrong with option "fields" under this encoding.  Types that are
 * written with a schema may come later: a dump does not know that the option
 * names them.
 */
extern void nested_check_fields(NestedEncoding encoding, const char *fields);

/*
 * Raise what is wrong with options "encoding" and "fields" of a column: its
 * own type, and types of fields that do not exist.
 */
extern void nested_check_column(const LogColumn *col);

/*
 * What nested_input needs for a column, in the current context; NULL if its
 * type is neither json nor jsonb.  style says how the values in it are written,
 * and must live as long.
 */
extern NestedColumn *nested_open(const LogColumn *col,
								 const ValueStyle *style);

/*
 * Raise an error where the bytes end inside of a character because the value
 * was cut.  To be called before they are converted from UTF-8.
 */
extern void nested_check_end(const char *data, uint32 len);

/*
 * The column's value, by its type's input function, in the current context.
 * text is in the server's encoding.  Text that is cut short, malformed or
 * ambiguous raises an error.
 */
extern Datum nested_input(NestedColumn *n, InputReader *input, char *text);

/*
 * Raise an error where text, of a column of type hstore, ends inside of the
 * word NULL: the type's input function takes what is left of it for a string.
 */
extern void nested_check_hstore(const char *text);

#endif							/* CDC_REPLAY_NESTED_JSON_H */
