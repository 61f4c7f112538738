/*-------------------------------------------------------------------------
 *
 * progress.c
 *	  How far running scans are: see progress.h.
 *
 * A scan's row is a slot.  Where the library is preloaded the slots are in
 * shared memory, SLOTS_PER_BACKEND for each process that may be there, which
 * takes no more at a time, so that all others find theirs.  A scan beyond that,
 * or without shared memory, has a slot in memory of its own, which only its
 * session sees.
 *
 * What a scan is stands under a counter of changes, as in PgBackendStatus: odd
 * while its only writer is at it.  What it counts are atomic numbers that each
 * process adds to.  The counter tells a worker, too, that the slot is still
 * that of its scan.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

#include "log/progress.h"

#define SLOTS_PER_BACKEND	8
#define NAME				"cdc_fdw progress"

typedef struct Slot
{
	pg_atomic_flag taken;
	pg_atomic_uint32 change;
	Oid			dbid;
	ProgressRow row;			/* pid 0: none; phase and counts are below */
	pg_atomic_uint32 phase;
	pg_atomic_uint64 counts[PROGRESS_KINDS];
} Slot;

typedef struct SharedSlots
{
	int			n;
	Slot		slots[FLEXIBLE_ARRAY_MEMBER];
} SharedSlots;

struct Progress
{
	dlist_node	node;			/* of scans */
	ResourceOwner owner;
	Slot	   *slot;
	uint32		change;			/* of the slot, while it is of this scan */
	bool		joined;			/* another process has it */
	bool		own_memory;		/* the slot is this process's alone */
	ProgressLook look;
	void	   *arg;
	ProgressNow told;
};

static dlist_head scans = DLIST_STATIC_INIT(scans);
static SharedSlots *shared = NULL;
static int	nshared = 0;		/* of its slots, this process's */
static shmem_request_hook_type next_request = NULL;
static shmem_startup_hook_type next_startup = NULL;

/* ---- memory ---- */

static int
count_slots(void)
{
	return SLOTS_PER_BACKEND * MaxBackends;
}

static Size
slots_size(void)
{
	return add_size(offsetof(SharedSlots, slots),
					mul_size(count_slots(), sizeof(Slot)));
}

static void
init_slot(Slot *slot)
{
	memset(slot, 0, sizeof(Slot));
	pg_atomic_init_flag(&slot->taken);
	pg_atomic_init_u32(&slot->change, 0);
	pg_atomic_init_u32(&slot->phase, 0);
	for (int i = 0; i < PROGRESS_KINDS; i++)
		pg_atomic_init_u64(&slot->counts[i], 0);
}

static void
request(void)
{
	if (next_request)
		next_request();
	RequestAddinShmemSpace(slots_size());
}

static void
startup(void)
{
	bool		found;

	if (next_startup)
		next_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct(NAME, slots_size(), &found);
	if (!found)
	{
		shared->n = count_slots();
		for (int i = 0; i < shared->n; i++)
			init_slot(&shared->slots[i]);
	}
	LWLockRelease(AddinShmemInitLock);
}

/* A slot for a scan of this process. */
static Slot *
take_slot(bool *own_memory)
{
	Slot	   *slot;

	/* not all processes begin at one end */
	for (int i = 0; shared != NULL && nshared < SLOTS_PER_BACKEND &&
		 i < shared->n; i++)
	{
		slot = &shared->slots[((uint32) MyProcPid * SLOTS_PER_BACKEND + i) %
							  shared->n];
		if (pg_atomic_test_set_flag(&slot->taken))
		{
			nshared++;
			*own_memory = false;
			return slot;
		}
	}
	slot = MemoryContextAlloc(TopMemoryContext, sizeof(Slot));
	init_slot(slot);
	*own_memory = true;
	return slot;
}

/* ---- what a scan is ---- */

static void
begin_write(Slot *slot)
{
	pg_atomic_write_u32(&slot->change, pg_atomic_read_u32(&slot->change) + 1);
	pg_write_barrier();
}

static uint32
end_write(Slot *slot)
{
	uint32		change = pg_atomic_read_u32(&slot->change) + 1;

	pg_write_barrier();
	pg_atomic_write_u32(&slot->change, change);
	return change;
}

static void
leave_slot(Progress *p)
{
	Slot	   *slot = p->slot;

	if (p->joined)
		return;
	if (p->own_memory)
	{
		pfree(slot);
		return;
	}
	begin_write(slot);
	slot->row.pid = 0;
	end_write(slot);
	pg_atomic_clear_flag(&slot->taken);
	nshared--;
}

void
progress_end(Progress *p)
{
	if (p == NULL)
		return;
	leave_slot(p);
	dlist_delete(&p->node);
	pfree(p);
}

/*
 * What an error leaves, and a cursor that it ended.  A scan that goes on behind
 * its owner's commit is the next owner's.
 */
static void
release(ResourceReleasePhase phase, bool isCommit, bool isTopLevel, void *arg)
{
	dlist_mutable_iter it;

	if (phase != RESOURCE_RELEASE_BEFORE_LOCKS)
		return;
	dlist_foreach_modify(it, &scans)
	{
		Progress   *p = dlist_container(Progress, node, it.cur);

		if (p->owner != CurrentResourceOwner)
			continue;
		if (isCommit && !isTopLevel)
			p->owner = ResourceOwnerGetParent(p->owner);
		else
			progress_end(p);
	}
}

