/*-------------------------------------------------------------------------
 *
 * budget.c
 *	  What the scans of one query have chosen to read, for cdc_fdw.max_bytes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "fdw/fdw.h"

typedef struct Budget
{
	struct Budget *next;
	EState	   *estate;
	int64		bytes;
} Budget;

static Budget *budgets = NULL;

static void
forget_budget(void *arg)
{
	Budget	  **link = &budgets;

	while (*link != NULL && *link != arg)
		link = &(*link)->next;
	if (*link != NULL)
		*link = (*link)->next;
}

int64 *
budget_bytes(EState *estate)
{
	MemoryContextCallback *cb;
	Budget	   *b;

	for (b = budgets; b != NULL; b = b->next)
	{
		if (b->estate == estate)
			return &b->bytes;
	}
	b = MemoryContextAllocZero(estate->es_query_cxt, sizeof(Budget));
	cb = MemoryContextAllocZero(estate->es_query_cxt,
								sizeof(MemoryContextCallback));
	b->estate = estate;
	cb->func = forget_budget;
	cb->arg = b;
	MemoryContextRegisterResetCallback(estate->es_query_cxt, cb);
	b->next = budgets;
	budgets = b;
	return &b->bytes;
}
