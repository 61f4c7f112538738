/*-------------------------------------------------------------------------
 *
 * spares.c
 *	  Memory that readers leave to those after them, and when it is given back.
 *
 * Buffers of transfers and records are malloc'd, large and small in turn.
 * Where many readers are open at once and end in another order, what is free
 * lies scattered between chunks in use, and glibc keeps all of it: a session
 * that reads through cursors would grow by each of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "utils/memutils.h"

#include "format/csv/csv.h"
#include "format/unzip.h"
#include "log/spares.h"

/* To trim looks at all free chunks: it is done after so many bytes were read. */
#define TRIM_AFTER		((int64) 4 * 1024 * 1024)
/* What a reader takes of a file however small, mostly curl's buffers. */
#define READER_TAKES	((int64) 256 * 1024)

/* is there somebody to free spares with the transaction? */
static bool ends = false;
static int64 noted = 0;

static void
end(void *arg)
{
	ends = false;
	spares_free();
}

/* A query that ends in an error has no end of its own. */
void
spares_begin(void)
{
	MemoryContextCallback *cb;

	if (ends)
		return;
	cb = MemoryContextAllocZero(TopTransactionContext,
								sizeof(MemoryContextCallback));
	cb->func = end;
	MemoryContextRegisterResetCallback(TopTransactionContext, cb);
	ends = true;
}

void
spares_note(int64 bytes)
{
	noted += bytes + READER_TAKES;
}

void
spares_free(void)
{
	csv_free_spares();
	unzip_free_spares();
	if (noted < TRIM_AFTER)
		return;
	noted = 0;
#ifdef __GLIBC__
	(void) malloc_trim(0);
#endif
}
