/*-------------------------------------------------------------------------
 *
 * environment.c
 *	  Keys in the environment of the server process.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/cred/cred.h"

CredResult
cred_environment(CredFetch *f)
{
	const char *id = cred_getenv("AWS_ACCESS_KEY_ID");
	const char *secret = cred_getenv("AWS_SECRET_ACCESS_KEY");

	if (id == NULL && secret == NULL)
		return CRED_NONE;
	if (id && secret)
	{
		cred_set(f, "the environment", id, secret,
				 cred_getenv("AWS_SESSION_TOKEN"), 0);
		if (cred_fit(f))
			return CRED_FOUND;
	}
	return cred_fail(f, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, NULL,
					 id && secret ?
					 "They hold blanks or characters that are not ASCII." :
					 "One of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is missing.",
					 "the server's environment has no usable keys");
}
