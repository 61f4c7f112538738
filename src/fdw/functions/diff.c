/*-------------------------------------------------------------------------
 *
 * diff.c
 *	  cdc_fdw_diff: the keys whose rows differ between two instants.
 *
 * The change records between the instants name the keys that may differ; only
 * these are searched for at both.  Where that cannot be (no key, too many
 * keys, an instant at which the full load may not have been over) both states
 * are read whole.  Either way they are sorted by key and walked side by side,
 * so that rows which ended as they were drop out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "fdw/fill.h"
#include "fdw/functions/canonical.h"
#include "fdw/functions/logrows.h"
#include "fdw/reject.h"
#include "replay/sorter.h"
#include "replay/trace.h"

/* A row on its way through the sort. */
enum
{
	SIDE_FOLDER,				/* where each is a log of its own */
	SIDE_KEY_A,					/* the key's identity; without a key the row's */
	SIDE_KEY_B,
	SIDE_ORDER,					/* in which the rows were read */
	SIDE_HASH_A,				/* of the row's canonical bytes */
	SIDE_HASH_B,
	SIDE_ROW,
	SIDE_COLUMNS
};

/* The state at one of the instants. */
typedef struct Side
{
	TimestampTz asof;
	Sorter	   *rows;
	bool		there;			/* there is a next row */
	int64		nrows;			/* read */
} Side;

typedef struct Diff
{
	LogRows    *l;
	RowDoc	   *doc;
	RowDoc	   *key;
	int		   *key_place;		/* of the key's columns in doc */
	bool		one_a_key;		/* a key has one row at an instant */
	CanonicalRow *canonical;
	StringInfoData bytes;
	Side		from;
	Side		to;
	ReturnSetInfo *rsinfo;
	MemoryContext row_ctx;
} Diff;

/*
 * Before the full load was over there is an error, or an option says what rows
 * there are, and not the records alone.
 */
static bool
records_tell(Diff *d, TimestampTz from)
{
	bool		tell = d->l->config->nkeys > 0;

	for (int p = 0; tell && p < logrows_nparts(d->l); p++)
	{
		ReplaySpec	spec = logrows_spec(d->l, p);

		spec.asof = from;
		spec.more_follow = true;
		tell = trace_is_loaded(&spec);
	}
	return tell;
}

/*
 * The two states
 */

/* Which folder's log a row is of. */
static int
folder_of(const LogRows *l, TupleTableSlot *slot)
{
	int			att;
	char	   *name;

	if (l->source < 0)
		return 0;
	att = l->config->columns[l->source].attnum - 1;
	name = TextDatumGetCString(slot->tts_values[att]);
	for (int i = 0; i < l->config->nfolders; i++)
		if (strcmp(name, TextDatumGetCString(logrows_source(l, i))) == 0)
			return i;
	elog(ERROR, "no folder is called \"%s\"", name);
}

static void
put_row(Diff *d, Side *side, KeyMaker *maker, const Oid *types,
		TupleTableSlot *row)
{
	const LogConfig *c = d->l->config;
	Datum	   *v = side->rows->values;
	Datum		values[MaxTupleAttributeNumber];
	bool		nulls[MaxTupleAttributeNumber];
	Datum		key[INDEX_MAX_KEYS];
	Datum		composite;
	KeyIdent	id;
	uint64		hash[2];

	for (int i = 0; i < d->doc->n; i++)
	{
		int			att = c->columns[d->doc->columns[i]].attnum - 1;

		values[i] = row->tts_values[att];
		nulls[i] = row->tts_isnull[att];
	}
	composite = logrows_composite(d->doc, values, nulls);
	resetStringInfo(&d->bytes);
	canonical_append(d->canonical, DatumGetHeapTupleHeader(composite),
					 &d->bytes);
	for (int i = 0; i < 2; i++)
		hash[i] = hash_bytes_extended((unsigned char *) d->bytes.data,
									  d->bytes.len, d->l->seed + i);
	for (int i = 0; i < c->nkeys; i++)
		key[i] = row->tts_values[c->columns[c->keys[i]].attnum - 1];
	id.a = hash[0];
	id.b = (uint32) hash[1];
	if (c->nkeys > 0 && !key_of_values(maker, key, types, &id))
		elog(ERROR, "a key is none of its own type");
	v[SIDE_FOLDER] = Int64GetDatum(folder_of(d->l, row));
	v[SIDE_KEY_A] = Int64GetDatum((int64) id.a);
	v[SIDE_KEY_B] = Int64GetDatum(id.b);
	v[SIDE_ORDER] = Int64GetDatum(side->nrows++);
	v[SIDE_HASH_A] = Int64GetDatum((int64) hash[0]);
	v[SIDE_HASH_B] = Int64GetDatum((int64) hash[1]);
	v[SIDE_ROW] = composite;
	sorter_put(side->rows);
}

