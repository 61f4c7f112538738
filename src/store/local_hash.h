/*-------------------------------------------------------------------------
 *
 * local_hash.h
 *	  The hash of a local file's bytes, as store_probe() gives it for an ETag.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_LOCAL_HASH_H
#define CDC_STORE_LOCAL_HASH_H

#include "postgres.h"

/* Is an ETag such a hash? */
extern bool local_hash_is(const char *etag);

/*
 * "sha256:" and 64 hex digits of all bytes of an open file, palloc'd.  The
 * place where it is read next stays.  Raises an error, with uri, where it
 * cannot be read; the descriptor is the caller's to close then too.
 */
extern char *local_hash_fd(int fd, const char *uri);

#endif							/* CDC_STORE_LOCAL_HASH_H */
