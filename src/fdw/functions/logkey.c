/*-------------------------------------------------------------------------
 *
 * logkey.c
 *	  A key of a log, given as an object of JSON.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "fdw/functions/logrows.h"
#include "replay/values/input.h"

#define bad_key(...) \
	ereport(ERROR, \
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), \
			 __VA_ARGS__, \
			 errhint("Give an object of JSON with a member for each key column, and no other.")))

/* The text of a scalar, as its type's input function is to read it. */
static char *
scalar_text(const JsonbValue *v, const char *column)
{
	switch (v->type)
	{
		case jbvString:
			return pnstrdup(v->val.string.val, v->val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out,
													   NumericGetDatum(v->val.numeric)));
		case jbvBool:
			return pstrdup(v->val.boolean ? "true" : "false");
		default:
			bad_key(errmsg("the key's column \"%s\" is no text, number or boolean",
						   column));
	}
	return NULL;
}

/*
 * Replaces the hint of a value that does not fit: it speaks of options for
 * values of the log, and this key is the caller's.
 */
static void
key_error(void *arg)
{
	const LogColumn *col = arg;

	if (ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_DATA_EXCEPTION)
		errhint("Column \"%s\" of the key has type %s.", col->attname,
				format_type_be(col->typid));
}

/* Read as the log's own texts are. */
static Datum
key_value(const LogColumn *col, const ValueStyle *style, Jsonb *key)
{
	JsonbValue	v;
	char	   *text;
	InputReader input;
	ErrorContextCallback callback = {error_context_stack, key_error,
	unconstify(LogColumn *, col)};
	Datum		value;

	if (getKeyJsonValueFromContainer(&key->root, col->attname,
									 strlen(col->attname), &v) == NULL)
		bad_key(errmsg("the key lacks column \"%s\"", col->attname));
	input_open(&input, col->typid, col->typmod, CurrentMemoryContext);
	text = scalar_text(&v, col->attname);
	error_context_stack = &callback;
	(void) input_read(&input, text, style, &value, NULL);
	error_context_stack = callback.previous;
	return value;
}

/* The folder that the key's source names. */
static int
part_of(const LogRows *l, Datum source)
{
	char	   *name = TextDatumGetCString(source);

	for (int i = 0; i < logrows_nparts(l); i++)
		if (strcmp(name, TextDatumGetCString(logrows_source(l, i))) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the table has no folder \"%s\"", name)));
}

static bool
is_key_column(const LogRows *l, const JsonbValue *name)
{
	for (int i = 0; i < l->nkeys; i++)
	{
		const char *attname = l->config->columns[l->keys[i]].attname;

		if (name->val.string.len == strlen(attname) &&
			memcmp(name->val.string.val, attname, strlen(attname)) == 0)
			return true;
	}
	return false;
}

int
logkey_read(const LogRows *l, Jsonb *key, Datum *values, Oid *types)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	v;
	int			part = 0;
	int			n = 0;

	if (l->config->nkeys == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("foreign table \"%s\" has no key",
						l->config->foreign_table),
				 errhint("Declare its key columns with key 'true'.")));
	if (!JB_ROOT_IS_OBJECT(key))
		bad_key(errmsg("the key is no object of JSON"));
	it = JsonbIteratorInit(&key->root);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
		if (token == WJB_KEY && !is_key_column(l, &v))
			bad_key(errmsg("the key has \"%.*s\", which is no key column of \"%s\"",
						   v.val.string.len, v.val.string.val,
						   l->config->foreign_table));
	for (int i = 0; i < l->nkeys; i++)
	{
		const LogColumn *col = &l->config->columns[l->keys[i]];
		Datum		value = key_value(col, &l->config->style, key);

		if (l->keys[i] == l->source)
		{
			part = part_of(l, value);
			continue;
		}
		values[n] = value;
		types[n++] = col->typid;
	}
	return part;
}
