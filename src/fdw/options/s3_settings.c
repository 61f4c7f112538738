/*-------------------------------------------------------------------------
 *
 * s3_settings.c
 *	  s3_settings: what DMS itself says of an endpoint, in the forms it uses.
 *
 * Names are compared without case and underscores, so that CsvDelimiter (the
 * API), csvDelimiter (connection attributes) and csv_delimiter (an option's
 * name, and what provisioning tools write) are the same setting.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "fdw/options/s3_settings.h"
#include "fdw/jdoc.h"
#include "base/match.h"

/* Settings of endpoints and tasks that change nothing for a reader. */
static const char *const ignored[] = {
	"CannedAclForObjects",
	"CdcMinFileSize",
	"DataPageSize",
	"DetachTargetOnLobLookupFailureParquet",
	"DictPageSizeLimit",
	"EnableStatistics",
	"EncodingType",
	"EncryptionMode",
	"ExternalTableDefinition",
	"GlueCatalogGeneration",
	"HandleSourceTableAltered",
	"HandleSourceTableDropped",
	"HandleSourceTableTruncated",
	"IgnoreHeaderRows",
	"KeepCsvFiles",
	"MaxFileSize",
	"ParquetTimestampInMillisecond",
	"ParquetVersion",
	"RowGroupLength",
	"ServerSideEncryptionKmsKeyId",
	"ServiceAccessRoleArn",
	"UseTaskStartTimeForFullLoadTimestamp",
	"WriteBufferSize"
};

/* It changes text values in a way DMS does not document. */
#define PADDING_SETTING	"AddTrailingPaddingCharacter"

#define settings_error(...) \
	ereport(ERROR, \
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE), __VA_ARGS__))

static void read_attributes(const char *text, OptionValues *values);

/* name is DMS's own, which has no underscores */
static bool
same_name(const char *plain, const char *name)
{
	return pg_strcasecmp(plain, name) == 0;
}

bool
s3_settings_ignored(const char *name)
{
	const char *plain = option_plain_name(name);

	for (int i = 0; i < lengthof(ignored); i++)
		if (same_name(plain, ignored[i]))
			return true;
	return false;
}

/* Raise that no setting has this name, with the one that is nearest. */
static void
unknown_setting(const char *name, const char *plain)
{
	const char *nearest = NULL;
	NameMatch	match;

	match_start(&match, plain);
	for (int i = 0; i < OPT_COUNT + lengthof(ignored); i++)
	{
		const char *candidate = i < OPT_COUNT ?
			option_def(i)->setting : ignored[i - OPT_COUNT];
		const char *before = match.nearest;

		if (candidate == NULL)
			continue;
		match_try(&match, option_plain_name(candidate));
		if (match.nearest != before)
			nearest = candidate;
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("option \"s3_settings\" has an unknown setting \"%s\"",
					name),
			 nearest ?
			 errhint("Perhaps you meant the setting \"%s\".", nearest) : 0));
}

/* Take one setting over into values; value is palloc'd or constant. */
static void
take_setting(const char *name, const char *value, OptionValues *values)
{
	char	   *plain = option_plain_name(name);
	char	   *label = psprintf("setting \"%s\" of option \"s3_settings\"",
								 name);
	bool		padding;

	/* connection attributes spell this one otherwise */
	if (strcmp(plain, "datepartitionedenabled") == 0)
		plain = option_plain_name("DatePartitionEnabled");

	for (int i = 0; i < OPT_COUNT; i++)
	{
		const OptionDef *def = option_def(i);

		if (def->setting == NULL || !same_name(plain, def->setting))
			continue;
		if (values->text[i] != NULL)
			settings_error(errmsg("%s is given twice", label));
		/* DMS prints some settings that were not made as empty texts */
		if (value[0] == '\0' && def->type != TYPE_TEXT)
			return;
		option_check(def, value, label);
		values->text[i] = value;
		return;
	}
	if (s3_settings_ignored(plain))
		return;
	if (!same_name(plain, PADDING_SETTING))
		unknown_setting(name, plain);
	if (!parse_bool(value, &padding))
		settings_error(errmsg("invalid value for %s: \"%s\"", label, value));
	if (padding)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s is not supported", label),
				 errdetail("Text values that were padded cannot be told from values that end in blanks.")));
}

