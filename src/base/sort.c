/*-------------------------------------------------------------------------
 *
 * sort.c
 *	  Sorting in PostgreSQL's memory, with interrupts: apart from sort.h, which
 *	  pure C includes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/sort.h"

typedef struct Comparison
{
	SortCompare cmp;
	void	   *arg;
} Comparison;

static int
compare(const void *a, const void *b, void *arg)
{
	Comparison *c = arg;

	CHECK_FOR_INTERRUPTS();
	return c->cmp(a, b, c->arg);
}

void
sort_items(void *items, size_t n, size_t size, SortCompare cmp, void *arg)
{
	Comparison	c = {cmp, arg};
	char	   *space = MemoryContextAllocHuge(CurrentMemoryContext,
											   Max(n, 1) * size);

	sort_merge(items, n, size, space, compare, &c);
	pfree(space);
}
