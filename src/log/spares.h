/*-------------------------------------------------------------------------
 *
 * spares.h
 *	  Memory that readers leave to those after them, and when it is given back.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_SPARES_H
#define CDC_LOG_SPARES_H

#include "postgres.h"

/* A reader begins: what it leaves is given back with the transaction at last. */
extern void spares_begin(void);

/* A reader of so many bytes is closed. */
extern void spares_note(int64 bytes);

/* No more files will be read soon: gives back what is kept for them. */
extern void spares_free(void);

#endif							/* CDC_LOG_SPARES_H */
