/*-------------------------------------------------------------------------
 *
 * basekeys.c
 *	  Base rows that share a key.
 *
 * The walk notes in the key table that a base row of a key was met, and keeps
 * the first.  Whether the others are equal to it is looked at afterwards, in
 * another reading of the full load, so that a log without such rows pays one
 * bit a key: rows of the noted keys are sorted by key, in the order in which
 * they were read, and compared column by column.  Columns of the key are equal,
 * however they are written; of the others, different texts are compared as
 * values of the column's type, by its equality.
 *
 * A wrong key mostly shows in the first rows of the full load.  So each scan
 * looks at its first block, where a search may end before it reads that, and
 * all ways to get a row then have the same error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "log/erroption.h"
#include "log/shown.h"
#include "replay/basekeys.h"
#include "replay/look.h"
#include "replay/shared.h"
#include "replay/versions.h"

struct BaseKeys
{
	MemoryContext ctx;
	Sorter	   *sort;			/* a key, without row, then its rows */
	KeyTable	keys;
	bool		all;			/* too many keys: rows of all are sorted */
	MemoryContext values;		/* those being compared */
	/* where the rows are, which count these files from 0 */
	const LogFile **files;
	char	  **uris;			/* NULL: not asked for yet */
	int			nfiles;
	int64		limit;			/* bytes to read of each, or -1 */
	/* the table's own columns without its key */
	int		   *columns;
	int			ncolumns;
};

