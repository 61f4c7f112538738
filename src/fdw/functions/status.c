/*-------------------------------------------------------------------------
 *
 * status.c
 *	  How logs stand: cdc_fdw_status(), cdc_fdw_server_status() and
 *	  cdc_fdw_watermark().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "fdw/attempt.h"
#include "fdw/instant_text.h"
#include "fdw/instants.h"
#include "fdw/manifests.h"
#include "fdw/options/options.h"
#include "fdw/rights.h"
#include "fdw/walk.h"
#include "fdw/watermark.h"
#include "log/numbering.h"
#include "replay/look.h"

/* The columns of both statuses. */
enum StatusColumn
{
	STATUS_TABLE,
	STATUS_LOAD_FILES,
	STATUS_CHANGE_FILES,
	STATUS_BYTES,
	STATUS_BASE_TIME,
	STATUS_FIRST_CHANGE,
	STATUS_LAST_CHANGE,
	STATUS_WATERMARK,
	STATUS_ASOF,
	STATUS_SEALED,
	STATUS_LOAD_HOLES,
	STATUS_LARGEST_GAP,
	STATUS_GAP_FROM,
	STATUS_PROBLEM,
	STATUS_COLUMNS
};

/*
 * The listing of a folder, for all tables that read it one after the other.  It
 * goes when another folder's is wanted: there may be thousands of them.
 */
typedef struct Listing
{
	MemoryContext parent;
	MemoryContext ctx;			/* of the listing; NULL: there is none */
	char	   *identity;
	Manifest   *manifest;
	Store	   *store;
} Listing;

/* A table, by what is listed for it. */
typedef struct Listed
{
	Oid			relid;
	char	   *identity;		/* "" if its options cannot be read */
	Oid			first;			/* of the tables that share the listing */
} Listed;

/* One table's status on its way. */
typedef struct Status
{
	Oid			relid;
	EState	   *estate;
	Listing    *listing;
	CdcOptions *opts;
	LogConfig	config;			/* with holes allowed, which are counted */
	Manifest   *manifest;
	Store	   *store;
	TimestampTz known_at;
	LogPosition position;
	int64		bytes;
	int64		nchanges;
	TimestampTz first_change;	/* DT_NOEND: none */
	TimestampTz last_change;	/* DT_NOBEGIN: none */
	int64		gap;			/* microseconds, -1: there is none */
	TimestampTz gap_from;
	Datum		values[STATUS_COLUMNS];
	bool		nulls[STATUS_COLUMNS];
} Status;

static void
set(Status *s, enum StatusColumn column, Datum value)
{
	s->values[column] = value;
	s->nulls[column] = false;
}

static void
set_time(Status *s, enum StatusColumn column, TimestampTz time,
		 TimestampTz none)
{
	if (time != none)
		set(s, column, TimestampTzGetDatum(time));
}

static bool
has_commit_times(const Status *s)
{
	return s->config.timestamp_column != NULL;
}

static void
count_base(Status *s)
{
	int			n;
	LogFile   **base = manifest_base(s->manifest, &n);
	TimestampTz began = DT_NOEND;
	bool		undated = !has_commit_times(s);
	bool		begun = false;

	for (int i = 0; i < n; i++)
	{
		TimestampTz t;

		s->bytes += base[i]->size;
		/* a series begins with its first record, as in select.c */
		if (base[i]->series_start)
			begun = false;
		if (!has_commit_times(s) || begun || base[i]->size == 0 ||
			!look_first_time(s->store, &s->config, base[i], &s->position, &t,
							 NULL))
			continue;
		begun = true;
		if (t == DT_NOBEGIN)
			undated = true;
		else
			began = Min(began, t);
	}
	set(s, STATUS_LOAD_FILES, Int64GetDatum(n));
	set(s, STATUS_LOAD_HOLES, Int64GetDatum(numbering_holes(base, n)));
	/* without commit times, when an option says it was over */
	if (began == DT_NOEND && undated && s->config.has_base_time)
		began = s->config.base_time;
	set_time(s, STATUS_BASE_TIME, began, DT_NOEND);
}

