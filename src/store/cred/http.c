/*-------------------------------------------------------------------------
 *
 * http.c
 *	  One request for keys, from beginning to end.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "store/ca_file.h"
#include "store/cred/cred.h"
#include "store/impl.h"
#include "store/retry.h"

#define BODY_MAX	((size_t) 64 * 1024)

typedef struct Exchange
{
	HttpPool   *pool;
	HttpRequest *request;
	MemoryContextCallback callback;
} Exchange;

static void
release(void *arg)
{
	Exchange   *x = arg;

	http_request_destroy(x->request);
	x->request = NULL;
	http_pool_destroy(x->pool);
	x->pool = NULL;
}

static Exchange *
begin(MemoryContext cxt, const char *ca_file)
{
	Exchange   *x = MemoryContextAllocZero(cxt, sizeof(Exchange));

	x->callback.func = release;
	x->callback.arg = x;
	MemoryContextRegisterResetCallback(cxt, &x->callback);
	x->pool = http_pool_create(ca_file_read(ca_file));
	if (x->pool)
		x->request = http_request_create(x->pool, BODY_MAX);
	if (x->request == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	return x;
}

/* What came, into the current context. */
static void
take_reply(const Exchange *x, CredReply *reply)
{
	const HttpReply *r = http_reply(x->request);
	const char *body;

	memset(reply, 0, sizeof(*reply));
	reply->failure = r->failure;
	/* a body that was cut is no answer */
	if (r->failure == HTTP_OK)
		reply->status = r->status;
	strlcpy(reply->error, r->error[0] ? r->error : "the answer is too long",
			sizeof(reply->error));
	strlcpy(reply->request_id, r->request_id, sizeof(reply->request_id));
	if (r->wanted)
	{
		body = http_data(x->request);
		reply->len = http_available(x->request);
	}
	else
		body = http_error_body(x->request, &reply->len);
	reply->body = pnstrdup(body, reply->len);
}

/* Does the id that the server gave repeat what it was sent? */
static bool
id_repeats(const HttpTarget *target, const char *id)
{
	for (char **header = target->headers; *header; header++)
		if (cred_doc_repeats(*header, id))
			return true;
	return target->body && cred_doc_repeats(target->body, id);
}

/*
 * At DEBUG1; neither what was sent nor what came but its id, nor a query of the
 * url, nor a path that is as good as a password.
 */
static void
log_request(const HttpTarget *target, const CredReply *reply,
			TimestampTz begun)
{
	const char *host = strstr(target->url, "://");
	const char *id = reply->request_id;
	int			len = strcspn(target->url, "?");

	if (target->hide_path && host)
		len = host + 3 + strcspn(host + 3, "/?") - target->url;
	ereport(DEBUG1,
			(errmsg_internal("cdc_fdw: %s \"%s\": %s, %.1f ms%s%s",
							 target->method ? target->method : "GET",
							 store_clean_text(pnstrdup(target->url, len)),
							 reply->status != 0 ?
							 psprintf("status %d", reply->status) :
							 store_clean_text(reply->error),
							 (GetCurrentTimestamp() - begun) / 1000.0,
							 *id ? ", request id " : "",
							 *id == '\0' ? "" : id_repeats(target, id) ?
							 "hidden" : store_clean_text(id))));
}

void
cred_request(const HttpTarget *target, const char *ca_file, int tries,
			 bool outlast, CredReply *reply)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "cdc_fdw request for keys",
											  ALLOCSET_SMALL_SIZES);
	Exchange   *x = begin(cxt, ca_file);

	TimestampTz first_begun = GetCurrentTimestamp();

	for (int n = 1;; n++)
	{
		TimestampTz begun = GetCurrentTimestamp();
		int			delay;

		http_request_discard(x->request);
		if (!http_request_start(x->request, target))
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY),
					 errmsg("out of memory")));
		while (http_reply(x->request)->running)
			http_pump(x->pool, HTTP_WAIT_MS, WAIT_CREDENTIALS);
		take_reply(x, reply);
		log_request(target, reply, begun);
		if (!retry_is_transient(reply->failure, reply->status, "") ||
			(n >= tries &&
			 !(outlast && retry_goes_on(reply->failure, reply->status, n,
										tries, first_begun))))
			break;
		for (delay = retry_delay(n); delay > 0; delay -= HTTP_WAIT_MS)
			http_pump(x->pool, delay, WAIT_CREDENTIALS);
	}
	MemoryContextDelete(cxt);
}
