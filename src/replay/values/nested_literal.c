/*-------------------------------------------------------------------------
 *
 * nested_literal.c
 *	  PostgreSQL's row and array literals to JSON text.  Pure C.
 *
 * They are read as PostgreSQL reads them, row by row and list by list of a
 * declared type.  A value's text, without its quotes, is put into the buffer
 * of its type: a type is never inside of itself, so one buffer is enough.
 *
 *-------------------------------------------------------------------------
 */
#include "replay/values/nested.h"

#include <string.h>

#include "replay/values/nested_impl.h"

/* Of arrays: what PostgreSQL allows. */
#define MAX_DIMENSIONS	6

/* What is known of an array's shape so far. */
typedef struct ArrayShape
{
	int			depth;			/* of its elements; 0 until one was met */
	int			declared;		/* dimensions declared in front, or 0 */
	size_t		lens[MAX_DIMENSIONS];
	bool		known[MAX_DIMENSIONS];
} ArrayShape;

static NestedResult read_row(NestedScan *p, NestedType *type);

/* Between the parts of an array, where its own output has no blanks. */
static void
skip_blanks(NestedScan *p)
{
	if (!p->exact)
		nested_skip_blanks(p);
}

/* The text in type's buffer to JSON text; at is where it began in p's text. */
static NestedResult
put_value(NestedScan *p, NestedType *type, size_t at)
{
	NestedWork *w = p->w;
	NestedBuf  *b = &type->value;
	NestedScan	inner = *p;
	NestedResult result;

	inner.s = b->data;
	inner.len = b->len;
	inner.pos = inner.pause_at = 0;
	switch (type->kind)
	{
		case NESTED_STRING:
			return nested_put_string(w, b->data, b->len);
		case NESTED_LEAF:
			return p->leaf(type->leaf, w, b->data, b->len);
		case NESTED_LIST:
			result = nested_read_array(&inner, type);
			break;
		default:
			result = read_row(&inner, type);
	}
	if (result == NESTED_OK)
		return NESTED_OK;
	/* an inner value that ends early is not the whole that ends early */
	return nested_fail(w, result == NESTED_CUT ? NESTED_BAD : result, at,
					   result == NESTED_CUT ? "the inner value ends early" :
					   w->message);
}

/* The text of a row's field to b. */
static NestedResult
read_field(NestedScan *p, NestedBuf *b)
{
	bool		quoted = false;

	b->len = 0;
	NESTED_TRY(nested_buf_put(p->w, b, "", 0));
	for (; p->pos < p->len; p->pos++)
	{
		char		c = p->s[p->pos];

		nested_pause(p->w, p->pos, &p->pause_at);
		if (!quoted && (c == ',' || c == ')'))
		{
			b->data[b->len] = '\0';
			return NESTED_OK;
		}
		if (c == '"')
		{
			/* a doubled quote is one, where quotes are open */
			if (quoted && p->pos + 1 < p->len && p->s[p->pos + 1] == '"')
				p->pos++;
			else
			{
				quoted = !quoted;
				continue;
			}
		}
		else if (c == '\\' && ++p->pos == p->len)
			break;
		NESTED_TRY(nested_buf_char(p->w, b, p->s[p->pos]));
	}
	return nested_fail_cut(p);
}

static NestedResult
put_field(NestedScan *p, const NestedField *field)
{
	size_t		at = p->pos;

	NESTED_TRY(nested_put_string(p->w, field->name, field->name_len));
	NESTED_TRY(nested_put(p->w, ": ", 2));
	if (p->pos == p->len)
		return nested_fail_cut(p);
	/* nothing at all is NULL */
	if (p->s[p->pos] == ',' || p->s[p->pos] == ')')
		return nested_put(p->w, "null", 4);
	NESTED_TRY(read_field(p, &field->type->value));
	return put_value(p, field->type, at);
}

