/*-------------------------------------------------------------------------
 *
 * json.c
 *	  Columns from JSON documents: the Glue catalogue, DMS's definitions of
 *	  external tables, and what Qlik Replicate writes beside its files.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "fdw/import/import.h"
#include "fdw/jdoc.h"

typedef enum DocumentKind
{
	DOCUMENT_GLUE,
	DOCUMENT_DMS,
	DOCUMENT_DFM,
	DOCUMENT_MAPPING
} DocumentKind;

struct TypesDocument
{
	DocumentKind kind;
	const char *label;
	JsonbContainer *root;
	JsonbContainer *tables;		/* array; NULL: root is the one table */
};

#define wrong_document(d, ...) \
	ereport(ERROR, \
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE), \
			 errmsg("%s does not describe tables", (d)->label), __VA_ARGS__))

/* ---- types ---- */

typedef struct NamedType
{
	const char *name;
	Oid			typid;
} NamedType;

static const NamedType glue_types[] = {
	{"boolean", BOOLOID}, {"tinyint", INT2OID}, {"smallint", INT2OID},
	{"int", INT4OID}, {"integer", INT4OID}, {"bigint", INT8OID},
	{"long", INT8OID}, {"float", FLOAT4OID}, {"real", FLOAT4OID},
	{"double", FLOAT8OID}, {"double precision", FLOAT8OID},
	{"decimal", NUMERICOID}, {"numeric", NUMERICOID}, {"string", TEXTOID},
	{"varchar", VARCHAROID}, {"char", BPCHAROID}, {"date", DATEOID},
	{"timestamp", TIMESTAMPOID}, {"timestamptz", TIMESTAMPTZOID},
	{"binary", BYTEAOID}, {"uuid", UUIDOID}
};

static const NamedType dms_types[] = {
	{"BOOLEAN", BOOLOID}, {"BYTE", INT2OID}, {"INT1", INT2OID},
	{"INT2", INT2OID}, {"INT4", INT4OID}, {"INT8", INT8OID},
	{"UINT1", INT2OID}, {"UINT2", INT4OID}, {"UINT4", INT8OID},
	{"UINT8", NUMERICOID}, {"NUMERIC", NUMERICOID}, {"REAL4", FLOAT4OID},
	{"REAL8", FLOAT8OID}, {"DATE", DATEOID}, {"TIME", TIMEOID},
	{"DATETIME", TIMESTAMPOID}, {"TIMESTAMP", TIMESTAMPOID},
	{"BYTES", BYTEAOID}, {"BLOB", BYTEAOID}, {"STRING", TEXTOID},
	{"WSTRING", TEXTOID}, {"CLOB", TEXTOID}, {"NCLOB", TEXTOID}
};

static Oid
find_type(const NamedType *types, int n, const char *name, size_t len)
{
	for (int i = 0; i < n; i++)
		if (strlen(types[i].name) == len &&
			pg_strncasecmp(types[i].name, name, len) == 0)
			return types[i].typid;
	return InvalidOid;
}

/* The typmod of numeric(precision, scale), -1 where there is none. */
static int32
numeric_typmod(int precision, int scale)
{
	if (precision < 1 || precision > 1000 || scale < 0 || scale > precision)
		return -1;
	return ((precision << 16) | scale) + VARHDRSZ;
}

/* decimal(10,2), varchar(20), array<int>, ... */
static void
glue_type(const char *type, KnownColumn *c)
{
	size_t		len = strcspn(type, "(<");
	int			a = 0;
	int			b = 0;

	while (len > 0 && isspace((unsigned char) type[len - 1]))
		len--;
	if (type[len] == '<' || pg_strncasecmp(type, "array", 5) == 0 ||
		pg_strncasecmp(type, "map", 3) == 0 ||
		pg_strncasecmp(type, "struct", 6) == 0 ||
		pg_strncasecmp(type, "row", 3) == 0)
	{
		c->nested = true;
		c->typid = TEXTOID;
		return;
	}
	c->typid = find_type(glue_types, lengthof(glue_types), type, len);
	if (!OidIsValid(c->typid))
		c->typid = TEXTOID;
	(void) sscanf(type + len, " ( %d , %d )", &a, &b);
	if (c->typid == NUMERICOID)
		c->typmod = numeric_typmod(a, b);
	else if ((c->typid == VARCHAROID || c->typid == BPCHAROID) &&
			 a >= 1 && a <= 10485760)
		c->typmod = a + VARHDRSZ;
	else if (c->typid == VARCHAROID || c->typid == BPCHAROID)
		c->typid = TEXTOID;
}

