/*-------------------------------------------------------------------------
 *
 * value.c
 *	  From the text of an option to its value.
 *
 * Nothing here depends on a setting of the session: instants are read in UTC,
 * intervals in PostgreSQL's own style.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "common/int.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "base/ascii.h"
#include "base/match.h"
#include "fdw/options/s3_settings.h"
#include "fdw/instant_text.h"
#include "fdw/options/table.h"
#include "fdw/options/options.h"
#include "log/erroption.h"
#include "replay/values/settings.h"

/* What the error context callback below needs to name the culprit. */
typedef struct ValueContext
{
	const char *label;
	const char *hint;
} ValueContext;

/* The label of a value that stands in its own option; palloc'd. */
static char *
own_label(OptionId id)
{
	return psprintf("option \"%s\"", option_def(id)->name);
}

/*
 * An input function of PostgreSQL refused the text: let the error say which
 * option it came from, with the SQLSTATE of a bad option.
 */
static void
value_error_callback(void *arg)
{
	ValueContext *context = arg;

	if (ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_DATA_EXCEPTION)
	{
		errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE);
		errhint("%s", context->hint);
	}
	errcontext("%s", context->label);
}

/* interval_in() by settings_iso(). */
static Interval *
read_plain_interval(const char *text, ValueContext *context)
{
	SavedSettings saved;
	ErrorContextCallback callback;
	volatile Datum result = (Datum) 0;

	callback.callback = value_error_callback;
	callback.arg = context;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	settings_fix(&saved, settings_iso(), RARE_NONE);
	PG_TRY();
	{
		result = DirectFunctionCall3(interval_in, CStringGetDatum(text),
									 ObjectIdGetDatum(InvalidOid),
									 Int32GetDatum(-1));
	}
	PG_FINALLY();
	{
		settings_restore(&saved);
	}
	PG_END_TRY();
	error_context_stack = callback.previous;
	return DatumGetIntervalP(result);
}

static bool
is_pin(const char *value, const char *label)
{
	const char *name = instant_text_pin(value);

	if (name != NULL && name[0] == '\0')
		option_bad_value(label, value, errdetail("It names no pin."));
	return name != NULL;
}

TimestampTz
options_parse_instant(const char *text, const char *option)
{
	return instant_text_read(text, psprintf("option \"%s\"", option), option);
}

TimestampTz
options_parse_asof(const char *text, const char *option)
{
	return instant_text_asof(text, psprintf("option \"%s\"", option), option);
}

static OpenEnd
read_open_end(const char *text, const char *label, const char *option)
{
	OpenEnd		result = {pg_strcasecmp(text, "null") == 0, DT_NOEND};

	if (!result.is_null)
		result.at = instant_text_read(text, label, option);
	if (result.at == DT_NOBEGIN)
		option_bad_value(label, text,
						 errhint("Write null, infinity, or an instant that is later than all versions, such as 9999-12-31."));
	return result;
}

/*
 * Longer ones mean nothing in a log, and times of any year must stay within
 * what a timestamp holds when one is added or taken away.
 */
#define MAX_INTERVAL_DAYS	36500

/* Microseconds; without months, whose length differs, and not negative. */
static int64
read_interval(const char *text, const char *label, const char *option)
{
	ValueContext context = {
		.label = label,
		.hint = "An interval reads like 10 s or 1 min."
	};
	Interval   *interval;
	int64		result;

	interval = read_plain_interval(text, &context);
	if (interval->month != 0)
		option_bad_value(label, text,
						 errdetail("Months and years have no fixed length."),
						 erroption(option));
	if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &result) ||
		pg_add_s64_overflow(result, interval->time, &result) ||
		result > MAX_INTERVAL_DAYS * USECS_PER_DAY)
		option_bad_value(label, text,
						 errdetail("The interval is longer than %d days.",
								   MAX_INTERVAL_DAYS),
						 errhint("Set %s to a shorter interval.", label),
						 erroption(option));
	if (result < 0)
		option_bad_value(label, text, errdetail("It must not be negative."),
						 erroption(option));
	return result;
}

static bool
read_bool(const char *text, const char *label)
{
	bool		result;

	if (!parse_bool(text, &result))
		option_bad_value(label, text, errhint("Write true or false."));
	return result;
}

