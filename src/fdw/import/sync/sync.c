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

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "executor/spi.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "fdw/attempt.h"
#include "fdw/import/import.h"
#include "fdw/import/sync/sync.h"
#include "fdw/options/options.h"
#include "fdw/rights.h"

/* Statements that make or complete a foreign table. */
typedef struct Change
{
	const char *sql;
	List	   *tables;			/* OIDs of those that must be readable then, or */
	const char *table;			/* the name of the only one */
	Oid			schema;
} Change;

/* ---- statements ---- */

/* Run the statements; raises an error where a table could not be read. */
static void
apply(void *arg)
{
	const Change *change = arg;
	ListCell   *lc;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	if (SPI_execute(change->sql, false, 0) < 0)
		elog(ERROR, "could not execute a statement");
	SPI_finish();
	if (change->table != NULL)
		(void) options_for_table(get_relname_relid(change->table,
												   change->schema));
	foreach(lc, change->tables)
		(void) options_for_table(lfirst_oid(lc));
}

/* ---- while the samples are at hand ---- */

/*
 * What is made beside a table that is there is read as that one's options say,
 * whatever others show.
 */
static void
own_settings(Import *import, ImportTable *t, RecogniseHints *hints,
			 RecogniseSchema *schema, void *arg)
{
	Sync	   *sync = arg;
	ListCell   *lc;

	foreach(lc, sync->existing)
	{
		SyncTable  *e = lfirst(lc);

		if (!sync_reads(e, t->found) || !sync_read(sync, e))
			continue;
		sync_say(&e->opts->log, hints, schema);
		/* whoever made it was asked */
		t->looks_clocked = false;
		return;
	}
}

static bool
has_changes(const SyncTable *e)
{
	return e->added != NIL || e->lacking != NIL || e->found != NIL;
}

/* Compare a table with one of its logs, as it reads it. */
static void
compare_table(Import *import, SyncTable *e, const ImportTable *t,
			  MemoryContext scratch)
{
	SyncView   *view = sync_view_open(import, t, e->opts);
	MemoryContext old;
	Recognised	r;

	import_look(&view->import, &view->table, &view->import.hints,
				&view->import.alike, scratch, &r);
	e->views = lappend(e->views, view);
	if (r.problem != NULL || r.nfiles == 0 || view->table.problem != NULL)
		return;
	/* readers of values are kilobytes a column, and a schema has many columns */
	old = MemoryContextSwitchTo(scratch);
	sync_compare(e, view, &r);
	MemoryContextSwitchTo(old);
	if (import->opts->views != NULL)
		sync_hear(e, &view->table);
	if (list_length(e->folders) > 1 || has_changes(e))
		return;
	/* nothing is added, nor looked for in another folder's log */
	if (view->table.columns != NULL)
		pfree(view->table.columns);
	view->table.columns = NULL;
	view->table.ncolumns = 0;
}

/*
 * While the samples are there: do they fit what is declared, as the table reads
 * them?
 */
static void
visit_table(Import *import, ImportTable *t, const Recognised *others,
			MemoryContext scratch, void *arg)
{
	Sync	   *sync = arg;
	MemoryContext own = AllocSetContextCreate(scratch, "cdc_fdw view",
											  ALLOCSET_DEFAULT_SIZES);
	ListCell   *lc;

	foreach(lc, sync->existing)
	{
		SyncTable  *e = lfirst(lc);

		if (!sync_reads(e, t->found) || !sync_read(sync, e))
			continue;
		compare_table(import, e, t, own);
		MemoryContextReset(own);
		sync_forget(e);
	}
}

/* ---- reporting ---- */

