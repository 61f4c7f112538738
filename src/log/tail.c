/*-------------------------------------------------------------------------
 *
 * tail.c
 *	  The end of a log, without listing the log.
 *
 * A store lists forward only, so the listing begins some time before the end,
 * and earlier if nothing was there.  What was listed is not listed again:
 * see manifest_from().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"

#include "log/tail.h"

LogTail
tail_of(Manifest *part, TimestampTz until, TimestampTz named_to, int step)
{
	static const int64 spans[TAIL_STEPS - 1] = {
		USECS_PER_HOUR, USECS_PER_DAY, 10 * USECS_PER_DAY,
		100 * USECS_PER_DAY, 1000 * USECS_PER_DAY
	};
	LogTail		tail = {part, 0};
	TimestampTz from = DT_NOBEGIN;
	LogFile    *f;

	if (step >= lengthof(spans) ||
		pg_sub_s64_overflow(until, spans[step], &from) ||
		!IS_VALID_TIMESTAMP(from))
		from = DT_NOBEGIN;
	else
		tail.manifest = manifest_from(part, from);
	while ((f = manifest_cdc(tail.manifest, tail.nfiles)) != NULL &&
		   f->time_hi <= named_to)
		tail.nfiles++;
	/* a listing that has more must not look later than those of other tables */
	if (tail.nfiles > 0 && tail_file(&tail, 0)->time < from)
		tail.nfiles = 0;
	return tail;
}

LogFile *
tail_file(const LogTail *tail, int i)
{
	return i < tail->nfiles ?
		manifest_cdc(tail->manifest, tail->nfiles - 1 - i) : NULL;
}
