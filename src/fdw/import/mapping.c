/*-------------------------------------------------------------------------
 *
 * mapping.c
 *	  What a task's table mappings do to tables and columns: renames, types,
 *	  columns that are added or left out, before images.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/formatting.h"

#include "fdw/import/import.h"
#include "fdw/jdoc.h"

/* DMS's wildcard in locators is %, for any text. */
static bool
matches(const char *pattern, const char *text)
{
	const char *behind = NULL;	/* what is behind the last wildcard so far */
	const char *from = NULL;	/* where in text that was looked for */

	CHECK_FOR_INTERRUPTS();
	if (pattern == NULL)
		return true;
	/* of all wildcards only the last one may have to take more */
	while (*text != '\0')
	{
		if (*pattern == '%')
		{
			behind = ++pattern;
			from = text;
		}
		else if (*pattern == *text)
		{
			pattern++;
			text++;
		}
		else if (behind != NULL)
		{
			pattern = behind;
			text = ++from;
		}
		else
			return false;
	}
	while (*pattern == '%')
		pattern++;
	return *pattern == '\0';
}

/* Rules may be thousands, and columns: what looking at one takes is freed. */
static MemoryContext
scratch_create(void)
{
	return AllocSetContextCreate(CurrentMemoryContext,
								 "cdc_fdw table mappings",
								 ALLOCSET_SMALL_SIZES);
}

static bool
text_is(JsonbContainer *object, const char *member, const char *text)
{
	char	   *own = jdoc_text(object, member);

	return own != NULL && strcmp(own, text) == 0;
}

static char *
locator_text(JsonbContainer *rule, const char *member)
{
	JsonbContainer *locator = jdoc_object(rule, "object-locator");

	return locator ? jdoc_text(locator, member) : NULL;
}

/* The source's name of what a rule renamed to this; or the name itself. */
static const char *
source_name(JsonbContainer *rules, const char *target, const char *member,
			const char *name)
{
	MemoryContext scratch = scratch_create();
	MemoryContext old = MemoryContextSwitchTo(scratch);
	const char *found = NULL;

	for (int i = 0; i < jdoc_length(rules) && found == NULL; i++)
	{
		JsonbContainer *rule = jdoc_element(rules, i);
		char	   *source = NULL;

		CHECK_FOR_INTERRUPTS();
		if (rule != NULL && text_is(rule, "rule-action", "rename") &&
			text_is(rule, "rule-target", target) &&
			text_is(rule, "value", name))
			source = locator_text(rule, member);
		if (source != NULL && strchr(source, '%') == NULL)
			found = MemoryContextStrdup(old, source);
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	return found != NULL ? found : name;
}

const char *
mapping_source_table(JsonbContainer *rules, const char *schema,
					 const char *table)
{
	return source_name(rules, "table", "table-name", table);
}

static KnownColumn *
find_column(KnownTable *known, const char *name)
{
	ListCell   *lc;

	foreach(lc, known->columns)
	{
		KnownColumn *c = lfirst(lc);

		if (strcmp(c->name, name) == 0)
			return c;
	}
	return NULL;
}

static KnownColumn *
new_column(const char *name)
{
	KnownColumn *c = palloc0(sizeof(KnownColumn));

	c->name = c->local = name;
	c->typmod = -1;
	return c;
}

/* A column that a rule adds to every record. */
static KnownColumn *
added_column(JsonbContainer *rule)
{
	char	   *name = jdoc_text(rule, "value");
	char	   *expression = jdoc_text(rule, "expression");
	KnownColumn *c;

	if (name == NULL || name[0] == '\0')
		return NULL;
	c = new_column(name);
	c->added = true;
	if (expression != NULL && strstr(expression, "AR_H_CHANGE_SEQ") != NULL)
	{
		c->sequence = true;
		c->typid = TEXTOID;
	}
	else
		json_column_type(jdoc_object(rule, "data-type"), c);
	return c;
}

/* The before images of the columns there are. */
static List *
before_images(JsonbContainer *rule, KnownTable *known)
{
	JsonbContainer *def = jdoc_object(rule, "before-image-def");
	char	   *prefix = def ? jdoc_text(def, "column-prefix") : NULL;
	char	   *suffix = def ? jdoc_text(def, "column-suffix") : NULL;
	bool		keys_only = def == NULL ||
		text_is(def, "column-filter", "pk-only") ||
		jdoc_text(def, "column-filter") == NULL;
	List	   *result = NIL;
	ListCell   *lc;

	known->before_prefix = prefix ? prefix : "";
	known->before_suffix = suffix ? suffix : "";
	if (known->trailing)
		return NIL;
	foreach(lc, known->columns)
	{
		KnownColumn *base = lfirst(lc);
		KnownColumn *c;

		if (keys_only && !base->key)
			continue;
		c = new_column(psprintf("%s%s%s", known->before_prefix, base->name,
								known->before_suffix));
		c->typid = base->typid;
		c->typmod = base->typmod;
		c->collation = base->collation;
		c->nested = base->nested;
		c->before = pstrdup(base->name);
		result = lappend(result, c);
	}
	return result;
}

/* True if a foreign table of this wrapper has it, which is as the files are. */
static bool
is_of_files(const KnownColumn *c)
{
	return c->aliases != NULL;
}

/*
 * The files call the column so; its name here stays the source's.  Each of
 * thousands of rules may give another name: only the last one is kept.
 */
static void
set_name(KnownColumn *c, const char *name)
{
	if (strlen(name) > IMPORT_NAME_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("table mappings give column \"%s\" a name of more than %d bytes",
						c->local, IMPORT_NAME_MAX)));
	if (c->renamed)
		pfree(unconstify(char *, c->name));
	c->name = pstrdup(name);
	c->renamed = true;
	c->column_name = NULL;
	c->naliases = 0;
}

