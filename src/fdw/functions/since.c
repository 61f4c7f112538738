/*-------------------------------------------------------------------------
 *
 * since.c
 *	  cdc_fdw_changes_since(): records of the change files that a bookmark
 *	  does not know.
 *
 * A bookmark has, of each folder of the log, a time before which all names are
 * known, and key and ETag of every file from there on.  So it stays as small
 * as what is uploaded within the span that a file may be late, and a late file
 * is read whatever its name.  Of a file whose later records an asof left out it
 * has the instant up to which they were shown.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "executor/nodeHash.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "fdw/instants.h"
#include "fdw/options/options.h"
#include "fdw/pins/pins.h"
#include "fdw/rights.h"
#include "fdw/walk.h"
#include "fdw/watermark.h"
#include "replay/changes.h"
#include "replay/look.h"
#include "replay/replay.h"
#include "replay/values/tuple.h"

/* What a bookmark knows of one folder. */
typedef struct KnownFolder
{
	TimestampTz before;			/* earlier names are known; DT_NOBEGIN: none */
	JsonbContainer *files;		/* ETags by key; NULL: none */
} KnownFolder;

/* A file that this call has read. */
typedef struct ReadFile
{
	const LogFile *file;
	bool		cut;			/* not past the instant */
} ReadFile;

typedef struct Since
{
	LogConfig	config;			/* with a column for the whole record */
	int			record;			/* that column */
	KnownFolder *known;			/* of each folder */
	CdcScan		scan;			/* instants, listing, and the place of errors */
	ReadFile   *read;			/* in the order of the log */
	int			nread;
	TimestampTz from;			/* no earlier name is of interest */
	int64		lateness;		/* microseconds */
} Since;

#define bad_bookmark(...) \
	ereport(ERROR, \
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), \
			 errmsg("the bookmark is none of this table"), \
			 __VA_ARGS__, \
			 errhint("Give a bookmark that cdc_fdw_changes_since returned for the table, or NULL to begin.")))

/* ---- the bookmark ---- */

static const char *
folder_name(const LogConfig *c, int i)
{
	const char *folder = c->folders[i];
	size_t		len = strlen(folder);

	return pg_any_to_server(pnstrdup(folder, len > 0 ? len - 1 : 0),
							len > 0 ? len - 1 : 0, PG_UTF8);
}

static char *
file_name(const LogFile *file)
{
	return pg_any_to_server(file->key, strlen(file->key), PG_UTF8);
}

/* False where the object has no such member. */
static bool
get_member(JsonbContainer *object, const char *name, JsonbValue *value)
{
	return getKeyJsonValueFromContainer(object, name, strlen(name),
										value) != NULL;
}

static void
read_folder(KnownFolder *known, JsonbContainer *object, const char *folder)
{
	JsonbValue	value;

	if (!get_member(object, "before", &value) ||
		(value.type != jbvNull &&
		 (value.type != jbvString ||
		  !name_parse_timestamp(value.val.string.val, value.val.string.len,
								&known->before))))
		bad_bookmark(errdetail("Of folder \"%s\" it has no time \"before\".",
							   folder));
	if (!get_member(object, "files", &value) || value.type != jbvBinary ||
		!JsonContainerIsObject(value.val.binary.data))
		bad_bookmark(errdetail("Of folder \"%s\" it has no object \"files\".",
							   folder));
	known->files = value.val.binary.data;
}

/* Fill since->known; folders that the bookmark lacks are new. */
static void
read_bookmark(Since *since, Jsonb *bookmark)
{
	const LogConfig *c = &since->config;
	int			nfound = 0;

	since->known = palloc0(sizeof(KnownFolder) * c->nfolders);
	for (int i = 0; i < c->nfolders; i++)
		since->known[i].before = DT_NOBEGIN;
	if (bookmark == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(bookmark))
		bad_bookmark(errdetail("It is no JSON object."));
	for (int i = 0; i < c->nfolders; i++)
	{
		const char *folder = folder_name(c, i);
		JsonbValue	value;

		if (!get_member(&bookmark->root, folder, &value))
			continue;
		if (value.type != jbvBinary ||
			!JsonContainerIsObject(value.val.binary.data))
			bad_bookmark(errdetail("Of folder \"%s\" it has no object.", folder));
		read_folder(&since->known[i], value.val.binary.data, folder);
		nfound++;
	}
	if (nfound < JB_ROOT_COUNT(bookmark))
		bad_bookmark(errdetail("It has a folder that the table does not read."));
}

