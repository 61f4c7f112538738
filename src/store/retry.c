/*-------------------------------------------------------------------------
 *
 * retry.c
 *	  What is worth trying again: see retry.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/pg_prng.h"
#include "utils/timestamp.h"

#include "store/retry.h"

#define BASE_MS		100
#define CAP_MS		5000

int			retry_for = 10 * 1000;

bool
retry_is_transient(HttpFailure failure, int status, const char *code)
{
	static const int statuses[] = {408, 429, 500, 502, 503, 504};
	static const char *const codes[] = {
		"SlowDown", "InternalError", "RequestTimeout", "ServiceUnavailable",
		"Throttling", "RequestLimitExceeded"
	};

	if (failure != HTTP_OK)
		return failure == HTTP_FAIL_CONNECT ||
			failure == HTTP_FAIL_RESOLVE || failure == HTTP_FAIL_LOOKUPS ||
			failure == HTTP_FAIL_DESCRIPTORS || failure == HTTP_FAIL_TIMEOUT ||
			failure == HTTP_FAIL_BROKEN || failure == HTTP_FAIL_HANDSHAKE;
	for (int i = 0; i < lengthof(statuses); i++)
		if (statuses[i] == status)
			return true;
	for (int i = 0; i < lengthof(codes); i++)
		if (strcmp(codes[i], code) == 0)
			return true;
	return false;
}

bool
retry_goes_on(HttpFailure failure, int status, int tries, int max,
			  TimestampTz begun)
{
	bool		outage = failure == HTTP_FAIL_CONNECT || status == 503;

	return tries < max ||
		(outage && !TimestampDifferenceExceeds(begun, GetCurrentTimestamp(),
											   retry_for));
}

int
retry_delay(int tries)
{
	int			limit = BASE_MS;

	for (int i = 1; i < tries && limit < CAP_MS; i++)
		limit *= 2;
	return (int) (pg_prng_double(&pg_global_prng_state) * Min(limit, CAP_MS));
}
