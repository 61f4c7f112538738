/*-------------------------------------------------------------------------
 *
 * read.c
 *	  Reading an object: streamed, checked, resumed where it broke off.
 *
 * A large object is asked for in parts, side by side as far as the reader's
 * share goes, since one connection brings much less than a scan can read.
 * With a share of less than two parts, or where the object could change
 * between two requests without our noticing, it comes in one stream, which
 * pauses when its buffer is full.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "store/s3/s3.h"

/* while bytes are there to take, look after the others once per so many */
#define PUMP_EVERY		(256 * 1024)
#define PART_SIZE		((int64) 8 * 1024 * 1024)

/* One request's part of the object. */
typedef struct S3Part
{
	struct S3Part *next;
	MemoryContext cxt;
	S3Transfer	transfer;
	int64		delivered;
	int			checked;		/* the request whose answer was checked */
} S3Part;

typedef struct S3Reader
{
	StoreReader base;
	char	   *key;			/* relative, for messages */
	char	   *path;			/* absolute */
	char	   *version;		/* NULL: the newest */
	char	   *etag;			/* NULL: unknown */
	int64		size;			/* as listed, -1 if unknown */
	int64		limit;			/* -1 for all */
	S3Part	   *parts;			/* asked for and not at their end, in order */
	int64		asked;			/* where the next part starts, -1: no more */
	int64		delivered;
	int64		share;			/* bytes that may wait */
	int64		since_pump;
} S3Reader;

/* Ask for the bytes from reader->asked up to end, -1: as many as there are. */
static void
ask(S3Reader *reader, int64 end)
{
	MemoryContext cxt = AllocSetContextCreate(reader->base.cxt, "cdc_fdw part",
											  ALLOCSET_SMALL_SIZES);
	S3Part	   *part = MemoryContextAllocZero(cxt, sizeof(S3Part));
	S3Part	  **link = &reader->parts;
	S3Transfer *t = &part->transfer;

	part->cxt = cxt;
	s3_transfer_init(t, (S3Store *) reader->base.store, cxt, 0);
	t->key = reader->path;
	s3_transfer_version(t, reader->version);
	t->etag = reader->etag;
	t->start = reader->asked;
	t->limit = end;
	t->size = reader->size;
	if (reader->size >= 0)
		t->expected = (end < 0 ? reader->size : end) - t->start;
	http_request_room(t->http, reader->share);
	while (*link != NULL)
		link = &(*link)->next;
	*link = part;
	reader->asked = end >= 0 && reader->limit < 0 && end < reader->size ?
		end : -1;
	s3_transfer_start(t);
}

/* Ask for what comes next, as far as the share goes. */
static void
ask_ahead(S3Reader *reader)
{
	while (reader->asked >= 0)
	{
		int64		end = Min(reader->asked + PART_SIZE, reader->size);

		if (reader->parts != NULL &&
			end - reader->delivered > reader->share)
			break;
		/* parts that come one by one would each wait for their answer */
		if (reader->asked > 0 && reader->share < 2 * PART_SIZE)
			end = reader->size;
		ask(reader, end);
	}
}

StoreReader *
s3_read_open(Store *base, const char *key, const char *version,
			 const char *etag, int64 size, int64 limit)
{
	S3Store    *store = (S3Store *) base;
	S3Reader   *reader = palloc0(sizeof(S3Reader));

	reader->base.store = base;
	reader->base.cxt = CurrentMemoryContext;
	reader->key = pstrdup(key);
	reader->path = psprintf("%s%s", store->root, key);
	reader->version = version ? pstrdup(version) : NULL;
	reader->etag = etag && *etag && s3_valid_header(etag) ? pstrdup(etag) : NULL;
	reader->size = size;
	reader->limit = size >= 0 && limit >= size ? -1 : limit;
	reader->share = PART_SIZE;
	if (size == 0 || limit == 0)
	{
		reader->asked = -1;
		return &reader->base;	/* nothing there to ask for */
	}
	if (reader->limit < 0 && size > PART_SIZE && reader->etag &&
		strncmp(reader->etag, "W/", 2) != 0)
		ask(reader, PART_SIZE);
	else
		ask(reader, reader->limit);
	s3_pump(store, 0);
	return &reader->base;
}

