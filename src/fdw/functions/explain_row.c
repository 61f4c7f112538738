/*-------------------------------------------------------------------------
 *
 * explain_row.c
 *	  cdc_fdw_explain_row: the records that shaped a key's row.
 *
 * The records are collected newest first, as the replay reads them, so that a
 * key change onto a key that is followed says which key is to be followed in
 * what is older.  Then they are played oldest first, by the rule of
 * commit_queue.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "fdw/functions/rowstate.h"
#include "replay/commit_queue.h"
#include "replay/sorter.h"
#include "replay/trace.h"

/* A record on its way through the sort. */
enum
{
	REC_PLACE,					/* oldest first */
	REC_COMMIT,
	REC_KEY,					/* number among those followed, -1: none */
	REC_OLD,					/* of the key that the row came from */
	REC_MARKS,
	REC_OP,
	REC_FILE,
	REC_LINE,
	REC_TIME,
	REC_FILE_TIME,				/* NULL for base rows */
	REC_VALUES,					/* what the record supplies, jsonb */
	REC_HASHES,					/* of its values, as rowstate.h has it */
	REC_KEY_DOC,				/* its key, jsonb */
	REC_OLD_DOC,				/* the key the row came from, or NULL */
	REC_COLUMNS
};

#define MARK_BASE		0x1
#define MARK_BEFORE		0x2		/* from before the base image */
#define MARK_MISSES		0x4		/* cells were not supplied */

/* A key whose records are collected. */
typedef struct Followed
{
	CommitQueue rows;			/* of RowState, while it is played */
	bool		based;			/* a base row was met */
	bool		several;		/* base rows that differ, as duplicate_keys has it */
} Followed;

typedef struct Explain
{
	LogRows    *l;
	int			part;			/* the folder's log that has the key */
	TimestampTz asof;
	RowDoc	   *doc;			/* all columns of a record */
	RowDoc	   *key;
	int		   *key_cell;		/* of each key column its cell; -1: the source */
	int		   *before_cell;	/* and that of its before image, or -1 */
	Datum	   *only_records;	/* names that a state does not show */
	int			nonly_records;
	RowState	nothing;		/* in which all is NULL */
	CanonicalRow *canonical;
	/* the key asked for */
	Datum	   *values;			/* own columns of the key */
	Oid		   *types;
	/* those followed, and what was found */
	Followed   *followed;
	KeyTable	numbers;		/* their places in it */
	int			nfollowed;
	int			maxfollowed;
	List	   *crowded;		/* those with more than one row, perhaps */
	Sorter	   *records;
	MemoryContext ctx;			/* of keys and states */
	MemoryContext row_ctx;
	ReturnSetInfo *rsinfo;
} Explain;

/*
 * Records as JSON
 */

static int
cell_of(const Explain *e, int column)
{
	for (int i = 0; i < e->doc->n; i++)
		if (e->doc->columns[i] == column)
			return i;
	return -1;
}

/* What each column of the key is in a record's cells. */
static void
find_key_cells(Explain *e)
{
	const LogConfig *c = e->l->config;

	e->key_cell = palloc(sizeof(int) * e->key->n);
	e->before_cell = palloc(sizeof(int) * e->key->n);
	for (int k = 0; k < e->key->n; k++)
	{
		e->key_cell[k] = cell_of(e, e->key->columns[k]);
		e->before_cell[k] = -1;
		for (int i = 0; i < c->ncolumns; i++)
			if (c->columns[i].before_of == e->key->columns[k])
				e->before_cell[k] = cell_of(e, i);
	}
}

/* A cell's value; false where there is none, or none that fits. */
static bool
cell_value(const Explain *e, int column, const Cell *cell, Datum *value)
{
	const LogConfig *c = e->l->config;
	ErrorData  *error;

	if (cell->state != CELL_VALUE)
		return false;
	if (c->columns[column].key || c->on_error == ON_ERROR_STOP)
	{
		*value = tuple_value(e->l->tuples, column, cell);
		return true;
	}
	return tuple_try_value(e->l->tuples, column, cell, value, &error);
}