static int
read_choice(const OptionDef *def, const char *text, const char *label)
{
	const OptionChoice *choice;
	StringInfoData all;
	NameMatch	match;

	for (choice = def->choices; choice->name != NULL; choice++)
	{
		if (pg_strcasecmp(choice->name, text) != 0)
			continue;
		if (choice->later)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("value \"%s\" of %s is not supported yet",
							text, label)));
		return choice->value;
	}

	initStringInfo(&all);
	match_start(&match, text);
	for (choice = def->choices; choice->name != NULL; choice++)
	{
		if (choice->later)
			continue;
		appendStringInfo(&all, "%s\"%s\"", all.len > 0 ? ", " : "",
						 choice->name);
		match_try(&match, choice->name);
	}
	if (match.nearest != NULL)
		option_bad_value(label, text,
						 errhint("Perhaps you meant \"%s\".", match.nearest));
	option_bad_value(label, text, errhint("Valid values are: %s.", all.data));
	return 0;					/* not reached */
}

static pg_tz *
read_zone(const char *text, const char *label)
{
	pg_tz	   *zone = text[0] != '\0' ? pg_tzset(text) : NULL;

	if (zone == NULL)
		option_bad_value(label, text,
						 errhint("Write a zone's full name, such as UTC or Asia/Tokyo."));
	if (!pg_tz_acceptable(zone))
		option_bad_value(label, text,
						 errdetail("PostgreSQL does not support leap seconds."));
	return zone;
}

/*
 * The words of PostgreSQL's setting DateStyle: the order in which dates are
 * read, and for style SQL intervals as the SQL standard has them.
 */
static void
read_datestyle(const char *text, const char *label, ValueStyle *style)
{
	static const struct
	{
		const char *word;
		int			order;		/* -1: it is a style */
		int			interval_style;
	}			words[] = {
		{"ISO", -1, INTSTYLE_POSTGRES}, {"SQL", -1, INTSTYLE_SQL_STANDARD},
		{"YMD", DATEORDER_YMD}, {"DMY", DATEORDER_DMY},
		{"MDY", DATEORDER_MDY}
	};
	bool		has_style = false;
	bool		has_order = false;
	const char *s = text;

	style->date_order = DATEORDER_YMD;
	style->interval_style = INTSTYLE_POSTGRES;
	for (;;)
	{
		size_t		len;
		int			i;

		while (*s == ' ')
			s++;
		len = strcspn(s, ", ");
		for (i = 0; i < lengthof(words); i++)
			if (strlen(words[i].word) == len &&
				pg_strncasecmp(words[i].word, s, len) == 0)
				break;
		if (i == lengthof(words) ||
			(words[i].order < 0 ? has_style : has_order))
			break;
		if (words[i].order < 0)
		{
			has_style = true;
			style->interval_style = words[i].interval_style;
		}
		else
		{
			has_order = true;
			style->date_order = words[i].order;
		}
		for (s += len; *s == ' '; s++)
			;
		if (*s == '\0' && has_order)
			return;
		if (*s++ != ',')
			break;
	}
	option_bad_value(label, text,
					 errhint("Write a style, ISO or SQL, and an order, YMD, DMY or MDY: such as 'ISO, DMY'."));
}

/* n hexadecimal digits at s, or -1 */
static int
hex_number(const char *s, int n)
{
	int			result = 0;

	for (int i = 0; i < n; i++)
	{
		int			digit = ascii_hex_digit(s[i]);

		if (digit < 0)
			return -1;
		result = result * 16 + digit;
	}
	return result;
}

/*
 * Decode the escapes that shells, JSON and consoles leave in a delimiter:
 * \n \r \t \xHH \uHHHH, each after one backslash or, escaped once more, two.
 * A backslash alone is itself.  Gives the bytes, palloc'd.
 */
