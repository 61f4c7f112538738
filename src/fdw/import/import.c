/*-------------------------------------------------------------------------
 *
 * import.c
 *	  IMPORT FOREIGN SCHEMA.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#include "fdw/fdw.h"
#include "fdw/import/import.h"
#include "fdw/options/options.h"

#define NAMES_SHOWN		10
/* Tells an import's lock from those of pg_advisory_lock(), which have 1 and 2. */
#define LOCK_KIND		0xCDC

void
import_lock(Oid serverid, Oid schema)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, serverid, schema, LOCK_KIND);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	AcceptInvalidationMessages();
}

/* What LIMIT TO or EXCEPT names, or NULL. */
static ImportFilter *
read_filter(const ImportForeignSchemaStmt *stmt)
{
	ImportFilter *filter;
	ListCell   *lc;

	if (stmt->list_type == FDW_IMPORT_SCHEMA_ALL)
		return NULL;
	filter = palloc0(sizeof(ImportFilter));
	filter->except = stmt->list_type == FDW_IMPORT_SCHEMA_EXCEPT;
	foreach(lc, stmt->table_list)
		filter->names = lappend(filter->names,
								lfirst_node(RangeVar, lc)->relname);
	return filter;
}

static void
warn_not_found(const Import *import, const ImportFilter *filter)
{
	ListCell   *lc;

	if (filter == NULL || filter->except)
		return;
	foreach(lc, filter->names)
	{
		const char *name = lfirst(lc);
		bool		found = false;
		ListCell   *lt;

		foreach(lt, import->tables)
		{
			const ImportTable *t = lfirst(lt);

			CHECK_FOR_INTERRUPTS();
			/* which has another name where that could not be shown */
			found |= import_is_name(import->opts, t->name, name) ||
				import_is_name(import->opts, t->found->folder, name);
		}
		if (!found)
			ereport(WARNING,
					(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
					 errmsg("remote schema \"%s\" has no table \"%s\"",
							import->remote, name)));
	}
}

/* The table is made, but whoever imports it should know this of its samples. */
static void
report_notes(const Import *import, const ImportTable *t)
{
	ListCell   *lc;

	foreach(lc, t->notes)
	{
		const ImportNote *n = lfirst(lc);

		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 n->column != NULL ?
				 errmsg("column \"%s\" of table \"%s\" %s", n->column, t->name,
						n->what) :
				 errmsg("table \"%s\" %s", t->name, n->what),
				 errdetail("%s", n->detail),
				 n->unreadable ?
				 errhint("%s", import_null_hint(import, t, NULL)) :
				 n->hint != NULL ? errhint("%s", n->hint) : 0));
	}
}

void
import_add_name(StringInfo names, int *n, const char *name)
{
	if ((*n)++ < NAMES_SHOWN)
		appendStringInfo(names, "%s\"%s\"", *n > 1 ? ", " : "", name);
	else if (*n == NAMES_SHOWN + 1)
		appendStringInfoString(names, ", ...");
}

void
import_warn_nameless(const Import *import)
{
	StringInfoData names;
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&names);
	foreach(lc, import->tables)
	{
		const ImportTable *t = lfirst(lc);
		bool		nameless = false;

		for (int i = 0; t->problem == NULL && i < t->ncolumns; i++)
			nameless |= !t->columns[i].known && t->columns[i].source == NULL &&
				!t->columns[i].sequence;
		if (!nameless)
			continue;
		import_add_name(&names, &n, t->name);
	}
	if (n > 0)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg_plural("the files of %d table have no header: columns that nothing else names are named c1, c2, and so on",
							   "the files of %d tables have no header: columns that nothing else names are named c1, c2, and so on",
							   n, n),
				 errdetail("Tables: %s.", names.data),
				 errhint("Let types_from name a local schema with tables of the same names and columns, or a document that describes them; or set AddColumnName in the task.")));
}

static void
report_summary(const Import *import)
{
	const StoreCounters *c = store_counters(import->store);
	int			imported = 0;
	int			keyless = 0;
	int			skipped = 0;
	ListCell   *lc;

	foreach(lc, import->tables)
	{
		const ImportTable *t = lfirst(lc);

		if (t->problem != NULL)
			skipped++;
		else
			imported++;
		if (t->problem == NULL && t->key_origin == NULL)
			keyless++;
	}
	ereport(NOTICE,
			(errmsg("importing %d of %d tables of remote schema \"%s\", %d of them without a key",
					imported, imported + skipped, import->remote, keyless),
			 errdetail("Listed " INT64_FORMAT " objects and read " INT64_FORMAT " bytes in " INT64_FORMAT " requests.",
					   c->listed, c->bytes, c->requests)));
}

/* Adds the statements that make a table, one a mode. */
static List *
add_commands(List *commands, const Import *import, const ImportTable *t)
{
	MemoryContext own = AllocSetContextCreate(CurrentMemoryContext,
											  "cdc_fdw statement",
											  ALLOCSET_DEFAULT_SIZES);

	for (LogMode m = 0; m < LOG_MODES; m++)
	{
		MemoryContext old = MemoryContextSwitchTo(own);
		char	   *sql = import->opts->modes[m] ?
			import_create_sql(import, t, m, NULL) : NULL;

		MemoryContextSwitchTo(old);
		if (sql != NULL)
			commands = lappend(commands, pstrdup(sql));
	}
	MemoryContextDelete(own);
	return commands;
}

List *
cdcImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverOid)
{
	ImportOptions opts;
	ImportFilter *filter = read_filter(stmt);
	List	   *commands = NIL;
	Import	   *import;
	ListCell   *lc;

	import_options_read(stmt->options, &opts);
	if (opts.views != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("option \"views\" is one of cdc_fdw_sync() alone"),
				 errdetail("IMPORT FOREIGN SCHEMA makes foreign tables and nothing else."),
				 errhint("SELECT * FROM cdc_fdw_sync(%s, %s, %s, '{\"views\": ...}');",
						 quote_literal_cstr(stmt->server_name),
						 quote_literal_cstr(stmt->remote_schema),
						 quote_literal_cstr(stmt->local_schema))));
	import_lock(serverOid, get_namespace_oid(stmt->local_schema, false));
	import = import_run(serverOid, stmt->remote_schema, stmt->local_schema,
						&opts, filter);
	import_check_fit(import);
	warn_not_found(import, filter);
	foreach(lc, import->tables)
	{
		ImportTable *t = lfirst(lc);

		if (t->problem != NULL)
		{
			import_report_problem(import, t);
			continue;
		}
		commands = add_commands(commands, import, t);
		report_notes(import, t);
		if (t->key_origin == NULL)
			ereport(WARNING,
					(errcode(ERRCODE_WARNING),
					 errmsg("no key was found for table \"%s\"", t->name),
					 errdetail("%s Updates and deletes of a table without a key cannot be read.",
							   t->keyless),
					 errhint("%s", import_key_hint(import, t, NULL))));
	}
	import_warn_nameless(import);
	import_ask_clock(import);
	import_ask_base_time(import);
	import_ask_txn(import);
	report_summary(import);
	store_close(import->store);
	return commands;
}
