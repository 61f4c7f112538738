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
 * Call step(arg) in a subtransaction; NULL, or what went wrong, palloc'd in
 * the current context, and then all it did is undone.  Cancels and shutdowns
 * go through.
 */
extern char *attempt_call(void (*step) (void *arg), void *arg);

#endif							/* CDC_FDW_ATTEMPT_H */
