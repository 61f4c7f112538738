/*-------------------------------------------------------------------------
 *
 * advice.h
 *	  What the first record of a file without header shows of settings that
 *	  are forgotten or wrong.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_ADVICE_H
#define CDC_LOG_ADVICE_H

#include "log/layout.h"

/*
 * Raises an error where a file's first record names the table's columns and
 * nobody said whether files have a header, or where it is one field of several
 * columns with another delimiter in it and nobody said which one files have.
 * places: of each of config's columns its place among the table's columns, from
 * 0, or -1; total: how many there are.
 */
extern void advice_check_first(const LogConfig *config, const CsvRecord *first,
							   const int *places, int total);

/*
 * Raises an error where a record of a transaction file is of no table at all,
 * since it does not begin with operation, table and schema, so that it is not
 * passed over as another table's.  The hint names the likely setting.
 */
extern void advice_check_transaction(const LogConfig *config,
									 const CsvRecord *r);

/*
 * Returns a hint, palloc'd, at csv_delimiter where a record is one field with
 * another delimiter in it, else NULL.
 */
extern char *advice_for_delimiter(const LogConfig *config, const CsvRecord *r);

/*
 * Returns a hint, palloc'd, at add_column_name where a record begins with the
 * operation's name, or has columns' names in more than half of its fields, else
 * NULL.
 */
extern char *advice_for_header(const LogConfig *config, const CsvRecord *r);

/*
 * Returns a hint, palloc'd, at the setting that is likely the cause of a first
 * record r with more or fewer fields than the total of declared columns allows;
 * what else it may be is said in it.
 */
extern char *advice_for_width(const LogConfig *config, const CsvRecord *r,
							  int total);

/*
 * Returns a hint, palloc'd, as advice_for_width() does, for a record of a
 * transaction file, whose columns follow its table.
 */
extern char *advice_for_transaction_width(const LogConfig *config,
										  const CsvRecord *r, int total);

#endif							/* CDC_LOG_ADVICE_H */
