/*-------------------------------------------------------------------------
 *
 * jdoc.c
 *	  Reading JSON documents that an operator supplies.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "fdw/jdoc.h"

static void
json_error(void *arg)
{
	if (ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_DATA_EXCEPTION)
		errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE);
	errcontext("%s", (const char *) arg);
}

JsonbContainer *
jdoc_read(const char *text, const char *label)
{
	ErrorContextCallback callback;
	/* PostgreSQL's parser leaves some twenty times the text behind */
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "cdc_fdw JSON document",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);
	Jsonb	   *parsed;
	JsonbContainer *root;

	callback.callback = json_error;
	callback.arg = unconstify(char *, label);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	parsed = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
												CStringGetDatum(text)));
	error_context_stack = callback.previous;
	MemoryContextSwitchTo(old);
	root = &((Jsonb *) memcpy(palloc(VARSIZE(parsed)), parsed,
							  VARSIZE(parsed)))->root;
	MemoryContextDelete(scratch);
	if (JsonContainerIsScalar(root))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("%s is neither a JSON object nor an array", label)));
	return root;
}

bool
jdoc_member(JsonbContainer *object, const char *name, JsonbValue *value)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	bool		found = false;

	while ((token = JsonbIteratorNext(&it, value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			found = value->val.string.len == strlen(name) &&
				pg_strncasecmp(value->val.string.val, name,
							   value->val.string.len) == 0;
		else if (token == WJB_VALUE && found)
			return true;
	}
	return false;
}

static JsonbContainer *
container_member(JsonbContainer *object, const char *name)
{
	JsonbValue	v;

	if (!jdoc_member(object, name, &v) || v.type != jbvBinary)
		return NULL;
	return v.val.binary.data;
}

JsonbContainer *
jdoc_object(JsonbContainer *object, const char *name)
{
	JsonbContainer *c = container_member(object, name);

	return c != NULL && JsonContainerIsObject(c) ? c : NULL;
}

JsonbContainer *
jdoc_array(JsonbContainer *object, const char *name)
{
	JsonbContainer *c = container_member(object, name);

	return c != NULL && JsonContainerIsArray(c) ? c : NULL;
}

static char *
scalar_text(const JsonbValue *v)
{
	switch (v->type)
	{
		case jbvString:
			return pnstrdup(v->val.string.val, v->val.string.len);
		case jbvBool:
			return pstrdup(v->val.boolean ? "true" : "false");
		case jbvNumeric:
			return numeric_normalize(v->val.numeric);
		default:
			return NULL;
	}
}

char *
jdoc_text(JsonbContainer *object, const char *name)
{
	JsonbValue	v;

	return jdoc_member(object, name, &v) ? scalar_text(&v) : NULL;
}

bool
jdoc_true(JsonbContainer *object, const char *name)
{
	char	   *text = jdoc_text(object, name);
	bool		result;

	return text != NULL && parse_bool(text, &result) && result;
}

int
jdoc_length(JsonbContainer *array)
{
	return array != NULL ? JsonContainerSize(array) : 0;
}

JsonbContainer *
jdoc_element(JsonbContainer *array, int i)
{
	JsonbValue *v = getIthJsonbValueFromContainer(array, i);

	if (v == NULL || v->type != jbvBinary ||
		!JsonContainerIsObject(v->val.binary.data))
		return NULL;
	return v->val.binary.data;
}

char *
jdoc_element_text(JsonbContainer *array, int i)
{
	JsonbValue *v = getIthJsonbValueFromContainer(array, i);

	return v != NULL && v->type == jbvString ? scalar_text(v) : NULL;
}
