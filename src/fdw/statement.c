/*-------------------------------------------------------------------------
 *
 * statement.c
 *	  What the scans of one statement share, beside their listing: what the
 *	  session's settings said when it began, and what it has chosen to read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/execnodes.h"
#include "utils/memutils.h"

#include "fdw/instants.h"
#include "fdw/statement.h"

typedef struct Entry
{
	struct Entry *next;
	EState	   *estate;
	Statement	statement;
} Entry;

static Entry *entries = NULL;

static void
forget_entry(void *arg)
{
	Entry	  **link = &entries;

	while (*link != NULL && *link != arg)
		link = &(*link)->next;
	if (*link != NULL)
		*link = (*link)->next;
}

EState *
statement_estate(EState *estate)
{
	while (estate->es_epq_active != NULL)
		estate = estate->es_epq_active->parentestate;
	return estate;
}

Statement *
statement_of(EState *estate)
{
	MemoryContextCallback *cb;
	SessionInstants now = instants_session();
	Entry	   *e;

	estate = statement_estate(estate);
	for (e = entries; e != NULL; e = e->next)
	{
		if (e->estate == estate)
			return &e->statement;
	}
	e = MemoryContextAllocZero(estate->es_query_cxt, sizeof(Entry));
	cb = MemoryContextAllocZero(estate->es_query_cxt,
								sizeof(MemoryContextCallback));
	e->estate = estate;
	/* the settings' own texts go when they are set again */
	e->statement.session.asof = MemoryContextStrdup(estate->es_query_cxt,
													now.asof);
	e->statement.session.known_at = MemoryContextStrdup(estate->es_query_cxt,
														now.known_at);
	cb->func = forget_entry;
	cb->arg = e;
	MemoryContextRegisterResetCallback(estate->es_query_cxt, cb);
	e->next = entries;
	entries = e;
	return &e->statement;
}
