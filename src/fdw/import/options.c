/*-------------------------------------------------------------------------
 *
 * options.c
 *	  The options of IMPORT FOREIGN SCHEMA and cdc_fdw_sync().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/catalog.h"
#include "commands/defrem.h"
#include "nodes/makefuncs.h"
#include "utils/numeric.h"

#include "fdw/import/import.h"
#include "fdw/options/options.h"
#include "base/match.h"

#define SAMPLE_BYTES		(64 * 1024)
#define SAMPLE_BYTES_MIN	512
#define SAMPLE_BYTES_MAX	(8 * 1024 * 1024)

static const char *const names[] = {
	"types_from", "infer", "modes", "history_suffix", "changes_suffix",
	"asof", "asof_column", "open_end", "sample_bytes", "on_untyped", "identifier_case",
	"views"
};

static char *
label_of(const char *name)
{
	return psprintf("option \"%s\"", name);
}

/* Is the value the second of two words?  The first is false. */
static bool
read_word(const char *name, const char *value, const char *no,
		  const char *yes)
{
	if (pg_strcasecmp(value, no) == 0)
		return false;
	if (pg_strcasecmp(value, yes) == 0)
		return true;
	option_bad_value(label_of(name), value,
					 errhint("Valid values are: \"%s\", \"%s\".", no, yes));
	return false;				/* not reached */
}

static void
read_modes(const char *value, ImportOptions *out)
{
	static const char *const mode_names[LOG_MODES] = {"snapshot", "history",
	"changes"};
	OptionValues v = {{NULL}};
	const char **modes;
	int			n;

	/* a list of names, as column_name is */
	v.text[OPT_COLUMN_NAME] = value;
	n = option_names(&v, OPT_COLUMN_NAME, &modes);
	memset(out->modes, 0, sizeof(out->modes));
	for (int i = 0; i < n; i++)
	{
		int			m = 0;

		while (m < LOG_MODES && pg_strcasecmp(modes[i], mode_names[m]) != 0)
			m++;
		if (m == LOG_MODES)
			option_bad_value(label_of("modes"), value,
							 errhint("Valid modes are: \"snapshot\", \"history\", \"changes\"."));
		out->modes[m] = true;
	}
}

char *
import_mode_name(const ImportOptions *opts, const char *name, LogMode mode)
{
	return psprintf("%s%s", name, opts->suffix[mode]);
}

bool
import_is_name(const ImportOptions *opts, const char *table, const char *name)
{
	size_t		n = strlen(table);

	if (strncmp(name, table, n) != 0)
		return false;
	for (LogMode m = 0; m < LOG_MODES; m++)
		if (opts->modes[m] && strcmp(name + n, opts->suffix[m]) == 0)
			return true;
	return false;
}

/* The tables made of one must not have one name. */
static void
check_suffixes(const ImportOptions *out)
{
	for (LogMode m = 0; m < LOG_MODES; m++)
		for (LogMode other = 0; other < m; other++)
			if (out->modes[m] && out->modes[other] &&
				strcmp(out->suffix[m], out->suffix[other]) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
						 errmsg("tables of two modes would have the same name"),
						 errhint("Set options \"history_suffix\" and \"changes_suffix\" to texts that differ.")));
}

static int64
read_sample_bytes(const char *value)
{
	char	   *end;
	long		bytes;

	errno = 0;
	bytes = strtol(value, &end, 10);
	if (end == value || *end != '\0' || errno != 0 ||
		bytes < SAMPLE_BYTES_MIN || bytes > SAMPLE_BYTES_MAX)
		option_bad_value(label_of("sample_bytes"), value,
						 errhint("Write a number of bytes from %d to %d.",
								 SAMPLE_BYTES_MIN, SAMPLE_BYTES_MAX));
	return bytes;
}

static void
unknown_option(const char *name)
{
	NameMatch	match;

	match_start(&match, name);
	for (int i = 0; i < lengthof(names); i++)
		match_try(&match, names[i]);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 match.nearest ?
			 errhint("Perhaps you meant the option \"%s\".", match.nearest) :
			 errhint("The options of an import are: types_from, infer, modes, history_suffix, changes_suffix, asof, asof_column, open_end, sample_bytes, on_untyped, identifier_case; cdc_fdw_sync() has views, too.")));
}

static const char *
read_suffix(const char *name, const char *value)
{
	if (value[0] != '\0')
		option_check(option_def(OPT_TABLE_NAME), value, label_of(name));
	return value;
}

/* The name of a schema that one may make, and that PostgreSQL does not cut off. */
static const char *
read_schema(const char *name, const char *value)
{
	option_check(option_def(OPT_BEFORE), value, label_of(name));
	if (strlen(value) >= NAMEDATALEN)
		option_bad_value(label_of(name), value,
						 errdetail("A schema's name has at most %d bytes.",
								   NAMEDATALEN - 1));
	if (IsReservedName(value) || strcmp(value, "information_schema") == 0)
		option_bad_value(label_of(name), value,
						 errdetail("Such schemas are PostgreSQL's own."));
	return value;
}

