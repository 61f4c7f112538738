/*-------------------------------------------------------------------------
 *
 * input.c
 *	  Texts of the log to values, alike for every reader and on every day.
 *
 * Input functions look at more than the text: DateStyle orders the fields of
 * a date, IntervalStyle says how far a sign reaches, TimeZone and
 * timezone_abbreviations complete instants, search_path finds objects,
 * lc_monetary says which character is the point, array_nulls and xmloption
 * what a word or a document is, and the clock gives "now", "today" and the
 * offset of a timetz a meaning.  All of these are fixed here.  What is left to
 * decide, the order of a date and the reach of a sign, is decided by option
 * datestyle; without it a text is a value only where two styles that disagree
 * wherever styles can disagree read it alike.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>
#include <limits.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/pg_locale.h"
#include "utils/typcache.h"

#include "compat.h"
#include "log/erroption.h"
#include "log/line_ends.h"
#include "log/literal.h"
#include "log/shown.h"
#include "replay/input.h"
#include "replay/settings.h"

/* What values of a type may hold; 0: nothing that a setting bears on. */
#define HOLDS_ANY			0x01	/* something that is not plain */
#define HOLDS_DATES			0x02
#define HOLDS_INTERVALS		0x04
#define HOLDS_TIMES			0x08	/* dates, times of day or both: "now" */
#define HOLDS_TIMETZ		0x10
#define HOLDS_ROWS			0x20
#define HOLDS_NAMES			0x40	/* of objects in schemas */
#define HOLDS_MONEY			0x80

/* A zone of one offset, unlike UTC's, in seconds west of it. */
#define OTHER_OFFSET		3600

/* PostgreSQL reads money with two digits behind the point unless told. */
#define MONEY_DIGITS		2

/* For the error context callback. */
typedef struct ReadContext
{
	const InputReader *in;
	const char *text;
	const ValueStyle *style;
} ReadContext;

static int	type_holds(Oid typid);

static int
row_holds(Oid typid)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(typid, -1);
	int			holds = HOLDS_ANY | HOLDS_ROWS;

	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			holds |= type_holds(TupleDescAttr(desc, i)->atttypid);
	ReleaseTupleDesc(desc);
	return holds;
}

static int
type_holds(Oid typid)
{
	Oid			base = getBaseType(typid);
	Oid			inner;

	/* the checks of a domain may call anything */
	if (base != typid)
		return HOLDS_ANY | type_holds(base);
	switch (typid)
	{
		case BOOLOID:
		case CHAROID:
		case NAMEOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case BYTEAOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case UUIDOID:
		case JSONOID:
		case JSONBOID:
		case INETOID:
		case CIDROID:
		case MACADDROID:
		case MACADDR8OID:
		case BITOID:
		case VARBITOID:
			return 0;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return HOLDS_ANY | HOLDS_DATES | HOLDS_TIMES;
		case TIMEOID:
			return HOLDS_ANY | HOLDS_TIMES;
		case TIMETZOID:
			return HOLDS_ANY | HOLDS_TIMES | HOLDS_TIMETZ;
		case INTERVALOID:
			return HOLDS_ANY | HOLDS_INTERVALS;
		case CASHOID:
			return HOLDS_ANY | HOLDS_MONEY;
		case REGPROCOID:
		case REGPROCEDUREOID:
		case REGOPEROID:
		case REGOPERATOROID:
		case REGCLASSOID:
		case REGCOLLATIONOID:
		case REGTYPEOID:
		case REGCONFIGOID:
		case REGDICTIONARYOID:
			return HOLDS_ANY | HOLDS_NAMES;
		default:
			break;
	}
	inner = get_element_type(typid);
	if (OidIsValid(inner))
		return HOLDS_ANY | type_holds(inner);
	switch (get_typtype(typid))
	{
		case TYPTYPE_ENUM:
			return 0;
		case TYPTYPE_COMPOSITE:
			return row_holds(typid);
		case TYPTYPE_RANGE:
			return HOLDS_ANY | type_holds(get_range_subtype(typid));
		case TYPTYPE_MULTIRANGE:
			return type_holds(get_multirange_range(typid));
		default:
			return HOLDS_ANY;
	}
}

