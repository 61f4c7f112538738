/*-------------------------------------------------------------------------
 *
 * local_probe.c
 *	  Whether a local file is still the one it was, by all its bytes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>

#include "storage/fd.h"
#include "utils/memutils.h"

#include "store/local.h"
#include "store/local_hash.h"

typedef struct LocalProbe
{
	StoreProbe	base;
	char	   *key;
	char	   *etag;			/* of a listing or a hash; NULL: any */
	int64		size;			/* -1: any */
	int			fd;				/* open only while it is hashed */
	MemoryContextCallback callback;
} LocalProbe;

static void
release(void *arg)
{
	LocalProbe *probe = arg;

	if (probe->fd >= 0)
	{
		close(probe->fd);
		probe->fd = -1;
		ReleaseExternalFD();
	}
}

StoreProbe *
local_probe_open(Store *store, const char *key, const char *version,
				 const char *etag, int64 size)
{
	LocalProbe *probe = palloc0(sizeof(LocalProbe));

	probe->fd = -1;
	probe->callback.func = release;
	probe->callback.arg = probe;
	MemoryContextRegisterResetCallback(CurrentMemoryContext,
									   &probe->callback);
	probe->key = pstrdup(key);
	probe->etag = etag ? pstrdup(etag) : NULL;
	probe->size = size;
	return &probe->base;
}

/* Open the file; anything but STORE_SAME is the verdict. */
static StoreVerdict
open_file(LocalProbe *probe)
{
	Store	   *store = probe->base.store;
	bool		root_failed;
	int			saved;

	local_reserve_fd(store, probe->key);
	store_count_request(store, store->account);
	probe->fd = local_walk((LocalStore *) store, probe->key, &root_failed);
	if (probe->fd >= 0)
		return STORE_SAME;
	saved = errno;
	ReleaseExternalFD();
	if (!root_failed && (saved == ENOENT || saved == ENOTDIR))
		return STORE_GONE;
	if (saved == ELOOP)
		return STORE_CHANGED;	/* a link has come in its place */
	errno = saved;
	local_raise_unopened(store, probe->key);
}

StoreVerdict
local_probe(StoreProbe *base, StoreIdentity *identity)
{
	LocalProbe *probe = (LocalProbe *) base;
	bool		hashed = probe->etag && local_hash_is(probe->etag);
	StoreVerdict verdict = open_file(probe);
	char		etag[LOCAL_ETAG_SIZE];
	struct stat st;
	struct stat after;

	if (verdict != STORE_SAME)
		return verdict;
	if (fstat(probe->fd, &st) != 0)
		local_raise_unopened(base->store, probe->key);
	identity->size = st.st_size;
	local_etag(etag, &st);
	if (!S_ISREG(st.st_mode) ||
		(probe->size >= 0 && probe->size != st.st_size) ||
		(probe->etag && !hashed && strcmp(probe->etag, etag) != 0))
		return STORE_CHANGED;
	identity->etag = local_hash_fd(probe->fd, store_uri(base->store,
														probe->key));
	store_count_bytes(base->store, base->store->account, st.st_size);
	if (fstat(probe->fd, &after) != 0 || !local_same_stat(&after, &st) ||
		(hashed && strcmp(identity->etag, probe->etag) != 0))
		verdict = STORE_CHANGED;
	release(probe);
	return verdict;
}
