/*-------------------------------------------------------------------------
 *
 * objects.c
 *	  What lies under a server or belongs to a table, and what its records
 *	  look like: for the day when something looks odd.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "foreign/fdwapi.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "fdw/import/import.h"
#include "fdw/options/options.h"
#include "fdw/rights.h"
#include "log/manifest.h"
#include "log/shown.h"
#include "replay/changes.h"

#define RECORDS_MAX		1000

/* Text of the log as a value: what is no text of the database is escaped. */
static Datum
text_datum(const char *bytes, size_t len)
{
	char	   *text = shown_exactly(bytes, len);
	StringInfoData s;

	if (text != NULL)
		return CStringGetTextDatum(text);
	initStringInfo(&s);
	for (size_t i = 0; i < len; i++)
	{
		if (bytes[i] == '\0' || (unsigned char) bytes[i] >= 0x80)
			appendStringInfo(&s, "\\x%02x", (unsigned char) bytes[i]);
		else
			appendStringInfoChar(&s, bytes[i]);
	}
	return CStringGetTextDatum(s.data);
}

/* ---- objects ---- */

/* Why an object is no part of the log, by its name alone; NULL: it is one. */
static const char *
reason_of_name(const StoreEntry *e, const NameInfo *info)
{
	const char *base = manifest_file_name(e->key);
	size_t		len = strlen(base);

	if (len == 0)
		return "folder marker";
	if (info->parquet)
		return "Parquet files are not read yet";
	if (info->kind != NAME_OTHER)
		return NULL;
	if (len > 4 && strcmp(base + len - 4, ".dfm") == 0)
		return "description by Qlik Replicate";
	if (base[0] == '.' || base[0] == '_')
		return "name begins with a dot or an underscore";
	if (name_near(base, len) != NAME_OTHER)
		return "name is nearly one that DMS gives: renamed, or a copy";
	return "name is none that DMS gives";
}

static bool
is_date_folder(const LogConfig *c, const char *dir, size_t len)
{
	int64		from;
	int64		to;
	int			levels = name_date_levels(c->date_sequence, c->date_delimiter);
	int			slashes = 0;

	for (size_t i = 0; i < len; i++)
		slashes += dir[i] == '/';
	return c->date_partition && slashes == levels &&
		name_parse_date(dir, len, c->date_sequence, c->date_delimiter,
						levels, &from, &to);
}

/* The same for a table whose options say where what lies. */
static const char *
reason_of_place(const LogConfig *c, const char *folder,
				const StoreEntry *e, const NameInfo *info)
{
	const char *reason = reason_of_name(e, info);
	bool		apart = c->changes_prefix != NULL &&
		strncmp(e->key, c->changes_prefix, strlen(c->changes_prefix)) == 0;
	const char *dir = e->key + strlen(apart ? c->changes_prefix : folder);
	size_t		len = manifest_file_name(e->key) - dir;

	if (reason != NULL)
		return reason;
	if (c->changes_prefix != NULL && apart != (info->kind == NAME_CDC))
		return "changes are read from changes_prefix alone";
	if (info->kind == NAME_TXN)
		return c->cdc_path != NULL && strncmp(e->key, c->cdc_path,
											  strlen(c->cdc_path)) == 0 ?
			NULL : "transaction file outside of cdc_path";
	if (info->kind == NAME_CDC && c->cdc_path != NULL)
		return "changes are read from cdc_path";
	if (len == 0 || c->partition_folders)
		return NULL;
	if (info->kind == NAME_CDC)
		return is_date_folder(c, dir, len) ? NULL :
			"change file in a folder that is no date of the table's options";
	return (unsigned char) dir[0] >= ':' ? NULL :
		"full load file in a folder that begins with a digit, without partition_folders";
}

static Datum
time_datum(const LogConfig *c, const NameInfo *info)
{
	if (c == NULL || c->date_zone == NULL)
		return TimestampTzGetDatum(info->time);
	return DirectFunctionCall2(timestamp_zone,
							   CStringGetTextDatum(pg_get_timezone_name(c->date_zone)),
							   TimestampGetDatum(info->time));
}

