/*-------------------------------------------------------------------------
 *
 * reject.h
 *	  Values that do not fit, where an option lets them pass.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_REJECT_H
#define CDC_FDW_REJECT_H

#include "postgres.h"

#include "fdw/walk.h"

/*
 * Count a value of column col that does not fit; raises an error
 * past reject_limit.
 */
extern void reject_value(CdcScan *scan, int col, const ErrorData *error);
/* Tell once of all that were counted. */
extern void reject_report(const CdcScan *scan);

#endif							/* CDC_FDW_REJECT_H */
