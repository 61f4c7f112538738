/*-------------------------------------------------------------------------
 *
 * s3_read.c
 *	  Reading an object: streamed, checked, resumed where it broke off.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/s3.h"

#define WAIT_MS			100
/* while bytes are there to take, look after the others once per so many */
#define PUMP_EVERY		(256 * 1024)

typedef struct S3Reader
{
	StoreReader base;
	S3Transfer	transfer;
	char	   *key;			/* relative, for messages */
	int64		size;			/* as listed, -1 if unknown */
	int64		limit;			/* -1 for all */
	int64		delivered;
	int64		since_pump;
	int			checked;		/* the try whose answer was checked */
	bool		at_end;
} S3Reader;

StoreReader *
s3_read_open(Store *base, const char *key, const char *etag, int64 size,
			 int64 limit)
{
	S3Store    *store = (S3Store *) base;
	S3Reader   *reader = palloc0(sizeof(S3Reader));
	S3Transfer *t = &reader->transfer;

	reader->base.store = base;
	reader->key = pstrdup(key);
	reader->size = size;
	reader->limit = size >= 0 && limit >= size ? -1 : limit;
	reader->at_end = size == 0 || limit == 0;
	if (reader->at_end)
		return &reader->base;	/* nothing there to ask for */
	s3_transfer_init(t, store, CurrentMemoryContext, 0);
	t->key = psprintf("%s%s", store->root, key);
	t->etag = etag && *etag && s3_valid_header(etag) ? pstrdup(etag) : NULL;
	t->limit = reader->limit;
	t->expected = reader->limit >= 0 && size >= 0 ? reader->limit :
		reader->limit < 0 ? size : -1;
	s3_transfer_start(t);
	s3_pump(store, 0);
	return &reader->base;
}

static char *
reader_uri(const S3Reader *reader)
{
	return store_uri(reader->base.store, reader->key);
}

/* Are two tags the same, whoever left off the quotes? */
static bool
same_etag(const char *a, const char *b)
{
	size_t		alen;
	size_t		blen;

	a += strncmp(a, "W/", 2) == 0 ? 2 : 0;
	b += strncmp(b, "W/", 2) == 0 ? 2 : 0;
	a += *a == '"';
	b += *b == '"';
	alen = strcspn(a, "\"");
	blen = strcspn(b, "\"");
	return alen == blen && strncmp(a, b, alen) == 0;
}

/*
 * The headers of an answer are there: is this the object that was listed?
 * Before any byte of it is handed out.
 */
static void
check_answer(S3Reader *reader)
{
	S3Transfer *t = &reader->transfer;
	const HttpReply *reply = http_reply(t->http);
	int64		total;

	if (reader->checked == t->tries || !reply->headers_done || !reply->wanted)
		return;
	reader->checked = t->tries;
	if (t->etag && reply->etag[0] && !same_etag(t->etag, reply->etag))
		s3_raise_changed(reader_uri(reader), "It has another ETag.");
	total = reply->status == 206 ? reply->range_total : reply->content_length;
	if (total < 0)
		return;
	if (reader->size >= 0 && total != reader->size)
		s3_raise_changed(reader_uri(reader),
						 psprintf("It is " INT64_FORMAT " bytes long, but was listed with " INT64_FORMAT ".",
								  total, reader->size));
	if (t->expected < 0)
		t->expected = reader->limit >= 0 ? Min(reader->limit, total) : total;
}

/* Bytes that may still be handed out. */
static int64
left(const S3Reader *reader)
{
	return reader->limit < 0 ? PG_INT64_MAX :
		reader->limit - reader->delivered;
}

static void
finish(S3Reader *reader)
{
	S3Transfer *t = &reader->transfer;

	reader->at_end = true;
	http_request_stop(t->http);
	t->state = S3_DONE;
	if (!t->empty && t->expected >= 0 && reader->delivered != t->expected)
		s3_raise_changed(reader_uri(reader),
						 psprintf("It ended after " INT64_FORMAT " of " INT64_FORMAT " bytes.",
								  reader->delivered, t->expected));
}

size_t
s3_read(StoreReader *base, void *buf, size_t len)
{
	S3Reader   *reader = (S3Reader *) base;
	S3Store    *store = (S3Store *) base->store;
	S3Transfer *t = &reader->transfer;

	while (!reader->at_end)
	{
		size_t		n;

		check_answer(reader);
		n = http_take(t->http, buf, Min((int64) len, left(reader)));
		if (n > 0)
		{
			reader->delivered += n;
			reader->since_pump += n;
			if (reader->since_pump >= PUMP_EVERY)
			{
				reader->since_pump = 0;
				s3_pump(store, 0);
			}
			return n;
		}
		if (left(reader) == 0 || t->state == S3_DONE)
			finish(reader);
		else if (t->state == S3_FAILED)
			s3_raise(t, reader_uri(reader));
		else
			s3_pump(store, WAIT_MS);
	}
	return 0;
}
