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

#include "log/logconfig.h"

/* Kinds of notices, each remembered by itself. */
typedef enum ToldKind
{
	TOLD_NO_BASE_TIME,			/* of a server: nothing says when its full loads
								 * were taken */
	TOLD_WRONG_KEY,				/* of a table: most changes meet no row */
	TOLD_UNDECLARED_TIME,		/* of a table: its log has commit times */
	TOLD_UNDECLARED_BEFORE		/* of a table: its log has before images */
} ToldKind;

/*
 * True if the session was not told of that yet about the foreign table, or
 * server, of that OID; false from then on.  Also where the transaction fails
 * later: the notice was sent.
 */
extern bool told_once(Oid about, ToldKind kind);

/* For LogConfig.tell: a NOTICE once a session and table, by the leader. */
extern void told_undeclared(const LogConfig *config, LogUndeclared what,
							const char *field, const char *column);

#endif							/* CDC_FDW_TOLD_H */
