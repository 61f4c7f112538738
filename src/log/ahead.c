/*-------------------------------------------------------------------------
 *
 * ahead.c
 *	  How far files are fetched ahead of the walk: see ahead.h.
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
ahead_begin(const Store *store, const LogConfig *config)
{
	Ahead		a = {
		.most = store_most_open(store),
		.budget = config->prefetch_bytes,
		.left = config->prefetch_bytes,
		.unzipped = ahead_unzipped(config)
	};

	return a;
}

int64
ahead_share(Ahead *a, const LogFile *file)
{
	int64		share;

	if (a->files >= a->most)
		return 0;
	if (manifest_named_gzip(file))
	{
		a->budget -= a->unzipped;
		a->left = Max(a->left - a->unzipped, 0);
		a->unzipped = 0;
	}
	if (a->files++ == 0)
	{
		share = Min(file->size, a->budget / 2);
		a->left -= share;
		return Max(share, SHARE_LEAST);
	}
	/* an empty file takes nothing, but has its place in the order */
	share = Max(Min(file->size, Max(a->budget / 4, SHARE_LEAST)), 1);
	if (share > a->left)
		share = a->left >= SHARE_LEAST ? a->left : 0;
	/* once a file had to wait, those after it do too */
	a->left = share > 0 ? a->left - share : 0;
	return share;
}
