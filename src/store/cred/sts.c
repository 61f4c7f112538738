/*-------------------------------------------------------------------------
 *
 * sts.c
 *	  Roles, by the Security Token Service: AssumeRole with keys, and
 *	  AssumeRoleWithWebIdentity with a token.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/cred/cred.h"
#include "store/http/request.h"

#define DEFAULT_SESSION	"cdc_fdw"
#define CONTENT_TYPE	"application/x-www-form-urlencoded; charset=utf-8"
#define TRIES			3

typedef struct StsCall
{
	SigV4Pair	form[8];
	int			nform;
	const char *region;
	bool		https;
	char	   *host;
	char	   *body;
} StsCall;

static void
field(StsCall *call, const char *name, const char *value)
{
	if (value && *value)
		call->form[call->nform++] = (SigV4Pair) {name, value};
}

/* Where to send it: sts_endpoint, else Amazon's of the region. */
static void
place(const CredFetch *f, StsCall *call)
{
	const char *endpoint = f->cfg->sts_endpoint;

	call->https = true;
	call->region = f->cfg->region && *f->cfg->region ? f->cfg->region :
		REQUEST_DEFAULT_REGION;
	call->host = endpoint ? request_endpoint_host(endpoint, &call->https) :
		request_amazon_host("sts", call->region);
}

static void
begin(CredFetch *f, StsCall *call, const char *action, const CredRole *role)
{
	memset(call, 0, sizeof(*call));
	place(f, call);
	field(call, "Action", action);
	field(call, "Version", "2011-06-15");
	field(call, "RoleArn", role->arn);
	field(call, "RoleSessionName",
		  role->session_name ? role->session_name : DEFAULT_SESSION);
	field(call, "ExternalId", role->external_id);
	if (role->duration > 0)
		field(call, "DurationSeconds", psprintf("%d", role->duration));
}

/* The headers, signed with keys unless these are NULL. */
static char **
make_headers(const StsCall *call, const Credentials *keys)
{
	SigV4Pair	pairs[] = {
		{"content-type", CONTENT_TYPE}, {"host", call->host}
	};
	char		hash[SIGV4_HASH_SIZE];
	SigV4Request request = {.method = "POST",.path = "/",.headers = pairs,
	.nheaders = lengthof(pairs),.payload_hash = hash};

	if (keys && !sigv4_hash(call->body, strlen(call->body), hash))
		elog(ERROR, "could not sign a request");
	return request_headers(&request, keys, call->region, "sts");
}

/* The service's own words, unless they repeat what nobody should see. */
static char *
words(const CredDoc *doc, const Credentials *keys, const char *token)
{
	const char *secrets[] = {
		token, keys ? keys->access_key_id : NULL,
		keys ? keys->secret_access_key : NULL,
		keys ? keys->session_token : NULL
	};
	bool		quiet = doc->message[0] == '\0';

	for (int i = 0; i < lengthof(secrets); i++)
	{
		if (secrets[i] && cred_doc_repeats(doc->code, secrets[i]))
			return pstrdup("The answer repeats credentials.");
		if (secrets[i] && cred_doc_repeats(doc->message, secrets[i]))
			quiet = true;
	}
	/* this one may show the request that was signed, tokens and all */
	if (strcmp(doc->code, "SignatureDoesNotMatch") == 0)
		quiet = true;
	return quiet ? psprintf("%s.", doc->code) :
		psprintf("%s: %s", doc->code, doc->message);
}

static CredResult
refused(CredFetch *f, const CredRole *role, const CredReply *reply,
		const CredDoc *doc, const Credentials *keys, const char *token)
{
	bool		denied = reply->status >= 400 && reply->status < 500;

	return cred_fail(f, denied ? ERRCODE_INSUFFICIENT_PRIVILEGE :
					 ERRCODE_CONNECTION_FAILURE,
					 !denied ? NULL : token ?
					 "The role must trust the token's issuer, audience and subject." :
					 "The keys need sts:AssumeRole on the role, and the role must trust them; check role_arn and external_id.",
					 doc->code[0] ? words(doc, keys, token) :
					 psprintf("HTTP status %d.", reply->status),
					 "could not assume role \"%s\"", role->arn);
}

static CredResult
call_sts(CredFetch *f, StsCall *call, const CredRole *role,
		 const Credentials *keys, const char *token)
{
	HttpTarget	target = {.expect = 200,.method = "POST",.connect_ms = 5000,
	.total_ms = 15000};
	CredReply	reply;
	CredDoc		doc;
	CredResult	result;

	call->body = request_query(call->form, call->nform);
	target.headers = make_headers(call, keys);
	target.body = call->body;
	target.url = psprintf("%s://%s/", call->https ? "https" : "http",
						  call->host);
	cred_request(&target, f->cfg->sts_endpoint ? f->cfg->ca_file : NULL, TRIES,
				 true, &reply);
	explicit_bzero(call->body, strlen(call->body));
	if (reply.failure == HTTP_FAIL_DESCRIPTORS)
		return cred_fail(f, ERRCODE_INSUFFICIENT_RESOURCES, NULL,
						 "No file descriptor is left for a connection.",
						 "could not assume role \"%s\"", role->arn);
	if (reply.failure == HTTP_FAIL_LOOKUPS)
		return cred_fail(f, ERRCODE_INSUFFICIENT_RESOURCES, HTTP_LOOKUPS_HINT,
						 reply.error, "could not assume role \"%s\"",
						 role->arn);
	if (reply.status == 0)
		return cred_fail(f, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
						 "Check the server's options sts_endpoint and region.",
						 reply.error, "could not assume role \"%s\"",
						 role->arn);
	cred_doc_sts(reply.body, reply.len, &doc);
	explicit_bzero(reply.body, reply.len);
	if (reply.status != 200 || doc.code[0])
		result = refused(f, role, &reply, &doc, keys, token);
	else
		result = cred_take(f, &doc, "the Security Token Service");
	explicit_bzero(&doc, sizeof(doc));
	return result;
}

CredResult
cred_assume_role(CredFetch *f, const CredRole *role)
{
	Credentials keys = f->found.keys;
	StsCall		call;

	begin(f, &call, "AssumeRole", role);
	return call_sts(f, &call, role, &keys, NULL);
}

CredResult
cred_assume_by_token(CredFetch *f, const CredRole *role,
					 const char *token_file)
{
	char	   *token = cred_read_token(f, cred_expand(token_file));
	StsCall		call;
	CredResult	result;

	if (token == NULL)
		return CRED_FAILED;
	begin(f, &call, "AssumeRoleWithWebIdentity", role);
	field(&call, "WebIdentityToken", token);
	result = call_sts(f, &call, role, NULL, token);
	explicit_bzero(token, strlen(token));
	return result;
}
