/*-------------------------------------------------------------------------
 *
 * fuzz_listing.c
 *	  Any bytes as a page of a listing, and as an error document.
 *
 * It is a failure when the pieces that a page comes in change what is read,
 * when keys are out of order, empty or too long, when a page is cut without a
 * token, or when a text of an error does not end.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/s3/listing.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fail(const char *what)
{
	fprintf(stderr, "listing: %s\n", what);
	abort();
}

/* Feed all in pieces of at most so many bytes. */
static Listing *
read_page(const char *in, size_t len, size_t largest, ListingStatus *status)
{
	Listing    *l = listing_create();
	size_t		at = 0;

	do
	{
		size_t		n = len - at < largest ? len - at : largest;
		/* a block of its own: reading past its end is noticed */
		char	   *piece = malloc(n + (n == 0));

		memcpy(piece, in + at, n);
		at += n;
		*status = listing_feed(l, piece, n, at == len);
		free(piece);
	} while (*status == LISTING_OK && at < len);
	return l;
}

static void
check_page(const Listing *l)
{
	for (size_t i = 0; i < listing_count(l); i++)
	{
		const ListingEntry *e = listing_get(l, i);

		if (e->key[0] == '\0' || strlen(e->key) > 1024)
			fail("a key is empty or too long");
		if (e->folder != (e->size < 0) || e->etag == NULL)
			fail("neither an object nor a folder");
		if (i > 0 && strcmp(listing_get(l, i - 1)->key, e->key) >= 0)
			fail("keys are out of order");
	}
	if (listing_token(l) && listing_token(l)[0] == '\0')
		fail("an empty token");
}

static void
check_same(const Listing *a, const Listing *b)
{
	const char *token = listing_token(a);
	const char *other = listing_token(b);

	if (listing_count(a) != listing_count(b) ||
		(token == NULL) != (other == NULL) ||
		(token != NULL && strcmp(token, other) != 0))
		fail("pieces change the page");
	for (size_t i = 0; i < listing_count(a); i++)
	{
		const ListingEntry *x = listing_get(a, i);
		const ListingEntry *y = listing_get(b, i);

		if (strcmp(x->key, y->key) != 0 || strcmp(x->etag, y->etag) != 0 ||
			x->size != y->size || x->folder != y->folder)
			fail("pieces change an entry");
	}
}

static void
check_error(const char *in, size_t len)
{
	S3ErrorText e;
	char	   *copy = malloc(len + (len == 0));
	bool		found;

	memcpy(copy, in, len);
	memset(&e, 'x', sizeof(e));
	found = errordoc_parse(copy, len, &e);
	free(copy);
	if (memchr(e.code, 0, sizeof(e.code)) == NULL ||
		memchr(e.message, 0, sizeof(e.message)) == NULL ||
		memchr(e.region, 0, sizeof(e.region)) == NULL ||
		memchr(e.request_id, 0, sizeof(e.request_id)) == NULL)
		fail("a text of an error does not end");
	if (found != (e.code[0] != '\0'))
		fail("an error without a code");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *) data + 1;
	Listing    *whole;
	Listing    *parts;
	ListingStatus status;
	ListingStatus other;

	if (size == 0)
		return 0;
	if (data[0] == 'e')
	{
		check_error(in, size - 1);
		return 0;
	}
	whole = read_page(in, size - 1, size, &status);
	parts = read_page(in, size - 1, 1 + data[0] % 40, &other);
	if ((status == LISTING_OK) != (other == LISTING_OK))
		fail("pieces change the verdict");
	if (status == LISTING_OK)
	{
		check_page(whole);
		check_same(whole, parts);
	}
	if (listing_message(status)[0] == '\0')
		fail("no message");
	listing_destroy(whole);
	listing_destroy(parts);
	return 0;
}