static int
rare_settings(int holds)
{
	return (holds & HOLDS_NAMES ? RARE_PATH : 0) |
		(holds & HOLDS_MONEY ? RARE_MONETARY : 0);
}

int
input_rare_settings(Oid typid)
{
	return rare_settings(type_holds(typid));
}

/*
 * A value of money counts the smallest unit of lc_monetary: with another
 * number of digits the text would be another value, and be printed as one.
 */
static void
check_money(void)
{
	char		digits = PGLC_localeconv()->frac_digits;

	if (digits != MONEY_DIGITS && digits >= 0 && digits <= 10)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot read values of type money with %d digits behind the point",
						digits),
				 errdetail("The setting lc_monetary says so, and values would depend on it."),
				 errhint("Declare the column as numeric, or set lc_monetary to C.")));
}

void
input_open(InputReader *in, Oid typid, int32 typmod, MemoryContext ctx)
{
	Oid			function;

	getTypeInputInfo(typid, &function, &in->ioparam);
	fmgr_info_cxt(function, &in->function, ctx);
	in->typid = typid;
	in->typmod = typmod;
	in->holds = type_holds(typid);
	get_typlenbyval(typid, &in->typlen, &in->typbyval);
	if (in->holds & HOLDS_MONEY)
		check_money();
}

void
input_reopen(InputReader *in, MemoryContext ctx)
{
	Oid			function = in->function.fn_oid;

	fmgr_info_cxt(function, &in->function, ctx);
}

/* ---- words ---- */

/*
 * The next word of letters at or behind *s, as its start and *len; NULL: there
 * is none.  *s moves past it.
 */
static const char *
next_word(const char **s, size_t *len)
{
	const char *start = *s;

	while (*start != '\0' && !isalpha((unsigned char) *start))
		start++;
	*s = start;
	while (isalpha((unsigned char) **s))
		(*s)++;
	*len = *s - start;
	return *len > 0 ? start : NULL;
}

static bool
word_is_one_of(const char *word, size_t len, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strlen(*list) == len && pg_strncasecmp(word, *list, len) == 0)
			return true;
	return false;
}

/* True if the text has a word of the list, or (of_list false) one that is not in it. */
static bool
has_word(const char *text, const char *const *list, bool of_list)
{
	const char *word;
	size_t		len;

	while ((word = next_word(&text, &len)) != NULL)
		if (word_is_one_of(word, len, list) == of_list)
			return true;
	return false;
}

/* Letters of a time in ISO form. */
static const char *const iso_words[] = {"t", "z", NULL};

/* ---- the clock ---- */

/* Words of dates and times that mean something else at every reading. */
static const char *const clock_words[] = {
	"now", "today", "tomorrow", "yesterday", NULL
};

/*
 * Words that a time of day may have.  All others name zones, whose offset may
 * be another on another day.
 */
static const char *const timetz_words[] = {
	"am", "pm", "z", "zulu", "utc", "gmt", "t", "allballs", NULL
};

/* True if it begins with a year of four digits or more, and a hyphen. */
static bool
begins_with_year(const char *text)
{
	const char *s = text;

	while (*s == ' ')
		s++;
	text = s;
	while (literal_is_digit(*s))
		s++;
	return s - text >= 4 && *s == '-';
}

static void
refuse_clock(Oid typid, const char *text)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
			 errmsg("\"%s\" may be another value of type %s on another day",
					shown_text(text, strlen(text)), format_type_be(typid)),
			 errhint("Declare the column as text, or have the source write the value out.")));
}

static void check_clock(Oid typid, const char *text);

/*
 * The fields of a row's text, as record_in() divides it; stops where that
 * would raise an error.
 */