static void
rename_column(JsonbContainer *rule, KnownTable *known)
{
	char	   *from = locator_text(rule, "column-name");
	char	   *to = jdoc_text(rule, "value");
	KnownColumn *c = from && to ? find_column(known, from) : NULL;

	if (c != NULL)
		set_name(c, to);
}

/*
 * The name with other text in front or at its end: add is put there, behind what
 * is cut off; NULL where cut does not stand there.
 */
static const char *
change_front(const char *name, const char *cut, const char *add)
{
	size_t		n = strlen(cut);

	return strncmp(name, cut, n) != 0 ? NULL : psprintf("%s%s", add, name + n);
}

static const char *
change_end(const char *name, const char *cut, const char *add)
{
	size_t		n = strlen(cut);
	size_t		len = strlen(name);

	if (n > len || strcmp(name + len - n, cut) != 0)
		return NULL;
	return psprintf("%s%s", pnstrdup(name, len - n), add);
}

/* Returns the name that a rule for many columns gives a column; NULL: it keeps its own. */
static const char *
changed_name(JsonbContainer *rule, const char *name)
{
	const char *action = jdoc_text(rule, "rule-action");
	const char *value = jdoc_text(rule, "value");
	const char *old = jdoc_text(rule, "old-value");

	if (action == NULL)
		return NULL;
	if (strcmp(action, "convert-lowercase") == 0)
		return str_tolower(name, strlen(name), DEFAULT_COLLATION_OID);
	if (strcmp(action, "convert-uppercase") == 0)
		return str_toupper(name, strlen(name), DEFAULT_COLLATION_OID);
	if (value == NULL)
		return NULL;
	if (strcmp(action, "add-prefix") == 0)
		return change_front(name, "", value);
	if (strcmp(action, "remove-prefix") == 0)
		return change_front(name, value, "");
	if (strcmp(action, "replace-prefix") == 0 && old != NULL)
		return change_front(name, old, value);
	if (strcmp(action, "add-suffix") == 0)
		return change_end(name, "", value);
	if (strcmp(action, "remove-suffix") == 0)
		return change_end(name, value, "");
	if (strcmp(action, "replace-suffix") == 0 && old != NULL)
		return change_end(name, old, value);
	return NULL;
}

