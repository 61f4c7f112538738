/*-------------------------------------------------------------------------
 *
 * import_mapping.c
 *	  What a task's table mappings do to tables and columns: renames, columns
 *	  that are added or left out, before images.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "fdw/import.h"
#include "fdw/jdoc.h"

/* DMS's wildcard in locators is %, for any text. */
static bool
matches(const char *pattern, const char *text)
{
	if (pattern == NULL)
		return true;
	for (; *pattern != '\0'; pattern++)
	{
		if (*pattern == '%')
		{
			for (;; text++)
			{
				if (matches(pattern + 1, text))
					return true;
				if (*text == '\0')
					return false;
			}
		}
		if (*pattern != *text++)
			return false;
	}
	return *text == '\0';
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
	for (int i = 0; i < jdoc_length(rules); i++)
	{
		JsonbContainer *rule = jdoc_element(rules, i);
		char	   *source;

		if (rule == NULL || !text_is(rule, "rule-action", "rename") ||
			!text_is(rule, "rule-target", target) ||
			!text_is(rule, "value", name))
			continue;
		source = locator_text(rule, member);
		if (source != NULL && strchr(source, '%') == NULL)
			return source;
	}
	return name;
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
		document_column_type(jdoc_object(rule, "data-type"), c);
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
		c->before = base->name;
		result = lappend(result, c);
	}
	return result;
}

static void
rename_column(JsonbContainer *rule, KnownTable *known)
{
	char	   *from = locator_text(rule, "column-name");
	char	   *to = jdoc_text(rule, "value");
	KnownColumn *c = from && to ? find_column(known, from) : NULL;

	/* its name here stays the source's */
	if (c != NULL)
	{
		c->name = to;
		c->column_name = NULL;
		c->naliases = 0;
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

void
mapping_apply(JsonbContainer *rules, const char *schema, const char *table,
			  KnownTable *known)
{
	const char *source_schema = source_name(rules, "schema", "schema-name",
											schema);
	const char *source_table = mapping_source_table(rules, schema, table);
	List	   *images = NIL;
	List	   *added = NIL;

	for (int i = 0; i < jdoc_length(rules); i++)
	{
		JsonbContainer *rule = jdoc_element(rules, i);

		if (rule == NULL || !text_is(rule, "rule-type", "transformation") ||
			!text_is(rule, "rule-target", "column") ||
			!matches(locator_text(rule, "schema-name"), source_schema) ||
			!matches(locator_text(rule, "table-name"), source_table))
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
	}
	known->columns = list_concat(known->columns, images);
	known->columns = list_concat(known->columns, added);
}
