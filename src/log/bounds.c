/*-------------------------------------------------------------------------
 *
 * bounds.c
 *	  How long a record may be, and how far a file may expand.
 *
 * Both are for files that are broken or meant to harm: an open quote that
 * swallows all that follows, a bomb.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/bounds.h"

/* Small files harm nobody, and some of them repeat one byte. */
#define RATIO_FROM		((int64) 64 * 1024 * 1024)

void
bounds_check_ratio(const LogConfig *config, const char *uri, int64 stored,
				   int64 inflated)
{
	if (config->max_gzip_ratio == 0 || inflated <= RATIO_FROM ||
		inflated / config->max_gzip_ratio < stored)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("gzip file \"%s\" expands to more than %d times its size",
					uri, config->max_gzip_ratio),
			 errdetail("Its first %lld bytes hold %lld or more.",
					   (long long) stored, (long long) inflated),
			 errhint("If the file is what it should be, set cdc_fdw.max_gzip_ratio higher, or to 0 for no limit.")));
}

void
bounds_raise_record(const LogConfig *config, const char *uri, int64 line)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("record is longer than %d bytes",
					config->max_record_bytes),
			 errdetail("The record that starts on line %lld of file \"%s\" has not ended by then.",
					   (long long) line, uri),
			 errhint("If a quote is not meant as one, set rfc4180 'false'; if records are that long, set cdc_fdw.max_record_bytes higher.")));
}
