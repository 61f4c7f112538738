/*-------------------------------------------------------------------------
 *
 * existing.c
 *	  The foreign tables of a server that are there already, and their options.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_foreign_table.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "fdw/attempt.h"
#include "fdw/owner.h"
#include "fdw/import/sync/sync.h"

/* A table whose options are to be read. */
typedef struct Reading
{
	const Sync *sync;
	SyncTable  *e;
} Reading;

/* A folder under the server's url, with slash. */
static char *
relative_folder(const char *text, const char *url)
{
	char	   *folder = option_trim_slash(text);
	size_t		len = strlen(url);

	if (option_is_url(folder) && strncmp(folder, url, len) == 0 &&
		folder[len] == '/')
		folder += len + 1;
	return psprintf("%s/", folder);
}

/* The folders a foreign table reads; NIL where its options do not say. */
static List *
folders_of_table(Oid relid, const char *name, const char *url)
{
	OptionValues v = {{NULL}};
	const char *table;
	List	   *folders = NIL;

	options_load(&v, GetForeignTable(relid)->options, IN_TABLE);
	if (option_text(&v, OPT_PREFIX) != NULL)
	{
		const char **names;
		int			n = option_names(&v, OPT_PREFIX, &names);

		for (int i = 0; i < n; i++)
			folders = lappend(folders, relative_folder(names[i], url));
	}
	else if (v.text[OPT_SCHEMA_NAME] != NULL)
	{
		table = option_text(&v, OPT_TABLE_NAME);
		folders = list_make1(psprintf("%s/%s/",
									  option_trim_slash(v.text[OPT_SCHEMA_NAME]),
									  option_trim_slash(table ? table : name)));
	}
	return folders;
}

bool
sync_reads(const SyncTable *e, const FoundTable *found)
{
	ListCell   *lc;

	foreach(lc, e->folders)
	{
		CHECK_FOR_INTERRUPTS();
		if (strcmp(lfirst(lc), found->prefix) == 0 ||
			(found->snapshot != NULL &&
			 strcmp(lfirst(lc), found->snapshot) == 0))
			return true;
	}
	return false;
}

bool
sync_lies_in(const SyncTable *e, const char *folder)
{
	ListCell   *lc;

	foreach(lc, e->folders)
		if (strncmp(lfirst(lc), folder, strlen(folder)) == 0)
			return true;
	return false;
}

void
sync_find(Sync *sync)
{
	OptionValues values;
	Relation	rel = table_open(ForeignTableRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0,
										  NULL);
	HeapTuple	tuple;

	sync->url = options_server_store(sync->serverid, GetUserId(), &values)->url;
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_foreign_table form = (Form_pg_foreign_table) GETSTRUCT(tuple);
		SyncTable  *e;

		if (form->ftserver != sync->serverid ||
			get_rel_namespace(form->ftrelid) != sync->schema)
			continue;
		e = palloc0(sizeof(SyncTable));
		e->relid = form->ftrelid;
		e->name = get_rel_name(e->relid);
		e->folders = folders_of_table(e->relid, e->name, sync->url);
		initStringInfo(&e->misfits);
		initStringInfo(&e->losses);
		initStringInfo(&e->moved);
		initStringInfo(&e->key);
		initStringInfo(&e->unreadable);
		if (e->folders != NIL)
			sync->existing = lappend(sync->existing, e);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

SyncTable *
sync_existing(const Sync *sync, Oid relid)
{
	ListCell   *lc;

	foreach(lc, sync->existing)
		if (((SyncTable *) lfirst(lc))->relid == relid)
			return lfirst(lc);
	return NULL;
}

static bool
same_folders(const List *a, const List *b)
{
	ListCell   *la;
	ListCell   *lb;

	if (list_length(a) != list_length(b))
		return false;
	forboth(la, a, lb, b)
		if (strcmp(lfirst(la), lfirst(lb)) != 0)
			return false;
	return true;
}

static void
read_existing(void *arg)
{
	const Sync *sync = ((Reading *) arg)->sync;
	SyncTable  *e = ((Reading *) arg)->e;
	CdcOptions *opts;
	const LogColumn *col;
	char	   *name;

	/* nobody may alter it before it is completed, by whom may complete it */
	LockRelationOid(e->relid, relation_is_owned(e->relid) ?
					ShareUpdateExclusiveLock : AccessShareLock);
	/* but what was waited for may have, and have given its name to another */
	name = get_rel_name(e->relid);
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("it was dropped meanwhile")));
	if (get_rel_namespace(e->relid) != sync->schema ||
		GetForeignTable(e->relid)->serverid != sync->serverid ||
		!same_folders(e->folders,
					  folders_of_table(e->relid, name, sync->url)))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("its schema, its server or where its log lies was changed meanwhile; the next run completes it")));
	e->name = MemoryContextStrdup(sync->cxt, name);
	opts = options_for_table(e->relid);
	col = owner_foreign_code(opts);
	/* it would see values that were read with the caller's rights */
	if (col != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("comparing values with column \"%s\" may run code of \"%s\", who owns the table and can call cdc_fdw_sync",
						col->attname,
						GetUserNameFromId(owner_of(e->relid), false))));
	e->opts = opts;
}

bool
sync_read(const Sync *sync, SyncTable *e)
{
	Reading		reading = {sync, e};
	MemoryContext old;

	if (e->opts != NULL || e->failure != NULL)
		return e->failure == NULL;
	e->opts_cxt = AllocSetContextCreate(sync->cxt, "cdc_fdw sync options",
										ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(e->opts_cxt);
	e->failure = attempt_call(read_existing, &reading);
	MemoryContextSwitchTo(old);
	return e->failure == NULL;
}

void
sync_forget(SyncTable *e)
{
	if (e->opts == NULL)
		return;
	MemoryContextDelete(e->opts_cxt);
	e->opts = NULL;
}
