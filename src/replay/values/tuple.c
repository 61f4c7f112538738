/*-------------------------------------------------------------------------
 *
 * tuple.c
 *	  Text of the log to typed values.
 *
 * What a text leaves to settings is decided by the table's options, never by
 * the session (input.c): an answer must not change with its reader.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "replay/values/convert.h"
#include "replay/values/guard.h"
#include "replay/values/holds.h"
#include "replay/values/input.h"
#include "replay/values/nested_json.h"
#include "replay/values/tuple.h"

typedef struct ColumnMaker
{
	InputReader input;
	bool		is_domain;
	ConvertFunction convert;	/* the direct way, or NULL */
	bool		textual;		/* it takes verified text */
	bool		is_bytea;
	bool		is_hstore;
	/* where values may fail */
	bool		leaf;			/* nothing it calls has HOLDS_CODE */
	MemoryContext input_ctx;	/* what input keeps */
	NestedColumn *nested;		/* json and jsonb, else NULL */
} ColumnMaker;

/* A value to be made under guard. */
typedef struct TryValue
{
	TupleMaker *t;
	ColumnMaker *c;
	const Cell *cell;
	Datum		value;
	ErrorData  *error;			/* reported, not raised */
} TryValue;

struct TupleMaker
{
	const LogConfig *config;
	LogPosition *position;
	bool		utc;			/* value_zone is UTC */
	ColumnMaker *columns;
	char	   *text;			/* a value with a zero byte behind it */
	Size		text_size;
};

/* True if it is the type that extension hstore makes. */
static bool
type_is_hstore(Oid typid)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(typid));
	bool		result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", typid);
	result = strcmp(NameStr(((Form_pg_type) GETSTRUCT(tuple))->typname),
					"hstore") == 0;
	ReleaseSysCache(tuple);
	return result;
}

TupleMaker *
tuple_open(const LogConfig *config, LogPosition *position)
{
	TupleMaker *t = palloc0(sizeof(TupleMaker));
	const char *zone = pg_get_timezone_name(config->style.zone);

	t->config = config;
	t->position = position;
	t->utc = pg_strcasecmp(zone, "UTC") == 0 || pg_strcasecmp(zone, "GMT") == 0;
	t->columns = palloc0(sizeof(ColumnMaker) * Max(config->ncolumns, 1));
	for (int i = 0; i < config->ncolumns; i++)
	{
		ColumnMaker *c = &t->columns[i];
		Oid			base = getBaseType(config->columns[i].typid);

		c->input_ctx = CurrentMemoryContext;
		/* fields of a row may be of any type */
		c->leaf = config->columns[i].fields == NULL &&
			!(holds_of_type(config->columns[i].typid) & HOLDS_CODE);
		if (config->on_error != ON_ERROR_STOP && !c->leaf)
			c->input_ctx = AllocSetContextCreate(CurrentMemoryContext,
												 "cdc_fdw input",
												 ALLOCSET_SMALL_SIZES);
		input_open(&c->input, config->columns[i].typid,
				   config->columns[i].typmod, c->input_ctx);
		c->is_domain = base != config->columns[i].typid;
		c->is_bytea = base == BYTEAOID;
		c->is_hstore = type_is_hstore(base);
		c->nested = nested_open(&config->columns[i], &config->style);
		c->convert = convert_function(config->columns[i].typid,
									  config->columns[i].typmod, &c->textual);
		if (config->input_functions ||
			(config->columns[i].typid == TIMESTAMPTZOID && !t->utc) ||
			(c->textual && GetDatabaseEncoding() != PG_UTF8))
			c->convert = NULL;
	}
	return t;
}

/* What verify_text lets pass. */
static bool
text_is_valid(const Cell *cell)
{
	return memchr(cell->data, '\0', cell->len) == NULL &&
		pg_verify_mbstr(PG_UTF8, cell->data, cell->len, true);
}

/* DMS writes UTF-8. */
static void
verify_text(const Cell *cell)
{
	if (memchr(cell->data, '\0', cell->len) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("a zero byte cannot be stored"),
				 errhint("The source held a character that PostgreSQL has no text for; a transformation rule can replace it.")));
	if (!pg_verify_mbstr(PG_UTF8, cell->data, cell->len, true))
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("invalid byte sequence for encoding \"UTF8\""),
				 errhint("DMS writes UTF-8; was the file converted, or the value cut?")));
}

