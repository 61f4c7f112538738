/*-------------------------------------------------------------------------
 *
 * listing.h
 *	  What S3 answers in XML: a page of ListObjectsV2, and an error.  Pure C.
 *
 * A document is fed in chunks of any size.  Nothing of it is trusted: document
 * types (and with them entities) are refused, and every text has its limit.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_LISTING_H
#define CDC_STORE_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ListingStatus
{
	LISTING_OK,
	LISTING_BAD_XML,			/* not well-formed, or with a document type */
	LISTING_NOT_A_LISTING,		/* another document than was expected */
	LISTING_BAD_KEY,			/* a key that is empty, too long, has a zero
								 * byte, or a '%' that encodes nothing */
	LISTING_BAD_VALUE,			/* a size or a flag that is none */
	LISTING_UNORDERED,			/* keys of the page are not in byte order */
	LISTING_NO_FLAG,			/* without IsTruncated */
	LISTING_NO_TOKEN,			/* truncated, but without a token */
	LISTING_NO_MEMORY
} ListingStatus;

typedef struct ListingEntry
{
	const char *key;			/* as stored, decoded */
	const char *etag;			/* "" if none was given, and for a folder */
	int64_t		size;			/* -1 for a folder */
	bool		folder;			/* a common prefix */
} ListingEntry;

typedef struct Listing Listing;

/* NULL when memory is out. The caller frees it with listing_destroy. */
extern Listing *listing_create(void);
extern void listing_destroy(Listing *l);	/* accepts NULL */

/*
 * Take len more bytes of the page; last says that it ends with them.  Any
 * status but LISTING_OK is final.
 */
extern ListingStatus listing_feed(Listing *l, const char *buf, size_t len,
								  bool last);

/* After the last feed: keys and folders together, in byte order. */
extern size_t listing_count(const Listing *l);
extern const ListingEntry *listing_get(const Listing *l, size_t i);
/* Token of the next page; NULL where there is none. */
extern const char *listing_token(const Listing *l);
/* Static English text for an errdetail. */
extern const char *listing_message(ListingStatus status);

/* An error document; texts that are missing or too long are cut or "". */
typedef struct S3ErrorText
{
	char		code[64];
	char		message[1024];
	char		region[64];
	char		request_id[128];
} S3ErrorText;

/* False, and *out all empty, where the bytes are no error document. */
extern bool errordoc_parse(const char *buf, size_t len, S3ErrorText *out);

#endif							/* CDC_STORE_LISTING_H */
