/*-------------------------------------------------------------------------
 *
 * error.c
 *	  What went wrong with S3, as PostgreSQL's errors.
 *
 * SQLSTATEs: 42501 for 401 and 403, 58P01 for an object that is gone, 42704
 * for a bucket that does not exist, 55000 for an object that changed or is
 * archived, HV00N where no connection came about, 08006 where one broke or the
 * server kept failing, 54000 for an answer that is too long, HV000 otherwise.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "store/s3/s3.h"

/* What S3's codes mean here; the first line that fits counts. */
static const struct
{
	int			status;			/* 0: any */
	const char *code;			/* NULL: any */
	int			sqlstate;
	const char *hint;
}			meanings[] = {
	{0, "SignatureDoesNotMatch", ERRCODE_INSUFFICIENT_PRIVILEGE,
	"Check secret_access_key in the user mapping."},
	{0, "InvalidAccessKeyId", ERRCODE_INSUFFICIENT_PRIVILEGE,
	"Check access_key_id in the user mapping."},
	{0, "ExpiredToken", ERRCODE_INSUFFICIENT_PRIVILEGE,
	"Put fresh keys and their session_token in the user mapping."},
	{0, "InvalidToken", ERRCODE_INSUFFICIENT_PRIVILEGE,
	"Check session_token in the user mapping."},
	{0, "TokenRefreshRequired", ERRCODE_INSUFFICIENT_PRIVILEGE,
	"Put fresh keys and their session_token in the user mapping."},
	{0, "RequestTimeTooSkewed", ERRCODE_INSUFFICIENT_PRIVILEGE,
	"Set the clock of the database server."},
	{0, "InvalidObjectState", ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
	"The object is archived: restore it, then run the query again."},
	{0, "NoSuchBucket", ERRCODE_UNDEFINED_OBJECT,
	"Check the bucket in the server's url, and the option endpoint."},
	{0, "NoSuchKey", ERRCODE_UNDEFINED_FILE,
	"The object was removed after it was listed; run the query again."},
	{0, "AuthorizationHeaderMalformed", ERRCODE_FDW_ERROR,
	"Set the server's option region to the bucket's region."},
	{0, "PermanentRedirect", ERRCODE_FDW_ERROR,
	"Set the server's options region and endpoint to where the bucket is."},
	{0, "TemporaryRedirect", ERRCODE_FDW_ERROR,
	"Set the server's options region and endpoint to where the bucket is."},
	{301, NULL, ERRCODE_FDW_ERROR,
	"Set the server's options region and endpoint to where the bucket is."},
	{307, NULL, ERRCODE_FDW_ERROR,
	"Set the server's options region and endpoint to where the bucket is."},
	{412, NULL, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
	"The object changed after it was listed; run the query again."},
	{401, NULL, ERRCODE_INSUFFICIENT_PRIVILEGE,
	"Check the keys in the user mapping."},
	{403, NULL, ERRCODE_INSUFFICIENT_PRIVILEGE, NULL},
	{404, NULL, ERRCODE_UNDEFINED_FILE,
	"Check the server's url and the option endpoint."},
	{429, NULL, ERRCODE_CONNECTION_FAILURE, NULL},
	{500, NULL, ERRCODE_CONNECTION_FAILURE, NULL},
	{502, NULL, ERRCODE_CONNECTION_FAILURE, NULL},
	{503, NULL, ERRCODE_CONNECTION_FAILURE, NULL},
	{504, NULL, ERRCODE_CONNECTION_FAILURE, NULL},
	{200, NULL, ERRCODE_FDW_ERROR,
	"The server does not honour Range, so that a broken transfer cannot be resumed."},
};

static void
append_sentence(StringInfo to, const char *fmt,...) pg_attribute_printf(2, 3);

static void
append_sentence(StringInfo to, const char *fmt,...)
{
	va_list		args;
	char		text[2048];

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (to->len > 0)
		appendStringInfoChar(to, ' ');
	appendStringInfoString(to, text);
}

