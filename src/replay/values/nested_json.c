/*-------------------------------------------------------------------------
 *
 * nested_json.c
 *	  Columns of type json and jsonb.
 *
 * nested.h finds the parts of a text and makes JSON text of them, which the
 * column's input function reads.  Fields and elements of other types than text
 * go through their type's input function and to_json, so that they look as
 * PostgreSQL's own conversion makes them.  No setting of the session that says
 * how values are printed bears on it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "base/compat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "log/erroption.h"
#include "replay/values/nested_impl.h"
#include "replay/values/nested_json.h"
#include "replay/values/settings.h"

#define CUT_HINT "Limited LOB mode of DMS cuts long values: raise LobMaxSize in the task's settings, or let it load LOBs in full, and load the table again."

/*
 * How many bytes the values of fields and elements may take as JSON, for each
 * byte of the column's text and besides.  PostgreSQL prints the eight bytes of
 * the numeric 1e131071 as 131,072 digits.
 */
#define LEAF_RATIO	256
#define LEAF_SPARE	(1024 * 1024)

/* How the text of one field or element becomes JSON text. */
typedef struct LeafMaker
{
	InputReader input;
	FmgrInfo	to_json;
	NestedColumn *column;
} LeafMaker;

struct NestedColumn
{
	NestedEncoding encoding;
	NestedType *type;			/* of rows and arrays */
	bool		has_leaves;
	int			rare;			/* settings that printing them takes */
	const ValueStyle *style;	/* how they are read */
	MemoryContext scratch;		/* of one field or element */
	size_t		room;			/* bytes that those of this value may still take */
	NestedWork	work;
};

/* Memory in the context that arg is. */
static void *
resize_in_context(void *arg, void *old, size_t size)
{
	if (size == 0)
	{
		pfree(old);
		return NULL;
	}
	return old == NULL ? MemoryContextAllocHuge(arg, size) :
		repalloc_huge(old, size);
}

static void
hear_interrupts(void *arg)
{
	CHECK_FOR_INTERRUPTS();
}

/* ---- options ---- */

static NestedType *
read_fields_option(NestedWork *w, NestedEncoding encoding, const char *fields)
{
	NestedType *type;
	NestedResult result;

	result = encoding == NESTED_ROW ?
		nested_read_fields(w, fields, strlen(fields), &type) :
		nested_read_type(w, fields, strlen(fields), &type);
	if (result != NESTED_OK)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value for option \"fields\": \"%s\"", fields),
				 errdetail("At character %d: %s.",
						   pg_mbstrlen_with_len(fields, (int) w->at) + 1,
						   w->message),
				 encoding == NESTED_ROW ?
				 errhint("Fields read like \"lat float8, pos (x int, y int), tags text[]\".") :
				 errhint("The type of an array's elements reads like \"float8\" or \"(x int, y int)\".")));
	return type;
}

/*
 * Look up a type that option "fields" names: in pg_catalog, unless the name
 * has a schema, so that it is one type for every session.  InvalidOid where
 * there is none with such a schema and may_lack is true.
 */
static Oid
find_type(const char *name, bool may_lack, int32 *typmod)
{
	Oid			typid = InvalidOid;
	SavedSettings saved;
	volatile bool found = false;

	settings_fix(&saved, settings_iso(), RARE_PATH);
	PG_TRY();
	{
		found = parse_type_name(name, &typid, typmod);
	}
	PG_FINALLY();
	{
		settings_restore(&saved);
	}
	PG_END_TRY();
	if (!found && may_lack && strchr(name, '.') != NULL)
		return InvalidOid;
	if (!found)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("option \"fields\" names type %s, which does not exist",
						name),
				 strchr(name, '.') == NULL ?
				 errhint("A type that is not in pg_catalog is written with its schema, as in public.%s.",
						 name) : 0,
				 erroption("fields")));
	if (get_typtype(typid) == TYPTYPE_PSEUDO)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("option \"fields\" names pseudo-type %s",
						format_type_be(typid)),
				 erroption("fields")));
	return typid;
}

static void
check_types(const NestedType *type)
{
	int32		typmod;

	if (type->kind == NESTED_LEAF)
		(void) find_type(type->name, true, &typmod);
	else if (type->kind == NESTED_LIST)
		check_types(type->element);
	else if (type->kind == NESTED_RECORD)
		for (int i = 0; i < type->nfields; i++)
			check_types(type->fields[i].type);
}

void
nested_check_fields(NestedEncoding encoding, const char *fields)
{
	NestedWork	w;

	nested_init(&w, resize_in_context, CurrentMemoryContext);
	check_types(read_fields_option(&w, encoding, fields));
}

