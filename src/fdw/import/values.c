/*-------------------------------------------------------------------------
 *
 * values.c
 *	  Sampled values read as a foreign table would read them.
 *
 * What is imported can be read: a type that a model, a document or the texts'
 * look suggest is held to all values of the samples, through the very
 * conversions that a query runs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "fdw/import/import.h"
#include "fdw/options/options.h"
#include "replay/values/nested.h"
#include "replay/values/tuple.h"

/* A maker of one column's values. */
typedef struct OneColumn
{
	LogConfig	config;
	LogColumn	column;
	LogPosition position;
	TupleMaker *tuples;
} OneColumn;

struct ImportReader
{
	OneColumn	typed;
	/* the same values without the type's length; tuples is NULL if it has none */
	OneColumn	whole;
	ImportLoss *loss;			/* NULL: nobody asks */
	FmgrInfo	equal;
	Oid			collation;
};

/* The first value that a column's type does not hold. */
typedef struct Misfit
{
	ErrorData  *error;			/* NULL: all are held */
	const char *key;			/* of the file */
	int64		line;
} Misfit;

/* ---- one value ---- */

static int
encoding_named(const char *name)
{
	for (int e = NESTED_JSON; name != NULL && e <= NESTED_HIVE_LAX; e++)
		if (strcmp(nested_name(e), name) == 0)
			return e;
	return NESTED_NONE;
}

static void
open_column(OneColumn *o, const ValueStyle *style, const LogColumn *column)
{
	o->column = *column;
	o->config.columns = &o->column;
	o->config.ncolumns = 1;
	o->config.style = *style;
	/* what an input function keeps must not outlive its failure */
	o->config.on_error = ON_ERROR_NULL;
	o->tuples = tuple_open(&o->config, &o->position);
}

ImportReader *
import_reader_open(const ValueStyle *style, const LogColumn *column)
{
	ImportReader *r = palloc0(sizeof(ImportReader));

	open_column(&r->typed, style, column);
	return r;
}

/* Read values without the type's length, too. */
static void
compare_whole(ImportReader *r, const ValueStyle *style)
{
	LogColumn	whole = r->typed.column;
	TypeCacheEntry *type;

	whole.typid = getBaseTypeAndTypmod(whole.typid, &whole.typmod);
	type = lookup_type_cache(whole.typid, TYPECACHE_EQ_OPR_FINFO);
	if (whole.typmod < 0 || !OidIsValid(type->eq_opr))
		return;
	whole.typmod = -1;
	open_column(&r->whole, style, &whole);
	fmgr_info_copy(&r->equal, &type->eq_opr_finfo, CurrentMemoryContext);
	r->collation = get_typcollation(whole.typid);
}

ImportReader *
import_reader_exact(const ValueStyle *style, const LogColumn *column)
{
	ImportReader *r = import_reader_open(style, column);

	compare_whole(r, style);
	r->loss = import_loss_open(style, column);
	return r;
}

ImportReader *
import_reader_for(const Import *import, const ImportColumn *c)
{
	LogColumn	column = {
		.attname = c->name,
		.typid = c->typid,
		.typmod = c->typmod,
		.collation = OidIsValid(c->collation) ? c->collation :
		get_typcollation(c->typid),
		.before_of = -1,
		.encoding = encoding_named(c->encoding)
	};
	ValueStyle	style;
	ListCell   *lc;

	foreach(lc, c->model != NULL ? c->model->options : NIL)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		if (strcmp(def->defname, "fields") == 0)
			column.fields = defGetString(def);
	}
	options_style(&import->values, &style);
	return import_reader_exact(&style, &column);
}

static ErrorData *
other_value(const ImportReader *r)
{
	ErrorData  *error = palloc0(sizeof(ErrorData));

	error->message = psprintf("it is another value as %s",
							  format_type_with_typemod(r->typed.column.typid,
													   r->typed.column.typmod));
	return error;
}

bool
import_reader_read(ImportReader *r, const SampleField *field, Datum *value,
				   ErrorData **error)
{
	Cell		cell = {NULL, 0, CELL_NULL};
	Datum		whole;

	if (field != NULL)
		cell = (Cell) {field->data, field->len, CELL_VALUE};
	if (!tuple_try_value(r->typed.tuples, 0, &cell, value, error))
		return false;
	if (field == NULL ||
		((r->whole.tuples == NULL ||
		  (tuple_try_value(r->whole.tuples, 0, &cell, &whole, error) &&
		   DatumGetBool(FunctionCall2Coll(&r->equal, r->collation, *value,
										  whole)))) &&
		 (r->loss == NULL || !import_loses(r->loss, *value, field))))
		return true;
	*error = other_value(r);
	return false;
}

/* ---- a column ---- */