/* The server's own words, and how often it was asked. */
static char *
describe(const S3Transfer *t)
{
	StringInfoData detail;

	initStringInfo(&detail);
	if (t->key != NULL && t->nquery > 0)
		append_sentence(&detail, "Version \"%s\" was asked for.",
						store_clean_text(t->query[0].value));
	/* who may read the table need not know its keys */
	if (credentials_repeated(t->store->credentials, t->error.code) ||
		credentials_repeated(t->store->credentials, t->error.message) ||
		credentials_repeated(t->store->credentials, t->error.request_id))
		append_sentence(&detail, "The answer repeats credentials.");
	else if (t->error.code[0] && t->error.message[0])
	{
		append_sentence(&detail, "%s: %s", store_clean_text(t->error.code),
						store_clean_text(t->error.message));
		if (detail.data[detail.len - 1] != '.')
			appendStringInfoChar(&detail, '.');
	}
	else if (t->error.code[0])
		append_sentence(&detail, "%s.", store_clean_text(t->error.code));
	if (t->error.request_id[0] &&
		!credentials_repeated(t->store->credentials, t->error.request_id))
		append_sentence(&detail, "Request id %s.",
						store_clean_text(t->error.request_id));
	if (t->tries > 1)
		append_sentence(&detail, "It was tried %d times.", t->tries);
	return detail.data;
}

/* Which permission is missing, of those docs/security.md has a table of. */
static const char *
missing_permission(const S3Transfer *t)
{
	const char *prefix = "";

	if (t->key != NULL && t->nquery > 0)
		return "The keys need s3:GetObjectVersion on the object, since a version of it is asked for, and kms:Decrypt if a key of KMS encrypts it. A version that was deleted looks the same to keys that may not list the whole bucket.";
	if (t->key != NULL)
		return "The keys need s3:GetObject on the object, and kms:Decrypt if a key of KMS encrypts it. An object that was removed after it was listed looks the same to keys that may not list the whole bucket.";
	for (int i = 0; i < t->nquery; i++)
		if (strcmp(t->query[i].name, "prefix") == 0)
			prefix = store_clean_text(t->query[i].value);
	return psprintf("The keys need s3:ListBucket on bucket \"%s\" for the prefix \"%s\".",
					t->store->bucket, prefix);
}

/* Keys that are not the mapping's are not mended there. */
static const char *
fitting_hint(const S3Transfer *t, const char *hint)
{
	if (hint && strstr(hint, "user mapping") &&
		t->store->base.cfg.credentials == CREDENTIALS_CHAIN)
		return "The credentials are those of the database server: see the server's option credentials.";
	return hint;
}