void
s3_read_share(StoreReader *base, int64 bytes)
{
	S3Reader   *reader = (S3Reader *) base;

	reader->share = bytes;
	for (S3Part *p = reader->parts; p != NULL; p = p->next)
		http_request_room(p->transfer.http, bytes);
	ask_ahead(reader);
}

static char *
reader_uri(const S3Reader *reader)
{
	return store_uri(reader->base.store, reader->key);
}

bool
s3_same_etag(const char *a, const char *b)
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
 * Before any byte of it is handed out.  NULL, or what says that it is not.
 */
static const char *
answer_problem(S3Reader *reader, S3Part *part)
{
	S3Transfer *t = &part->transfer;
	const HttpReply *reply = http_reply(t->http);
	int64		total;

	if (part->checked == t->requests || !reply->headers_done || !reply->wanted)
		return NULL;
	if (t->etag && reply->etag[0] && !s3_same_etag(t->etag, reply->etag))
		return "It has another ETag.";
	total = reply->status == 206 ? reply->range_total : reply->content_length;
	/* a page of somebody between, say: S3 gives both */
	if (total < 0 && reply->etag[0] == '\0')
		return "The answer has neither an ETag nor a length.";
	if (total >= 0 && reader->size >= 0 && total != reader->size)
		return psprintf("It is " INT64_FORMAT " bytes long, but was listed with " INT64_FORMAT ".",
						total, reader->size);
	if (total >= 0 && t->expected < 0)
		t->expected = reader->limit >= 0 ? Min(reader->limit, total) : total;
	part->checked = t->requests;
	return NULL;
}

/* Bytes of a part that may still be handed out. */
static int64
left(const S3Part *part)
{
	const S3Transfer *t = &part->transfer;

	return t->limit < 0 ? PG_INT64_MAX : t->limit - t->start - part->delivered;
}

/* The first part is at its end: go on with the next. */
static void
finish(S3Reader *reader)
{
	S3Part	   *part = reader->parts;
	S3Transfer *t = &part->transfer;

	if (!t->empty && t->expected >= 0 && part->delivered != t->expected)
		s3_raise_changed(t->store, reader_uri(reader),
						 psprintf("It ended after " INT64_FORMAT " of " INT64_FORMAT " bytes.",
								  reader->delivered,
								  t->start + t->expected));
	reader->parts = part->next;
	MemoryContextDelete(part->cxt);
	ask_ahead(reader);
}

/* Bytes of the first part that have come in; 0 if none have. */
static size_t
take(S3Reader *reader, void *buf, int64 len)
{
	S3Part	   *part = reader->parts;
	size_t		n = http_take(part->transfer.http, buf, len);

	/* room may have let more in */
	s3_transfer_count(&part->transfer);
	part->delivered += n;
	reader->delivered += n;
	reader->since_pump += n;
	if (reader->since_pump >= PUMP_EVERY)
	{
		reader->since_pump = 0;
		ask_ahead(reader);
		s3_pump((S3Store *) reader->base.store, 0);
	}
	return n;
}

size_t
s3_read_at_hand(StoreReader *base, void *buf, size_t len)
{
	S3Reader   *reader = (S3Reader *) base;
	S3Part	   *part = reader->parts;
	int64		most;

	if (part == NULL || answer_problem(reader, part) != NULL)
		return 0;
	most = Min((int64) len, left(part));
	if (part->transfer.expected >= 0)
		most = Min(most, part->transfer.expected - part->delivered);
	return most > 0 ? take(reader, buf, most) : 0;
}

size_t
s3_read(StoreReader *base, void *buf, size_t len)
{
	S3Reader   *reader = (S3Reader *) base;

	while (reader->parts != NULL)
	{
		S3Part	   *part = reader->parts;
		S3Transfer *t = &part->transfer;
		const char *problem = answer_problem(reader, part);
		size_t		n;

		if (problem != NULL)
			s3_raise_changed(t->store, reader_uri(reader), problem);
		n = take(reader, buf, Min((int64) len, left(part)));
		if (t->expected >= 0 && part->delivered > t->expected)
			s3_raise_changed(t->store, reader_uri(reader),
							 psprintf("It goes on after " INT64_FORMAT " bytes.",
									  t->start + t->expected));
		if (n > 0)
			return n;
		if (left(part) == 0 || t->state == S3_DONE)
			finish(reader);
		else if (t->state == S3_FAILED)
			s3_raise(t, reader_uri(reader));
		else
			s3_pump(t->store, HTTP_WAIT_MS);
	}
	return 0;
}
