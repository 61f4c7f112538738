/*-------------------------------------------------------------------------
 *
 * watermark.c
 *	  Up to which instant a log is provably complete.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/fdw.h"

void
watermark_apply(CdcScan *scan, EState *estate, Oid userid)
{
	if (scan->asof == ASOF_AT_WATERMARK || cdc_require_sealed)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("watermarks are not supported yet")));
}