void
import_options_read(List *options, ImportOptions *out)
{
	ListCell   *lc;

	memset(out, 0, sizeof(*out));
	out->sample_bytes = SAMPLE_BYTES;
	out->modes[MODE_SNAPSHOT] = true;
	out->suffix[MODE_SNAPSHOT] = "";
	out->suffix[MODE_HISTORY] = "_history";
	out->suffix[MODE_CHANGES] = "_changes";
	foreach(lc, options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const char *name = def->defname;
		const char *value = defGetString(def);

		if (strcmp(name, "types_from") == 0)
			out->types_from = value;
		else if (strcmp(name, "infer") == 0)
			out->infer_text = read_word(name, value, "auto", "text");
		else if (strcmp(name, "modes") == 0)
			read_modes(value, out);
		else if (strcmp(name, "history_suffix") == 0)
			out->suffix[MODE_HISTORY] = read_suffix(name, value);
		else if (strcmp(name, "changes_suffix") == 0)
			out->suffix[MODE_CHANGES] = read_suffix(name, value);
		else if (strcmp(name, "asof") == 0)
		{
			(void) options_parse_instant(value, name);
			out->asof = value;
		}
		else if (strcmp(name, "asof_column") == 0)
		{
			option_check(option_def(OPT_BEFORE), value, label_of(name));
			out->asof_column = value;
		}
		else if (strcmp(name, "open_end") == 0)
		{
			option_check(option_def(OPT_OPEN_END), value, label_of(name));
			out->open_end = value;
		}
		else if (strcmp(name, "sample_bytes") == 0)
			out->sample_bytes = read_sample_bytes(value);
		else if (strcmp(name, "on_untyped") == 0)
			out->untyped_error = read_word(name, value, "skip", "error");
		else if (strcmp(name, "identifier_case") == 0)
			out->lower = read_word(name, value, "keep", "lower");
		else if (strcmp(name, "views") == 0)
			out->views = read_schema(name, value);
		else
			unknown_option(name);
	}
	check_suffixes(out);
}

/* Raises an error where the text of a JSON value would be taken for a name. */
static void
check_json(const char *name, const JsonbValue *v)
{
	bool		is_name = strcmp(name, "views") == 0 ||
		strcmp(name, "asof_column") == 0;

	if (strcmp(name, "types_from") == 0 || v->type == jbvString ||
		v->type == jbvNull || (v->type != jbvBinary && !is_name))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("option \"%s\" is not a JSON string", name)));
}

List *
import_options_json(Jsonb *json)
{
	JsonbIterator *it = JsonbIteratorInit(&json->root);
	JsonbIteratorToken token;
	JsonbValue	v;
	List	   *options = NIL;
	char	   *name = NULL;

	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the options are not a JSON object")));
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		char	   *value = NULL;

		if (token == WJB_KEY)
			name = pnstrdup(v.val.string.val, v.val.string.len);
		if (token != WJB_VALUE)
			continue;
		check_json(name, &v);
		if (v.type == jbvString)
			value = pnstrdup(v.val.string.val, v.val.string.len);
		else if (v.type == jbvNumeric)
			value = numeric_normalize(v.val.numeric);
		else if (v.type == jbvBool)
			value = v.val.boolean ? "true" : "false";
		else if (v.type == jbvBinary)
			value = JsonbToCString(NULL, v.val.binary.data, 0);
		if (value != NULL)
			options = lappend(options,
							  makeDefElem(name, (Node *) makeString(value), -1));
	}
	return options;
}

/* ---- those of the server, and of a table ---- */

void
import_read_hints(const OptionValues *v, RecogniseHints *h)
{
	h->dialect.delimiter = option_delimiter(v, OPT_CSV_DELIMITER, ',');
	h->dialect.quote = option_bool(v, OPT_RFC4180, true) ? '"' : 0;
	h->dialect.terminator = option_row_delimiter(v, OPT_CSV_ROW_DELIMITER,
												 &h->dialect.crlf,
												 &h->ends_by_file);
	h->delimiter_given = v->text[OPT_CSV_DELIMITER] != NULL;
	h->quoting_given = v->text[OPT_RFC4180] != NULL;
	h->line_end_given = v->text[OPT_CSV_ROW_DELIMITER] != NULL &&
		!h->ends_by_file;
	h->header = v->text[OPT_ADD_COLUMN_NAME] == NULL ? OPT_UNSET :
		option_bool(v, OPT_ADD_COLUMN_NAME, false) ? OPT_TRUE : OPT_FALSE;
	h->timestamp_column = v->text[OPT_TIMESTAMP_COLUMN_NAME];
	h->op_column = option_text(v, OPT_OP_COLUMN_NAME);
	h->no_op = option_bool(v, OPT_CDC_INSERTS_ONLY, false) ||
		option_bool(v, OPT_CDC_INSERTS_AND_UPDATES, false);
	h->op_in_load = v->text[OPT_INCLUDE_OP_FOR_FULL_LOAD] == NULL ? OPT_UNSET :
		option_bool(v, OPT_INCLUDE_OP_FOR_FULL_LOAD, false) ? OPT_TRUE : OPT_FALSE;
	if (option_bool(v, OPT_USE_CSV_NO_SUP_VALUE, false))
		h->no_sup_value = option_text(v, OPT_CSV_NO_SUP_VALUE);
	h->null_value = v->text[OPT_CSV_NULL_VALUE];
	h->any_load_op = option_choice(v, OPT_LOAD_OPS, 0) != 0;
	h->zone = option_bool(v, OPT_DATE_PARTITION_ENABLED, false) ?
		option_zone(v, OPT_DATE_PARTITION_TIMEZONE) : NULL;
}
