/*-------------------------------------------------------------------------
 *
 * regions.h
 *	  Regions of buckets that S3 named, for the later stores of the session.
 *
 * They are kept by server and bucket, and forgotten whenever a server changes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_REGIONS_H
#define CDC_STORE_REGIONS_H

#include "postgres.h"

/* NULL where none is known; good until the next call. */
extern const char *regions_find(Oid serverid, const char *bucket);

/* Does nothing where serverid is invalid; a region longer than 63 is cut. */
extern void regions_put(Oid serverid, const char *bucket, const char *region);

#endif							/* CDC_STORE_REGIONS_H */
