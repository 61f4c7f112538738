/*-------------------------------------------------------------------------
 *
 * instant_text.c
 *	  Instants as texts: see instant_text.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "fdw/instant_text.h"
#include "log/erroption.h"

/* timestamptz has so many digits of a second. */
#define FRACTION_DIGITS 6

typedef struct InstantText
{
	const char *text;
	const char *label;
	const char *option;			/* NULL: a setting's or an argument's */
} InstantText;

/* ---- errors ---- */

static int
hint_form(const InstantText *t)
{
	if (t->option != NULL)
		return errhint("An instant reads like 2024-06-12 10:31:25; without a zone it is UTC.");
	return errhint("An instant reads like 2024-06-12 10:31:25; without a zone it is in the session's TimeZone.");
}

static void
raise_unreadable(const InstantText *t, const char *detail)
{
	ereport(ERROR,
			(errcode(t->option ? ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE :
					 ERRCODE_INVALID_DATETIME_FORMAT),
			 errmsg("invalid value for %s: \"%s\"", t->label, t->text),
			 errdetail_internal("%s", detail),
			 hint_form(t),
			 t->option ? erroption(t->option) : 0));
}

/* The input function refused what has the right form. */
static void
refused_by_input(void *arg)
{
	const InstantText *t = arg;

	if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION)
		return;
	errmsg("invalid value for %s: \"%s\"", t->label, t->text);
	errdetail("A field of it is out of range.");
	hint_form(t);
	if (t->option != NULL)
	{
		errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE);
		erroption(t->option);
	}
}

/* True if one of the words of text is word, in any case. */
static bool
has_word(const char *text, const char *word)
{
	size_t		len = strlen(word);

	while (*text != '\0')
	{
		const char *end = text;

		while (isalpha((unsigned char) *end))
			end++;
		if (end - text == len && pg_strncasecmp(text, word, len) == 0)
			return true;
		text = end > text ? end : text + 1;
	}
	return false;
}

static void
raise_no_instant(const InstantText *t)
{
	static const char *const moving[] = {
		"now", "today", "tomorrow", "yesterday"
	};

	for (int i = 0; i < lengthof(moving); i++)
		if (has_word(t->text, moving[i]))
			raise_unreadable(t, psprintf("\"%s\" is another instant at every reading.",
										 moving[i]));
	if (instant_text_pin(t->text) != NULL)
		raise_unreadable(t, "Only option \"asof\" and setting \"cdc_fdw.asof\" can name a pin.");
	raise_unreadable(t, "It is no date and time of ISO 8601.");
}

/* ---- the form ---- */

/* Pass over exactly n digits. */
static bool
pass_digits(const char **s, int n)
{
	for (int i = 0; i < n; i++)
		if (!isdigit((unsigned char) (*s)[i]))
			return false;
	*s += n;
	return true;
}

static bool
pass_char(const char **s, const char *any)
{
	if (**s == '\0' || strchr(any, **s) == NULL)
		return false;
	(*s)++;
	return true;
}

/* Two digits, behind a colon in the extended form. */
static bool
pass_pair(const char **s, bool extended)
{
	const char *at = *s;

	if ((extended && !pass_char(&at, ":")) || !pass_digits(&at, 2))
		return false;
	*s = at;
	return true;
}

/* YYYY-MM-DD or YYYYMMDD; from the year 10000 on the first, with its digits. */
static bool
pass_date(const char **s, bool *extended)
{
	int			digits = strspn(*s, "0123456789");

	*extended = (*s)[digits] == '-';
	if (!*extended)
		return pass_digits(s, 8);
	if (digits < 4 || digits > 6)
		return false;
	*s += digits + 1;
	return pass_digits(s, 2) && pass_char(s, "-") && pass_digits(s, 2);
}

/* HH:MM[:SS[.ffffff]], in the basic form without colons. */
static bool
pass_time(const InstantText *t, const char **s, bool extended)
{
	int			n = 0;

	if (!pass_digits(s, 2) || !pass_pair(s, extended))
		return false;
	if (!pass_pair(s, extended) || !pass_char(s, "."))
		return true;
	for (; isdigit((unsigned char) **s); (*s)++)
		if (n++ >= FRACTION_DIGITS && **s != '0')
			raise_unreadable(t, "It has more than six digits of a second.");
	return n > 0;
}