/*
 * Where no record names a key no row is looked for: raise what a scan at the
 * instant would of the instant and the full load.
 */
static void
check_side(const Diff *d, TimestampTz asof)
{
	for (int p = 0; p < logrows_nparts(d->l); p++)
	{
		ReplaySpec	spec = logrows_spec(d->l, p);
		int			n;

		spec.asof = asof;
		spec.more_follow = true;
		(void) replay_files(&spec, &n);
	}
}

/* Read the rows at an instant: those of some keys, or (NULL) all. */
static void
read_side(Diff *d, Side *side, KeyValues *search)
{
	static const Oid side_types[SIDE_COLUMNS] = {
		INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, RECORDOID
	};
	const LogConfig *c = d->l->config;
	Relation	rel = table_open(d->l->opts->relid, AccessShareLock);
	TupleTableSlot *row = MakeSingleTupleTableSlot(RelationGetDescr(rel),
												   &TTSOpsVirtual);
	KeyMaker   *maker = key_open(c, d->l->tuples, &d->l->place.position,
								 d->l->seed);
	Oid		   *types = palloc(sizeof(Oid) * (c->nkeys + 1));
	MemoryContext old = CurrentMemoryContext;
	List	   *needed = NIL;
	CdcScan		scan = {0};

	for (int i = 0; i < c->nkeys; i++)
		types[i] = c->columns[c->keys[i]].typid;
	for (int i = 0; i < d->doc->n; i++)
		needed = lappend_int(needed, c->columns[d->doc->columns[i]].attnum);
	side->rows = sorter_open(side_types, SIDE_COLUMNS, SIDE_ORDER + 1, false,
							 logrows_sort_memory(2));
	logrows_prepare_scan(d->l, &scan, needed, side->asof);
	scan.search = search;
	walk_start(&scan);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		ExecClearTuple(row);
		MemoryContextReset(d->row_ctx);
		MemoryContextSwitchTo(d->row_ctx);
		if (!fill_next(&scan, row))
			break;
		put_row(d, side, maker, types, row);
	}
	MemoryContextSwitchTo(old);
	walk_stop(&scan);
	reject_report(&scan);
	ExecDropSingleTupleTableSlot(row);
	table_close(rel, AccessShareLock);
	(void) sorter_sort(side->rows);
}

/*
 * Side by side
 */

/* Returns the value of a column of the next row that is not SIDE_ROW. */
static int64
side_value(const Side *side, int column)
{
	return DatumGetInt64(side->rows->values[column]);
}

/*
 * Go to the next row.  Rows of one key, which a full load may have several
 * times if their values are equal, are one, the first in the log: a search for
 * the key finds that one too.
 */
static void
advance(const Diff *d, Side *side)
{
	int64		last[SIDE_KEY_B + 1];
	bool		again = side->there && d->one_a_key;

	for (int i = SIDE_FOLDER; again && i <= SIDE_KEY_B; i++)
		last[i] = side_value(side, i);
	do
	{
		CHECK_FOR_INTERRUPTS();
		side->there = sorter_next(side->rows);
		if (!side->there)
			return;
		for (int i = SIDE_FOLDER; again && i <= SIDE_KEY_B; i++)
			again = side_value(side, i) == last[i];
	} while (again);
}

static int
compare(const Side *x, const Side *y, int from, int to)
{
	for (int i = from; i <= to; i++)
	{
		int64		a = side_value(x, i);
		int64		b = side_value(y, i);

		if (a != b)
			return a < b ? -1 : 1;
	}
	return 0;
}

static Datum
side_row(const Side *side)
{
	return HeapTupleHeaderGetDatum(DatumGetHeapTupleHeader(side->rows->values[SIDE_ROW]));
}

