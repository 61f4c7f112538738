/*-------------------------------------------------------------------------
 *
 * types.c
 *	  Names, types and keys from where they are known best: a local schema,
 *	  then documents, in the order they are named; then what lies beside the
 *	  files.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/comment.h"
#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "fdw/attempt.h"
#include "fdw/import/import.h"
#include "fdw/jdoc.h"
#include "fdw/options/options.h"
#include "fdw/rights.h"
#include "log/shown.h"

/* Bytes of the option, and of all documents in files together. */
#define DOCUMENT_MAX	(32 * 1024 * 1024)

/* A local schema, or a document. */
typedef struct Source
{
	Oid			schema;			/* InvalidOid: a document */
	char	   *schema_name;
	TypesDocument *document;
} Source;

typedef struct TypesFrom
{
	List	   *sources;		/* of Source */
	List	   *mappings;		/* of TypesDocument */
	size_t		fetched;		/* bytes of documents in files, so far */
} TypesFrom;

/* ---- reading the option ---- */

static void
add_document(TypesFrom *types, const char *text, const char *label)
{
	TypesDocument *d = json_read(text, label);
	Source	   *s;

	if (json_is_mapping(d))
	{
		types->mappings = lappend(types->mappings, d);
		return;
	}
	s = palloc0(sizeof(Source));
	s->document = d;
	types->sources = lappend(types->sources, s);
}

/* A whole object of at most so many bytes as text. */
static char *
fetch_document(Import *import, const char *key, const char *label,
			   size_t most)
{
	StoreReader *reader = store_read_open(import->store, key, NULL, NULL, -1,
										  most + 1);
	StringInfoData s;

	initStringInfo(&s);
	for (;;)
	{
		size_t		got;

		enlargeStringInfo(&s, 65536);
		got = store_read(reader, s.data + s.len, 65536);
		if (got == 0)
			break;
		s.len += got;
		s.data[s.len] = '\0';
	}
	store_read_close(reader);
	if (s.len > most)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 most < DOCUMENT_MAX ?
				 errmsg("%s and the documents before it are longer than %d bytes",
						label, DOCUMENT_MAX) :
				 errmsg("%s is longer than %d bytes", label, DOCUMENT_MAX)));
	return pg_any_to_server(s.data, s.len, PG_UTF8);
}

static void
add_file(Import *import, TypesFrom *types, const char *name)
{
	const char *key = name;
	const char *label;
	char	   *text;
	size_t		len = strlen(import->url);

	if (option_is_url(name))
	{
		if (strncmp(name, import->url, len) != 0 || name[len] != '/')
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("file \"%s\" of option \"types_from\" is not under the server's url \"%s\"",
							name, import->url)));
		key = name + len + 1;
	}
	option_check_folder(key, "option \"types_from\"");
	label = psprintf("file \"%s\"", store_uri(import->store, key));
	text = fetch_document(import, key, label, DOCUMENT_MAX - types->fetched);
	types->fetched += strlen(text);
	add_document(types, text, label);
	pfree(text);
}

static bool
is_file_name(const char *text)
{
	size_t		len = strlen(text);

	return strchr(text, '/') != NULL ||
		(len > 5 && pg_strcasecmp(text + len - 5, ".json") == 0);
}

static void
add_schema(TypesFrom *types, const char *name)
{
	Source	   *s = palloc0(sizeof(Source));

	s->schema = get_namespace_oid(name, true);
	if (!OidIsValid(s->schema))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema \"%s\" of option \"types_from\" does not exist",
						name),
				 errhint("It names a local schema, a file under the server's url (with a slash, or ending in .json), or is a JSON document.")));
	s->schema_name = pstrdup(name);
	types->sources = lappend(types->sources, s);
}

static void
add_name(Import *import, TypesFrom *types, const char *name)
{
	if (is_file_name(name))
		add_file(import, types, name);
	else
		add_schema(types, name);
}

/* Names and documents in one array. */
static void
add_array(Import *import, TypesFrom *types, const char *text,
		  const char *label)
{
	JsonbContainer *array = jdoc_read(text, label);

	for (int i = 0; i < jdoc_length(array); i++)
	{
		char	   *name = jdoc_element_text(array, i);
		JsonbContainer *object = name ? NULL : jdoc_element(array, i);

		if (name != NULL)
			add_name(import, types, name);
		else if (object != NULL)
			add_document(types, JsonbToCString(NULL, object, 0),
						 psprintf("element %d of option \"types_from\"", i + 1));
		else
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("element %d of option \"types_from\" is neither a name nor a document",
							i + 1)));
	}
}

