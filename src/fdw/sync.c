/*-------------------------------------------------------------------------
 *
 * sync.c
 *	  cdc_fdw_sync(): an import that can be repeated any day.
 *
 * New tables and columns are added, nothing is dropped or altered.  What goes
 * wrong with one table is undone in a subtransaction and reported, and the
 * others go on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_foreign_table.h"
#include "executor/spi.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"

#include "fdw/fdw.h"
#include "fdw/functions.h"
#include "fdw/attempt.h"
#include "fdw/import.h"
#include "fdw/sync.h"

typedef struct Sync
{
	Oid			serverid;
	Oid			schema;
	char	   *schema_name;
	List	   *existing;		/* of SyncTable */
	ReturnSetInfo *rsinfo;
} Sync;

/* Statements that make or complete a foreign table. */
typedef struct Change
{
	const char *sql;
	const char *table;
	Oid			schema;
} Change;

/* ---- what is there ---- */

/* Run the statements; raises an error where the table could not be read. */
static void
apply(void *arg)
{
	const Change *change = arg;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	if (SPI_execute(change->sql, false, 0) < 0)
		elog(ERROR, "could not execute a statement");
	SPI_finish();
	(void) options_for_table(get_relname_relid(change->table, change->schema));
}

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

static bool
reads_table(const SyncTable *e, const FoundTable *found)
{
	ListCell   *lc;

	foreach(lc, e->folders)
		if (strcmp(lfirst(lc), found->prefix) == 0 ||
			(found->snapshot != NULL &&
			 strcmp(lfirst(lc), found->snapshot) == 0))
			return true;
	return false;
}

