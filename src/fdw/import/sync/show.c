/*-------------------------------------------------------------------------
 *
 * show.c
 *	  Views beside the foreign tables, for programs that list no foreign tables.
 *
 * A view shows the columns of its table and nothing else, so that a condition
 * on it reaches the scan as if it named the table.  It is made anew only where
 * the table has got columns.  What the user did to it stays: the names of its
 * columns, its options, owner and privileges.
 *
 * A view that shows less may have been made to hide the rest.  No catalog tells
 * whether a table's column is newer than a view, so the query does, by what it
 * calls the table: all_2_columns means that the two columns shown were all that
 * there were.  Dumps keep that, and a query of somebody's own has it not, or has
 * another number of columns.
 *
 * A view reads as its owner what the table's owner decides, who can let the
 * table read something else at any time.  So only such tables have one whose
 * owner could read all that the view's owner can.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/comment.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "fdw/attempt.h"
#include "fdw/owner.h"
#include "fdw/import/sync/sync.h"

/* A column of the table, as its view has it. */
typedef struct Shown
{
	AttrNumber	attnum;
	const char *name;			/* in the view */
} Shown;

/* A comment that types_from gives a table (attnum 0) or a column of it. */
typedef struct Said
{
	AttrNumber	attnum;
	const char *comment;
} Said;

/* A view, its table, and what the run does about them. */
typedef struct Showing
{
	Oid			schema;			/* the view's */
	const SyncTable *e;
	const List *said;			/* of Said: what was heard of it */
	char	   *view;			/* its name with schema, quoted */
	char	   *table;			/* likewise */
	/* found */
	Oid			viewid;			/* InvalidOid: there is none */
	List	   *columns;		/* of Shown; those that are new are the last */
	int			nold;
	bool		had_all;		/* nothing was hidden when it was made */
	/* done */
	const char *status;
	const char *detail;			/* or NULL */
} Showing;

static void
run(void *sql)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	if (SPI_execute(sql, false, 0) < 0)
		elog(ERROR, "could not execute a statement");
	SPI_finish();
}

/* ---- comments ---- */

static void
say(SyncTable *e, AttrNumber attnum, const char *comment)
{
	Said	   *said;

	if (comment == NULL || comment[0] == '\0')
		return;
	said = palloc(sizeof(Said));
	said->attnum = attnum;
	said->comment = pstrdup(comment);
	e->said = lappend(e->said, said);
}

void
sync_hear(SyncTable *e, const ImportTable *t)
{
	/* one of several logs is enough to learn it from */
	if (e->said != NIL)
		return;
	say(e, 0, t->comment);
	for (int i = 0; i < t->ncolumns; i++)
	{
		const ImportColumn *c = &t->columns[i];

		if (c->declared >= 0 && c->model != NULL)
			say(e, e->opts->log.columns[c->declared].attnum,
				c->model->comment);
	}
}

/* The comment that a view shows of a table or its column, or NULL. */
static const char *
comment_of(const Showing *s, AttrNumber attnum)
{
	ListCell   *lc;

	foreach(lc, s->said)
	{
		const Said *said = lfirst(lc);

		if (said->attnum == attnum)
			return said->comment;
	}
	return GetComment(s->e->relid, RelationRelationId, attnum);
}

/* Add the statement that gives the view a comment, unless it has that one. */
static void
append_comment(StringInfo sql, const Showing *s, AttrNumber of,
			   AttrNumber attnum, const char *name)
{
	const char *comment = comment_of(s, of);
	const char *old = OidIsValid(s->viewid) ?
		GetComment(s->viewid, RelationRelationId, attnum) : NULL;

	if (comment == NULL || (old != NULL && strcmp(old, comment) == 0))
		return;
	appendStringInfo(sql, "; COMMENT ON %s %s%s%s IS %s",
					 name ? "COLUMN" : "VIEW", s->view, name ? "." : "",
					 name ? quote_identifier(name) : "",
					 quote_literal_cstr(comment));
}

static char *
comments_sql(const Showing *s)
{
	StringInfoData sql;
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&sql);
	append_comment(&sql, s, 0, 0, NULL);
	foreach(lc, s->columns)
	{
		const Shown *c = lfirst(lc);

		append_comment(&sql, s, c->attnum, ++n, c->name);
	}
	return sql.data;
}

/* ---- the view that is there ---- */

/* Returns the mark of a view that shows these (of Shown) as all columns; palloc'd. */
static char *
alias_of(const List *columns)
{
	Bitmapset  *attnums = NULL;
	ListCell   *lc;

	/* a user's may show one twice */
	foreach(lc, columns)
		attnums = bms_add_member(attnums, ((const Shown *) lfirst(lc))->attnum);
	return psprintf("all_%d_columns", bms_num_members(attnums));
}

/*
 * Fill the columns with those of the view.  False where it is not one that
 * shows columns of this table and nothing else.
 */
