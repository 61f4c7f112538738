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

#include "utils/dsa.h"

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

/*
 * A session is a leader and its parallel workers, and a worker may be the only
 * one to read a file: what the session was told of the table lies in memory
 * that PostgreSQL shares between them as long as the session lasts.
 * told_share() returns it, by the leader, when it has workers, and told_join()
 * makes it told_once()'s in a worker.
 */
extern dsa_pointer told_share(Oid about);
extern void told_join(Oid about, dsa_pointer shared);

/*
 * For LogConfig.tell: a NOTICE once a session and table, by whichever process
 * finds it.  PostgreSQL sends on those of workers, unless the query fails
 * before.
 */
extern void told_undeclared(const LogConfig *config, LogUndeclared what,
							const char *field, const char *column);

#endif							/* CDC_FDW_TOLD_H */
