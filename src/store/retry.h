/*-------------------------------------------------------------------------
 *
 * retry.h
 *	  What is worth trying again, and after how long.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_RETRY_H
#define CDC_STORE_RETRY_H

#include "store/http.h"

/* Tries of one request in all, the first included. */
#define RETRY_MAX_TRIES		5

/* status: of the answer, 0 for none; code: S3's, "" for none. */
extern bool retry_is_transient(HttpFailure failure, int status,
							   const char *code);

/*
 * Milliseconds to wait after the given number of tries: full jitter, that is
 * evenly between nothing and an exponentially growing limit.
 */
extern int	retry_delay(int tries);

#endif							/* CDC_STORE_RETRY_H */
