/*-------------------------------------------------------------------------
 *
 * newest.h
 *	  Objects of a log that listings found, and the newest of them by probing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_NEWEST_H
#define CDC_LOG_NEWEST_H

#include "postgres.h"

#include "log/name.h"
#include "store/store.h"

typedef struct FoundObject
{
	char	   *key;			/* relative to the store's root */
	int64		size;
	char	   *etag;			/* NULL if unknown */
	const char *version;		/* of a pinned object that has one, or NULL */
	NameInfo	info;
} FoundObject;

/*
 * Returns the newest change or transaction file right under prefix, later
 * than after (which tells which of both), by probing; NULL where there is
 * none.  palloc'd.
 */
extern FoundObject *newest_probe(Store *store, const char *prefix,
									const FoundObject *after);

/*
 * The same where the files lie in date folders, all of that layout.  NULL too
 * where too many folders would have to be looked into (days before months).
 */
extern FoundObject *newest_probe_dates(Store *store, const char *prefix,
											DateSequence seq,
											char delimiter);

/* An object of a listing, palloc'd. */
extern FoundObject *newest_object(const StoreEntry *e,
									const NameInfo *info);
/* Let *slot be that; what it held is given back. */
extern void newest_set_to(FoundObject **slot, const StoreEntry *e,
						 const NameInfo *info);

#endif							/* CDC_LOG_NEWEST_H */
