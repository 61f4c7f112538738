/*-------------------------------------------------------------------------
 *
 * attempt.h
 *	  Steps that may fail without failing the whole.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_ATTEMPT_H
#define CDC_FDW_ATTEMPT_H

#include "postgres.h"

/*
 * Calls step(arg) in a subtransaction.  Returns NULL, or the error, palloc'd
 * in the current context, and then all it did is undone.  Cancels and
 * shutdowns go through.
 */
extern ErrorData *attempt_error(void (*step) (void *arg), void *arg);

/* Returns only its message; else like attempt_error(). */
extern char *attempt_call(void (*step) (void *arg), void *arg);

#endif							/* CDC_FDW_ATTEMPT_H */
