/*-------------------------------------------------------------------------
 *
 * regions.c
 *	  Regions of buckets that S3 named: see regions.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "store/s3/regions.h"

typedef struct Learnt
{
	struct Learnt *next;
	Oid			serverid;
	char		region[64];
	char		bucket[FLEXIBLE_ARRAY_MEMBER];
} Learnt;

static Learnt *learnt = NULL;

/* A server changed: which one is not worth telling. */
static void
forget(Datum arg, int cacheid, uint32 hash)
{
	while (learnt != NULL)
	{
		Learnt	   *l = learnt;

		learnt = l->next;
		pfree(l);
	}
}

static Learnt *
find(Oid serverid, const char *bucket)
{
	Learnt	   *l = learnt;

	while (l != NULL &&
		   (l->serverid != serverid || strcmp(l->bucket, bucket) != 0))
		l = l->next;
	return l;
}

const char *
regions_find(Oid serverid, const char *bucket)
{
	Learnt	   *l = find(serverid, bucket);

	return l ? l->region : NULL;
}

void
regions_put(Oid serverid, const char *bucket, const char *region)
{
	static bool registered = false;
	Learnt	   *l = find(serverid, bucket);

	if (!OidIsValid(serverid))
		return;
	if (!registered)
	{
		CacheRegisterSyscacheCallback(FOREIGNSERVEROID, forget, (Datum) 0);
		registered = true;
	}
	if (l == NULL)
	{
		l = MemoryContextAllocZero(TopMemoryContext,
								   offsetof(Learnt, bucket) +
								   strlen(bucket) + 1);
		l->serverid = serverid;
		strcpy(l->bucket, bucket);
		l->next = learnt;
		learnt = l;
	}
	strlcpy(l->region, region, sizeof(l->region));
}
