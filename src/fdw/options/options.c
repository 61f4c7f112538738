/*-------------------------------------------------------------------------
 *
 * options.c
 *	  The validator, and what all options together say of one table.
 *
 * The validator sees one object alone.  What takes several (a setting of the
 * server under one of the table, a column beside its table) is checked here
 * when a query on the table is planned, before any I/O.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "fdw/instant_text.h"
#include "fdw/options/s3_settings.h"
#include "fdw/options/columns.h"
#include "fdw/options/credentials.h"
#include "fdw/options/table.h"
#include "fdw/options/location.h"
#include "fdw/options/options.h"
#include "fdw/told.h"
#include "replay/values/settings.h"

/* DMS's own, in seconds */
#define DEFAULT_BATCH_INTERVAL	60
#define MOST_BATCH_INTERVAL		(100 * SECS_PER_DAY)

/* what an option may have, so that reading it is no work to speak of */
#define MOST_BYTES	(1024 * 1024)

char	   *cdc_session_asof = NULL;
char	   *cdc_session_known_at = NULL;
bool		cdc_require_sealed = false;
double		cdc_max_bytes = 0;
int			cdc_prefetch_bytes = 64 * 1024 * 1024;
int			cdc_max_record_bytes = 256 * 1024 * 1024;
int			cdc_max_gzip_ratio = 500;
bool		cdc_force_libcsv = false;
bool		cdc_force_input_functions = false;
bool		cdc_force_unzip_ahead = false;

static void
override(OptionValues *v, const OptionValues *with)
{
	for (int i = 0; i < OPT_COUNT; i++)
	{
		if (with->text[i] != NULL)
			v->text[i] = with->text[i];
	}
}

void
options_load(OptionValues *v, List *options, int where)
{
	OptionValues own = {{NULL}};
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		own.text[option_find_for(def->defname, where)] = strVal(def->arg);
	}
	if (own.text[OPT_S3_SETTINGS] != NULL)
		s3_settings_read(own.text[OPT_S3_SETTINGS], v);
	override(v, &own);
}

/* ---- the validator ---- */

static int
place_of_catalog(Oid catalog)
{
	switch (catalog)
	{
		case ForeignServerRelationId:
			return IN_SERVER;
		case UserMappingRelationId:
			return IN_MAPPING;
		case ForeignTableRelationId:
			return IN_TABLE;
		case AttributeRelationId:
			return IN_COLUMN;
		default:
			return 0;			/* the wrapper itself */
	}
}

void
options_validate(Datum options, Oid catalog)
{
	int			where = place_of_catalog(catalog);
	OptionValues v = {{NULL}};
	ListCell   *lc;

	foreach(lc, untransformRelOptions(options))
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		OptionId	id = option_find_for(def->defname, where);
		const char *value = def->arg ? strVal(def->arg) : "";

		if (v.text[id] != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("option \"%s\" is given twice", def->defname)));
		if (strlen(value) > MOST_BYTES)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("the value of option \"%s\" is too long",
							def->defname),
					 errdetail("It has %zu bytes; the most is %d.",
							   strlen(value), MOST_BYTES)));
		option_check(option_def(id), value,
					 psprintf("option \"%s\"", def->defname));
		v.text[id] = value;
	}
	credentials_check(&v, where);
	if (where == IN_COLUMN)
		option_columns_check_one(&v, NULL);
}

/* ---- what records look like ---- */

static void
read_date_folders(const OptionValues *v, LogConfig *log)
{
	pg_tz	   *zone = option_zone(v, OPT_DATE_PARTITION_TIMEZONE);

	log->partition_folders = option_bool(v, OPT_PARTITION_FOLDERS, false);
	log->date_partition = option_bool(v, OPT_DATE_PARTITION_ENABLED, false);
	log->date_sequence = option_choice(v, OPT_DATE_PARTITION_SEQUENCE,
									   DATE_YYYYMMDD);
	log->date_delimiter = option_choice(v, OPT_DATE_PARTITION_DELIMITER, '/');
	/* the zone shifts nothing unless the folders are there */
	log->date_zone = log->date_partition ? zone : NULL;
}

void
options_style(const OptionValues *v, ValueStyle *style)
{
	*style = *settings_iso();
	option_datestyle(v, OPT_DATESTYLE, style);
	if (v->text[OPT_TIMEZONE] != NULL)
		style->zone = option_zone(v, OPT_TIMEZONE);
}