/* On the table's clock; of transaction files what any table's record says. */
static bool
first_time(Status *s, const LogFile *f, TimestampTz *time)
{
	*time = f->time;
	return !has_commit_times(s) ||
		look_first_time(s->store, &s->config, f, &s->position, time, NULL);
}

static bool
last_time(Status *s, const LogFile *f, TimestampTz *time)
{
	if (!has_commit_times(s) || f->kind == NAME_TXN)
		return first_time(s, f, time);
	return look_last_time(s->store, &s->config, f, &s->position, time);
}

/* The change files of one folder. */
static void
count_part(Status *s, Manifest *part)
{
	TimestampTz before = DT_NOBEGIN;
	TimestampTz time;
	bool		found = false;
	LogFile    *f;
	int			n = 0;

	for (; (f = manifest_cdc(part, n)) != NULL; n++)
	{
		if (look_is_named_later(f, &s->config, s->known_at))
			break;
		s->bytes += f->size;
		if (before != DT_NOBEGIN && f->time - before > s->gap)
		{
			s->gap = f->time - before;
			s->gap_from = before;
		}
		before = f->time;
		if (!found && (found = first_time(s, f, &time)))
			s->first_change = Min(s->first_change, time);
	}
	s->nchanges += n;
	for (found = false; n > 0 && !found; n--)
		if ((found = last_time(s, manifest_cdc(part, n - 1), &time)))
			s->last_change = Max(s->last_change, time);
}

static void
count_changes(Status *s)
{
	s->first_change = DT_NOEND;
	s->last_change = DT_NOBEGIN;
	s->gap = -1;
	for (int p = 0; p < manifest_nparts(s->manifest); p++)
		count_part(s, manifest_part(s->manifest, p));
	set(s, STATUS_CHANGE_FILES, Int64GetDatum(s->nchanges));
	set(s, STATUS_BYTES, Int64GetDatum(s->bytes));
	set_time(s, STATUS_FIRST_CHANGE, s->first_change, DT_NOEND);
	set_time(s, STATUS_LAST_CHANGE, s->last_change, DT_NOBEGIN);
	if (s->gap >= 0)
	{
		set(s, STATUS_LARGEST_GAP,
			DirectFunctionCall2(timestamp_mi,
								TimestampGetDatum(s->gap_from + s->gap),
								TimestampGetDatum(s->gap_from)));
		set(s, STATUS_GAP_FROM, TimestampTzGetDatum(s->gap_from));
	}
}

/*
 * A table's watermark: by the listing that the transaction's queries see, where
 * they all see one, else by this one.
 */
static TimestampTz
table_watermark(const CdcOptions *opts, Manifest *manifest, Store *store,
				TimestampTz known_at, EState *estate)
{
	if (IsolationUsesXactSnapshot())
		manifest = manifests_get(estate, opts, GetUserId(), NULL);
	return watermark_of(opts, manifest, store, known_at, estate, GetUserId());
}

static void
judge(Status *s)
{
	TimestampTz mark = table_watermark(s->opts, s->manifest, s->store,
									   s->known_at, s->estate);
	SessionInstants session = instants_session();
	TimestampTz asof;

	(void) instants_asof(s->opts, &session, GetUserId(), &asof);
	if (asof == ASOF_AT_WATERMARK)
		asof = mark;
	set_time(s, STATUS_WATERMARK, mark, DT_NOBEGIN);
	set_time(s, STATUS_ASOF, asof, DT_NOBEGIN);
	set(s, STATUS_SEALED, BoolGetDatum(mark != DT_NOBEGIN && asof <= mark));
}