static void
check_row_clock(Oid typid, const char *s)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(typid, -1);
	StringInfoData field;
	bool		quoted = false;

	initStringInfo(&field);
	while (isspace((unsigned char) *s))
		s++;
	if (*s++ != '(')
		return;
	for (int i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attisdropped)
			continue;
		resetStringInfo(&field);
		for (; *s != '\0' && (quoted || (*s != ',' && *s != ')')); s++)
		{
			if (*s == '\\' && s[1] != '\0')
				appendStringInfoChar(&field, *++s);
			else if (*s == '"' && quoted && s[1] == '"')
				appendStringInfoChar(&field, *++s);
			else if (*s == '"')
				quoted = !quoted;
			else
				appendStringInfoChar(&field, *s);
		}
		check_clock(TupleDescAttr(desc, i)->atttypid, field.data);
		if (*s++ != ',')
			return;
	}
}

/*
 * Raise an error where a date or time in the text is told by the clock.  In
 * the text of a row only fields that hold such are looked at.
 */
static void
check_clock(Oid typid, const char *text)
{
	Oid			base = getBaseType(typid);
	int			holds = type_holds(base);

	if (!(holds & HOLDS_TIMES))
		return;
	if (get_typtype(base) == TYPTYPE_COMPOSITE)
		check_row_clock(base, text);
	else if (has_word(text, clock_words, true) ||
			 ((holds & HOLDS_TIMETZ) && !(holds & HOLDS_ROWS) &&
			  !begins_with_year(text) && has_word(text, timetz_words, false)))
		refuse_clock(typid, text);
}

static bool
zone_is_fixed(const pg_tz *zone)
{
	long		offset;

	return pg_get_timezone_offset(zone, &offset);
}

/* ---- messages ---- */

/*
 * True if there is a date in the text whose first field has less than three
 * digits: it is not in ISO form, and nothing says which order it has.
 */
static bool
has_unordered_date(const char *text)
{
	for (const char *s = text; *s != '\0'; s++)
	{
		size_t		n = literal_digits(s, strlen(s));
		char		separator;

		if (n == 0)
			continue;
		separator = s[n];
		s += n;
		if (n < 3 && (separator == '/' || separator == '-' ||
					  separator == '.' || separator == ' '))
		{
			const char *second = s + 1;

			while (isalnum((unsigned char) *second))
				second++;
			if (second > s + 1 && *second == separator &&
				literal_is_digit(second[1]))
				return true;
		}
		/* the other fields of a date that began with its year */
		while (literal_is_digit(*s) || *s == '-' || *s == '/' || *s == '.' ||
			   *s == ':')
			s++;
		if (*s == '\0')
			break;
	}
	return false;
}

/* The type of a column whose integer type refused a number. */
static const char *
number_type(Oid typid, const LiteralNumber *n)
{
	if (n->point || n->exponent)
		return "numeric";
	if (typid == INT2OID && n->ndigits < 10)
		return "integer";
	return typid != INT8OID && n->ndigits < 19 ? "bigint" : "numeric";
}

/* The type that a value, refused by its own, is one of; NULL: none comes to mind. */
static const char *
likely_type(Oid typid, const char *text)
{
	static const char *const truths[] = {
		"t", "f", "true", "false", "y", "n", "yes", "no", NULL
	};
	size_t		len;
	LiteralNumber n;

	while (*text == ' ')
		text++;
	len = strlen(text);
	while (len > 0 && text[len - 1] == ' ')
		len--;
	switch (typid)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			if (literal_number(text, len, &n))
				return number_type(typid, &n);
			/* FALLTHROUGH */
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
			return word_is_one_of(text, len, truths) ? "boolean" : NULL;
		case BOOLOID:
			if (literal_number(text, len, &n))
				return n.point || n.exponent ? "numeric" : "integer";
			return "text";
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return literal_digits(text, len) <= 2 && memchr(text, ':', len) &&
				memchr(text, '/', len) == NULL &&
				memchr(text, '-', len) == NULL ? "time" : NULL;
		case TIMEOID:
		case TIMETZOID:
			return begins_with_year(text) && memchr(text, ':', len) == NULL ?
				"date" : NULL;
		default:
			return NULL;
	}
}

