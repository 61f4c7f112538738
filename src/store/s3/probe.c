/*-------------------------------------------------------------------------
 *
 * probe.c
 *	  Whether an object is still the one it was, by its headers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/s3/s3.h"

typedef struct S3Probe
{
	StoreProbe	base;
	char	   *key;			/* relative, for messages */
	char	   *etag;			/* NULL: any */
	int64		size;			/* -1: any */
	S3Transfer	transfer;
} S3Probe;

StoreProbe *
s3_probe_open(Store *base, const char *key, const char *version,
			  const char *etag, int64 size)
{
	S3Store    *store = (S3Store *) base;
	S3Probe    *probe = palloc0(sizeof(S3Probe));
	S3Transfer *t = &probe->transfer;

	probe->key = pstrdup(key);
	probe->etag = etag && *etag && s3_valid_header(etag) ? pstrdup(etag) : NULL;
	probe->size = size;
	s3_transfer_init(t, store, CurrentMemoryContext, 0);
	t->key = psprintf("%s%s", store->root, key);
	s3_transfer_version(t, version ? pstrdup(version) : NULL);
	t->etag = probe->etag;
	t->head = true;
	s3_transfer_start(t);
	s3_pump(store, 0);
	return &probe->base;
}

StoreVerdict
s3_probe(StoreProbe *base, StoreIdentity *identity)
{
	S3Probe    *probe = (S3Probe *) base;
	S3Transfer *t = &probe->transfer;
	const HttpReply *reply;

	while (t->state != S3_DONE && t->state != S3_FAILED)
		s3_pump((S3Store *) base->store, HTTP_WAIT_MS);
	reply = http_reply(t->http);
	if (t->state == S3_FAILED)
	{
		if (t->status == 404)
			return STORE_GONE;
		if (t->status == 412)
			return STORE_CHANGED;
		s3_raise(t, store_uri(base->store, probe->key));
	}
	identity->size = reply->content_length;
	if (reply->etag[0] && s3_valid_header(reply->etag))
		identity->etag = pstrdup(reply->etag);
	/* "null", of what was there before the bucket had any, is one too */
	if (reply->version_id[0] && s3_valid_header(reply->version_id))
		identity->version = pstrdup(reply->version_id);
	if ((probe->etag && identity->etag &&
		 !s3_same_etag(probe->etag, identity->etag)) ||
		(probe->size >= 0 && identity->size != probe->size))
		return STORE_CHANGED;
	return STORE_SAME;
}
