/*-------------------------------------------------------------------------
 *
 * local.h
 *	  What the files of the local store share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_LOCAL_H
#define CDC_STORE_LOCAL_H

#include "postgres.h"

#include <sys/stat.h>

#include "base/compat.h"
#include "store/impl.h"

#define LOCAL_ETAG_SIZE 96

typedef struct LocalStore
{
	Store		base;
	char	   *root;			/* with a slash at its end */
} LocalStore;

/* ---- local.c ---- */

/*
 * Open a path under the root (a directory if it is empty or ends in '/'),
 * walking it name by name.  -1 with errno; root_failed tells whether it was
 * the root itself.  Throws nothing, so that no descriptor can be lost.
 */
extern int	local_walk(const LocalStore *local, const char *path,
					   bool *root_failed);
/* Raise that the object is a link, or lies behind one. */
extern void local_raise_link(const Store *store, const char *key);
/*
 * Account for a descriptor, of an open file that gives way if need be, or
 * raise an error that names the file.
 */
extern void local_reserve_fd(const Store *store, const char *key);
/* Raise the error in errno. */
extern void local_raise_unopened(const Store *store,
								 const char *key) CDC_NORETURN;
/* The ETag that a listing gives. */
extern void local_etag(char etag[LOCAL_ETAG_SIZE], const struct stat *st);
/* Are size and time of a file the same? */
extern bool local_same_stat(const struct stat *a, const struct stat *b);

/* ---- local_list.c ---- */

extern StoreLister *local_list(Store *store, const char *prefix,
							   const char *start_after, bool by_folder);
extern bool local_list_next(StoreLister *lister, StoreEntry *entry);

/* ---- local_probe.c ---- */

extern StoreProbe *local_probe_open(Store *store, const char *key,
									const char *version, const char *etag,
									int64 size);
extern StoreVerdict local_probe(StoreProbe *probe, StoreIdentity *identity);

#endif							/* CDC_STORE_LOCAL_H */
