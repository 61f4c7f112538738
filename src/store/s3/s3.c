/*-------------------------------------------------------------------------
 *
 * s3.c
 *	  S3 as a store: signed requests, and trying them again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "store/ca_file.h"
#include "store/s3/regions.h"
#include "store/http/request.h"
#include "store/retry.h"
#include "store/s3/s3.h"

/* Progress of this much within one request makes its tries count anew. */
#define PROGRESS_BYTES	(8 * 1024 * 1024)

/* ---- the store ---- */

static void
s3_release(void *arg)
{
	S3Store    *store = arg;

	http_pool_destroy(store->pool);
	store->pool = NULL;
}

static Store *
s3_open(const StoreConfig *cfg, MemoryContext cxt)
{
	S3Store    *store = palloc0(sizeof(S3Store));

	store->callback.func = s3_release;
	store->callback.arg = store;
	MemoryContextRegisterResetCallback(cxt, &store->callback);
	dlist_init(&store->transfers);
	s3_configure(store, cfg);
	store->scratch = AllocSetContextCreate(cxt, "cdc_fdw request",
										   ALLOCSET_SMALL_SIZES);
	return &store->base;
}

static char *
s3_uri(const Store *base, const char *key)
{
	const S3Store *store = (const S3Store *) base;
	char	   *uri = psprintf("s3://%s/%s%s", store->bucket, store->root, key);
	char	   *clean = store_clean_text(uri);

	pfree(uri);
	return clean;
}

/* ---- one request ---- */

static char *
host_of(const S3Store *store)
{
	char	   *host = store->host ? store->host :
		request_amazon_host("s3", store->region);

	return store->path_style ? host : psprintf("%s.%s", store->bucket, host);
}

/* The range still wanted of an object, NULL for all of it. */
static const char *
range_of(const S3Transfer *t)
{
	int64		from = t->start + http_received(t->http);

	if (t->key == NULL || (from == 0 && t->limit < 0))
		return NULL;
	if (t->limit < 0)
		return psprintf("bytes=" INT64_FORMAT "-", from);
	return psprintf("bytes=" INT64_FORMAT "-" INT64_FORMAT, from,
					t->limit - 1);
}

static int
headers_of(const S3Transfer *t, bool signs, SigV4Pair *headers)
{
	const char *owner = t->store->base.cfg.expected_bucket_owner;
	const char *range = range_of(t);
	int			n = 0;

	headers[n++] = (SigV4Pair) {"host", host_of(t->store)};
	if (range)
		headers[n++] = (SigV4Pair) {"range", range};
	/* a weak tag matches nothing; the answer's is compared instead */
	if (t->etag && strncmp(t->etag, "W/", 2) != 0)
		headers[n++] = (SigV4Pair) {"if-match", t->etag};
	if (owner && *owner)
		headers[n++] = (SigV4Pair) {"x-amz-expected-bucket-owner", owner};
	if (signs)
		headers[n++] = (SigV4Pair) {"x-amz-content-sha256", SIGV4_EMPTY_SHA256};
	return n;
}

/* snprintf twice: how long, then for good */
static char *
encode_path(const char *path)
{
	size_t		len = sigv4_encode(path, true, NULL, 0);
	char	   *out = palloc(len + 1);

	sigv4_encode(path, true, out, len + 1);
	return out;
}

/* Make the request, in the current context, and hand it to curl. */
static void
send_request(S3Transfer *t)
{
	S3Store    *store = t->store;
	const Credentials *keys = credentials_get(store->credentials,
											 &t->keys_number);
	SigV4Pair	pairs[SIGV4_MAX_PAIRS];
	const char *key = t->key ? t->key : "";
	SigV4Request request = {.method = t->head ? "HEAD" : "GET",.query = t->query,
		.nquery = t->nquery,.headers = pairs,
	.payload_hash = SIGV4_EMPTY_SHA256};
	HttpTarget	target = {.method = t->head ? "HEAD" : NULL};

	request.path = store->path_style ?
		psprintf("/%s/%s", store->bucket, key) : psprintf("/%s", key);
	request.nheaders = headers_of(t, keys != NULL, pairs);
	target.headers = request_headers(&request, keys, store->region, "s3");
	target.url = psprintf("%s://%s%s%s%s", store->https ? "https" : "http",
						  host_of(store), encode_path(request.path),
						  t->nquery ? "?" : "",
						  request_query(t->query, t->nquery));
	target.range_start = t->start + http_received(t->http);
	target.expect = range_of(t) ? 206 : 200;
	if (!http_request_start(t->http, &target))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
}

static void
begin_try(S3Transfer *t)
{
	MemoryContext old = MemoryContextSwitchTo(t->store->scratch);

	t->state = S3_RUNNING;
	t->tries++;
	t->requests++;
	t->begun = GetCurrentTimestamp();
	if (t->tries == 1)
		t->first_begun = t->begun;
	store_count_request(&t->store->base, t->account);
	if (t->signed_region == NULL ||
		strcmp(t->signed_region, t->store->region) != 0)
		t->signed_region = MemoryContextStrdup(t->cxt, t->store->region);
	send_request(t);
	MemoryContextSwitchTo(old);
	MemoryContextReset(t->store->scratch);
}

