/*-------------------------------------------------------------------------
 *
 * known.c
 *	  What the scans of a session learnt of each log: for the planner, which
 *	  reads nothing itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "fdw/known.h"
#include "fdw/options/options.h"

typedef struct KnownEntry
{
	Oid			relid;			/* the key */
	KnownLog	log;
} KnownEntry;

static HTAB *known_logs = NULL;

bool
known_get(Oid relid, KnownLog *known)
{
	KnownEntry *k = known_logs
		? hash_search(known_logs, &relid, HASH_FIND, NULL) : NULL;

	if (k == NULL)
		return false;
	*known = k->log;
	return true;
}

void
known_put(Oid relid, const KnownLog *now)
{
	KnownEntry *k;
	KnownLog	before;
	bool		found;

	if (known_logs == NULL)
	{
		HASHCTL		ctl = {
			.keysize = sizeof(Oid),
			.entrysize = sizeof(KnownEntry),
			.hcxt = CacheMemoryContext
		};

		known_logs = hash_create("cdc_fdw known logs", 64, &ctl,
								 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	k = hash_search(known_logs, &relid, HASH_ENTER, &found);
	before = k->log;
	k->log = *now;
	if (!found)
		return;
	if (now->base_width == 0)
		k->log.base_width = before.base_width;
	if (now->change_width == 0)
		k->log.change_width = before.change_width;
	if (now->rows < 0)
		k->log.rows = before.rows;
}
