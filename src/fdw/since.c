/*-------------------------------------------------------------------------
 *
 * since.c
 *	  cdc_fdw_changes_since(): records of the change files that a bookmark
 *	  does not know.
 *
 * A bookmark has, of each folder of the log, a time before which all names are
 * known, and key and ETag of every file from there on.  So it stays as small
 * as what is uploaded within the span that a file may be late, and a late file
 * is read whatever its name.
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
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "fdw/fdw.h"
#include "fdw/functions.h"
#include "replay/look.h"

/* What a bookmark knows of one folder. */
typedef struct KnownFolder
{
	TimestampTz before;			/* earlier names are known; DT_NOBEGIN: none */
	JsonbContainer *files;		/* ETags by key; NULL: none */
} KnownFolder;

typedef struct Since
{
	LogConfig	config;			/* with a column for the whole record */
	int			record;			/* that column */
	KnownFolder *known;			/* of each folder */
	Manifest   *manifest;
	TimestampTz from;			/* no earlier name is of interest */
	TimestampTz known_at;		/* later files are not there */
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

/* Does the bookmark know a file, as it is now?  arg is the Since. */
static bool
is_known(void *arg, const LogFile *file)
{
	const Since *since = arg;
	const KnownFolder *known = &since->known[file->source];
	const char *etag = file->etag ? file->etag : "";
	JsonbValue	value;

	if (file->time < known->before)
		return true;
	return known->files != NULL &&
		get_member(known->files, file_name(file), &value) &&
		value.type == jbvString &&
		value.val.string.len == strlen(etag) &&
		memcmp(value.val.string.val, etag, strlen(etag)) == 0;
}

static void
append_folder(StringInfo s, const Since *since, int i)
{
	Manifest   *m = manifest_from(manifest_part(since->manifest, i),
								  since->from);
	TimestampTz before = since->known[i].before;
	const char *between = "";
	char		text[MAXDATELEN + 1];
	LogFile    *f;
	int			n = 0;

	while ((f = manifest_cdc(m, n)) != NULL &&
		   !look_is_named_later(f, &since->config, since->known_at))
		n++;
	if (n > 0)
	{
		TimestampTz late;

		if (!pg_sub_s64_overflow(manifest_cdc(m, n - 1)->time,
								 since->lateness, &late) &&
			IS_VALID_TIMESTAMP(late))
			before = Max(before, late);
	}
	appendStringInfoString(s, "{\"before\":");
	if (before == DT_NOBEGIN)
		appendStringInfoString(s, "null");
	else
		appendStringInfo(s, "\"%s\"",
						 JsonEncodeDateTime(text, TimestampGetDatum(before),
											TIMESTAMPOID, NULL));
	appendStringInfoString(s, ",\"files\":{");
	for (int k = 0; k < n; k++)
	{
		f = manifest_cdc(m, k);
		if (f->time < before)
			continue;
		appendStringInfoString(s, between);
		escape_json(s, file_name(f));
		appendStringInfoChar(s, ':');
		escape_json(s, f->etag ? f->etag : "");
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

/* The table's settings, with a column of the whole record behind the others. */
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
	since->config.whole_row = since->record = c->ncolumns;
}

static void
put_records(Since *since, CdcScan *scan, ReturnSetInfo *rsinfo)
{
	static const char *const ops[] = {NULL, "I", "U", "D"};
	ChangesRange range = {DT_NOBEGIN, DT_NOEND, since->from, DT_NOEND};
	ReplaySpec	spec = {
		.manifest = since->manifest,
		.store = manifest_store(since->manifest),
		.config = &since->config,
		.asof = DT_NOEND,
		.has_known_at = since->known_at != DT_NOEND,
		.known_at = since->known_at,
		.needed = &since->record,
		.nneeded = 1,
		.memory = get_hash_memory_limit(),
		.position = &scan->position
	};
	Changes    *changes = changes_open(&spec, &range);
	TupleMaker *tuples = tuple_open(&since->config, &scan->position);
	MemoryContext row_ctx = AllocSetContextCreate(CurrentMemoryContext,
												  "cdc_fdw changes since",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = CurrentMemoryContext;
	const Row  *row;

	changes_leave_out(changes, is_known, since);
	while ((row = changes_next(changes)) != NULL)
	{
		bool		nulls[6] = {false, false, ops[row->op] == NULL, false, false, true};
		Datum		values[6] = {0};

		MemoryContextReset(row_ctx);
		MemoryContextSwitchTo(row_ctx);
		values[0] = CStringGetTextDatum(file_name(changes_file(changes, row)));
		values[1] = Int64GetDatum(row->line);
		if (!nulls[2])
			values[2] = CStringGetTextDatum(ops[row->op]);
		values[3] = TimestampTzGetDatum(row->time);
		values[4] = tuple_value(tuples, since->record, &row->cells[0]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
		MemoryContextSwitchTo(old);
	}
	changes_close(changes);
}

void
since_changes(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	bool		nulls[6] = {true, true, true, true, true, false};
	Datum		values[6] = {0};
	Since		since = {0};
	CdcScan		scan = {0};		/* for the place of errors */
	ErrorContextCallback context;
	SessionInstants session = instants_session();
	CdcOptions *opts;
	Store	   *store;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("table and lateness must not be NULL")));
	functions_check_table(PG_GETARG_OID(0));
	opts = options_for_table(PG_GETARG_OID(0));
	(void) instants_known(opts, &session, NULL, &since.known_at);
	since.lateness = span_of(PG_GETARG_INTERVAL_P(2));
	add_record_column(&since, &opts->log);
	read_bookmark(&since, PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1));
	since.from = DT_NOEND;
	for (int i = 0; i < since.config.nfolders; i++)
		since.from = Min(since.from, since.known[i].before);
	InitMaterializedSRF(fcinfo, 0);
	scan_begin_context(&scan, &context);
	store = store_open(options_store_config(opts, GetUserId()),
					   CurrentMemoryContext);
	since.manifest = manifest_open(store, &since.config, CurrentMemoryContext);
	put_records(&since, &scan, rsinfo);
	error_context_stack = context.previous;
	values[5] = next_bookmark(&since);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	store_close(store);
}
