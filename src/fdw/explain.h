/*-------------------------------------------------------------------------
 *
 * explain.h
 *	  What EXPLAIN shows of a scan.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_EXPLAIN_H
#define CDC_FDW_EXPLAIN_H

#include "postgres.h"

#include "log/logconfig.h"

/* Returns the name that EXPLAIN gives to a mode of tables, a constant. */
extern const char *explain_mode(LogMode mode);

#endif							/* CDC_FDW_EXPLAIN_H */