static bool
is_text(const JsonbValue *value, const char *text)
{
	return value->type == jbvString &&
		value->val.string.len == strlen(text) &&
		memcmp(value->val.string.val, text, strlen(text)) == 0;
}

/*
 * Up to which instant the bookmark knows a file, as it is now: DT_NOEND for the
 * whole of it, DT_NOBEGIN for nothing.
 */
static TimestampTz
known_until(const Since *since, const LogFile *file)
{
	const KnownFolder *known = &since->known[file->source];
	const char *etag = file->etag ? file->etag : "";
	TimestampTz until = DT_NOBEGIN;
	JsonbValue	value;
	JsonbValue	member;

	if (file->time < known->before)
		return DT_NOEND;
	if (known->files == NULL ||
		!get_member(known->files, file_name(file), &value))
		return DT_NOBEGIN;
	if (value.type != jbvBinary)
		return is_text(&value, etag) ? DT_NOEND : DT_NOBEGIN;
	if (JsonContainerIsObject(value.val.binary.data) &&
		get_member(value.val.binary.data, "etag", &member) &&
		is_text(&member, etag) &&
		(!get_member(value.val.binary.data, "until", &member) ||
		 member.type != jbvString ||
		 !name_parse_timestamp(member.val.string.val, member.val.string.len,
							   &until)))
		bad_bookmark(errdetail("Of file \"%s\" it has no time \"until\".",
							   file_name(file)));
	return until;
}

/* arg is the Since. */
static bool
is_known(void *arg, const LogFile *file)
{
	return known_until(arg, file) == DT_NOEND;
}

static char *
time_text(TimestampTz time)
{
	return JsonEncodeDateTime(palloc(MAXDATELEN + 1), TimestampGetDatum(time),
							  TIMESTAMPOID, NULL);
}

/*
 * The next file of a folder's listing, from k on, and in *until up to which
 * instant it is known now: before this call, or by it.  *r is the place in
 * since->read.  NULL at the end.
 */
static LogFile *
next_listed(const Since *since, Manifest *m, int k, int *r, TimestampTz *until)
{
	LogFile    *f = manifest_cdc(m, k);
	const ReadFile *read;

	if (f == NULL ||
		look_is_named_later(f, &since->config, since->scan.known_at))
		return NULL;
	*until = known_until(since, f);
	while (*r < since->nread && since->read[*r].file->source != f->source)
		(*r)++;
	read = &since->read[*r];
	if (*r < since->nread && strcmp(read->file->key, f->key) == 0)
	{
		(*r)++;
		*until = Max(*until, read->cut ? since->scan.asof : DT_NOEND);
	}
	return f;
}

/* The time before which all names are known. */
static TimestampTz
known_before(const Since *since, Manifest *m, int i)
{
	TimestampTz before = since->known[i].before;
	TimestampTz newest = DT_NOBEGIN;
	TimestampTz open = DT_NOEND;	/* the first file that is not known whole */
	TimestampTz until;
	TimestampTz late;
	LogFile    *f;
	int			r = 0;

	for (int k = 0; (f = next_listed(since, m, k, &r, &until)) != NULL; k++)
	{
		if (until != DT_NOEND)
			open = Min(open, f->time);
		if (until != DT_NOBEGIN)
			newest = Max(newest, f->time);
	}
	if (newest == DT_NOBEGIN ||
		pg_sub_s64_overflow(newest, since->lateness, &late) ||
		!IS_VALID_TIMESTAMP(late))
		return before;
	return Max(before, Min(late, open));
}

