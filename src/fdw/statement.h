/*-------------------------------------------------------------------------
 *
 * statement.h
 *	  What the scans of a statement share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_STATEMENT_H
#define CDC_FDW_STATEMENT_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "fdw/instants.h"

typedef struct Statement
{
	SessionInstants session;	/* when the first of its scans began */
	int64		bytes;			/* that its scans have chosen to read */
} Statement;

/*
 * What the scans under an executor state share, and lives as long as that: of
 * rows that are checked again after a lock, as the statement's own scans.
 */
extern Statement *statement_of(EState *estate);
/* The executor state of the whole statement. */
extern EState *statement_estate(EState *estate);

#endif							/* CDC_FDW_STATEMENT_H */
