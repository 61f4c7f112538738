/*-------------------------------------------------------------------------
 *
 * nearby.h
 *	  Folders near to one that is not there.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_NEARBY_H
#define CDC_LOG_NEARBY_H

#include "postgres.h"

#include "store/store.h"

/*
 * Names, for a hint, the folder that the user is likely to have meant by one
 * that is not there.  folder ends in a slash and is relative to the store's
 * root.  Its parents are listed, from the innermost, up to one that holds
 * folders, and there no more than the first thousand keys.  Where none is near
 * to the name, up to shown of those there are.  Returns a sentence,
 * palloc'd in the current context, or NULL: the folder is there, or nothing is
 * known.  A listing that fails is nothing known; cancels and shutdowns go
 * through.  To be called only where an error is raised right after, since what
 * a failure leaves behind is cleaned up by that.
 */
extern char *nearby_hint(Store *store, const char *folder, int shown);

#endif							/* CDC_LOG_NEARBY_H */
