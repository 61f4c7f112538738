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

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/pg_locale.h"

#include "base/compat.h"
#include "log/erroption.h"
#include "log/position.h"
#include "log/shown.h"
#include "replay/values/holds.h"
#include "replay/values/input.h"
#include "replay/values/refused.h"
#include "replay/values/settings.h"
#include "replay/values/timetext.h"

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

static int
rare_settings(int holds)
{
	return (holds & HOLDS_NAMES ? RARE_PATH : 0) |
		(holds & HOLDS_MONEY ? RARE_MONETARY : 0);
}

int
input_rare_settings(Oid typid)
{
	return rare_settings(holds_of_type(typid));
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

/* Their input functions cut a longer text off without a word. */
static size_t
kept_bytes(Oid typid)
{
	return typid == NAMEOID ? NAMEDATALEN - 1 : typid == CHAROID ? 1 : 0;
}

void
input_open(InputReader *in, Oid typid, int32 typmod, MemoryContext ctx)
{
	Oid			function;

	getTypeInputInfo(typid, &function, &in->ioparam);
	fmgr_info_cxt(function, &in->function, ctx);
	in->typid = typid;
	in->typmod = typmod;
	in->holds = holds_of_type(typid);
	in->digits = timetext_digits(typid, typmod);
	in->bytes = kept_bytes(getBaseType(typid));
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

static bool
zone_is_fixed(const pg_tz *zone)
{
	long		offset;

	return pg_get_timezone_offset(zone, &offset);
}

/* The input function refused the text. */
static void
read_error(void *arg)
{
	const ReadContext *r = arg;

	if (r->text != NULL &&
		ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_DATA_EXCEPTION)
		refused_hint(r->in, r->text, r->style);
}

static bool
call_input(InputReader *in, char *text, const ValueStyle *style, Datum *value,
		   ErrorData **error)
{
	ReadContext r = {.in = in,.style = style};
	ErrorContextCallback callback = {error_context_stack, read_error, &r};
	bool		good = true;

	r.text = text;
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

/*
 * The same where messages must not show the text, which types put into theirs,
 * into details and into the context: the error is raised anew without them.
 * What has another cause than the text passes.
 */
static bool
call_unseen(InputReader *in, char *text, const ValueStyle *style, Datum *value,
			ErrorData **error)
{
	MemoryContext old = CurrentMemoryContext;
	ErrorContextCallback *context = error_context_stack;
	volatile bool good = true;
	volatile int code = 0;

	error_context_stack = NULL;
	PG_TRY();
	{
		good = call_input(in, text, style, value, error);
	}
	PG_CATCH();
	{
		code = geterrcode();
		if (ERRCODE_TO_CATEGORY(code) == ERRCODE_OPERATOR_INTERVENTION ||
			ERRCODE_TO_CATEGORY(code) == ERRCODE_INSUFFICIENT_RESOURCES)
			PG_RE_THROW();
		MemoryContextSwitchTo(old);
		FlushErrorState();
	}
	PG_END_TRY();
	error_context_stack = context;
	if (code != 0)
		ereport(ERROR,
				(errcode(code),
				 errmsg("a value does not fit type %s", format_type_be(in->typid)),
				 errdetail("Values are shown only to who reads the foreign table directly, with rights to all of its columns.")));
	if (!good)
	{
		(*error)->message = psprintf("a value does not fit type %s",
									 format_type_be(in->typid));
		(*error)->detail = (*error)->hint = (*error)->context = NULL;
	}
	return good;
}

static bool
call_any(InputReader *in, char *text, const ValueStyle *style, Datum *value,
		 ErrorData **error)
{
	if (text != NULL && position_hides())
		return call_unseen(in, text, style, value, error);
	return call_input(in, text, style, value, error);
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
		good = call_any(in, text, style, value, error);
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
		return !timetext_begins_with_year(text);
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
		timetext_begins_with_year(text))
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
				 errhint("Declare the column with time without time zone, or set option \"timezone\" of the table to a zone of one offset, such as 'UTC', or '<+0530>-05:30' for the offset +05:30."),
				 erroption("timezone")));
}

/* As varchar refuses a text that it has no room for. */
static void
check_length(const InputReader *in, const char *text)
{
	if (in->bytes == 0 || strlen(text) <= in->bytes)
		return;
	/* from PostgreSQL 16 on a byte may be written as \ooo */
	if (in->bytes == 1 &&
		strcmp(text, DatumGetCString(DirectFunctionCall1(charout,
														 DirectFunctionCall1(charin, CStringGetDatum(text))))) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
			 errmsg("value too long for type %s", format_type_be(in->typid)),
			 errdetail_plural("It has %zu bytes, and the type keeps %zu byte.",
							  "It has %zu bytes, and the type keeps %zu bytes.",
							  in->bytes, strlen(text), in->bytes),
			 errhint("Declare the column as text.")));
}

bool
input_read(InputReader *in, char *text, const ValueStyle *style,
		   Datum *value, ErrorData **error)
{
	int			rare = rare_settings(in->holds);
	ValueStyle	other = *style;
	Datum		again;

	if (text != NULL)
		check_length(in, text);
	if (text == NULL || HOLDS_TEXT_ALONE(in->holds))
		return call_any(in, text, style, value, error);
	text = timetext_cut(text, in->typid, in->holds, in->digits);
	if ((in->holds & HOLDS_TIMES) && !timetext_is_iso(text))
	{
		timetext_check_clock(in->typid, text);
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
