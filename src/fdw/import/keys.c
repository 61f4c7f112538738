/*-------------------------------------------------------------------------
 *
 * keys.c
 *	  Which columns are the key, as the data tells it.
 *
 * PostgreSQL's log has of a deleted row nothing but its key, so the key is what
 * all D records fill, if something is empty in them that is filled elsewhere.
 * Whole rows that have an empty field look alike, and so do the further columns
 * that some sources log and those that a rule of the task adds.  All of these
 * have the key among what they fill.  So that is the key only if no part of it
 * can be.  Of a part that can, a column named as keys are is taken if D records
 * are whole rows; else what they fill beside it may be of the key.
 *
 * Where D records tell nothing, a column that is unique in the full load and
 * named as keys are is taken.  Whatever was found, or known, must hold on all
 * that was sampled (key_check.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/memutils.h"

#include "fdw/import/keys.h"

/* So few changes that meet no row say nothing against a declared key. */
#define CHANGES_ENOUGH	10

/* The table whose key is looked for, and its samples. */
typedef struct Finder
{
	const KeyEvidence *e;
	ImportTable *table;
	Bitmapset  *candidates;		/* columns that may be of the key */
	bool		narrow;			/* its key may lack a column */
	bool		whole;			/* a D record may be the row that it deletes */
	bool		lacking;		/* one surely is not */
} Finder;

bool
import_op(const RecognisedFile *f, const SampleRecord *record, LogOp *op)
{
	const SampleField *field = f->op >= 0 ? &record->fields[f->op] : NULL;

	*op = f->is_load ? LOG_INSERT : LOG_UPSERT;
	return field == NULL || op_parse(field->data, field->len, op);
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

/* True if the full load is there, and has no rows. */
static bool
began_empty(const Finder *d, const KeyTrial *trial)
{
	const FoundTable *found = d->table->found;

	return trial->loaded == 0 && found->nload > 0 &&
		(found->load == NULL || found->load_complete);
}

/*
 * True if the column is filled in all rows of the full load, and no two are
 * alike.  Where the table was empty then, the rows inserted since count.
 */
static bool
is_unique(const Finder *d, int column)
{
	KeyTrial	trial;

	import_key_try(d->e, bms_make_singleton(column), true, NULL, NULL, &trial);
	if (trial.verdict == KEY_TWICE ||
		(trial.verdict == KEY_EMPTY && trial.record->is_load))
		return false;
	return trial.loaded > 0 || (trial.inserted > 0 && began_empty(d, &trial));
}

/* ---- D records ---- */

/* True if the column may be in a D record because it is of the key. */
static bool
is_candidate(const Finder *d, int column)
{
	const ImportColumn *c = &d->table->columns[column];
	bool		differ;

	return !c->sequence && c->before == NULL &&
		(c->load_values > 0 || c->load_nulls == 0) &&
		import_key_task(d->e, column, &differ) != TASK_SURELY;
}

/* Those candidates that are filled in a record. */
static Bitmapset *
filled_columns(const Finder *d, const KeyRecord *record)
{
	Bitmapset  *filled = NULL;
	int			i = -1;

	while ((i = bms_next_member(d->candidates, i)) >= 0)
		if (record->cells[i] != 0)
			filled = bms_add_member(filled, i);
	return filled;
}

static bool
is_delete(const KeyRecord *record)
{
	return record->op == LOG_DELETE && !record->is_load;
}

/*
 * What all D records have filled, if they have the same, and something is
 * empty in all of them that is filled elsewhere.  NULL: they prove nothing.
 */
static Bitmapset *
columns_of_deletes(const Finder *d)
{
	Bitmapset  *elsewhere = NULL;
	Bitmapset  *keys = NULL;

	for (int i = 0; i < d->e->n; i++)
	{
		Bitmapset  *filled = filled_columns(d, &d->e->records[i]);

		if (!is_delete(&d->e->records[i]))
		{
			elsewhere = bms_add_members(elsewhere, filled);
			continue;
		}
		if (filled == NULL || (keys != NULL && !bms_equal(keys, filled)))
			return NULL;
		keys = filled;
	}
	return keys != NULL && !bms_is_subset(elsewhere, keys) ? keys : NULL;
}

/*
 * See if a D record is the row that it deletes.  Where records between the two
 * were not read, it may be if what it has is the row's.
 */
static void
see_whole(const KeyRecord *row, const KeyRecord *change, void *arg)
{
	Finder	   *d = arg;
	bool		sure = row->stretch == change->stretch;
	bool		differs = false;
	bool		less = false;
	int			i = -1;

	if (!is_delete(change))
		return;
	while ((i = bms_next_member(d->candidates, i)) >= 0)
	{
		less |= row->cells[i] != 0 && change->cells[i] == 0;
		differs |= row->cells[i] != change->cells[i] && change->cells[i] != 0;
	}
	d->whole |= !differs && !(sure && less);
	d->lacking |= sure && (differs || less);
}

static void
set_key(ImportTable *t, const Bitmapset *columns, const char *origin)
{
	int			i = -1;

	while ((i = bms_next_member(columns, i)) >= 0)
		t->columns[i].key = true;
	t->key_origin = origin;
}

/* Their names in quotes, by comma; palloc'd. */
static char *
quoted_names(const ImportTable *t, const Bitmapset *columns)
{
	StringInfoData s;
	int			i = -1;

	initStringInfo(&s);
	while ((i = bms_next_member(columns, i)) >= 0)
		appendStringInfo(&s, "%s\"%s\"", s.len > 0 ? ", " : "",
						 t->columns[i].name);
	return s.data;
}

/* The column of the set that is named as keys are, and may be one alone; or -1. */
static int
named_alone(const Finder *d, const int *named, const Bitmapset *keys)
{
	for (int n = 0; n < KEY_NAMES; n++)
		if (named[n] >= 0 && bms_is_member(named[n], keys) &&
			is_unique(d, named[n]) &&
			import_key_holds(d->e, bms_make_singleton(named[n])))
			return named[n];
	return -1;
}

/* True if the D records settle whether there is a key. */
static bool
key_of_deletes(Finder *d, const int *named)
{
	ImportTable *t = d->table;
	Bitmapset  *keys = columns_of_deletes(d);
	Bitmapset  *doubtful;
	Bitmapset  *part;
	KeyTrial	trial;
	bool		holds;
	int			alone;

	if (keys == NULL)
		return false;
	keys = import_key_without_task(d->e, keys, &doubtful);
	if (doubtful != NULL)
	{
		t->keyless = psprintf("Its delete records have %s, and no update or delete meets a row to show whether that is of the key or was added by the task.",
							  quoted_names(t, doubtful));
		return true;
	}
	part = import_key_least(d->e, keys);
	holds = import_key_holds(d->e, keys);
	alone = bms_equal(part, keys) && holds ? -1 : named_alone(d, named, keys);
	if (alone >= 0)
		import_key_try(d->e, bms_make_singleton(alone), false, see_whole, d,
					   &trial);
	if (alone >= 0 && d->whole && !d->lacking)
		set_key(t, bms_make_singleton(alone),
				"its delete records and a unique column's name");
	else if (bms_equal(part, keys) || !holds)
	{
		/* where it does not hold the reason is told */
		set_key(t, keys, "its delete records");
		d->narrow = false;
	}
	else
		t->keyless = psprintf("Its delete records have more columns than %s, which no two rows have alike.",
							  quoted_names(t, part));
	return true;
}

static void
key_by_name(const Finder *d, const int *named)
{
	for (int n = 0; n < KEY_NAMES; n++)
	{
		if (named[n] < 0 || !is_unique(d, named[n]))
			continue;
		set_key(d->table, bms_make_singleton(named[n]),
				"a unique column's name");
		return;
	}
}

/* There is no key: say which columns may be of it. */
static void
forget_key(ImportTable *t, const KeyEvidence *e)
{
	Bitmapset  *likely = import_key_likely(e, &t->likely_all);

	t->key_origin = NULL;
	for (int i = 0; i < t->ncolumns; i++)
	{
		t->columns[i].key = false;
		t->columns[i].likely = bms_is_member(i, likely);
	}
}

static Bitmapset *
key_columns(const ImportTable *t)
{
	Bitmapset  *columns = NULL;

	for (int i = 0; i < t->ncolumns; i++)
		if (t->columns[i].key)
			columns = bms_add_member(columns, i);
	return columns;
}

/* Allocates in a context that import_keys() deletes. */
static void
find_key(const Import *import, ImportTable *t, const Recognised *r)
{
	bool		known = t->key_origin != NULL;
	Finder		d = {
		.e = import_key_open(import, t, r, NULL,
							 known ? key_columns(t) : NULL),
		.table = t,
		.narrow = !known
	};
	int			named[KEY_NAMES];

	if (!known)
	{
		for (int i = 0; i < t->ncolumns; i++)
			if (is_candidate(&d, i))
				d.candidates = bms_add_member(d.candidates, i);
		find_named(t, named);
		if (!key_of_deletes(&d, named))
			key_by_name(&d, named);
		if (t->key_origin == NULL && t->keyless == NULL)
			t->keyless = "No delete record holds a key alone, and no column that is unique in the full load is named as keys are.";
	}
	if (t->key_origin != NULL)
		t->keyless = import_key_fails(d.e, key_columns(t), d.narrow,
									  t->key_origin);
	if (t->keyless != NULL)
		forget_key(t, known ? import_key_open(import, t, r, NULL, NULL) : d.e);
}

void
import_keys(const Import *import, ImportTable *t, const Recognised *r)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "cdc_fdw keys of a table",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);

	find_key(import, t, r);
	MemoryContextSwitchTo(old);
	if (t->keyless != NULL)
		t->keyless = pstrdup(t->keyless);
	MemoryContextDelete(context);
}