static Datum
key_of_row(const Diff *d, Datum row)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(row);
	Datum		values[INDEX_MAX_KEYS + 1];
	bool		nulls[INDEX_MAX_KEYS + 1];
	HeapTupleData tuple = {0};

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	tuple.t_data = header;
	for (int i = 0; i < d->key->n; i++)
		values[i] = heap_getattr(&tuple, d->key_place[i] + 1, d->doc->desc,
								 &nulls[i]);
	return JsonbPGetDatum(logrows_jsonb(logrows_composite(d->key, values,
														  nulls)));
}

/* A column's value as the text that its type writes, or NULL. */
static const char *
text_of(const Diff *d, Datum row, int column)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(row);
	HeapTupleData tuple = {0};
	Oid			output;
	bool		varlena;
	bool		isnull;
	Datum		value;

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	tuple.t_data = header;
	value = heap_getattr(&tuple, column + 1, d->doc->desc, &isnull);
	if (isnull)
		return NULL;
	getTypeOutputInfo(TupleDescAttr(d->doc->desc, column)->atttypid, &output,
					  &varlena);
	return OidOutputFunctionCall(output, value);
}

/* The object with one member that is a text, or null. */
static Jsonb *
with_text(Jsonb *object, const char *name, const char *text)
{
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfoChar(&s, '{');
	escape_json(&s, name);
	appendStringInfoChar(&s, ':');
	if (text != NULL)
		escape_json(&s, text);
	else
		appendStringInfoString(&s, "null");
	appendStringInfoChar(&s, '}');
	return logrows_over(object,
						DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
														   CStringGetDatum(s.data))));
}

/* True if a member of two objects, which both have it, is the same value. */
static bool
is_same_member(Jsonb *a, Jsonb *b, const char *name)
{
	Jsonb	   *member[2];
	Jsonb	   *object[2] = {a, b};

	for (int i = 0; i < 2; i++)
		member[i] = JsonbValueToJsonb(getKeyJsonValueFromContainer(&object[i]->root,
																   name, strlen(name),
																   NULL));
	return compareJsonbContainers(&member[0]->root, &member[1]->root) == 0;
}

/*
 * Values that differ may look alike as JSON: SQL's NULL and JSON's, or objects
 * of type json whose members stand in another order.  Both are shown as the
 * texts of their type then, in the JSON of the rows, docs[0] and docs[1].
 */
static void
show_apart(const Diff *d, const Datum *rows, const bool *changed, Jsonb **docs)
{
	for (int i = 0; i < d->doc->n; i++)
	{
		const char *name = NameStr(TupleDescAttr(d->doc->desc, i)->attname);

		if (!changed[i] || !is_same_member(docs[0], docs[1], name))
			continue;
		for (int k = 0; k < 2; k++)
			docs[k] = with_text(docs[k], name, text_of(d, rows[k], i));
	}
}