static bool
read_view(Showing *s, Relation rel)
{
	Query	   *query;
	const RangeTblEntry *rte;
	int			base;
	ListCell   *lc;

	if (rel->rd_rel->relkind != RELKIND_VIEW)
		return false;
	query = get_view_query(rel);
	/* that is also one without DISTINCT, LIMIT, groups, and so on */
	if (view_query_is_auto_updatable(query, false) != NULL ||
		query->jointree->quals != NULL || query->sortClause != NIL ||
		query->rowMarks != NIL)
		return false;
	base = linitial_node(RangeTblRef, query->jointree->fromlist)->rtindex;
	rte = rt_fetch(base, query->rtable);
	if (rte->relid != s->e->relid)
		return false;
	foreach(lc, query->targetList)
	{
		const TargetEntry *entry = lfirst_node(TargetEntry, lc);
		const Var  *var = (const Var *) entry->expr;
		Shown	   *c;

		if (entry->resjunk || !IsA(var, Var) || var->varno != base ||
			var->varattno <= 0)
			return false;
		c = palloc(sizeof(Shown));
		c->attnum = var->varattno;
		/* the query has the name from before it was renamed */
		c->name = pstrdup(NameStr(TupleDescAttr(RelationGetDescr(rel),
												entry->resno - 1)->attname));
		s->columns = lappend(s->columns, c);
	}
	s->had_all = rte->alias != NULL &&
		strcmp(rte->alias->aliasname, alias_of(s->columns)) == 0;
	return true;
}

/* Likewise find and lock it; true if there is none. */
static bool
find_view(Showing *s)
{
	Relation	rel;
	bool		ours;

	for (;;)
	{
		s->viewid = get_relname_relid(s->e->name, s->schema);
		if (!OidIsValid(s->viewid))
			return true;
		/* nobody may replace it before that is done here, by its owner */
		LockRelationOid(s->viewid, relation_is_owned(s->viewid) ?
						ShareUpdateExclusiveLock : AccessShareLock);
		if (get_relname_relid(s->e->name, s->schema) == s->viewid)
			break;
	}
	rel = relation_open(s->viewid, NoLock);
	ours = read_view(s, rel);
	relation_close(rel, NoLock);
	return ours;
}

/* Whom the view reads as, or will. */
static Oid
reader_of(const Showing *s)
{
	return OidIsValid(s->viewid) ? owner_of(s->viewid) : GetUserId();
}

/* True if the view gives the table's owner rights that he has not himself. */
static bool
lends_rights(const Showing *s)
{
	Oid			owner = owner_of(s->e->relid);

	return OidIsValid(owner) && !has_privs_of_role(owner, reader_of(s));
}

/* Why there is no view of such a table, or should be none; palloc'd. */
static char *
lending_text(const Showing *s)
{
	bool		there = OidIsValid(s->viewid);
	char	   *owner = GetUserNameFromId(owner_of(s->e->relid), false);
	char	   *reader = GetUserNameFromId(reader_of(s), false);

	return psprintf("it %s as \"%s\" what \"%s\" decides, who owns %s%s%s%s",
					there ? "reads" : "would read", reader, owner, s->table,
					there ? "; to end that: DROP VIEW " : "",
					there ? s->view : "", there ? ";" : "");
}

/* ---- the statement ---- */

/* Add the table's columns that the view has not. */
static void
add_columns(Showing *s)
{
	Relation	rel = table_open(s->e->relid, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	Bitmapset  *old = NULL;
	ListCell   *lc;

	s->nold = list_length(s->columns);
	foreach(lc, s->columns)
		old = bms_add_member(old, ((const Shown *) lfirst(lc))->attnum);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Shown	   *c;

		if (att->attisdropped || bms_is_member(att->attnum, old))
			continue;
		c = palloc(sizeof(Shown));
		c->attnum = att->attnum;
		c->name = pstrdup(NameStr(att->attname));
		s->columns = lappend(s->columns, c);
	}
	table_close(rel, AccessShareLock);
}

/* " WITH (...)", since a view that is replaced loses the options it had. */
static char *
options_clause(Oid viewid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(viewid));
	StringInfoData sql;
	Datum		options;
	bool		isnull = true;
	ListCell   *lc;

	initStringInfo(&sql);
	if (!HeapTupleIsValid(tuple))
		return sql.data;
	options = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_reloptions, &isnull);
	foreach(lc, isnull ? NIL : untransformRelOptions(options))
	{
		const DefElem *def = lfirst_node(DefElem, lc);

		appendStringInfo(&sql, "%s%s=%s", sql.len > 0 ? ", " : " WITH (",
						 quote_identifier(def->defname),
						 quote_literal_cstr(strVal(def->arg)));
	}
	if (sql.len > 0)
		appendStringInfoChar(&sql, ')');
	ReleaseSysCache(tuple);
	return sql.data;
}

