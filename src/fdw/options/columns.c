/*-------------------------------------------------------------------------
 *
 * columns.c
 *	  The columns of a foreign table: keys, before images, sequence, roles,
 *	  positions, and every way in which they cannot stand together.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "foreign/foreign.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "fdw/options/columns.h"
#include "fdw/options/table.h"
#include "fdw/options/options.h"
#include "base/match.h"
#include "replay/values/holds.h"
#include "replay/key.h"
#include "replay/values/nested_json.h"
#include "replay/values/tuple.h"

/* bytes that all options of a table may have */
#define MOST_SAID	(4 * 1024 * 1024)

/* What each role is called and what type its column must have. */
static const struct
{
	const char *name;
	Oid			type;
	const char *type_name;
}			role_info[] = {
	[ROLE_NONE] = {NULL, InvalidOid, NULL},
	[ROLE_OP] = {"op", TEXTOID, "text"},
	[ROLE_COMMIT_TIME] = {"commit_time", TIMESTAMPTZOID,
	"timestamp with time zone"},
	[ROLE_FILE_TIME] = {"file_time", TIMESTAMPTZOID,
	"timestamp with time zone"},
	[ROLE_FILE] = {"file", TEXTOID, "text"},
	[ROLE_LINE] = {"line", INT8OID, "bigint"},
	[ROLE_ASOF] = {"asof", TIMESTAMPTZOID, "timestamp with time zone"},
	[ROLE_ROW] = {"row", JSONBOID, "jsonb"},
	[ROLE_SOURCE] = {"source", TEXTOID, "text"},
	[ROLE_UNSUPPLIED] = {"unsupplied", TEXTARRAYOID, "text[]"},
	[ROLE_VALID_FROM] = {"valid_from", TIMESTAMPTZOID,
	"timestamp with time zone"},
	[ROLE_VALID_TO] = {"valid_to", TIMESTAMPTZOID, "timestamp with time zone"},
	[ROLE_VALID_RANGE] = {"valid_range", TSTZRANGEOID, "tstzrange"},
	[ROLE_END_OP] = {"end_op", TEXTOID, "text"},
	[ROLE_KNOWN_AT] = {"known_at", TIMESTAMPTZOID, "timestamp with time zone"}
};

/* Options "encoding" and "fields", as far as they show without the type. */
static void
check_encoding(const OptionValues *v, const char *where)
{
	NestedEncoding encoding = option_choice(v, OPT_ENCODING, NESTED_NONE);
	const char *fields = v->text[OPT_FIELDS];

	if (encoding == NESTED_ROW && fields == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("%s has encoding \"row\", but no option \"fields\"",
						where),
				 errhint("A row's text does not name its fields: declare them, as in fields 'lat float8, lon float8'.")));
	if (fields == NULL)
		return;
	if (encoding != NESTED_ROW && encoding != NESTED_ARRAY)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("%s has option \"fields\", which needs encoding \"row\" or \"array\"",
						where)));
	nested_check_fields(encoding, fields);
}