/* Look up a named type; its delimiter in arrays. */
static char
resolve_leaf(NestedType *type, NestedColumn *n)
{
	LeafMaker  *leaf;
	Oid			typid;
	HeapTuple	tuple;
	Form_pg_type form;
	char		delimiter;
	int32		typmod;

	typid = find_type(type->name, false, &typmod);
	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(typid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", typid);
	form = (Form_pg_type) GETSTRUCT(tuple);
	delimiter = form->typdelim;
	ReleaseSysCache(tuple);
	if ((typid == TEXTOID || typid == VARCHAROID) && typmod < 0)
	{
		type->kind = NESTED_STRING;
		return delimiter;
	}
	leaf = palloc0(sizeof(LeafMaker));
	input_open(&leaf->input, typid, typmod, CurrentMemoryContext);
	leaf->column = n;
	n->rare |= input_rare_settings(typid);
	n->has_leaves = true;
	fmgr_info(F_TO_JSON, &leaf->to_json);
	/* to_json looks there for the type of its argument */
	fmgr_info_set_expr((Node *) makeFuncExpr(F_TO_JSON, JSONOID,
											 list_make1(makeNullConst(typid,
																	  typmod,
																	  InvalidOid)),
											 InvalidOid, InvalidOid,
											 COERCE_EXPLICIT_CALL),
					   &leaf->to_json);
	type->leaf = leaf;
	return delimiter;
}

/* Look up all named types; gives the delimiter of a list of this type. */
static char
resolve(NestedType *type, NestedColumn *n)
{
	switch (type->kind)
	{
		case NESTED_LEAF:
			return resolve_leaf(type, n);
		case NESTED_LIST:
			type->delimiter = resolve(type->element, n);
			return type->delimiter;
		case NESTED_RECORD:
			for (int i = 0; i < type->nfields; i++)
				resolve(type->fields[i].type, n);
			return ',';
		default:
			return ',';
	}
}

static void
fields_error_callback(void *arg)
{
	const LogColumn *col = arg;

	errcontext("option \"fields\" of column \"%s\"", col->attname);
}

/* The type that option "fields" of a column declares. */
static void
read_type(NestedColumn *n, const LogColumn *col)
{
	const char *fields = col->fields ? col->fields : "text";
	ErrorContextCallback callback;
	NestedType *list;

	callback.callback = fields_error_callback;
	callback.arg = unconstify(LogColumn *, col);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	n->scratch = AllocSetContextCreate(CurrentMemoryContext, "cdc_fdw element",
									   ALLOCSET_SMALL_SIZES);
	n->type = read_fields_option(&n->work, n->encoding, fields);
	if (n->encoding == NESTED_ARRAY && n->type->kind != NESTED_LIST)
	{
		list = palloc0(sizeof(NestedType));
		list->kind = NESTED_LIST;
		list->element = n->type;
		n->type = list;
	}
	resolve(n->type, n);
	error_context_stack = callback.previous;
}

NestedColumn *
nested_open(const LogColumn *col, const ValueStyle *style)
{
	Oid			base = getBaseType(col->typid);
	NestedColumn *n;

	if (base != JSONOID && base != JSONBOID)
		return NULL;
	n = palloc0(sizeof(NestedColumn));
	n->encoding = col->encoding == NESTED_NONE ? NESTED_JSON : col->encoding;
	n->style = style;
	nested_init(&n->work, resize_in_context, CurrentMemoryContext);
	n->work.pause = hear_interrupts;
	if (n->encoding == NESTED_ROW || n->encoding == NESTED_ARRAY)
		read_type(n, col);
	return n;
}

void
nested_check_column(const LogColumn *col)
{
	if (col->encoding == NESTED_NONE)
		return;
	if (nested_open(col, settings_iso()) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("column \"%s\" has option \"encoding\" and type %s",
						col->attname, format_type_be(col->typid)),
				 errhint("Declare it as jsonb or json; arrays, rows and hstore can also be read as such, without the option.")));
}

/* ---- values ---- */

/*
 * A value may have millions of these, and its functions leave a kilobyte for
 * each.
 */
static NestedResult
leaf_value(void *arg, NestedWork *w, const char *s, size_t len)
{
	LeafMaker  *leaf = arg;
	NestedColumn *n = leaf->column;
	MemoryContext outer;
	NestedResult result;
	Datum		value;
	text	   *json;
	size_t		size;

	CHECK_FOR_INTERRUPTS();
	outer = MemoryContextSwitchTo(n->scratch);
	(void) input_read(&leaf->input, unconstify(char *, s), n->style, &value,
					  NULL);
	json = DatumGetTextPP(FunctionCall1(&leaf->to_json, value));
	size = VARSIZE_ANY_EXHDR(json);
	if (size > n->room)
		result = nested_fail(w, NESTED_TOO_LONG, 0,
							 "its values take over 1 MB, and 256 times as many bytes, as JSON");
	else
	{
		n->room -= size;
		result = nested_put(w, VARDATA_ANY(json), size);
	}
	MemoryContextSwitchTo(outer);
	MemoryContextReset(n->scratch);
	return result;
}