/* Change names and types of the columns that a rule is for; scratch is reset. */
static void
change_columns(JsonbContainer *rule, KnownTable *known, MemoryContext scratch)
{
	char	   *pattern = locator_text(rule, "column-name");
	ListCell   *lc;

	foreach(lc, known->columns)
	{
		KnownColumn *c = lfirst(lc);
		MemoryContext old;
		const char *name;
		bool		type;

		if (is_of_files(c) || !matches(pattern, c->local))
			continue;
		old = MemoryContextSwitchTo(scratch);
		name = changed_name(rule, c->name);
		type = text_is(rule, "rule-action", "change-data-type");
		MemoryContextSwitchTo(old);
		if (name != NULL)
			set_name(c, name);
		MemoryContextReset(scratch);
		if (type)
		{
			c->nested = false;
			c->typmod = -1;
			c->collation = InvalidOid;
			/* which columns are of a type of the source's does not show here */
			json_column_type(locator_text(rule, "data-type") != NULL ? NULL :
								 jdoc_object(rule, "data-type"), c);
		}
	}
}

static void
remove_column(JsonbContainer *rule, KnownTable *known)
{
	char	   *pattern = locator_text(rule, "column-name");
	ListCell   *lc;

	if (pattern == NULL)
		return;
	foreach(lc, known->columns)
	{
		KnownColumn *c = lfirst(lc);

		if (matches(pattern, c->local))
			known->columns = foreach_delete_current(known->columns, lc);
	}
}

/* True if the rule changes columns of the table; scratch is reset. */
static bool
is_for(JsonbContainer *rule, const char *schema, const char *table,
	   MemoryContext scratch)
{
	MemoryContext old = MemoryContextSwitchTo(scratch);
	bool		result;

	result = rule != NULL && text_is(rule, "rule-type", "transformation") &&
		text_is(rule, "rule-target", "column") &&
		matches(locator_text(rule, "schema-name"), schema) &&
		matches(locator_text(rule, "table-name"), table);
	MemoryContextSwitchTo(old);
	MemoryContextReset(scratch);
	return result;
}

/* Where rules say which columns to include, leave out all others. */
static void
include_columns(JsonbContainer *rules, const char *schema, const char *table,
				KnownTable *known, MemoryContext scratch)
{
	List	   *patterns = NIL;
	ListCell   *lc;

	for (int i = 0; i < jdoc_length(rules); i++)
	{
		JsonbContainer *rule = jdoc_element(rules, i);
		char	   *pattern = is_for(rule, schema, table, scratch) &&
			text_is(rule, "rule-action", "include-column") ?
			locator_text(rule, "column-name") : NULL;

		if (pattern != NULL)
			patterns = lappend(patterns, pattern);
	}
	if (patterns == NIL)
		return;
	foreach(lc, known->columns)
	{
		KnownColumn *c = lfirst(lc);
		bool		included = is_of_files(c);
		ListCell   *p;

		foreach(p, patterns)
			included |= matches(lfirst(p), c->local);
		if (!included)
			known->columns = foreach_delete_current(known->columns, lc);
	}
}

void
mapping_apply(JsonbContainer *rules, const char *schema, const char *table,
			  KnownTable *known)
{
	const char *source_schema = source_name(rules, "schema", "schema-name",
											schema);
	const char *source_table = mapping_source_table(rules, schema, table);
	List	   *images = NIL;
	List	   *added = NIL;
	MemoryContext scratch = scratch_create();

	include_columns(rules, source_schema, source_table, known, scratch);
	for (int i = 0; i < jdoc_length(rules); i++)
	{
		JsonbContainer *rule = jdoc_element(rules, i);

		if (!is_for(rule, source_schema, source_table, scratch))
			continue;
		if (text_is(rule, "rule-action", "rename"))
			rename_column(rule, known);
		else if (text_is(rule, "rule-action", "remove-column"))
			remove_column(rule, known);
		else if (text_is(rule, "rule-action", "add-before-image-columns"))
			images = list_concat(images, before_images(rule, known));
		else if (text_is(rule, "rule-action", "add-column"))
		{
			KnownColumn *c = added_column(rule);

			if (c != NULL)
				added = lappend(added, c);
		}
		else
			change_columns(rule, known, scratch);
	}
	MemoryContextDelete(scratch);
	known->columns = list_concat(known->columns, images);
	known->columns = list_concat(known->columns, added);
}
