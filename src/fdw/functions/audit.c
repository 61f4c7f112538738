/*-------------------------------------------------------------------------
 *
 * audit.c
 *	  cdc_fdw_audit: what is legal in a log but doubtful.
 *
 * Every record is read and becomes an event of its key, or two where it moves
 * a row from one key to another.  Sorted by key and age they are played oldest
 * first by the rule of commit_queue.h; what the rows of a key are is no matter.
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
#include "utils/memutils.h"

#include "base/compat.h"
#include "fdw/functions/logrows.h"
#include "replay/commit_queue.h"
#include "replay/sorter.h"
#include "replay/trace.h"

typedef enum Doubt
{
	DOUBT_UPSERT,
	DOUBT_DELETE,
	DOUBT_INSERT,
	DOUBT_TIE,
	DOUBT_KEY_CHANGE,
	DOUBT_UNSUPPLIED,
	DOUBT_BEFORE_BASE,
	DOUBT_RAN_BACK,
	DOUBT_DUPLICATE,
	DOUBT_BASE_KEY,
	DOUBT_KEYLESS,
	NDOUBTS
} Doubt;

static const char *const doubt_names[NDOUBTS] = {
	"upserting_updates",
	"deletes_of_unknown_keys",
	"repeated_inserts",
	"ties_decided_by_line",
	"suspected_key_changes",
	"cells_never_supplied",
	"records_before_base",
	"times_ran_back",
	"duplicate_names",
	"repeated_base_keys",
	"unidentified_records"
};

/* How often, and where first. */
typedef struct Finding
{
	int64		count;
	int64		place;			/* of the sample */
	int			fileno;
	int64		line;
	char	   *file;			/* once its folder's log is over */
} Finding;

/* What a record does to one key. */
typedef enum EventOf
{
	OF_BASE,
	OF_INSERT,
	OF_UPDATE,
	OF_UPSERT,					/* without op: wants nothing */
	OF_TAKE,					/* a row comes from another key */
	OF_DELETE,
	OF_LEAVE					/* the row goes to another key */
} EventOf;

enum
{
	EVENT_KEY_A,
	EVENT_KEY_B,
	EVENT_PLACE,				/* oldest first */
	EVENT_KIND,
	EVENT_COMMIT,
	EVENT_FILE,
	EVENT_LINE,
	EVENT_COLUMNS
};

/* Places at which keys fall silent, and those in front of new keys. */
enum
{
	TURN_PLACE,
	TURN_NEW,					/* 1: a new key comes next; 0: one falls silent */
	TURN_NEW_PLACE,
	TURN_FILE,
	TURN_LINE,
	TURN_COLUMNS
};

typedef struct Audit
{
	LogRows    *l;
	TimestampTz asof;
	Finding		found[NDOUBTS];
	bool		ties_tell;		/* lines decide among records of a time */
	bool		moves_hide;		/* no before image tells of key changes */
	Sorter	   *events;			/* by key and place */
	Sorter	   *turns;			/* by place, what falls silent first */
} Audit;

/* The key that is played. */
typedef struct Playing
{
	bool		any;
	int64		key_a;
	int64		key_b;
	bool		began;			/* by a base row or an insert */
	CommitQueue rows;			/* each of them is a_row */
	int64		commit;			/* of the change before, 0: none */
	int64		place;			/* of it */
} Playing;

static void
note(Audit *a, Doubt doubt, int64 place, int fileno, int64 line)
{
	Finding    *f = &a->found[doubt];

	/* the oldest is shown, of the first folder that has one */
	if (f->file == NULL && (f->count == 0 || place < f->place || f->line == 0))
	{
		f->place = place;
		f->fileno = fileno;
		f->line = line;
	}
	f->count++;
}

static Sorter *
open_sort(int ncolumns, int nkeys)
{
	/* turns have fewer columns */
	static const Oid types[EVENT_COLUMNS] = {
		INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID
	};

	return sorter_open(types, ncolumns, nkeys, false, logrows_sort_memory(2));
}

static int64
number(const Sorter *s, int column)
{
	return DatumGetInt64(s->values[column]);
}

/*
 * Events
 */

static void
put_event(Audit *a, const TraceItem *item, KeyIdent id, EventOf kind,
		  int64 place)
{
	Datum	   *v = a->events->values;

	v[EVENT_KEY_A] = Int64GetDatum((int64) id.a);
	v[EVENT_KEY_B] = Int64GetDatum(id.b);
	v[EVENT_PLACE] = Int64GetDatum(place);
	v[EVENT_KIND] = Int64GetDatum(kind);
	v[EVENT_COMMIT] = Int64GetDatum(item->commit);
	v[EVENT_FILE] = Int64GetDatum(item->fileno);
	v[EVENT_LINE] = Int64GetDatum(item->line);
	sorter_put(a->events);
}

