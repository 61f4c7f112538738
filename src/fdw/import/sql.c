/*-------------------------------------------------------------------------
 *
 * sql.c
 *	  The statements that make imported tables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "fdw/import/import.h"

static void
append_option(StringInfo s, const char **between, const char *name,
			  const char *value)
{
	appendStringInfo(s, "%s%s %s", *between, quote_identifier(name),
					 quote_literal_cstr(value));
	*between = ", ";
}

char *
import_name_list(const char *name)
{
	StringInfoData s;

	if (strpbrk(name, ",\" ") == NULL)
		return pstrdup(name);
	initStringInfo(&s);
	appendStringInfoChar(&s, '"');
	for (; *name != '\0'; name++)
	{
		if (*name == '"')
			appendStringInfoChar(&s, '"');
		appendStringInfoChar(&s, *name);
	}
	appendStringInfoChar(&s, '"');
	return s.data;
}

char *
import_free_name(const char *name, bool (*taken) (const char *name, void *arg),
				 void *arg)
{
	char		suffix[16] = "";
	char		result[NAMEDATALEN];

	for (int n = 1;; n++)
	{
		int			len = pg_mbcliplen(name, strlen(name),
									   NAMEDATALEN - 1 - strlen(suffix));

		CHECK_FOR_INTERRUPTS();
		snprintf(result, sizeof(result), "%.*s%s", len, name, suffix);
		if (!taken(result, arg))
			return pstrdup(result);
		if (n == 1)
			strlcpy(suffix, "_", sizeof(suffix));
		else
			snprintf(suffix, sizeof(suffix), "_%d", n);
	}
}

static void
append_column_options(StringInfo s, const ImportColumn *c, int position)
{
	const char *between = " OPTIONS (";
	const KnownColumn *model = c->model;
	ListCell   *lc;

	if (model != NULL && model->column_name != NULL)
		append_option(s, &between, "column_name", model->column_name);
	else if (c->source != NULL && strcmp(c->source, c->name) != 0)
		append_option(s, &between, "column_name", import_name_list(c->source));
	if (c->key)
		append_option(s, &between, "key", "true");
	if (c->sequence)
		append_option(s, &between, "sequence", "true");
	if (c->encoding != NULL)
		append_option(s, &between, "encoding", c->encoding);
	if (c->before != NULL)
		append_option(s, &between, "before", c->before);
	if (position > 0)
		append_option(s, &between, "position", psprintf("%d", position));
	foreach(lc, model != NULL ? model->options : NIL)
	{
		const DefElem *def = lfirst_node(DefElem, lc);

		append_option(s, &between, def->defname, strVal(def->arg));
	}
	if (c->lacks && !c->key && (model == NULL || !model->may_lack))
		append_option(s, &between, "missing", "");
	if (between[0] == ',')
		appendStringInfoChar(s, ')');
}

/* " COLLATE ..." where it is not the type's own; else "" */
static char *
collate_clause(const ImportColumn *c)
{
	HeapTuple	tuple;
	Form_pg_collation form;
	char	   *name;

	if (!OidIsValid(c->collation) ||
		c->collation == get_typcollation(c->typid))
		return "";
	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(c->collation));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", c->collation);
	form = (Form_pg_collation) GETSTRUCT(tuple);
	name = quote_qualified_identifier(get_namespace_name(form->collnamespace),
									  NameStr(form->collname));
	ReleaseSysCache(tuple);
	return psprintf(" COLLATE %s", name);
}

char *
import_column_sql(const ImportColumn *c, LogMode mode, int position)
{
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfo(&s, "%s %s", quote_identifier(c->name),
					 format_type_extended(c->typid, c->typmod,
										  FORMAT_TYPE_TYPEMOD_GIVEN |
										  FORMAT_TYPE_FORCE_QUALIFY));
	append_column_options(&s, c, position);
	appendStringInfoString(&s, collate_clause(c));
	/* all else may be NULL where a file lacks it, or a record has only a key */
	if (c->key && mode != MODE_CHANGES)
		appendStringInfoString(&s, " NOT NULL");
	return s.data;
}