static char *
decode_escapes(const char *text, const char *label)
{
	StringInfoData buf;
	const char *s = text;

	initStringInfo(&buf);
	while (*s != '\0')
	{
		int			code;

		if (*s != '\\')
		{
			appendStringInfoChar(&buf, *s++);
			continue;
		}
		while (s[1] == '\\')
			s++;
		if (s[1] == '\0')
		{
			appendStringInfoChar(&buf, '\\');
			break;
		}
		s++;
		switch (*s)
		{
			case 'n':
				code = '\n';
				s++;
				break;
			case 'r':
				code = '\r';
				s++;
				break;
			case 't':
				code = '\t';
				s++;
				break;
			case 'x':
				code = hex_number(s + 1, 2);
				s += 3;
				break;
			case 'u':
				code = hex_number(s + 1, 4);
				s += 5;
				break;
			default:
				code = -1;
		}
		if (code <= 0 || code > 127)
			option_bad_value(label, text,
							 errdetail("The escape in it is none of \\n, \\r, \\t, \\xHH and \\uHHHH, or no ASCII character."));
		appendStringInfoChar(&buf, (char) code);
	}
	return buf.data;
}

static char
read_delimiter(const char *text, const char *label)
{
	char	   *bytes = decode_escapes(text, label);

	if (strlen(bytes) != 1 || IS_HIGHBIT_SET(bytes[0]))
		option_bad_value(label, text,
						 errdetail("A delimiter is one single-byte character."));
	if (bytes[0] == '"' || bytes[0] == '\n' || bytes[0] == '\r')
		option_bad_value(label, text,
						 errdetail("Quotes and line ends cannot separate fields."));
	return bytes[0];
}

static char
read_row_delimiter(const char *text, const char *label, bool *crlf,
				   bool *by_file)
{
	char	   *bytes = decode_escapes(text, label);

	*by_file = strcmp(bytes, "by_file") == 0;
	*crlf = strcmp(bytes, "\r\n") == 0;
	if (*crlf || *by_file)
		return '\n';
	if (strlen(bytes) != 1 || IS_HIGHBIT_SET(bytes[0]))
		option_bad_value(label, text,
						 errdetail("A row delimiter is \\n, \\r\\n, one single-byte character, or by_file."));
	if (bytes[0] == '"')
		option_bad_value(label, text, errdetail("A quote cannot end rows."));
	return bytes[0];
}

static int
read_position(const char *text, const char *label)
{
	char	   *end;
	long		result;

	errno = 0;
	result = strtol(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 ||
		result < 1 || result > CSV_MAX_FIELDS)
		option_bad_value(label, text,
						 errhint("A position is a whole number from 1 to %d.",
						  CSV_MAX_FIELDS));
	return (int) result;
}

static int64
read_count(const char *text, const char *label)
{
	char	   *end;
	int64		result;

	errno = 0;
	result = strtoi64(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || result < 1)
		option_bad_value(label, text,
						 errhint("It is a whole number above zero."));
	return result;
}

/*
 * Names by comma, blanks around each dropped; one in double quotes may hold
 * commas and blanks, and a quote by doubling it.
 */
static int
read_names(const char *text, const char *label, const char ***names)
{
	const char *s = text;
	StringInfoData buf;
	int			n = 0;

	initStringInfo(&buf);
	/* there is one name more than commas at most */
	*names = palloc(sizeof(char *) * (strlen(text) + 1));
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		resetStringInfo(&buf);
		while (*s == ' ')
			s++;
		if (*s == '"')
		{
			for (s++; *s != '\0' && (*s != '"' || s[1] == '"'); s++)
			{
				if (*s == '"')
					s++;
				appendStringInfoChar(&buf, *s);
			}
			if (*s == '\0')
				option_bad_value(label, text,
								 errdetail("A quoted name has no closing quote."));
			s++;
			while (*s == ' ')
				s++;
		}
		else
		{
			while (*s != '\0' && *s != ',')
				appendStringInfoChar(&buf, *s++);
			while (buf.len > 0 && buf.data[buf.len - 1] == ' ')
				buf.data[--buf.len] = '\0';
		}
		if (buf.len == 0 || (*s != ',' && *s != '\0'))
			option_bad_value(label, text,
							 errhint("Write names separated by commas; a name that holds one stands in double quotes."));
		(*names)[n++] = pstrdup(buf.data);
		if (*s == '\0')
			break;
		s++;
	}
	pfree(buf.data);
	return n;
}

