/*-------------------------------------------------------------------------
 *
 * look.c
 *	  What is looked at of a file to know whether it is read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"

#include "replay/look.h"

/* Enough for the first record of nearly every file. */
#define LOOK_BYTES	(64 * 1024)

TimestampTz
look_shifted(TimestampTz time, int64 span)
{
	TimestampTz result;

	if (TIMESTAMP_NOT_FINITE(time))
		return time;
	if (pg_add_s64_overflow(time, span, &result))
		return span > 0 ? DT_NOEND : DT_NOBEGIN;
	return result;
}

bool
look_first_time(Store *store, const LogConfig *config, const LogFile *file,
				LogPosition *position, TimestampTz *time)
{
	LogReader  *reader = reader_open(store, config, file, LOOK_BYTES,
									 position);
	bool		found = reader_first_time(reader, time);
	bool		cut = reader_cut(reader);

	reader_close(reader);
	if (!found && cut)
	{
		reader = reader_open(store, config, file, -1, position);
		found = reader_first_time(reader, time);
		reader_close(reader);
	}
	return found;
}

void
look_repeated_hour(const LogFile *file)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("the instant asked for lies in an hour that the clock of date_partition_timezone shows twice"),
			 errdetail("It is not known whether file \"%s\" is earlier or later.",
					   file->key)));
}

void
look_check_folder(Manifest *part, Store *store, const LogConfig *config)
{
	int			nbase;

	if (manifest_is_pinned(part))
		return;					/* it was seen to then */
	(void) manifest_base(part, &nbase);
	if (nbase == 0 && !config->allow_empty && manifest_cdc(part, 0) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
				 errmsg("nothing of a change log lies under \"%s\"",
						store_uri(store, manifest_folder(part))),
				 errhint("Check url, schema_name and table_name; a source table that never had a row leaves no folder: set allow_empty 'true' if that is so.")));
}
