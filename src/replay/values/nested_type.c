/*-------------------------------------------------------------------------
 *
 * nested_type.c
 *	  Lists of fields, 'lat float8, pos (x int, y int)[]', to types.  Pure C.
 *
 * Names of types are only delimited here: parentheses and double quotes in
 * them are balanced, brackets behind them make lists.  Whether there is such a
 * type is the caller's to say.
 *
 *-------------------------------------------------------------------------
 */
#include "replay/values/nested.h"

#include <string.h>

#include "replay/values/nested_impl.h"

static NestedResult read_type(NestedScan *p, NestedType **type, int depth);

/* size zeroed bytes, or NULL */
static void *
allocate(NestedWork *w, size_t size)
{
	void	   *p = w->resize(w->arg, NULL, size);

	if (p != NULL)
		memset(p, 0, size);
	return p;
}

static NestedResult
no_memory(NestedWork *w)
{
	return nested_fail(w, NESTED_NO_MEMORY, 0, "memory ran out");
}

void
nested_type_free(NestedWork *w, NestedType *type)
{
	if (type == NULL)
		return;
	for (int i = 0; i < type->nfields; i++)
	{
		nested_type_free(w, type->fields[i].type);
		if (type->fields[i].name)
			w->resize(w->arg, type->fields[i].name, 0);
	}
	if (type->fields)
		w->resize(w->arg, type->fields, 0);
	nested_type_free(w, type->element);
	if (type->name)
		w->resize(w->arg, type->name, 0);
	if (type->value.data)
		w->resize(w->arg, type->value.data, 0);
	w->resize(w->arg, type, 0);
}

static bool
at_byte(const NestedScan *p, char c)
{
	return p->pos < p->len && p->s[p->pos] == c;
}

/* Pass over text in double quotes, where a doubled quote is one. */
static NestedResult
pass_quoted(NestedScan *p)
{
	size_t		at = p->pos++;

	for (; p->pos < p->len; p->pos++)
	{
		if (p->s[p->pos] != '"')
			continue;
		p->pos++;
		if (!at_byte(p, '"'))
			return NESTED_OK;
	}
	return nested_fail(p->w, NESTED_BAD, at, "a quote is not closed");
}

static NestedResult
read_name(NestedScan *p, NestedField *field)
{
	size_t		start = p->pos;
	bool		quoted = at_byte(p, '"');
	size_t		n = 0;

	if (quoted)
		NESTED_TRY(pass_quoted(p));
	else
	{
		while (p->pos < p->len && !nested_is_blank(p->s[p->pos]) &&
			   strchr(",()[]\"", p->s[p->pos]) == NULL)
			p->pos++;
	}
	if (p->pos == start)
		return nested_fail(p->w, NESTED_BAD, start,
						   "the name of a field should stand here");
	field->name = allocate(p->w, p->pos - start + 1);
	if (field->name == NULL)
		return no_memory(p->w);
	for (size_t i = start + quoted; i < p->pos - quoted; i++)
	{
		field->name[n++] = p->s[i];
		if (quoted && p->s[i] == '"')
			i++;
	}
	field->name_len = n;
	return NESTED_OK;
}

/* Fields up to the end of the text, or the parenthesis that closes them. */
static NestedResult
read_fields(NestedScan *p, NestedType *type, int depth)
{
	NestedWork *w = p->w;
	int			room = 0;

	type->kind = NESTED_RECORD;
	for (;;)
	{
		NestedField *field;
		size_t		at;

		nested_skip_blanks(p);
		if (type->nfields == NESTED_MAX_FIELDS)
			return nested_fail(w, NESTED_BAD, p->pos, "there are too many fields");
		if (type->nfields == room)
		{
			void	   *bigger;

			room = room > 0 ? room * 2 : 8;
			bigger = w->resize(w->arg, type->fields,
							   sizeof(NestedField) * (size_t) room);
			if (bigger == NULL)
				return no_memory(w);
			type->fields = bigger;
		}
		field = &type->fields[type->nfields++];
		memset(field, 0, sizeof(*field));
		at = p->pos;
		NESTED_TRY(read_name(p, field));
		for (int i = 0; i < type->nfields - 1; i++)
		{
			if (type->fields[i].name_len == field->name_len &&
				memcmp(type->fields[i].name, field->name,
					   field->name_len) == 0)
				return nested_fail(w, NESTED_BAD, at,
								   "a field's name stands there a second time");
		}
		nested_skip_blanks(p);
		NESTED_TRY(read_type(p, &field->type, depth));
		if (!at_byte(p, ','))
			return NESTED_OK;
		p->pos++;
	}
}