static void
count_retry(const S3Transfer *t)
{
	store_count_retry(&t->store->base, t->account);
}

void
s3_transfer_count(S3Transfer *t)
{
	int64		received = http_received(t->http);

	if (t->key != NULL && received > t->counted)
		store_count_bytes(&t->store->base, t->account, received - t->counted);
	t->counted = received;
}

/* ---- transfers ---- */

static void
transfer_release(void *arg)
{
	S3Transfer *t = arg;

	if (t->http)
	{
		s3_transfer_count(t);
		http_request_destroy(t->http);
		t->http = NULL;
		dlist_delete(&t->node);
	}
}

/* Ask where an earlier store of the session learnt that the bucket is. */
static void
recall_region(S3Store *store)
{
	const char *region = regions_find(store->base.cfg.serverid,
									  store->bucket);

	if (region == NULL)
		return;
	store->region = MemoryContextStrdup(store->base.cxt, region);
	store->base.cfg.region = store->region;
}

void
s3_transfer_init(S3Transfer *t, S3Store *store, MemoryContext cxt,
				 size_t whole_limit)
{
	t->store = store;
	t->cxt = cxt;
	t->limit = -1;
	t->expected = -1;
	t->size = -1;
	t->callback.func = transfer_release;
	t->callback.arg = t;
	MemoryContextRegisterResetCallback(cxt, &t->callback);
	if (store->pool == NULL)
	{
		char	   *ca = ca_file_read(store->base.cfg.ca_file);

		recall_region(store);
		store->pool = http_pool_create(ca);
	}
	if (store->pool)
		t->http = http_request_create(store->pool, whole_limit);
	if (t->http == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	dlist_push_tail(&store->transfers, &t->node);
}

void
s3_transfer_start(S3Transfer *t)
{
	t->tries = 0;
	t->mark = 0;
	t->region_tried = false;
	t->empty = false;
	s3_transfer_count(t);
	http_request_discard(t->http);
	t->counted = 0;
	t->account = t->store->base.account;
	begin_try(t);
}

/*
 * The server says that the bucket lives elsewhere: sign for that region, once.
 * What the body says is believed only where the user named no region, since
 * the header alone is defined for this.
 */
static bool
change_region(S3Transfer *t, const HttpReply *reply)
{
	S3Store    *store = t->store;
	const char *region = reply->bucket_region;

	if (region[0] == '\0' && !store->region_given)
		region = t->error.region;
	if (t->region_tried ||
		(t->status != 301 && t->status != 307 && t->status != 400) ||
		!s3_valid_region(region) || strcmp(region, t->signed_region) == 0)
		return false;
	t->region_tried = true;
	if (strcmp(region, store->region) != 0)
	{
		store->region = MemoryContextStrdup(store->base.cxt, region);
		store->base.cfg.region = store->region;
		ereport(NOTICE,
				(errmsg("bucket \"%s\" is in region \"%s\"", store->bucket,
						region),
				 errhint("Set the server's option region to save a request.")));
	}
	return true;
}

/* Wait a little and try again, if there is a try left; else it failed. */
static void
try_later(S3Transfer *t)
{
	int64		received = http_received(t->http);

	if (t->key && received > 0 && t->etag == NULL)
		t->state = S3_FAILED;	/* the rest could be another object's */
	else
	{
		if (received - t->mark >= PROGRESS_BYTES)
		{
			t->mark = received;
			t->tries = 1;
			t->first_begun = GetCurrentTimestamp();
		}
		t->state = retry_goes_on(http_reply(t->http)->failure, t->status,
								 t->tries, RETRY_MAX_TRIES, t->first_begun) ?
			S3_BACKOFF : S3_FAILED;
	}
	if (t->state == S3_FAILED)
		return;
	if (t->key == NULL)
		http_request_discard(t->http);	/* a listing begins anew */
	count_retry(t);
	t->retry_at = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
											  retry_delay(t->tries));
}

void
s3_transfer_version(S3Transfer *t, const char *version)
{
	t->nquery = 0;
	if (version != NULL)
		t->query[t->nquery++] = (SigV4Pair) {"versionId", version};
}

bool
s3_transfer_again(S3Transfer *t)
{
	try_later(t);
	return t->state == S3_BACKOFF;
}

static bool
keys_expired(const S3Transfer *t)
{
	return strcmp(t->error.code, "ExpiredToken") == 0 ||
		strcmp(t->error.code, "TokenRefreshRequired") == 0;
}

/*
 * Get newer keys, once, where these have expired.  The answer to a HEAD has no
 * body that says so: any refusal may be that.
 */
static bool
change_keys(S3Transfer *t)
{
	bool		said = keys_expired(t);

	if (t->refreshed ||
		(!said && !(t->head && (t->status == 400 || t->status == 403))))
		return false;
	t->refreshed = true;
	return credentials_refresh(t->store->credentials, t->keys_number, said);
}