/* The columns among which one with a role needs a name of its own. */
typedef struct RoleNames
{
	const ImportTable *table;
	const char *asof_column;
} RoleNames;

static bool
is_role_taken(const char *name, void *arg)
{
	const RoleNames *r = arg;

	for (int i = 0; i < r->table->ncolumns; i++)
		if (strcmp(r->table->columns[i].name, name) == 0)
			return true;
	return r->asof_column != NULL && strcmp(r->asof_column, name) == 0;
}

#define TIMESTAMPTZ		"timestamp with time zone"

/* The columns that the wrapper fills, by mode. */
static const struct
{
	LogMode		mode;
	const char *name;
	const char *type;
	const char *role;
}			roles[] = {
	{MODE_HISTORY, "valid_from", TIMESTAMPTZ, "valid_from"},
	{MODE_HISTORY, "valid_to", TIMESTAMPTZ, "valid_to"},
	{MODE_HISTORY, "end_op", "text", "end_op"},
	{MODE_CHANGES, "cdc_op", "text", "op"},
	{MODE_CHANGES, "cdc_commit_time", TIMESTAMPTZ, "commit_time"},
	{MODE_CHANGES, "cdc_file_time", TIMESTAMPTZ, "file_time"},
	{MODE_CHANGES, "cdc_file", "text", "file"},
	{MODE_CHANGES, "cdc_line", "bigint", "line"}
};

int
import_added_columns(const ImportOptions *opts, LogMode mode)
{
	int			n = opts->asof_column != NULL ? 1 : 0;

	for (int i = 0; i < lengthof(roles); i++)
		n += roles[i].mode == mode;
	return n;
}

/* Those of a mode, each under a name that is free. */
static void
append_roles(StringInfo s, RoleNames *names, LogMode mode)
{
	for (int i = 0; i < lengthof(roles); i++)
		if (roles[i].mode == mode)
			appendStringInfo(s, ",\n  %s %s OPTIONS (role '%s')",
							 quote_identifier(import_free_name(roles[i].name,
															   is_role_taken,
															   names)),
							 roles[i].type, roles[i].role);
}

char *
import_create_sql(const Import *import, const ImportTable *t, LogMode mode,
				  const char *schema)
{
	const char *name = import_mode_name(import->opts, t->name, mode);
	StringInfoData s;
	const char *between = " OPTIONS (";
	RoleNames	names = {t, import->opts->asof_column};
	int			next = 0;
	ListCell   *lc;

	initStringInfo(&s);
	appendStringInfo(&s, "CREATE FOREIGN TABLE %s (",
					 schema ? quote_qualified_identifier(schema, name) :
					 quote_identifier(name));
	for (int i = 0; i < t->ncolumns; i++)
	{
		const ImportColumn *c = &t->columns[i];
		bool		pinned = c->model != NULL && c->model->position > 0;

		appendStringInfo(&s, "%s\n  %s", i > 0 ? "," : "",
						 import_column_sql(c, mode, t->header ||
										   (c->place == next && !pinned) ?
										   0 : c->place + 1));
		next = c->place + 1;
	}
	append_roles(&s, &names, mode);
	if (import->opts->asof_column != NULL)
		appendStringInfo(&s, ",\n  %s " TIMESTAMPTZ " OPTIONS (role 'asof')",
						 quote_identifier(import->opts->asof_column));
	appendStringInfo(&s, "\n) SERVER %s",
					 quote_identifier(import->server->servername));
	foreach(lc, t->options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		append_option(&s, &between, def->defname, strVal(def->arg));
	}
	if (mode != MODE_SNAPSHOT)
		append_option(&s, &between, "mode",
					  mode == MODE_HISTORY ? "history" : "changes");
	if (mode == MODE_HISTORY && import->opts->open_end != NULL)
		append_option(&s, &between, "open_end", import->opts->open_end);
	appendStringInfoChar(&s, ')');
	return s.data;
}

