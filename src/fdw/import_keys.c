/*-------------------------------------------------------------------------
 *
 * import_keys.c
 *	  Which columns are the key, as the data tells it.
 *
 * PostgreSQL's log has of a deleted row nothing but its key.  Where whole rows
 * are written that only happen to have an empty field, or none was deleted, a
 * column that is unique in the full load and named as keys are is taken.  What
 * was found, or known, must hold on all that was sampled.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/bitmapset.h"

#include "fdw/import.h"

/* The table whose key is looked for, and its samples. */
typedef struct Finder
{
	const Import *import;
	ImportTable *table;
	const Recognised *r;
} Finder;

bool
import_op(const RecognisedFile *f, const SampleRecord *record, LogOp *op)
{
	const SampleField *field = f->op >= 0 ? &record->fields[f->op] : NULL;

	*op = f->is_load ? LOG_INSERT : LOG_UPSERT;
	return field == NULL || layout_parse_op(field->data, field->len, op);
}

static bool
is_delete(const RecognisedFile *f, const SampleRecord *record)
{
	LogOp		op;

	return import_op(f, record, &op) && op == LOG_DELETE;
}

/* ---- columns that the task added ---- */

/*
 * The operation again ($AR_H_OPERATION), or a time near to the file's name
 * ($AR_H_TIMESTAMP)?
 */
static bool
is_of_record(const RecognisedFile *f, const SampleRecord *record,
			 const SampleField *v)
{
	int64		t;
	LogOp		said;
	LogOp		op;

	if (recognise_is_op(v) && layout_parse_op(v->data, v->len, &said))
		return import_op(f, record, &op) && op == said;
	return !f->is_load && name_parse_timestamp(v->data, v->len, &t) &&
		recognise_is_near(f, t);
}

/*
 * Is the column what a rule adds: filled in all records, and in each file the
 * operation, a time near to its name, or one date or time for all?  Not if the
 * same stands in all files, as a part of a key may.
 */
static bool
is_of_task(const Finder *d, const ImportColumn *c)
{
	const SampleField *first = NULL;
	bool		differ = false;

	if (c->added)
		return true;
	for (int i = 0; i < d->r->nfiles; i++)
	{
		const RecognisedFile *f = &d->r->files[i];
		const SampleField *one = NULL;
		bool		same = f->r.n > f->skip + 1 || !f->is_load;
		bool		of_record = true;

		for (int k = f->skip; k < f->r.n; k++)
		{
			const SampleField *v = import_value(d->import, c, i,
												&f->r.records[k]);

			if (v == NULL)
				return false;
			one = one ? one : v;
			first = first ? first : v;
			differ |= strcmp(first->data, v->data) != 0;
			same &= strcmp(one->data, v->data) == 0 && recognise_is_date(v);
			of_record &= is_of_record(f, &f->r.records[k], v);
			if (!same && !of_record)
				return false;
		}
	}
	return differ;
}

/* May it be in a D record because it is of the key? */
static bool
is_candidate(const Finder *d, const ImportColumn *c)
{
	return !c->sequence && c->before == NULL &&
		(!d->r->has_load || c->load_values > 0) && !is_of_task(d, c);
}

/* ---- by name ---- */

/* table without its plural, or NULL; palloc'd */
static char *
singular(const char *table)
{
	size_t		n = strlen(table);

	if (n > 3 && pg_strcasecmp(table + n - 3, "ies") == 0)
		return psprintf("%.*sy", (int) n - 3, table);
	if (n > 3 && (pg_strcasecmp(table + n - 3, "ses") == 0 ||
				  pg_strcasecmp(table + n - 3, "xes") == 0 ||
				  pg_strcasecmp(table + n - 4, "shes") == 0 ||
				  pg_strcasecmp(table + n - 4, "ches") == 0))
		return pnstrdup(table, n - 2);
	if (n > 1 && pg_tolower((unsigned char) table[n - 1]) == 's')
		return pnstrdup(table, n - 1);
	return NULL;
}

/* The column of this name, or -1. */
static int
column_named(const ImportTable *t, const char *name)
{
	for (int i = 0; i < t->ncolumns; i++)
		if (pg_strcasecmp(t->columns[i].name, name) == 0)
			return i;
	return -1;
}

/* Names that keys have, the likeliest first; -1: the table has no such column. */
static void
find_named(const ImportTable *t, int *named)
{
	const char *table = t->found->folder;
	char	   *one = singular(table);

	named[0] = column_named(t, "id");
	named[1] = column_named(t, psprintf("%s_id", table));
	named[2] = one != NULL ? column_named(t, psprintf("%s_id", one)) : -1;
}

#define KEY_NAMES	3