/* Make the listing the table's; holes in the full load are allowed on demand. */
static void
listing_take(Listing *l, const CdcOptions *opts, bool allow_gaps)
{
	char	   *identity = manifests_identity(opts, GetUserId());
	MemoryContext old;
	LogConfig  *config;

	if (l->ctx != NULL && strcmp(l->identity, identity) == 0 &&
		!manifest_broken(l->manifest))
		return;
	if (l->ctx != NULL)
		MemoryContextDelete(l->ctx);
	l->ctx = NULL;
	old = MemoryContextSwitchTo(AllocSetContextCreate(l->parent,
													  "cdc_fdw listing of a folder",
													  ALLOCSET_DEFAULT_SIZES));
	options_keep(opts, CurrentMemoryContext);
	config = palloc(sizeof(LogConfig));
	*config = opts->log;
	config->allow_gaps |= allow_gaps;
	l->identity = pstrdup(identity);
	l->store = store_open(options_store_config(opts, GetUserId()),
						  CurrentMemoryContext);
	l->manifest = manifest_open(l->store, config, CurrentMemoryContext);
	l->ctx = MemoryContextSwitchTo(old);
}

/* arg is a Listed. */
static void
identify(void *arg)
{
	Listed	   *t = arg;

	t->identity = manifests_identity(options_for_table(t->relid), GetUserId());
}

static int
listed_cmp(const ListCell *a, const ListCell *b)
{
	const Listed *x = lfirst(a);
	const Listed *y = lfirst(b);
	int			c = strcmp(x->identity, y->identity);

	return c != 0 ? c : oid_cmp(&x->relid, &y->relid);
}

/* In the order of the tables that come first. */
static int
first_cmp(const ListCell *a, const ListCell *b)
{
	const Listed *x = lfirst(a);
	const Listed *y = lfirst(b);
	int			c = oid_cmp(&x->first, &y->first);

	return c != 0 ? c : oid_cmp(&x->relid, &y->relid);
}

/*
 * The tables of a server that the caller may read, those of one schema if it is
 * valid; what is listed alike stands together.
 */
static List *
tables_by_folder(Oid serverid, Oid schema)
{
	List	   *tables = NIL;
	Listed	   *last = NULL;
	ListCell   *lc;

	foreach(lc, watermark_tables(serverid, GetUserId()))
	{
		Listed	   *t;

		CHECK_FOR_INTERRUPTS();
		if (OidIsValid(schema) && get_rel_namespace(lfirst_oid(lc)) != schema)
			continue;
		t = palloc0(sizeof(Listed));
		t->relid = lfirst_oid(lc);
		if (attempt_call(identify, t) != NULL)
			t->identity = pstrdup("");
		tables = lappend(tables, t);
	}
	list_sort(tables, listed_cmp);
	foreach(lc, tables)
	{
		Listed	   *t = lfirst(lc);

		if (last == NULL || t->identity[0] == '\0' ||
			strcmp(t->identity, last->identity) != 0)
			last = t;
		t->first = last->relid;
	}
	list_sort(tables, first_cmp);
	return tables;
}

/* Fill in one table's status; arg is the Status. */
static void
find_status(void *arg)
{
	Status	   *s = arg;
	SessionInstants session = instants_session();
	PositionContext context;

	s->opts = options_for_table(s->relid);
	s->config = s->opts->log;
	s->config.allow_gaps = true;
	(void) instants_known(s->opts, &session, GetUserId(), NULL, &s->known_at);
	position_begin(&context, &s->position,
				   walk_hides(s->relid, GetUserId()));
	listing_take(s->listing, s->opts, true);
	s->store = s->listing->store;
	s->manifest = s->listing->manifest;
	for (int p = 0; p < manifest_nparts(s->manifest); p++)
	{
		look_check_folder(manifest_part(s->manifest, p), s->store, &s->config);
		look_check_transactions(manifest_part(s->manifest, p), s->store,
								&s->config);
	}
	count_base(s);
	count_changes(s);
	judge(s);
	position_end(&context);
}

