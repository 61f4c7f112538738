/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  The options that shape an answer, as texts that can be kept and held to
 *	  what they are later.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "fdw/pins/pins.h"

#define THE_SERVER	"the server"

static void
add(PinSettings *s, char *name, const char *value)
{
	s->names = s->names
		? repalloc(s->names, sizeof(char *) * (s->n + 1))
		: palloc(sizeof(char *));
	s->values = s->values
		? repalloc(s->values, sizeof(char *) * (s->n + 1))
		: palloc(sizeof(char *));
	s->names[s->n] = name;
	s->values[s->n++] = pstrdup(value);
}

/*
 * How the store is reached and as whom, what instant is asked for, what a
 * listing may lack, which late files it is searched for, how it is known to be
 * complete and what errors are not raised: none of that matters once the objects
 * are known.  The url and s3_settings count as what they come to.
 */
static bool
shapes_answer(const LogConfig *log, const OptionValues *merged, OptionId id)
{
	switch (id)
	{
		case OPT_URL:
		case OPT_BUCKET_NAME:
		case OPT_BUCKET_FOLDER:
		case OPT_S3_SETTINGS:
		case OPT_REGION:
		case OPT_ENDPOINT:
		case OPT_URL_STYLE:
		case OPT_CA_FILE:
		case OPT_ANONYMOUS:
		case OPT_CREDENTIALS:
		case OPT_CREDENTIALS_REQUIRED:
		case OPT_ALLOW_HTTP:
		case OPT_STS_ENDPOINT:
		case OPT_ROLE_ARN:
		case OPT_EXTERNAL_ID:
		case OPT_ROLE_SESSION_NAME:
		case OPT_ROLE_DURATION:
		case OPT_EXPECTED_BUCKET_OWNER:
		case OPT_ASOF:
		case OPT_KNOWN_AT:
		case OPT_SESSION_INSTANTS:
		case OPT_LATE_FILES:
		case OPT_TASK:
		case OPT_CDC_MAX_BATCH_INTERVAL:
		case OPT_ALLOW_EMPTY:
		case OPT_ALLOW_GAPS:
		case OPT_IGNORE_CHANGE_FILES:
			return false;
			/* else it only decides whether there is an answer */
		case OPT_BASE_TIME:
			return log->before_base == BEFORE_BASE_EMPTY ||
				(log->mode == MODE_HISTORY && log->base_begins != DT_NOBEGIN);
			/* it decides too whether a first field may be an operation */
		case OPT_LOAD_OPS:
			return log->op_in_load == OPT_UNSET;
			/* it takes check_base away, which makes equal rows one */
		case OPT_DUPLICATE_KEYS:
			return merged->text[OPT_CHECK_BASE] != NULL;
		default:
			return true;
	}
}

static int
compare_options(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst_node(DefElem, a)->defname,
				  lfirst_node(DefElem, b)->defname);
}

/* Its place, type and options. */
static char *
column_value(Oid relid, Form_pg_attribute att, int place)
{
	List	   *options = list_copy(GetForeignColumnOptions(relid,
															att->attnum));
	StringInfoData s;
	const char *type;
	ListCell   *lc;

	initStringInfo(&s);
	/* the same whatever the search_path */
	type = format_type_extended(att->atttypid, att->atttypmod,
								FORMAT_TYPE_TYPEMOD_GIVEN |
								FORMAT_TYPE_FORCE_QUALIFY);
	appendStringInfoString(&s, strncmp(type, "pg_catalog.", 11) == 0 ?
						   type + 11 : type);
	if (OidIsValid(att->attcollation) &&
		att->attcollation != get_typcollation(att->atttypid))
		appendStringInfo(&s, " COLLATE %s",
						 quote_identifier(get_collation_name(att->attcollation)));
	list_sort(options, compare_options);
	foreach(lc, options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		appendStringInfo(&s, " %s %s", def->defname,
						 quote_literal_cstr(defGetString(def)));
	}
	appendStringInfo(&s, ", in place %d", place);
	return s.data;
}

PinSettings *
pin_settings(const CdcOptions *opts)
{
	PinSettings *s = palloc0(sizeof(PinSettings));
	const OptionValues *merged = &opts->values.merged;
	Relation	rel;
	int			place = 0;

	add(s, pstrdup(THE_SERVER), opts->server_name);
	add(s, pstrdup("the url"), opts->url);
	for (int id = 0; id < OPT_COUNT; id++)
		if (merged->text[id] != NULL && shapes_answer(&opts->log, merged, id))
			add(s, psprintf("option \"%s\"", option_def(id)->name),
				option_def(id)->type != TYPE_BOOL ? merged->text[id] :
				option_bool(merged, id, false) ? "true" : "false");
	rel = table_open(opts->relid, AccessShareLock);
	for (int i = 0; i < RelationGetDescr(rel)->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), i);

		if (!att->attisdropped)
			add(s, psprintf("column \"%s\"", NameStr(att->attname)),
				column_value(opts->relid, att, ++place));
	}
	table_close(rel, AccessShareLock);
	return s;
}

static const char *
value_of(const PinSettings *s, const char *name)
{
	for (int i = 0; i < s->n; i++)
		if (strcmp(s->names[i], name) == 0)
			return s->values[i];
	return NULL;
}

const char *
pin_settings_server(const PinSettings *s)
{
	return value_of(s, THE_SERVER);
}

const char *
pin_settings_difference(const PinSettings *then, const PinSettings *now,
						char **detail)
{
	for (int i = 0; i < then->n; i++)
	{
		const char *value = value_of(now, then->names[i]);

		if (value != NULL && strcmp(value, then->values[i]) == 0)
			continue;
		*detail = value ?
			psprintf("It was \"%s\", and is \"%s\" now.", then->values[i],
					 value) :
			psprintf("It was \"%s\", and is not there now.",
					 then->values[i]);
		return then->names[i];
	}
	for (int i = 0; i < now->n; i++)
	{
		if (value_of(then, now->names[i]) != NULL)
			continue;
		*detail = psprintf("It was not there, and is \"%s\" now.",
						   now->values[i]);
		return now->names[i];
	}
	return NULL;
}