static void
dms_type(const char *type, const char *precision, const char *scale,
		 KnownColumn *c)
{
	c->typid = find_type(dms_types, lengthof(dms_types), type, strlen(type));
	if (!OidIsValid(c->typid))
		c->typid = TEXTOID;
	else if (pg_strcasecmp(type, "NUMERIC") == 0 && precision != NULL)
		c->typmod = numeric_typmod(atoi(precision), scale ? atoi(scale) : 0);
}

/* ---- columns ---- */

static KnownColumn *
new_column(KnownTable *t, const char *name)
{
	KnownColumn *c = palloc0(sizeof(KnownColumn));

	c->name = c->local = name;
	c->typmod = -1;
	t->columns = lappend(t->columns, c);
	return c;
}

static const char *
needed_text(const TypesDocument *d, JsonbContainer *column, const char *name)
{
	const char *text = column ? jdoc_text(column, name) : NULL;

	if (text == NULL || text[0] == '\0')
		wrong_document(d, errdetail("A column has no \"%s\".", name));
	return text;
}

/* A name that is good for a column. */
static const char *
needed_name(const TypesDocument *d, JsonbContainer *column, const char *name)
{
	const char *text = needed_text(d, column, name);

	for (const char *s = text; *s != '\0'; s++)
		if (store_control(s) > 0)
			wrong_document(d, errdetail("The name of column \"%s\" has a control character.",
										store_clean_text(text)));
	return text;
}

/* The place of a column in the key, or 0. */
static int
key_place(const TypesDocument *d, JsonbContainer *column)
{
	const char *text = jdoc_text(column, "primaryKeyPos");
	size_t		len = text != NULL ? strlen(text) : 0;

	if (text == NULL)
		return 0;
	if (len == 0 || len > 4 || strspn(text, "0123456789") != len)
		wrong_document(d, errdetail("A column's \"primaryKeyPos\" is no number from 0 to 9999."));
	return atoi(text);
}

static JsonbContainer *
needed_array(const TypesDocument *d, JsonbContainer *object,
			 const char *name)
{
	JsonbContainer *array = object ? jdoc_array(object, name) : NULL;

	if (array == NULL || jdoc_length(array) == 0)
		wrong_document(d, errdetail("A table has no \"%s\".", name));
	return array;
}

static KnownTable *
read_glue(const TypesDocument *d, JsonbContainer *table)
{
	KnownTable *t = palloc0(sizeof(KnownTable));
	JsonbContainer *columns =
		needed_array(d, jdoc_object(table, "StorageDescriptor"), "Columns");

	t->whole_records = true;
	for (int i = 0; i < jdoc_length(columns); i++)
	{
		JsonbContainer *column = jdoc_element(columns, i);

		glue_type(needed_text(d, column, "Type"),
				  new_column(t, needed_name(d, column, "Name")));
	}
	return t;
}

static KnownTable *
read_dms(const TypesDocument *d, JsonbContainer *table)
{
	KnownTable *t = palloc0(sizeof(KnownTable));
	JsonbContainer *columns = needed_array(d, table, "TableColumns");

	for (int i = 0; i < jdoc_length(columns); i++)
	{
		JsonbContainer *column = jdoc_element(columns, i);
		KnownColumn *c = new_column(t, needed_name(d, column, "ColumnName"));

		dms_type(needed_text(d, column, "ColumnType"),
				 jdoc_text(column, "ColumnPrecision"),
				 jdoc_text(column, "ColumnScale"), c);
		c->key = jdoc_true(column, "ColumnIsPk");
		t->has_key |= c->key;
	}
	return t;
}

static KnownTable *
read_dfm(const TypesDocument *d, JsonbContainer *info)
{
	KnownTable *t = palloc0(sizeof(KnownTable));
	JsonbContainer *columns = needed_array(d, info, "columns");

	for (int i = 0; i < jdoc_length(columns); i++)
	{
		JsonbContainer *column = jdoc_element(columns, i);
		KnownColumn *c = new_column(t, needed_name(d, column, "name"));

		dms_type(needed_text(d, column, "type"),
				 jdoc_text(column, "precision"), jdoc_text(column, "scale"),
				 c);
		c->key = key_place(d, column) > 0;
		t->has_key |= c->key;
	}
	return t;
}

/* ---- which table ---- */

/* Does path end in schema/table, with or without a slash? */
static bool
path_leads_to(const char *path, const char *schema, const char *table)
{
	char	   *end = psprintf("%s%s%s", schema, schema[0] ? "/" : "", table);
	size_t		n = strlen(path);
	size_t		m = strlen(end);

	if (n > 0 && path[n - 1] == '/')
		n--;
	return n >= m && strncmp(path + n - m, end, m) == 0 &&
		(n == m || path[n - m - 1] == '/');
}

