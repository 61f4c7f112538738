/*-------------------------------------------------------------------------
 *
 * progress_view.c
 *	  cdc_fdw_progress(): how far running scans are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "log/progress.h"

/* pid, foreign_table, mode, instant, phase, the counts, started */
#define COLUMNS	(5 + PROGRESS_KINDS + 1)

static const char *const phases[] = {
	[PROGRESS_LISTING] = "listing",
	[PROGRESS_READING] = "reading",
	[PROGRESS_CHANGES] = "changes",
	[PROGRESS_FULL_LOAD] = "full load",
	[PROGRESS_READING_BACK] = "reading back",
	[PROGRESS_DONE] = "done"
};

/* As PostgreSQL's own views of progress. */
static bool
may_see(const ProgressRow *row)
{
	return has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) ||
		has_privs_of_role(GetUserId(), row->userid);
}

static void
put_scan(const ProgressRow *row, void *arg)
{
	ReturnSetInfo *rsinfo = arg;
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS];
	bool		shown = may_see(row);

	memset(nulls, !shown, sizeof(nulls));
	nulls[0] = false;
	values[0] = Int32GetDatum(row->pid);
	if (shown)
	{
		values[1] = ObjectIdGetDatum(row->relid);
		values[2] = CStringGetTextDatum(row->mode);
		values[3] = TimestampTzGetDatum(row->asof);
		nulls[3] = row->asof == DT_NOEND;
		values[4] = CStringGetTextDatum(phases[row->phase]);
		for (int i = 0; i < PROGRESS_KINDS; i++)
			values[5 + i] = Int64GetDatum(row->counts[i]);
		nulls[5 + PROGRESS_RECORDS] = nulls[5 + PROGRESS_ROWS] = !row->counted;
		values[COLUMNS - 1] = TimestampTzGetDatum(row->started);
	}
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

CDC_FUNCTION(cdc_fdw_progress);

Datum
cdc_fdw_progress(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	progress_visit(put_scan, fcinfo->resultinfo);
	return (Datum) 0;
}