/* The names of the columns in which two rows differ; changed[i]: column i does. */
static Datum
changed_columns(const Diff *d, Datum old, Datum new, bool *changed)
{
	Datum	   *names = palloc(sizeof(Datum) * (d->doc->n + 1));
	StringInfoData a;
	StringInfoData b;
	const char *at_a;
	const char *at_b;
	int			n = 0;

	initStringInfo(&a);
	initStringInfo(&b);
	canonical_append(d->canonical, DatumGetHeapTupleHeader(old), &a);
	canonical_append(d->canonical, DatumGetHeapTupleHeader(new), &b);
	at_a = a.data;
	at_b = b.data;
	for (int i = 0; i < d->doc->n; i++)
	{
		int			len_a;
		int			len_b;
		const char *value_a = canonical_next(&at_a, a.data + a.len, &len_a);
		const char *value_b = canonical_next(&at_b, b.data + b.len, &len_b);

		changed[i] = len_a != len_b ||
			(len_a > 0 && memcmp(value_a, value_b, len_a) != 0);
		if (changed[i])
			names[n++] = CStringGetTextDatum(NameStr(TupleDescAttr(d->doc->desc, i)->attname));
	}
	return PointerGetDatum(construct_array(names, n, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

/* A row that was, is, or was changed. */
static void
put_difference(Diff *d, const Side *old, const Side *new)
{
	MemoryContext outside = MemoryContextSwitchTo(d->row_ctx);
	Datum		values[5] = {0};
	bool		nulls[5] = {d->key->n == 0, false, true, old == NULL, new == NULL};
	Datum		rows[2] = {0, 0};
	Jsonb	   *docs[2] = {NULL, NULL};

	MemoryContextReset(d->row_ctx);
	values[1] = CStringGetTextDatum(old == NULL ? "inserted" :
									new == NULL ? "deleted" : "updated");
	if (old != NULL)
	{
		rows[0] = side_row(old);
		docs[0] = logrows_jsonb(rows[0]);
	}
	if (new != NULL)
	{
		rows[1] = side_row(new);
		docs[1] = logrows_jsonb(rows[1]);
	}
	if (d->key->n > 0)
		values[0] = key_of_row(d, new != NULL ? rows[1] : rows[0]);
	if (old != NULL && new != NULL)
	{
		bool	   *changed = palloc(sizeof(bool) * (d->doc->n + 1));

		values[2] = changed_columns(d, rows[0], rows[1], changed);
		nulls[2] = false;
		show_apart(d, rows, changed, docs);
	}
	for (int i = 0; i < 2; i++)
		if (docs[i] != NULL)
			values[3 + i] = JsonbPGetDatum(docs[i]);
	tuplestore_putvalues(d->rsinfo->setResult, d->rsinfo->setDesc, values,
						 nulls);
	MemoryContextSwitchTo(outside);
}

static void
put_differences(Diff *d)
{
	Side	   *old = &d->from;
	Side	   *new = &d->to;

	advance(d, old);
	advance(d, new);
	while (old->there || new->there)
	{
		int			c = !old->there ? 1 : !new->there ? -1 :
			compare(old, new, SIDE_FOLDER, SIDE_KEY_B);

		CHECK_FOR_INTERRUPTS();
		if (c < 0)
			put_difference(d, old, NULL);
		else if (c > 0)
			put_difference(d, NULL, new);
		else if (compare(old, new, SIDE_HASH_A, SIDE_HASH_B) != 0)
			put_difference(d, old, new);
		if (c <= 0)
			advance(d, old);
		if (c >= 0)
			advance(d, new);
	}
	sorter_close(old->rows);
	sorter_close(new->rows);
}

static void
prepare(Diff *d)
{
	d->doc = logrows_columns(d->l, false);
	d->key = logrows_key(d->l);
	d->key_place = palloc0(sizeof(int) * (d->key->n + 1));
	for (int k = 0; k < d->key->n; k++)
		while (d->doc->columns[d->key_place[k]] != d->key->columns[k])
			d->key_place[k]++;
	d->one_a_key = d->l->config->nkeys > 0 && !d->l->config->duplicate_keys;
	d->canonical = canonical_create(CurrentMemoryContext);
	initStringInfo(&d->bytes);
	d->row_ctx = AllocSetContextCreate(CurrentMemoryContext, "cdc_fdw diff row",
									   ALLOCSET_DEFAULT_SIZES);
}

CDC_FUNCTION(cdc_fdw_diff);

Datum
cdc_fdw_diff(PG_FUNCTION_ARGS)
{
	PositionContext context;
	KeyValues  *search = NULL;
	TimestampTz low;
	TimestampTz high;
	Diff		d = {0};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("table and from_asof must not be NULL")));
	d.l = logrows_open(PG_GETARG_OID(0), "diff");
	d.from.asof = logrows_instant(d.l, fcinfo, 1, "from_asof");
	d.to.asof = logrows_instant(d.l, fcinfo, 2, "to_asof");
	InitMaterializedSRF(fcinfo, 0);
	d.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	prepare(&d);
	low = Min(d.from.asof, d.to.asof);
	high = Max(d.from.asof, d.to.asof);
	walk_begin_context(&d.l->place, &context);
	if (records_tell(&d, low))
		search = touched_keys(d.l, low, high);
	if (search != NULL && search->nkeys == 0)
	{
		check_side(&d, low);
		check_side(&d, high);
	}
	position_end(&context);
	read_side(&d, &d.from, search);
	read_side(&d, &d.to, search);
	put_differences(&d);
	logrows_close(d.l);
	return (Datum) 0;
}