/* The record's row, without what was not supplied. */
static RowState
record_state(const Explain *e, const Row *row, const Datum *values,
			 const bool *nulls)
{
	Datum		composite = logrows_composite(e->doc, values, nulls);
	RowState	state = {logrows_jsonb(composite),
	rowstate_hashes(e->canonical, e->doc, composite)};
	Datum	   *missing = palloc(sizeof(Datum) * (e->doc->n + 1));
	int			n = 0;

	for (int i = 0; i < e->doc->n; i++)
		if (e->doc->columns[i] != e->l->source &&
			row->cells[i].state == CELL_UNSUPPLIED)
			missing[n++] = CStringGetTextDatum(NameStr(TupleDescAttr(e->doc->desc, i)->attname));
	return rowstate_without(state, missing, n);
}

/*
 * The key of the record, or the one it took its row from.  What a before image
 * leaves empty is as in the new key; so is an empty text, since only the key's
 * identity tells whether it was quoted.
 */
static Jsonb *
key_doc(const Explain *e, const Datum *values, const bool *nulls, bool old)
{
	Datum		key[INDEX_MAX_KEYS + 1];
	bool		none[INDEX_MAX_KEYS + 1];

	for (int k = 0; k < e->key->n; k++)
	{
		int			cell = e->key_cell[k];

		if (old && e->before_cell[k] >= 0 && !nulls[e->before_cell[k]])
			cell = e->before_cell[k];
		key[k] = values[cell];
		none[k] = nulls[cell];
	}
	return logrows_jsonb(logrows_composite(e->key, key, none));
}

/*
 * Collecting
 */

/* Number among the keys followed, or -1. */
static int
find_followed(const Explain *e, KeyIdent id)
{
	KeyNote    *entry = keytable_find(&e->numbers, id);

	return entry == NULL ? -1 : (int) (entry->meta >> KEY_TIME_SHIFT);
}

static int
follow(Explain *e, KeyIdent id)
{
	bool		found;
	KeyNote    *entry = keytable_insert(&e->numbers, id, &found);

	if (found)
		return (int) (entry->meta >> KEY_TIME_SHIFT);
	entry->meta = KEY_USED | ((uint32) e->nfollowed << KEY_TIME_SHIFT);
	if (e->nfollowed == e->maxfollowed)
	{
		e->maxfollowed = Max(16, e->maxfollowed * 2);
		e->followed = e->followed
			? repalloc_huge(e->followed, sizeof(Followed) * e->maxfollowed)
			: MemoryContextAlloc(e->ctx, sizeof(Followed) * e->maxfollowed);
	}
	e->followed[e->nfollowed] = (Followed) {0};
	return e->nfollowed++;
}

static void
set(Sorter *s, int column, Datum value)
{
	s->values[column] = value;
	s->nulls[column] = false;
}

/* The values of a row's cells, to be freed with the current context. */
static void
row_values(const Explain *e, const Row *row, const LogFile *file, Datum *values,
		   bool *nulls)
{
	for (int i = 0; i < e->doc->n; i++)
	{
		nulls[i] = false;
		if (e->doc->columns[i] == e->l->source)
			values[i] = logrows_source(e->l, file->source);
		else
			nulls[i] = !cell_value(e, e->doc->columns[i], &row->cells[i],
								   &values[i]);
	}
}

