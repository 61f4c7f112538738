/*-------------------------------------------------------------------------
 *
 * open.c
 *	  Opening a store of the kind that its url names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "store/impl.h"

static const char *
copy_or_null(const char *s)
{
	return s ? pstrdup(s) : NULL;
}

static void
copy_config(StoreConfig *to, const StoreConfig *from)
{
	*to = *from;
	to->url = pstrdup(from->url);
	to->region = copy_or_null(from->region);
	to->endpoint = copy_or_null(from->endpoint);
	to->ca_file = copy_or_null(from->ca_file);
	to->expected_bucket_owner = copy_or_null(from->expected_bucket_owner);
	to->access_key_id = copy_or_null(from->access_key_id);
	to->secret_access_key = copy_or_null(from->secret_access_key);
	to->session_token = copy_or_null(from->session_token);
	to->role_arn = copy_or_null(from->role_arn);
	to->external_id = copy_or_null(from->external_id);
	to->role_session_name = copy_or_null(from->role_session_name);
	to->sts_endpoint = copy_or_null(from->sts_endpoint);
}

static void
wipe(const char *secret)
{
	if (secret)
		explicit_bzero(unconstify(char *, secret), strlen(secret));
}

typedef struct StoreEnd
{
	MemoryContextCallback callback;
	StoreConfig *cfg;
	Store	   *store;			/* NULL: not open yet */
} StoreEnd;

/* The copied secrets should not outlive the store in freed memory. */
static void
end_store(void *arg)
{
	StoreEnd   *end = arg;

	wipe(end->cfg->secret_access_key);
	wipe(end->cfg->session_token);
	if (end->store != NULL && end->store->called)
		stats_add(end->store->stats, STAT_ERRORS, 1);
	end->store = NULL;
}

static const StoreOps *
ops_for_url(const char *url)
{
	if (pg_strncasecmp(url, "s3://", 5) == 0)
		return &store_s3_ops;
	if (pg_strncasecmp(url, "file://", 7) == 0)
		return &store_local_ops;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid url \"%s\"", url),
			 errhint("A url is s3://bucket/folder or file:///directory.")));
}

Store *
store_open(const StoreConfig *cfg, MemoryContext ctx)
{
	const StoreOps *ops = ops_for_url(cfg->url);
	MemoryContext cxt = AllocSetContextCreate(ctx, "cdc_fdw store",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	StoreEnd   *end = palloc0(sizeof(StoreEnd));
	StoreConfig *copy = palloc0(sizeof(StoreConfig));
	Store	   *store;

	end->callback.func = end_store;
	end->callback.arg = end;
	end->cfg = copy;
	MemoryContextRegisterResetCallback(cxt, &end->callback);
	copy_config(copy, cfg);
	store = ops->open(copy, cxt);
	store->ops = ops;
	store->cxt = cxt;
	store->cfg = *copy;
	store->stats = stats_of(copy->serverid);
	store->account = &store->counters;
	end->store = store;
	MemoryContextSwitchTo(old);
	return store;
}
