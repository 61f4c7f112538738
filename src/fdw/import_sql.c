/*-------------------------------------------------------------------------
 *
 * import_sql.c
 *	  The statements that make imported tables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "lib/stringinfo.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "fdw/import.h"

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

static void
append_column_options(StringInfo s, const ImportColumn *c)
{
	const char *between = " OPTIONS (";

	if (c->source != NULL && strcmp(c->source, c->name) != 0)
		append_option(s, &between, "column_name", import_name_list(c->source));
	if (c->key)
		append_option(s, &between, "key", "true");
	if (c->sequence)
		append_option(s, &between, "sequence", "true");
	if (c->encoding != NULL)
		append_option(s, &between, "encoding", c->encoding);
	if (c->before != NULL)
		append_option(s, &between, "before", c->before);
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
import_column_sql(const ImportColumn *c)
{
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfo(&s, "%s %s", quote_identifier(c->name),
					 format_type_extended(c->typid, c->typmod,
										  FORMAT_TYPE_TYPEMOD_GIVEN |
										  FORMAT_TYPE_FORCE_QUALIFY));
	append_column_options(&s, c);
	appendStringInfoString(&s, collate_clause(c));
	if (c->notnull)
		appendStringInfoString(&s, " NOT NULL");
	return s.data;
}

/* A column that the wrapper fills, under a name that is free. */
static void
append_role(StringInfo s, const ImportTable *t, const char *name,
			const char *type, const char *role)
{
	bool		taken = true;

	while (taken)
	{
		taken = false;
		for (int i = 0; i < t->ncolumns; i++)
			taken |= strcmp(t->columns[i].name, name) == 0;
		if (taken)
			name = psprintf("%s_", name);
	}
	appendStringInfo(s, ",\n  %s %s OPTIONS (role '%s')",
					 quote_identifier(name), type, role);
}

static void
append_roles(StringInfo s, const ImportTable *t, LogMode mode)
{
	const char *time = "timestamp with time zone";

	if (mode == MODE_HISTORY)
	{
		append_role(s, t, "valid_from", time, "valid_from");
		append_role(s, t, "valid_to", time, "valid_to");
		append_role(s, t, "end_op", "text", "end_op");
	}
	else if (mode == MODE_CHANGES)
	{
		append_role(s, t, "cdc_op", "text", "op");
		append_role(s, t, "cdc_commit_time", time, "commit_time");
		append_role(s, t, "cdc_file_time", time, "file_time");
		append_role(s, t, "cdc_file", "text", "file");
		append_role(s, t, "cdc_line", "bigint", "line");
	}
}

char *
import_create_sql(const Import *import, const ImportTable *t, LogMode mode,
				  const char *schema)
{
	const char *name = import_mode_name(import->opts, t->name, mode);
	StringInfoData s;
	const char *between = " OPTIONS (";
	ListCell   *lc;

	initStringInfo(&s);
	appendStringInfo(&s, "CREATE FOREIGN TABLE %s (",
					 schema ? quote_qualified_identifier(schema, name) :
					 quote_identifier(name));
	for (int i = 0; i < t->ncolumns; i++)
		appendStringInfo(&s, "%s\n  %s", i > 0 ? "," : "",
						 import_column_sql(&t->columns[i]));
	append_roles(&s, t, mode);
	if (import->opts->asof_column != NULL)
		appendStringInfo(&s, ",\n  %s timestamp with time zone OPTIONS (role 'asof')",
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

char *
import_key_hint(const Import *import, const ImportTable *t)
{
	return psprintf("Name its key's columns, each by: ALTER FOREIGN TABLE %s ALTER COLUMN %s OPTIONS (ADD key 'true');",
					quote_qualified_identifier(import->into, t->name),
					t->ncolumns > 0 ? quote_identifier(t->columns[0].name) :
					"...");
}