/* A JSON scalar as text, palloc'd; NULL for null. */
static char *
scalar_text(const JsonbValue *v, const char *name)
{
	switch (v->type)
	{
		case jbvNull:
			return NULL;
		case jbvString:
			return pnstrdup(v->val.string.val, v->val.string.len);
		case jbvBool:
			return pstrdup(v->val.boolean ? "true" : "false");
		case jbvNumeric:
			return numeric_normalize(v->val.numeric);
		default:
			settings_error(errmsg("setting \"%s\" of option \"s3_settings\" is neither text, number nor boolean",
								  name));
	}
	return NULL;				/* not reached */
}

/* Take all members of an S3Settings object over into values. */
static void
read_settings(JsonbContainer *object, OptionValues *values)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	v;
	char	   *name = NULL;

	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = pnstrdup(v.val.string.val, v.val.string.len);
		else if (token == WJB_VALUE)
		{
			char	   *value = scalar_text(&v, name);

			if (value != NULL)
				take_setting(name, value, values);
		}
	}
}

/* A member of an object, in whatever case; false where there is none. */
static bool
only_member(JsonbContainer *object, const char *name, JsonbValue *value)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	v;
	int			n = 0;

	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
		n += token == WJB_KEY && v.val.string.len == strlen(name) &&
			pg_strncasecmp(v.val.string.val, name, v.val.string.len) == 0;
	if (n > 1)
		settings_error(errmsg("\"%s\" is given twice in option \"s3_settings\"",
							  name));
	return jdoc_member(object, name, value);
}

/* The object that a member holds, or NULL; anything else is an error. */
static JsonbContainer *
object_member(JsonbContainer *object, const char *name)
{
	JsonbValue	v;

	if (!only_member(object, name, &v) || v.type == jbvNull)
		return NULL;
	if (v.type != jbvBinary || !JsonContainerIsObject(v.val.binary.data))
		settings_error(errmsg("\"%s\" in option \"s3_settings\" is not an object",
							  name));
	return v.val.binary.data;
}

/* Refuse an endpoint whose member says something else than expected. */
static void
check_member(JsonbContainer *endpoint, const char *name,
			 const char *expected)
{
	JsonbValue	v;
	char	   *text;

	if (!only_member(endpoint, name, &v))
		return;
	text = scalar_text(&v, name);
	if (text != NULL && pg_strcasecmp(text, expected) != 0)
		settings_error(errmsg("option \"s3_settings\" does not describe an S3 target endpoint"),
					   errdetail("Its \"%s\" is \"%s\".", name, text),
					   errhint("Take the endpoint that the task writes to."));
}

/*
 * Read an endpoint: connection attributes first, over which the settings of
 * S3Settings prevail.
 */
static void
read_endpoint(JsonbContainer *endpoint, OptionValues *values)
{
	JsonbContainer *settings = object_member(endpoint, "S3Settings");
	OptionValues attributes = {{NULL}};
	JsonbValue	v;

	check_member(endpoint, "EngineName", "s3");
	check_member(endpoint, "EndpointType", "target");
	if (only_member(endpoint, "ExtraConnectionAttributes", &v))
	{
		char	   *text = scalar_text(&v, "ExtraConnectionAttributes");

		if (text != NULL)
			read_attributes(text, &attributes);
	}
	else if (settings == NULL)
		settings_error(errmsg("option \"s3_settings\" holds an endpoint without \"S3Settings\""));
	if (settings != NULL)
		read_settings(settings, values);
	for (int i = 0; i < OPT_COUNT; i++)
	{
		if (values->text[i] == NULL)
			values->text[i] = attributes.text[i];
	}
}

/* The one endpoint of what describe-endpoints prints. */
static JsonbContainer *
only_endpoint(const JsonbValue *list)
{
	JsonbContainer *array = list->val.binary.data;
	JsonbValue *element;

	if (list->type != jbvBinary || !JsonContainerIsArray(array) ||
		JsonContainerSize(array) != 1)
		settings_error(errmsg("option \"s3_settings\" must hold one endpoint"),
					   errhint("Ask for one: aws dms describe-endpoints --filters Name=endpoint-id,Values=..."));
	element = getIthJsonbValueFromContainer(array, 0);
	if (element->type != jbvBinary ||
		!JsonContainerIsObject(element->val.binary.data))
		settings_error(errmsg("\"Endpoints\" in option \"s3_settings\" does not hold an object"));
	return element->val.binary.data;
}