static NestedResult
read_row(NestedScan *p, NestedType *type)
{
	NestedWork *w = p->w;

	nested_skip_blanks(p);
	if (p->pos == p->len)
		return nested_fail_cut(p);
	if (p->s[p->pos] != '(')
		return nested_fail(w, NESTED_BAD, p->pos,
						   "( should stand here, before a row");
	p->pos++;
	for (int i = 0; i < type->nfields; i++)
	{
		if (i > 0)
		{
			if (p->s[p->pos] == ')')
				return nested_fail(w, NESTED_BAD, p->pos,
								   "the row has fewer fields than are declared");
			p->pos++;
		}
		NESTED_TRY(nested_put(w, i > 0 ? ", " : "{", i > 0 ? 2 : 1));
		NESTED_TRY(put_field(p, &type->fields[i]));
	}
	if (p->s[p->pos] == ',')
		return nested_fail(w, NESTED_BAD, p->pos,
						   "the row has more fields than are declared");
	p->pos++;
	nested_skip_blanks(p);
	if (p->pos < p->len)
		return nested_fail(w, NESTED_BAD, p->pos, "text follows the row");
	return nested_put(w, "}", 1);
}

NestedResult
nested_row(NestedWork *w, NestedType *type, NestedLeaf leaf,
		   const char *text, size_t len)
{
	NestedScan	p;

	nested_start(&p, w, text, len);
	p.leaf = leaf;
	return read_row(&p, type);
}

/* A subscript of the dimensions in front of an array. */
static NestedResult
read_bound(NestedScan *p, long *value)
{
	bool		minus = p->pos < p->len && p->s[p->pos] == '-';
	long		v = 0;
	size_t		begin;

	if (minus || (p->pos < p->len && p->s[p->pos] == '+'))
		p->pos++;
	begin = p->pos;
	for (; p->pos < p->len && ascii_is_digit(p->s[p->pos]); p->pos++)
	{
		if (p->pos - begin < 10)
			v = v * 10 + (p->s[p->pos] - '0');
	}
	if (p->pos == p->len)
		return nested_fail_cut(p);
	if (p->pos == begin || p->pos - begin > 10 || v > 0x7fffffffL)
		return nested_fail(p->w, NESTED_BAD, begin,
						   "a subscript should stand here");
	*value = minus ? -v : v;
	return NESTED_OK;
}

static NestedResult
read_byte(NestedScan *p, char c, const char *message)
{
	if (p->pos == p->len)
		return nested_fail_cut(p);
	if (p->s[p->pos] != c)
		return nested_fail(p->w, NESTED_BAD, p->pos, message);
	p->pos++;
	return NESTED_OK;
}

/* [1:2][-1:0]= before an array whose subscripts do not begin with 1. */
static NestedResult
read_dimensions(NestedScan *p, ArrayShape *shape)
{
	while (p->pos < p->len && p->s[p->pos] == '[')
	{
		long		low = 1;
		long		high = 0;
		size_t		at = p->pos++;

		if (shape->declared == MAX_DIMENSIONS)
			return nested_fail(p->w, NESTED_BAD, at,
							   "an array has six dimensions at most");
		NESTED_TRY(read_bound(p, &high));
		if (p->s[p->pos] == ':')
		{
			p->pos++;
			low = high;
			NESTED_TRY(read_bound(p, &high));
		}
		NESTED_TRY(read_byte(p, ']', "] should stand here, behind subscripts"));
		if (high < low)
			return nested_fail(p->w, NESTED_BAD, at,
							   "the upper subscript is less than the lower");
		shape->lens[shape->declared] = (size_t) (high - low) + 1;
		shape->known[shape->declared++] = true;
	}
	if (shape->declared > 0)
	{
		nested_skip_blanks(p);
		NESTED_TRY(read_byte(p, '=', "= should stand here, behind subscripts"));
		nested_skip_blanks(p);
	}
	return NESTED_OK;
}

/* An element without quotes to b; blanks at its end are none of it. */
static NestedResult
read_unquoted(NestedScan *p, NestedBuf *b, char delimiter, bool *escaped)
{
	size_t		keep = 0;

	for (; p->pos < p->len; p->pos++)
	{
		char		c = p->s[p->pos];

		nested_pause(p->w, p->pos, &p->pause_at);
		if (c == delimiter || c == '}')
		{
			b->len = keep;
			return NESTED_OK;
		}
		if (c == '"' || c == '{' || (p->exact && nested_is_blank(c)))
			return nested_fail(p->w, NESTED_BAD, p->pos,
							   "this byte needs quotes around the element");
		if (c == '\\')
		{
			*escaped = true;
			if (++p->pos == p->len)
				break;
		}
		NESTED_TRY(nested_buf_char(p->w, b, p->s[p->pos]));
		if (c == '\\' || !nested_is_blank(c))
			keep = b->len;
	}
	return nested_fail_cut(p);
}