void
progress_init(void)
{
	RegisterResourceReleaseCallback(release, NULL);
	if (!process_shared_preload_libraries_in_progress)
		return;
	next_request = shmem_request_hook;
	shmem_request_hook = request;
	next_startup = shmem_startup_hook;
	shmem_startup_hook = startup;
}

static Progress *
add_scan(ProgressLook look, void *arg)
{
	Progress   *p = MemoryContextAllocZero(TopMemoryContext, sizeof(Progress));

	p->owner = CurrentResourceOwner;
	p->look = look;
	p->arg = arg;
	return p;
}

Progress *
progress_begin(Oid relid, const char *mode, ProgressLook look, void *arg)
{
	Progress   *p = add_scan(look, arg);
	Slot	   *slot = p->slot = take_slot(&p->own_memory);
	ProgressRow row = {
		.pid = MyProcPid,
		.userid = GetSessionUserId(),
		.relid = relid,
		.asof = DT_NOEND,
		.started = GetCurrentTimestamp(),
		.counted = look != NULL
	};

	strlcpy(row.mode, mode, sizeof(row.mode));
	begin_write(slot);
	slot->dbid = MyDatabaseId;
	slot->row = row;
	pg_atomic_write_u32(&slot->phase, PROGRESS_LISTING);
	for (int i = 0; i < PROGRESS_KINDS; i++)
		pg_atomic_write_u64(&slot->counts[i], 0);
	p->change = end_write(slot);
	dlist_push_tail(&scans, &p->node);
	return p;
}

void
progress_instant(Progress *p, TimestampTz asof)
{
	/* the counter stays the same from one walk at an instant to the next */
	if (p->slot->row.asof == asof)
		return;
	begin_write(p->slot);
	p->slot->row.asof = asof;
	p->change = end_write(p->slot);
}

ProgressPlace
progress_place(const Progress *p)
{
	ProgressPlace place = {-1, p->change};

	if (!p->own_memory)
		place.slot = p->slot - shared->slots;
	return place;
}

Progress *
progress_join(ProgressPlace place, ProgressLook look, void *arg)
{
	Progress   *p;

	if (place.slot < 0)
		return NULL;
	p = add_scan(look, arg);
	p->slot = &shared->slots[place.slot];
	p->change = place.change;
	p->joined = true;
	dlist_push_tail(&scans, &p->node);
	return p;
}

/* ---- telling ---- */

void
progress_add(Progress *p, ProgressKind kind, int64 n)
{
	if (p != NULL && n != 0 &&
		pg_atomic_read_u32(&p->slot->change) == p->change)
		pg_atomic_fetch_add_u64(&p->slot->counts[kind], n);
}

void
progress_phase(Progress *p, ProgressPhase phase)
{
	if (p != NULL && pg_atomic_read_u32(&p->slot->change) == p->change)
		pg_atomic_write_u32(&p->slot->phase, phase);
}

void
progress_tell(Progress *p)
{
	ProgressNow now = {.phase = PROGRESS_READING};

	if (p == NULL)
		return;
	if (p->look != NULL)
	{
		now.phase = pg_atomic_read_u32(&p->slot->phase);
		p->look(p->arg, &now);
	}
	progress_add(p, PROGRESS_RECORDS, now.records - p->told.records);
	progress_add(p, PROGRESS_ROWS, now.rows - p->told.rows);
	progress_phase(p, now.phase);
	p->told = now;
}

void
progress_restart(Progress *p)
{
	if (p == NULL)
		return;
	progress_tell(p);
	p->told.records = p->told.rows = 0;
}

/* ---- showing ---- */

/* The row of a slot at one moment; false where there is none of the database. */
static bool
read_slot(Slot *slot, ProgressRow *row)
{
	uint32		before;
	uint32		after;
	Oid			dbid;

	for (;;)
	{
		before = pg_atomic_read_u32(&slot->change);
		pg_read_barrier();
		dbid = slot->dbid;
		*row = slot->row;
		row->phase = pg_atomic_read_u32(&slot->phase);
		for (int i = 0; i < PROGRESS_KINDS; i++)
			row->counts[i] = (int64) pg_atomic_read_u64(&slot->counts[i]);
		pg_read_barrier();
		after = pg_atomic_read_u32(&slot->change);
		if (before == after && (before & 1) == 0)
			return row->pid != 0 && dbid == MyDatabaseId;
		CHECK_FOR_INTERRUPTS();
	}
}

void
progress_visit(ProgressVisitor visitor, void *arg)
{
	ProgressRow row;
	dlist_iter	it;

	dlist_foreach(it, &scans)
	{
		Progress   *p = dlist_container(Progress, node, it.cur);

		progress_tell(p);
		if (read_slot(p->slot, &row))
			visitor(&row, arg);
	}
	for (int i = 0; shared != NULL && i < shared->n; i++)
		if (read_slot(&shared->slots[i], &row) && row.pid != MyProcPid)
			visitor(&row, arg);
}