static void
append_folder(StringInfo s, const Since *since, int i)
{
	Manifest   *m = manifest_from(manifest_part(since->scan.manifest, i),
								  since->from);
	TimestampTz before = known_before(since, m, i);
	const char *between = "";
	TimestampTz until;
	LogFile    *f;
	int			r = 0;

	appendStringInfoString(s, "{\"before\":");
	if (before == DT_NOBEGIN)
		appendStringInfoString(s, "null");
	else
		appendStringInfo(s, "\"%s\"", time_text(before));
	appendStringInfoString(s, ",\"files\":{");
	for (int k = 0; (f = next_listed(since, m, k, &r, &until)) != NULL; k++)
	{
		if (f->time < before || until == DT_NOBEGIN)
			continue;
		appendStringInfoString(s, between);
		escape_json(s, file_name(f));
		appendStringInfoString(s, until == DT_NOEND ? ":" : ":{\"etag\":");
		escape_json(s, f->etag ? f->etag : "");
		if (until != DT_NOEND)
			appendStringInfo(s, ",\"until\":\"%s\"}", time_text(until));
		between = ",";
	}
	appendStringInfoString(s, "}}");
}

/* What is known once all has been read. */
static Datum
next_bookmark(const Since *since)
{
	StringInfoData s;

	initStringInfo(&s);
	for (int i = 0; i < since->config.nfolders; i++)
	{
		appendStringInfoString(&s, i > 0 ? "," : "{");
		escape_json(&s, folder_name(&since->config, i));
		appendStringInfoChar(&s, ':');
		append_folder(&s, since, i);
	}
	appendStringInfoChar(&s, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(s.data));
}

/* ---- the records ---- */

static int64
span_of(const Interval *lateness)
{
	/* a hundred years; infinite intervals have the largest of all numbers */
	if (lateness->time < 0 || lateness->day < 0 || lateness->month < 0 ||
		lateness->time > 36500 * USECS_PER_DAY || lateness->day > 36500 ||
		lateness->month > 1200)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the lateness of files must lie between 0 and 100 years")));
	return lateness->time +
		(lateness->day + (int64) lateness->month * DAYS_PER_MONTH) * USECS_PER_DAY;
}

/*
 * The table's settings, with a column of the record behind the others: of what
 * the table declares, which may be all of it.
 */
static void
add_record_column(Since *since, const LogConfig *c)
{
	LogColumn  *columns = palloc0(sizeof(LogColumn) * (c->ncolumns + 1));
	LogColumn  *record = &columns[c->ncolumns];

	memcpy(columns, c->columns, sizeof(LogColumn) * c->ncolumns);
	/* the record shows what there is */
	for (int i = 0; i < c->ncolumns; i++)
		columns[i].may_lack = true;
	record->attname = "change";
	record->role = ROLE_ROW;
	record->before_of = -1;
	record->typid = JSONBOID;
	record->typmod = -1;
	since->config = *c;
	since->config.columns = columns;
	since->config.ncolumns = c->ncolumns + 1;
	since->config.row_declared = c->whole_row < 0;
	since->config.whole_row = since->record = c->ncolumns;
}

/* Keep which files were read, and which of them not past the instant. */
static void
keep_read(Since *since, const Changes *changes)
{
	const LogFile *file;
	bool		cut;
	int			most = 0;

	while ((file = changes_read_file(changes, since->nread, &cut)) != NULL)
	{
		if (since->nread == most)
		{
			most = Max(64, most * 2);
			since->read = since->read
				? repalloc_huge(since->read, sizeof(ReadFile) * most)
				: palloc(sizeof(ReadFile) * most);
		}
		since->read[since->nread++] = (ReadFile) {file, cut};
	}
}