static NestedResult
put_element(NestedScan *p, const NestedType *type)
{
	NestedBuf  *b = &type->element->value;
	size_t		start = p->pos;
	bool		escaped = false;

	b->len = 0;
	NESTED_TRY(nested_buf_put(p->w, b, "", 0));
	p->w->items++;
	if (p->s[p->pos] == '"')
	{
		p->pos++;
		NESTED_TRY(nested_read_quoted(p, b));
	}
	else
	{
		NESTED_TRY(read_unquoted(p, b, type->delimiter, &escaped));
		if (p->pos == start)
			return nested_fail(p->w, NESTED_BAD, start,
							   "an element should stand here");
		if (!escaped && b->len == 4 &&
			(b->data[0] | 0x20) == 'n' && (b->data[1] | 0x20) == 'u' &&
			(b->data[2] | 0x20) == 'l' && (b->data[3] | 0x20) == 'l')
			return nested_put(p->w, "null", 4);
	}
	b->data[b->len] = '\0';
	return put_value(p, type->element, start);
}

/* Note that the elements of an array stand this deep: all must. */
static NestedResult
check_depth(NestedScan *p, ArrayShape *shape, int depth)
{
	if (shape->depth == 0)
		shape->depth = depth;
	if (shape->depth != depth ||
		(shape->declared > 0 && shape->declared != depth))
		return nested_fail(p->w, NESTED_BAD, p->pos,
						   "the array has elements of different depths");
	return NESTED_OK;
}

/* One dimension, whose { was passed, or the whole of an empty array. */
static NestedResult
read_level(NestedScan *p, const NestedType *type, ArrayShape *shape, int level)
{
	NestedWork *w = p->w;
	size_t		n = 0;

	NESTED_TRY(nested_put(w, "[", 1));
	skip_blanks(p);
	if (level == 0 && shape->declared == 0 && p->pos < p->len &&
		p->s[p->pos] == '}')
	{
		p->pos++;
		return nested_put(w, "]", 1);
	}
	for (;; n++)
	{
		skip_blanks(p);
		if (p->pos == p->len)
			return nested_fail_cut(p);
		if (p->s[p->pos] == '{')
		{
			if (level + 1 == MAX_DIMENSIONS)
				return nested_fail(w, NESTED_BAD, p->pos,
								   "an array has six dimensions at most");
			if (shape->depth == level + 1)
				return check_depth(p, shape, level + 2);
			p->pos++;
			NESTED_TRY(read_level(p, type, shape, level + 1));
		}
		else
		{
			NESTED_TRY(check_depth(p, shape, level + 1));
			NESTED_TRY(put_element(p, type));
		}
		skip_blanks(p);
		if (p->pos < p->len && p->s[p->pos] == '}')
			break;
		NESTED_TRY(read_byte(p, type->delimiter,
							 "a delimiter or } should stand here, behind an element"));
		NESTED_TRY(nested_put(w, ", ", 2));
	}
	n++;
	if (shape->known[level] && shape->lens[level] != n)
		return nested_fail(w, NESTED_BAD, p->pos,
						   "a dimension has parts of different lengths");
	shape->lens[level] = n;
	shape->known[level] = true;
	p->pos++;
	return nested_put(w, "]", 1);
}

NestedResult
nested_read_array(NestedScan *p, NestedType *type)
{
	ArrayShape	shape;

	memset(&shape, 0, sizeof(shape));
	skip_blanks(p);
	NESTED_TRY(read_dimensions(p, &shape));
	NESTED_TRY(read_byte(p, '{', "{ should stand here, before an array"));
	NESTED_TRY(read_level(p, type, &shape, 0));
	skip_blanks(p);
	if (p->pos < p->len)
		return nested_fail(p->w, NESTED_BAD, p->pos, "text follows the array");
	return NESTED_OK;
}

NestedResult
nested_array(NestedWork *w, NestedType *type, NestedLeaf leaf,
			 const char *text, size_t len)
{
	NestedScan	p;

	nested_start(&p, w, text, len);
	p.leaf = leaf;
	return nested_read_array(&p, type);
}
