/*-------------------------------------------------------------------------
 *
 * touched.c
 *	  The keys that records between two instants name.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/nodeHash.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "fdw/functions/logrows.h"

typedef struct Touched
{
	LogRows    *l;
	MemoryContext ctx;
	KeyMaker   *maker;
	KeyTable	met;
	KeyValues  *keys;
	int			room;
	const int  *before;			/* of each key column its before image, or -1 */
} Touched;

static void
add_key(Touched *t, const Datum *values)
{
	int			n = t->l->config->nkeys;
	KeyIdent	id;
	bool		found;

	if (!key_of_values(t->maker, values, t->keys->types, &id))
		return;
	keytable_insert(&t->met, id, &found);
	if (found)
		return;
	if (t->keys->nkeys == t->room)
	{
		t->room *= 2;
		t->keys->values = repalloc_huge(t->keys->values,
										sizeof(Datum) * n * t->room);
	}
	for (int i = 0; i < n; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(t->ctx);
		int16		len;
		bool		byval;

		get_typlenbyval(t->keys->types[i], &len, &byval);
		t->keys->values[(Size) t->keys->nkeys * n + i] =
			datumCopy(values[i], byval, len);
		MemoryContextSwitchTo(old);
	}
	t->keys->nkeys++;
}

/* The keys of a record; false where they are not certain. */
static bool
add_record(Touched *t, const Row *row)
{
	const LogConfig *c = t->l->config;
	Datum		now[INDEX_MAX_KEYS];
	Datum		was[INDEX_MAX_KEYS];
	bool		moves = false;

	for (int i = 0; i < c->nkeys; i++)
	{
		const Cell *before = t->before[i] < 0 ? NULL :
			&row->cells[t->before[i]];

		if (row->cells[i].state != CELL_VALUE)
			return false;
		now[i] = was[i] = tuple_value(t->l->tuples, c->keys[i],
									  &row->cells[i]);
		if (before == NULL || row->op != LOG_UPDATE ||
			before->state != CELL_VALUE)
			continue;
		/* empty: a before image if it is quoted, which a cell does not tell */
		if (before->len == 0)
			return false;
		was[i] = tuple_value(t->l->tuples, c->keys[i], before);
		moves = true;
	}
	add_key(t, now);
	if (moves)
		add_key(t, was);
	return true;
}

/* The columns to be read: key columns, then those of their before images. */
static int *
key_columns(const LogConfig *c, int *before, int *n)
{
	int		   *needed = palloc(sizeof(int) * 2 * c->nkeys);

	*n = c->nkeys;
	for (int k = 0; k < c->nkeys; k++)
	{
		needed[k] = c->keys[k];
		before[k] = -1;
	}
	for (int k = 0; k < c->nkeys; k++)
	{
		for (int i = 0; i < c->ncolumns; i++)
		{
			if (c->columns[i].before_of != c->keys[k])
				continue;
			before[k] = *n;
			needed[(*n)++] = i;
		}
	}
	return needed;
}

/* Records show what there is: columns that no file has are no matter here. */
static LogConfig *
lenient(const LogConfig *config)
{
	LogConfig  *c = palloc(sizeof(LogConfig));
	LogColumn  *columns = palloc(sizeof(LogColumn) * Max(config->ncolumns, 1));

	memcpy(columns, config->columns, sizeof(LogColumn) * config->ncolumns);
	for (int i = 0; i < config->ncolumns; i++)
		columns[i].may_lack = true;
	*c = *config;
	c->columns = columns;
	return c;
}

static Touched *
begin_touched(LogRows *l)
{
	const LogConfig *c = l->config;
	Touched    *t = palloc0(sizeof(Touched));
	MemoryContext old;

	t->l = l;
	t->ctx = AllocSetContextCreate(CurrentMemoryContext, "cdc_fdw diff keys",
								   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(t->ctx);
	t->maker = key_open(c, l->tuples, &l->place.position, l->seed);
	keytable_init(&t->met, t->ctx, NULL, false);
	t->room = 64;
	t->keys = palloc0(sizeof(KeyValues));
	t->keys->values = palloc(sizeof(Datum) * c->nkeys * t->room);
	t->keys->types = palloc(sizeof(Oid) * c->nkeys);
	for (int i = 0; i < c->nkeys; i++)
		t->keys->types[i] = c->columns[c->keys[i]].typid;
	MemoryContextSwitchTo(old);
	return t;
}

KeyValues *
touched_keys(LogRows *l, TimestampTz from, TimestampTz to)
{
	const LogConfig *c = l->config;
	ChangesRange range = {
		TIMESTAMP_NOT_FINITE(from) ? from : from + 1, DT_NOEND,
		DT_NOBEGIN, DT_NOEND
	};
	ReplaySpec	spec = logrows_spec(l, 0);
	int			before[INDEX_MAX_KEYS];
	size_t		limit = get_hash_memory_limit() / 2;
	Touched    *t = begin_touched(l);
	MemoryContext old = CurrentMemoryContext;
	MemoryContext row_ctx = AllocSetContextCreate(old, "cdc_fdw diff record",
												  ALLOCSET_SMALL_SIZES);
	Changes    *changes;
	const Row  *row;
	bool		certain = true;

	/* records of changes do not show the rows before them */
	if (c->op_column != NULL)
		return NULL;
	t->before = before;
	spec.manifest = l->manifest;
	spec.config = lenient(c);
	spec.asof = to;
	spec.needed = key_columns(c, before, &spec.nneeded);
	changes = changes_open(&spec, &range);
	while (certain && (row = changes_next(changes)) != NULL)
	{
		if (row->time <= from && changes_file(changes, row)->time <= from)
			continue;
		MemoryContextReset(row_ctx);
		MemoryContextSwitchTo(row_ctx);
		certain = add_record(t, row) &&
			MemoryContextMemAllocated(t->ctx, true) <= limit;
		MemoryContextSwitchTo(old);
	}
	changes_close(changes);
	MemoryContextDelete(row_ctx);
	if (certain)
		return t->keys;
	MemoryContextDelete(t->ctx);
	return NULL;
}
