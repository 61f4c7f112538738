/*-------------------------------------------------------------------------
 *
 * columns.c
 *	  The columns of an imported table: names by header, by what is known from
 *	  elsewhere, or c1, c2, ...; types likewise, or from the data
 *	  (infer.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/heap.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"

#include "base/sort.h"
#include "fdw/import/import.h"
#include "log/shown.h"

/* that may stand in a record beside columns: Qlik Replicate has four */
#define EXTRA_FIELDS	4

/* What the columns are being made of. */
typedef struct Maker
{
	Import	   *import;
	ImportTable *table;
	const Recognised *r;
	KnownTable *known;
	int			max;			/* room in table->columns */
} Maker;

/* ---- names ---- */

static bool
name_taken(const ImportTable *t, const char *name)
{
	for (int i = 0; i < t->ncolumns; i++)
		if (t->columns[i].name != NULL &&
			strcmp(t->columns[i].name, name) == 0)
			return true;
	return false;
}

/* For import_free_name(): may no column of the table be called that? */
static bool
is_unusable(const char *name, void *arg)
{
	const Maker *m = arg;
	const char *asof = m->import->opts->asof_column;

	return name_taken(m->table, name) || SystemAttributeByName(name) != NULL ||
		(asof != NULL && strcmp(name, asof) == 0);
}

/* A name that a column can have here and no other one has. */
static char *
usable_name(Maker *m, const char *wanted)
{
	char	   *name = NULL;
	char	   *usable;

	if (m->import->opts->lower)
		name = str_tolower(wanted, strlen(wanted), DEFAULT_COLLATION_OID);
	/* folding may make two of one */
	usable = import_free_name(name != NULL && !name_taken(m->table, name) ?
							  name : wanted, is_unusable, m);
	if (name != NULL)
		pfree(name);
	return usable;
}

/* ---- adding columns ---- */

static ImportColumn *
add_column(Maker *m)
{
	ImportTable *t = m->table;
	ImportColumn *c;

	if (t->ncolumns == m->max)
	{
		m->max = Max(m->max * 2, 32);
		t->columns = t->columns ?
			repalloc(t->columns, m->max * sizeof(ImportColumn)) :
			palloc(m->max * sizeof(ImportColumn));
	}
	c = &t->columns[t->ncolumns];
	memset(c, 0, sizeof(*c));
	c->typmod = -1;
	for (int f = 0; f < RECOGNISE_FILES; f++)
		c->field[f] = -1;
	/* counted only once it has a name */
	return c;
}

static void
take_known(ImportColumn *c, const KnownColumn *k)
{
	if (k == NULL)
		return;
	c->typid = k->nested ? InvalidOid : k->typid;
	c->typmod = k->nested ? -1 : k->typmod;
	c->collation = k->collation;
	c->key = k->key;
	c->sequence = k->sequence;
	c->before = k->before;
	c->encoding = k->encoding;
	c->added = k->added;
	c->known = !k->nested;
	c->model = k;
}

static bool
is_alias(const KnownColumn *k, const char *name)
{
	for (int i = 0; i < k->naliases; i++)
		if (strcmp(k->aliases[i], name) == 0)
			return true;
	return strcmp(k->name, name) == 0;
}

/* True if the header names the column exactly. */
static bool
is_in_header(const RecognisedFile *f, const KnownColumn *k)
{
	for (int i = 0; i < f->width; i++)
		if (is_alias(k, f->r.records[0].fields[i].data))
			return true;
	return false;
}

/* The known column that a field of a file's header names, in any case unless exact; or NULL. */
static KnownColumn *
known_by_name(const KnownTable *known, const RecognisedFile *f,
			  const char *name, bool exact)
{
	KnownColumn *folded = NULL;
	ListCell   *lc;

	if (known == NULL)
		return NULL;
	foreach(lc, known->columns)
	{
		KnownColumn *k = lfirst(lc);

		if (is_alias(k, name))
			return k;
		if (!exact && pg_strcasecmp(k->name, name) == 0 && !is_in_header(f, k))
			folded = k;
	}
	return folded;
}

/* ---- files with a header ---- */

/* The header's text in the database's encoding; NULL where it is none. */
static char *
header_name(const SampleField *f)
{
	return f->len == 0 ? NULL : shown_exactly(f->data, f->len);
}

static int
compare_folded(const void *a, const void *b, void *arg)
{
	return pg_strcasecmp(*(const char *const *) a, *(const char *const *) b);
}

/* Names of which a file has two or more that differ only in case. */
static List *
find_twins(const Recognised *r)
{
	List	   *twins = NIL;

	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];
		const char **names = palloc(sizeof(char *) * Max(f->width, 1));

		for (int k = 0; k < f->width; k++)
			names[k] = f->r.records[0].fields[k].data;
		sort_items(names, f->width, sizeof(char *), compare_folded, NULL);
		for (int k = 1; k < f->width; k++)
			if (pg_strcasecmp(names[k - 1], names[k]) == 0)
				twins = lappend(twins, pstrdup(names[k]));
		pfree(names);
	}
	return twins;
}

