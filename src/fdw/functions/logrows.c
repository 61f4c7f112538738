/*-------------------------------------------------------------------------
 *
 * logrows.c
 *	  A table's log for SQL functions: opened at an instant, its rows as JSON.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/nodeHash.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "fdw/instant_text.h"
#include "fdw/functions/logrows.h"
#include "fdw/pins/pins.h"
#include "fdw/rights.h"
#include "fdw/watermark.h"
#include "replay/values/settings.h"

LogRows *
logrows_open(Oid relid, const char *function)
{
	LogRows    *l = palloc0(sizeof(LogRows));
	LogConfig  *config;

	rights_check_table(relid);
	l->opts = options_for_table(relid);
	l->place.hides = walk_hides(relid, GetUserId());
	l->place.progress = progress_begin(relid, function, NULL, NULL);
	config = &l->opts->log;
	/* keys and before images mean the same in a table of changes */
	config->mode = MODE_SNAPSHOT;
	l->config = config;
	l->store = store_open(options_store_config(l->opts, GetUserId()),
						  CurrentMemoryContext);
	l->manifest = manifest_open(l->store, config, CurrentMemoryContext);
	l->estate = CreateExecutorState();
	l->session = instants_session();
	l->place.known_source = instants_known(l->opts, &l->session, GetUserId(), NULL,
										   &l->place.known_at);
	l->tuples = tuple_open(config, &l->place.position);
	while (l->seed == 0)
		l->seed = key_seed();
	l->source = -1;
	l->keys = palloc(sizeof(int) * (config->nkeys + 1));
	for (int i = 0; i < config->ncolumns; i++)
	{
		const LogColumn *col = &config->columns[i];

		if (col->may_lack && col->runs_user_code)
			tuple_check_missing(l->tuples, i);
		if (config->source_is_key && col->role == ROLE_SOURCE)
			l->source = i;
		if (l->source == i || col->key)
			l->keys[l->nkeys++] = i;
	}
	return l;
}

void
logrows_close(LogRows *l)
{
	progress_end(l->place.progress);
	store_close(l->store);
	FreeExecutorState(l->estate);
}

/*
 * The instant
 */

/* A query would read by this pin: so does the function. */
static void
read_by_pin(LogRows *l, const char *pin)
{
	StoreConfig *config = options_store_config(l->opts, GetUserId());

	config->pinned = true;
	store_close(l->store);
	l->store = store_open(config, CurrentMemoryContext);
	l->manifest = pins_manifest(l->opts, pin, GetUserId(), l->store,
								CurrentMemoryContext);
	l->place.known_source = instants_known(l->opts, &l->session, GetUserId(), pin,
										   &l->place.known_at);
}

TimestampTz
logrows_instant(LogRows *l, FunctionCallInfo fcinfo, int n, const char *name)
{
	CdcScan    *scan = &l->place;
	bool		asked = !PG_ARGISNULL(n);

	scan->pin = asked ? NULL : instants_pin(l->opts, &l->session);
	if (asked)
		scan->asof = instant_text_arg(fcinfo, n, name, true);
	else
		(void) instants_asof(l->opts, &l->session, GetUserId(), &scan->asof);
	instants_check_asked(l->opts, asked, scan->asof, false, DT_NOEND);
	if (scan->pin != NULL)
		read_by_pin(l, scan->pin);
	scan->opts = l->opts;
	scan->manifest = l->manifest;
	scan->store = l->store;
	watermark_apply(scan, l->estate, GetUserId());
	if (scan->pin == NULL)
		instants_notice_asof(l->opts, l->manifest, scan->asof);
	progress_instant(scan->progress, scan->asof);
	return scan->asof;
}

/*
 * Walks
 */

int
logrows_nparts(const LogRows *l)
{
	return l->config->source_is_key ? manifest_nparts(l->manifest) : 1;
}