/* The input function refused the text: say what may help. */
static void
read_error(void *arg)
{
	const ReadContext *r = arg;
	Oid			base = getBaseType(r->in->typid);
	int			code = geterrcode();
	const char *type;
	size_t		len;

	if (r->text == NULL ||
		ERRCODE_TO_CATEGORY(code) != ERRCODE_DATA_EXCEPTION)
		return;
	len = strlen(r->text);
	if (len > 0 && r->text[len - 1] == '\r')
	{
		/* some lines of the file end so, or '\n' was said to end them */
		errhint("The value ends in a carriage return. " LINE_ENDS_HINT);
		erroption("csv_row_delimiter");
		return;
	}
	type = likely_type(base, r->text);
	if (type != NULL)
		errhint("The value looks like one of type %s: declare it so.",
				type);
	else if ((code == ERRCODE_INVALID_DATETIME_FORMAT ||
			  code == ERRCODE_DATETIME_FIELD_OVERFLOW) &&
			 (r->in->holds & HOLDS_DATES))
	{
		/* which values read it is found out once the error is caught */
		if (has_unordered_date(r->text))
			erroption("datestyle");
		else if (r->style->told)
			errhint("Dates are read as option \"datestyle\" says.");
		else
			errhint("Dates are read as year, month and day, as in 2024-12-31.");
	}
}

/* ---- reading ---- */

static bool
call_input(InputReader *in, char *text, const ValueStyle *style, Datum *value,
		   ErrorData **error)
{
	ReadContext r = {in, text, style};
	ErrorContextCallback callback = {error_context_stack, read_error, &r};
	bool		good = true;

	error_context_stack = &callback;
	if (error != NULL)
		good = input_call_soft(&in->function, text, in->ioparam, in->typmod,
							   value, error);
	else
		*value = InputFunctionCall(&in->function, text, in->ioparam,
								   in->typmod);
	error_context_stack = callback.previous;
	return good;
}

/* By these settings and no others. */
static bool
read_fixed(InputReader *in, char *text, const ValueStyle *style, int rare,
		   Datum *value, ErrorData **error)
{
	SavedSettings saved;
	volatile bool good = false;

	settings_fix(&saved, style, rare);
	PG_TRY();
	{
		good = call_input(in, text, style, value, error);
	}
	PG_FINALLY();
	{
		settings_restore(&saved);
	}
	PG_END_TRY();
	return good;
}

/* False if all styles surely read the text alike. */
static bool
styles_matter(const InputReader *in, const char *text)
{
	if (!(in->holds & (HOLDS_DATES | HOLDS_INTERVALS)))
		return false;
	/* a date that begins with its year is in order, whatever follows */
	if (in->typid == DATEOID || in->typid == TIMESTAMPOID ||
		in->typid == TIMESTAMPTZOID)
		return !begins_with_year(text);
	/* styles of intervals differ in the reach of a minus sign */
	return in->typid != INTERVALOID || strchr(text, '-') != NULL;
}

/*
 * False if the text is no value with these settings.  What is raised then is
 * dropped: whoever calls this raises an error.
 */
static bool
style_reads(InputReader *in, char *text, const ValueStyle *style, int rare,
			Datum *value)
{
	MemoryContext old = CurrentMemoryContext;
	ErrorContextCallback *context = error_context_stack;
	volatile bool good = true;

	/* nobody adds to these errors, whose code tells what they are */
	error_context_stack = NULL;
	PG_TRY();
	{
		ErrorData  *error = NULL;

		good = read_fixed(in, text, style, rare, value, &error);
	}
	PG_CATCH();
	{
		if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		MemoryContextSwitchTo(old);
		FlushErrorState();
		good = false;
	}
	PG_END_TRY();
	error_context_stack = context;
	return good;
}

/* True if an interval's sign in the text has two readings, in an order of dates. */
static bool
sign_matters(InputReader *in, char *text, const ValueStyle *style, int rare,
			 Datum value)
{
	ValueStyle	other = *style;
	Datum		again;

	other.interval_style = INTSTYLE_SQL_STANDARD;
	return (in->holds & HOLDS_INTERVALS) && !style->told &&
		(!style_reads(in, text, &other, rare, &again) ||
		 !datumIsEqual(value, again, in->typbyval, in->typlen));
}

