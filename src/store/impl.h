/*-------------------------------------------------------------------------
 *
 * impl.h
 *	  What the stores share behind store.h: the struct of functions that each
 *	  kind of store fills in.
 *
 * Memory: a Store, a StoreLister and a StoreReader each live in a context of
 * their own; the latter two are children of the store's.  Each kind registers
 * a reset callback there before it takes anything from the system, so that an
 * error anywhere gives it back.  Closing is deleting the context.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_IMPL_H
#define CDC_STORE_IMPL_H

#include "store/stats.h"
#include "store/store.h"

typedef struct StoreOps
{
	const char *name;
	int			most_open;		/* readers at a time */
	bool		(*scarce) (void);	/* then it is one; NULL: never */
	bool		keeps_ahead;	/* in memory, what was fetched and is not read */
	bool		remote;			/* their transfers go on by themselves */
	/* store_open: no I/O; raises what is wrong with the configuration */
	Store	   *(*open) (const StoreConfig *cfg, MemoryContext cxt);
	char	   *(*uri) (const Store *store, const char *key);
	/* CurrentMemoryContext is the new lister's or reader's own */
	StoreLister *(*list) (Store *store, const char *prefix,
						  const char *start_after, bool by_folder);
	bool		(*list_next) (StoreLister *lister, StoreEntry *entry);
	StoreReader *(*read_open) (Store *store, const char *key,
							   const char *version, const char *etag,
							   int64 size, int64 limit);
	size_t		(*read) (StoreReader *reader, void *buf, size_t len);
	size_t		(*read_at_hand) (StoreReader *reader, void *buf, size_t len);
	void		(*read_share) (StoreReader *reader, int64 bytes);
	StoreProbe *(*probe_open) (Store *store, const char *key,
							   const char *version, const char *etag,
							   int64 size);
	/* CurrentMemoryContext is the caller's */
	StoreVerdict (*probe) (StoreProbe *probe, StoreIdentity *identity);
} StoreOps;

/* The first member of every store, lister and reader. */
struct Store
{
	const StoreOps *ops;
	MemoryContext cxt;			/* holds it and nothing else */
	StoreConfig cfg;			/* own copy */
	StoreCounters counters;		/* its own account */
	StoreCounters *account;		/* the one to add to */
	Stats	   *stats;			/* of the server, for all stores */
	bool		called;			/* a function of the store has not returned */
};

struct StoreLister
{
	Store	   *store;
	MemoryContext cxt;
	const char *asked;			/* the prefix asked for */
	int64		listed;			/* entries so far */
};

struct StoreReader
{
	Store	   *store;
	MemoryContext cxt;
};

struct StoreProbe
{
	Store	   *store;
	MemoryContext cxt;
};

/* Add to an account, and to what is known of the server. */
extern void store_count_request(Store *store, StoreCounters *account);
extern void store_count_retry(Store *store, StoreCounters *account);
extern void store_count_bytes(Store *store, StoreCounters *account, int64 n);

extern const StoreOps store_local_ops;
extern const StoreOps store_s3_ops;

/* A pinned object is not what it was, or gone; detail may be empty. */
_Noreturn extern void store_raise_pinned_changed(const char *uri,
												  const char *detail);
_Noreturn extern void store_raise_pinned_gone(const char *uri,
											   const char *detail);

#endif							/* CDC_STORE_IMPL_H */
