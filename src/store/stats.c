/*-------------------------------------------------------------------------
 *
 * stats.c
 *	  Counting what is asked of servers: see stats.h.
 *
 * A session counts in memory of its own.  Where the library is preloaded it
 * adds to a slot of shared memory as well, that it looked up once.  There are
 * slots for SHARED_MAX servers of all databases; the server after those counts
 * by session only.  A new server takes the slot of one that was dropped: a
 * session that is still at that one sees by the slot's id that it is another's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "store/stats.h"

#define SHARED_MAX	256
#define NAME		"cdc_fdw"

typedef struct SharedServer
{
	pg_atomic_uint64 id;		/* of server_id() */
	pg_atomic_uint64 counts[STAT_KINDS];
} SharedServer;

typedef struct SharedStats
{
	LWLock	   *lock;			/* for changes of used and the ids */
	int			used;
	SharedServer servers[SHARED_MAX];
} SharedStats;

struct Stats
{
	Oid			serverid;		/* the key */
	SharedServer *shared;		/* or NULL */
	uint64		counts[STAT_KINDS];
	uint64		handed_over[STAT_KINDS];	/* of them, by a worker */
};

static HTAB *servers = NULL;
static SharedStats *shared_stats = NULL;
static shmem_request_hook_type next_request = NULL;
static shmem_startup_hook_type next_startup = NULL;

/* ---- shared memory ---- */

static void
request(void)
{
	if (next_request)
		next_request();
	RequestAddinShmemSpace(MAXALIGN(sizeof(SharedStats)));
	RequestNamedLWLockTranche(NAME, 1);
}

static void
startup(void)
{
	bool		found;

	if (next_startup)
		next_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared_stats = ShmemInitStruct(NAME, sizeof(SharedStats), &found);
	if (!found)
	{
		memset(shared_stats, 0, sizeof(SharedStats));
		shared_stats->lock = &GetNamedLWLockTranche(NAME)->lock;
		for (int i = 0; i < SHARED_MAX; i++)
		{
			pg_atomic_init_u64(&shared_stats->servers[i].id, 0);
			for (int k = 0; k < STAT_KINDS; k++)
				pg_atomic_init_u64(&shared_stats->servers[i].counts[k], 0);
		}
	}
	LWLockRelease(AddinShmemInitLock);
}

void
stats_init(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	next_request = shmem_request_hook;
	shmem_request_hook = request;
	next_startup = shmem_startup_hook;
	shmem_startup_hook = startup;
}

static uint64
server_id(Oid dbid, Oid serverid)
{
	return (uint64) dbid << 32 | serverid;
}

/* The slot of that id, among the first n; NULL: none. */
static SharedServer *
find_slot(uint64 id, int n)
{
	for (int i = 0; i < n; i++)
		if (pg_atomic_read_u64(&shared_stats->servers[i].id) == id)
			return &shared_stats->servers[i];
	return NULL;
}

/* Was the server, or its database, dropped?  Other databases' servers are not seen. */
static bool
is_dropped(uint64 id)
{
	Oid			dbid = (Oid) (id >> 32);

	if (dbid == MyDatabaseId)
		return !SearchSysCacheExists1(FOREIGNSERVEROID,
									  ObjectIdGetDatum((Oid) id));
	return !SearchSysCacheExists1(DATABASEOID, ObjectIdGetDatum(dbid));
}

/* The id of a slot that may be used again; 0: there is none. */
static uint64
find_dropped(int n)
{
	for (int i = 0; i < n; i++)
	{
		uint64		id = pg_atomic_read_u64(&shared_stats->servers[i].id);

		if (is_dropped(id))
			return id;
	}
	return 0;
}

static int
slots_used(void)
{
	int			used;

	LWLockAcquire(shared_stats->lock, LW_SHARED);
	used = shared_stats->used;
	LWLockRelease(shared_stats->lock);
	return used;
}