/* The hint that names the values of datestyle that read a date, palloc'd; NULL: none does. */
static char *
datestyle_hint(InputReader *in, char *text, const ValueStyle *style, int rare)
{
	static const struct
	{
		const char *word;
		int			order;
	}			orders[] = {
		{"DMY", DATEORDER_DMY}, {"MDY", DATEORDER_MDY}, {"YMD", DATEORDER_YMD}
	};
	const char *values[lengthof(orders)];
	StringInfoData s;
	int			n = 0;
	bool		signs = false;

	for (int i = 0; i < lengthof(orders); i++)
	{
		ValueStyle	one = *style;
		Datum		value;

		one.date_order = orders[i].order;
		if (!style_reads(in, text, &one, rare, &value))
			continue;
		values[n++] = orders[i].word;
		signs |= sign_matters(in, text, &one, rare, value);
	}
	if (n == 0)
		return NULL;
	initStringInfo(&s);
	appendStringInfoString(&s, "Set option \"datestyle\" of the table or server to the order in which the source writes dates:");
	for (int i = 0; i < n; i++)
		appendStringInfo(&s, "%s '%s, %s'",
						 i == 0 ? "" : i == n - 1 ? " or" : ",",
						 style->interval_style == INTSTYLE_SQL_STANDARD ?
						 "SQL" : "ISO", values[i]);
	if (signs)
		appendStringInfoString(&s, "; with SQL instead of ISO an interval's minus sign holds for all of its fields");
	appendStringInfoChar(&s, '.');
	return s.data;
}

/*
 * The text is the value by the style, and not by another one, of both of whose
 * differences only some may matter.
 */
static void
refuse_styles(InputReader *in, char *text, const ValueStyle *style, int rare,
			  Datum value)
{
	const char *shown = shown_text(text, strlen(text));
	ValueStyle	other = *style;
	Datum		again;

	other.date_order = DATEORDER_MDY;
	if (!(in->holds & HOLDS_DATES) ||
		(style_reads(in, text, &other, rare, &again) &&
		 datumIsEqual(value, again, in->typbyval, in->typlen)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 in->holds & HOLDS_DATES ?
				 errmsg("\"%s\" has more than one reading as %s", shown,
						format_type_be(in->typid)) :
				 errmsg("interval \"%s\" has two readings", shown),
				 errdetail(in->holds & HOLDS_DATES ?
						   "The minus sign of an interval may hold for one field or for all of them." :
						   "Its minus sign may hold for one field or for all of them."),
				 errhint("Set option \"datestyle\" of the table or server: with 'ISO, YMD' the sign holds for one field, as PostgreSQL writes intervals; with 'SQL, YMD' for all, as the SQL standard has it."),
				 erroption("datestyle")));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
			 errmsg("\"%s\" has more than one reading as %s", shown,
					format_type_be(in->typid)),
			 errdetail("It does not say which of its fields are year, month and day."),
			 errhint("%s", datestyle_hint(in, text, style, rare)),
			 erroption("datestyle")));
}

/* By one style of those that may be meant; an error names those that read it. */
static bool
read_styled(InputReader *in, char *text, const ValueStyle *style, int rare,
			const ValueStyle *options, Datum *value, ErrorData **error)
{
	MemoryContext old = CurrentMemoryContext;
	volatile bool good = false;

	if (!(in->holds & HOLDS_DATES))
		return read_fixed(in, text, style, rare, value, error);
	PG_TRY();
	{
		good = read_fixed(in, text, style, rare, value, error);
	}
	PG_CATCH();
	{
		ErrorData  *e;

		MemoryContextSwitchTo(old);
		e = CopyErrorData();
		if (e->constraint_name == NULL ||
			strcmp(e->constraint_name, "datestyle") != 0)
			PG_RE_THROW();
		FlushErrorState();
		e->hint = datestyle_hint(in, text, options, rare);
		if (e->hint == NULL)
		{
			e->hint = pstrdup("No value of option \"datestyle\" reads it.");
			e->constraint_name = NULL;
		}
		ReThrowError(e);
	}
	PG_END_TRY();
	return good;
}