static char *
create_sql(const Showing *s)
{
	const char *between = " ";
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE%s VIEW %s%s AS SELECT",
					 OidIsValid(s->viewid) ? " OR REPLACE" : "", s->view,
					 options_clause(s->viewid));
	foreach(lc, s->columns)
	{
		const Shown *c = lfirst(lc);
		const char *name = get_attname(s->e->relid, c->attnum, false);

		appendStringInfo(&sql, "%s%s", between, quote_identifier(name));
		if (strcmp(name, c->name) != 0)
			appendStringInfo(&sql, " AS %s", quote_identifier(c->name));
		between = ", ";
	}
	appendStringInfo(&sql, " FROM %s %s", s->table, alias_of(s->columns));
	return sql.data;
}

/* The names of the columns that the view gets. */
static char *
added_text(const Showing *s)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = s->nold; i < list_length(s->columns); i++)
		appendStringInfo(&text, "%s%s", i > s->nold ? ", " : "",
						 quote_identifier(((const Shown *) list_nth(s->columns,
																	i))->name));
	return text.data;
}

/* Why a view is not completed, and how to have it so; palloc'd. */
static char *
hiding_text(const Showing *s)
{
	return psprintf("it does not show %s of %s, which may be hidden on purpose: cdc_fdw_sync completes its own views alone; to have one made that shows all: DROP VIEW %s;",
					added_text(s), s->table, s->view);
}

/* Run it, and make sure that its names were those of the table and its view. */
static void
run_checked(Showing *s, char *sql)
{
	run(sql);
	s->columns = NIL;
	if (!find_view(s) || !OidIsValid(s->viewid) || lends_rights(s))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a schema was renamed meanwhile; the next run makes the view")));
}

/* Make or complete the view of a table; raises what PostgreSQL raises of it. */
static void
show_table(void *arg)
{
	Showing    *s = arg;
	char	   *comments;
	bool		made;

	if (!find_view(s))
	{
		s->status = "skipped";
		s->detail = psprintf("there is another relation of that name, or a view that does not show just columns of %s",
							 s->table);
		return;
	}
	/* its owner stays who he is until the view is there */
	if (!lends_rights(s))
		LockRelationOid(s->e->relid, AccessShareLock);
	if (lends_rights(s))
	{
		s->status = "skipped";
		s->detail = lending_text(s);
		return;
	}
	add_columns(s);
	if (OidIsValid(s->viewid) && !s->had_all &&
		list_length(s->columns) > s->nold)
	{
		s->status = "skipped";
		s->detail = hiding_text(s);
		return;
	}
	comments = comments_sql(s);
	made = !OidIsValid(s->viewid) || list_length(s->columns) > s->nold;
	s->status = !OidIsValid(s->viewid) ? "created" : made ? "columns added" :
		comments[0] != '\0' ? "comments changed" : "unchanged";
	s->detail = !OidIsValid(s->viewid) ? psprintf("view of %s", s->table) :
		made ? added_text(s) : NULL;
	if (made)
		run_checked(s, psprintf("%s%s", create_sql(s), comments));
	else if (comments[0] != '\0')
		run(comments + strlen("; "));
}

void
sync_show_schema(const char *name)
{
	Oid			schema = get_namespace_oid(name, true);
	ErrorData  *failure;

	if (OidIsValid(schema))
	{
		check_schema_create(schema, name);
		return;
	}
	failure = attempt_error(run, psprintf("CREATE SCHEMA %s",
										  quote_identifier(name)));
	if (failure != NULL)
		ereport(ERROR,
				(errcode(failure->sqlerrcode),
				 errmsg("schema \"%s\" for the views is not there and could not be made: %s",
						name, failure->message),
				 errhint("Let somebody make it who may: CREATE SCHEMA %s AUTHORIZATION %s;",
						 quote_identifier(name),
						 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
}

void
sync_show(const Sync *sync, const char *folder, const char *schema)
{
	Sync		now = *sync;
	MemoryContext own = AllocSetContextCreate(CurrentMemoryContext,
											  "cdc_fdw sync views",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	ListCell   *lc;

	/* with those that were made */
	now.existing = NIL;
	sync_find(&now);
	old = MemoryContextSwitchTo(own);
	foreach(lc, now.existing)
	{
		const SyncTable *e = lfirst(lc);
		const SyncTable *compared = sync_existing(sync, e->relid);
		Showing		s = {
			.schema = get_namespace_oid(schema, false),
			.e = e,
			.said = compared != NULL ? compared->said : NIL
		};
		char	   *failure;

		if (!sync_lies_in(e, folder))
			continue;
		s.view = quote_qualified_identifier(schema, e->name);
		s.table = quote_qualified_identifier(get_namespace_name(sync->schema),
											 e->name);
		failure = attempt_call(show_table, &s);
		sync_report(sync, s.view, failure ? "failed" : s.status,
					failure ? failure : s.detail);
		MemoryContextReset(own);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(own);
}