/* Numbers among the followed: of the record's key and of the one it left. */
static void
put_record(Explain *e, Trace *t, const TraceItem *item, int key, int old)
{
	MemoryContext outside = MemoryContextSwitchTo(e->row_ctx);
	Sorter	   *r = e->records;
	const Row  *row = trace_row(t);
	const LogFile *file = trace_file(t, item->fileno);
	Datum	   *values = palloc0(sizeof(Datum) * (e->doc->n + 1));
	bool	   *nulls = palloc0(sizeof(bool) * (e->doc->n + 1));
	RowState	state;
	int			marks = (item->base ? MARK_BASE : 0) |
		(item->before_base ? MARK_BEFORE : 0) |
		(row->nmissing > 0 ? MARK_MISSES : 0);

	row_values(e, row, file, values, nulls);
	state = record_state(e, row, values, nulls);
	memset(r->nulls, true, sizeof(bool) * REC_COLUMNS);
	/* base rows are older than all changes */
	set(r, REC_PLACE, Int64GetDatum(item->base ?
									PG_INT64_MIN + item->ordinal :
									-item->ordinal));
	set(r, REC_COMMIT, Int64GetDatum(item->commit));
	set(r, REC_KEY, Int32GetDatum(key));
	set(r, REC_OLD, Int32GetDatum(old));
	set(r, REC_MARKS, Int32GetDatum(marks));
	set(r, REC_OP, Int32GetDatum(item->op));
	set(r, REC_FILE, CStringGetTextDatum(pg_any_to_server(file->key,
														 strlen(file->key),
														 PG_UTF8)));
	set(r, REC_LINE, Int64GetDatum(item->line));
	if (e->l->config->timestamp_column != NULL && item->time != DT_NOBEGIN)
		set(r, REC_TIME, TimestampTzGetDatum(item->time));
	if (!item->base)
		set(r, REC_FILE_TIME, TimestampTzGetDatum(file->time));
	set(r, REC_VALUES, JsonbPGetDatum(state.values));
	set(r, REC_HASHES, JsonbPGetDatum(state.hashes));
	set(r, REC_KEY_DOC, JsonbPGetDatum(key_doc(e, values, nulls, false)));
	if (item->moves && (row = trace_row_before(t)) != NULL)
	{
		row_values(e, row, file, values, nulls);
		set(r, REC_OLD_DOC, JsonbPGetDatum(key_doc(e, values, nulls, false)));
	}
	else if (item->moves)
		set(r, REC_OLD_DOC, JsonbPGetDatum(key_doc(e, values, nulls, true)));
	sorter_put(r);
	MemoryContextSwitchTo(outside);
	MemoryContextReset(e->row_ctx);
}

static void
open_sort(Explain *e)
{
	static const Oid types[REC_COLUMNS] = {
		INT8OID, INT8OID, INT4OID, INT4OID, INT4OID, INT4OID, TEXTOID, INT8OID,
		TIMESTAMPTZOID, TIMESTAMPTZOID, JSONBOID, JSONBOID, JSONBOID, JSONBOID
	};

	sorter_close(e->records);
	e->records = sorter_open(types, REC_COLUMNS, REC_PLACE + 1, false,
							 logrows_sort_memory(1));
}

/*
 * Walk the log once.  alone: look for bytes of the one key; false where a row
 * came to it from another, whose records were not seen.
 */
static bool
collect(Explain *e, bool alone)
{
	KeyValues	search = {1, e->values, e->types};
	ReplaySpec	spec = logrows_spec(e->l, e->part);
	bool		complete = true;
	TraceItem	item;
	KeyIdent	id;
	Trace	   *t;

	open_sort(e);
	keytable_free(&e->numbers);
	keytable_init(&e->numbers, e->ctx, NULL, false);
	e->nfollowed = 0;
	spec.asof = e->asof;
	spec.needed = e->doc->columns;
	spec.nneeded = e->doc->n;
	spec.search = alone ? &search : NULL;
	spec.from_start = true;
	t = trace_open(&spec);
	if (key_of_values(trace_keys(t), e->values, e->types, &id))
		follow(e, id);
	while (complete && trace_next(t, &item))
	{
		int			key = find_followed(e, item.id);
		int			old = item.moves ? find_followed(e, item.old) : -1;

		if (key >= 0 && item.moves && !item.before_base)
		{
			complete = !alone || old >= 0;
			old = complete ? follow(e, item.old) : -1;
		}
		if (complete && (key >= 0 || old >= 0))
			put_record(e, t, &item, key, old);
	}
	trace_close(t);
	return complete;
}

/*
 * Playing
 */

static void
put_state(Explain *e, Followed *f, RowState row, bool moved)
{
	MemoryContext old = MemoryContextSwitchTo(e->ctx);

	if (moved && f->rows.last != NULL)
		e->crowded = lappend_int(e->crowded, (int) (f - e->followed));
	rowstate_free(commit_queue_put(&f->rows, rowstate_copy(row), moved));
	MemoryContextSwitchTo(old);
}