TypesFrom *
types_load(Import *import)
{
	TypesFrom  *types = palloc0(sizeof(TypesFrom));
	const char *text = import->opts->types_from;
	const char *label = "option \"types_from\"";

	if (text == NULL)
		return types;
	if (strlen(text) > DOCUMENT_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s is longer than %d bytes", label, DOCUMENT_MAX)));
	while (isspace((unsigned char) *text))
		text++;
	if (*text == '{')
		add_document(types, text, label);
	else if (*text == '[')
		add_array(import, types, text, label);
	else if (*text != '\0')
		add_name(import, types, text);
	return types;
}

/* ---- a local table ---- */

/* False if a column of a foreign table of this wrapper has a role. */
static bool
read_column_options(Oid relid, AttrNumber attnum, KnownColumn *c)
{
	List	   *options = GetForeignColumnOptions(relid, attnum);
	OptionValues v = {{NULL}};
	ListCell   *lc;

	options_load(&v, options, IN_COLUMN);
	c->key = option_bool(&v, OPT_KEY, false);
	c->sequence = option_bool(&v, OPT_SEQUENCE, false);
	c->before = option_text(&v, OPT_BEFORE);
	c->encoding = v.text[OPT_ENCODING];
	c->column_name = option_text(&v, OPT_COLUMN_NAME);
	c->position = option_position(&v, OPT_POSITION);
	c->may_lack = v.text[OPT_MISSING] != NULL;
	c->naliases = option_names(&v, OPT_COLUMN_NAME, &c->aliases);
	if (c->naliases == 0)
	{
		c->aliases = palloc(sizeof(char *));
		c->aliases[c->naliases++] = c->name;
	}
	c->name = c->aliases[0];
	foreach(lc, options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		if (strcmp(def->defname, "fields") == 0 ||
			strcmp(def->defname, "missing") == 0 ||
			strcmp(def->defname, "null_on_update") == 0)
			c->options = lappend(c->options, def);
	}
	return v.text[OPT_ROLE] == NULL;
}

static KnownTable *
read_relation(Oid relid, const char *schema)
{
	KnownTable *t = palloc0(sizeof(KnownTable));
	Relation	rel = table_open(relid, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	Bitmapset  *key = RelationGetIndexAttrBitmap(rel,
												 INDEX_ATTR_BITMAP_PRIMARY_KEY);
	bool		own = rights_is_table(relid);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		KnownColumn *c;

		if (att->attisdropped)
			continue;
		c = palloc0(sizeof(KnownColumn));
		c->name = c->local = pstrdup(NameStr(att->attname));
		c->typid = att->atttypid;
		c->typmod = att->atttypmod;
		c->collation = att->attcollation;
		c->comment = GetComment(relid, RelationRelationId, att->attnum);
		c->key = bms_is_member(att->attnum - FirstLowInvalidHeapAttributeNumber,
							   key);
		if (own && !read_column_options(relid, att->attnum, c))
			continue;
		t->has_key |= c->key;
		t->columns = lappend(t->columns, c);
	}
	t->comment = GetComment(relid, RelationRelationId, 0);
	t->origin = psprintf("table \"%s.%s\"", schema,
						 RelationGetRelationName(rel));
	table_close(rel, AccessShareLock);
	return t;
}

static KnownTable *
find_relation(const Source *s, const char *table)
{
	Oid			relid = get_relname_relid(table, s->schema);

	if (!OidIsValid(relid))
		relid = get_relname_relid(asc_tolower(table, strlen(table)),
								  s->schema);
	if (!OidIsValid(relid))
		return NULL;
	switch (get_rel_relkind(relid))
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_FOREIGN_TABLE:
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
			return read_relation(relid, s->schema_name);
		default:
			return NULL;
	}
}

/* ---- a table, wherever it is known ---- */

/* A description beside the files, read where its failure can be caught. */
typedef struct Beside
{
	char	   *text;
	const char *label;
	KnownTable *known;
} Beside;

static void
read_beside(void *arg)
{
	Beside	   *b = arg;

	b->known = json_find(json_read(b->text, b->label), "", "");
}

/* A sentence without what ends it, as a reason has it. */
static char *
without_stop(char *sentence)
{
	size_t		len = strlen(sentence);

	if (len > 0 && sentence[len - 1] == '.')
		sentence[len - 1] = '\0';
	return sentence;
}

static KnownTable *
find_beside(Import *import, ImportTable *table)
{
	const Sample *s = table->dfm;
	Beside		beside = {NULL};
	ErrorData  *failure;

	if (s == NULL)
		return NULL;
	if (s->problem != NULL || !s->whole ||
		memchr(s->bytes, '\0', s->len) != NULL ||
		!pg_verify_mbstr(PG_UTF8, s->bytes, s->len, true))
	{
		table->problem = psprintf("its description \"%s\" is no text, or longer than sample_bytes",
								  sample_name(s));
		return NULL;
	}
	beside.text = shown_exactly(s->bytes, s->len);
	if (beside.text == NULL)
	{
		table->problem = psprintf("its description \"%s\" has characters that are not in the database's encoding, %s",
								  sample_name(s),
								  pg_encoding_to_char(GetDatabaseEncoding()));
		return NULL;
	}
	beside.label = psprintf("file \"%s\"",
							store_uri(import->store, s->object->key));
	failure = attempt_error(read_beside, &beside);
	if (failure != NULL)
		table->problem = psprintf("its description \"%s\" cannot be read: %s%s%s",
								  sample_name(s),
								  store_clean_text(failure->message),
								  failure->detail ? ": " : "",
								  failure->detail ?
								  without_stop(store_clean_text(failure->detail)) : "");
	return beside.known;
}

KnownTable *
types_find(Import *import, ImportTable *table)
{
	TypesFrom  *types = import->types;
	const char *schema = option_trim_slash(import->schema);
	const char *name = table->found->folder;
	KnownTable *known = NULL;
	ListCell   *lc;

	foreach(lc, types->mappings)
		name = mapping_source_table(json_rules(lfirst(lc)), schema, name);
	foreach(lc, types->sources)
	{
		const Source *s = lfirst(lc);

		if (known == NULL)
			known = OidIsValid(s->schema) ? find_relation(s, name) :
				json_find(s->document, schema, name);
	}
	if (known == NULL)
		known = find_beside(import, table);
	if (table->problem != NULL)
		return NULL;
	if (known == NULL && types->mappings != NIL)
	{
		/* what rules add stands behind columns that are not known */
		known = palloc0(sizeof(KnownTable));
		known->trailing = true;
		known->origin = "the table mappings";
	}
	foreach(lc, types->mappings)
		mapping_apply(json_rules(lfirst(lc)), schema, table->found->folder,
					  known);
	return known;
}
