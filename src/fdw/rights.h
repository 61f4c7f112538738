/*-------------------------------------------------------------------------
 *
 * rights.h
 *	  Servers and tables that arguments of functions name: are they of this
 *	  wrapper, and may the user ask?
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_RIGHTS_H
#define CDC_FDW_RIGHTS_H

#include "postgres.h"

/*
 * A server by name that is of this wrapper and that the current user may use;
 * raises an error otherwise.
 */
extern Oid	rights_server(const char *name);

/*
 * May the user read a relation by a query that names it: SELECT from it, in a
 * schema that he may use?  False where there is none.
 */
extern bool rights_may_read(Oid relid, Oid userid);

/*
 * Raise an error unless it is a foreign table of this wrapper that the current
 * user may read.
 */
extern void rights_check_table(Oid relid);

/* Returns true if it is a foreign table of this wrapper. */
extern bool rights_is_table(Oid relid);

#endif							/* CDC_FDW_RIGHTS_H */
