/*-------------------------------------------------------------------------
 *
 * guard.h
 *	  Conversions that may fail without ending the query.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_GUARD_H
#define CDC_REPLAY_GUARD_H

#include "postgres.h"

/*
 * Do all functions that convert text to this type hold nothing (locks, pins,
 * references) when they raise an error?  So it is with PostgreSQL's own plain
 * types and their arrays.
 */
extern bool guard_type_is_leaf(Oid typid);

/*
 * Call fn(arg).  False where it raises that a value is bad, with *error a copy
 * in the current context; other errors pass.  Unless leaf is true for all that
 * fn calls, this takes a subtransaction.  Where none can be begun (a parallel
 * query, before PostgreSQL 17) such an error passes too, with a hint.
 */
extern bool guard_call(void (*fn) (void *arg), void *arg, bool leaf,
					   ErrorData **error);

#endif							/* CDC_REPLAY_GUARD_H */