/* Then each way to write the name is a column of its own, in all files. */
bool
import_has_twins(const ImportTable *t, const char *name)
{
	ListCell   *lc;

	foreach(lc, t->twins)
		if (pg_strcasecmp(lfirst(lc), name) == 0)
			return true;
	return false;
}

ImportColumn *
import_by_source(ImportTable *t, const char *name)
{
	ImportColumn *folded = NULL;

	for (int i = 0; i < t->ncolumns; i++)
	{
		if (strcmp(t->columns[i].source, name) == 0)
			return &t->columns[i];
		if (pg_strcasecmp(t->columns[i].source, name) == 0)
			folded = &t->columns[i];
	}
	return folded;
}

static ImportColumn *
column_of_model(ImportTable *t, const KnownColumn *k)
{
	for (int i = 0; k != NULL && i < t->ncolumns; i++)
		if (t->columns[i].model == k)
			return &t->columns[i];
	return NULL;
}

ImportColumn *
import_before_column(ImportTable *t, const ImportColumn *image)
{
	ImportColumn *folded = NULL;

	for (int i = 0; i < t->ncolumns; i++)
	{
		ImportColumn *c = &t->columns[i];
		/* a model's option has the local name, a document the source's */
		bool		local = image->model != NULL &&
			image->model->aliases != NULL;
		const char *name = c->source && !local ? c->source : c->name;

		if (c != image && strcmp(name, image->before) == 0)
			return c;
		if (c != image && pg_strcasecmp(name, image->before) == 0)
			folded = c;
	}
	return folded;
}

static void
too_many_columns(ImportTable *t)
{
	t->problem = psprintf("its files have more than %d columns",
						  MaxHeapAttributeNumber);
}

static void
take_header_field(Maker *m, int file, int field)
{
	const SampleField *f =
		&m->r->files[file].r.records[0].fields[field];
	char	   *name = header_name(f);
	ImportColumn *c;
	KnownColumn *k;
	bool		twins;

	if (name == NULL)
	{
		m->table->problem = psprintf("the header of \"%s\" has a name that is empty or no text of the database's encoding, %s: \"%s\"",
									 sample_name(m->r->files[file].sample),
									 pg_encoding_to_char(GetDatabaseEncoding()),
									 shown_text(f->data, f->len));
		return;
	}
	twins = import_has_twins(m->table, name);
	k = known_by_name(m->known, &m->r->files[file], name, twins);
	c = column_of_model(m->table, k);
	if (c == NULL)
	{
		c = import_by_source(m->table, name);
		if (c != NULL && twins && strcmp(c->source, name) != 0)
			c = NULL;
	}
	/* two columns of one file are two */
	if (c == NULL || c->field[file] >= 0)
	{
		if (m->table->ncolumns >= MaxHeapAttributeNumber)
		{
			too_many_columns(m->table);
			return;
		}
		c = add_column(m);
		c->source = name;
		/* and two names of one known column, too */
		if (column_of_model(m->table, k) != NULL)
			k = NULL;
		take_known(c, k);
		c->name = usable_name(m, k ? k->local : name);
		m->table->ncolumns++;
	}
	else
		pfree(name);
	c->field[file] = field;
}

/* Is it a column of the table, or the sequence; not what Qlik adds else? */
static bool
is_of_table(const RecognisedFile *f, int field)
{
	const char *name = f->r.records[0].fields[field].data;

	return strncmp(name, RECOGNISE_QLIK, strlen(RECOGNISE_QLIK)) != 0 ||
		strcmp(name, RECOGNISE_QLIK "change_seq") == 0;
}

static void
columns_by_header(Maker *m)
{
	ListCell   *lc;
	bool		met = false;

	/* before anything is compared with all of them */
	for (int i = 0; i < m->r->nfiles; i++)
		if (m->r->files[i].width > MaxHeapAttributeNumber + EXTRA_FIELDS)
		{
			too_many_columns(m->table);
			return;
		}
	m->table->twins = find_twins(m->r);
	for (int i = 0; i < m->r->nfiles; i++)
	{
		const RecognisedFile *f = &m->r->files[i];

		for (int field = 0; field < f->width; field++)
			if (field != f->op && field != f->time &&
				m->table->problem == NULL && is_of_table(f, field))
				take_header_field(m, i, field);
	}
	if (m->known == NULL || m->known->trailing || m->table->problem != NULL)
		return;
	foreach(lc, m->known->columns)
	{
		KnownColumn *k = lfirst(lc);
		const ImportColumn *c = column_of_model(m->table, k);

		met |= c != NULL;
		if (c == NULL && k->key)
			m->table->problem = psprintf("key column \"%s\" of %s stands in no header",
										 k->name, m->known->origin);
	}
	if (!met)
		m->table->problem = psprintf("no column of %s stands in its headers",
									 m->known->origin);
}

