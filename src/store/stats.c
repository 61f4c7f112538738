/*-------------------------------------------------------------------------
 *
 * stats.c
 *	  Counting what is asked of servers: see stats.h.
 *
 * A session counts in memory of its own.  Where the library is preloaded it
 * adds to a slot of shared memory as well, that it looked up once.  There are
 * slots for SHARED_MAX servers of all databases; the server after those counts
 * by session only.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "store/stats.h"

#define SHARED_MAX	256
#define NAME		"cdc_fdw"

typedef struct SharedServer
{
	Oid			dbid;
	Oid			serverid;
	pg_atomic_uint64 counts[STAT_KINDS];
} SharedServer;

typedef struct SharedStats
{
	LWLock	   *lock;			/* for used and the ids */
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
			for (int k = 0; k < STAT_KINDS; k++)
				pg_atomic_init_u64(&shared_stats->servers[i].counts[k], 0);
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

/* NULL where there is none, and no room. */
static SharedServer *
shared_server(Oid serverid)
{
	SharedStats *s = shared_stats;
	SharedServer *server = NULL;

	if (s == NULL || !OidIsValid(serverid))
		return NULL;
	LWLockAcquire(s->lock, LW_EXCLUSIVE);
	for (int i = 0; i < s->used && server == NULL; i++)
		if (s->servers[i].dbid == MyDatabaseId &&
			s->servers[i].serverid == serverid)
			server = &s->servers[i];
	if (server == NULL && s->used < SHARED_MAX)
	{
		server = &s->servers[s->used++];
		server->dbid = MyDatabaseId;
		server->serverid = serverid;
	}
	LWLockRelease(s->lock);
	return server;
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
		stats->shared = shared_server(serverid);
	}
	return stats;
}

void
stats_add(Stats *stats, StatKind kind, uint64 n)
{
	stats->counts[kind] += n;
	if (stats->shared)
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
	{
		/* slots are never taken back */
		LWLockAcquire(shared_stats->lock, LW_SHARED);
		used = shared_stats->used;
		LWLockRelease(shared_stats->lock);
	}
	for (int i = 0; i < used; i++)
	{
		uint64		counts[STAT_KINDS];

		s = &shared_stats->servers[i];
		if (s->dbid != MyDatabaseId)
			continue;
		for (int k = 0; k < STAT_KINDS; k++)
			counts[k] = pg_atomic_read_u64(&s->counts[k]);
		visitor(s->serverid, true, counts, arg);
	}
}