static void
find_existing(Sync *sync)
{
	OptionValues values;
	const char *url = options_server_store(sync->serverid, GetUserId(),
										   &values)->url;
	Relation	rel = table_open(ForeignTableRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0,
										  NULL);
	HeapTuple	tuple;

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
		e->folders = folders_of_table(e->relid, e->name, url);
		initStringInfo(&e->misfits);
		initStringInfo(&e->moved);
		if (e->folders != NIL)
			sync->existing = lappend(sync->existing, e);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

static void
read_existing(void *arg)
{
	SyncTable  *e = arg;

	/* nobody may alter it before it is completed */
	LockRelationOid(e->relid, ShareUpdateExclusiveLock);
	e->opts = options_for_table(e->relid);
}

/* A table that is there is read as its own options say, whatever others show. */
static void
own_settings(Import *import, ImportTable *t, RecogniseHints *hints,
			 RecogniseSchema *schema, void *arg)
{
	Sync	   *sync = arg;
	ListCell   *lc;

	foreach(lc, sync->existing)
	{
		SyncTable  *e = lfirst(lc);
		const LogConfig *log;

		if (!reads_table(e, t->found))
			continue;
		if (e->opts == NULL && e->failure == NULL)
			e->failure = attempt_call(read_existing, e);
		if (e->failure != NULL)
			continue;
		log = &e->opts->log;
		hints->header = log->header ? OPT_TRUE : OPT_FALSE;
		schema->header_said = hints->header;
		hints->op_column = log->op_column;
		hints->no_op = log->inserts_only || log->inserts_and_updates;
		hints->op_in_load = log->op_in_load;
		hints->timestamp_column = log->timestamp_column ?
			log->timestamp_column : log->timestamp_said ? "" : NULL;
		schema->clock = log->timestamp_column != NULL;
		schema->clock_name = log->timestamp_column;
		/* whoever made it was asked */
		t->looks_clocked = false;
		return;
	}
}

/* While the samples are there: do they fit what is declared? */
static void
visit_table(Import *import, ImportTable *t, const Recognised *r, void *arg)
{
	Sync	   *sync = arg;
	ListCell   *lc;

	foreach(lc, sync->existing)
	{
		SyncTable  *e = lfirst(lc);

		if (!reads_table(e, t->found))
			continue;
		e->met = true;
		if (r->problem != NULL || r->nfiles == 0)
			continue;
		if (e->opts == NULL && e->failure == NULL)
			e->failure = attempt_call(read_existing, e);
		if (e->failure == NULL && (t->problem == NULL || t->misfit))
			sync_compare(import, e, t, r);
	}
}

/* ---- reporting ---- */

static void
put_row(Sync *sync, const char *table, const char *status,
		const char *detail)
{
	Datum		values[3];
	bool		nulls[3] = {false, false, detail == NULL};

	values[0] = CStringGetTextDatum(table);
	values[1] = CStringGetTextDatum(status);
	values[2] = detail ? CStringGetTextDatum(detail) : (Datum) 0;
	tuplestore_putvalues(sync->rsinfo->setResult, sync->rsinfo->setDesc,
						 values, nulls);
}

/* ---- changing ---- */

static bool
has_changes(const SyncTable *e)
{
	return e->added != NIL || e->lacking != NIL || e->found != NIL;
}

static void
create_table(Sync *sync, const Import *import, const ImportTable *t,
			 LogMode mode)
{
	static const char other[] = "there is another relation of that name";
	char	   *name = import_mode_name(import->opts, t->name, mode);
	List	   *columns = NIL;
	Change		change;
	char	   *failure;

	if (OidIsValid(get_relname_relid(name, sync->schema)))
	{
		put_row(sync, name, "skipped", other);
		return;
	}
	for (int i = 0; i < t->ncolumns; i++)
		columns = lappend(columns, &t->columns[i]);
	change = (Change) {
		psprintf("%s%s", import_create_sql(import, t, mode, sync->schema_name),
				 import_comments_sql(sync->schema_name, name, t->comment,
									 columns)),
		name, sync->schema
	};
	failure = attempt_call(apply, &change);
	if (failure == NULL)
		put_row(sync, name, "created",
				psprintf("%d columns, %s", t->ncolumns,
						 t->key_origin ?
						 psprintf("key from %s", t->key_origin) :
						 psprintf("no key was found. %s %s", t->keyless,
								  import_key_hint(import, t))));
	/* somebody else may have made one in the meantime */
	else if (OidIsValid(get_relname_relid(name, sync->schema)))
		put_row(sync, name, "skipped", other);
	else
		put_row(sync, name, "failed", failure);
}

/* Add to a table what was found. */
static void
alter_table(Sync *sync, const SyncTable *e)
{
	List	   *columns = sync_alter_columns(e);
	char	   *what = sync_alter_text(e, columns);
	Change		change = {
		psprintf("ALTER FOREIGN TABLE %s%s%s",
				 quote_qualified_identifier(sync->schema_name, e->name),
				 sync_alter_sql(e, columns),
				 import_comments_sql(sync->schema_name, e->name, NULL,
									 columns)),
		e->name, sync->schema
	};
	char	   *failure = attempt_call(apply, &change);

	if (failure != NULL)
		put_row(sync, e->name, "failed", failure);
	else
		put_row(sync, e->name, columns != NIL ? "columns added" :
				"options added", e->misfits.len > 0 ?
				psprintf("%s; type would not fit any more: %s", what,
						 e->misfits.data) : what);
}

static void
update_table(Sync *sync, SyncTable *e, const ImportTable *t)
{
	/* one of several folders may have been met before */
	if (e->reported)
		return;
	e->reported = true;
	if (e->failure != NULL)
		put_row(sync, e->name, "failed", e->failure);
	else if (e->moved.len > 0)
		put_row(sync, e->name, "columns moved", e->moved.data);
	else if (t->problem != NULL && t->problem != t->shrunk)
		put_row(sync, e->name, t->misfit ?
				"type would not fit any more" : "skipped", t->problem);
	/* where a field is not what it was, one more behind it is not either */
	else if (e->misfits.len > 0 && (!t->header || !has_changes(e)))
		put_row(sync, e->name, "type would not fit any more",
				e->misfits.data);
	else if (has_changes(e))
		alter_table(sync, e);
	else
		put_row(sync, e->name, "unchanged", NULL);
}

static void
sync_table(Sync *sync, const Import *import, const ImportTable *t)
{
	bool		missing[LOG_MODES];
	bool		any = false;
	ListCell   *lc;

	memcpy(missing, import->opts->modes, sizeof(missing));
	foreach(lc, sync->existing)
	{
		SyncTable  *e = lfirst(lc);

		if (!reads_table(e, t->found))
			continue;
		for (LogMode m = 0; m < LOG_MODES; m++)
			if (e->opts == NULL || e->opts->log.mode == m ||
				strcmp(e->name, import_mode_name(import->opts, t->name, m)) == 0)
				missing[m] = false;
		update_table(sync, e, t);
	}
	for (LogMode m = 0; m < LOG_MODES; m++)
	{
		any |= missing[m];
		if (missing[m] && t->problem == NULL)
			create_table(sync, import, t, m);
	}
	if (!any || t->problem == NULL)
		return;
	if (import->opts->untyped_error)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("table \"%s\" of remote schema \"%s\" cannot be imported: %s",
						t->name, import->remote, t->problem)));
	put_row(sync, t->name, "skipped", t->problem);
}