/*
 * True if the samples contradict the key of a table that is there, which whoever
 * declared it may know better than a few records: a full load's equal rows come
 * out, and so do those of one key by duplicate_keys; a delete that meets no row
 * may be one that was delivered again; each folder has rows of its own.
 */
static bool
is_contradicted(const KeyTrial *trial, const LogConfig *log)
{
	switch (trial->verdict)
	{
		case KEY_TWICE:
			return !log->duplicate_keys && !trial->record->again;
		case KEY_HOLDS:
			return trial->changes >= CHANGES_ENOUGH && log->nfolders <= 1;
		default:
			return true;
	}
}

char *
import_key_contradicts(const Import *import, ImportTable *t,
					   const Recognised *r, const Bitmapset *key,
					   const LogConfig *log)
{
	MemoryContext context;
	MemoryContext old;
	KeyEvidence *e;
	KeyTrial	trial;
	const char *fails = NULL;
	/* a sequence says in which order, not the lines */
	bool		narrow = log->sequence < 0;

	/* where no deletes are written a key's rows may follow one another */
	if (log->inserts_only || log->inserts_and_updates)
		return NULL;
	context = AllocSetContextCreate(CurrentMemoryContext,
									"cdc_fdw key of a table",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	e = import_key_open(import, t, r, log, NULL);
	import_key_try(e, key, narrow, NULL, NULL, &trial);
	if (is_contradicted(&trial, log))
		fails = import_key_fails(e, key, narrow, "the table's options");
	MemoryContextSwitchTo(old);
	if (fails != NULL)
		fails = pstrdup(fails);
	MemoryContextDelete(context);
	return unconstify(char *, fails);
}
