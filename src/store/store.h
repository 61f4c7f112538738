/*-------------------------------------------------------------------------
 *
 * store.h
 *	  Objects to bytes: the one interface over a local directory and S3.
 *
 * Keys are relative to the store's root (the folder of the server's url) and
 * never start with a slash.  Both stores list in byte order of the key.
 * Every function may raise an error that names the object; whatever a store
 * holds (curl handles, file descriptors) is freed by a reset callback on the
 * memory context it was opened in.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_STORE_H
#define CDC_STORE_STORE_H

#include "postgres.h"

/* Where keys come from. */
typedef enum CredentialsMode
{
	CREDENTIALS_STATIC,			/* the configuration */
	CREDENTIALS_CHAIN,			/* that, else AWS's usual places */
	CREDENTIALS_ANONYMOUS		/* requests are not signed */
} CredentialsMode;

typedef struct StoreConfig
{
	const char *url;			/* s3://bucket[/folder] or file:///dir */
	bool		pinned;			/* ETags are a pin's, not a listing's: for
								 * messages */
	/* S3 only; NULL where not given */
	const char *region;
	const char *endpoint;
	bool		path_style;
	const char *ca_file;
	const char *expected_bucket_owner;	/* sent as
										 * x-amz-expected-bucket-owner */
	CredentialsMode credentials;
	const char *access_key_id;
	const char *secret_access_key;
	const char *session_token;
	/* a role to take on with these keys */
	const char *role_arn;
	const char *external_id;
	const char *role_session_name;
	int			role_duration;	/* seconds, 0 for the service's own */
	const char *sts_endpoint;	/* http[s]://host[:port] */
	/* whom keys that were asked for are kept for */
	Oid			serverid;
	Oid			userid;
} StoreConfig;

typedef struct StoreCounters
{
	int64		requests;		/* S3: HTTP requests sent, retries included;
								 * local: files and directories opened */
	int64		retries;
	int64		bytes;			/* of objects, as stored, that came in */
	int64		listed;			/* entries the listings returned */
} StoreCounters;

typedef struct StoreEntry
{
	const char *key;			/* relative to the root; a folder ends in '/' */
	int64		size;			/* -1 for a folder */
	const char *etag;			/* as the server wrote it, quotes and all; local:
								 * "mtime-in-ns:size:inode" */
	bool		folder;			/* a common prefix, only with a delimiter */
} StoreEntry;

#define STORE_MAX_OBJECTS	2000000

/* The session setting cdc_fdw.max_objects, STORE_MAX_OBJECTS unless set. */
extern int	store_max_objects;

typedef struct Store Store;
typedef struct StoreLister StoreLister;
typedef struct StoreReader StoreReader;
typedef struct StoreProbe StoreProbe;

/*
 * Open the store in ctx, whose reset or deletion closes it and all its
 * listers and readers.  cfg is copied.  No I/O happens yet.
 */
extern Store *store_open(const StoreConfig *cfg, MemoryContext ctx);
extern void store_close(Store *store);
/* A number for what is read, where, and as whom; the same in one session. */
extern uint64 store_identity(const Store *store);
/*
 * What is asked of a store is added to an account: the store's own at first, or
 * one of those that store_account_open() makes of zeros, which lives as long as
 * the store and may be charged for others' use too.  store_charge() names the
 * one that what follows is for.  A transfer stays with the account that it
 * began under, whoever moves it on.
 */
extern const StoreCounters *store_counters(const Store *store);
extern StoreCounters *store_account_open(Store *store);
extern void store_charge(Store *store, StoreCounters *account);
/* One of the store's logs is listed: count it for the server. */
extern void store_count_log(Store *store);
/* The region as the configuration or the server named it; may be NULL. */
extern const char *store_region(const Store *store);

/* "s3://bucket/folder/key" or "/dir/key" for messages; palloc'd in the caller's context. */
extern char *store_uri(const Store *store, const char *key);

/*
 * List the keys that start with prefix and sort after start_after (NULL: from
 * the beginning), in byte order, page by page as they are asked for.  With
 * by_folder keys are cut at the first '/' after the prefix and come once, as
 * folders.  A prefix that does not exist lists nothing.
 */
