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
#include "nodes/execnodes.h"
#include "utils/memutils.h"

#include "fdw/manifests.h"
#include "fdw/options/options.h"
#include "fdw/pins/pins.h"
#include "replay/changes.h"
#include "store/stats.h"

typedef struct Listing
{
	struct Listing *next;
	EState	   *estate;			/* NULL: of the transaction */
	char	   *identity;
	Manifest   *manifest;
	MemoryContext ctx;			/* of all this */
	int			holders;		/* statements that read by it, where it is the
								 * transaction's */
} Listing;

/* That a statement reads by a listing of its transaction. */
typedef struct Hold
{
	MemoryContextCallback callback;
	Listing    *listing;
} Hold;

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
let_go(void *arg)
{
	Hold	   *hold = arg;

	/* at the transaction's end the listing may have gone first */
	for (Listing *l = listings; l != NULL; l = l->next)
		if (l == hold->listing)
			l->holders--;
}

/* Keeps the listing until the statement's memory is freed. */
static Manifest *
hold_listing(Listing *l, EState *estate)
{
	MemoryContext ctx = estate ? estate->es_query_cxt : CurrentMemoryContext;
	Hold	   *hold;

	if (l->estate == NULL)
	{
		hold = MemoryContextAllocZero(ctx, sizeof(Hold));
		hold->callback.func = let_go;
		hold->callback.arg = hold;
		hold->listing = l;
		MemoryContextRegisterResetCallback(ctx, &hold->callback);
		l->holders++;
	}
	return l->manifest;
}

/* With its length before it, so that no two lists of texts read alike. */
static void
append_text(StringInfo s, const char *text)
{
	if (text == NULL)
		appendStringInfoString(s, " -");
	else
		appendStringInfo(s, " %zu:%s", strlen(text), text);
}

static void
append_options(StringInfo s, List *options)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		append_text(s, def->defname);
		append_text(s, defGetString(def));
	}
}

/*
 * All that decides what is listed, where and as whom.  The server's options
 * are part of it: they may be altered within the transaction.  The table's own
 * may lead to another bucket, folder or owner of the bucket.
 */
static char *
identity_of(const CdcOptions *opts, Oid userid, const StoreConfig *config)
{
	const LogConfig *c = &opts->log;
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfo(&s, "%u %u %d%d%d%d%d %d%d", opts->serverid, userid,
					 c->partition_folders, c->date_partition, c->allow_gaps,
					 c->ignore_change_files, c->has_changes_from,
					 (int) c->date_sequence, (int) c->date_delimiter);
	append_text(&s, c->date_zone ? pg_get_timezone_name(c->date_zone) : NULL);
	append_text(&s, config->url);
	append_text(&s, config->expected_bucket_owner);
	append_text(&s, c->cdc_path);
	append_text(&s, c->changes_prefix);
	for (int i = 0; i < c->nfolders; i++)
		append_text(&s, c->folders[i]);
	append_options(&s, opts->server_options);
	return s.data;
}

char *
manifests_identity(const CdcOptions *opts, Oid userid)
{
	return identity_of(opts, userid, options_store_config(opts, userid));
}

Manifest *
manifests_get(EState *estate, const CdcOptions *opts, Oid userid,
			  const char *pin)
{
	StoreConfig *config = options_store_config(opts, userid);
	char	   *identity = pin ?
		psprintf("%u %u pin %s", opts->relid, userid, pin) :
		identity_of(opts, userid, config);
	/* a pin is found anew in each statement: another may have its name */
	EState	   *owner = IsolationUsesXactSnapshot() && !pin ? NULL : estate;
	MemoryContext ctx;
	MemoryContext old;
	MemoryContextCallback *cb;
	Listing    *l;
	Listing    *next;

	for (l = listings; l != NULL; l = next)
	{
		next = l->next;
		if (l->estate != owner || strcmp(l->identity, identity) != 0)
			continue;
		if (!manifest_broken(l->manifest))
		{
			stats_add(stats_of(opts->serverid), STAT_LISTINGS_KEPT, 1);
			return hold_listing(l, estate);
		}
		/* what failed is made again, and must not wait for the transaction's end */
		if (owner == NULL && l->holders == 0)
			MemoryContextDelete(l->ctx);
	}
	ctx = AllocSetContextCreate(owner ? owner->es_query_cxt : TopTransactionContext,
								"cdc_fdw listing", ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(ctx);
	options_keep(opts, ctx);
	l = palloc0(sizeof(Listing));
	cb = palloc0(sizeof(MemoryContextCallback));
	l->estate = owner;
	l->ctx = ctx;
	l->identity = pstrdup(identity);
	config->pinned = pin != NULL;
	l->manifest = pin ?
		pins_manifest(opts, pin, userid, store_open(config, ctx), ctx) :
		manifest_open(store_open(config, ctx), &opts->log, ctx);
	cb->func = forget_listing;
	cb->arg = l;
	MemoryContextRegisterResetCallback(ctx, cb);
	l->next = listings;
	listings = l;
	MemoryContextSwitchTo(old);
	return hold_listing(l, estate);
}

Store *
manifests_store(EState *estate, Manifest *manifest, const CdcOptions *opts,
				Oid userid)
{
	if (!IsolationUsesXactSnapshot() || manifest_is_pinned(manifest))
		return manifest_store(manifest);
	return store_open(options_store_config(opts, userid), estate->es_query_cxt);
}