static void
begin_status(Status *s, Oid relid, EState *estate, Listing *listing)
{
	memset(s, 0, sizeof(*s));
	memset(s->nulls, true, sizeof(s->nulls));
	s->relid = relid;
	s->estate = estate;
	s->listing = listing;
	set(s, STATUS_TABLE, ObjectIdGetDatum(relid));
}

CDC_FUNCTION(cdc_fdw_status);

Datum
cdc_fdw_status(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			relid = PG_GETARG_OID(0);
	EState	   *estate = CreateExecutorState();
	Listing		listing = {estate->es_query_cxt};
	MemoryContext old;
	Status		s;

	rights_check_table(relid);
	InitMaterializedSRF(fcinfo, 0);
	old = MemoryContextSwitchTo(estate->es_query_cxt);
	begin_status(&s, relid, estate, &listing);
	find_status(&s);
	MemoryContextSwitchTo(old);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, s.values,
						 s.nulls);
	FreeExecutorState(estate);
	return (Datum) 0;
}

CDC_FUNCTION(cdc_fdw_server_status);

Datum
cdc_fdw_server_status(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			serverid =
		rights_server(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	EState	   *estate = CreateExecutorState();
	Listing		listing = {estate->es_query_cxt};
	MemoryContext ctx;
	MemoryContext old;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	ctx = AllocSetContextCreate(estate->es_query_cxt, "cdc_fdw status",
								ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(ctx);
	foreach(lc, tables_by_folder(serverid, InvalidOid))
	{
		Status		s;
		MemoryContext own = AllocSetContextCreate(ctx, "cdc_fdw status of a table",
												  ALLOCSET_DEFAULT_SIZES);
		char	   *problem;

		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(own);
		begin_status(&s, ((Listed *) lfirst(lc))->relid, estate, &listing);
		problem = attempt_call(find_status, &s);
		if (problem != NULL)
			set(&s, STATUS_PROBLEM, CStringGetTextDatum(problem));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, s.values,
							 s.nulls);
		MemoryContextSwitchTo(ctx);
		MemoryContextDelete(own);
	}
	MemoryContextSwitchTo(old);
	FreeExecutorState(estate);
	return (Datum) 0;
}

/* The same of a table that is not open, in memory that goes at once. */
static TimestampTz
find_watermark(Oid relid, EState *estate, Listing *listing)
{
	MemoryContext own = AllocSetContextCreate(CurrentMemoryContext,
											  "cdc_fdw watermark",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(own);
	CdcOptions *opts = options_for_table(relid);
	SessionInstants session = instants_session();
	TimestampTz known_at;
	TimestampTz mark;

	(void) instants_known(opts, &session, GetUserId(), NULL, &known_at);
	listing_take(listing, opts, false);
	mark = table_watermark(opts, listing->manifest, listing->store, known_at,
						   estate);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(own);
	return mark;
}

CDC_FUNCTION(cdc_fdw_watermark);

Datum
cdc_fdw_watermark(PG_FUNCTION_ARGS)
{
	Oid			serverid;
	Oid			schema = InvalidOid;
	EState	   *estate;
	Listing		listing = {NULL};
	TimestampTz least = DT_NOEND;
	MemoryContext old;
	ListCell   *lc;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	serverid = rights_server(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (!PG_ARGISNULL(1))
		schema = get_namespace_oid(text_to_cstring(PG_GETARG_TEXT_PP(1)),
								   false);
	estate = CreateExecutorState();
	old = MemoryContextSwitchTo(estate->es_query_cxt);
	listing.parent = CurrentMemoryContext;
	foreach(lc, tables_by_folder(serverid, schema))
	{
		TimestampTz mark;

		CHECK_FOR_INTERRUPTS();
		mark = find_watermark(((Listed *) lfirst(lc))->relid, estate, &listing);
		least = Min(least, mark);
		/* nothing tells how early a change of this table may still come */
		if (least == DT_NOBEGIN)
			break;
	}
	MemoryContextSwitchTo(old);
	FreeExecutorState(estate);
	if (least == DT_NOEND || least == DT_NOBEGIN)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(least);
}
