/*-------------------------------------------------------------------------
 *
 * evidence_columns.h
 *	  Which columns the first LOAD file and the newest change file have.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_EVIDENCE_COLUMNS_H
#define CDC_LOG_EVIDENCE_COLUMNS_H

#include "log/manifest.h"
#include "log/names.h"

/*
 * Add to twin[i] (numbered as in names.h) what names_twin() says of these
 * files, and to folded[i] whether one has i by a name that differs in case.  Of
 * logs with headers.  Looks at files as evidence.h says; raises what listing
 * and reading raise.
 */
extern void evidence_find_twins(LogEvidence *e, Store *store,
								const LogConfig *config, NameTwin *twin,
								bool *folded);

/* Which columns the files that were looked at have. */
typedef struct EvidenceColumns
{
	bool	   *seen;			/* of each of LogConfig.columns */
	char	  **closest;		/* with headers, of each not seen: the closest
								 * name, or NULL */
	int			width;			/* without: the most columns */
} EvidenceColumns;

/*
 * Add what the files of a folder have.  Texts are palloc'd in the current
 * context.  A file that cannot be read adds nothing; raises what the store
 * raises.
 */
extern void evidence_add_columns(LogEvidence *e, Store *store,
								 const LogConfig *config,
								 EvidenceColumns *columns);

/*
 * How many of the table's columns the first record of a file without header
 * has; 0: unknown.  *time: its commit time in a file of the table's own, or
 * DT_NOBEGIN.  Raises what the store raises.
 */
extern int	evidence_width(const LogFile *file, Store *store,
						   const LogConfig *config, TimestampTz *time);

#endif							/* CDC_LOG_EVIDENCE_COLUMNS_H */
