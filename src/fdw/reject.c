/*-------------------------------------------------------------------------
 *
 * reject.c
 *	  Values that do not fit their columns, where on_error lets them pass.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/reject.h"
#include "fdw/walk.h"

static void
check_limit(const CdcScan *scan, const ErrorData *error)
{
	const LogConfig *c = &scan->opts->log;

	if (c->reject_limit == 0 || scan->walk_rejected <= c->reject_limit)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg(c->on_error == ON_ERROR_SKIP ?
					"more than %lld rows of foreign table \"%s\" have a value that does not fit its column" :
					"more than %lld values of foreign table \"%s\" do not fit their columns",
					(long long) c->reject_limit, c->foreign_table),
			 errdetail("The last one: %s", error->message),
			 errhint("Correct the columns' types, or set a higher reject_limit.")));
}

void
reject_value(CdcScan *scan, int col, const ErrorData *error)
{
	const LogPosition *at = &scan->position;

	scan->rejected++;
	scan->walk_rejected++;
	check_limit(scan, error);
	if (scan->first_reject == NULL)
		scan->first_reject = MemoryContextStrdup(scan->ctx,
												 psprintf("The first one: %s; file \"%s\", line %lld, column \"%s\".",
														  error->message, at->uri,
														  (long long) at->line,
														  scan->opts->log.columns[col].attname));
}

void
reject_report(const CdcScan *scan)
{
	const char *table = scan->opts->log.foreign_table;

	if (scan->rejected == 0)
		return;
	if (scan->opts->log.on_error == ON_ERROR_SKIP)
		ereport(NOTICE,
				(errmsg_plural("%lld row of foreign table \"%s\" was skipped, as a value does not fit its column",
							   "%lld rows of foreign table \"%s\" were skipped, as a value does not fit its column",
							   scan->rejected, (long long) scan->rejected, table),
				 errdetail_internal("%s", scan->first_reject)));
	else
		ereport(NOTICE,
				(errmsg_plural("%lld value of foreign table \"%s\" was read as NULL, as it does not fit its column",
							   "%lld values of foreign table \"%s\" were read as NULL, as they do not fit their columns",
							   scan->rejected, (long long) scan->rejected, table),
				 errdetail_internal("%s", scan->first_reject)));
}