static void
read_records(const OptionValues *v, LogConfig *log)
{
	log->dialect.delimiter = option_delimiter(v, OPT_CSV_DELIMITER, ',');
	log->dialect.quote = option_bool(v, OPT_RFC4180, true) ? '"' : 0;
	log->dialect.terminator = option_row_delimiter(v, OPT_CSV_ROW_DELIMITER,
												   &log->dialect.crlf,
												   &log->ends_by_file);
	log->dialect.asks_crlf = log->ends_by_file ||
		v->text[OPT_CSV_ROW_DELIMITER] == NULL;
	log->header = option_bool(v, OPT_ADD_COLUMN_NAME, false);
	log->delimiter_said = v->text[OPT_CSV_DELIMITER] != NULL;
	log->header_said = v->text[OPT_ADD_COLUMN_NAME] != NULL;
	log->op_column = option_text(v, OPT_OP_COLUMN_NAME);
	log->timestamp_column = option_text(v, OPT_TIMESTAMP_COLUMN_NAME);
	log->timestamp_said = v->text[OPT_TIMESTAMP_COLUMN_NAME] != NULL;
	if (v->text[OPT_INCLUDE_OP_FOR_FULL_LOAD] == NULL)
		log->op_in_load = OPT_UNSET;
	else
		log->op_in_load = option_bool(v, OPT_INCLUDE_OP_FOR_FULL_LOAD,
									  false) ? OPT_TRUE : OPT_FALSE;
	log->inserts_only = option_bool(v, OPT_CDC_INSERTS_ONLY, false);
	log->inserts_and_updates = option_bool(v, OPT_CDC_INSERTS_AND_UPDATES,
										   false);
	log->null_value = v->text[OPT_CSV_NULL_VALUE];
	if (option_bool(v, OPT_USE_CSV_NO_SUP_VALUE, false))
	{
		log->no_sup_value = option_text(v, OPT_CSV_NO_SUP_VALUE);
		if (log->no_sup_value == NULL)
			contradiction(errmsg("option \"use_csv_no_sup_value\" needs option \"csv_no_sup_value\""),
						  errhint("Where no text is set, values that were not supplied look like NULL: set \"use_csv_no_sup_value\" to false to read them so."));
	}
	log->gzip_only = option_choice(v, OPT_COMPRESSION_TYPE, 0) != 0;
	/* refuses what cannot be read yet */
	(void) option_choice(v, OPT_DATA_FORMAT, 0);
	options_style(v, &log->style);
}

static void
read_permissions(const OptionValues *v, LogConfig *log)
{
	const char *from = v->text[OPT_CHANGES_FROM];
	const char *base = v->text[OPT_BASE_TIME];

	log->allow_empty = option_bool(v, OPT_ALLOW_EMPTY, false);
	log->allow_gaps = option_bool(v, OPT_ALLOW_GAPS, false);
	log->any_load_op = option_choice(v, OPT_LOAD_OPS, 0) != 0;
	log->ignore_change_files = option_bool(v, OPT_IGNORE_CHANGE_FILES, false);
	log->duplicate_keys = option_bool(v, OPT_DUPLICATE_KEYS, false);
	log->check_base = option_choice(v, OPT_CHECK_BASE, 0) != 0 &&
		!log->duplicate_keys;
	log->before_base = option_choice(v, OPT_BEFORE_BASE, BEFORE_BASE_ERROR);
	log->clock_skew = option_interval(v, OPT_CLOCK_SKEW, LOG_CLOCK_SKEW);
	log->late_scan = option_choice(v, OPT_LATE_FILES, 0) != 0;
	log->on_error = option_choice(v, OPT_ON_ERROR, ON_ERROR_STOP);
	log->reject_limit = option_count(v, OPT_REJECT_LIMIT);
	if (log->reject_limit > 0 && v->text[OPT_ON_ERROR] == NULL)
		contradiction(errmsg("option \"reject_limit\" needs option \"on_error\""),
					  errdetail("Without it the first value that does not fit its column is an error."));
	log->has_base_time = base != NULL;
	if (base != NULL)
		log->base_time = options_parse_instant(base, "base_time");
	log->base_begins = DT_NOBEGIN;
	if (base != NULL && !TIMESTAMP_NOT_FINITE(log->base_time))
		log->base_begins = log->base_time;
	log->has_changes_from = from != NULL;
	if (from != NULL)
		log->changes_from = options_parse_instant(from, "changes_from");
}