/* True for " UTC", which ISO 8601 lacks and PostgreSQL prints: it means Z. */
static bool
is_utc(const char *s)
{
	return pg_strcasecmp(s, " UTC") == 0;
}

/* Z, ±HH, ±HH:MM, ±HHMM, or with the seconds of a local mean time. */
static bool
pass_zone(const char **s)
{
	if (pass_char(s, "Zz"))
		return true;
	if (!pass_char(s, "+-") || !pass_digits(s, 2))
		return false;
	if (pass_pair(s, **s == ':'))
		(void) pass_pair(s, true);
	return true;
}

/*
 * What timestamptz_in() is to read, palloc'd, with the zone that the text
 * leaves open; NULL where it is not of ISO 8601.
 */
static char *
iso_text(const InstantText *t)
{
	const char *s = t->text;
	const char *zone = t->option ? "+00" : "";
	const char *end;
	bool		extended;

	if (!pass_date(&s, &extended))
		return NULL;
	if (*s == '\0' || is_utc(s))
		return psprintf("%.*s 00:00:00%s", (int) (s - t->text), t->text,
						*s == '\0' ? zone : "+00");
	if (!pass_char(&s, "Tt ") || !pass_time(t, &s, extended))
		return NULL;
	if (*s == '\0' || is_utc(s))
		return psprintf("%.*s%s", (int) (s - t->text), t->text,
						*s == '\0' ? zone : "+00");
	end = s;
	(void) pass_char(&s, " ");
	if (!pass_zone(&s) || *s != '\0')
		return NULL;
	/* a blank before the zone is no part of the form */
	return psprintf("%.*s%s", (int) (end - t->text), t->text,
					*end == ' ' ? end + 1 : end);
}

TimestampTz
instant_text_read(const char *text, const char *label, const char *option)
{
	InstantText t;
	ErrorContextCallback callback;
	char	   *iso;
	Datum		value;

	t.text = text;
	t.label = label;
	t.option = option;
	if (pg_strcasecmp(text, "infinity") == 0)
		return DT_NOEND;
	if (pg_strcasecmp(text, "-infinity") == 0)
		return DT_NOBEGIN;
	iso = iso_text(&t);
	if (iso == NULL)
		raise_no_instant(&t);
	callback.callback = refused_by_input;
	callback.arg = &t;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	value = DirectFunctionCall3(timestamptz_in, CStringGetDatum(iso),
								ObjectIdGetDatum(InvalidOid),
								Int32GetDatum(-1));
	error_context_stack = callback.previous;
	return DatumGetTimestampTz(value);
}

TimestampTz
instant_text_asof(const char *text, const char *label, const char *option)
{
	if (pg_strcasecmp(text, "watermark") == 0)
		return ASOF_AT_WATERMARK;
	return instant_text_read(text, label, option);
}

const char *
instant_text_pin(const char *asof)
{
	return pg_strncasecmp(asof, "pin:", 4) == 0 ? asof + 4 : NULL;
}

char *
instant_text_write(TimestampTz at)
{
	char		buf[MAXDATELEN + 1];
	struct pg_tm tm;
	fsec_t		fsec;
	int			zone;

	if (TIMESTAMP_IS_NOBEGIN(at))
		return pstrdup("-infinity");
	if (TIMESTAMP_IS_NOEND(at))
		return pstrdup("infinity");
	if (timestamp2tm(at, &zone, &tm, &fsec, NULL, pg_tzset("GMT")) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	EncodeDateTime(&tm, fsec, true, zone, NULL, USE_ISO_DATES, buf);
	return pstrdup(buf);
}

/* ---- arguments ---- */

/*
 * True if argument n of the SQL function is a text: its overloads share the C
 * function.
 */
static bool
takes_text(Oid funcid, int n)
{
	Oid		   *types;
	int			ntypes;

	(void) get_func_signature(funcid, &types, &ntypes);
	return n < ntypes && types[n] == TEXTOID;
}

TimestampTz
instant_text_arg(FunctionCallInfo fcinfo, int n, const char *name, bool watermark)
{
	char	   *said;
	char	   *label;

	if (!takes_text(fcinfo->flinfo->fn_oid, n))
		return PG_GETARG_TIMESTAMPTZ(n);
	said = text_to_cstring(PG_GETARG_TEXT_PP(n));
	label = psprintf("argument \"%s\"", name);
	return watermark ? instant_text_asof(said, label, NULL) :
		instant_text_read(said, label, NULL);
}
