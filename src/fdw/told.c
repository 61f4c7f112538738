/*-------------------------------------------------------------------------
 *
 * told.c
 *	  What the session was told of already: see told.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "fdw/told.h"

typedef struct Told
{
	Oid			about;
	int32		kind;			/* ToldKind; of a fixed width, since the bytes
								 * of the key are compared */
} Told;

static HTAB *told = NULL;

bool
told_once(Oid about, ToldKind kind)
{
	Told		key = {about, kind};
	bool		found;

	if (told == NULL)
	{
		HASHCTL		ctl = {
			.keysize = sizeof(Told),
			.entrysize = sizeof(Told),
			.hcxt = CacheMemoryContext
		};

		told = hash_create("cdc_fdw notices", 64, &ctl,
						   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	(void) hash_search(told, &key, HASH_ENTER, &found);
	return !found;
}