static void
read_mode(const TableValues *values, LogConfig *log)
{
	static const OptionId of_history[] = {OPT_OPEN_END, OPT_COLLAPSE};
	const OptionValues *v = &values->table;

	log->mode = option_choice(v, OPT_MODE, MODE_SNAPSHOT);
	log->each_version = !option_bool(v, OPT_COLLAPSE, true);
	log->open_end = option_open_end(&values->merged, OPT_OPEN_END);
	for (int i = 0; i < lengthof(of_history); i++)
		if (v->text[of_history[i]] != NULL && log->mode != MODE_HISTORY)
			contradiction(errmsg("option \"%s\" needs mode 'history'",
								 option_def(of_history[i])->name),
						  errhint("Drop the option, or set table option mode 'history'."));
}

/* What DMS itself never lets stand together, or what no reader could tell. */
static void
check_log(const LogConfig *log)
{
	const CsvDialect *csv = &log->dialect;

	if (log->cdc_path != NULL && log->header)
		contradiction(errmsg("options \"preserve_transactions\" and \"add_column_name\" exclude each other"),
					  errdetail("Transaction files hold records of all tables and have no header."));
	if (log->cdc_path != NULL && log->date_partition)
		contradiction(errmsg("options \"preserve_transactions\" and \"date_partition_enabled\" exclude each other"),
					  errdetail("Transaction files lie in one folder."));
	if (log->inserts_only && log->inserts_and_updates)
		contradiction(errmsg("options \"cdc_inserts_only\" and \"cdc_inserts_and_updates\" exclude each other"));
	if (csv->delimiter == csv->terminator)
		contradiction(errmsg("options \"csv_delimiter\" and \"csv_row_delimiter\" are the same character"));
	if (log->no_sup_value != NULL && log->null_value != NULL &&
		strcmp(log->no_sup_value, log->null_value) == 0)
		contradiction(errmsg("options \"csv_no_sup_value\" and \"csv_null_value\" are the same text"),
					  errdetail("A value that was not supplied could not be told from NULL."));
}

/* ---- all together ---- */

void
options_keep_said(LogConfig *log, List *options)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const char *value = strVal(def->arg);

		appendBinaryStringInfo(&log->said, def->defname,
							   strlen(def->defname) + 1);
		appendBinaryStringInfo(&log->said, value, strlen(value) + 1);
	}
	/* no option has an empty name */
	appendStringInfoChar(&log->said, '\0');
}

/* The instants of both clocks, and what proves a log complete. */
static void
read_instants(const TableValues *v, CdcOptions *opts)
{
	const char *text;
	int64		seconds = option_count(&v->merged, OPT_CDC_MAX_BATCH_INTERVAL);

	if ((text = v->table.text[OPT_ASOF]) != NULL)
	{
		opts->has_table_asof = true;
		opts->table_pin = instant_text_pin(text);
		if (opts->table_pin == NULL)
			opts->table_asof = options_parse_asof(text, "asof");
	}
	if ((text = v->server.text[OPT_ASOF]) != NULL)
	{
		opts->has_server_asof = true;
		opts->server_pin = instant_text_pin(text);
		if (opts->server_pin == NULL)
			opts->server_asof = options_parse_asof(text, "asof");
	}
	if ((text = v->table.text[OPT_KNOWN_AT]) != NULL)
	{
		opts->has_table_known = true;
		opts->table_known = options_parse_instant(text, "known_at");
	}
	if ((text = v->server.text[OPT_KNOWN_AT]) != NULL)
	{
		opts->has_server_known = true;
		opts->server_known = options_parse_instant(text, "known_at");
	}
	opts->session_instants = option_bool(&v->merged, OPT_SESSION_INSTANTS,
										 true);
	opts->task = option_text(&v->table, OPT_TASK);
	if (seconds == 0)
		seconds = DEFAULT_BATCH_INTERVAL;
	opts->batch_interval = Min(seconds, MOST_BATCH_INTERVAL) * USECS_PER_SEC;
}

