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

/* A foreign table that is there already. */
typedef struct Existing
{
	Oid			relid;
	char	   *name;
	List	   *folders;		/* with slash */
	CdcOptions *opts;			/* NULL until its import is visited */
	bool		met;			/* has files */
	char	   *failure;		/* its options cannot be read */
	StringInfoData misfits;
} Existing;

typedef struct Sync
{
	Oid			serverid;
	Oid			schema;
	char	   *schema_name;
	List	   *existing;
	MemoryContext cxt;
	ReturnSetInfo *rsinfo;
} Sync;

/* ---- what is there ---- */

static void
run_sql(void *arg)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	if (SPI_execute(arg, false, 0) < 0)
		elog(ERROR, "could not execute a statement");
	SPI_finish();
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
reads_table(const Existing *e, const FoundTable *found)
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
		Existing   *e;

		if (form->ftserver != sync->serverid ||
			get_rel_namespace(form->ftrelid) != sync->schema)
			continue;
		e = palloc0(sizeof(Existing));
		e->relid = form->ftrelid;
		e->name = get_rel_name(e->relid);
		e->folders = folders_of_table(e->relid, e->name, url);
		initStringInfo(&e->misfits);
		if (e->folders != NIL)
			sync->existing = lappend(sync->existing, e);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

static void
read_existing(void *arg)
{
	Existing   *e = arg;

	e->opts = options_for_table(e->relid);
}

/* ---- comparing ---- */

/* Place of each own column among those of a file without header. */
static int
place_of(const LogConfig *log, int column)
{
	int			next = 0;

	for (int i = 0; i <= column; i++)
	{
		if (log->columns[i].role != ROLE_NONE)
			continue;
		if (log->columns[i].position > 0)
			next = log->columns[i].position - 1;
		if (i == column)
			return next;
		next++;
	}
	return -1;
}

static bool
has_name(const LogColumn *c, const char *name)
{
	for (int i = 0; i < c->nnames; i++)
		if (pg_strcasecmp(c->names[i], name) == 0)
			return true;
	return false;
}

/* The column of the table that holds this one of the files, or NULL. */
static const LogColumn *
declared_column(const CdcOptions *opts, const ImportTable *t, int i)
{
	const LogConfig *log = &opts->log;

	for (int c = 0; c < log->ncolumns; c++)
	{
		if (log->columns[c].role != ROLE_NONE)
			continue;
		if (t->columns[i].source != NULL ?
			has_name(&log->columns[c], t->columns[i].source) :
			place_of(log, c) == i)
			return &log->columns[c];
	}
	return NULL;
}

static void
append_misfit(Existing *e, const char *text)
{
	appendStringInfo(&e->misfits, "%s%s", e->misfits.len > 0 ? "; " : "",
					 text);
}

/* Does the first value that the column's type would not read exist? */
static void
check_values(const Import *import, Existing *e, const LogColumn *declared,
			 const ImportColumn *c, const Recognised *r)
{
	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];

		for (int k = f->skip; k < f->r.n; k++)
		{
			const SampleField *v = import_value(import, c, i,
												&f->r.records[k]);

			if (v == NULL || import_type_reads(declared->typid,
											   declared->typmod, v))
				continue;
			append_misfit(e, psprintf("column \"%s\" is %s, but not line %lld of \"%s\"",
									  declared->attname,
									  format_type_with_typemod(declared->typid,
															   declared->typmod),
									  (long long) f->r.records[k].line,
									  f->sample->object->key));
			return;
		}
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
		Existing   *e = lfirst(lc);

		if (!reads_table(e, t->found))
			continue;
		e->met = true;
		if (r->problem != NULL || r->nfiles == 0)
			continue;
		e->failure = attempt_call(read_existing, e);
		if (e->failure != NULL)
			continue;
		for (int i = 0; i < t->ncolumns; i++)
		{
			const LogColumn *c = declared_column(e->opts, t, i);

			if (c != NULL)
				check_values(import, e, c, &t->columns[i], r);
			/* positions that mean something else now */
			if (c != NULL && t->columns[i].source == NULL &&
				(t->columns[i].known || t->columns[i].sequence) &&
				strcmp(c->attname, t->columns[i].name) != 0 &&
				t->columns[i].sequence != c->sequence)
				append_misfit(e, psprintf("column \"%s\" stands where the log has \"%s\"",
										  c->attname, t->columns[i].name));
		}
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

