/*-------------------------------------------------------------------------
 *
 * infer.c
 *	  What the samples say of an imported table's columns: types, the change
 *	  sequence, before images.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "fdw/import/import.h"

#define SEQUENCE_DIGITS	35		/* yyyyMMddHHmmss + 2 + 19 */
/* A change is written after it was made, and zones are a day apart at most. */
#define SEQUENCE_BEHIND	(31 * USECS_PER_DAY)
#define SEQUENCE_AHEAD	(2 * USECS_PER_DAY)
#define SEQUENCE_NAME	"change_seq"
#define BEFORE_PREFIX	"BI_"

/* The table whose columns are inferred, and its samples. */
typedef struct Look
{
	const Import *import;
	ImportTable *table;
	const Recognised *r;
	const KnownTable *known;
} Look;

static const Oid type_oids[INFER_COUNT] = {
	[INFER_TEXT] = TEXTOID,
	[INFER_BOOL] = BOOLOID,
	[INFER_SMALLINT] = INT2OID,
	[INFER_INT] = INT4OID,
	[INFER_BIGINT] = INT8OID,
	[INFER_NUMERIC] = NUMERICOID,
	[INFER_REAL] = FLOAT4OID,
	[INFER_DOUBLE] = FLOAT8OID,
	[INFER_DATE] = DATEOID,
	[INFER_TIMESTAMP] = TIMESTAMPOID,
	[INFER_TIMESTAMPTZ] = TIMESTAMPTZOID,
	[INFER_UUID] = UUIDOID,
	[INFER_JSON] = JSONBOID
};

static bool
name_taken(const ImportTable *t, const char *name)
{
	for (int i = 0; i < t->ncolumns; i++)
		if (strcmp(t->columns[i].name, name) == 0)
			return true;
	return false;
}

bool
import_is_complete(const ImportTable *t, const Recognised *r)
{
	for (int i = 0; i < r->nfiles; i++)
		if (!r->files[i].sample->whole || r->files[i].r.cut ||
			r->files[i].sample->object->info.kind == NAME_TXN)
			return false;
	return t->found->load_complete && t->found->nchanges < RECOGNISE_FILES;
}

/* The field of a header with this name in another case, if only one has; else -1. */
static int
folded_field(const RecognisedFile *f, const char *name)
{
	int			found = -1;

	for (int i = 0; i < f->width; i++)
	{
		const char *other = f->r.records[0].fields[i].data;

		if (i == f->op || i == f->time ||
			pg_strcasecmp(other, name) != 0 || strcmp(other, name) == 0)
			continue;
		if (found >= 0)
			return -1;
		found = i;
	}
	return found;
}

/*
 * True if the text is as $AR_H_CHANGE_SEQ writes it: digits, the first of which
 * are a time before the one in the file's name.  Others may be a number.
 */
static bool
is_sequence_text(const SampleField *v, const NameInfo *file)
{
	const char *s = v->data;
	char		time[32];
	int64		t;

	if (v->len != SEQUENCE_DIGITS ||
		strspn(s, "0123456789") != SEQUENCE_DIGITS)
		return false;
	snprintf(time, sizeof(time), "%.4s-%.2s-%.2s %.2s:%.2s:%.2s", s, s + 4,
			 s + 6, s + 8, s + 10, s + 12);
	return name_parse_timestamp(time, strlen(time), &t) &&
		t >= file->time - SEQUENCE_BEHIND && t <= file->time + SEQUENCE_AHEAD;
}

/* True if the values are such, and there are none in the full load. */
static bool
is_sequence(const Look *l, const ImportColumn *c)
{
	if (c->values == 0 || c->load_values > 0)
		return false;
	for (int i = 0; i < l->r->nfiles; i++)
	{
		const RecognisedFile *f = &l->r->files[i];

		for (int k = f->skip; k < f->r.n; k++)
		{
			const SampleField *v = import_value(l->import, c, i,
												&f->r.records[k]);

			if (v != NULL &&
				!is_sequence_text(v, &f->sample->object->info))
				return false;
		}
	}
	return true;
}

/*
 * Leave the table out where fields may have moved: a value is of no such type.
 */
static void
check_position(const Look *l, ImportColumn *c, const SampleField *v,
			   const RecognisedFile *f, int64 line)
{
	char	   *reason;

	if (!c->known || c->source != NULL || c->misfit != NULL ||
		l->table->problem != NULL ||
		import_type_reads(c->typid, c->typmod, v))
		return;
	reason =
		psprintf("column \"%s\" of %s is %s, but on line %lld of \"%s\" stands something else",
				 c->name, l->known->origin,
				 format_type_with_typemod(c->typid, c->typmod),
				 (long long) line, sample_name(f->sample));
	/* of a table that is there, the declared types count */
	if (l->table->there)
		c->misfit = reason;
	else
		l->table->problem = reason;
}

/* See what the values of a field, or of none (-1), could be. */
static void
look_at_field(const Look *l, const RecognisedFile *f, int field,
			  InferColumn *infer)
{
	for (int k = f->skip; k < f->r.n; k++)
	{
		const SampleField *v = import_field(l->import, &f->r.records[k],
											field);

		if (v != NULL)
			infer_add(infer, v->data, v->len);
	}
}