void
option_columns_check_one(const OptionValues *v, const char *attname)
{
	/* what says something about a column of the source table */
	static const OptionId own[] = {
		OPT_KEY, OPT_COLUMN_NAME, OPT_BEFORE, OPT_SEQUENCE, OPT_POSITION,
		OPT_MISSING, OPT_NULL_ON_UPDATE, OPT_ENCODING, OPT_FIELDS
	};
	const char *where = attname ?
		psprintf("column \"%s\"", attname) : "a column";
	bool		before = option_text(v, OPT_BEFORE) != NULL;
	LogRole		role = option_choice(v, OPT_ROLE, ROLE_NONE);
	bool		source = role == ROLE_SOURCE;

	for (int i = 0; i < lengthof(own); i++)
	{
		if (v->text[OPT_ROLE] != NULL && v->text[own[i]] != NULL &&
			!(source && own[i] == OPT_KEY))
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("%s cannot have both option \"role\" and option \"%s\"",
							where, option_def(own[i])->name),
					 errdetail("A column with a role is filled by the wrapper, not from a field of the table.")));
	}
	if (before && option_bool(v, OPT_KEY, false))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("%s cannot be a key and a before image at once",
						where)));
	if (before && option_bool(v, OPT_SEQUENCE, false))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("%s cannot be a sequence and a before image at once",
						where)));
	if (option_bool(v, OPT_KEY, false) &&
		option_choice(v, OPT_NULL_ON_UPDATE, 0) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("%s is a key and cannot have option \"null_on_update\"",
						where),
				 errdetail("A key is never NULL.")));
	if (option_bool(v, OPT_KEY, false) && v->text[OPT_MISSING] != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("%s is a key and cannot have option \"missing\"",
						where),
				 errdetail("A key must be in every file.")));
	if (before && option_text(v, OPT_MISSING) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("%s is a before image and cannot have a value in option \"missing\"",
						where),
				 errhint("Set it to an empty text if files may lack the column.")));
	if (v->text[OPT_OPEN_END] != NULL && role != ROLE_VALID_TO &&
		role != ROLE_VALID_RANGE)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("%s has option \"open_end\", but no end of versions",
						where),
				 errhint("It is for columns with role valid_to or valid_range.")));
	check_encoding(v, where);
}

static void
check_role_type(const LogColumn *col)
{
	if (col->typid != role_info[col->role].type &&
		!(col->role == ROLE_ROW && col->typid == JSONOID))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("column \"%s\" with role \"%s\" has type %s",
						col->attname, role_info[col->role].name,
						format_type_be(col->typid)),
				 errhint("Declare it as %s.",
						 role_info[col->role].type_name)));
}

static void
check_sequence_type(const LogColumn *col)
{
	TypeCacheEntry *type = lookup_type_cache(col->typid, TYPECACHE_CMP_PROC);

	if (!OidIsValid(type->cmp_proc))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("column \"%s\" cannot be a sequence", col->attname),
				 errdetail("Type %s has no order.",
						   format_type_be(col->typid))));
}

/* The value where a file lacks the column: nothing is NULL. */
static void
read_missing(const OptionValues *v, LogColumn *col)
{
	const char *text = option_text(v, OPT_MISSING);

	col->may_lack = v->text[OPT_MISSING] != NULL;
	if (text == NULL)
		return;
	if (col->is_text && strcmp(text, "\"\"") == 0)
		text = "";
	col->missing = pg_server_to_any(text, strlen(text), PG_UTF8);
}

/*
 * Let the columns' types judge the values of option missing.  Options are read
 * by whoever plans a query, analyzes the table, or asks how the logs of a server
 * are: none of them runs what a user wrote, which waits for who reads the table.
 */
static void
check_missing(const LogConfig *log)
{
	TupleMaker *tuples = NULL;
	LogPosition position = {0};

	for (int i = 0; i < log->ncolumns; i++)
	{
		if (!log->columns[i].may_lack || log->columns[i].runs_user_code)
			continue;
		if (tuples == NULL)
			tuples = tuple_open(log, &position);
		tuple_check_missing(tuples, i);
	}
}

