/*-------------------------------------------------------------------------
 *
 * list.c
 *	  Listing a bucket with ListObjectsV2, a page at a time.
 *
 * A page is asked for when the one before it is used up, never ahead, so that
 * a listing that is left early has asked for nothing it did not need.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "store/s3/s3.h"

#define PAGE_MAX		((size_t) 32 * 1024 * 1024)
#define PARSE_PART		((size_t) 256 * 1024)
/* a server may send pages without keys, but not for ever */
#define EMPTY_PAGES_MAX	100

typedef struct S3Lister
{
	StoreLister base;
	S3Transfer	transfer;
	char	   *prefix;			/* absolute, as start_after is */
	char	   *start_after;	/* NULL: from the beginning */
	bool		by_folder;
	Listing    *page;			/* NULL before the first */
	size_t		next;			/* entry of the page */
	char	   *token;			/* of the page under way, NULL for the first */
	char	   *last;			/* last key of the pages before */
	int			empty_pages;
	bool		at_end;
	MemoryContextCallback callback;
} S3Lister;

static void
lister_release(void *arg)
{
	S3Lister   *lister = arg;

	listing_destroy(lister->page);
	lister->page = NULL;
}

StoreLister *
s3_list(Store *base, const char *prefix, const char *start_after,
		bool by_folder)
{
	S3Store    *store = (S3Store *) base;
	S3Lister   *lister = palloc0(sizeof(S3Lister));

	lister->base.store = base;
	lister->callback.func = lister_release;
	lister->callback.arg = lister;
	MemoryContextRegisterResetCallback(CurrentMemoryContext,
									   &lister->callback);
	lister->prefix = psprintf("%s%s", store->root, prefix);
	if (start_after && *start_after)
		lister->start_after = psprintf("%s%s", store->root, start_after);
	lister->by_folder = by_folder;
	s3_transfer_init(&lister->transfer, store, CurrentMemoryContext, PAGE_MAX);
	return &lister->base;
}

static char *
lister_uri(const S3Lister *lister)
{
	const S3Store *store = (const S3Store *) lister->base.store;

	return store_uri(&store->base, lister->prefix + strlen(store->root));
}

static void
raise_bad_page(const S3Lister *lister, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("could not read the listing of \"%s\"",
					lister_uri(lister)),
			 errdetail("%s", detail)));
}

static void
wait_for_page(S3Lister *lister)
{
	S3Transfer *t = &lister->transfer;

	while (t->state == S3_RUNNING || t->state == S3_BACKOFF)
		s3_pump(t->store, HTTP_WAIT_MS);
	if (t->state == S3_FAILED)
		s3_raise(t, lister_uri(lister));
}

/* Ask for the next page and wait until all of it is there. */
static void
fetch_page(S3Lister *lister)
{
	S3Transfer *t = &lister->transfer;
	SigV4Pair  *q = t->query;
	int			n = 0;

	q[n++] = (SigV4Pair) {"list-type", "2"};
	q[n++] = (SigV4Pair) {"encoding-type", "url"};
	if (*lister->prefix)
		q[n++] = (SigV4Pair) {"prefix", lister->prefix};
	if (lister->by_folder)
		q[n++] = (SigV4Pair) {"delimiter", "/"};
	if (lister->start_after)
		q[n++] = (SigV4Pair) {"start-after", lister->start_after};
	if (lister->token)
		q[n++] = (SigV4Pair) {"continuation-token", lister->token};
	t->nquery = n;
	s3_transfer_start(t);
	wait_for_page(lister);
}

static ListingStatus
feed_page(S3Lister *lister)
{
	HttpRequest *http = lister->transfer.http;
	size_t		left = http_available(http);
	const char *data = http_data(http);
	ListingStatus status;

	listing_destroy(lister->page);
	lister->page = listing_create();
	if (lister->page == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	do
	{
		size_t		part = Min(left, PARSE_PART);

		CHECK_FOR_INTERRUPTS();
		status = listing_feed(lister->page, data, part, part == left);
		data += part;
		left -= part;
	} while (status == LISTING_OK && left > 0);
	http_request_discard(http);
	return status;
}

/*
 * An answer that does not say how long it is may have been cut: then it is no
 * XML, and is asked for again.
 */
static void
parse_page(S3Lister *lister)
{
	S3Transfer *t = &lister->transfer;
	ListingStatus status = feed_page(lister);

	while (status == LISTING_BAD_XML &&
		   http_reply(t->http)->content_length < 0 && s3_transfer_again(t))
	{
		wait_for_page(lister);
		status = feed_page(lister);
	}
	if (status == LISTING_NO_MEMORY)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	if (status != LISTING_OK)
		raise_bad_page(lister, listing_message(status));
	lister->next = 0;
}

/*
 * The server's pages must lead on: keys of ours only, each after the last,
 * and no token twice in a row.
 */
static void
check_page(S3Lister *lister)
{
	size_t		n = listing_count(lister->page);
	size_t		len = strlen(lister->prefix);
	const char *token = listing_token(lister->page);

	for (size_t i = 0; i < n; i++)
		if (strncmp(listing_get(lister->page, i)->key, lister->prefix,
					len) != 0)
			raise_bad_page(lister, "It has a key outside of the prefix.");
	if (n > 0 && lister->last &&
		strcmp(listing_get(lister->page, 0)->key, lister->last) <= 0)
		raise_bad_page(lister, "A page does not go on where the one before it ended.");
	if (token && lister->token && strcmp(token, lister->token) == 0)
		raise_bad_page(lister, "The server repeats a continuation token.");
	lister->empty_pages = n > 0 ? 0 : lister->empty_pages + 1;
	if (lister->empty_pages > EMPTY_PAGES_MAX)
		raise_bad_page(lister, "The server goes on sending empty pages.");
	if (n > 0)
	{
		if (lister->last)
			pfree(lister->last);
		lister->last = pstrdup(listing_get(lister->page, n - 1)->key);
	}
}

/* False at the end. */
static bool
next_page(S3Lister *lister)
{
	if (lister->page)
	{
		const char *token = listing_token(lister->page);

		if (token == NULL)
			return false;
		if (lister->token)
			pfree(lister->token);
		lister->token = pstrdup(token);
	}
	fetch_page(lister);
	parse_page(lister);
	check_page(lister);
	return true;
}

bool
s3_list_next(StoreLister *base, StoreEntry *entry)
{
	S3Lister   *lister = (S3Lister *) base;
	size_t		root = strlen(((S3Store *) base->store)->root);

	while (!lister->at_end)
	{
		const ListingEntry *e;

		if (lister->page == NULL ||
			lister->next == listing_count(lister->page))
		{
			lister->at_end = !next_page(lister);
			continue;
		}
		e = listing_get(lister->page, lister->next++);
		/*
		 * The folder that start_after lies in sorts before it; servers do not
		 * agree whether they list it, so it is left out here.
		 */
		if (lister->start_after && strcmp(e->key, lister->start_after) <= 0)
			continue;
		if (e->key[root] == '\0')
			continue;			/* the marker of the root folder itself */
		entry->key = e->key + root;
		entry->size = e->size;
		entry->etag = e->etag[0] ? e->etag : NULL;
		entry->folder = e->folder;
		return true;
	}
	return false;
}