static bool
is_table(const TypesDocument *d, JsonbContainer *table, const char *schema,
		 const char *name)
{
	const char *own_name;
	const char *path;
	const char *owner;

	if (d->kind == DOCUMENT_GLUE)
	{
		JsonbContainer *sd = jdoc_object(table, "StorageDescriptor");

		path = sd ? jdoc_text(sd, "Location") : NULL;
		if (path != NULL && path_leads_to(path, schema, name))
			return true;
		own_name = jdoc_text(table, "Name");
		/* a crawler's names are folded; where it lies says more */
		return path == NULL && own_name != NULL &&
			pg_strcasecmp(own_name, name) == 0;
	}
	path = jdoc_text(table, "TablePath");
	if (path != NULL && path_leads_to(path, schema, name))
		return true;
	own_name = jdoc_text(table, "TableName");
	owner = jdoc_text(table, "TableOwner");
	return own_name != NULL && pg_strcasecmp(own_name, name) == 0 &&
		(owner == NULL || owner[0] == '\0' || schema[0] == '\0' ||
		 pg_strcasecmp(owner, schema) == 0);
}

static KnownTable *
read_table(const TypesDocument *d, JsonbContainer *table)
{
	KnownTable *t = d->kind == DOCUMENT_GLUE ? read_glue(d, table) :
		d->kind == DOCUMENT_DMS ? read_dms(d, table) : read_dfm(d, table);

	t->origin = d->label;
	return t;
}

KnownTable *
json_find(const TypesDocument *d, const char *schema, const char *table)
{
	MemoryContext scratch;
	MemoryContext old;
	JsonbContainer *found = NULL;

	if (d->kind == DOCUMENT_DFM)
		return read_table(d, jdoc_object(d->root, "dataInfo"));
	if (d->tables == NULL)
		return is_table(d, d->root, schema, table) ?
			read_table(d, d->root) : NULL;
	/* a catalogue may have thousands of others */
	scratch = AllocSetContextCreate(CurrentMemoryContext,
									"cdc_fdw tables of a document",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(scratch);
	for (int i = 0; i < jdoc_length(d->tables) && found == NULL; i++)
	{
		JsonbContainer *t = jdoc_element(d->tables, i);

		CHECK_FOR_INTERRUPTS();
		if (t == NULL)
			wrong_document(d, errdetail("A table in it is no object."));
		if (is_table(d, t, schema, table))
			found = t;
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	return found != NULL ? read_table(d, found) : NULL;
}

/* ---- documents ---- */

bool
json_is_mapping(const TypesDocument *d)
{
	return d->kind == DOCUMENT_MAPPING;
}

struct JsonbContainer *
json_rules(const TypesDocument *d)
{
	return d->tables;
}

TypesDocument *
json_read(const char *text, const char *label)
{
	TypesDocument *d = palloc0(sizeof(TypesDocument));
	JsonbContainer *one;

	d->label = label;
	d->root = jdoc_read(text, label);
	if (!JsonContainerIsObject(d->root))
		wrong_document(d, errdetail("It is no JSON object."));
	if ((d->tables = jdoc_array(d->root, "TableList")) != NULL)
		d->kind = DOCUMENT_GLUE;
	else if ((one = jdoc_object(d->root, "Table")) != NULL)
	{
		d->kind = DOCUMENT_GLUE;
		d->root = one;
	}
	else if (jdoc_object(d->root, "StorageDescriptor") != NULL)
		d->kind = DOCUMENT_GLUE;
	else if ((d->tables = jdoc_array(d->root, "rules")) != NULL)
		d->kind = DOCUMENT_MAPPING;
	else if (jdoc_object(d->root, "dataInfo") != NULL)
		d->kind = DOCUMENT_DFM;
	else if ((d->tables = jdoc_array(d->root, "Tables")) != NULL ||
			 jdoc_array(d->root, "TableColumns") != NULL)
		d->kind = DOCUMENT_DMS;
	else
		wrong_document(d,
					   errhint("It should be what \"aws glue get-tables\" prints, a definition of external tables (\"TableColumns\"), or the task's table mappings (\"rules\")."));
	return d;
}

void
json_column_type(JsonbContainer *data_type, KnownColumn *c)
{
	char	   *type = data_type ? jdoc_text(data_type, "type") : NULL;

	dms_type(type ? type : "STRING",
			 data_type ? jdoc_text(data_type, "precision") : NULL,
			 data_type ? jdoc_text(data_type, "scale") : NULL, c);
}