/* Fill one column; before images are resolved when all are known. */
static void
read_column(Form_pg_attribute att, const OptionValues *v, LogColumn *col)
{
	bool		preferred;
	char		category;

	memset(col, 0, sizeof(*col));
	col->attnum = att->attnum;
	col->attname = pstrdup(NameStr(att->attname));
	col->nnames = option_names(v, OPT_COLUMN_NAME, &col->names);
	if (col->nnames == 0)
	{
		col->names = palloc(sizeof(char *));
		col->names[0] = col->attname;
		col->nnames = 1;
	}
	col->role = option_choice(v, OPT_ROLE, ROLE_NONE);
	col->key = option_bool(v, OPT_KEY, false);
	col->sequence = option_bool(v, OPT_SEQUENCE, false);
	col->before_of = -1;
	col->position = option_position(v, OPT_POSITION);
	col->typid = att->atttypid;
	col->typmod = att->atttypmod;
	col->collation = att->attcollation;
	get_type_category_preferred(getBaseType(col->typid),
								&category, &preferred);
	col->is_text = category == TYPCATEGORY_STRING;
	col->takes_op = col->is_text || category == TYPCATEGORY_ENUM ||
		getBaseType(col->typid) == CHAROID;
	col->keep_on_null = option_choice(v, OPT_NULL_ON_UPDATE, 0) != 0;
	read_missing(v, col);
	col->encoding = option_choice(v, OPT_ENCODING, NESTED_NONE);
	col->fields = v->text[OPT_FIELDS];
	/* fields of a row may be of any type, and have casts to json */
	col->runs_user_code = col->fields != NULL ||
		(holds_of_type(col->typid) & HOLDS_USER_CODE) != 0;

	option_columns_check_one(v, col->attname);
	if (col->role != ROLE_NONE)
		check_role_type(col);
	if (col->key && col->role == ROLE_NONE)
		key_check_type(col);
	if (col->sequence)
		check_sequence_type(col);
	nested_check_column(col);
}

/* Find the key column whose before image columns[i] is. */
static void
resolve_before(LogConfig *log, int i, const char *target)
{
	LogColumn  *col = &log->columns[i];
	LogColumn  *key;
	NameMatch	match;
	int			k;

	match_start(&match, target);
	for (k = 0; k < log->ncolumns; k++)
	{
		if (strcmp(log->columns[k].attname, target) == 0)
			break;
		if (log->columns[k].key)
			match_try(&match, log->columns[k].attname);
	}
	if (k == log->ncolumns)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_COLUMN_NAME),
				 errmsg("option \"before\" of column \"%s\" names column \"%s\", which does not exist",
						col->attname, target),
				 match.nearest ?
				 errhint("Perhaps you meant \"%s\".", match.nearest) : 0));
	key = &log->columns[k];
	if (!key->key || key->role != ROLE_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_COLUMN_NAME),
				 errmsg("option \"before\" of column \"%s\" names column \"%s\", which is not a key",
						col->attname, target),
				 errhint("Before images matter for keys only: declare \"%s\" with key 'true', or drop the option.",
						 target)));
	if (key->typid != col->typid)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("column \"%s\" has type %s, but the key \"%s\" whose before image it is has type %s",
						col->attname, format_type_be(col->typid),
						target, format_type_be(key->typid))));
	for (int other = 0; other < i; other++)
	{
		if (log->columns[other].before_of == k)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("columns \"%s\" and \"%s\" are both before images of \"%s\"",
							log->columns[other].attname, col->attname,
							target)));
	}
	col->before_of = k;
	log->nbefore++;
}

/* Roles and the sequence may each be held by one column only. */
static void
check_unique(const LogConfig *log, int i)
{
	const LogColumn *col = &log->columns[i];

	for (int other = 0; other < i; other++)
	{
		if (col->role != ROLE_NONE && log->columns[other].role == col->role)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("columns \"%s\" and \"%s\" both have role \"%s\"",
							log->columns[other].attname, col->attname,
							role_info[col->role].name)));
		if (col->sequence && log->columns[other].sequence)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("columns \"%s\" and \"%s\" are both declared as sequence",
							log->columns[other].attname, col->attname)));
	}
	if (col->role == ROLE_UNSUPPLIED && log->mode != MODE_CHANGES)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("column \"%s\" has role \"unsupplied\", but the rows of the table are no change records",
						col->attname),
				 errhint("Set table option mode 'changes'.")));
	if ((options_is_validity(col->role) || col->role == ROLE_END_OP) && log->mode != MODE_HISTORY)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("column \"%s\" has role \"%s\", but the rows of the table are no versions",
						col->attname, role_info[col->role].name),
				 errhint("Set table option mode 'history'.")));
	/* a change record has the time of its file */
	if (col->role == ROLE_COMMIT_TIME && log->timestamp_column == NULL &&
		log->mode != MODE_CHANGES)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("column \"%s\" has role \"commit_time\", but the log has no commit times",
						col->attname),
				 errhint("Set option \"timestamp_column_name\" as the endpoint's TimestampColumnName says.")));
}