/*
 * Raise an error where the offset of a timetz comes from the table's zone and
 * is another in summer.  It does where two zones give two values.
 */
static void
check_offset(InputReader *in, char *text, const ValueStyle *style, int rare)
{
	ValueStyle	one = *style;
	ValueStyle	other = *style;
	Datum		values[2];

	if (!(in->holds & HOLDS_TIMETZ) || zone_is_fixed(style->zone) ||
		begins_with_year(text))
		return;
	one.zone = pg_tzset_offset(0);
	other.zone = pg_tzset_offset(OTHER_OFFSET);
	(void) read_fixed(in, text, &one, rare, &values[0], NULL);
	(void) read_fixed(in, text, &other, rare, &values[1], NULL);
	if (!datumIsEqual(values[0], values[1], in->typbyval, in->typlen))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("\"%s\" has no zone, and may be another value of type %s on another day",
						shown_text(text, strlen(text)),
						format_type_be(in->typid)),
				 errdetail("Option \"timezone\" is %s, whose offset changes.",
						   pg_get_timezone_name(style->zone)),
				 errhint("Declare the column with time without time zone, or set option \"timezone\" of the table to a zone of one offset."),
				 erroption("timezone")));
}

/* True if seconds end at this point: those of hh:mm:ss, or of hhmmss. */
static bool
is_behind_seconds(const char *text, const char *point)
{
	if (point - text >= 3 && point[-3] == ':')
		return literal_digits(point - 2, 2) == 2;
	return point - text >= 6 && literal_digits(point - 6, 6) == 6 &&
		(point - text == 6 || point[-7] == ' ' || (point[-7] | 0x20) == 't');
}

/*
 * Without the digits of seconds past the sixth, as times of commits and of
 * names are read: rounding would make 23:59:59.9999999 the next day, and the
 * end of the year 9999 the year 10000.  A copy where there are any.
 */
static char *
cut_seconds(char *text)
{
	char	   *from = text;
	char	   *point;
	char	   *copy = NULL;

	while ((point = strchr(from, '.')) != NULL)
	{
		size_t		n = literal_digits(point + 1, strlen(point + 1));

		from = point + 1 + n;
		if (n <= MAX_TIMESTAMP_PRECISION || !is_behind_seconds(text, point))
			continue;
		if (copy == NULL)
		{
			copy = pstrdup(text);
			from = copy + (from - text);
			point = copy + (point - text);
			text = copy;
		}
		memmove(point + 1 + MAX_TIMESTAMP_PRECISION, from, strlen(from) + 1);
		from = point + 1 + MAX_TIMESTAMP_PRECISION;
	}
	return text;
}

bool
input_read(InputReader *in, char *text, const ValueStyle *style,
		   Datum *value, ErrorData **error)
{
	int			rare = rare_settings(in->holds);
	ValueStyle	other = *style;
	Datum		again;

	if (text == NULL || in->holds == 0)
		return call_input(in, text, style, value, error);
	/* in a row it could be a field of any type */
	if ((in->holds & HOLDS_TIMES) && !(in->holds & HOLDS_ROWS))
		text = cut_seconds(text);
	if ((in->holds & HOLDS_TIMES) && has_word(text, iso_words, false))
	{
		check_clock(in->typid, text);
		if (strcmp(GetConfigOption("timezone_abbreviations", false, false),
				   "Default") != 0)
			rare |= RARE_ABBREVIATIONS;
	}
	check_offset(in, text, style, rare);
	if (!read_styled(in, text, style, rare, style, value, error))
		return false;
	if (style->told || !styles_matter(in, text))
		return true;
	other.date_order = DATEORDER_MDY;
	other.interval_style = INTSTYLE_SQL_STANDARD;
	if (!read_styled(in, text, &other, rare, style, &again, error))
		return false;
	if (!datumIsEqual(*value, again, in->typbyval, in->typlen))
		refuse_styles(in, text, style, rare, *value);
	return true;
}