/* An answer that is not the wanted one. */
static void
settle_error(S3Transfer *t, const HttpReply *reply)
{
	size_t		len;
	const char *body = http_error_body(t->http, &len);

	t->status = reply->status;
	errordoc_parse(body, len, &t->error);
	if (t->error.request_id[0] == '\0')
		strlcpy(t->error.request_id, reply->request_id,
				sizeof(t->error.request_id));
	if (t->status == 416 && t->limit >= 0 && t->start == 0 &&
		http_received(t->http) == 0)
	{
		t->empty = true;
		t->state = S3_DONE;
	}
	else if (change_region(t, reply))
	{
		count_retry(t);
		begin_try(t);
	}
	else if (change_keys(t))
	{
		count_retry(t);
		begin_try(t);
	}
	else if (retry_is_transient(HTTP_OK, t->status, t->error.code))
		try_later(t);
	else
		t->state = S3_FAILED;
}

/*
 * Is what came by reply of another object than the one that was listed?  Its
 * bytes must not stay in front of those of another try: with no try after this
 * one, who reads them looks at reply first and raises what is wrong with it.
 */
static bool
other_object(const S3Transfer *t, const HttpReply *reply)
{
	int64		total = reply->status == 206 ?
		reply->range_total : reply->content_length;

	if (t->key == NULL || t->head || !reply->wanted)
		return false;
	/* S3 says at least one of them */
	if (reply->etag[0] == '\0' && total < 0)
		return t->etag != NULL || t->size >= 0;
	return (t->etag && reply->etag[0] &&
			!s3_same_etag(t->etag, reply->etag)) ||
		(t->size >= 0 && total >= 0 && total != t->size);
}

/* A request of t ended: is it done, to be tried again, or failed? */
static void
settle(S3Transfer *t)
{
	const HttpReply *reply = http_reply(t->http);

	s3_log(t);
	t->status = 0;
	memset(&t->error, 0, sizeof(t->error));
	/* it was asked for what another region was said to have, and has it */
	if (t->region_tried && reply->wanted)
		regions_put(t->store->base.cfg.serverid, t->store->bucket,
					t->signed_region);
	if (reply->wanted && t->key && t->etag == NULL && reply->etag[0] &&
		s3_valid_header(reply->etag))
		t->etag = MemoryContextStrdup(t->cxt, reply->etag);
	if (reply->headers_done && !reply->wanted)
		settle_error(t, reply);
	else if (reply->failure == HTTP_OK && t->expected < 0)
		t->state = S3_DONE;
	else if (reply->failure == HTTP_OK ||
			 retry_is_transient(reply->failure, 0, ""))
	{
		/* how it ended says nothing where all of it is there */
		if (reply->wanted && t->expected >= 0 &&
			http_received(t->http) >= t->expected)
			t->state = S3_DONE;
		else if (other_object(t, reply))
			t->state = S3_FAILED;
		else
			try_later(t);
	}
	else
		t->state = S3_FAILED;
}

/* What the oldest transfer that runs, the one wanted next, waits for. */
static WaitPlace
waiting_for(S3Store *store)
{
	dlist_iter	iter;

	dlist_foreach(iter, &store->transfers)
	{
		S3Transfer *t = dlist_container(S3Transfer, node, iter.cur);

		if (t->state == S3_BACKOFF)
			return WAIT_BACKOFF;
		if (t->state == S3_RUNNING)
			return http_place(t->http);
	}
	return WAIT_BODY;
}

void
s3_pump(S3Store *store, int timeout_ms)
{
	TimestampTz now = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &store->transfers)
	{
		S3Transfer *t = dlist_container(S3Transfer, node, iter.cur);

		if (t->state == S3_BACKOFF)
		{
			long		wait;

			if (now == 0)
				now = GetCurrentTimestamp();
			wait = TimestampDifferenceMilliseconds(now, t->retry_at);
			if (wait <= 0)
				begin_try(t);
			else
				timeout_ms = Min(timeout_ms, wait);
		}
	}
	http_pump(store->pool, timeout_ms, waiting_for(store));
	dlist_foreach(iter, &store->transfers)
	{
		S3Transfer *t = dlist_container(S3Transfer, node, iter.cur);

		s3_transfer_count(t);
		if (t->state == S3_RUNNING && !http_reply(t->http)->running)
			settle(t);
	}
}

const StoreOps store_s3_ops = {
	.name = "s3",
	.most_open = 32,
	.scarce = http_descriptors_are_scarce,
	.keeps_ahead = true,
	.remote = true,
	.open = s3_open,
	.uri = s3_uri,
	.list = s3_list,
	.list_next = s3_list_next,
	.read_open = s3_read_open,
	.read = s3_read,
	.read_at_hand = s3_read_at_hand,
	.read_share = s3_read_share,
	.probe_open = s3_probe_open,
	.probe = s3_probe
};