/* A type's name, up to a comma, bracket or parenthesis that is not its own. */
static NestedResult
read_type_name(NestedScan *p, NestedType *type)
{
	size_t		start = p->pos;
	size_t		end;
	int			open = 0;

	while (p->pos < p->len)
	{
		char		c = p->s[p->pos];

		if (open == 0 && (c == ',' || c == ')' || c == '[' || c == ']'))
			break;
		if (c == '"')
		{
			NESTED_TRY(pass_quoted(p));
			continue;
		}
		open += c == '(' ? 1 : c == ')' ? -1 : 0;
		p->pos++;
	}
	if (open > 0)
		return nested_fail(p->w, NESTED_BAD, start,
						   "a parenthesis is not closed");
	end = p->pos;
	while (end > start && nested_is_blank(p->s[end - 1]))
		end--;
	if (end == start)
		return nested_fail(p->w, NESTED_BAD, start,
						   "a type should stand here");
	type->kind = NESTED_LEAF;
	type->name = allocate(p->w, end - start + 1);
	if (type->name == NULL)
		return no_memory(p->w);
	memcpy(type->name, p->s + start, end - start);
	return NESTED_OK;
}

/* Brackets behind a type make a list of it, however many there are. */
static NestedResult
read_brackets(NestedScan *p, NestedType **type)
{
	NestedType *list;

	if (!at_byte(p, '['))
		return NESTED_OK;
	while (at_byte(p, '['))
	{
		size_t		at = p->pos++;

		while (p->pos < p->len && ascii_is_digit(p->s[p->pos]))
			p->pos++;
		if (!at_byte(p, ']'))
			return nested_fail(p->w, NESTED_BAD, at,
							   "a bracket is not closed");
		p->pos++;
		nested_skip_blanks(p);
	}
	list = allocate(p->w, sizeof(NestedType));
	if (list == NULL)
		return no_memory(p->w);
	list->kind = NESTED_LIST;
	list->delimiter = ',';
	list->element = *type;
	*type = list;
	return NESTED_OK;
}

/* *type is set as soon as there is something to be freed. */
static NestedResult
read_type(NestedScan *p, NestedType **type, int depth)
{
	size_t		at = p->pos;

	*type = allocate(p->w, sizeof(NestedType));
	if (*type == NULL)
		return no_memory(p->w);
	if (!at_byte(p, '('))
		NESTED_TRY(read_type_name(p, *type));
	else if (depth == NESTED_MAX_DEPTH)
		return nested_fail(p->w, NESTED_TOO_DEEP, at,
						   "parentheses are nested too deep");
	else
	{
		p->pos++;
		NESTED_TRY(read_fields(p, *type, depth + 1));
		if (!at_byte(p, ')'))
			return nested_fail(p->w, NESTED_BAD, at,
							   "a parenthesis is not closed");
		p->pos++;
		nested_skip_blanks(p);
	}
	NESTED_TRY(read_brackets(p, type));
	if (p->pos < p->len && p->s[p->pos] != ',' && p->s[p->pos] != ')')
		return nested_fail(p->w, NESTED_BAD, p->pos,
						   "a comma should stand here, behind a type");
	return NESTED_OK;
}

static NestedResult
read_end(NestedScan *p)
{
	if (p->pos < p->len)
		return nested_fail(p->w, NESTED_BAD, p->pos,
						   "this should not stand here");
	return NESTED_OK;
}

NestedResult
nested_read_fields(NestedWork *w, const char *text, size_t len,
				   NestedType **type)
{
	NestedScan	p;

	nested_start(&p, w, text, len);
	*type = allocate(w, sizeof(NestedType));
	if (*type == NULL)
		return no_memory(w);
	NESTED_TRY(read_fields(&p, *type, 0));
	return read_end(&p);
}

NestedResult
nested_read_type(NestedWork *w, const char *text, size_t len,
				 NestedType **type)
{
	NestedScan	p;

	nested_start(&p, w, text, len);
	nested_skip_blanks(&p);
	NESTED_TRY(read_type(&p, type, 0));
	return read_end(&p);
}
