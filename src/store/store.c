/*-------------------------------------------------------------------------
 *
 * store.c
 *	  The door of the stores: makes the memory contexts, hands every call on,
 *	  and has what all kinds of stores share.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/pmsignal.h"
#include "utils/memutils.h"

#include "store/impl.h"

int			store_max_objects = STORE_MAX_OBJECTS;

/* A function of the store that does not return has raised an error. */
static void
begin_call(Store *store)
{
	if (store->called)
		stats_add(store->stats, STAT_ERRORS, 1);
	store->called = true;
}

void
store_close(Store *store)
{
	if (store)
		MemoryContextDelete(store->cxt);
}

uint64
store_identity(const Store *store)
{
	const StoreConfig *c = &store->cfg;
	const char *const texts[] = {
		c->url, c->endpoint, c->region, c->access_key_id, c->role_arn
	};
	uint64		h = hash_combine64(c->serverid, c->userid);

	for (int i = 0; i < lengthof(texts); i++)
		h = hash_combine64(h, texts[i] == NULL ? 0 :
						   hash_bytes_extended((const unsigned char *) texts[i],
											   strlen(texts[i]), i + 1));
	return h;
}

const StoreCounters *
store_counters(const Store *store)
{
	return &store->counters;
}

StoreCounters *
store_account_open(Store *store)
{
	return MemoryContextAllocZero(store->cxt, sizeof(StoreCounters));
}

void
store_charge(Store *store, StoreCounters *account)
{
	store->account = account;
}

void
store_count_log(Store *store)
{
	stats_add(store->stats, STAT_LISTINGS_MADE, 1);
}

void
store_count_request(Store *store, StoreCounters *account)
{
	account->requests++;
	stats_add(store->stats, STAT_REQUESTS, 1);
}

void
store_count_retry(Store *store, StoreCounters *account)
{
	account->retries++;
	stats_add(store->stats, STAT_RETRIES, 1);
}

void
store_count_bytes(Store *store, StoreCounters *account, int64 n)
{
	account->bytes += n;
	stats_add(store->stats, STAT_BYTES, n);
}

char *
store_uri(const Store *store, const char *key)
{
	return store->ops->uri(store, key);
}

void
store_check_objects(const Store *store, int64 n, const char *prefix)
{
	if (n > store_max_objects)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("there are more than %d objects under \"%s\"",
						store_max_objects, store_uri(store, prefix)),
				 errdetail("Setting cdc_fdw.max_objects bounds what a listing may have, and the memory it takes."),
				 errhint("If the log has so many, let a superuser raise cdc_fdw.max_objects.")));
}

StoreLister *
store_list(Store *store, const char *prefix, const char *start_after,
		   bool by_folder)
{
	MemoryContext cxt = AllocSetContextCreate(store->cxt, "cdc_fdw listing",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	StoreLister *lister;

	begin_call(store);
	lister = store->ops->list(store, prefix ? prefix : "", start_after,
							  by_folder);
	store->called = false;
	lister->store = store;
	lister->cxt = cxt;
	lister->asked = pstrdup(prefix ? prefix : "");
	MemoryContextSwitchTo(old);
	return lister;
}

bool
store_list_next(StoreLister *lister, StoreEntry *entry)
{
	MemoryContext old = MemoryContextSwitchTo(lister->cxt);
	Store	   *store = lister->store;
	bool		found;

	begin_call(store);
	found = store->ops->list_next(lister, entry);
	store->called = false;
	MemoryContextSwitchTo(old);
	if (found)
	{
		store->account->listed++;
		stats_add(store->stats, STAT_LISTED, 1);
		store_check_objects(store, ++lister->listed, lister->asked);
	}
	return found;
}

void
store_list_close(StoreLister *lister)
{
	if (lister)
		MemoryContextDelete(lister->cxt);
}

StoreReader *
store_read_open(Store *store, const char *key, const char *version,
				const char *etag, int64 size, int64 limit)
{
	MemoryContext cxt = AllocSetContextCreate(store->cxt, "cdc_fdw reader",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	StoreReader *reader;

	begin_call(store);
	reader = store->ops->read_open(store, key, version, etag, size, limit);
	store->called = false;
	reader->store = store;
	reader->cxt = cxt;
	MemoryContextSwitchTo(old);
	return reader;
}

size_t
store_read(StoreReader *reader, void *buf, size_t len)
{
	Store	   *store = reader->store;
	size_t		n;

	if (len == 0)
		return 0;
	begin_call(store);
	n = store->ops->read(reader, buf, len);
	store->called = false;
	return n;
}

size_t
store_read_at_hand(StoreReader *reader, void *buf, size_t len)
{
	return reader->store->ops->read_at_hand(reader, buf, len);
}

void
store_read_close(StoreReader *reader)
{
	if (reader)
		MemoryContextDelete(reader->cxt);
}

void
store_read_share(StoreReader *reader, int64 bytes)
{
	reader->store->ops->read_share(reader, bytes);
}

StoreProbe *
store_probe_open(Store *store, const char *key, const char *version,
				 const char *etag, int64 size)
{
	MemoryContext cxt = AllocSetContextCreate(store->cxt, "cdc_fdw probe",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	StoreProbe *probe = store->ops->probe_open(store, key, version, etag,
											   size);

	probe->store = store;
	probe->cxt = cxt;
	MemoryContextSwitchTo(old);
	return probe;
}

StoreVerdict
store_probe(StoreProbe *probe, StoreIdentity *identity)
{
	memset(identity, 0, sizeof(*identity));
	return probe->store->ops->probe(probe, identity);
}

void
store_probe_close(StoreProbe *probe)
{
	if (probe)
		MemoryContextDelete(probe->cxt);
}

void
store_raise_pinned_changed(const char *uri, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("\"%s\" changed since it was pinned", uri),
			 detail[0] ? errdetail("%s", detail) : 0,
			 errhint("The pin's answer cannot be given any more; cdc_fdw_verify_pin tells which other objects differ.")));
}

void
store_raise_pinned_gone(const char *uri, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_FILE),
			 errmsg("pinned object \"%s\" is gone", uri),
			 detail[0] ? errdetail("%s", detail) : 0,
			 errhint("The pin's answer cannot be given any more; cdc_fdw_verify_pin tells which other objects differ.")));
}

const char *
store_region(const Store *store)
{
	return store->cfg.region;
}

bool
store_is_remote(const Store *store)
{
	return store->ops->remote;
}

int
store_most_open(const Store *store)
{
	return store->ops->scarce != NULL && store->ops->scarce() ? 1 :
		store->ops->most_open;
}

bool
store_keeps_ahead(const Store *store)
{
	return store->ops->keeps_ahead;
}

void
store_check_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
	if (IsUnderPostmaster && !PostmasterIsAlive())
		proc_exit(1);
}
