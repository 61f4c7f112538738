/*-------------------------------------------------------------------------
 *
 * columns.h
 *	  The columns of a foreign table, as their options describe them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_OPTION_COLUMNS_H
#define CDC_FDW_OPTION_COLUMNS_H

#include "postgres.h"

#include "utils/rel.h"

#include "fdw/options/table.h"
#include "log/logconfig.h"

/*
 * Fill the columns of log, palloc'd in the current context.  Raises whatever
 * does not fit among columns, or between them and the settings of the log,
 * which must be filled before.
 */
extern void option_columns_read(Relation rel, LogConfig *log);

/* Raise what contradicts itself in the options of one column alone. */
extern void option_columns_check_one(const OptionValues *v,
									 const char *attname);

#endif							/* CDC_FDW_OPTION_COLUMNS_H */
