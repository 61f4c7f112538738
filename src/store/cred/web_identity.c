/*-------------------------------------------------------------------------
 *
 * web_identity.c
 *	  A role taken on by a token in a file, as Kubernetes mounts it (IRSA).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/cred/cred.h"

CredResult
cred_web_identity(CredFetch *f)
{
	const char *file = cred_getenv("AWS_WEB_IDENTITY_TOKEN_FILE");
	CredRole	role = {
		.arn = cred_getenv("AWS_ROLE_ARN"),
		.session_name = cred_getenv("AWS_ROLE_SESSION_NAME")
	};

	if (file == NULL)
		return CRED_NONE;
	if (role.arn == NULL)
		return cred_fail(f, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, NULL,
						 NULL, "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
	return cred_assume_by_token(f, &role, file);
}
