/*-------------------------------------------------------------------------
 *
 * check_upgrade.c
 *	  cdc_fdw_check_upgrade: the tables that a query cannot read, and the
 *	  option that decides.
 *
 * A new version may refuse what an older one answered by a guess.  Which
 * tables that meets shows only when they are read, and an error may wait in
 * the last record of a log: each table is therefore read to its end, with all
 * its columns, by a query like any other, and its rows go nowhere.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "access/table.h"
#include "executor/executor.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "fdw/attempt.h"
#include "fdw/options/table.h"
#include "fdw/options/options.h"
#include "fdw/owner.h"
#include "fdw/rights.h"
#include "fdw/watermark.h"

enum CheckColumn
{
	CHECK_TABLE,
	CHECK_OPTION,
	CHECK_SQLSTATE,
	CHECK_MESSAGE,
	CHECK_DETAIL,
	CHECK_HINT,
	CHECK_PLACE,
	CHECK_STATEMENT,
	CHECK_COLUMNS
};

/* Returns a foreign table's name as a statement has it, palloc'd. */
static char *
table_name(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  get_rel_name(relid));
}

/* A table that is read to its end as a query does. */
typedef struct Reading
{
	Oid			relid;
	char	   *sql;
	Query	   *query;
	PlannedStmt *plan;
} Reading;

/*
 * The query of all columns that the log gives; what is computed from others on
 * reading would run its owner's code.  No relation but the table is asked, also
 * where somebody gave its name to another one.
 */
static void
read_query(Reading *r)
{
	Relation	rel = table_open(r->relid, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	StringInfoData s;
	RangeTblEntry *rte;

	initStringInfo(&s);
	appendStringInfoString(&s, "SELECT");
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && att->attgenerated == '\0')
			appendStringInfo(&s, "%s %s", s.data[s.len - 1] == 'T' ? "" : ",",
							 quote_identifier(NameStr(att->attname)));
	}
	appendStringInfo(&s, " FROM ONLY %s", table_name(r->relid));
	r->sql = s.data;
	r->query = linitial_node(Query, pg_analyze_and_rewrite_fixedparams(linitial_node(RawStmt, pg_parse_query(s.data)),
																	   s.data, NULL, 0, NULL));
	rte = linitial_node(RangeTblEntry, r->query->rtable);
	if (list_length(r->query->rtable) != 1 || rte->relid != r->relid)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("foreign table \"%s\" was renamed meanwhile",
						RelationGetRelationName(rel))));
	table_close(rel, NoLock);
}

/*
 * Planning computes what is constant in the table's statistics and constraints,
 * by its owner's functions.
 */
static void
plan_query(void *arg)
{
	Reading    *r = arg;

	r->plan = pg_plan_query(r->query, r->sql, CURSOR_OPT_PARALLEL_OK, NULL);
}

static void
run_plan(const Reading *r)
{
	QueryDesc  *desc = CreateQueryDesc(r->plan, r->sql, GetActiveSnapshot(),
									   InvalidSnapshot, None_Receiver, NULL,
									   NULL, 0);

	ExecutorStart(desc, 0);
	executor_run_all(desc);
	ExecutorFinish(desc);
	ExecutorEnd(desc);
	FreeQueryDesc(desc);
}

static void
read_as_one(void *arg)
{
	read_query(arg);
	plan_query(arg);
	run_plan(arg);
}

/*
 * Reads a table so that no code of its owner runs with the caller's rights; arg
 * is its Oid.  Where its values run such code it is read as its owner, and then
 * he is also whose rights count: his code sees nothing that he may not read.
 */
static void
check_table(void *arg)
{
	Reading		r = {*(Oid *) arg};
	const CdcOptions *opts;
	const LogColumn *col;
	Oid			owner;

	/* from now on nobody alters the types of its columns */
	LockRelationOid(r.relid, AccessShareLock);
	opts = options_for_table(r.relid);
	col = owner_foreign_code(opts);
	owner = owner_of(r.relid);
	if (col == NULL)
	{
		read_query(&r);
		owner_call(owner, plan_query, &r);
		run_plan(&r);
	}
	else if (has_privs_of_role(GetUserId(), owner))
		owner_call(owner, read_as_one, &r);
	else
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("foreign table \"%s\" was not read",
						opts->log.foreign_table),
				 errdetail("Values of column \"%s\" may run code of \"%s\", who owns the table.",
						   col->attname, GetUserNameFromId(owner, false)),
				 errhint("Its owner can check it.")));
}

/* True if a value begins at c, and no apostrophe of a word. */
static bool
begins_value(const char *text, const char *c)
{
	return *c == '\'' && (c == text || !isalnum((unsigned char) c[-1]));
}

/* Returns the end of a quoted value, behind its last quote, or NULL. */
static const char *
value_end(const char *value)
{
	const char *end = strchr(value + 1, '\'');

	while (end != NULL && end[1] == '\'')
		end = strchr(end + 2, '\'');
	return end == NULL ? NULL : end + 1;
}