/* Fields must be taken in the order of the columns, each once. */
static void
check_positions(const LogConfig *log)
{
	const char *previous = NULL;
	int			last = 0;

	for (int i = 0; i < log->ncolumns; i++)
	{
		const LogColumn *col = &log->columns[i];

		if (col->role != ROLE_NONE)
			continue;
		if (col->position > 0 && log->header)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("column \"%s\" has option \"position\", but the files have a header",
							col->attname),
					 errhint("With \"add_column_name\" columns are found by name: use \"column_name\".")));
		if (col->position > 0 && col->position <= last)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("column \"%s\" has position %d, but column \"%s\" before it has position %d",
							col->attname, col->position, previous, last),
					 errhint("Positions must rise in the order of the columns; a column without one follows the column before it.")));
		last = col->position > 0 ? col->position : last + 1;
		previous = col->attname;
	}
	if (previous == NULL && log->whole_row < 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("the table has no column of its own"),
				 errhint("Declare at least one column without a role.")));
}

/*
 * Add to what was said a column's name, its type and its options.  A catalog
 * compresses what 1,600 columns may say, and reading it would take gigabytes.
 */
static void
keep_column(LogConfig *log, const FormData_pg_attribute *att, List *options)
{
	int			type[] = {att->attnum, att->atttypid, att->atttypmod,
	att->attcollation};

	appendBinaryStringInfo(&log->said, (char *) type, sizeof(type));
	appendBinaryStringInfo(&log->said, NameStr(att->attname),
						   strlen(NameStr(att->attname)) + 1);
	options_keep_said(log, options);
	if (log->said.len > MOST_SAID)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the options of foreign table \"%s\" and its columns are too long",
						log->foreign_table),
				 errdetail("Together they have more than %d bytes.", MOST_SAID)));
}

void
option_columns_read(Relation rel, LogConfig *log)
{
	TupleDesc	desc = RelationGetDescr(rel);
	const char **before = palloc0(sizeof(char *) * Max(desc->natts, 1));

	log->columns = palloc0(sizeof(LogColumn) * Max(desc->natts, 1));
	log->keys = palloc0(sizeof(int) * Max(desc->natts, 1));
	log->ncolumns = log->nkeys = log->nbefore = 0;
	log->sequence = log->whole_row = -1;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		OptionValues v = {{NULL}};
		List	   *options;

		/* virtual generated columns never ask the log for a value */
		if (att->attisdropped || att->attgenerated == 'v')
			continue;
		if (att->attgenerated != '\0')
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("generated column \"%s\" cannot be read from a change log",
							NameStr(att->attname)),
					 errhint("Compute it in a view over the foreign table.")));
		options = GetForeignColumnOptions(RelationGetRelid(rel), att->attnum);
		keep_column(log, att, options);
		options_load(&v, options, IN_COLUMN);
		before[log->ncolumns] = option_text(&v, OPT_BEFORE);
		read_column(att, &v, &log->columns[log->ncolumns]);
		log->columns[log->ncolumns++].open_end = v.text[OPT_OPEN_END] ?
			option_open_end(&v, OPT_OPEN_END) : log->open_end;
	}
	for (int i = 0; i < log->ncolumns; i++)
	{
		check_unique(log, i);
		if (before[i] != NULL)
			resolve_before(log, i, before[i]);
		if (log->columns[i].role == ROLE_SOURCE)
		{
			log->source_is_key = log->columns[i].key;
			log->columns[i].key = false;
		}
		if (log->columns[i].key)
			log->keys[log->nkeys++] = i;
		if (log->columns[i].sequence)
			log->sequence = i;
		if (log->columns[i].role == ROLE_ROW)
			log->whole_row = i;
	}
	check_positions(log);
	check_missing(log);
}