static BaseKeys *
basekeys_open(Replay *r)
{
	const LogConfig *c = r->spec.config;
	MemoryContext old = MemoryContextSwitchTo(r->ctx);
	BaseKeys   *b = palloc0(sizeof(BaseKeys));

	b->ctx = AllocSetContextCreate(r->ctx, "cdc_fdw base keys",
								   ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(b->ctx);
	b->values = AllocSetContextCreate(b->ctx, "cdc_fdw base values",
									  ALLOCSET_SMALL_SIZES);
	b->sort = versionsort_open(r->spec.memory / 2);
	keytable_init(&b->keys, b->ctx, NULL, false);
	b->columns = palloc(sizeof(int) * Max(c->ncolumns, 1));
	for (int i = 0; i < c->ncolumns; i++)
		if (c->columns[i].role == ROLE_NONE && !c->columns[i].key)
			b->columns[b->ncolumns++] = i;
	MemoryContextSwitchTo(old);
	return b;
}

void
basekeys_close(BaseKeys *b)
{
	if (b == NULL)
		return;
	sorter_close(b->sort);
	MemoryContextDelete(b->ctx);
}

void
basekeys_add(Replay *r, KeyIdent id)
{
	VersionItem item = {.group = id,.id = id,.other = id,.order = PG_INT64_MIN};
	BaseKeys   *b;
	bool		found;

	if (r->spec.config->duplicate_keys)
		return;
	if (r->repeated == NULL)
		r->repeated = basekeys_open(r);
	b = r->repeated;
	if (!b->all &&
		keytable_next_size(&b->keys) > Max(r->spec.memory / 8,
										   REPLAY_MIN_MEMORY))
	{
		keytable_free(&b->keys);
		b->all = true;
	}
	if (!b->all)
		(void) keytable_insert(&b->keys, id, &found);
	versionsort_put(b->sort, &item);
}

bool
basekeys_repeat(Replay *r, KeyIdent id, bool decided)
{
	bool		one = decided || r->spec.config->check_base;

	/* as keys_undecided() does: a search compares them, a scan does not */
	if (one || r->search != NULL)
	{
		r->counters.repeated_base_keys++;
		basekeys_add(r, id);
	}
	return !r->spec.config->check_base;
}

static void
collect(Replay *r, const KeyTable *t)
{
	uint64		at = 0;
	KeyIdent	id;
	KeyNote    *note;

	while ((note = keytable_next(t, &at, &id)) != NULL)
		if (key_base_repeated(note))
			basekeys_add(r, id);
}

void
basekeys_collect(Replay *r, const ReplayCounters *counters)
{
	if (counters->repeated_base_keys == 0)
		return;
	collect(r, &r->table);
	if (r->search != NULL)
		collect(r, &r->search->met);
}

/* n files of which the first limit bytes, or all (-1), are compared. */
static void
set_files(Replay *r, int n, int64 limit)
{
	BaseKeys   *b = r->repeated;

	b->files = MemoryContextAlloc(b->ctx, sizeof(LogFile *) * n);
	b->uris = MemoryContextAllocZero(r->ctx, sizeof(char *) * n);
	b->nfiles = n;
	b->limit = limit;
}

static const char *
uri_of(Replay *r, int fileno)
{
	BaseKeys   *b = r->repeated;

	if (b->uris[fileno] == NULL)
	{
		/* an error's context may outlive what is compared */
		MemoryContext old = MemoryContextSwitchTo(r->ctx);

		b->uris[fileno] = store_uri(r->spec.store, b->files[fileno]->key);
		MemoryContextSwitchTo(old);
	}
	return b->uris[fileno];
}

static void
at_row(Replay *r, const Row *row)
{
	r->spec.position->uri = uri_of(r, row->fileno);
	r->spec.position->line = row->line;
	r->spec.position->column = NULL;
}

/* Sort a record's row; order is that of the reading. */
static void
put_row(Replay *r, const LogRecord *rec, KeyIdent id, int64 order, int fileno,
		Row *row)
{
	BaseKeys   *b = r->repeated;
	VersionItem item = {.group = id,.id = id,.other = id,.order = order,
	.row = row};

	row->line = record_line(rec);
	row->fileno = fileno;
	row->ncells = b->ncolumns;
	for (int i = 0; i < b->ncolumns; i++)
		row->cells[i] = record_cell(r->spec.config, rec, b->columns[i]);
	versionsort_put(b->sort, &item);
}

/* Read the files once more, and sort the rows of the keys in question. */
static void
sort_rows(Replay *r)
{
	BaseKeys   *b = r->repeated;
	MemoryContext old = MemoryContextSwitchTo(b->ctx);
	Row		   *row = palloc0(ROW_SIZE(Max(b->ncolumns, 1)));
	int64		order = 0;
	LogRecord	rec;

	for (int i = 0; i < b->nfiles; i++)
	{
		LogReader  *reader = reader_open(r->spec.store, r->spec.config,
										 b->files[i], b->limit,
										 r->spec.position);

		/* a look is for all keys */
		if (r->search != NULL && b->limit < 0)
			reader_filter(reader, r->search->filter);
		while (reader_next(reader, &rec))
		{
			KeyIdent	id = key_of_record(r->keys, &rec);

			CHECK_FOR_INTERRUPTS();
			if (b->all || keytable_find(&b->keys, id) != NULL)
				put_row(r, &rec, id, order++, i, row);
		}
		reader_close(reader);
	}
	MemoryContextSwitchTo(old);
}

/* False where option on_error passes over a text that is no value. */
static bool
row_value(Replay *r, const Row *row, int col, const Cell *cell, Datum *value)
{
	ErrorData  *error;

	at_row(r, row);
	if (r->spec.config->on_error != ON_ERROR_STOP)
		return tuple_try_value(r->key_values, col, cell, value, &error);
	*value = tuple_value(r->key_values, col, cell);
	return true;
}

/*
 * True if the i-th cells of two rows, which are texts that differ, are equal
 * values of their column's type.  A type without equality has its texts.
 */
static bool
values_equal(Replay *r, const Row *x, const Row *y, int i)
{
	BaseKeys   *b = r->repeated;
	int			col = b->columns[i];
	const LogColumn *c = &r->spec.config->columns[col];
	TypeCacheEntry *type = lookup_type_cache(getBaseType(c->typid),
											 TYPECACHE_EQ_OPR_FINFO);
	MemoryContext old;
	Datum		value;
	Datum		other;
	bool		equal;

	if (!OidIsValid(type->eq_opr))
		return false;
	old = MemoryContextSwitchTo(b->values);
	equal = row_value(r, x, col, &x->cells[i], &value) &&
		row_value(r, y, col, &y->cells[i], &other) &&
		DatumGetBool(FunctionCall2Coll(&type->eq_opr_finfo, c->collation,
									   value, other));
	r->spec.position->column = NULL;
	MemoryContextSwitchTo(old);
	MemoryContextReset(b->values);
	return equal;
}

/* The first column in which two rows differ, or -1. */
static int
differ_in(Replay *r, const Row *x, const Row *y)
{
	const BaseKeys *b = r->repeated;

	for (int i = 0; i < b->ncolumns; i++)
	{
		const Cell *a = &x->cells[i];
		const Cell *c = &y->cells[i];

		if (a->state != c->state)
			return b->columns[i];
		if (a->state == CELL_VALUE &&
			(a->len != c->len || memcmp(a->data, c->data, a->len) != 0) &&
			!values_equal(r, x, y, i))
			return b->columns[i];
	}
	return -1;
}

static void
compare_rows(Replay *r, const Row *first, const Row *other)
{
	int			col = differ_in(r, first, other);
	const char *attname;

	if (col < 0)
		return;
	attname = r->spec.config->columns[col].attname;
	at_row(r, other);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("two rows of the full load have one key and differ in column \"%s\"",
					attname),
			 errdetail("The first of them is in line %lld of file \"%s\".",
					   (long long) first->line,
					   uri_of(r, first->fileno)),
			 errhint("Mark all columns of the source table's key with column option key 'true'%s. Set table option duplicate_keys 'true' to accept such rows: a change of the key then replaces all of them.",
					 r->spec.config->nfolders > 1 ?
					 ", and the column with role source where folders hold tables of their own" : ""),
			 erroption("duplicate_keys")));
}

