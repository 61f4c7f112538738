/*-------------------------------------------------------------------------
 *
 * documents.c
 *	  Any text to the readers of what operators hand over: endpoint settings,
 *	  and documents that describe tables (the Glue catalogue, DMS's own
 *	  definitions, .dfm files) or change them (table mappings).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"

#include "fdw/options/s3_settings.h"
#include "fdw/import/import.h"

#include "backend.h"

/* As those who call the readers have verified. */
static bool
is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size) == NULL &&
		pg_verifymbstr(text, (int) size, true);
}

void
fuzz_settings(const char *text, size_t size)
{
	OptionValues values = {{NULL}};

	if (is_text(text, size))
		s3_settings_read(text, &values);
}

/* Read all that is said of a column. */
static void
look_at(const KnownTable *known)
{
	ListCell   *lc;

	if (known == NULL)
		return;
	foreach(lc, known->columns)
	{
		const KnownColumn *c = lfirst(lc);

		if (c->name == NULL || strlen(c->name) > 1 << 20 ||
			(OidIsValid(c->typid) && c->typmod < -1))
			abort();
	}
}

/* A table that rules can be applied to. */
static KnownTable *
some_table(void)
{
	static const char *const names[] = {"id", "name", "Pay"};
	KnownTable *known = palloc0(sizeof(KnownTable));

	known->origin = "the test";
	for (int i = 0; i < (int) lengthof(names); i++)
	{
		KnownColumn *c = palloc0(sizeof(KnownColumn));

		c->name = c->local = names[i];
		c->typid = TEXTOID;
		c->typmod = -1;
		c->key = i == 0;
		known->columns = lappend(known->columns, c);
	}
	return known;
}

void
fuzz_tables(const char *text, size_t size)
{
	TypesDocument *document;

	if (!is_text(text, size))
		return;
	document = json_read(text, "the document");
	if (json_is_mapping(document))
	{
		KnownTable *known = some_table();

		mapping_source_table(json_rules(document), "s", "emp");
		mapping_apply(json_rules(document), "s", "emp", known);
		look_at(known);
		return;
	}
	/* by name, and as a file beside the data is read */
	look_at(json_find(document, "s", "emp"));
	look_at(json_find(document, "", ""));
}