void
sync_report(const Sync *sync, const char *table, const char *status,
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

/*
 * What is to be said of the table, where columns (of ImportColumn) is NULL and
 * all are made, or else of those columns; begins with a semicolon, or is "".
 */
static char *
notes_text(const List *notes, const List *columns, const char *null_hint)
{
	StringInfoData s;
	ListCell   *lc;

	initStringInfo(&s);
	foreach(lc, notes)
	{
		const ImportNote *n = lfirst(lc);
		const char *hint = n->unreadable ? null_hint : n->hint;
		bool		made = columns == NULL;
		ListCell   *lcol;

		foreach(lcol, columns)
			made |= n->column != NULL &&
				strcmp(((ImportColumn *) lfirst(lcol))->name, n->column) == 0;
		if (!made)
			continue;
		appendStringInfoString(&s, "; ");
		if (n->column != NULL)
			appendStringInfo(&s, "column \"%s\" ", n->column);
		appendStringInfo(&s, "%s: %s%s%s", n->what, n->detail, hint ? " " : "",
						 hint ? hint : "");
	}
	return s.data;
}

/* Returns what is to be told of columns that are added to a table, palloc'd. */
static char *
added_notes(const SyncTable *e, const char *qualified_name)
{
	const char *hint = psprintf("To read them as NULL: ALTER FOREIGN TABLE %s OPTIONS (ADD on_error 'null');",
								qualified_name);
	StringInfoData s;
	ListCell   *lc;

	initStringInfo(&s);
	if (e->added == NIL || e->opts->log.on_error != ON_ERROR_STOP)
		return s.data;
	foreach(lc, e->views)
		appendStringInfoString(&s, notes_text(((SyncView *) lfirst(lc))->table.notes,
											  e->added, hint));
	return s.data;
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
		sync_report(sync, name, "skipped", other);
		return;
	}
	failure = import_misfit(import, t, mode);
	if (failure != NULL)
	{
		sync_report(sync, name, "skipped", failure);
		return;
	}
	for (int i = 0; i < t->ncolumns; i++)
		columns = lappend(columns, &t->columns[i]);
	change = (Change) {
		psprintf("%s%s", import_create_sql(import, t, mode, sync->schema_name),
				 import_comments_sql(sync->schema_name, name, t->comment,
									 columns)),
		NIL, name, sync->schema
	};
	failure = attempt_call(apply, &change);
	if (failure == NULL)
		sync_report(sync, name, "created",
				psprintf("%d columns, %s%s", t->ncolumns,
						 t->key_origin ?
						 psprintf("key from %s", t->key_origin) :
						 psprintf("no key was found. %s %s", t->keyless,
								  import_key_hint(import, t, name)),
						 notes_text(t->notes, NULL,
									import_null_hint(import, t, name))));
	/* somebody else may have made one in the meantime */
	else if (OidIsValid(get_relname_relid(name, sync->schema)))
		sync_report(sync, name, "skipped", other);
	else
		sync_report(sync, name, "failed", failure);
}

static void update_table(Sync *sync, SyncTable *e, const char *problem);

/*
 * Complete the tables that inherit from it, so that a column it gets is theirs
 * already where their logs have it.  Fills children with those whose logs have
 * none, as far as they are foreign tables; returns why it cannot get columns,
 * or NULL.
 */
static char *
complete_children(Sync *sync, const SyncTable *e, List **children)
{
	List	   *all = find_all_inheritors(e->relid, NoLock, NULL);
	ListCell   *lc;

	foreach(lc, all)
	{
		Oid			relid = lfirst_oid(lc);
		SyncTable  *child = sync_existing(sync, relid);

		if (relid == e->relid || get_rel_relkind(relid) != RELKIND_FOREIGN_TABLE)
			continue;
		if (child == NULL || !sync_read(sync, child))
			return psprintf("its columns would be those of \"%s\", too, which is not completed here",
							get_rel_name(relid));
		if (child->views != NIL)
			update_table(sync, child, NULL);
		if (child->views != NIL && !child->complete)
			return psprintf("its columns would be those of \"%s\", too, which could not be completed",
							child->name);
		*children = lappend(*children, child);
	}
	return NULL;
}

/*
 * Leave the columns out where the table is a partition, which gets its columns
 * from its parent; why, or NULL.
 */