void
option_check(const OptionDef *def, const char *value, const char *label)
{
	const char **names;
	int			n;
	bool		crlf;
	bool		by_file;
	ValueStyle	style;
	OptionValues scratch;

	switch (def->type)
	{
		case TYPE_BOOL:
			read_bool(value, label);
			break;
		case TYPE_TEXT:
			break;
		case TYPE_NAME:
			option_check_no_control(value, label);
			if (value[0] == '\0')
				option_bad_value(label, value, errdetail("It is empty."));
			break;
		case TYPE_NAMES:
			read_names(value, label, &names);
			break;
		case TYPE_CHOICE:
			read_choice(def, value, label);
			break;
		case TYPE_DELIMITER:
			read_delimiter(value, label);
			break;
		case TYPE_ROW_DELIMITER:
			read_row_delimiter(value, label, &crlf, &by_file);
			break;
		case TYPE_ASOF:
			if (pg_strcasecmp(value, "watermark") == 0 || is_pin(value, label))
				break;
			/* FALLTHROUGH */
		case TYPE_INSTANT:
			instant_text_read(value, label, def->name);
			break;
		case TYPE_OPEN_END:
			read_open_end(value, label, def->name);
			break;
		case TYPE_INTERVAL:
			read_interval(value, label, def->name);
			break;
		case TYPE_ZONE:
			read_zone(value, label);
			break;
		case TYPE_DATESTYLE:
			read_datestyle(value, label, &style);
			break;
		case TYPE_POSITION:
			read_position(value, label);
			break;
		case TYPE_COUNT:
			read_count(value, label);
			break;
		case TYPE_SETTINGS:
			memset(&scratch, 0, sizeof(scratch));
			s3_settings_read(value, &scratch);
			break;
		case TYPE_PREFIX:
			n = value[0] != '\0' ? read_names(value, label, &names) : 0;
			for (int i = 0; i < n; i++)
				option_check_place(TYPE_PREFIX, names[i], label);
			break;
		default:
			option_check_place(def->type, value, label);
			break;
	}
}

OpenEnd
option_open_end(const OptionValues *v, OptionId id)
{
	if (v->text[id] == NULL)
		return (OpenEnd) {false, DT_NOEND};
	return read_open_end(v->text[id], own_label(id), option_def(id)->name);
}

bool
option_bool(const OptionValues *v, OptionId id, bool dflt)
{
	return v->text[id] ? read_bool(v->text[id], own_label(id)) : dflt;
}

int
option_choice(const OptionValues *v, OptionId id, int dflt)
{
	if (v->text[id] == NULL)
		return dflt;
	return read_choice(option_def(id), v->text[id], own_label(id));
}

const char *
option_text(const OptionValues *v, OptionId id)
{
	if (v->text[id] == NULL || v->text[id][0] == '\0')
		return NULL;
	return v->text[id];
}

char
option_delimiter(const OptionValues *v, OptionId id, char dflt)
{
	return v->text[id] ? read_delimiter(v->text[id], own_label(id)) : dflt;
}

char
option_row_delimiter(const OptionValues *v, OptionId id, bool *crlf,
					 bool *by_file)
{
	*crlf = false;
	*by_file = false;
	if (v->text[id] == NULL)
		return '\n';
	return read_row_delimiter(v->text[id], own_label(id), crlf, by_file);
}

int64
option_interval(const OptionValues *v, OptionId id, int64 dflt)
{
	return v->text[id] == NULL ? dflt :
		read_interval(v->text[id], own_label(id), option_def(id)->name);
}

pg_tz *
option_zone(const OptionValues *v, OptionId id)
{
	return v->text[id] ? read_zone(v->text[id], own_label(id)) : NULL;
}

void
option_datestyle(const OptionValues *v, OptionId id, ValueStyle *style)
{
	style->told = v->text[id] != NULL;
	if (style->told)
		read_datestyle(v->text[id], own_label(id), style);
}

int
option_position(const OptionValues *v, OptionId id)
{
	return v->text[id] ? read_position(v->text[id], own_label(id)) : 0;
}

int64
option_count(const OptionValues *v, OptionId id)
{
	return v->text[id] ? read_count(v->text[id], own_label(id)) : 0;
}

int
option_names(const OptionValues *v, OptionId id, const char ***names)
{
	if (v->text[id] == NULL)
		return 0;
	return read_names(v->text[id], own_label(id), names);
}