/* The text in the server's encoding, with a zero byte behind it. */
static char *
server_text(TupleMaker *t, const Cell *cell)
{
	verify_text(cell);
	if (cell->len + 1 > t->text_size)
	{
		t->text_size = Max(1024, (Size) cell->len * 2);
		if (t->text)
			pfree(t->text);
		t->text = MemoryContextAllocHuge(GetMemoryChunkContext(t), t->text_size);
	}
	memcpy(t->text, cell->data, cell->len);
	t->text[cell->len] = '\0';
	return pg_any_to_server(t->text, cell->len, PG_UTF8);
}

/* By the type's input function; error as in input_read. */
static bool
input_value(TupleMaker *t, ColumnMaker *c, const Cell *cell, Datum *value,
			ErrorData **error)
{
	char	   *text;

	if (c->nested != NULL)
		nested_check_end(cell->data, cell->len);
	text = server_text(t, cell);
	if (c->nested != NULL)
	{
		*value = nested_input(c->nested, &c->input, text);
		return true;
	}
	if (c->is_hstore)
		nested_check_hstore(text);
	if (c->is_bytea && !(text[0] == '\\' && text[1] == 'x'))
		text = psprintf("\\x%s", text);
	return input_read(&c->input, text, &t->config->style, value, error);
}

ConvertFunction
tuple_direct(const TupleMaker *t, int col)
{
	return t->columns[col].textual ? NULL : t->columns[col].convert;
}

Datum
tuple_value(TupleMaker *t, int col, const Cell *cell)
{
	ColumnMaker *c = &t->columns[col];
	Datum		value;

	t->position->column = t->config->columns[col].attname;
	if (c->textual && c->convert != NULL)
		verify_text(cell);
	if (c->convert == NULL ||
		!c->convert(cell->data, cell->len, c->input.typmod, &value))
		(void) input_value(t, c, cell, &value, NULL);
	return value;
}

static void
try_value(void *arg)
{
	TryValue   *v = arg;

	if (v->cell->state != CELL_VALUE)
		(void) input_read(&v->c->input, NULL, &v->t->config->style, &v->value,
						  &v->error);
	else
		(void) input_value(v->t, v->c, v->cell, &v->value, &v->error);
}

bool
tuple_try_value(TupleMaker *t, int col, const Cell *cell, Datum *value,
				ErrorData **error)
{
	ColumnMaker *c = &t->columns[col];
	TryValue	v = {t, c, cell};

	t->position->column = t->config->columns[col].attname;
	if (cell->state != CELL_VALUE && !c->is_domain)
		return true;
	if (cell->state == CELL_VALUE && c->convert != NULL &&
		(!c->textual || text_is_valid(cell)) &&
		c->convert(cell->data, cell->len, c->input.typmod, value))
		return true;
	if (guard_call(try_value, &v, c->leaf, error))
	{
		*value = v.value;
		*error = v.error;
		return v.error == NULL;
	}
	/* what the function kept may stem from what was rolled back */
	if (!c->leaf)
	{
		MemoryContextReset(c->input_ctx);
		input_reopen(&c->input, c->input_ctx);
	}
	return false;
}

void
tuple_check_null(TupleMaker *t, int col)
{
	ColumnMaker *c = &t->columns[col];
	Datum		value;

	if (!c->is_domain)
		return;
	t->position->column = t->config->columns[col].attname;
	(void) input_read(&c->input, NULL, &t->config->style, &value, NULL);
}

static void
missing_error(void *arg)
{
	const LogColumn *col = arg;
	int			category = ERRCODE_TO_CATEGORY(geterrcode());

	if (category == ERRCODE_DATA_EXCEPTION ||
		category == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION)
		errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE);
	errcontext("option \"missing\" of column \"%s\"", col->attname);
}

void
tuple_check_missing(TupleMaker *t, int col)
{
	LogColumn  *column = &t->config->columns[col];
	ErrorContextCallback callback = {error_context_stack, missing_error, column};

	error_context_stack = &callback;
	if (column->missing == NULL)
		tuple_check_null(t, col);
	else
	{
		Cell		cell = {column->missing, strlen(column->missing), CELL_VALUE};

		(void) tuple_value(t, col, &cell);
	}
	error_context_stack = callback.previous;
}