/* Compare the rows of the keys that were added, and forget them. */
static void
compare_files(Replay *r)
{
	BaseKeys   *b = r->repeated;
	VersionItem item;
	Row		   *first = NULL;
	KeyIdent	asked = {0};
	bool		any = false;

	sort_rows(r);
	r->counters.spill_bytes += sorter_sort(b->sort);
	while (versionsort_next(b->sort, &item))
	{
		CHECK_FOR_INTERRUPTS();
		if (item.row == NULL)
		{
			/* a key, before its rows */
			pending_free_row(first);
			first = NULL;
			asked = item.group;
			any = true;
		}
		else if (!any || !key_equal(item.group, asked))
			pfree(item.row);
		else if (first == NULL)
			first = item.row;
		else
		{
			compare_rows(r, first, item.row);
			pfree(item.row);
		}
	}
	pending_free_row(first);
	basekeys_close(b);
	r->repeated = NULL;
}

void
basekeys_check(Replay *r)
{
	if (r->repeated == NULL)
		return;
	set_files(r, r->nbase, -1);
	for (int i = 0; i < r->nbase; i++)
		r->repeated->files[i] = r->files[r->ncdc + i].file;
	compare_files(r);
}

/* Begin the look at the first file from look->at on that needs one. */
static void
look_at_next(Replay *r, KeyLook *look)
{
	look->reader = NULL;
	for (; look->at < look->nbase; look->at++)
	{
		const LogFile *file = look->base[look->at];
		bool		records;

		if (file->size == 0)
			continue;
		if (!look_keys_known(r->spec.store, r->spec.config, file, &records))
		{
			look->reader = reader_open(r->spec.store, r->spec.config, file,
									   LOOK_BYTES, r->spec.position);
			return;
		}
		if (records)
			return;
	}
}

void
basekeys_begin_look(Replay *r, KeyLook *look, LogFile **base, int nbase)
{
	*look = (KeyLook) {base, nbase, 0, NULL};
	if (!r->spec.checks_keys || !r->keyed || r->spec.config->duplicate_keys ||
		(r->search != NULL && r->search->keys.used == 0))
		return;
	look_at_next(r, look);
}

bool
basekeys_look(Replay *r, KeyLook *look, TimestampTz *time)
{
	LogPosition was = *r->spec.position;
	LogReader  *reader = look->reader;
	const LogFile *file = look->base[look->at];
	KeyTable	keys;
	LogRecord	rec;
	bool		any = false;
	bool		cut;

	keytable_init(&keys, CurrentMemoryContext, NULL, false);
	while (reader_next(reader, &rec))
	{
		KeyIdent	id = key_of_record(r->keys, &rec);
		bool		found;

		CHECK_FOR_INTERRUPTS();
		if (!any)
			*time = rec.time;
		any = true;
		(void) keytable_insert(&keys, id, &found);
		if (found)
			basekeys_add(r, id);
	}
	cut = reader_cut(reader);
	reader_close(reader);
	keytable_free(&keys);
	if (r->repeated != NULL)
	{
		set_files(r, 1, LOOK_BYTES);
		r->repeated->files[0] = file;
		compare_files(r);
	}
	*r->spec.position = was;
	/* a first record that the block cuts is one, too */
	look_keys_passed(r->spec.store, r->spec.config, file, any || cut);
	look->reader = NULL;
	look->at++;
	if (!any && !cut)
		look_at_next(r, look);
	return any;
}
