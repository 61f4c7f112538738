/*-------------------------------------------------------------------------
 *
 * told.h
 *	  What the session was told of already: for notices that are raised once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_TOLD_H
#define CDC_FDW_TOLD_H

#include "postgres.h"

/* What a notice is about; a line for each kind. */
typedef enum ToldKind
{
	TOLD_NO_BASE_TIME,			/* of a server: nothing says when its full loads
								 * were taken */
	TOLD_WRONG_KEY				/* of a table: most changes meet no row */
} ToldKind;

/*
 * True if the session was not told of that yet about the foreign table, or
 * server, of that OID; false from then on.  Also where the transaction fails
 * later: the notice was sent.
 */
extern bool told_once(Oid about, ToldKind kind);

#endif							/* CDC_FDW_TOLD_H */