static void
find_lacking(ImportTable *t, const Recognised *r)
{
	for (int i = 0; i < t->ncolumns; i++)
		for (int f = 0; f < r->nfiles; f++)
			t->columns[i].lacks |= r->files[f].width > 0 &&
				t->columns[i].field[f] < 0;
}

/* ---- files without ---- */

/* Operation and time are described as columns where a crawler saw them. */
static List *
own_columns(const Maker *m, int width)
{
	List	   *columns = m->known ? m->known->columns : NIL;
	bool		op = false;
	bool		time = false;

	if (m->known == NULL || !m->known->whole_records)
		return columns;
	for (int i = 0; i < m->r->nfiles; i++)
	{
		op |= m->r->files[i].op >= 0;
		time |= m->r->files[i].time >= 0;
	}
	if (op && columns != NIL &&
		(pg_strcasecmp(((KnownColumn *) linitial(columns))->name, "op") == 0 ||
		 list_length(columns) == width + 1 + time))
		columns = list_copy_tail(columns, 1);
	if (time && list_length(columns) == width + 1)
		columns = list_copy_tail(columns, 1);
	return columns;
}

/* The fields that a file must have for columns in such places. */
static int
places_needed(const List *known)
{
	int			next = 0;
	int			needed = 0;
	ListCell   *lc;

	foreach(lc, known)
	{
		const KnownColumn *k = lfirst(lc);

		next = k->position > 0 ? k->position : next + 1;
		if (!k->may_lack)
			needed = next;
	}
	return needed;
}

static void
column_at(Maker *m, int place, const KnownColumn *k)
{
	ImportColumn *c = add_column(m);

	take_known(c, k);
	c->place = place;
	c->name = usable_name(m, k ? k->local : psprintf("c%d", place + 1));
	for (int i = 0; i < m->r->nfiles; i++)
	{
		const RecognisedFile *f = &m->r->files[i];

		if (f->first + place < f->width)
			c->field[i] = f->first + place;
	}
	m->table->ncolumns++;
}

static void
columns_by_position(Maker *m)
{
	ImportTable *t = m->table;
	int			width = 0;
	int			skip = 0;		/* columns before those that are known */
	int			needed;
	List	   *known;
	ListCell   *lc;

	for (int i = 0; i < m->r->nfiles; i++)
	{
		const RecognisedFile *f = &m->r->files[i];

		/* which column went does not show, and those behind it have moved */
		if (f->width > 0 && f->width - f->first < width && t->shrunk == NULL)
			t->shrunk = psprintf("records of \"%s\" have %d fields of the table, but older ones %d: without a header nothing says which column was dropped",
								  sample_name(f->sample),
								  f->width - f->first, width);
		width = Max(width, f->width - f->first);
	}
	if (width > MaxHeapAttributeNumber)
	{
		too_many_columns(t);
		return;
	}
	known = own_columns(m, width);
	if (m->known != NULL && m->known->trailing)
		skip = width - list_length(known);
	needed = places_needed(known);
	if (needed > width)
	{
		t->problem = psprintf("%s has %d columns, but its records have %d",
							  m->known->origin, needed, width);
		t->problem_hint = "With columns of the log's own added by rules, name the task's table mappings in types_from too.";
		return;
	}
	for (int place = 0; place < skip; place++)
		column_at(m, place, NULL);
	foreach(lc, known)
	{
		KnownColumn *k = lfirst(lc);

		skip = k->position > 0 ? k->position - 1 : skip;
		column_at(m, skip++, k);
	}
	for (int place = skip; place < width; place++)
		column_at(m, place, NULL);
}

void
import_columns_of_empty(Import *import, ImportTable *t, KnownTable *known)
{
	Maker		m = {import, t, NULL, known, 0};
	int			next = 0;
	ListCell   *lc;

	if (list_length(known->columns) > MaxHeapAttributeNumber)
	{
		t->problem = psprintf("%s has more than %d columns", known->origin,
							  MaxHeapAttributeNumber);
		return;
	}
	foreach(lc, known->columns)
	{
		const KnownColumn *k = lfirst(lc);
		ImportColumn *c = add_column(&m);

		take_known(c, k);
		c->known = true;
		c->typid = k->nested ? TEXTOID : k->typid;
		c->name = usable_name(&m, k->local);
		c->place = k->position > 0 ? k->position - 1 : next;
		next = c->place + 1;
		c->source = t->header ? k->name : NULL;
		t->ncolumns++;
	}
}

void
import_columns(Import *import, ImportTable *table, const Recognised *r,
			   KnownTable *known)
{
	Maker		m = {import, table, r, known, 0};

	if (table->header)
	{
		columns_by_header(&m);
		find_lacking(table, r);
	}
	else
		columns_by_position(&m);
	if (table->problem == NULL)
		import_infer(import, table, r, known);
}