extern StoreLister *store_list(Store *store, const char *prefix,
							   const char *start_after, bool by_folder);
/* False at the end.  *entry is good until the next call. */
extern bool store_list_next(StoreLister *lister, StoreEntry *entry);
extern void store_list_close(StoreLister *lister);
/*
 * Raises an error where n objects are more than a listing under the prefix may
 * have.  Listings look themselves; this is for who keeps the objects of several.
 */
extern void store_check_objects(const Store *store, int64 n,
								const char *prefix);

/*
 * Start reading an object and return at once; several readers transfer side
 * by side while any of them is waited for.  version (or NULL: the newest) is
 * of a bucket that keeps versions, and no other store's.  etag (or NULL) is
 * what the listing said: an object that changed since is an error.  limit: read at most so many
 * bytes from the front, -1 for all; size: what the listing said, -1 if unknown
 * (a body of another length is an error, when limit is -1).  Also good as etag
 * is what a probe said; a local file is then read whole and compared before a
 * byte of it is handed out.
 */
extern StoreReader *store_read_open(Store *store, const char *key,
									const char *version, const char *etag,
									int64 size, int64 limit);
/* Wait for bytes; returns how many were put in buf, 0 only at the end. */
extern size_t store_read(StoreReader *reader, void *buf, size_t len);
/*
 * The same for bytes that nobody waits for yet: those at hand, if any.  0 is
 * all else, the end and what is wrong with the object too, which store_read
 * tells when it comes to it.
 */
extern size_t store_read_at_hand(StoreReader *reader, void *buf, size_t len);
/* Also aborts a transfer under way.  Accepts NULL. */
extern void store_read_close(StoreReader *reader);

/*
 * How many bytes may be fetched, or asked for, before they are read.  It can
 * be changed at any time; where it is never called the store decides.
 */
extern void store_read_share(StoreReader *reader, int64 bytes);

/*
 * What an object is, told so that hardly another can pass for it: of a local
 * file "sha256:" and the hash of its bytes in hex, of an S3 object its ETag.
 */
typedef struct StoreIdentity
{
	int64		size;
	const char *etag;			/* NULL: the server gave none */
	const char *version;		/* of a bucket that keeps versions, or NULL */
} StoreIdentity;

typedef enum StoreVerdict
{
	STORE_SAME,
	STORE_CHANGED,				/* another size, ETag or hash */
	STORE_GONE
} StoreVerdict;

/*
 * See whether an object, or a version of it (NULL: the newest), is the one with
 * this etag (of a listing or a probe) and size.  Opening begins it and returns at once; several go side by side.
 * store_probe() waits, and fills *identity, palloc'd in the caller's context,
 * unless the object is gone.  Raises an error for whatever keeps it from
 * knowing.  S3: a HEAD request; local: all bytes are read.
 */
extern StoreProbe *store_probe_open(Store *store, const char *key,
									const char *version, const char *etag,
									int64 size);
extern StoreVerdict store_probe(StoreProbe *probe, StoreIdentity *identity);
extern void store_probe_close(StoreProbe *probe);	/* accepts NULL */

/* Readers worth having open at a time, the one being read included. */
extern int	store_most_open(const Store *store);
/* Do bytes that wait to be read (store_read_share()) take memory here? */
extern bool store_keeps_ahead(const Store *store);
/* Do transfers of several readers go on while one of them is waited for? */
extern bool store_is_remote(const Store *store);

/*
 * CHECK_FOR_INTERRUPTS for who waits or reads for long: a process whose
 * postmaster is gone leaves, so that it does not keep a new one from starting.
 */
extern void store_check_interrupts(void);

/*
 * Make remote or file system text fit for a message: a copy in the current
 * context, in which bytes that are no text of the database's encoding, and
 * control characters, are written as %XX.
 */
extern char *store_clean_text(const char *text);

/* Bytes of the control character at text, which is UTF-8; 0: none is there. */
extern int	store_control(const char *text);

#endif							/* CDC_STORE_STORE_H */
