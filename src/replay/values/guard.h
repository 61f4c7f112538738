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
 * Call fn(arg).  False where it raises that a value is bad, with *error a copy
 * in the current context; other errors pass.  leaf says that no type whose
 * functions fn calls has HOLDS_CODE (holds.h); unless it is true, this takes a
 * subtransaction.  Where none can be begun (a parallel query, before
 * PostgreSQL 17) such an error passes too, with a hint.
 */
extern bool guard_call(void (*fn) (void *arg), void *arg, bool leaf,
					   ErrorData **error);

#endif							/* CDC_REPLAY_GUARD_H */
