/*-------------------------------------------------------------------------
 *
 * ahead.c
 *	  How far files are fetched ahead of the walk: see ahead.h.
 *
 * A walk's budget is cdc_fdw.prefetch_bytes.  What waits for other walks of the
 * process counts, too, where it is memory: cursors may be open in any number,
 * and a join may read one row of a table, and then all of another.  So a walk
 * that begins may take half of what is left of twice that setting, and all
 * together stay below it, but for SHARE_LEAST each.
 *
 * The file that is read now may take half of the budget, and each of those
 * that come after it a quarter, as long as there is something left.  Of large
 * files a few are begun, and their fronts are there when the walk comes to
 * them; of small ones as many as the store likes.  Where files are gzipped an
 * eighth of the budget is for what comes out of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>

#include "access/xact.h"
#include "optimizer/cost.h"

#include "format/unzip.h"
#include "log/ahead.h"

/* a smaller part of a file is worth no request */
#define SHARE_LEAST		((int64) 1024 * 1024)

/* Bytes that may wait for a walk. */
struct AheadClaim
{
	int64		bytes;
	MemoryContextCallback callback;
};

/* of all walks of the process */
static int64 claimed = 0;

static void
release(void *arg)
{
	AheadClaim *claim = arg;

	claimed -= claim->bytes;
	claim->bytes = 0;
}

AheadClaim *
ahead_claim(MemoryContext ctx)
{
	AheadClaim *claim = MemoryContextAllocZero(ctx, sizeof(AheadClaim));

	claim->callback.func = release;
	claim->callback.arg = claim;
	MemoryContextRegisterResetCallback(ctx, &claim->callback);
	return claim;
}

/* Returns the bytes that a walk may take which claimed so many before. */
static int64
budget_of(int64 before, int64 most)
{
	return Min(most, Max(before, (2 * most - claimed) / 2));
}

/*
 * Is there a processor for a thread that unzips?  Where there is none it takes
 * turns with those who read, and costs them a tenth of their time.
 */
static bool
has_processor(const LogConfig *config)
{
	static long processors = 0; /* to ask reads a file */
	int			processes = IsInParallelMode() ?
		max_parallel_workers_per_gather + 1 : 1;

	if (processors == 0)
		processors = sysconf(_SC_NPROCESSORS_ONLN);
	return config->force_unzip_ahead || processors >= 2 * processes;
}

size_t
ahead_unzipped(const LogConfig *config)
{
	int64		bytes = config->prefetch_bytes / 8;

	return bytes >= UNZIP_LEAST && has_processor(config) ? bytes : 0;
}

Ahead
ahead_begin(AheadClaim *claim, const Store *store, const LogConfig *config)
{
	Ahead		a = {
		.most = store_most_open(store),
		.budget = config->prefetch_bytes,
		.unzipped = ahead_unzipped(config)
	};
	int64		before = claim->bytes;

	release(claim);
	if (store_keeps_ahead(store))
	{
		a.claim = claim;
		a.budget = Max(budget_of(before, a.budget), 0);
	}
	a.left = a.budget;
	return a;
}

static int64
claim_share(Ahead *a, int64 share)
{
	if (a->claim != NULL)
	{
		a->claim->bytes += share;
		claimed += share;
	}
	return share;
}

int64
ahead_share(Ahead *a, const LogFile *file)
{
	int64		share;

	if (a->files >= a->most)
		return 0;
	if (manifest_named_gzip(file))
	{
		a->budget = Max(a->budget - a->unzipped, 0);
		a->left = Max(a->left - a->unzipped, 0);
		a->unzipped = 0;
	}
	if (a->files++ == 0)
	{
		share = Min(file->size, a->budget / 2);
		a->left -= share;
		return claim_share(a, Max(share, SHARE_LEAST));
	}
	/* an empty file takes nothing, but has its place in the order */
	share = Max(Min(file->size, Max(a->budget / 4, SHARE_LEAST)), 1);
	if (share > a->left)
		share = a->left >= SHARE_LEAST ? a->left : 0;
	/* once a file had to wait, those after it do too */
	a->left = share > 0 ? a->left - share : 0;
	return claim_share(a, share);
}