static void
raise_status(const S3Transfer *t, const char *uri)
{
	int			sqlstate = ERRCODE_FDW_ERROR;
	const char *hint = NULL;
	char	   *detail = describe(t);

	for (int i = 0; i < lengthof(meanings); i++)
		if ((meanings[i].status == 0 || meanings[i].status == t->status) &&
			(meanings[i].code == NULL ||
			 strcmp(meanings[i].code, t->error.code) == 0))
		{
			sqlstate = meanings[i].sqlstate;
			hint = fitting_hint(t, meanings[i].hint);
			break;
		}
	if (t->status == 403 && hint == NULL)
		hint = missing_permission(t);
	if (strcmp(t->error.code, "AuthorizationHeaderMalformed") == 0 &&
		s3_valid_region(t->error.region))
		hint = psprintf("Set the server's option region to \"%s\".",
						t->error.region);
	ereport(ERROR,
			(errcode(sqlstate),
			 t->key ?
			 errmsg("could not read \"%s\": HTTP status %d", uri, t->status) :
			 errmsg("could not list \"%s\": HTTP status %d", uri, t->status),
			 detail[0] ? errdetail("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0));
}

void
s3_raise(const S3Transfer *t, const char *uri)
{
	const HttpReply *reply = http_reply(t->http);
	int			sqlstate = ERRCODE_FDW_ERROR;
	const char *hint = NULL;
	StringInfoData detail;

	if (t->store->base.cfg.pinned && t->status == 404 && t->key &&
		strcmp(t->error.code, "NoSuchBucket") != 0)
		store_raise_pinned_gone(uri, describe(t));
	if (t->store->base.cfg.pinned && t->status == 412)
		store_raise_pinned_changed(uri, describe(t));
	if (t->status != 0)
		raise_status(t, uri);
	switch (reply->failure)
	{
		case HTTP_FAIL_DESCRIPTORS:
			sqlstate = ERRCODE_INSUFFICIENT_RESOURCES;
			hint = HTTP_DESCRIPTORS_HINT;
			break;
		case HTTP_FAIL_LOOKUPS:
			sqlstate = ERRCODE_INSUFFICIENT_RESOURCES;
			hint = HTTP_LOOKUPS_HINT;
			break;
		case HTTP_FAIL_CONNECT:
		case HTTP_FAIL_RESOLVE:
			sqlstate = ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION;
			hint = "Check the server's options endpoint and region.";
			break;
		case HTTP_FAIL_HANDSHAKE:
			sqlstate = ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION;
			hint = "Check that TLS is spoken at the server's option endpoint.";
			break;
		case HTTP_FAIL_TLS:
			sqlstate = ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION;
			hint = "If the certificate is of an authority of your own, name its file in the server's option ca_file; one that expired must be renewed, one for another host needs another endpoint.";
			break;
		case HTTP_FAIL_TIMEOUT:
		case HTTP_FAIL_BROKEN:
			sqlstate = ERRCODE_CONNECTION_FAILURE;
			break;
		case HTTP_FAIL_TOO_LONG:
			sqlstate = ERRCODE_PROGRAM_LIMIT_EXCEEDED;
			break;
		case HTTP_FAIL_MEMORY:
			sqlstate = ERRCODE_OUT_OF_MEMORY;
			break;
		default:
			break;
	}
	initStringInfo(&detail);
	if (reply->failure == HTTP_FAIL_TOO_LONG)
		append_sentence(&detail, "The answer is too long.");
	else if (reply->failure == HTTP_FAIL_RANGE)
		append_sentence(&detail, "The server did not send the range that was asked for.");
	else if (reply->failure == HTTP_FAIL_ENCODING)
		append_sentence(&detail, "The answer has a Transfer-Encoding that was not asked for.");
	else if (reply->failure == HTTP_FAIL_DESCRIPTORS)
		append_sentence(&detail, "No file descriptor is left for a connection.");
	else if (reply->failure == HTTP_FAIL_MEMORY)
		append_sentence(&detail, "Memory ran out.");
	else if (reply->error[0])
		append_sentence(&detail, "%s.", store_clean_text(reply->error));
	else
	{
		sqlstate = ERRCODE_CONNECTION_FAILURE;
		append_sentence(&detail, "The answer ended after " INT64_FORMAT " of " INT64_FORMAT " bytes.",
						http_received(t->http), t->expected);
	}
	if (t->key && t->etag == NULL && http_received(t->http) > 0)
		append_sentence(&detail, "The object has no ETag, so that a broken transfer cannot be resumed.");
	if (t->tries > 1)
		append_sentence(&detail, "It was tried %d times.", t->tries);
	ereport(ERROR,
			(errcode(sqlstate),
			 t->key ? errmsg("could not read \"%s\"", uri) :
			 errmsg("could not list \"%s\"", uri),
			 errdetail("%s", detail.data),
			 hint ? errhint("%s", hint) : 0));
}

void
s3_raise_changed(const S3Store *store, const char *uri, const char *detail)
{
	if (store->base.cfg.pinned)
		store_raise_pinned_changed(uri, detail);
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("\"%s\" changed since it was listed", uri),
			 errdetail("%s", detail),
			 errhint("Run the query again.")));
}