static const char *
kind_name(const NameInfo *info)
{
	switch (info->kind)
	{
		case NAME_LOAD:
			return "load";
		case NAME_SEGMENT:
			return "segment";
		case NAME_CDC:
			return "changes";
		case NAME_TXN:
			return "transactions";
		default:
			return "other";
	}
}

/* List all of prefix into the result; c is NULL for a server. */
static void
put_objects(ReturnSetInfo *rsinfo, Store *store, const LogConfig *c,
			const char *prefix)
{
	StoreLister *lister = store_list(store, prefix, NULL, false);
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "cdc_fdw objects",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);
	StoreEntry	e;

	while (store_list_next(lister, &e))
	{
		const char *base = manifest_file_name(e.key);
		const char *reason;
		Datum		values[6] = {0};
		bool		nulls[6] = {false};
		NameInfo	info;

		CHECK_FOR_INTERRUPTS();
		name_parse(base, strlen(base), &info);
		reason = c ? reason_of_place(c, prefix, &e, &info) : reason_of_name(&e, &info);
		values[0] = text_datum(e.key, strlen(e.key));
		values[1] = CStringGetTextDatum(kind_name(&info));
		nulls[2] = info.kind != NAME_CDC && info.kind != NAME_TXN;
		if (!nulls[2])
			values[2] = time_datum(c, &info);
		values[3] = Int64GetDatum(e.size);
		nulls[4] = e.etag == NULL;
		if (!nulls[4])
			values[4] = text_datum(e.etag, strlen(e.etag));
		nulls[5] = reason == NULL;
		if (!nulls[5])
			values[5] = CStringGetTextDatum(reason);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
		MemoryContextReset(scratch);
	}
	store_list_close(lister);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}

CDC_FUNCTION(cdc_fdw_server_objects);