static char *
leave_to_parent(const SyncTable *e, List **columns)
{
	StringInfoData s;
	ListCell   *lc;

	if (*columns == NIL || !get_rel_relispartition(e->relid))
		return NULL;
	initStringInfo(&s);
	foreach(lc, *columns)
		appendStringInfo(&s, "%s%s", s.len > 0 ? ", " : "",
						 quote_identifier(((ImportColumn *) lfirst(lc))->name));
	*columns = NIL;
	return psprintf("it is a partition, and its log has columns that its parent lacks: %s",
					s.data);
}

/*
 * What is to be said of a table beside its changes.  Sets *status to that of the
 * first, which then does not stand in front of it; NULL: begins with a semicolon
 * if there is something.  palloc'd.
 */
static char *
remarks_text(const SyncTable *e, const char **status)
{
	const struct
	{
		const char *status;
		const StringInfoData *text;
	}			remarks[] = {
		{"unreadable", &e->unreadable},
		{"type would not fit any more", &e->misfits},
		{"type would not fit any more", &e->losses},
		{"key may be wrong", &e->key}
	};
	StringInfoData s;
	const char *last = NULL;

	initStringInfo(&s);
	for (int i = 0; i < lengthof(remarks); i++)
	{
		if (remarks[i].text->len == 0)
			continue;
		if (last == NULL && status != NULL)
			*status = remarks[i].status;
		else if (last != NULL && strcmp(last, remarks[i].status) == 0)
			appendStringInfoString(&s, "; ");
		else
			appendStringInfo(&s, "; %s: ", remarks[i].status);
		last = remarks[i].status;
		appendStringInfoString(&s, remarks[i].text->data);
	}
	return s.data;
}

/* Add to a table what was found. */
static void
alter_table(Sync *sync, SyncTable *e)
{
	char	   *schema = get_namespace_name(get_rel_namespace(e->relid));
	char	   *qualified = quote_qualified_identifier(schema, e->name);
	List	   *children = NIL;
	List	   *columns = sync_alter_columns(e);
	char	   *left = leave_to_parent(e, &columns);
	char	   *failure = NULL;
	char	   *sql;
	StringInfoData what;
	Change		change = {.tables = list_make1_oid(e->relid)};
	ListCell   *lc;

	if (columns != NIL)
		failure = complete_children(sync, e, &children);
	foreach(lc, columns)
		if (failure == NULL)
			failure = import_column_misfit(lfirst(lc));
	sql = sync_alter_sql(e, columns);
	if (failure == NULL && sql == NULL)
		failure = left;
	initStringInfo(&what);
	appendStringInfoString(&what, sync_alter_text(e, columns, children));
	if (failure == NULL)
	{
		foreach(lc, children)
			change.tables = lappend_oid(change.tables,
										((SyncTable *) lfirst(lc))->relid);
		change.sql = psprintf("ALTER FOREIGN TABLE %s%s%s%s", qualified, sql,
							  sync_children_sql(children, columns),
							  import_comments_sql(schema, e->name, NULL,
												  columns));
		failure = attempt_call(apply, &change);
	}
	if (failure != NULL)
	{
		sync_report(sync, e->name, "failed", failure);
		return;
	}
	e->complete = left == NULL;
	if (left != NULL)
		appendStringInfo(&what, "; %s", left);
	else
		appendStringInfoString(&what, added_notes(e, qualified));
	appendStringInfoString(&what, remarks_text(e, NULL));
	sync_report(sync, e->name, columns != NIL ? "columns added" :
			"options added", what.data);
}

/* Why a log cannot be read, and the way on; palloc'd. */
static char *
problem_text(const ImportTable *t)
{
	return t->problem_hint == NULL ? pstrdup(t->problem) :
		psprintf("%s. %s", t->problem, t->problem_hint);
}

