/*-------------------------------------------------------------------------
 *
 * small_file.h
 *	  Files of the database server's machine that options and the environment
 *	  name: certificates to trust, profiles, tokens.
 *
 * No library is given such a path: it would open whatever lies there, wait
 * for a pipe's writer, or take lines from one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_SMALL_FILE_H
#define CDC_STORE_SMALL_FILE_H

#include "postgres.h"

/*
 * Returns all bytes of a regular file of at most max bytes, palloc'd in the
 * current context and terminated by a zero that *len does not count.  Never
 * waits.  Returns NULL where the file cannot be read, with errno: EINVAL for
 * what is no regular file (links are followed), EFBIG for one that is longer.
 */
extern char *small_file_read(const char *path, size_t max, size_t *len);

#endif							/* CDC_STORE_SMALL_FILE_H */