static void
append_comment(StringInfo s, const char *what, const char *name,
			   const char *comment)
{
	if (comment != NULL)
		appendStringInfo(s, "; COMMENT ON %s %s IS %s", what, name,
						 quote_literal_cstr(comment));
}

char *
import_comments_sql(const char *schema, const char *table, const char *comment,
					const List *columns)
{
	const char *name = quote_qualified_identifier(schema, table);
	StringInfoData s;
	ListCell   *lc;

	initStringInfo(&s);
	append_comment(&s, "FOREIGN TABLE", name, comment);
	foreach(lc, columns)
	{
		const ImportColumn *c = lfirst(lc);

		if (c->model != NULL)
			append_comment(&s, "COLUMN",
						   psprintf("%s.%s", name, quote_identifier(c->name)),
						   c->model->comment);
	}
	return s.data;
}

/* True if different texts of the column are one value of its type. */
static bool
merges_texts(const ImportColumn *c)
{
	return c->known ? !import_type_keeps(c->typid, &c->infer) :
		!import_type_is_key(c);
}

/* The statement that makes a column of a table its key, or part of it. */
static void
append_key_statement(StringInfo s, const Import *import, const char *table,
					 const ImportColumn *c)
{
	const char *column = c != NULL ? quote_identifier(c->name) : "...";

	appendStringInfo(s, " ALTER FOREIGN TABLE %s ",
					 quote_qualified_identifier(import->into, table));
	/* different texts must stay different keys */
	if (c != NULL && merges_texts(c))
		appendStringInfo(s, "ALTER COLUMN %s TYPE text, ", column);
	appendStringInfo(s, "ALTER COLUMN %s OPTIONS (ADD key 'true');", column);
}

/* The columns that may be of the key, for who knows which of them are. */
static void
append_likely(StringInfo s, const ImportTable *t)
{
	const char *between = " Those that can be of it: ";

	for (int i = 0; i < t->ncolumns; i++)
	{
		const ImportColumn *c = &t->columns[i];

		if (!c->likely)
			continue;
		appendStringInfo(s, "%s%s", between, quote_identifier(c->name));
		if (merges_texts(c))
			appendStringInfo(s, " (with ALTER COLUMN %s TYPE text)",
							 quote_identifier(c->name));
		between = ", ";
	}
	if (between[0] == ',')
		appendStringInfoChar(s, '.');
}

/* True if a hint is for the table of that mode. */
static bool
is_meant(const Import *import, const ImportTable *t, LogMode mode,
		 const char *only)
{
	return import->opts->modes[mode] &&
		(only == NULL ||
		 strcmp(only, import_mode_name(import->opts, t->name, mode)) == 0);
}

char *
import_null_hint(const Import *import, const ImportTable *t, const char *only)
{
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfoString(&s, "To read them as NULL:");
	for (LogMode m = 0; m < LOG_MODES; m++)
		if (is_meant(import, t, m, only))
			appendStringInfo(&s, " ALTER FOREIGN TABLE %s OPTIONS (ADD on_error 'null');",
							 quote_qualified_identifier(import->into,
														import_mode_name(import->opts, t->name, m)));
	return s.data;
}

char *
import_key_hint(const Import *import, const ImportTable *t, const char *only)
{
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfoString(&s, "Name its key's columns, each by:");
	for (LogMode m = 0; m < LOG_MODES; m++)
	{
		const char *name = import_mode_name(import->opts, t->name, m);

		if (!is_meant(import, t, m, only))
			continue;
		if (!t->likely_all)
			append_key_statement(&s, import, name, NULL);
		for (int i = 0; t->likely_all && i < t->ncolumns; i++)
			if (t->columns[i].likely)
				append_key_statement(&s, import, name, &t->columns[i]);
	}
	if (!t->likely_all)
		append_likely(&s, t);
	return s.data;
}
