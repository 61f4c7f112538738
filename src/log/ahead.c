/*-------------------------------------------------------------------------
 *
 * ahead.c
 *	  How far files are fetched ahead of the walk: see ahead.h.
 *
 * The file that is read now may take half of the budget, and each of those
 * that come after it a quarter, as long as there is something left.  Of large
 * files a few are begun, and their fronts are there when the walk comes to
 * them; of small ones as many as the store likes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/ahead.h"

/* a smaller part of a file is worth no request */
#define SHARE_LEAST		((int64) 1024 * 1024)

Ahead
ahead_begin(const Store *store, const LogConfig *config)
{
	Ahead		a = {
		.most = store_most_open(store),
		.budget = config->prefetch_bytes,
		.left = config->prefetch_bytes
	};

	return a;
}

int64
ahead_share(Ahead *a, const LogFile *file)
{
	int64		share;

	if (a->files >= a->most)
		return 0;
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