/* Bad JSON is a bad option. */
static void
json_error_callback(void *arg)
{
	if (ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_DATA_EXCEPTION)
		errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE);
	errcontext("option \"s3_settings\"");
}

/*
 * Raises an error where an object of the text has a member twice, of which
 * root, made of it, has one only: each member has a colon outside of strings.
 */
static void
check_no_twins(const char *text, JsonbContainer *root)
{
	JsonbIterator *it = JsonbIteratorInit(root);
	JsonbIteratorToken token;
	JsonbValue	v;
	int64		members = 0;
	bool		quoted = false;

	for (const char *s = text; *s != '\0'; s++)
	{
		if (quoted && *s == '\\')
			s++;				/* whatever follows, a quote or not */
		else if (*s == '"')
			quoted = !quoted;
		else
			members += !quoted && *s == ':';
	}
	while ((token = JsonbIteratorNext(&it, &v, false)) != WJB_DONE)
		members -= token == WJB_KEY;
	if (members != 0)
		settings_error(errmsg("a member of an object is given twice in option \"s3_settings\""),
					   errhint("Leave out one of the two."));
}

static void
read_json(const char *text, OptionValues *values)
{
	ErrorContextCallback callback;
	JsonbContainer *root;
	JsonbContainer *endpoint;
	JsonbValue	v;

	callback.callback = json_error_callback;
	callback.arg = NULL;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	root = &DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
											   CStringGetDatum(text)))->root;
	check_no_twins(text, root);
	error_context_stack = callback.previous;

	if (only_member(root, "Endpoints", &v))
		read_endpoint(only_endpoint(&v), values);
	else if ((endpoint = object_member(root, "Endpoint")) != NULL)
		read_endpoint(endpoint, values);
	else if (only_member(root, "S3Settings", &v) ||
			 only_member(root, "EngineName", &v) ||
			 only_member(root, "ExtraConnectionAttributes", &v))
		read_endpoint(root, values);
	else
		read_settings(root, values);
}

/*
 * Read "a=b;c=d".  A value may stand in quotes, then it may hold semicolons;
 * blanks around names are dropped, those in values are not.
 */
static void
read_attributes(const char *text, OptionValues *values)
{
	const char *s = text;

	for (;;)
	{
		const char *name;
		const char *equals;
		const char *end;
		size_t		len;

		while (isspace((unsigned char) *s) || *s == ';')
			s++;
		if (*s == '\0')
			return;
		name = s;
		len = strcspn(name, "=;");
		if (name[len] != '=')
			settings_error(errmsg("option \"s3_settings\" is neither JSON nor a list of attributes"),
						   errdetail("\"%s\" is not of the form name=value.",
									 pnstrdup(name, len)));
		equals = name + len;
		while (len > 0 && isspace((unsigned char) name[len - 1]))
			len--;
		s = equals + 1;
		end = NULL;
		if (*s == '\'' || *s == '"')
		{
			const char *closing = strchr(s + 1, *s);

			if (closing != NULL && (closing[1] == ';' || closing[1] == '\0'))
			{
				s++;
				end = closing;
			}
		}
		if (end == NULL)
			end = s + strcspn(s, ";\r\n");
		take_setting(pnstrdup(name, len), pnstrdup(s, end - s), values);
		s = *end == '\0' ? end : end + 1;
	}
}

void
s3_settings_read(const char *text, OptionValues *values)
{
	OptionValues read = {{NULL}};
	const char *s = text;

	while (isspace((unsigned char) *s))
		s++;
	if (*s == '{')
		read_json(s, &read);
	else if (*s == '[')
		settings_error(errmsg("option \"s3_settings\" holds a JSON array"),
					   errhint("Give S3Settings, one endpoint, or what describe-endpoints prints for one."));
	else
		read_attributes(s, &read);
	for (int i = 0; i < OPT_COUNT; i++)
	{
		if (read.text[i] != NULL)
			values->text[i] = read.text[i];
	}
}