static void
put_records(Since *since, ReturnSetInfo *rsinfo)
{
	static const char *const ops[] = {NULL, "I", "U", "D"};
	CdcScan    *scan = &since->scan;
	ChangesRange range = {DT_NOBEGIN, DT_NOEND, since->from, DT_NOEND};
	ReplaySpec	spec = {
		.manifest = scan->manifest,
		.store = scan->store,
		.config = &since->config,
		.asof = scan->asof,
		.has_known_at = scan->known_at != DT_NOEND,
		.known_at = scan->known_at,
		.needed = &since->record,
		.nneeded = 1,
		.memory = get_hash_memory_limit(),
		.position = &scan->position,
		.progress = scan->progress
	};
	Changes    *changes = changes_open(&spec, &range);
	TupleMaker *tuples = tuple_open(&since->config, &scan->position);
	MemoryContext row_ctx = AllocSetContextCreate(CurrentMemoryContext,
												  "cdc_fdw changes since",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = CurrentMemoryContext;
	const LogFile *file = NULL;
	TimestampTz until = DT_NOBEGIN;
	const Row  *row;

	changes_leave_out(changes, is_known, since);
	while ((row = changes_next(changes)) != NULL)
	{
		bool		nulls[6] = {false, false, ops[row->op] == NULL, false, false, true};
		Datum		values[6] = {0};

		MemoryContextReset(row_ctx);
		MemoryContextSwitchTo(row_ctx);
		if (changes_file(changes, row) != file)
		{
			file = changes_file(changes, row);
			until = known_until(since, file);
		}
		if (row->time <= until)
		{
			MemoryContextSwitchTo(old);
			continue;
		}
		values[0] = CStringGetTextDatum(file_name(file));
		values[1] = Int64GetDatum(row->line);
		if (!nulls[2])
			values[2] = CStringGetTextDatum(ops[row->op]);
		values[3] = TimestampTzGetDatum(row->time);
		values[4] = tuple_value(tuples, since->record, &row->cells[0]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
		MemoryContextSwitchTo(old);
	}
	keep_read(since, changes);
	changes_close(changes);
}

/* At the instants at which a query reads the table. */
static void
open_log(Since *since, const CdcOptions *opts)
{
	SessionInstants session = instants_session();
	StoreConfig *config = options_store_config(opts, GetUserId());
	CdcScan    *scan = &since->scan;
	EState	   *estate = CreateExecutorState();

	scan->range = (ChangesRange) {DT_NOBEGIN, DT_NOEND, DT_NOBEGIN, DT_NOEND};
	scan->pin = instants_pin(opts, &session);
	scan->source = instants_asof(opts, &session, GetUserId(), &scan->asof);
	scan->known_source = instants_known(opts, &session, GetUserId(), scan->pin,
										&scan->known_at);
	config->pinned = scan->pin != NULL;
	scan->store = store_open(config, CurrentMemoryContext);
	scan->manifest = scan->pin != NULL ?
		pins_manifest(opts, scan->pin, GetUserId(), scan->store,
					  CurrentMemoryContext) :
		manifest_open(scan->store, &since->config, CurrentMemoryContext);
	watermark_apply(scan, estate, GetUserId());
	FreeExecutorState(estate);
}

CDC_FUNCTION(cdc_fdw_changes_since);

Datum
cdc_fdw_changes_since(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	bool		nulls[6] = {true, true, true, true, true, false};
	Datum		values[6] = {0};
	Since		since = {0};
	PositionContext context;
	CdcOptions *opts;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("table and lateness must not be NULL")));
	rights_check_table(PG_GETARG_OID(0));
	opts = options_for_table(PG_GETARG_OID(0));
	since.lateness = span_of(PG_GETARG_INTERVAL_P(2));
	add_record_column(&since, &opts->log);
	read_bookmark(&since, PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1));
	since.from = DT_NOEND;
	for (int i = 0; i < since.config.nfolders; i++)
		since.from = Min(since.from, since.known[i].before);
	InitMaterializedSRF(fcinfo, 0);
	since.scan.opts = opts;
	since.scan.hides = walk_hides(opts->relid, GetUserId());
	since.scan.progress = progress_begin(opts->relid, "changes_since", NULL,
										 NULL);
	walk_begin_context(&since.scan, &context);
	open_log(&since, opts);
	progress_instant(since.scan.progress, since.scan.asof);
	put_records(&since, rsinfo);
	position_end(&context);
	values[5] = next_bookmark(&since);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	progress_end(since.scan.progress);
	store_close(since.scan.store);
	return (Datum) 0;
}
