/*-------------------------------------------------------------------------
 *
 * imds.c
 *	  Keys of the role of an EC2 instance, by its metadata service, version 2.
 *
 * Where nobody answers this is no such instance; that must be found out soon,
 * so waits are short.  The first version, without a token, is not spoken.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/cred/cred.h"

#define HOST		"http://169.254.169.254"
#define ROLES		"/latest/meta-data/iam/security-credentials/"
#define SOURCE		"the instance metadata service"
#define CONNECT_MS	1000
#define TOTAL_MS	3000

static CredResult
failed(CredFetch *f, const CredReply *reply)
{
	return cred_fail(f, reply->status == 0 ?
					 ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION :
					 ERRCODE_INSUFFICIENT_PRIVILEGE, NULL,
					 reply->status == 0 ? reply->error :
					 psprintf("HTTP status %d.", reply->status),
					 "could not get credentials from %s", SOURCE);
}

static void
ask(const char *url, const char *method, char *header, int tries,
	CredReply *reply)
{
	char	   *headers[] = {header, NULL};
	HttpTarget	target = {.url = url,.headers = headers,.expect = 200,
		.method = method,.connect_ms = CONNECT_MS,.total_ms = TOTAL_MS,
	.direct = true};

	cred_request(&target, NULL, tries, false, reply);
}

/* The name of the role: the first line, NULL where it is none. */
static char *
role_name(CredReply *reply)
{
	char	   *name = reply->body;

	name[strcspn(name, "\r\n")] = '\0';
	return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@_-") == strlen(name) ?
		name : NULL;
}

static CredResult
take_keys(CredFetch *f, CredReply *reply)
{
	CredDoc		doc;
	CredResult	result;

	cred_doc_json(reply->body, reply->len, &doc);
	explicit_bzero(reply->body, reply->len);
	if (doc.code[0] && strcmp(doc.code, "Success") != 0)
		result = cred_fail(f, ERRCODE_INSUFFICIENT_PRIVILEGE, NULL,
						   psprintf("%s.", doc.code),
						   "could not get credentials from %s", SOURCE);
	else
		result = cred_take(f, &doc, SOURCE);
	explicit_bzero(&doc, sizeof(doc));
	return result;
}

CredResult
cred_imds(CredFetch *f)
{
	const char *disabled = cred_getenv("AWS_EC2_METADATA_DISABLED");
	const char *given = cred_getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	char	   *host = pstrdup(given ? given : HOST);
	size_t		len = strlen(host);
	char	   *header;
	CredReply	reply;
	char	   *name;

	if (disabled && pg_strcasecmp(disabled, "true") == 0)
		return CRED_NONE;
	if (len > 0 && host[len - 1] == '/')
		host[len - 1] = '\0';
	ask(psprintf("%s/latest/api/token", host), "PUT",
		"x-aws-ec2-metadata-token-ttl-seconds: 21600", 1, &reply);
	if (reply.status == 0 && !given)
		return CRED_NONE;		/* no such machine */
	if (reply.status != 200)
		return failed(f, &reply);
	if (!cred_doc_is_token(reply.body))
		return cred_fail(f, ERRCODE_FDW_ERROR, NULL, "The answer is no token.",
						 "could not get credentials from %s", SOURCE);
	header = psprintf("x-aws-ec2-metadata-token: %s", reply.body);

	ask(psprintf("%s" ROLES, host), NULL, header, 3, &reply);
	if (reply.status == 404)
		return CRED_NONE;		/* an instance without a role */
	if (reply.status != 200)
		return failed(f, &reply);
	name = role_name(&reply);
	if (name == NULL)
		return CRED_NONE;
	ask(psprintf("%s" ROLES "%s", host, name), NULL, header, 3, &reply);
	if (reply.status != 200)
		return failed(f, &reply);
	return take_keys(f, &reply);
}
