/*-------------------------------------------------------------------------
 *
 * impl.h
 *	  A comparison of a foreign table with a log, for the files that make it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_SYNC_IMPL_H
#define CDC_FDW_SYNC_IMPL_H

#include "postgres.h"

#include "fdw/import/sync/sync.h"

/* One comparison of a table with a log it reads. */
typedef struct SyncComparison
{
	const Import *import;
	SyncTable  *e;
	const LogConfig *log;
	ImportTable *t;
	const Recognised *r;
	StringInfo	misfits;		/* values that do not fit; where on_error lets such
								 * values pass, these are not told */
	bool	   *in_some;		/* of each declared column: a header has it */
	bool	   *in_all;			/* all headers have it */
	bool	   *declared;		/* of each column of t: one is declared for it */
} SyncComparison;

/* Add to what is wrong, once; s: misfits, moved or key of a table. */
extern void sync_reason(StringInfo s, const char *format,...)
			pg_attribute_printf(2, 3);

/* ---- values.c ---- */

/*
 * Report the first value of the file that the column's type does not read, and
 * return false.  Where on_error lets such values pass, only a field of which
 * the type reads none does not fit.
 */
extern bool sync_check_values(SyncComparison *x, const LogColumn *declared,
							  const ImportColumn *c, int file);
/*
 * Report the first value that says more than its type holds, and that of a key
 * in which its inferred type may take different texts for one: the rows of 7
 * and 007 would be one row.
 */
extern void sync_check_type(SyncComparison *x, const LogColumn *declared,
							const ImportColumn *c);

#endif							/* CDC_FDW_SYNC_IMPL_H */
