/*-------------------------------------------------------------------------
 *
 * tuple.c
 *	  Text of the log to typed values.
 *
 * Values without a zone are read in the table's zone (UTC unless it says
 * otherwise), never in the session's: an answer must not change with its
 * reader.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "compat.h"
#include "replay/convert.h"
#include "replay/guard.h"
#include "replay/nested_json.h"
#include "replay/tuple.h"

typedef struct ColumnMaker
{
	FmgrInfo	input;
	Oid			ioparam;
	int32		typmod;
	bool		is_domain;
	ConvertFunction convert;	/* the direct way, or NULL */
	bool		textual;		/* it takes verified text */
	bool		is_bytea;
	bool		zoned;			/* may hold a time without zone somewhere */
	/* where values may fail */
	bool		leaf;			/* as guard_type_is_leaf says */
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

/* Can the text of this type name an instant without its zone? */
static bool
type_is_zoned(Oid typid)
{
	Oid			element;
	char		typtype = get_typtype(typid);

	if (typid == TIMESTAMPTZOID || typid == TIMETZOID)
		return true;
	if (typtype == TYPTYPE_COMPOSITE || typtype == TYPTYPE_RANGE ||
		typtype == TYPTYPE_MULTIRANGE)
		return true;
	element = get_element_type(typid);
	return OidIsValid(element) && type_is_zoned(getBaseType(element));
}

TupleMaker *
tuple_open(const LogConfig *config, LogPosition *position)
{
	TupleMaker *t = palloc0(sizeof(TupleMaker));
	const char *zone = pg_get_timezone_name(config->value_zone);

	t->config = config;
	t->position = position;
	t->utc = pg_strcasecmp(zone, "UTC") == 0 || pg_strcasecmp(zone, "GMT") == 0;
	t->columns = palloc0(sizeof(ColumnMaker) * Max(config->ncolumns, 1));
	for (int i = 0; i < config->ncolumns; i++)
	{
		ColumnMaker *c = &t->columns[i];
		Oid			base = getBaseType(config->columns[i].typid);
		Oid			func;

		getTypeInputInfo(config->columns[i].typid, &func, &c->ioparam);
		c->input_ctx = CurrentMemoryContext;
		/* fields of a row may be of any type */
		c->leaf = guard_type_is_leaf(config->columns[i].typid) &&
			config->columns[i].fields == NULL;
		if (config->on_error != ON_ERROR_STOP && !c->leaf)
			c->input_ctx = AllocSetContextCreate(CurrentMemoryContext,
												 "cdc_fdw input",
												 ALLOCSET_SMALL_SIZES);
		fmgr_info_cxt(func, &c->input, c->input_ctx);
		c->typmod = config->columns[i].typmod;
		c->is_domain = base != config->columns[i].typid;
		c->is_bytea = base == BYTEAOID;
		c->zoned = type_is_zoned(base);
		c->nested = nested_open(&config->columns[i], config->value_zone);
		c->convert = convert_function(config->columns[i].typid, c->typmod,
									  &c->textual);
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

/*
 * Call the input function; text NULL is a NULL.  Without error it raises what
 * is wrong, else what it can report comes back as false and *error.
 */
static bool
call_input(ColumnMaker *c, char *text, Datum *value, ErrorData **error)
{
	if (error != NULL)
		return input_call_soft(&c->input, text, c->ioparam, c->typmod, value,
							   error);
	*value = InputFunctionCall(&c->input, text, c->ioparam, c->typmod);
	return true;
}

/* The same with the session's zone set aside. */
static bool
input_in_zone(TupleMaker *t, ColumnMaker *c, char *text, Datum *value,
			  ErrorData **error)
{
	pg_tz	   *session = session_timezone;
	volatile bool good = false;

	PG_TRY();
	{
		session_timezone = t->config->value_zone;
		good = call_input(c, text, value, error);
	}
	PG_FINALLY();
	{
		session_timezone = session;
	}
	PG_END_TRY();
	return good;
}

/* By the type's input function; error as in call_input. */
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
		*value = nested_input(c->nested, &c->input, text, c->ioparam,
							  c->typmod);
		return true;
	}
	if (c->is_bytea && !(text[0] == '\\' && text[1] == 'x'))
		text = psprintf("\\x%s", text);
	if (c->zoned)
		return input_in_zone(t, c, text, value, error);
	return call_input(c, text, value, error);
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
		!c->convert(cell->data, cell->len, c->typmod, &value))
		(void) input_value(t, c, cell, &value, NULL);
	return value;
}

static void
try_value(void *arg)
{
	TryValue   *v = arg;

	if (v->cell->state != CELL_VALUE)
		(void) call_input(v->c, NULL, &v->value, &v->error);
	else
		(void) input_value(v->t, v->c, v->cell, &v->value, &v->error);
}

bool
tuple_try_value(TupleMaker *t, int col, const Cell *cell, Datum *value,
				ErrorData **error)
{
	ColumnMaker *c = &t->columns[col];
	TryValue	v = {t, c, cell};
	FmgrInfo	input;

	t->position->column = t->config->columns[col].attname;
	if (cell->state != CELL_VALUE && !c->is_domain)
		return true;
	if (cell->state == CELL_VALUE && c->convert != NULL &&
		(!c->textual || text_is_valid(cell)) &&
		c->convert(cell->data, cell->len, c->typmod, value))
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
		input = c->input;
		MemoryContextReset(c->input_ctx);
		fmgr_info_cxt(input.fn_oid, &c->input, c->input_ctx);
	}
	return false;
}

void
tuple_check_null(TupleMaker *t, int col)
{
	ColumnMaker *c = &t->columns[col];

	if (!c->is_domain)
		return;
	t->position->column = t->config->columns[col].attname;
	InputFunctionCall(&c->input, NULL, c->ioparam, c->typmod);
}
