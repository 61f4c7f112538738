/*-------------------------------------------------------------------------
 *
 * owner.h
 *	  Tables that the caller did not name: whose code runs, and as whom.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_OWNER_H
#define CDC_FDW_OWNER_H

#include "postgres.h"

#include "fdw/options/options.h"

/* Returns the role that owns a relation, InvalidOid where there is none. */
extern Oid	owner_of(Oid relid);

/*
 * Returns the first column of the table whose values run code of a user whom
 * the caller has no reason to trust, or NULL.  An owner who has the caller's
 * privileges anyway, as a superuser has, wins nothing by running as him.
 */
extern const LogColumn *owner_foreign_code(const CdcOptions *opts);

/*
 * True if what a table of the server says counts for tables of the role asks:
 * its options could say what is false, so it must be of somebody who could alter
 * those tables, or the server, as well.  The table is neither opened nor locked.
 */
extern bool owner_is_heard(Oid relid, Oid asks, Oid serverid);

/*
 * Calls step(arg) as owner, whose code then can neither set the session's role
 * back nor change its settings, as PostgreSQL analyzes tables.  To be called in
 * a subtransaction: where step raises an error, its end restores the caller.
 */
extern void owner_call(Oid owner, void (*step) (void *arg), void *arg);

#endif							/* CDC_FDW_OWNER_H */