/* Why one of its logs cannot be compared; NULL: all could be. */
static char *
view_problem(const SyncTable *e)
{
	ListCell   *lc;

	foreach(lc, e->views)
	{
		const ImportTable *t = &((SyncView *) lfirst(lc))->table;

		if (t->problem != NULL)
			return problem_text(t);
	}
	return NULL;
}

/* Complete a table, once, and report; problem: its log's, if it has no view. */
static void
update_table(Sync *sync, SyncTable *e, const char *problem)
{
	/* one of several folders may have been met before */
	if (e->reported)
		return;
	e->reported = true;
	if (e->views != NIL)
	{
		problem = view_problem(e);
		sync_conclude(e);
	}
	if (e->failure != NULL)
		sync_report(sync, e->name, "failed", e->failure);
	else if (e->moved.len > 0)
		sync_report(sync, e->name, "columns moved", e->moved.data);
	else if (problem != NULL)
		sync_report(sync, e->name, "skipped", problem);
	/* where a field is not what it was, one more behind it is not either */
	else if (has_changes(e) && (e->misfits.len == 0 || e->opts->log.header))
		alter_table(sync, e);
	else
	{
		const char *status = "unchanged";
		char	   *text = remarks_text(e, &status);

		e->complete = e->misfits.len == 0;
		sync_report(sync, e->name, status, text[0] != '\0' ? text : NULL);
	}
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

		if (!sync_reads(e, t->found))
			continue;
		if (e->views != NIL)
			(void) sync_read(sync, e);
		for (LogMode m = 0; m < LOG_MODES; m++)
			if (e->opts == NULL || e->opts->log.mode == m ||
				strcmp(e->name, import_mode_name(import->opts, t->name, m)) == 0)
				missing[m] = false;
		e->met = true;
		update_table(sync, e, t->problem ? problem_text(t) : NULL);
		sync_forget(e);
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
	sync_report(sync, t->name, "skipped", problem_text(t));
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
			sync_report(sync, e->name, "unchanged",
					"no record of it is in the sampled transaction files");
		else
			sync_report(sync, e->name, "vanished",
					psprintf("nothing of its log lies under \"%s\"", folder));
	}
}

/* True if a table that is there reads something in the source schema's folder. */
static bool
knows_schema(const Sync *sync, const char *folder)
{
	ListCell   *lc;

	foreach(lc, sync->existing)
		if (sync_lies_in(lfirst(lc), folder))
			return true;
	return false;
}

CDC_FUNCTION(cdc_fdw_sync);

Datum
cdc_fdw_sync(PG_FUNCTION_ARGS)
{
	char	   *server = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *remote = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Sync		sync = {.cxt = CurrentMemoryContext};
	ImportOptions opts;
	Import	   *import;
	MemoryContext own;
	MemoryContext old;
	ListCell   *lc;

	/* else each table that has changes would be a failure of its own */
	PreventCommandIfReadOnly("cdc_fdw_sync()");
	sync.schema_name = text_to_cstring(PG_GETARG_TEXT_PP(2));
	/* what was waited for may have dropped them, and made others */
	do
	{
		sync.serverid = rights_server(server);
		sync.schema = get_namespace_oid(sync.schema_name, false);
		check_schema_create(sync.schema, sync.schema_name);
		import_lock(sync.serverid, sync.schema);
	} while (rights_server(server) != sync.serverid ||
			 get_namespace_oid(sync.schema_name, false) != sync.schema);
	InitMaterializedSRF(fcinfo, 0);
	sync.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	import_options_read(import_options_json(PG_GETARG_JSONB_P(3)), &opts);
	if (opts.views != NULL)
		sync_show_schema(opts.views);
	opts.own = own_settings;
	opts.visit = visit_table;
	opts.visit_arg = &sync;
	sync_find(&sync);
	opts.schema_known = knows_schema(&sync, import_schema_folder(remote));
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
	if (opts.views != NULL)
		sync_show(&sync, import->schema, opts.views);
	import_ask_clock(import);
	import_ask_base_time(import);
	import_ask_txn(import);
	return (Datum) 0;
}