/* At its end a commit leaves one row a key. */
static void
end_commit(Explain *e)
{
	ListCell   *lc;

	foreach(lc, e->crowded)
	{
		Followed   *f = &e->followed[lfirst_int(lc)];
		RowState   *row;

		while ((row = commit_queue_end(&f->rows)) != NULL)
		{
			CHECK_FOR_INTERRUPTS();
			rowstate_free(row);
		}
	}
	list_free(e->crowded);
	e->crowded = NIL;
}

static Datum
get(const Sorter *s, int column)
{
	return s->values[column];
}

/* The row after a record that sets it; source has what it does not supply. */
static RowState
state_after(const Explain *e, const Sorter *r, const RowState *source)
{
	bool		misses = (DatumGetInt32(get(r, REC_MARKS)) & MARK_MISSES) != 0;
	RowState	record = {DatumGetJsonbP(get(r, REC_VALUES)),
	DatumGetJsonbP(get(r, REC_HASHES))};
	RowState	state = rowstate_without(record, e->only_records,
										 e->nonly_records);

	if (!misses)
		return state;
	if (DatumGetInt32(get(r, REC_OP)) == LOG_INSERT || source == NULL)
		source = &e->nothing;
	return rowstate_over(*source, state);
}

static const char *
play_base(Explain *e, const Sorter *r, Followed *f)
{
	if (f->based)
	{
		f->several = e->l->config->duplicate_keys;
		return "repeated base row";
	}
	f->based = true;
	put_state(e, f, state_after(e, r, NULL), false);
	return "base row";
}

static const char *
play_delete(Followed *f)
{
	RowState   *row = commit_queue_take(&f->rows);

	if (row == NULL)
		return "no row";
	rowstate_free(row);
	return "removed";
}

/* A record that sets the row of f, perhaps one that came from another key. */
static const char *
play_set(Explain *e, const Sorter *r, Followed *f, Followed *from)
{
	RowState   *came = from != NULL ? commit_queue_take(&from->rows) : NULL;
	RowState   *stood = f->rows.last;
	RowState	state = state_after(e, r, came != NULL ? came : stood);
	/* a change leaves one of several rows, though it be as the first was */
	bool		same = stood != NULL && came == NULL && !f->several &&
		rowstate_equal(stood, &state);
	const char *effect = same ? "repeated" :
		from != NULL ? "moved here" :
		stood != NULL ? "changed" : "set";

	f->several = false;
	put_state(e, f, state, from != NULL);
	rowstate_free(came);
	return effect;
}

static const char *
play(Explain *e, const Sorter *r, Followed *key, Followed *old)
{
	int			marks = DatumGetInt32(get(r, REC_MARKS));
	RowState   *left;

	if (marks & MARK_BEFORE)
		return "before base";
	if (marks & MARK_BASE)
		return play_base(e, r, key);
	if (key != NULL)
		return DatumGetInt32(get(r, REC_OP)) == LOG_DELETE ?
			play_delete(key) : play_set(e, r, key, old);
	left = commit_queue_take(&old->rows);
	if (left == NULL)
		return "no row";
	rowstate_free(left);
	return "moved away";
}

/*
 * Returns the row to show behind a record, perhaps in *own; NULL: there is none.
 * Base rows of one key stay side by side, unless check_base makes them
 * one, so each is shown as it is.
 */
static RowState *
state_shown(const Explain *e, const Sorter *r, const Followed *of,
			RowState *own)
{
	int			marks = DatumGetInt32(get(r, REC_MARKS));

	if (marks & MARK_BEFORE)
		return NULL;
	if (!(marks & MARK_BASE) || e->l->config->check_base)
		return of->rows.last;
	*own = state_after(e, r, NULL);
	return own;
}

static void
put_result(const Explain *e, const Sorter *r, const Followed *of,
		   bool is_old, const char *effect)
{
	static const char *const ops[] = {NULL, "I", "U", "D"};
	const char *op = DatumGetInt32(get(r, REC_MARKS)) & MARK_BASE ? NULL :
		ops[DatumGetInt32(get(r, REC_OP))];
	RowState	own;
	RowState   *state = state_shown(e, r, of, &own);
	bool		moves = !r->nulls[REC_OLD_DOC];
	Datum		values[10] = {
		get(r, REC_FILE), get(r, REC_LINE),
		op != NULL ? CStringGetTextDatum(op) : (Datum) 0,
		get(r, REC_TIME), get(r, REC_FILE_TIME),
		get(r, is_old ? REC_OLD_DOC : REC_KEY_DOC),
		CStringGetTextDatum(effect),
		get(r, is_old ? REC_KEY_DOC : REC_OLD_DOC),
		get(r, REC_VALUES),
		state != NULL ? JsonbPGetDatum(state->values) : (Datum) 0
	};
	bool		nulls[10] = {
		false, false, op == NULL,
		r->nulls[REC_TIME], r->nulls[REC_FILE_TIME],
		false, false, !moves, false, state == NULL
	};

	tuplestore_putvalues(e->rsinfo->setResult, e->rsinfo->setDesc, values,
						 nulls);
}