static NestedResult
convert_text(NestedColumn *n, const char *text, size_t len)
{
	NestedWork *w = &n->work;
	NestedResult result;

	switch (n->encoding)
	{
		case NESTED_HSTORE:
			return nested_hstore(w, text, len);
		case NESTED_ROW:
			return nested_row(w, n->type, leaf_value, text, len);
		case NESTED_ARRAY:
			return nested_array(w, n->type, leaf_value, text, len);
		case NESTED_HIVE:
			return nested_hive(w, text, len);
		case NESTED_HIVE_LAX:
			result = nested_hive(w, text, len);
			return result == NESTED_OK || result == NESTED_TOO_LONG ? result :
				nested_string(w, text, len);
		default:
			elog(ERROR, "unexpected encoding %d", n->encoding);
			return NESTED_BAD;
	}
}

/* Values are printed as every session would read them, in the table's zone. */
static NestedResult
convert_typed(NestedColumn *n, const char *text, size_t len)
{
	ValueStyle	print = *settings_iso();
	SavedSettings saved;
	volatile NestedResult result = NESTED_BAD;

	print.zone = n->style->zone;
	n->room = LEAF_SPARE + LEAF_RATIO * len;
	settings_fix(&saved, &print, n->rare);
	PG_TRY();
	{
		result = convert_text(n, text, len);
	}
	PG_FINALLY();
	{
		settings_restore(&saved);
	}
	PG_END_TRY();
	return result;
}

static void
report(const NestedColumn *n, NestedResult result, size_t len)
{
	static const char *const kinds[] = {
		[NESTED_HSTORE] = "hstore", [NESTED_ROW] = "row",
		[NESTED_ARRAY] = "array", [NESTED_HIVE] = "Hive",
		[NESTED_HIVE_LAX] = "Hive"
	};
	const char *kind = kinds[n->encoding];
	const NestedWork *w = &n->work;

	switch (result)
	{
		case NESTED_CUT:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("%s text is cut short after %zu bytes", kind, len),
					 errhint(CUT_HINT)));
			break;
		case NESTED_AMBIGUOUS:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("%s text has more than one reading", kind),
					 errdetail("At byte %zu of it: %s.", w->at + 1, w->message),
					 errhint("encoding 'hive_lax' keeps such text as a JSON string.")));
			break;
		case NESTED_TOO_DEEP:
		case NESTED_TOO_LONG:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("cannot read %s text", kind),
					 errdetail("At byte %zu of it: %s.", w->at + 1, w->message)));
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("malformed %s text", kind),
					 errdetail("At byte %zu of it: %s.", w->at + 1, w->message),
					 n->encoding == NESTED_ROW ?
					 errhint("Does option \"fields\" name every field, in order?") :
					 errhint("Is option \"encoding\" what the source wrote?")));
	}
}

/*
 * JSON text that was refused: say so where it is the front part of one.  Only
 * then is it looked at here.
 */
static void
json_error_callback(void *arg)
{
	const char *text = arg;
	size_t		len = strlen(text);
	bool		container;

	if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION ||
		nested_check_json(text, len, &container) != NESTED_CUT ||
		len == strspn(text, " \t\r\n"))
		return;
	errmsg("JSON text is cut short after %zu bytes", len);
	errhint(CUT_HINT);
}

void
nested_check_end(const char *data, uint32 len)
{
	if (nested_utf8_is_cut(data, len))
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("text is cut short inside of a character, after %u bytes",
						len),
				 errhint(CUT_HINT)));
}

void
nested_check_hstore(const char *text)
{
	size_t		len = strlen(text);

	if (nested_hstore_is_cut(text, len))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("hstore text is cut short after %zu bytes", len),
				 errhint(CUT_HINT)));
}

Datum
nested_input(NestedColumn *n, InputReader *input, char *text)
{
	ErrorContextCallback callback;
	NestedResult result;
	size_t		len = strlen(text);
	Datum		value;

	callback.callback = json_error_callback;
	callback.arg = text;
	callback.previous = error_context_stack;
	if (n->encoding == NESTED_JSON)
		error_context_stack = &callback;
	else
	{
		result = n->has_leaves ? convert_typed(n, text, len) :
			convert_text(n, text, len);
		if (result != NESTED_OK)
			report(n, result, len);
		text = n->work.out.data;
	}
	/* PostgreSQL's parser of JSON hears none, however long the text */
	CHECK_FOR_INTERRUPTS();
	(void) input_read(input, text, n->style, &value, NULL);
	error_context_stack = callback.previous;
	CHECK_FOR_INTERRUPTS();
	return value;
}
