/*-------------------------------------------------------------------------
 *
 * table.c
 *	  Every option there is: its name, its place, its type.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "fdw/options/s3_settings.h"
#include "fdw/options/table.h"
#include "log/logconfig.h"
#include "base/match.h"
#include "replay/values/nested.h"
#include "store/store.h"

static const OptionChoice url_styles[] = {
	{"path", 1},
	{"virtual", 0},
	{NULL}
};

static const OptionChoice credentials[] = {
	{"static", CREDENTIALS_STATIC},
	{"chain", CREDENTIALS_CHAIN},
	{"anonymous", CREDENTIALS_ANONYMOUS},
	{NULL}
};

static const OptionChoice before_bases[] = {
	{"error", BEFORE_BASE_ERROR},
	{"base", BEFORE_BASE_BASE},
	{"empty", BEFORE_BASE_EMPTY},
	{NULL}
};

static const OptionChoice load_ops[] = {
	{"insert", 0},
	{"any", 1},
	{NULL}
};

static const OptionChoice modes[] = {
	{"snapshot", MODE_SNAPSHOT},
	{"history", MODE_HISTORY},
	{"changes", MODE_CHANGES},
	{NULL}
};

static const OptionChoice late_files[] = {
	{"stop", 0},
	{"scan", 1},
	{NULL}
};

static const OptionChoice on_errors[] = {
	{"stop", ON_ERROR_STOP},
	{"null", ON_ERROR_NULL},
	{"skip", ON_ERROR_SKIP},
	{NULL}
};

static const OptionChoice check_bases[] = {
	{"off", 0},
	{"error", 1},
	{NULL}
};

static const OptionChoice compressions[] = {
	{"none", 0},
	{"gzip", 1},
	{NULL}
};

static const OptionChoice formats[] = {
	{"csv", 0},
	{"parquet", 1, true},
	{NULL}
};

static const OptionChoice date_sequences[] = {
	{"yyyymmdd", DATE_YYYYMMDD},
	{"yyyymmddhh", DATE_YYYYMMDDHH},
	{"yyyymm", DATE_YYYYMM},
	{"mmyyyydd", DATE_MMYYYYDD},
	{"ddmmyyyy", DATE_DDMMYYYY},
	{NULL}
};

static const OptionChoice date_delimiters[] = {
	{"slash", '/'},
	{"dash", '-'},
	{"underscore", '_'},
	{"none", 0},
	{NULL}
};

static const OptionChoice nulls_on_update[] = {
	{"null", 0},
	{"keep", 1},
	{NULL}
};

static const OptionChoice encodings[] = {
	{"json", NESTED_JSON},
	{"hstore", NESTED_HSTORE},
	{"row", NESTED_ROW},
	{"array", NESTED_ARRAY},
	{"hive", NESTED_HIVE},
	{"hive_lax", NESTED_HIVE_LAX},
	{NULL}
};

static const OptionChoice roles[] = {
	{"op", ROLE_OP},
	{"commit_time", ROLE_COMMIT_TIME},
	{"file_time", ROLE_FILE_TIME},
	{"file", ROLE_FILE},
	{"line", ROLE_LINE},
	{"asof", ROLE_ASOF},
	{"row", ROLE_ROW},
	{"source", ROLE_SOURCE},
	{"unsupplied", ROLE_UNSUPPLIED},
	{"known_at", ROLE_KNOWN_AT},
	{"valid_from", ROLE_VALID_FROM},
	{"valid_to", ROLE_VALID_TO},
	{"valid_range", ROLE_VALID_RANGE},
	{"end_op", ROLE_END_OP},
	{NULL}
};

#define IN_BOTH (IN_SERVER | IN_TABLE)

static const OptionDef defs[OPT_COUNT] = {
	[OPT_URL] = {"url", NULL, IN_SERVER, TYPE_URL},
	[OPT_REGION] = {"region", NULL, IN_SERVER, TYPE_NAME},
	[OPT_ENDPOINT] = {"endpoint", NULL, IN_SERVER, TYPE_ENDPOINT},
	[OPT_URL_STYLE] = {"url_style", NULL, IN_SERVER, TYPE_CHOICE, url_styles},
	[OPT_CA_FILE] = {"ca_file", NULL, IN_SERVER, TYPE_FILE},
	[OPT_ANONYMOUS] = {"anonymous", NULL, IN_SERVER, TYPE_BOOL},
	[OPT_CREDENTIALS] =
	{"credentials", NULL, IN_SERVER, TYPE_CHOICE, credentials},
	[OPT_CREDENTIALS_REQUIRED] =
	{"credentials_required", NULL, IN_SERVER, TYPE_BOOL},
	[OPT_ALLOW_HTTP] = {"allow_http", NULL, IN_SERVER, TYPE_BOOL},
	[OPT_STS_ENDPOINT] = {"sts_endpoint", NULL, IN_SERVER, TYPE_ENDPOINT},
	[OPT_ACCESS_KEY_ID] = {"access_key_id", NULL, IN_MAPPING, TYPE_SECRET},
	[OPT_SECRET_ACCESS_KEY] =
	{"secret_access_key", NULL, IN_MAPPING, TYPE_SECRET},
	[OPT_SESSION_TOKEN] = {"session_token", NULL, IN_MAPPING, TYPE_SECRET},
	[OPT_ROLE_ARN] =
	{"role_arn", NULL, IN_SERVER | IN_MAPPING, TYPE_TOKEN},
	[OPT_EXTERNAL_ID] =
	{"external_id", NULL, IN_SERVER | IN_MAPPING, TYPE_TOKEN},
	[OPT_ROLE_SESSION_NAME] =
	{"role_session_name", NULL, IN_SERVER | IN_MAPPING, TYPE_TOKEN},
	[OPT_ROLE_DURATION] =
	{"role_duration", NULL, IN_SERVER | IN_MAPPING, TYPE_INTERVAL},

	[OPT_SCHEMA_NAME] = {"schema_name", NULL, IN_TABLE, TYPE_FOLDER},
	[OPT_TABLE_NAME] = {"table_name", NULL, IN_TABLE, TYPE_FOLDER},
	[OPT_PREFIX] = {"prefix", NULL, IN_TABLE, TYPE_PREFIX},
	[OPT_ASOF] = {"asof", NULL, IN_BOTH, TYPE_ASOF},
	[OPT_KNOWN_AT] = {"known_at", NULL, IN_BOTH, TYPE_INSTANT},
	[OPT_SESSION_INSTANTS] =
	{"session_instants", NULL, IN_BOTH, TYPE_BOOL},
	[OPT_LATE_FILES] =
	{"late_files", NULL, IN_BOTH, TYPE_CHOICE, late_files},
	[OPT_ALLOW_EMPTY] = {"allow_empty", NULL, IN_TABLE, TYPE_BOOL},
	[OPT_ALLOW_GAPS] = {"allow_gaps", NULL, IN_TABLE, TYPE_BOOL},
	[OPT_LOAD_OPS] = {"load_ops", NULL, IN_BOTH, TYPE_CHOICE, load_ops},
	[OPT_IGNORE_CHANGE_FILES] =
	{"ignore_change_files", NULL, IN_BOTH, TYPE_BOOL},
	[OPT_CHECK_BASE] =
	{"check_base", NULL, IN_TABLE, TYPE_CHOICE, check_bases},
	[OPT_DUPLICATE_KEYS] = {"duplicate_keys", NULL, IN_TABLE, TYPE_BOOL},
	[OPT_BEFORE_BASE] =
	{"before_base", NULL, IN_TABLE, TYPE_CHOICE, before_bases},
	[OPT_BASE_TIME] = {"base_time", NULL, IN_BOTH, TYPE_INSTANT},
	[OPT_CLOCK_SKEW] = {"clock_skew", NULL, IN_TABLE, TYPE_INTERVAL},
	[OPT_CHANGES_FROM] = {"changes_from", NULL, IN_TABLE, TYPE_INSTANT},
	[OPT_PARTITION_FOLDERS] =
	{"partition_folders", NULL, IN_TABLE, TYPE_BOOL},
	[OPT_CHANGES_PREFIX] =
	{"changes_prefix", NULL, IN_TABLE, TYPE_PREFIX},
	[OPT_OP_COLUMN_NAME] = {"op_column_name", NULL, IN_BOTH, TYPE_NAME},
	[OPT_TIMEZONE] = {"timezone", NULL, IN_TABLE, TYPE_ZONE},
	[OPT_DATESTYLE] = {"datestyle", NULL, IN_BOTH, TYPE_DATESTYLE},
	[OPT_MODE] = {"mode", NULL, IN_TABLE, TYPE_CHOICE, modes},
	[OPT_OPEN_END] =
	{"open_end", NULL, IN_BOTH | IN_COLUMN, TYPE_OPEN_END},
	[OPT_COLLAPSE] = {"collapse", NULL, IN_TABLE, TYPE_BOOL},
	[OPT_ON_ERROR] = {"on_error", NULL, IN_BOTH, TYPE_CHOICE, on_errors},
	[OPT_REJECT_LIMIT] = {"reject_limit", NULL, IN_BOTH, TYPE_COUNT},
	[OPT_TASK] = {"task", NULL, IN_TABLE, TYPE_NAME},

	[OPT_S3_SETTINGS] = {"s3_settings", NULL, IN_BOTH, TYPE_SETTINGS},
	[OPT_ADD_COLUMN_NAME] =
	{"add_column_name", "AddColumnName", IN_BOTH, TYPE_BOOL},
	[OPT_TIMESTAMP_COLUMN_NAME] =
	{"timestamp_column_name", "TimestampColumnName", IN_BOTH, TYPE_TEXT},
	[OPT_INCLUDE_OP_FOR_FULL_LOAD] =
	{"include_op_for_full_load", "IncludeOpForFullLoad", IN_BOTH, TYPE_BOOL},
	[OPT_CDC_INSERTS_ONLY] =
	{"cdc_inserts_only", "CdcInsertsOnly", IN_BOTH, TYPE_BOOL},
	[OPT_CDC_INSERTS_AND_UPDATES] =
	{"cdc_inserts_and_updates", "CdcInsertsAndUpdates", IN_BOTH, TYPE_BOOL},
	[OPT_CSV_DELIMITER] =
	{"csv_delimiter", "CsvDelimiter", IN_BOTH, TYPE_DELIMITER},
	[OPT_CSV_ROW_DELIMITER] =
	{"csv_row_delimiter", "CsvRowDelimiter", IN_BOTH, TYPE_ROW_DELIMITER},
	[OPT_CSV_NULL_VALUE] =
	{"csv_null_value", "CsvNullValue", IN_BOTH, TYPE_TEXT},
	[OPT_USE_CSV_NO_SUP_VALUE] =
	{"use_csv_no_sup_value", "UseCsvNoSupValue", IN_BOTH, TYPE_BOOL},
	[OPT_CSV_NO_SUP_VALUE] =
	{"csv_no_sup_value", "CsvNoSupValue", IN_BOTH, TYPE_TEXT},
	[OPT_RFC4180] = {"rfc4180", "Rfc4180", IN_BOTH, TYPE_BOOL},
	[OPT_COMPRESSION_TYPE] =
	{"compression_type", "CompressionType", IN_BOTH, TYPE_CHOICE,
	compressions},
	[OPT_DATA_FORMAT] =
	{"data_format", "DataFormat", IN_BOTH, TYPE_CHOICE, formats},
	[OPT_DATE_PARTITION_ENABLED] =
	{"date_partition_enabled", "DatePartitionEnabled", IN_BOTH, TYPE_BOOL},
	[OPT_DATE_PARTITION_SEQUENCE] =
	{"date_partition_sequence", "DatePartitionSequence", IN_BOTH, TYPE_CHOICE,
	date_sequences},
	[OPT_DATE_PARTITION_DELIMITER] =
	{"date_partition_delimiter", "DatePartitionDelimiter", IN_BOTH,
	TYPE_CHOICE, date_delimiters},
	[OPT_DATE_PARTITION_TIMEZONE] =
	{"date_partition_timezone", "DatePartitionTimezone", IN_BOTH, TYPE_ZONE},
	[OPT_PRESERVE_TRANSACTIONS] =
	{"preserve_transactions", "PreserveTransactions", IN_BOTH, TYPE_BOOL},
	[OPT_CDC_PATH] = {"cdc_path", "CdcPath", IN_BOTH, TYPE_FOLDER},
	[OPT_BUCKET_NAME] = {"bucket_name", "BucketName", IN_BOTH, TYPE_BUCKET},
	[OPT_BUCKET_FOLDER] =
	{"bucket_folder", "BucketFolder", IN_BOTH, TYPE_FOLDER},
	[OPT_EXPECTED_BUCKET_OWNER] =
	{"expected_bucket_owner", "ExpectedBucketOwner", IN_BOTH, TYPE_ACCOUNT},
	[OPT_CDC_MAX_BATCH_INTERVAL] =
	{"cdc_max_batch_interval", "CdcMaxBatchInterval", IN_BOTH, TYPE_COUNT},

	[OPT_KEY] = {"key", NULL, IN_COLUMN, TYPE_BOOL},
	[OPT_COLUMN_NAME] = {"column_name", NULL, IN_COLUMN, TYPE_NAMES},
	[OPT_BEFORE] = {"before", NULL, IN_COLUMN, TYPE_NAME},
	[OPT_SEQUENCE] = {"sequence", NULL, IN_COLUMN, TYPE_BOOL},
	[OPT_POSITION] = {"position", NULL, IN_COLUMN, TYPE_POSITION},
	[OPT_MISSING] = {"missing", NULL, IN_COLUMN, TYPE_TEXT},
	[OPT_NULL_ON_UPDATE] =
	{"null_on_update", NULL, IN_COLUMN, TYPE_CHOICE, nulls_on_update},
	[OPT_ROLE] = {"role", NULL, IN_COLUMN, TYPE_CHOICE, roles},
	[OPT_ENCODING] = {"encoding", NULL, IN_COLUMN, TYPE_CHOICE, encodings},
	[OPT_FIELDS] = {"fields", NULL, IN_COLUMN, TYPE_TEXT},

};

const OptionDef *
option_def(OptionId id)
{
	return &defs[id];
}

OptionId
option_find(const char *name)
{
	int			i;

	for (i = 0; i < OPT_COUNT; i++)
	{
		if (strcmp(defs[i].name, name) == 0)
			break;
	}
	return (OptionId) i;
}

/* "a server", "a server or a foreign table", ...; palloc'd */
static char *
describe_places(int where)
{
	static const struct
	{
		int			where;
		const char *text;
	}			places[] = {
		{IN_SERVER, "a server"},
		{IN_MAPPING, "a user mapping"},
		{IN_TABLE, "a foreign table"},
		{IN_COLUMN, "a column of a foreign table"}
	};
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < lengthof(places); i++)
	{
		if (where & places[i].where)
			appendStringInfo(&buf, "%s%s", buf.len > 0 ? " or " : "",
							 places[i].text);
	}
	return buf.data;
}

