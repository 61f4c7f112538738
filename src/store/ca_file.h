/*-------------------------------------------------------------------------
 *
 * ca_file.h
 *	  The certificates that the server option ca_file names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_CA_FILE_H
#define CDC_STORE_CA_FILE_H

#include "postgres.h"

/*
 * Returns the text of the file of certificates at path, palloc'd in the
 * current context, or NULL where path is NULL or empty.  Raises an error
 * where it is no regular file, is empty, is longer than 4 MB, or cannot be
 * read, and where libcurl takes no certificates from memory.
 */
extern char *ca_file_read(const char *path);

#endif							/* CDC_STORE_CA_FILE_H */