/* Tables that are declared, but have no files. */
static void
report_vanished(Sync *sync, const Import *import)
{
	size_t		len = strlen(import->schema);
	ListCell   *lc;

	foreach(lc, sync->existing)
	{
		const SyncTable *e = lfirst(lc);
		const char *folder = linitial(e->folders);

		if (e->met || strncmp(folder, import->schema, len) != 0 ||
			strchr(folder + len, '/') != folder + strlen(folder) - 1)
			continue;
		/* transaction files hold many tables, and a few were looked at */
		if (import->found->cdc_path != NULL)
			put_row(sync, e->name, "unchanged",
					"no record of it is in the sampled transaction files");
		else
			put_row(sync, e->name, "vanished",
					psprintf("nothing of its log lies under \"%s\"", folder));
	}
}

/* ---- arguments ---- */

/* Members of an object as options. */
static List *
options_of_json(Jsonb *json)
{
	JsonbIterator *it = JsonbIteratorInit(&json->root);
	JsonbIteratorToken token;
	JsonbValue	v;
	List	   *options = NIL;
	char	   *name = NULL;

	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the options are not a JSON object")));
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		char	   *value = NULL;

		if (token == WJB_KEY)
			name = pnstrdup(v.val.string.val, v.val.string.len);
		if (token != WJB_VALUE)
			continue;
		if (v.type == jbvString)
			value = pnstrdup(v.val.string.val, v.val.string.len);
		else if (v.type == jbvNumeric)
			value = numeric_normalize(v.val.numeric);
		else if (v.type == jbvBool)
			value = v.val.boolean ? "true" : "false";
		else if (v.type == jbvBinary)
			value = JsonbToCString(NULL, v.val.binary.data, 0);
		if (value != NULL)
			options = lappend(options,
							  makeDefElem(name, (Node *) makeString(value), -1));
	}
	return options;
}

void
sync_schema(FunctionCallInfo fcinfo)
{
	char	   *server = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *remote = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Sync		sync = {0};
	ImportOptions opts;
	Import	   *import;
	MemoryContext own;
	MemoryContext old;
	ListCell   *lc;

	sync.schema_name = text_to_cstring(PG_GETARG_TEXT_PP(2));
	/* what was waited for may have dropped them, and made others */
	do
	{
		sync.serverid = functions_server(server);
		sync.schema = get_namespace_oid(sync.schema_name, false);
		check_schema_create(sync.schema, sync.schema_name);
		import_lock(sync.serverid, sync.schema);
	} while (functions_server(server) != sync.serverid ||
			 get_namespace_oid(sync.schema_name, false) != sync.schema);
	InitMaterializedSRF(fcinfo, 0);
	sync.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	import_options_read(options_of_json(PG_GETARG_JSONB_P(3)), &opts);
	opts.own = own_settings;
	opts.visit = visit_table;
	opts.visit_arg = &sync;
	find_existing(&sync);
	import = import_run(sync.serverid, remote, sync.schema_name, &opts, NULL);
	store_close(import->store);
	own = AllocSetContextCreate(CurrentMemoryContext, "cdc_fdw sync table",
								ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(own);
	foreach(lc, import->tables)
	{
		sync_table(&sync, import, lfirst(lc));
		MemoryContextReset(own);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(own);
	report_vanished(&sync, import);
	import_ask_clock(import);
	import_ask_base_time(import);
}
