/*-------------------------------------------------------------------------
 *
 * evidence_op.h
 *	  Whether the records of a file without header begin with an operation,
 *	  where its first record leaves that open.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_EVIDENCE_OP_H
#define CDC_LOG_EVIDENCE_OP_H

#include "log/manifest.h"

typedef enum OpVerdict
{
	OP_OPEN,					/* both may be */
	OP_THERE,
	OP_NOT_THERE
} OpVerdict;

/*
 * The verdict about a LOAD file, or about a change file of a task that may
 * write no operation, whose first record reads like one with an operation and
 * like one without.  places: of each of config's columns its place among the
 * table's columns, from 0, or -1.  Looks at files as evidence.h says; raises
 * what listing and reading raise.
 */
extern OpVerdict evidence_op(Store *store, const LogConfig *config,
							 const LogFile *file, const int *places);

#endif							/* CDC_LOG_EVIDENCE_OP_H */
