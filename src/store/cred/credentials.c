/*-------------------------------------------------------------------------
 *
 * credentials.c
 *	  The keys a store signs with, and when to get newer ones: see
 *	  credentials.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <time.h>

#include "utils/memutils.h"

#include "store/cred/cache.h"
#include "store/stats.h"

#define AHEAD		(5 * 60)	/* seconds before keys expire to renew them */
#define LEAST_KEY	16			/* letters of any key of AWS; less may be a
								 * word of the text by chance */
#define TRY_AGAIN	60			/* seconds after that failed */
#define LOOK_AGAIN	(5 * 60)	/* seconds after which to look again for keys
								 * that do not expire */

struct CredentialsProvider
{
	const StoreConfig *cfg;
	MemoryContext cxt;
	bool		renewable;		/* they are asked for, and expire */
	uint64		epoch;
	CredKeys	keys;			/* none yet where access_key_id is NULL */
	int			number;
	int			place;			/* where those came from that requests were
								 * signed with; 0: none were */
	MemoryContextCallback callback;
};

static void
release(void *arg)
{
	CredentialsProvider *p = arg;

	cred_keys_wipe(&p->keys);
}

CredentialsProvider *
credentials_open(const StoreConfig *cfg)
{
	CredentialsProvider *p = palloc0(sizeof(CredentialsProvider));

	p->cfg = cfg;
	p->cxt = CurrentMemoryContext;
	p->callback.func = release;
	p->callback.arg = p;
	MemoryContextRegisterResetCallback(p->cxt, &p->callback);
	if (cfg->credentials == CREDENTIALS_ANONYMOUS)
		return p;
	if (cfg->credentials == CREDENTIALS_STATIC &&
		(cfg->access_key_id == NULL || cfg->secret_access_key == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("no credentials for \"%s\"", cfg->url),
				 errhint("Give access_key_id and secret_access_key in the user mapping, or declare the bucket anonymous.")));
	p->renewable = cfg->credentials == CREDENTIALS_CHAIN ||
		cfg->role_arn != NULL;
	p->epoch = cred_cache_epoch();
	return p;
}

/* Sign with a copy of keys from now on. */
static void
adopt(CredentialsProvider *p, const CredKeys *keys)
{
	CredKeys	copy;

	cred_keys_copy(p->cxt, keys, &copy);
	cred_keys_wipe(&p->keys);
	p->keys = copy;
	p->number++;
}

/*
 * Newer keys should be had some minutes before these expire, or at half their
 * life where that is short.  Those that do not expire may have been replaced
 * in their file.
 */
static void
plan_refresh(CredKeys *keys)
{
	int64		now = time(NULL);
	int64		life = keys->expires - now;

	keys->refresh_at = now + (keys->expires == 0 ? LOOK_AGAIN :
							  Max(life - AHEAD, life / 2));
}

static bool
is_fresh(const CredKeys *keys)
{
	return keys->keys.access_key_id != NULL &&
		time(NULL) < keys->refresh_at;
}

static bool
same(const CredKeys *a, const CredKeys *b)
{
	const char *one = a->keys.session_token;
	const char *two = b->keys.session_token;

	return a->keys.access_key_id && b->keys.access_key_id &&
		strcmp(a->keys.access_key_id, b->keys.access_key_id) == 0 &&
		strcmp(a->keys.secret_access_key, b->keys.secret_access_key) == 0 &&
		strcmp(one ? one : "", two ? two : "") == 0;
}

_Noreturn static void
raise_failure(const CredFetch *f)
{
	ereport(ERROR,
			(errcode(f->sqlstate),
			 errmsg("%s", f->message),
			 f->detail ? errdetail("%s", f->detail) : 0,
			 f->hint ? errhint("%s", f->hint) : 0));
}

/*
 * Ask for keys; those at hand stay where that fails and they still hold, unless
 * the server has said that they expired.  A query goes on with the place it
 * began with: while a file is replaced, say, the next place could make it
 * somebody else.
 */
static void
fetch(CredentialsProvider *p, bool expired)
{
	MemoryContext cxt = AllocSetContextCreate(p->cxt, "cdc_fdw credentials",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	CredFetch	f = {.cfg = p->cfg,.place = p->place};
	int64		now;

	if (p->renewable)
		stats_add(stats_of(p->cfg->serverid), STAT_CREDENTIALS_ASKED, 1);
	if (cred_chain(&f) == CRED_FOUND)
	{
		plan_refresh(&f.found);
		ereport(DEBUG1,
				(errmsg_internal("cdc_fdw: credentials from %s", f.source)));
		adopt(p, &f.found);
		if (p->renewable)
			cred_cache_put(p->cfg, p->epoch, &f.found);
		cred_keys_wipe(&f.found);
	}
	else
	{
		now = time(NULL);
		if (expired || p->keys.keys.access_key_id == NULL ||
			(p->keys.expires != 0 && now >= p->keys.expires))
			raise_failure(&f);
		p->keys.refresh_at = now + TRY_AGAIN;
		if (p->keys.expires != 0)
			p->keys.refresh_at = Min(p->keys.refresh_at, p->keys.expires);
		cred_cache_put(p->cfg, p->epoch, &p->keys);
		ereport(DEBUG1,
				(errmsg_internal("cdc_fdw: %s", f.message)));
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(cxt);
}

const Credentials *
credentials_get(CredentialsProvider *p, int *number)
{
	const StoreConfig *cfg = p->cfg;
	const CredKeys *cached;

	if (cfg->credentials == CREDENTIALS_ANONYMOUS)
		return NULL;
	if (!p->renewable && p->keys.keys.access_key_id == NULL)
		fetch(p, false);
	else if (p->renewable && !is_fresh(&p->keys))
	{
		cached = cred_cache_find(cfg, p->epoch);
		/* those about to expire will do if there are none to be had */
		if (cached != NULL && !same(cached, &p->keys))
			adopt(p, cached);
		if (!is_fresh(&p->keys))
			fetch(p, false);
		else
			stats_add(stats_of(p->cfg->serverid), STAT_CREDENTIALS_KEPT, 1);
	}
	*number = p->number;
	p->place = p->keys.place;
	return &p->keys.keys;
}

bool
credentials_refresh(CredentialsProvider *p, int number, bool said)
{
	const CredKeys *cached;
	CredKeys	before;
	bool		newer;

	if (!p->renewable)
		return false;
	if (number != p->number)
		return true;			/* another request was told before */
	cached = cred_cache_find(p->cfg, p->epoch);
	if (cached != NULL && is_fresh(cached) && !same(cached, &p->keys))
	{
		adopt(p, cached);
		return true;
	}
	cred_keys_copy(p->cxt, &p->keys, &before);
	fetch(p, said);
	newer = !same(&before, &p->keys);
	cred_keys_wipe(&before);
	return newer;
}

bool
credentials_repeated(const CredentialsProvider *p, const char *text)
{
	const char *secrets[] = {
		p->keys.keys.access_key_id, p->keys.keys.secret_access_key,
		p->keys.keys.session_token
	};

	for (int i = 0; i < lengthof(secrets); i++)
		if (secrets[i] && strlen(secrets[i]) >= LEAST_KEY &&
			cred_doc_repeats(text, secrets[i]))
			return true;
	return false;
}