/* The names that are good at this place, by comma; palloc'd. */
static char *
list_options(int where)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < OPT_COUNT; i++)
	{
		if (defs[i].where & where)
			appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "",
							 defs[i].name);
	}
	return buf.data;
}

char *
option_plain_name(const char *name)
{
	char	   *result = palloc(strlen(name) + 1);
	char	   *to = result;

	for (; *name != '\0'; name++)
	{
		if (*name != '_')
			*to++ = pg_ascii_tolower((unsigned char) *name);
	}
	*to = '\0';
	return result;
}

OptionId
option_find_for(const char *name, int where)
{
	OptionId	id = option_find(name);
	NameMatch	match;

	if (id != OPT_COUNT && (defs[id].where & where))
		return id;
	if (id != OPT_COUNT)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("option \"%s\" cannot stand here", name),
				 errhint("It is an option of %s.",
						 describe_places(defs[id].where))));

	match_start(&match, option_plain_name(name));
	for (int i = 0; i < OPT_COUNT; i++)
	{
		const char *before = match.nearest;
		char	   *plain = option_plain_name(defs[i].name);

		/* CsvDelimiter and csvDelimiter are meant for csv_delimiter */
		if ((defs[i].where & where) || strcmp(plain, match.wanted) == 0)
			match_try(&match, plain);
		if (match.nearest != before)
			id = (OptionId) i;
	}
	if (match.nearest != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("invalid option \"%s\"", name),
				 defs[id].where & where ?
				 errhint("Perhaps you meant the option \"%s\".",
						 defs[id].name) :
				 errhint("Perhaps you meant \"%s\", an option of %s.",
						 defs[id].name, describe_places(defs[id].where))));
	if (s3_settings_ignored(name))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("invalid option \"%s\"", name),
				 errhint("This setting of DMS changes nothing for a reader: leave it out.")));
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 where != 0 ?
			 errhint("The options of %s are: %s.", describe_places(where),
					 list_options(where)) :
			 errhint("The foreign data wrapper itself has no options.")));
	return OPT_COUNT;			/* not reached */
}