static Followed *
followed(const Explain *e, Datum number)
{
	return DatumGetInt32(number) < 0 ? NULL :
		&e->followed[DatumGetInt32(number)];
}

static void
play_all(Explain *e)
{
	Sorter	   *r = e->records;
	int64		commit = 0;

	(void) sorter_sort(r);
	while (sorter_next(r))
	{
		MemoryContext old = MemoryContextSwitchTo(e->row_ctx);
		Followed   *key;
		Followed   *from;

		CHECK_FOR_INTERRUPTS();
		key = followed(e, get(r, REC_KEY));
		from = followed(e, get(r, REC_OLD));
		if (DatumGetInt64(get(r, REC_COMMIT)) != commit)
			end_commit(e);
		commit = DatumGetInt64(get(r, REC_COMMIT));
		put_result(e, r, key != NULL ? key : from, key == NULL,
				   play(e, r, key, from));
		MemoryContextSwitchTo(old);
		MemoryContextReset(e->row_ctx);
	}
	sorter_close(r);
}

/*
 * All of it
 */

/* Names that a state does not show, and the state in which all is NULL. */
static void
prepare_states(Explain *e)
{
	const LogConfig *c = e->l->config;
	RowDoc	   *state = logrows_columns(e->l, false);
	Datum	   *values = palloc0(sizeof(Datum) * (state->n + 1));
	bool	   *nulls = palloc(sizeof(bool) * (state->n + 1));

	memset(nulls, true, sizeof(bool) * (state->n + 1));
	/* the hash of NULL is null */
	e->nothing.values = logrows_jsonb(logrows_composite(state, values, nulls));
	e->nothing.hashes = e->nothing.values;
	e->only_records = palloc(sizeof(Datum) * (e->doc->n + 1));
	for (int i = 0; i < e->doc->n; i++)
	{
		const LogColumn *col = &c->columns[e->doc->columns[i]];

		if (col->before_of >= 0 || col->sequence)
			e->only_records[e->nonly_records++] =
				CStringGetTextDatum(col->attname);
	}
}

CDC_FUNCTION(cdc_fdw_explain_row);

Datum
cdc_fdw_explain_row(PG_FUNCTION_ARGS)
{
	PositionContext context;
	Explain		e = {0};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("table and key must not be NULL")));
	e.l = logrows_open(PG_GETARG_OID(0), "explain_row");
	e.values = palloc(sizeof(Datum) * (e.l->nkeys + 1));
	e.types = palloc(sizeof(Oid) * (e.l->nkeys + 1));
	e.part = logkey_read(e.l, PG_GETARG_JSONB_P(1), e.values, e.types);
	e.asof = logrows_instant(e.l, fcinfo, 2, "asof");
	InitMaterializedSRF(fcinfo, 0);
	e.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	e.ctx = AllocSetContextCreate(CurrentMemoryContext, "cdc_fdw explain row",
								  ALLOCSET_DEFAULT_SIZES);
	e.row_ctx = AllocSetContextCreate(CurrentMemoryContext,
									  "cdc_fdw explain record",
									  ALLOCSET_DEFAULT_SIZES);
	e.doc = logrows_columns(e.l, true);
	e.key = logrows_key(e.l);
	e.canonical = canonical_create(CurrentMemoryContext);
	find_key_cells(&e);
	prepare_states(&e);
	walk_begin_context(&e.l->place, &context);
	if (!collect(&e, true))
		collect(&e, false);
	position_end(&context);
	play_all(&e);
	logrows_close(e.l);
	return (Datum) 0;
}
