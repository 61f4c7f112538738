/*-------------------------------------------------------------------------
 *
 * manifests.c
 *	  One listing for all scans of a statement, or of a transaction at
 *	  REPEATABLE READ and above.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/defrem.h"
#include "executor/executor.h"
#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "utils/memutils.h"

#include "fdw/fdw.h"
#include "store/stats.h"

typedef struct Listing
{
	struct Listing *next;
	EState	   *estate;			/* NULL: of the transaction */
	char	   *identity;
	Manifest   *manifest;
} Listing;

static Listing *listings = NULL;

static void
forget_listing(void *arg)
{
	Listing   **link = &listings;

	while (*link != NULL && *link != arg)
		link = &(*link)->next;
	if (*link != NULL)
		*link = (*link)->next;
}

static void
append_options(StringInfo s, List *options)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		appendStringInfo(s, "|%s=%s", def->defname, defGetString(def));
	}
}

/*
 * All that decides what is listed, where and as whom.  The server's options
 * are part of it: they may be altered within the transaction.
 */
static char *
listing_identity(const CdcOptions *opts, Oid userid)
{
	const LogConfig *c = &opts->log;
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfo(&s, "%u %u %d%d%d %d%d %s %d|%s|%s", opts->serverid, userid,
					 c->partition_folders, c->date_partition, c->allow_gaps,
					 (int) c->date_sequence, (int) c->date_delimiter,
					 c->date_zone ? pg_get_timezone_name(c->date_zone) : "",
					 c->cdc_path != NULL, c->cdc_path ? c->cdc_path : "",
					 c->changes_prefix ? c->changes_prefix : "");
	for (int i = 0; i < c->nfolders; i++)
		appendStringInfo(&s, "|%s", c->folders[i]);
	append_options(&s, GetForeignServer(opts->serverid)->options);
	return s.data;
}

Manifest *
manifests_get(EState *estate, const CdcOptions *opts, Oid userid)
{
	char	   *identity = listing_identity(opts, userid);
	EState	   *owner = IsolationUsesXactSnapshot() ? NULL : estate;
	MemoryContext ctx;
	MemoryContext old;
	MemoryContextCallback *cb;
	CdcOptions *own;
	Listing    *l;

	for (l = listings; l != NULL; l = l->next)
	{
		if (l->estate == owner && strcmp(l->identity, identity) == 0 &&
			!manifest_broken(l->manifest))
		{
			stats_add(stats_of(opts->serverid), STAT_LISTINGS_KEPT, 1);
			return l->manifest;
		}
	}
	ctx = AllocSetContextCreate(owner ? owner->es_query_cxt : TopTransactionContext,
								"cdc_fdw listing", ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(ctx);
	/* the options too must live as long as the listing */
	own = options_for_table(opts->relid);
	l = palloc0(sizeof(Listing));
	cb = palloc0(sizeof(MemoryContextCallback));
	l->estate = owner;
	l->identity = pstrdup(identity);
	l->manifest = manifest_open(store_open(options_store_config(own, userid), ctx),
								&own->log, ctx);
	cb->func = forget_listing;
	cb->arg = l;
	MemoryContextRegisterResetCallback(ctx, cb);
	l->next = listings;
	listings = l;
	stats_add(stats_of(opts->serverid), STAT_LISTINGS_MADE, 1);
	MemoryContextSwitchTo(old);
	return l->manifest;
}

Store *
manifests_store(EState *estate, Manifest *manifest, const CdcOptions *opts,
				Oid userid)
{
	if (!IsolationUsesXactSnapshot())
		return manifest_store(manifest);
	return store_open(options_store_config(opts, userid), estate->es_query_cxt);
}
