/*-------------------------------------------------------------------------
 *
 * import_options.c
 *	  The options of IMPORT FOREIGN SCHEMA and cdc_fdw_sync().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/defrem.h"

#include "fdw/import.h"
#include "fdw/options.h"

#define SAMPLE_BYTES		(64 * 1024)
#define SAMPLE_BYTES_MIN	512
#define SAMPLE_BYTES_MAX	(8 * 1024 * 1024)

static const char *const names[] = {
	"types_from", "infer", "modes", "history_suffix", "changes_suffix",
	"asof", "asof_column", "sample_bytes", "on_untyped", "identifier_case"
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
read_modes(const char *value)
{
	OptionValues v = {{NULL}};
	const char **modes;
	int			n;

	/* a list of names, as column_name is */
	v.text[OPT_COLUMN_NAME] = value;
	n = option_names(&v, OPT_COLUMN_NAME, &modes);
	for (int i = 0; i < n; i++)
	{
		if (pg_strcasecmp(modes[i], "snapshot") == 0)
			continue;
		if (pg_strcasecmp(modes[i], "history") == 0 ||
				 pg_strcasecmp(modes[i], "changes") == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("mode \"%s\" of option \"modes\" is not supported yet",
							modes[i])));
		else
			option_bad_value(label_of("modes"), value,
							 errhint("Valid modes are: \"snapshot\"."));
	}
	Assert(snapshot);
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
			 errhint("The options of an import are: types_from, infer, modes, history_suffix, changes_suffix, asof, asof_column, sample_bytes, on_untyped, identifier_case.")));
}

void
import_options_read(List *options, ImportOptions *out)
{
	ListCell   *lc;

	memset(out, 0, sizeof(*out));
	out->sample_bytes = SAMPLE_BYTES;
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
			read_modes(value);
		else if (strcmp(name, "history_suffix") == 0 ||
				 strcmp(name, "changes_suffix") == 0)
			option_check(option_def(OPT_TABLE_NAME), value, label_of(name));
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
		else if (strcmp(name, "sample_bytes") == 0)
			out->sample_bytes = read_sample_bytes(value);
		else if (strcmp(name, "on_untyped") == 0)
			out->untyped_error = read_word(name, value, "skip", "error");
		else if (strcmp(name, "identifier_case") == 0)
			out->lower = read_word(name, value, "keep", "lower");
		else
			unknown_option(name);
	}
}