/* True if a hint names a condition, which a statement could not say. */
static bool
is_conditional(const char *hint)
{
	return pg_strncasecmp(hint, "if ", 3) == 0 || strstr(hint, " if ") != NULL ||
		strstr(hint, " If ") != NULL;
}

/*
 * Returns the value that a hint gives an option, quoted as it is there and
 * palloc'd: "allow_gaps 'true'", "before_base to 'base'".  NULL where another
 * value is in the hint, or a condition: it leaves a choice, or knows a better
 * way.
 */
static char *
hinted_value(const char *hint, const char *option)
{
	const char *name = NULL;
	const char *value = NULL;
	const char *end = NULL;

	if (is_conditional(hint))
		return NULL;
	for (const char *c = hint; *c != '\0'; c++)
	{
		if (!begins_value(hint, c))
			continue;
		if (value != NULL || (end = value_end(c)) == NULL)
			return NULL;
		value = c;
		c = end - 1;
	}
	if (value == NULL)
		return NULL;
	for (const char *c = hint; (c = strstr(c, option)) != NULL && c < value; c++)
		name = c;
	if (name == NULL)
		return NULL;
	name += strlen(option);
	name += strspn(name, "\" ");
	if (name + strlen("to ") == value && strncmp(name, "to ", 3) == 0)
		name = value;
	return name == value ? pnstrdup(value, end - value) : NULL;
}

/* Returns what the value of an option is changed by: it is there or not. */
static const char *
change_of(List *options, const char *option)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		if (strcmp(((DefElem *) lfirst(lc))->defname, option) == 0)
			return "SET";
	}
	return "ADD";
}

/*
 * Returns the statement that sets the option as the error's hint says,
 * palloc'd, or NULL where that is not one value, or the option is a column's.
 * NULL, too, where the table's owner has not the caller's privileges: his code
 * may have raised the error, and the statement would be his.
 */
static char *
mending_statement(Oid relid, const ErrorData *error)
{
	const char *option = error->constraint_name;
	OptionId	id = option_find(option);
	char	   *value = error->hint ? hinted_value(error->hint, option) : NULL;
	int			where = id == OPT_COUNT ? 0 : option_def(id)->where;
	ForeignTable *table = GetForeignTable(relid);

	if (value == NULL || !has_privs_of_role(owner_of(relid), GetUserId()))
		return NULL;
	if (where & IN_TABLE)
		return psprintf("ALTER FOREIGN TABLE %s OPTIONS (%s %s %s);",
						table_name(relid), change_of(table->options, option),
						option, value);
	if (where & IN_SERVER)
	{
		ForeignServer *server = GetForeignServer(table->serverid);

		return psprintf("ALTER SERVER %s OPTIONS (%s %s %s);",
						quote_identifier(server->servername),
						change_of(server->options, option), option, value);
	}
	/* which column a column's option belongs to, the error does not tell */
	return NULL;
}

/* Returns the file and line that an error names, palloc'd, or NULL. */
static char *
place_of(const ErrorData *error)
{
	static const char file[] = "file \"";

	if (error->context == NULL ||
		strncmp(error->context, file, strlen(file)) != 0)
		return NULL;
	return pnstrdup(error->context, strcspn(error->context, "\n"));
}

static void
put_row(ReturnSetInfo *rsinfo, Oid relid, const ErrorData *error)
{
	const char *texts[CHECK_COLUMNS] = {
		[CHECK_OPTION] = error->constraint_name,
		[CHECK_SQLSTATE] = unpack_sql_state(error->sqlerrcode),
		[CHECK_MESSAGE] = error->message,
		[CHECK_DETAIL] = error->detail,
		[CHECK_HINT] = error->hint,
		[CHECK_PLACE] = place_of(error),
		[CHECK_STATEMENT] =
		error->constraint_name ? mending_statement(relid, error) : NULL
	};
	Datum		values[CHECK_COLUMNS] = {ObjectIdGetDatum(relid)};
	bool		nulls[CHECK_COLUMNS] = {false};

	for (int i = CHECK_OPTION; i < CHECK_COLUMNS; i++)
	{
		nulls[i] = texts[i] == NULL;
		if (!nulls[i])
			values[i] = CStringGetTextDatum(texts[i]);
	}
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

CDC_FUNCTION(cdc_fdw_check_upgrade);

Datum
cdc_fdw_check_upgrade(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			serverid =
		rights_server(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	MemoryContext own;
	MemoryContext old;
	List	   *tables;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	tables = watermark_tables(serverid, GetUserId());
	own = AllocSetContextCreate(CurrentMemoryContext, "cdc_fdw check of a table",
								ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(own);
	foreach(lc, tables)
	{
		ErrorData  *error = attempt_error(check_table, &lfirst_oid(lc));

		/* the table may be gone by now */
		if (error != NULL && get_rel_name(lfirst_oid(lc)) != NULL)
			put_row(rsinfo, lfirst_oid(lc), error);
		MemoryContextReset(own);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(own);
	return (Datum) 0;
}