static void
find_misfit(const Import *import, const ImportColumn *c, const Recognised *r,
			Misfit *out)
{
	MemoryContext outer = CurrentMemoryContext;
	MemoryContext kept = AllocSetContextCreate(outer, "cdc_fdw values",
											   ALLOCSET_SMALL_SIZES);
	MemoryContext scratch = AllocSetContextCreate(kept, "cdc_fdw value",
												  ALLOCSET_SMALL_SIZES);
	ImportReader *reader;

	memset(out, 0, sizeof(*out));
	MemoryContextSwitchTo(kept);
	reader = import_reader_for(import, c);
	MemoryContextSwitchTo(outer);
	for (int i = 0; i < r->nfiles && out->error == NULL; i++)
	{
		const RecognisedFile *f = &r->files[i];

		for (int k = f->skip; k < f->r.n && out->error == NULL; k++)
		{
			const SampleField *v = import_value(import, c, i,
												&f->r.records[k]);
			LogOp		op;
			Datum		value;
			ErrorData  *error = NULL;

			CHECK_FOR_INTERRUPTS();
			/* what a delete left is not shown */
			if (v == NULL && (!import_op(f, &f->r.records[k], &op) ||
							  op == LOG_DELETE))
				continue;
			MemoryContextSwitchTo(scratch);
			if (!import_reader_read(reader, v, &value, &error))
			{
				MemoryContextSwitchTo(outer);
				out->error = palloc0(sizeof(ErrorData));
				out->error->message = pstrdup(error->message);
				out->error->hint = error->hint ? pstrdup(error->hint) : NULL;
				out->key = sample_name(f->sample);
				out->line = f->r.records[k].line;
			}
			MemoryContextSwitchTo(outer);
			MemoryContextReset(scratch);
		}
	}
	MemoryContextDelete(kept);
}

/* Types whose values may be longer or finer than the declared length. */
static bool
has_free_length(Oid typid)
{
	Oid			element = get_element_type(typid);

	switch (OidIsValid(element) ? element : typid)
	{
		case NUMERICOID:
		case VARCHAROID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case INTERVALOID:
			return true;
		default:
			return false;
	}
}

/* Leave out what only json and jsonb have. */
static void
drop_encoding(ImportColumn *c)
{
	KnownColumn *model;
	ListCell   *lc;

	c->encoding = NULL;
	if (c->model == NULL)
		return;
	model = palloc(sizeof(KnownColumn));
	*model = *c->model;
	model->options = NIL;
	foreach(lc, c->model->options)
		if (strcmp(lfirst_node(DefElem, lc)->defname, "fields") != 0)
			model->options = lappend(model->options, lfirst(lc));
	c->model = model;
}

void
import_make_text(ImportColumn *c)
{
	if (!OidIsValid(get_typcollation(c->typid)))
		c->collation = InvalidOid;
	c->typid = TEXTOID;
	c->typmod = -1;
	drop_encoding(c);
}

/* May what is no value of the type be one of a type that is alike? */
static bool
has_relatives(Oid typid)
{
	char		category;
	bool		preferred;

	get_type_category_preferred(typid, &category, &preferred);
	return category == TYPCATEGORY_NUMERIC || category == TYPCATEGORY_DATETIME ||
		category == TYPCATEGORY_BOOLEAN;
}

/*
 * The next type that holds more; false after text.  What the values alone would
 * be comes once, *inferred.
 */
static bool
widen(const Import *import, ImportColumn *c, bool *inferred)
{
	int32		basemod = c->typmod;
	Oid			base = getBaseTypeAndTypmod(c->typid, &basemod);

	if (c->typid == TEXTOID)
		return false;
	if (base != c->typid)
	{
		c->typid = base;
		c->typmod = basemod;
	}
	else if (c->typmod >= 0 && has_free_length(base))
		c->typmod = -1;
	else if (base == JSONBOID && c->encoding == NULL)
		/* its text keeps what jsonb does not */
		c->typid = JSONOID;
	else if (c->known && !*inferred && has_relatives(base))
	{
		*inferred = true;
		import_infer_type(import, c);
	}
	else
		import_make_text(c);
	return true;
}

/* What one of them cannot hold, a column and its before image both give up. */
static void
widen_alike(ImportTable *t, const ImportColumn *c)
{
	const char *name = c->before != NULL ? c->before : c->name;

	for (int i = 0; i < t->ncolumns; i++)
	{
		ImportColumn *other = &t->columns[i];

		if (other == c || (strcmp(other->name, name) != 0 &&
						   (other->before == NULL ||
							strcmp(other->before, name) != 0)))
			continue;
		other->typid = c->typid;
		other->typmod = c->typmod;
		other->collation = c->collation;
		other->encoding = c->encoding;
	}
}

static void
note(ImportTable *t, const ImportColumn *c, const char *declared,
	 const Misfit *first, const Misfit *last)
{
	ImportNote *n = palloc0(sizeof(ImportNote));
	const Misfit *m = last->error != NULL ? last : first;

	n->detail = psprintf("Line %lld of \"%s\": %s.", (long long) m->line,
						 m->key, m->error->message);
	n->column = c->name;
	n->unreadable = last->error != NULL;
	n->what = n->unreadable ? "has values that cannot be read" :
		psprintf("is %s and not %s",
				 format_type_with_typemod(c->typid, c->typmod), declared);
	t->notes = lappend(t->notes, n);
}

static void
settle_column(const Import *import, ImportTable *t, const Recognised *r,
			  ImportColumn *c)
{
	char	   *declared = format_type_with_typemod(c->typid, c->typmod);
	Misfit		first;
	Misfit		last;
	bool		inferred = false;

	find_misfit(import, c, r, &first);
	last = first;
	while (last.error != NULL && widen(import, c, &inferred))
		find_misfit(import, c, r, &last);
	if (first.error == NULL)
	{
		pfree(declared);
		return;
	}
	widen_alike(t, c);
	if (c->known || last.error != NULL)
		note(t, c, declared, &first, &last);
}

void
import_values(const Import *import, ImportTable *t, const Recognised *r)
{
	for (int i = 0; i < t->ncolumns; i++)
		settle_column(import, t, r, &t->columns[i]);
}