CdcOptions *
options_made_of(Oid relid, List *server_options, List *table_options)
{
	CdcOptions *opts = palloc0(sizeof(CdcOptions));
	LogConfig  *log = &opts->log;
	TableValues *v = &opts->values;
	Relation	rel;

	opts->relid = relid;
	opts->serverid = GetForeignTable(relid)->serverid;
	opts->server_name = GetForeignServer(opts->serverid)->servername;
	opts->server_options = server_options;
	opts->table_options = table_options;
	options_load(&v->server, server_options, IN_SERVER);
	options_load(&v->table, table_options, IN_TABLE);
	v->merged = v->server;
	override(&v->merged, &v->table);
	initStringInfo(&log->said);
	options_keep_said(log, server_options);
	options_keep_said(log, table_options);

	read_mode(v, log);
	location_read(v, opts);
	read_date_folders(&v->merged, log);
	read_records(&v->merged, log);
	read_permissions(&v->merged, log);
	check_log(log);
	log->max_bytes = cdc_max_bytes;
	log->prefetch_bytes = cdc_prefetch_bytes;
	log->force_unzip_ahead = cdc_force_unzip_ahead;
	log->max_record_bytes = cdc_max_record_bytes;
	log->max_gzip_ratio = cdc_max_gzip_ratio;
	log->foreign_table = get_rel_name(relid);
	log->relid = relid;
	log->tell = told_undeclared;
	log->dialect.by_libcsv = cdc_force_libcsv;
	log->input_functions = cdc_force_input_functions;

	read_instants(v, opts);

	rel = table_open(relid, AccessShareLock);
	option_columns_read(rel, log);
	/* Qlik Replicate writes a row as it was in a record of its own */
	log->key_changes = log->nbefore > 0 || log->op_column != NULL;
	table_close(rel, AccessShareLock);
	opts->asof_column = opts->known_column = -1;
	for (int i = 0; i < log->ncolumns; i++)
	{
		if (log->columns[i].role == ROLE_ASOF)
			opts->asof_column = i;
		if (log->columns[i].role == ROLE_KNOWN_AT)
			opts->known_column = i;
	}
	return opts;
}

CdcOptions *
options_for_table(Oid relid)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "cdc_fdw options",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	ForeignTable *table = GetForeignTable(relid);
	CdcOptions *opts = options_made_of(relid,
									   GetForeignServer(table->serverid)->options,
									   table->options);

	opts->cxt = cxt;
	MemoryContextSwitchTo(old);
	return opts;
}

void
options_keep(const CdcOptions *opts, MemoryContext ctx)
{
	Assert(opts->cxt != NULL);
	MemoryContextSetParent(opts->cxt, ctx);
}

/* ---- as whom to read ---- */

static void
check_local_access(const char *server_name, Oid userid)
{
	if (!has_privs_of_role(userid, ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to read files through server \"%s\"",
						server_name),
				 errdetail("User \"%s\" is not a member of role pg_read_server_files.",
						   GetUserNameFromId(userid, false))));
}

/* Fill all but the url of config. */
static void
fill_store_config(StoreConfig *config, const TableValues *v, Oid serverid,
				  const char *server_name, Oid userid)
{
	config->serverid = serverid;
	if (option_url_is_file(config->url))
	{
		check_local_access(server_name, userid);
		return;
	}

	config->region = option_text(&v->server, OPT_REGION);
	config->endpoint = option_text(&v->server, OPT_ENDPOINT);
	if (config->endpoint != NULL)
		config->endpoint = option_trim_slash(config->endpoint);
	config->path_style = option_choice(&v->server, OPT_URL_STYLE,
									   config->endpoint != NULL);
	config->expected_bucket_owner = option_text(&v->merged,
												OPT_EXPECTED_BUCKET_OWNER);
	credentials_fill(config, &v->server, serverid, userid);
}

StoreConfig *
options_store_config(const CdcOptions *opts, Oid userid)
{
	StoreConfig *config = palloc0(sizeof(StoreConfig));

	config->url = opts->url;
	fill_store_config(config, &opts->values, opts->serverid,
					  opts->server_name, userid);
	return config;
}

StoreConfig *
options_server_store(Oid serverid, Oid userid, OptionValues *values)
{
	StoreConfig *config = palloc0(sizeof(StoreConfig));
	ForeignServer *server = GetForeignServer(serverid);
	TableValues v;

	memset(&v, 0, sizeof(v));
	options_load(&v.server, server->options, IN_SERVER);
	v.merged = v.server;
	*values = v.server;
	config->url = location_server_url(&v.server, server->servername);
	if (config->url == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("server \"%s\" does not say where the log lies",
						server->servername),
				 errhint("Set its option \"url\" to s3://bucket[/folder] or file:///dir, or give \"bucket_name\".")));
	fill_store_config(config, &v, serverid, server->servername, userid);
	return config;
}