static EventOf
kind_of(const TraceItem *item)
{
	if (item->base)
		return OF_BASE;
	switch (item->op)
	{
		case LOG_INSERT:
			return OF_INSERT;
		case LOG_UPDATE:
			return item->moves ? OF_TAKE : OF_UPDATE;
		case LOG_DELETE:
			return OF_DELETE;
		default:
			return OF_UPSERT;
	}
}

static void
collect(Audit *a, Trace *t)
{
	bool		keyed = a->l->config->nkeys > 0;
	bool		identified = keyed || a->l->config->sequence >= 0;
	int64		place = 0;
	TraceItem	item;

	while (trace_next(t, &item))
	{
		/* base rows are older than all changes */
		int64		age = item.base ? PG_INT64_MIN + item.ordinal : place - 1;

		if (item.before_base)
		{
			note(a, DOUBT_BEFORE_BASE, -item.ordinal, item.fileno, item.line);
			continue;
		}
		if (!item.base)
			place--;
		if (!identified && !item.base)
			note(a, DOUBT_KEYLESS, age, item.fileno, item.line);
		if (!keyed)
			continue;
		put_event(a, &item, item.id, kind_of(&item), age);
		if (item.moves)
			put_event(a, &item, item.old, OF_LEAVE, age);
	}
}

/*
 * Playing
 */

static void
note_event(Audit *a, Doubt doubt)
{
	const Sorter *e = a->events;

	note(a, doubt, number(e, EVENT_PLACE), (int) number(e, EVENT_FILE),
		 number(e, EVENT_LINE));
}

static void
put_turn(Audit *a, int64 place, bool new)
{
	Datum	   *v = a->turns->values;

	v[TURN_PLACE] = Int64GetDatum(place);
	v[TURN_NEW] = Int64GetDatum(new);
	v[TURN_NEW_PLACE] = new ?
		Int64GetDatum(number(a->events, EVENT_PLACE)) : Int64GetDatum(0);
	v[TURN_FILE] = new ?
		Int64GetDatum(number(a->events, EVENT_FILE)) : Int64GetDatum(0);
	v[TURN_LINE] = new ?
		Int64GetDatum(number(a->events, EVENT_LINE)) : Int64GetDatum(0);
	sorter_put(a->turns);
}

/*
 * No more records of the key come: with a row left, it fell silent.  A key
 * that is as new as the one which follows tells nothing: in a log without full
 * load, updates of unknown keys come one behind the other.
 */
static void
end_key(Audit *a, Playing *p)
{
	if (p->began && p->rows.last != NULL && p->commit > 0 && a->moves_hide)
		put_turn(a, p->place, false);
	commit_queue_clear(&p->rows);
}

static void
play_event(Audit *a, Playing *p, EventOf kind)
{
	static char a_row;
	bool		met = p->any;
	bool		live = p->rows.last != NULL;

	if (!met)
		p->began = kind == OF_BASE || kind == OF_INSERT || kind == OF_UPSERT;
	switch (kind)
	{
		case OF_BASE:
			if (live)
				note_event(a, DOUBT_BASE_KEY);
			break;
		case OF_INSERT:
			if (live)
				note_event(a, DOUBT_INSERT);
			break;
		case OF_UPDATE:
			if (!live)
				note_event(a, DOUBT_UPSERT);
			/* the record in front of it may be another key's last */
			if (!met && a->moves_hide)
				put_turn(a, number(a->events, EVENT_PLACE) - 1, true);
			break;
		case OF_UPSERT:
		case OF_TAKE:
			break;
		case OF_DELETE:
		case OF_LEAVE:
			if (commit_queue_take(&p->rows) == NULL)
				note_event(a, kind == OF_DELETE ? DOUBT_DELETE : DOUBT_UPSERT);
			return;
	}
	(void) commit_queue_put(&p->rows, &a_row, kind == OF_TAKE);
}

static void
play(Audit *a)
{
	Sorter	   *e = a->events;
	Playing		p = {0};

	(void) sorter_sort(e);
	while (sorter_next(e))
	{
		int64		commit = number(e, EVENT_COMMIT);

		CHECK_FOR_INTERRUPTS();
		if (p.any && (number(e, EVENT_KEY_A) != p.key_a ||
					  number(e, EVENT_KEY_B) != p.key_b))
		{
			end_key(a, &p);
			memset(&p, 0, sizeof(p));
		}
		if (commit != p.commit)
			while (commit_queue_end(&p.rows) != NULL)
				CHECK_FOR_INTERRUPTS();
		else if (commit > 0 && a->ties_tell)
			note_event(a, DOUBT_TIE);
		play_event(a, &p, (EventOf) number(e, EVENT_KIND));
		p.any = true;
		p.key_a = number(e, EVENT_KEY_A);
		p.key_b = number(e, EVENT_KEY_B);
		p.commit = commit;
		p.place = number(e, EVENT_PLACE);
	}
	end_key(a, &p);
	sorter_close(e);
}