/* Make a slot the server's: one of its own, dropped's, a new one; or NULL. */
static SharedServer *
take_slot(uint64 id, uint64 dropped)
{
	SharedStats *s = shared_stats;
	SharedServer *server;

	LWLockAcquire(s->lock, LW_EXCLUSIVE);
	server = find_slot(id, s->used);
	if (server == NULL)
	{
		if (dropped != 0)
			server = find_slot(dropped, s->used);
		if (server == NULL && s->used < SHARED_MAX)
			server = &s->servers[s->used++];
		if (server != NULL)
		{
			pg_atomic_write_u64(&server->id, id);
			for (int k = 0; k < STAT_KINDS; k++)
				pg_atomic_write_u64(&server->counts[k], 0);
		}
	}
	LWLockRelease(s->lock);
	return server;
}

/* NULL where there is none, and no room. */
static SharedServer *
shared_server(Oid serverid)
{
	uint64		id = server_id(MyDatabaseId, serverid);
	SharedServer *server;
	int			used;

	if (shared_stats == NULL || !OidIsValid(serverid))
		return NULL;
	used = slots_used();
	server = find_slot(id, used);
	if (server != NULL || !IsTransactionState())
		return server;
	/* catalogs are looked at without the lock */
	return take_slot(id, find_dropped(used));
}

/* The session's slot, if it is not another server's by now; else NULL. */
static SharedServer *
own_slot(Stats *stats)
{
	if (stats->shared != NULL &&
		pg_atomic_read_u64(&stats->shared->id) !=
		server_id(MyDatabaseId, stats->serverid))
		stats->shared = NULL;
	return stats->shared;
}

/* ---- counting ---- */

Stats *
stats_of(Oid serverid)
{
	Stats	   *stats;
	bool		found;

	if (servers == NULL)
	{
		HASHCTL		ctl = {
			.keysize = sizeof(Oid),
			.entrysize = sizeof(Stats),
			.hcxt = TopMemoryContext
		};

		servers = hash_create("cdc_fdw statistics", 16, &ctl,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	stats = hash_search(servers, &serverid, HASH_ENTER, &found);
	if (!found)
	{
		memset(stats->counts, 0, sizeof(stats->counts));
		memset(stats->handed_over, 0, sizeof(stats->handed_over));
		stats->shared = NULL;
	}
	if (own_slot(stats) == NULL)
		stats->shared = shared_server(serverid);
	return stats;
}

void
stats_add(Stats *stats, StatKind kind, uint64 n)
{
	stats->counts[kind] += n;
	if (own_slot(stats) != NULL)
		pg_atomic_fetch_add_u64(&stats->shared->counts[kind], n);
}

void
stats_hand_over(Stats *stats, uint64 *counts)
{
	for (int i = 0; i < STAT_KINDS; i++)
	{
		counts[i] += stats->counts[i] - stats->handed_over[i];
		stats->handed_over[i] = stats->counts[i];
	}
}

void
stats_add_workers(Stats *stats, const uint64 *counts)
{
	for (int i = 0; i < STAT_KINDS; i++)
		stats->counts[i] += counts[i];
}

/* ---- showing ---- */

void
stats_visit(StatsVisitor visitor, void *arg)
{
	SharedServer *s;
	int			used = 0;

	if (servers != NULL)
	{
		HASH_SEQ_STATUS scan;
		Stats	   *stats;

		hash_seq_init(&scan, servers);
		while ((stats = hash_seq_search(&scan)) != NULL)
			visitor(stats->serverid, false, stats->counts, arg);
	}
	if (shared_stats != NULL)
		used = slots_used();
	for (int i = 0; i < used; i++)
	{
		uint64		counts[STAT_KINDS];
		uint64		id;

		s = &shared_stats->servers[i];
		id = pg_atomic_read_u64(&s->id);
		if (id >> 32 != MyDatabaseId)
			continue;
		for (int k = 0; k < STAT_KINDS; k++)
			counts[k] = pg_atomic_read_u64(&s->counts[k]);
		visitor((Oid) id, true, counts, arg);
	}
}
