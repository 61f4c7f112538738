/*-------------------------------------------------------------------------
 *
 * alter.c
 *	  The statement by which cdc_fdw_sync() completes a foreign table.
 *
 * It adds columns and options, and never alters what is there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_attribute.h"
#include "lib/stringinfo.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "fdw/import/sync/sync.h"

/* What the names of columns being added must differ from. */
typedef struct Names
{
	Oid			relid;
	List	   *added;			/* of ImportColumn, named as they will be */
} Names;

static bool
is_taken(const char *name, void *arg)
{
	const Names *names = arg;
	ListCell   *lc;

	foreach(lc, names->added)
		if (strcmp(((const ImportColumn *) lfirst(lc))->name, name) == 0)
			return true;
	return get_attnum(names->relid, name) != InvalidAttrNumber;
}

/*
 * Make it the before image of the key column whose image it is, if it is one:
 * whatever that is called here, and whatever type it has.
 */
static void
settle_image(const LogConfig *log, ImportColumn *c)
{
	const LogColumn *base = c->image_of != NULL && c->image_of->declared >= 0 ?
		&log->columns[c->image_of->declared] : NULL;

	c->before = NULL;
	if (base == NULL)
		return;
	c->typid = base->typid;
	c->typmod = base->typmod;
	c->collation = base->collation;
	if (base->key)
		c->before = base->attname;
}

/* True if a header of one of the table's logs lacks the column. */
static bool
is_lacking_somewhere(const SyncTable *e, const ImportColumn *c)
{
	ListCell   *lc;

	foreach(lc, e->views)
	{
		const ImportTable *t = &((const SyncView *) lfirst(lc))->table;
		bool		found = false;

		for (int i = 0; c->source != NULL && i < t->ncolumns; i++)
			found |= strcmp(t->columns[i].source, c->source) == 0 &&
				!t->columns[i].lacks;
		if (c->source != NULL && t->ncolumns > 0 && !found)
			return true;
	}
	return false;
}

/* A column as it is added to a table that is there. */
static ImportColumn *
added_column(const SyncTable *e, const ImportColumn *column, Names *names)
{
	const LogConfig *log = &e->opts->log;
	ImportColumn *c = palloc(sizeof(ImportColumn));

	*c = *column;
	/* records before it have no value, and a key is not made by and by */
	c->key = false;
	if (log->sequence >= 0)
		c->sequence = false;
	settle_image(log, c);
	c->lacks |= is_lacking_somewhere(e, c);
	c->name = import_free_name(c->name, is_taken, names);
	return c;
}

List *
sync_alter_columns(const SyncTable *e)
{
	Names		names = {e->relid, NIL};
	ListCell   *lc;

	foreach(lc, e->added)
		names.added = lappend(names.added,
							  added_column(e, lfirst(lc), &names));
	return names.added;
}

/* Do places follow from the order of the columns, as far as it can be seen? */
static bool
is_plain(const SyncTable *e)
{
	Relation	rel = table_open(e->relid, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	bool		plain = true;

	for (int i = 0; i < desc->natts; i++)
		plain &= !TupleDescAttr(desc, i)->attisdropped;
	table_close(rel, AccessShareLock);
	for (int i = 0; i < e->opts->log.ncolumns; i++)
		plain &= e->opts->log.columns[i].position == 0;
	return plain;
}

static void
append_columns(StringInfo s, const SyncTable *e, const List *columns)
{
	const LogConfig *log = &e->opts->log;
	int		   *places = sync_places(log);
	bool		plain = is_plain(e);
	int			next = 0;
	ListCell   *lc;

	for (int i = 0; i < log->ncolumns; i++)
		next = Max(next, places[i] + 1);
	foreach(lc, columns)
	{
		const ImportColumn *c = lfirst(lc);

		appendStringInfo(s, "%s ADD COLUMN %s", s->len > 0 ? "," : "",
						 import_column_sql(c, log->mode, log->header ||
										   (plain && c->place == next) ?
										   0 : c->place + 1));
		next = c->place + 1;
	}
}

char *
sync_alter_sql(const SyncTable *e, const List *columns)
{
	StringInfoData s;
	ListCell   *lc;

	initStringInfo(&s);
	append_columns(&s, e, columns);
	foreach(lc, e->lacking)
		appendStringInfo(&s, "%s ALTER COLUMN %s OPTIONS (ADD missing '')",
						 s.len > 0 ? "," : "",
						 quote_identifier(lfirst(lc)));
	foreach(lc, e->found)
	{
		const DefElem *def = lfirst_node(DefElem, lc);

		appendStringInfo(&s, "%s%s %s", lc == list_head(e->found) ?
						 s.len > 0 ? ", OPTIONS (ADD " : " OPTIONS (ADD " :
						 ", ADD ",
						 quote_identifier(def->defname),
						 quote_literal_cstr(strVal(def->arg)));
	}
	if (e->found != NIL)
		appendStringInfoChar(&s, ')');
	return s.len > 0 ? s.data : NULL;
}

/* True if one of the columns is inherited by a child that has none of its own. */
static bool
inherits(const SyncTable *child, const ImportColumn *c)
{
	return get_attnum(child->relid, c->name) == InvalidAttrNumber;
}

static bool
inherits_some(const SyncTable *child, const List *columns)
{
	ListCell   *lc;

	foreach(lc, columns)
		if (inherits(child, lfirst(lc)))
			return true;
	return false;
}

char *
sync_children_sql(const List *children, const List *columns)
{
	StringInfoData s;
	ListCell   *lc;

	initStringInfo(&s);
	foreach(lc, children)
	{
		const SyncTable *child = lfirst(lc);
		ListCell   *lcol;

		foreach(lcol, columns)
		{
			const ImportColumn *c = lfirst(lcol);

			if (!inherits(child, c))
				continue;
			/* columns are inherited, but not their options */
			appendStringInfo(&s, "; ALTER FOREIGN TABLE %s ALTER COLUMN %s OPTIONS (ADD missing ''",
							 quote_qualified_identifier(get_namespace_name(get_rel_namespace(child->relid)),
														child->name),
							 quote_identifier(c->name));
			if (c->source != NULL && strcmp(c->source, c->name) != 0)
				appendStringInfo(&s, ", ADD column_name %s",
								 quote_literal_cstr(import_name_list(c->source)));
			appendStringInfoChar(&s, ')');
		}
	}
	return s.data;
}

char *
sync_alter_text(const SyncTable *e, const List *columns,
				const List *children)
{
	StringInfoData s;
	ListCell   *lc;

	initStringInfo(&s);
	foreach(lc, columns)
		appendStringInfo(&s, "%s%s", s.len > 0 ? ", " : "",
						 quote_identifier(((ImportColumn *) lfirst(lc))->name));
	foreach(lc, e->lacking)
		appendStringInfo(&s, "%s%s may be missing", s.len > 0 ? ", " : "",
						 quote_identifier(lfirst(lc)));
	foreach(lc, e->found)
	{
		const DefElem *def = lfirst_node(DefElem, lc);

		appendStringInfo(&s, "%s%s %s", s.len > 0 ? ", " : "", def->defname,
						 quote_literal_cstr(strVal(def->arg)));
	}
	foreach(lc, children)
		if (inherits_some(lfirst(lc), columns))
			appendStringInfo(&s, "; what the log of %s has not may be missing there",
							 quote_identifier(((SyncTable *) lfirst(lc))->name));
	return s.data;
}