ReplaySpec
logrows_spec(LogRows *l, int part)
{
	ReplaySpec	spec = {
		.manifest = logrows_nparts(l) > 1 ? manifest_part(l->manifest, part) :
		l->manifest,
		.store = l->store,
		.config = l->config,
		.asof = DT_NOEND,
		.has_known_at = l->place.known_source != ASOF_NONE,
		.known_at = l->place.known_at,
		.memory = get_hash_memory_limit() / 2,
		.seed = l->seed,
		.position = &l->place.position,
		.progress = l->place.progress
	};

	return spec;
}

void
logrows_prepare_scan(LogRows *l, CdcScan *scan, List *needed, TimestampTz asof)
{
	walk_prepare(scan, l->opts, needed, NULL);
	scan->hides = l->place.hides;
	scan->source = ASOF_QUERY;
	scan->asof = asof;
	scan->known_source = l->place.known_source;
	scan->known_at = l->place.known_at;
	scan->manifest = l->manifest;
	scan->store = l->store;
	scan->progress = l->place.progress;
}

int
logrows_sort_memory(int sorts)
{
	return (int) Min(Max(get_hash_memory_limit() / 1024 / 2 / sorts, 64),
					 MAX_KILOBYTES);
}

/*
 * Rows
 */

static RowDoc *
make_doc(const LogRows *l, const int *columns, int n)
{
	RowDoc	   *doc = palloc(sizeof(RowDoc));

	doc->n = n;
	doc->columns = palloc(sizeof(int) * (n + 1));
	memcpy(doc->columns, columns, sizeof(int) * n);
	doc->desc = CreateTemplateTupleDesc(n);
	for (int i = 0; i < n; i++)
	{
		const LogColumn *col = &l->config->columns[columns[i]];

		TupleDescInitEntry(doc->desc, i + 1, col->attname, col->typid,
						   col->typmod, 0);
		TupleDescInitEntryCollation(doc->desc, i + 1, col->collation);
	}
	BlessTupleDesc(doc->desc);
	return doc;
}

RowDoc *
logrows_columns(const LogRows *l, bool records)
{
	int		   *columns = palloc(sizeof(int) * (l->config->ncolumns + 1));
	int			n = 0;

	for (int i = 0; i < l->config->ncolumns; i++)
	{
		const LogColumn *col = &l->config->columns[i];

		if (i == l->source ||
			(col->role == ROLE_NONE &&
			 (records || (col->before_of < 0 && !col->sequence))))
			columns[n++] = i;
	}
	return make_doc(l, columns, n);
}

RowDoc *
logrows_key(const LogRows *l)
{
	return make_doc(l, l->keys, l->nkeys);
}

Datum
logrows_composite(const RowDoc *doc, const Datum *values, const bool *nulls)
{
	return HeapTupleGetDatum(heap_form_tuple(doc->desc,
											 unconstify(Datum *, values),
											 unconstify(bool *, nulls)));
}

Jsonb *
logrows_jsonb(Datum composite)
{
	SavedSettings saved;
	text	   *volatile json = NULL;

	settings_fix(&saved, settings_iso(), RARE_PATH | RARE_MONETARY);
	PG_TRY();
	{
		json = DatumGetTextPP(DirectFunctionCall1(row_to_json, composite));
	}
	PG_FINALLY();
	{
		settings_restore(&saved);
	}
	PG_END_TRY();
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
											  CStringGetDatum(text_to_cstring(json))));
}

Jsonb *
logrows_without(Jsonb *object, Datum *names, int n)
{
	ArrayType  *array;

	if (n == 0)
		return object;
	array = construct_array(names, n, TEXTOID, -1, false, TYPALIGN_INT);
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_delete_array,
											  JsonbPGetDatum(object),
											  PointerGetDatum(array)));
}

Jsonb *
logrows_over(Jsonb *below, Jsonb *above)
{
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat,
											  JsonbPGetDatum(below),
											  JsonbPGetDatum(above)));
}

Datum
logrows_source(const LogRows *l, int folder)
{
	const char *name = l->config->folders[folder];
	size_t		len = strlen(name);

	return PointerGetDatum(cstring_to_text_with_len(name,
													len > 0 ? len - 1 : 0));
}
