/*-------------------------------------------------------------------------
 *
 * import_keys.c
 *	  Which columns are the key, as the data tells it.
 *
 * PostgreSQL's log has of a deleted row nothing but its key.  Where whole
 * rows are written, or none was deleted, a column that is unique in the full
 * load and named as keys are is taken.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "nodes/bitmapset.h"
#include "utils/hsearch.h"

#include "fdw/import.h"
#include "log/layout.h"

/* May it be in a D record for another reason than being a key? */
static bool
is_candidate(const ImportColumn *c, const Recognised *r)
{
	return !c->sequence && c->before == NULL &&
		(!r->has_load || c->load_values > 0);
}

static bool
is_delete(const RecognisedFile *f, const SampleRecord *record)
{
	const SampleField *op = f->op >= 0 ? &record->fields[f->op] : NULL;
	LogOp		parsed;

	return op != NULL && layout_parse_op(op->data, op->len, &parsed) &&
		parsed == LOG_DELETE;
}

static Bitmapset *
filled_columns(const Import *import, const ImportTable *t,
			   const Recognised *r, int file, const SampleRecord *record)
{
	Bitmapset  *filled = NULL;

	for (int i = 0; i < t->ncolumns; i++)
		if (is_candidate(&t->columns[i], r) &&
			import_value(import, &t->columns[i], file, record) != NULL)
			filled = bms_add_member(filled, i);
	return filled;
}

/* Is the column filled in every record that is no delete, and in some? */
static bool
never_null(const Import *import, const ImportColumn *c, const Recognised *r)
{
	int64		seen = 0;

	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];

		for (int k = f->skip; k < f->r.n; k++)
		{
			if (is_delete(f, &f->r.records[k]))
				continue;
			if (import_value(import, c, i, &f->r.records[k]) == NULL)
				return false;
			seen++;
		}
	}
	return seen > 0;
}

/* The same fields filled in all D records, and others empty against habit? */
static bool
keys_from_deletes(const Import *import, ImportTable *t, const Recognised *r)
{
	Bitmapset  *keys = NULL;
	bool		against_habit = false;

	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];

		for (int k = f->skip; k < f->r.n; k++)
		{
			Bitmapset  *filled;

			if (!is_delete(f, &f->r.records[k]))
				continue;
			filled = filled_columns(import, t, r, i, &f->r.records[k]);
			if (keys != NULL && !bms_equal(keys, filled))
				return false;
			keys = filled;
			if (keys == NULL)
				return false;
		}
	}
	if (keys == NULL)
		return false;
	for (int i = 0; i < t->ncolumns && !against_habit; i++)
		against_habit = !bms_is_member(i, keys) &&
			is_candidate(&t->columns[i], r) &&
			never_null(import, &t->columns[i], r);
	if (!against_habit)
		return false;
	for (int i = 0; i < t->ncolumns; i++)
		t->columns[i].key = bms_is_member(i, keys);
	t->key_origin = "its delete records";
	return true;
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

static ImportColumn *
column_named(ImportTable *t, const char *name)
{
	for (int i = 0; i < t->ncolumns; i++)
		if (pg_strcasecmp(t->columns[i].name, name) == 0)
			return &t->columns[i];
	return NULL;
}

static int
compare_values(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static bool
unique_in_load(const Import *import, const ImportColumn *c,
			   const Recognised *r)
{
	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];
		const char **values;
		int			n = 0;

		if (!f->is_load || f->r.n <= f->skip)
			continue;
		values = palloc(sizeof(char *) * f->r.n);
		for (int k = f->skip; k < f->r.n; k++)
		{
			const SampleField *v = import_value(import, c, i,
												&f->r.records[k]);

			if (v == NULL)
				return false;
			values[n++] = v->data;
		}
		qsort(values, n, sizeof(char *), compare_values);
		for (int k = 1; k < n; k++)
			if (strcmp(values[k - 1], values[k]) == 0)
				return false;
		pfree(values);
		return true;
	}
	return false;
}

static void
key_by_name(const Import *import, ImportTable *t, const Recognised *r)
{
	const char *table = t->found->folder;
	char	   *one = singular(table);
	char	   *wanted[] = {
		pstrdup("id"), psprintf("%s_id", table),
		one ? psprintf("%s_id", one) : NULL
	};

	for (int i = 0; i < lengthof(wanted); i++)
	{
		ImportColumn *c = wanted[i] ? column_named(t, wanted[i]) : NULL;

		if (c == NULL || !unique_in_load(import, c, r))
			continue;
		c->key = true;
		t->key_origin = "a unique column's name";
		return;
	}
}

void
import_keys(const Import *import, ImportTable *t, const Recognised *r)
{
	if (!keys_from_deletes(import, t, r))
		key_by_name(import, t, r);
}