/* Where a key falls silent and the next record is a new key's update. */
static void
match_turns(Audit *a)
{
	Sorter	   *t = a->turns;
	int64		silent = PG_INT64_MAX;	/* the last place where one does */

	(void) sorter_sort(t);
	while (sorter_next(t))
	{
		CHECK_FOR_INTERRUPTS();
		if (number(t, TURN_NEW) == 0)
			silent = number(t, TURN_PLACE);
		else if (number(t, TURN_PLACE) == silent)
			note(a, DOUBT_KEY_CHANGE, number(t, TURN_NEW_PLACE),
				 (int) number(t, TURN_FILE), number(t, TURN_LINE));
	}
	sorter_close(t);
}

/*
 * All of it
 */

/* What the replay itself finds missing at the end of its searches. */
static int64
cells_never_supplied(Audit *a)
{
	const LogConfig *c = a->l->config;
	RowDoc	   *doc = logrows_columns(a->l, false);
	bool		can_miss = c->no_sup_value != NULL;
	List	   *needed = NIL;
	CdcScan		scan = {0};
	ReplayCounters counters;

	for (int i = 0; i < doc->n; i++)
	{
		can_miss |= c->columns[doc->columns[i]].keep_on_null;
		needed = lappend_int(needed, c->columns[doc->columns[i]].attnum);
	}
	if (!can_miss)
		return 0;
	logrows_prepare_scan(a->l, &scan, needed, a->asof);
	walk_start(&scan);
	while (walk_next_row(&scan) != NULL)
		CHECK_FOR_INTERRUPTS();
	walk_counters(&scan, &counters);
	walk_stop(&scan);
	return counters.never_supplied;
}

/* The log of one folder, or of all together. */
static void
audit_part(Audit *a, int part)
{
	ReplaySpec	spec = logrows_spec(a->l, part);
	ReplayCounters counters;
	Trace	   *t;

	spec.asof = a->asof;
	spec.from_start = true;
	spec.more_follow = true;
	a->events = open_sort(EVENT_COLUMNS, EVENT_PLACE + 1);
	a->turns = open_sort(TURN_COLUMNS, TURN_NEW + 1);
	t = trace_open(&spec);
	collect(a, t);
	play(a);
	match_turns(a);
	trace_counters(t, &counters);
	a->found[DOUBT_RAN_BACK].count += counters.ran_back;
	a->found[DOUBT_DUPLICATE].count += counters.duplicates;
	for (int i = 0; i < NDOUBTS; i++)
	{
		Finding    *f = &a->found[i];

		if (f->line > 0 && f->file == NULL)
		{
			const char *key = trace_file(t, f->fileno)->key;

			f->file = pg_any_to_server(pstrdup(key), strlen(key), PG_UTF8);
		}
	}
	trace_close(t);
}

static void
put_findings(const Audit *a, ReturnSetInfo *rsinfo)
{
	for (int i = 0; i < NDOUBTS; i++)
	{
		const Finding *f = &a->found[i];
		bool		none = f->file == NULL;
		Datum		values[4] = {
			CStringGetTextDatum(doubt_names[i]), Int64GetDatum(f->count),
			none ? (Datum) 0 : CStringGetTextDatum(f->file),
			Int64GetDatum(f->line)
		};
		bool		nulls[4] = {false, false, none, none};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
}

CDC_FUNCTION(cdc_fdw_audit);

Datum
cdc_fdw_audit(PG_FUNCTION_ARGS)
{
	PositionContext context;
	const LogConfig *c;
	Audit		a = {0};

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the table must not be NULL")));
	a.l = logrows_open(PG_GETARG_OID(0), "audit");
	a.asof = logrows_instant(a.l, fcinfo, 1, "asof");
	c = a.l->config;
	a.ties_tell = c->timestamp_column != NULL && c->sequence < 0;
	a.moves_hide = !c->key_changes;
	InitMaterializedSRF(fcinfo, 0);
	walk_begin_context(&a.l->place, &context);
	for (int p = 0; p < logrows_nparts(a.l); p++)
		audit_part(&a, p);
	a.found[DOUBT_UNSUPPLIED].count = cells_never_supplied(&a);
	position_end(&context);
	put_findings(&a, (ReturnSetInfo *) fcinfo->resultinfo);
	logrows_close(a.l);
	return (Datum) 0;
}