Datum
cdc_fdw_server_objects(PG_FUNCTION_ARGS)
{
	Oid			serverid =
		rights_server(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	char	   *prefix = text_to_cstring(PG_GETARG_TEXT_PP(1));
	OptionValues values;
	Store	   *store;

	if (prefix[0] != '\0')
		option_check_folder(prefix, "the prefix");
	InitMaterializedSRF(fcinfo, 0);
	store = store_open(options_server_store(serverid, GetUserId(), &values),
					   CurrentMemoryContext);
	put_objects((ReturnSetInfo *) fcinfo->resultinfo, store, NULL, prefix);
	store_close(store);
	return (Datum) 0;
}

CDC_FUNCTION(cdc_fdw_table_objects);

Datum
cdc_fdw_table_objects(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	CdcOptions *opts;
	Store	   *store;

	rights_check_table(relid);
	opts = options_for_table(relid);
	InitMaterializedSRF(fcinfo, 0);
	store = store_open(options_store_config(opts, GetUserId()),
					   CurrentMemoryContext);
	for (int i = 0; i < opts->log.nfolders; i++)
		put_objects(rsinfo, store, &opts->log, opts->log.folders[i]);
	if (opts->log.changes_prefix != NULL)
		put_objects(rsinfo, store, &opts->log, opts->log.changes_prefix);
	if (opts->log.cdc_path != NULL)
		put_objects(rsinfo, store, &opts->log, opts->log.cdc_path);
	store_close(store);
	return (Datum) 0;
}

/* ---- samples ---- */

typedef struct SampleArg
{
	ReturnSetInfo *rsinfo;
	int			records;
	bool		told;			/* a layout says what is wrong */
} SampleArg;

static char *
describe_file(const Recognised *r, const RecognisedFile *f)
{
	StringInfoData s;
	const char *problem = r->problem ? r->problem :
		f->sample->problem ? f->sample->problem : f->r.problem;

	initStringInfo(&s);
	if (problem != NULL)
	{
		appendStringInfo(&s, "not recognised: %s", problem);
		return s.data;
	}
	appendStringInfoString(&s, f->is_load ? "full load" : "changes");
	appendStringInfoString(&s, f->skip ? ", header" : ", no header");
	if (f->op >= 0)
		appendStringInfo(&s, ", operation in field %d", f->op + 1);
	else
		appendStringInfoString(&s, ", no operation");
	if (f->time >= 0)
		appendStringInfo(&s, ", commit time in field %d", f->time + 1);
	else
		appendStringInfoString(&s, ", no commit time");
	appendStringInfo(&s, ", %d fields", f->width);
	if (r->dialect.delimiter == '\t')
		appendStringInfoString(&s, ", by tab");
	else
		appendStringInfo(&s, ", by '%c'", r->dialect.delimiter);
	if (r->dialect.quote == 0)
		appendStringInfoString(&s, ", nothing quoted");
	if (r->dialect.crlf)
		appendStringInfoString(&s, ", lines end in CR LF");
	if (f->sample->gzip)
		appendStringInfoString(&s, ", gzip");
	return s.data;
}

/* The bytes from one line on up to another one (0: the end). */
static Datum
raw_lines(const Sample *sample, char terminator, int64 from, int64 to)
{
	const char *at = sample->bytes;
	const char *end = at + sample->len;
	const char *start = NULL;
	const char *p = at;

	for (int64 line = 1; p < end; line++)
	{
		const char *next = memchr(p, terminator, end - p);

		if (line == from)
			start = p;
		if (line == to)
			break;
		p = next ? next + 1 : end;
	}
	if (start == NULL)
		start = p;
	if (p > start && p[-1] == terminator)
		p--;
	return text_datum(start, p - start);
}

static void
put_file(const SampleArg *arg, const Recognised *r, const RecognisedFile *f)
{
	Datum		values[4] = {0};
	bool		nulls[4] = {false};
	int			n = Min(f->r.n, arg->records);

	values[0] = text_datum(f->sample->object->key,
						   strlen(f->sample->object->key));
	values[1] = CStringGetTextDatum(describe_file(r, f));
	nulls[2] = nulls[3] = true;
	if (n == 0)
		tuplestore_putvalues(arg->rsinfo->setResult, arg->rsinfo->setDesc,
							 values, nulls);
	for (int i = 0; i < n; i++)
	{
		int64		line = f->r.records[i].line;
		bool		more = i + 1 < f->r.n;

		nulls[2] = nulls[3] = false;
		values[2] = Int64GetDatum(line);
		values[3] = raw_lines(f->sample, r->dialect.terminator, line,
							  more && f->sample->object->info.kind != NAME_TXN ?
							  f->r.records[i + 1].line : line + 1);
		tuplestore_putvalues(arg->rsinfo->setResult, arg->rsinfo->setDesc,
							 values, nulls);
	}
}

static void
put_sample(Import *import, ImportTable *table, const Recognised *r,
		   MemoryContext scratch, void *arg)
{
	((SampleArg *) arg)->told |= r->problem != NULL;
	for (int i = 0; i < r->nfiles; i++)
		put_file(arg, r, &r->files[i]);
}

CDC_FUNCTION(cdc_fdw_sample);

Datum
cdc_fdw_sample(PG_FUNCTION_ARGS)
{
	Oid			serverid =
		rights_server(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	char	   *prefix =
		option_trim_slash(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	int			records = PG_GETARG_INT32(2);
	char	   *slash = strrchr(prefix, '/');
	ImportOptions opts;
	ImportFilter filter = {NIL, false};
	SampleArg	arg;
	Import	   *import;
	ListCell   *lc;

	option_check_folder(prefix, "the prefix");
	if (prefix[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the prefix is empty"),
				 errhint("Name a table's folder, such as shop/item.")));
	if (records < 1 || records > RECORDS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the number of records must be from 1 to %d",
						RECORDS_MAX)));
	InitMaterializedSRF(fcinfo, 0);
	arg.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	arg.records = records;
	arg.told = false;
	import_options_read(NIL, &opts);
	opts.visit = put_sample;
	opts.visit_arg = &arg;
	filter.names = list_make1(slash ? slash + 1 : prefix);
	import = import_run(serverid, slash ? pnstrdup(prefix, slash - prefix) : "/",
						"", &opts, &filter);
	if (import->tables == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
				 errmsg("nothing of a change log lies under \"%s/\"",
						store_uri(import->store, prefix))));
	import_check_fit(import);
	foreach(lc, import->tables)
		if (((ImportTable *) lfirst(lc))->problem != NULL && !arg.told)
			import_report_problem(import, lfirst(lc));
	store_close(import->store);
	return (Datum) 0;
}