static void
create_table(Sync *sync, const Import *import, const ImportTable *t,
			 LogMode mode)
{
	char	   *name = import_mode_name(import->opts, t->name, mode);
	char	   *failure;

	if (OidIsValid(get_relname_relid(name, sync->schema)))
	{
		put_row(sync, name, "skipped",
				"there is another relation of that name");
		return;
	}
	failure = attempt_call(run_sql, import_create_sql(import, t, mode,
													  sync->schema_name));
	if (failure != NULL)
		put_row(sync, name, "failed", failure);
	else
		put_row(sync, name, "created",
				psprintf("%d columns, %s", t->ncolumns,
						 t->key_origin ?
						 psprintf("key from %s", t->key_origin) :
						 "no key was found"));
}

/* A column as it is added to a table that is there. */
static char *
added_column_sql(const Existing *e, const ImportColumn *column)
{
	const LogConfig *log = &e->opts->log;
	ImportColumn c = *column;
	bool		base_there = false;

	/* records before it have no value, and a key is not made by and by */
	c.key = c.notnull = false;
	if (log->sequence >= 0)
		c.sequence = false;
	for (int i = 0; c.before != NULL && i < log->ncolumns; i++)
		base_there |= strcmp(log->columns[i].attname, c.before) == 0 &&
			log->columns[i].key && log->columns[i].typid == c.typid;
	if (!base_there)
		c.before = NULL;
	while (get_attnum(e->relid, c.name) != InvalidAttrNumber)
		c.name = psprintf("%s_", c.name);
	return import_column_sql(&c);
}

static void
update_table(Sync *sync, Existing *e, const ImportTable *t)
{
	StringInfoData sql;
	StringInfoData added;
	char	   *failure;

	if (e->failure != NULL)
	{
		put_row(sync, e->name, "failed", e->failure);
		return;
	}
	initStringInfo(&sql);
	initStringInfo(&added);
	for (int i = 0; e->opts != NULL && i < t->ncolumns; i++)
	{
		if (declared_column(e->opts, t, i) != NULL)
			continue;
		appendStringInfo(&sql, "%s ADD COLUMN %s", sql.len > 0 ? "," : "",
						 added_column_sql(e, &t->columns[i]));
		appendStringInfo(&added, "%s%s", added.len > 0 ? ", " : "",
						 quote_identifier(t->columns[i].name));
	}
	/* where positions shifted, a column more at the end would be another */
	if (sql.len == 0 || (!t->header && e->misfits.len > 0))
	{
		put_row(sync, e->name, e->misfits.len > 0 ?
				"type would not fit any more" : "unchanged",
				e->misfits.len > 0 ? e->misfits.data : NULL);
		return;
	}
	failure = attempt_call(run_sql, psprintf("ALTER FOREIGN TABLE %s%s",
										quote_qualified_identifier(sync->schema_name, e->name),
										sql.data));
	if (failure != NULL)
		put_row(sync, e->name, "failed", failure);
	else
		put_row(sync, e->name, "columns added", e->misfits.len > 0 ?
				psprintf("%s; type would not fit any more: %s", added.data,
						 e->misfits.data) : added.data);
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
		Existing   *e = lfirst(lc);

		if (!reads_table(e, t->found))
			continue;
		for (LogMode m = 0; m < LOG_MODES; m++)
			if (e->opts == NULL || e->opts->log.mode == m ||
				strcmp(e->name, import_mode_name(import->opts, t->name, m)) == 0)
				missing[m] = false;
		e->met = true;
		if (t->problem != NULL)
			put_row(sync, e->name, t->misfit ?
					"type would not fit any more" : "skipped", t->problem);
		else
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
		const Existing *e = lfirst(lc);
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
	ListCell   *lc;

	sync.schema_name = text_to_cstring(PG_GETARG_TEXT_PP(2));
	sync.serverid = functions_server(server);
	sync.schema = get_namespace_oid(sync.schema_name, false);
	sync.cxt = CurrentMemoryContext;
	InitMaterializedSRF(fcinfo, 0);
	sync.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	import_options_read(options_of_json(PG_GETARG_JSONB_P(3)), &opts);
	opts.visit = visit_table;
	opts.visit_arg = &sync;
	find_existing(&sync);
	import = import_run(sync.serverid, remote, sync.schema_name, &opts, NULL);
	store_close(import->store);
	foreach(lc, import->tables)
		sync_table(&sync, import, lfirst(lc));
	report_vanished(&sync, import);
	import_ask_clock(import);
	import_ask_base_time(import);
}
