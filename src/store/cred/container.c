/*-------------------------------------------------------------------------
 *
 * container.c
 *	  Keys of a container: ECS tasks, EKS Pod Identity.
 *
 * Where they lie is said by the environment of the server process.  Over plain
 * http they are asked for at the machine's own addresses only, as AWS's own
 * clients do.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/cred/cred.h"

#define ECS_HOST	"http://169.254.170.2"
#define SOURCE		"the container"

/* The header's value, NULL for none; false where f failed. */
static bool
authorization(CredFetch *f, const char **value)
{
	const char *file = cred_getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");

	if (file)
	{
		*value = cred_read_token(f, file);
		return *value != NULL;
	}
	*value = cred_getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	for (const char *s = *value; s && *s; s++)
		if ((unsigned char) *s < ' ' || (unsigned char) *s >= 0x7f)
		{
			cred_fail(f, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, NULL,
					  NULL, "AWS_CONTAINER_AUTHORIZATION_TOKEN cannot stand in a header");
			return false;
		}
	return true;
}

CredResult
cred_container(CredFetch *f)
{
	const char *relative = cred_getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *url = cred_getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *token;
	char	   *headers[] = {"accept: application/json", NULL, NULL};
	HttpTarget	target = {.headers = headers,.expect = 200,
		.connect_ms = 1000,.total_ms = 5000,.direct = true,
	.hide_path = true};
	CredReply	reply;
	CredDoc		doc;
	CredResult	result;

	if (relative)
		url = psprintf(ECS_HOST "%s%s", relative[0] == '/' ? "" : "/",
					   relative);
	if (url == NULL)
		return CRED_NONE;
	if (!cred_doc_container_url(url))
		return cred_fail(f, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, NULL,
						 "Keys are asked for by https, or by http at addresses of this machine, of ECS and of EKS.",
						 "AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that is not allowed");
	if (!authorization(f, &token))
		return CRED_FAILED;
	if (token)
		headers[1] = psprintf("authorization: %s", token);
	target.url = url;
	cred_request(&target, NULL, 3, false, &reply);
	if (reply.status == 0)
		return cred_fail(f, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION, NULL,
						 reply.error, "could not get credentials from %s",
						 SOURCE);
	if (reply.status != 200)
		return cred_fail(f, ERRCODE_INSUFFICIENT_PRIVILEGE, NULL,
						 psprintf("HTTP status %d.", reply.status),
						 "could not get credentials from %s", SOURCE);
	cred_doc_json(reply.body, reply.len, &doc);
	explicit_bzero(reply.body, reply.len);
	result = cred_take(f, &doc, SOURCE);
	explicit_bzero(&doc, sizeof(doc));
	return result;
}
