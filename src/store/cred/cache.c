/*-------------------------------------------------------------------------
 *
 * cache.c
 *	  Keys that were asked for: see cache.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "store/cred/cache.h"

typedef struct Kept
{
	struct Kept *next;
	Oid			serverid;
	Oid			userid;
	CredKeys	keys;
} Kept;

static Kept *kept = NULL;
static uint64 epoch = 0;

static void
wipe_text(const char *text)
{
	if (text)
	{
		explicit_bzero(unconstify(char *, text), strlen(text));
		pfree(unconstify(char *, text));
	}
}

void
cred_keys_wipe(CredKeys *keys)
{
	wipe_text(keys->keys.access_key_id);
	wipe_text(keys->keys.secret_access_key);
	wipe_text(keys->keys.session_token);
	memset(keys, 0, sizeof(*keys));
}

void
cred_keys_copy(MemoryContext cxt, const CredKeys *from, CredKeys *to)
{
	const Credentials *k = &from->keys;
	MemoryContext old = MemoryContextSwitchTo(cxt);

	to->keys.access_key_id = pstrdup(k->access_key_id);
	to->keys.secret_access_key = pstrdup(k->secret_access_key);
	to->keys.session_token = k->session_token ? pstrdup(k->session_token) :
		NULL;
	to->expires = from->expires;
	to->refresh_at = from->refresh_at;
	to->place = from->place;
	MemoryContextSwitchTo(old);
}

/* A server or a user mapping changed: which one is not worth telling. */
static void
forget(Datum arg, int cacheid, uint32 hash)
{
	epoch++;
	while (kept != NULL)
	{
		Kept	   *k = kept;

		kept = k->next;
		cred_keys_wipe(&k->keys);
		pfree(k);
	}
}

uint64
cred_cache_epoch(void)
{
	static bool registered = false;

	if (!registered)
	{
		CacheRegisterSyscacheCallback(FOREIGNSERVEROID, forget, (Datum) 0);
		CacheRegisterSyscacheCallback(USERMAPPINGOID, forget, (Datum) 0);
		registered = true;
	}
	return epoch;
}

static Kept *
find(const StoreConfig *cfg)
{
	Kept	   *k = kept;

	while (k != NULL &&
		   (k->serverid != cfg->serverid || k->userid != cfg->userid))
		k = k->next;
	return k;
}

const CredKeys *
cred_cache_find(const StoreConfig *cfg, uint64 since)
{
	Kept	   *k = since == epoch ? find(cfg) : NULL;

	return k ? &k->keys : NULL;
}

void
cred_cache_put(const StoreConfig *cfg, uint64 since, const CredKeys *keys)
{
	CredKeys	copy;
	Kept	   *k;

	if (since != epoch)
		return;
	/* what may fail comes first */
	cred_keys_copy(TopMemoryContext, keys, &copy);
	k = find(cfg);
	if (k == NULL)
	{
		k = MemoryContextAllocZero(TopMemoryContext, sizeof(Kept));
		k->serverid = cfg->serverid;
		k->userid = cfg->userid;
		k->next = kept;
		kept = k;
	}
	else
		cred_keys_wipe(&k->keys);
	k->keys = copy;
}
