/*-------------------------------------------------------------------------
 *
 * s3.h
 *	  What the files of the S3 store share: the store, and a transfer, which
 *	  is one answer wanted, over as many requests as it takes.
 *
 * All transfers of a store are moved on whenever one of them is waited for.
 * A transfer that fails keeps its failure until somebody asks for it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_S3_H
#define CDC_STORE_S3_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "lib/ilist.h"

#include "store/cred/credentials.h"
#include "store/http/http.h"
#include "store/impl.h"
#include "store/s3/listing.h"
#include "store/http/sigv4.h"

typedef struct S3Store
{
	Store		base;
	/* from the configuration */
	char	   *bucket;
	char	   *root;			/* "" or a folder with its slash */
	bool		https;
	char	   *host;			/* with port; NULL: Amazon's */
	bool		path_style;
	CredentialsProvider *credentials;
	/* learnt */
	char	   *region;
	bool		region_given;
	/* in use */
	HttpPool   *pool;			/* made by the first transfer */
	dlist_head	transfers;
	MemoryContext scratch;		/* reset before each request is made */
	MemoryContextCallback callback;
} S3Store;

typedef enum S3State
{
	S3_NEW,
	S3_RUNNING,
	S3_BACKOFF,					/* to be tried again at retry_at */
	S3_DONE,
	S3_FAILED
} S3State;

typedef struct S3Transfer
{
	S3Store    *store;
	MemoryContext cxt;
	dlist_node	node;
	HttpRequest *http;
	/* what is wanted */
	const char *key;			/* absolute, NULL for a listing */
	bool		head;			/* only what its headers say */
	SigV4Pair	query[8];
	int			nquery;
	const char *etag;			/* for If-Match, NULL if unknown */
	int64		start;			/* first byte wanted */
	int64		limit;			/* first byte not wanted, -1: up to the end */
	int64		expected;		/* bytes it must have, -1 while unknown */
	int64		size;			/* of the whole object, -1 if unknown */
	/* how it goes */
	S3State		state;
	int			tries;			/* since it last made progress */
	int			requests;		/* sent in all */
	int64		mark;			/* bytes received when tries began anew */
	int64		counted;		/* bytes received that the account has */
	StoreCounters *account;		/* of who asked */
	TimestampTz begun;			/* the last try */
	TimestampTz first_begun;	/* the first that tries counts */
	TimestampTz retry_at;
	char	   *signed_region;	/* of the last try */
	bool		region_tried;
	int			keys_number;	/* of the last try */
	bool		refreshed;		/* credentials, once */
	bool		empty;			/* 416: there is nothing at the front */
	/* the last answer that was an error */
	int			status;
	S3ErrorText error;
	MemoryContextCallback callback;
} S3Transfer;

/* ---- s3.c ---- */

/*
 * Make t ready, in cxt, whose reset frees it.  key and etag must live there.
 * whole_limit as for http_request_create.
 */
extern void s3_transfer_init(S3Transfer *t, S3Store *store, MemoryContext cxt,
							 size_t whole_limit);
/* Ask for a version of the object; NULL: the newest.  It must live in cxt. */
extern void s3_transfer_version(S3Transfer *t, const char *version);
/* Begin anew; nothing is sent before the next pump. */
extern void s3_transfer_start(S3Transfer *t);
/*
 * The answer of t, which is done, turns out to be cut short: try again, if
 * there is a try left.
 */
extern bool s3_transfer_again(S3Transfer *t);
/* Add the bytes of the object that came since it was last called; cannot fail. */
extern void s3_transfer_count(S3Transfer *t);
/* Move all transfers on; wait at most timeout_ms. Serves interrupts. */
extern void s3_pump(S3Store *store, int timeout_ms);

/* ---- read.c, list.c, probe.c ---- */

extern StoreReader *s3_read_open(Store *store, const char *key,
								 const char *version, const char *etag,
								 int64 size, int64 limit);
extern size_t s3_read(StoreReader *reader, void *buf, size_t len);
extern size_t s3_read_at_hand(StoreReader *reader, void *buf, size_t len);
extern void s3_read_share(StoreReader *reader, int64 bytes);
extern StoreLister *s3_list(Store *store, const char *prefix,
							const char *start_after, bool by_folder);
extern bool s3_list_next(StoreLister *lister, StoreEntry *entry);
extern StoreProbe *s3_probe_open(Store *store, const char *key,
								 const char *version, const char *etag,
								 int64 size);
extern StoreVerdict s3_probe(StoreProbe *probe, StoreIdentity *identity);
/* Are two tags the same, whoever left off the quotes? */
extern bool s3_same_etag(const char *a, const char *b);

/* ---- config.c ---- */

/* Fill in what the configuration says; raises what is wrong with it. */
extern void s3_configure(S3Store *store, const StoreConfig *cfg);
/* May text stand in a header, and for a region in a host name? */
extern bool s3_valid_header(const char *text);
extern bool s3_valid_region(const char *text);

/* ---- log.c ---- */

/* Log, at DEBUG1, the request of t that has just ended. */
extern void s3_log(const S3Transfer *t);

/* ---- error.c ---- */

/* Raise the failure of t, that happened reading or listing uri. */
_Noreturn extern void s3_raise(const S3Transfer *t, const char *uri);
_Noreturn extern void s3_raise_changed(const S3Store *store, const char *uri,
										const char *detail);

#endif							/* CDC_STORE_S3_H */
