/*-------------------------------------------------------------------------
 *
 * import_columns.c
 *	  The columns of an imported table: names by header, by what is known from
 *	  elsewhere, or c1, c2, ...; types likewise, or from the data.
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

#include "fdw/import.h"
#include "log/shown.h"

#define SEQUENCE_DIGITS	35		/* yyyyMMddHHmmss + 2 + 19 */
#define SEQUENCE_NAME	"change_seq"
#define BEFORE_PREFIX	"BI_"

/* What the columns are being made of. */
typedef struct Maker
{
	Import	   *import;
	ImportTable *table;
	const Recognised *r;
	KnownTable *known;
	int			max;			/* room in table->columns */
} Maker;

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

	if (m->import->opts->lower)
		name = str_tolower(wanted, strlen(wanted), DEFAULT_COLLATION_OID);
	/* folding may make two of one */
	return import_free_name(name != NULL && !name_taken(m->table, name) ?
							name : wanted, is_unusable, m);
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

/* What is known of a field of a file's header, or NULL. */
static KnownColumn *
known_by_name(const KnownTable *known, const RecognisedFile *f,
			  const char *name)
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
		if (pg_strcasecmp(k->name, name) == 0 && !is_in_header(f, k))
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

static ImportColumn *
column_by_source(ImportTable *t, const char *name)
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

static void
take_header_field(Maker *m, int file, int field)
{
	const SampleField *f =
		&m->r->files[file].r.records[0].fields[field];
	char	   *name = header_name(f);
	ImportColumn *c;
	KnownColumn *k;

	if (name == NULL)
	{
		m->table->problem = psprintf("the header of \"%s\" has a name that is empty or no text of the database's encoding, %s: \"%s\"",
									 m->r->files[file].sample->object->key,
									 pg_encoding_to_char(GetDatabaseEncoding()),
									 shown_text(f->data, f->len));
		return;
	}
	k = known_by_name(m->known, &m->r->files[file], name);
	c = column_of_model(m->table, k);
	if (c == NULL)
		c = column_by_source(m->table, name);
	/* two columns of one file are two, whatever their case */
	if (c == NULL || c->field[file] >= 0)
	{
		if (m->table->ncolumns >= MaxHeapAttributeNumber)
		{
			m->table->problem = psprintf("its files have more than %d columns",
										 MaxHeapAttributeNumber);
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
								  f->sample->object->key,
								  f->width - f->first, width);
		width = Max(width, f->width - f->first);
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

/* ---- what the data says ---- */

/* Are they what $AR_H_CHANGE_SEQ gives: digits, and none in the full load? */
static bool
is_sequence(const Maker *m, const ImportColumn *c)
{
	if (c->values == 0 || c->load_values > 0)
		return false;
	for (int i = 0; i < m->r->nfiles; i++)
	{
		const RecognisedFile *f = &m->r->files[i];

		for (int k = f->skip; k < f->r.n; k++)
		{
			const SampleField *v = import_value(m->import, c, i,
												&f->r.records[k]);

			if (v != NULL && (v->len != SEQUENCE_DIGITS ||
							  strspn(v->data, "0123456789") != SEQUENCE_DIGITS))
				return false;
		}
	}
	return true;
}

static bool
is_complete(const Maker *m)
{
	const FoundTable *found = m->table->found;

	for (int i = 0; i < m->r->nfiles; i++)
		if (!m->r->files[i].sample->whole)
			return false;
	return found->load_complete && found->nchanges < RECOGNISE_FILES;
}

/* Count the values of a column, and see what they could be. */
static void
look_at_values(const Maker *m, ImportColumn *c, InferColumn *infer)
{
	for (int i = 0; i < m->r->nfiles; i++)
	{
		const RecognisedFile *f = &m->r->files[i];

		for (int k = f->skip; k < f->r.n; k++)
		{
			const SampleField *v = import_value(m->import, c, i,
												&f->r.records[k]);

			if (v == NULL)
			{
				c->load_nulls += f->is_load;
				continue;
			}
			c->values++;
			c->load_values += f->is_load;
			infer_add(infer, v->data, v->len);
			if (c->known && m->table->problem == NULL &&
				!import_type_reads(c->typid, c->typmod, v))
			{
				m->table->misfit = true;
				m->table->problem =
					psprintf("column \"%s\" of %s is %s, but on line %lld of \"%s\" stands something else",
							 c->name, m->known->origin,
							 format_type_with_typemod(c->typid, c->typmod),
							 (long long) f->r.records[k].line,
							 f->sample->object->key);
			}
		}
	}
}

/* The values of a column, c->values of them; palloc'd. */
static const SampleField **
collect_values(const Maker *m, const ImportColumn *c)
{
	const SampleField **values =
		palloc(sizeof(SampleField *) * Max(c->values, 1));
	int			n = 0;

	for (int i = 0; i < m->r->nfiles; i++)
	{
		const RecognisedFile *f = &m->r->files[i];

		for (int k = f->skip; k < f->r.n; k++)
		{
			const SampleField *v = import_value(m->import, c, i,
												&f->r.records[k]);

			if (v != NULL)
				values[n++] = v;
		}
	}
	return values;
}

static void
infer_column(const Maker *m, ImportColumn *c, const InferColumn *infer)
{
	InferType	type = infer_type(infer, is_complete(m));

	c->typid = type_oids[type];
	/* texts may be maps and arrays, as other systems print them */
	if (type == INFER_TEXT && c->values > 0)
		import_nested(c, collect_values(m, c), c->values);
}

static void
settle_column(Maker *m, ImportColumn *c, bool first)
{
	InferColumn infer = {0};
	bool		positional = c->source == NULL;

	look_at_values(m, c, &infer);
	if (c->known && c->typid != TEXTOID)
		return;
	c->typid = TEXTOID;
	if (!first && !c->key && is_sequence(m, c))
	{
		for (int i = 0; i < m->table->ncolumns; i++)
			if (m->table->columns[i].sequence)
				return;
		c->sequence = true;
		if (positional && !c->known && !name_taken(m->table, SEQUENCE_NAME))
			c->name = SEQUENCE_NAME;
	}
	else if (c->known)
		return;
	else if (!m->import->opts->infer_text)
		infer_column(m, c, &infer);
}

/* Headers that are a column's name behind BI_ are its before images. */
static void
find_before_images(Maker *m)
{
	ImportTable *t = m->table;
	bool		said = m->known != NULL && m->known->before_prefix != NULL;
	const char *prefix = said ? m->known->before_prefix : BEFORE_PREFIX;
	const char *suffix = said ? m->known->before_suffix : "";
	int			around = strlen(prefix) + strlen(suffix);

	for (int i = 0; i < t->ncolumns && around > 0; i++)
	{
		ImportColumn *c = &t->columns[i];
		int			len = c->source ? strlen(c->source) : 0;
		ImportColumn *base;

		if (c->before != NULL || c->known || len <= around ||
			c->load_values > 0 ||
			pg_strncasecmp(c->source, prefix, strlen(prefix)) != 0 ||
			pg_strcasecmp(c->source + len - strlen(suffix), suffix) != 0)
			continue;
		base = column_by_source(t, pnstrdup(c->source + strlen(prefix),
											len - around));
		if (base != NULL && base != c)
			c->before = base->source;
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
	if (table->problem != NULL)
		return;
	for (int i = 0; i < table->ncolumns; i++)
		settle_column(&m, &table->columns[i], i == 0);
	find_before_images(&m);
	if (table->ncolumns + (import->opts->asof_column != NULL) >
		MaxHeapAttributeNumber)
		table->problem = psprintf("it has %d columns", table->ncolumns);
}