/* Count the values of a column, and see what they could be. */
static void
look_at_values(const Look *l, ImportColumn *c)
{
	for (int i = 0; i < l->r->nfiles; i++)
	{
		const RecognisedFile *f = &l->r->files[i];

		for (int k = f->skip; k < f->r.n; k++)
		{
			const SampleField *v = import_value(l->import, c, i,
												&f->r.records[k]);

			if (v == NULL)
			{
				c->load_nulls += f->is_load;
				continue;
			}
			c->values++;
			c->load_values += f->is_load;
			check_position(l, c, v, f, f->r.records[k].line);
		}
		look_at_field(l, f, c->field[i], &c->infer);
		/* where a file lacks it, a twin may be taken for it */
		if (c->source != NULL && c->field[i] < 0 && f->width > 0 &&
			import_has_twins(l->table, c->source))
			look_at_field(l, f, folded_field(f, c->source), &c->infer);
	}
}

/* A before image has values of the column whose image it is. */
static void
look_at_images(const Look *l)
{
	ImportTable *t = l->table;

	for (int i = 0; i < t->ncolumns; i++)
	{
		const ImportColumn *image = &t->columns[i];
		ImportColumn *base = image->before == NULL ? NULL :
			import_before_column(t, image);

		for (int f = 0; base != NULL && f < l->r->nfiles; f++)
			look_at_field(l, &l->r->files[f], image->field[f], &base->infer);
	}
}

/* The values of a column, c->values of them; palloc'd. */
static const SampleField **
collect_values(const Look *l, const ImportColumn *c)
{
	const SampleField **values =
		palloc(sizeof(SampleField *) * Max(c->values, 1));
	int			n = 0;

	for (int i = 0; i < l->r->nfiles; i++)
	{
		const RecognisedFile *f = &l->r->files[i];

		for (int k = f->skip; k < f->r.n; k++)
		{
			const SampleField *v = import_value(l->import, c, i,
												&f->r.records[k]);

			if (v != NULL)
				values[n++] = v;
		}
	}
	return values;
}

static void
infer_column(const Look *l, ImportColumn *c)
{
	InferType	type = infer_type(&c->infer,
								  import_is_complete(l->table, l->r));

	c->typid = type_oids[type];
	/* texts may be maps and arrays, as other systems print them */
	if (type == INFER_TEXT && c->values > 0)
	{
		const SampleField **values = collect_values(l, c);

		import_nested(c, values, c->values);
		pfree(values);
	}
}

void
import_infer_type(const Import *import, ImportColumn *c)
{
	import_make_text(c);
	if (import->opts->infer_text)
		return;
	c->typid = type_oids[infer_type(&c->infer, false)];
	c->collation = get_typcollation(c->typid);
	if (c->key && !import_type_is_key(c))
		import_make_text(c);
}

static void
settle_column(Look *l, ImportColumn *c, bool first)
{
	bool		positional = c->source == NULL;

	if (c->known && c->typid != TEXTOID)
		return;
	c->typid = TEXTOID;
	if (!first && !c->key && is_sequence(l, c))
	{
		for (int i = 0; i < l->table->ncolumns; i++)
			if (l->table->columns[i].sequence)
				return;
		c->sequence = true;
		if (positional && !c->known && !name_taken(l->table, SEQUENCE_NAME))
			c->name = SEQUENCE_NAME;
	}
	else if (c->known)
		return;
	else if (!l->import->opts->infer_text)
		infer_column(l, c);
}

/* True if a row that is inserted has a value in the column: it is no image. */
static bool
is_inserted(const Look *l, const ImportColumn *c)
{
	for (int i = 0; i < l->r->nfiles; i++)
	{
		const RecognisedFile *f = &l->r->files[i];
		LogOp		op;

		for (int k = f->skip; k < f->r.n; k++)
			if (import_op(f, &f->r.records[k], &op) && op == LOG_INSERT &&
				import_value(l->import, c, i, &f->r.records[k]) != NULL)
				return true;
	}
	return false;
}

/* Headers that are a column's name behind BI_ are its before images. */
static void
find_before_images(Look *l)
{
	ImportTable *t = l->table;
	bool		said = l->known != NULL && l->known->before_prefix != NULL;
	const char *prefix = said ? l->known->before_prefix : BEFORE_PREFIX;
	const char *suffix = said ? l->known->before_suffix : "";
	int			around = strlen(prefix) + strlen(suffix);

	for (int i = 0; i < t->ncolumns && around > 0; i++)
	{
		ImportColumn *c = &t->columns[i];
		int			len = c->source ? strlen(c->source) : 0;
		ImportColumn *base;

		if (c->before != NULL || c->known || len <= around ||
			c->load_values > 0 || is_inserted(l, c) ||
			pg_strncasecmp(c->source, prefix, strlen(prefix)) != 0 ||
			pg_strcasecmp(c->source + len - strlen(suffix), suffix) != 0)
			continue;
		base = import_by_source(t, pnstrdup(c->source + strlen(prefix),
											len - around));
		if (base != NULL && base != c)
			c->before = base->source;
	}
}

void
import_infer(const Import *import, ImportTable *table, const Recognised *r,
			 const KnownTable *known)
{
	Look		l = {import, table, r, known};

	for (int i = 0; i < table->ncolumns; i++)
		look_at_values(&l, &table->columns[i]);
	find_before_images(&l);
	look_at_images(&l);
	for (int i = 0; i < table->ncolumns; i++)
		settle_column(&l, &table->columns[i], i == 0);
}
