/*-------------------------------------------------------------------------
 *
 * retry.h
 *	  What is worth trying again, and after how long.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_RETRY_H
#define CDC_STORE_RETRY_H

#include "datatype/timestamp.h"

#include "store/http/http.h"

/* Tries of one request, the first included, that have no time to pass. */
#define RETRY_MAX_TRIES		5

/* The session's setting: milliseconds for which an outage is outlasted. */
extern int	retry_for;

/* status: of the answer, 0 for none; code: S3's, "" for none. */
extern bool retry_is_transient(HttpFailure failure, int status,
							   const char *code);

/*
 * True if another try is due after failures that may pass.  tries: those made
 * out of max, the last of which ended with failure or status.  A service that
 * takes no connections, or says that it is unavailable, is about to be back:
 * it is tried until retry_for has gone by since begun, the begin of the first.
 */
extern bool retry_goes_on(HttpFailure failure, int status, int tries, int max,
						  TimestampTz begun);

/*
 * Milliseconds to wait after the given number of tries: full jitter, that is
 * evenly between nothing and an exponentially growing limit.
 */
extern int	retry_delay(int tries);

#endif							/* CDC_STORE_RETRY_H */