static int
compare_values(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Filled in all rows of that file, and no two alike? */
static bool
is_unique_in(const Finder *d, const ImportColumn *c, int file)
{
	const RecognisedFile *f = &d->r->files[file];
	const char **values = palloc(sizeof(char *) * f->r.n);
	int			n = 0;
	bool		unique = true;

	for (int k = f->skip; k < f->r.n && unique; k++)
	{
		const SampleField *v = import_value(d->import, c, file,
											&f->r.records[k]);

		unique = v != NULL;
		if (unique)
			values[n++] = v->data;
	}
	if (unique)
		qsort(values, n, sizeof(char *), compare_values);
	for (int k = 1; k < n && unique; k++)
		unique = strcmp(values[k - 1], values[k]) != 0;
	pfree(values);
	return unique;
}

/* The same of the full load. */
static bool
is_unique(const Finder *d, const ImportColumn *c)
{
	for (int i = 0; i < d->r->nfiles; i++)
	{
		const RecognisedFile *f = &d->r->files[i];

		if (f->is_load && f->r.n > f->skip)
			return is_unique_in(d, c, i);
	}
	return false;
}

/* ---- D records ---- */

/* Columns that are filled in a D record. */
static Bitmapset *
filled_columns(const Finder *d, const Bitmapset *candidates, int file,
			   const SampleRecord *record)
{
	Bitmapset  *filled = NULL;
	int			i = -1;

	while ((i = bms_next_member(candidates, i)) >= 0)
		if (import_value(d->import, &d->table->columns[i], file, record) != NULL)
			filled = bms_add_member(filled, i);
	return filled;
}

/* Columns that are filled in any record that is no D. */
static Bitmapset *
filled_elsewhere(const Finder *d, const Bitmapset *candidates)
{
	Bitmapset  *filled = NULL;

	for (int i = 0; i < d->r->nfiles; i++)
	{
		const RecognisedFile *f = &d->r->files[i];

		for (int k = f->skip; k < f->r.n; k++)
			if (!is_delete(f, &f->r.records[k]))
				filled = bms_add_members(filled,
										 filled_columns(d, candidates, i,
														&f->r.records[k]));
	}
	return filled;
}

/*
 * What all D records have filled, if they have the same, and something is
 * empty in all of them that is filled elsewhere.  NULL: they prove nothing.
 */
static Bitmapset *
columns_of_deletes(const Finder *d)
{
	Bitmapset  *candidates = NULL;
	Bitmapset  *keys = NULL;

	for (int i = 0; i < d->table->ncolumns; i++)
		if (is_candidate(d, &d->table->columns[i]))
			candidates = bms_add_member(candidates, i);
	for (int i = 0; i < d->r->nfiles; i++)
	{
		const RecognisedFile *f = &d->r->files[i];

		for (int k = f->skip; k < f->r.n; k++)
		{
			Bitmapset  *filled;

			if (!is_delete(f, &f->r.records[k]))
				continue;
			filled = filled_columns(d, candidates, i, &f->r.records[k]);
			if (filled == NULL || (keys != NULL && !bms_equal(keys, filled)))
				return NULL;
			keys = filled;
		}
	}
	return keys != NULL &&
		!bms_is_subset(filled_elsewhere(d, candidates), keys) ? keys : NULL;
}

static void
set_key(ImportTable *t, int column, const char *origin)
{
	t->columns[column].key = true;
	t->key_origin = origin;
}

/* True if the D records settle whether there is a key. */
static bool
key_of_deletes(const Finder *d, const int *named)
{
	ImportTable *t = d->table;
	Bitmapset  *keys = columns_of_deletes(d);
	bool		several = bms_membership(keys) == BMS_MULTIPLE;
	int			i = -1;

	if (keys == NULL)
		return false;
	for (int n = 0; several && n < KEY_NAMES; n++)
	{
		if (named[n] < 0 || !bms_is_member(named[n], keys) ||
			!is_unique(d, &t->columns[named[n]]))
			continue;
		set_key(t, named[n], "its delete records and a unique column's name");
		return true;
	}
	/* whole rows that have an empty field look alike */
	while (several && (i = bms_next_member(keys, i)) >= 0)
	{
		if (!is_unique(d, &t->columns[i]))
			continue;
		t->keyless = psprintf("Its delete records have more columns than \"%s\", which alone is unique in the full load.",
							  t->columns[i].name);
		return true;
	}
	i = -1;
	while ((i = bms_next_member(keys, i)) >= 0)
		set_key(t, i, "its delete records");
	return true;
}

static void
key_by_name(const Finder *d, const int *named)
{
	for (int n = 0; n < KEY_NAMES; n++)
	{
		if (named[n] < 0 || !is_unique(d, &d->table->columns[named[n]]))
			continue;
		set_key(d->table, named[n], "a unique column's name");
		return;
	}
}

/* There is no key; which column may be of it, that was not just refused? */
static void
forget_key(const Finder *d)
{
	ImportTable *t = d->table;

	t->key_origin = NULL;
	t->likely_key = -1;
	for (int i = 0; i < t->ncolumns; i++)
	{
		ImportColumn *c = &t->columns[i];

		if (t->likely_key < 0 && !c->key && is_candidate(d, c) &&
			is_unique(d, c))
			t->likely_key = i;
		c->key = false;
	}
}

void
import_keys(const Import *import, ImportTable *t, const Recognised *r)
{
	Finder		d = {import, t, r};
	int			named[KEY_NAMES];

	if (t->key_origin == NULL)
	{
		find_named(t, named);
		if (!key_of_deletes(&d, named))
			key_by_name(&d, named);
		if (t->key_origin == NULL && t->keyless == NULL)
			t->keyless = "No delete record holds a key alone, and no column that is unique in the full load is named as keys are.";
	}
	if (t->key_origin != NULL)
		t->keyless = import_key_fails(import, t, r);
	if (t->keyless != NULL)
		forget_key(&d);
}
