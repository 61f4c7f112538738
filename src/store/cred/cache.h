/*-------------------------------------------------------------------------
 *
 * cache.h
 *	  Keys that were asked for, for the later stores of the session.
 *
 * They are kept by server and user and forgotten whenever a server or a user
 * mapping changes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_CRED_CACHE_H
#define CDC_STORE_CRED_CACHE_H

#include "store/cred/cred.h"

/* When the cache was last emptied, as a number. */
extern uint64 cred_cache_epoch(void);

/*
 * Keys kept for the server and user of cfg since epoch, NULL if there are
 * none; good until something else is called.
 */
extern const CredKeys *cred_cache_find(const StoreConfig *cfg, uint64 epoch);

/* Keep a copy of keys, unless the cache was emptied since epoch. */
extern void cred_cache_put(const StoreConfig *cfg, uint64 epoch,
						   const CredKeys *keys);

/* Copy keys into cxt; overwrite what is secret of them, and free them. */
extern void cred_keys_copy(MemoryContext cxt, const CredKeys *from,
						   CredKeys *to);
extern void cred_keys_wipe(CredKeys *keys);

#endif							/* CDC_STORE_CRED_CACHE_H */
