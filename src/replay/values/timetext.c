/*-------------------------------------------------------------------------
 *
 * timetext.c
 *	  Texts of dates and times, before their types read them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "base/ascii.h"
#include "log/shown.h"
#include "replay/values/holds.h"
#include "replay/values/timetext.h"

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
	{
		CHECK_FOR_INTERRUPTS();
		if (word_is_one_of(word, len, list) == of_list)
			return true;
	}
	return false;
}

/* Letters of a time in ISO form. */
static const char *const iso_words[] = {"t", "z", NULL};

bool
timetext_is_iso(const char *text)
{
	return !has_word(text, iso_words, false);
}

bool
timetext_begins_with_year(const char *text)
{
	const char *s = text;

	while (*s == ' ')
		s++;
	text = s;
	while (ascii_is_digit(*s))
		s++;
	return s - text >= 4 && *s == '-';
}

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

static void
refuse_clock(Oid typid, const char *text)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
			 errmsg("\"%s\" may be another value of type %s on another day",
					shown_text(text, strlen(text)), format_type_be(typid)),
			 errhint("Declare the column as text, or have the source write the value out.")));
}

/*
 * The field of a row's text at s, as record_in() takes it, and the comma or
 * parenthesis behind it, or the end of a text that record_in() will refuse.
 */
static const char *
row_field(const char *s, StringInfo field)
{
	bool		quoted = false;

	resetStringInfo(field);
	for (; *s != '\0' && (quoted || (*s != ',' && *s != ')')); s++)
	{
		CHECK_FOR_INTERRUPTS();
		if (*s == '\\' && s[1] != '\0')
			appendStringInfoChar(field, *++s);
		else if (*s == '"' && quoted && s[1] == '"')
			appendStringInfoChar(field, *++s);
		else if (*s == '"')
			quoted = !quoted;
		else
			appendStringInfoChar(field, *s);
	}
	return s;
}

/* The first field of a row's text, or NULL where record_in() will find none. */
static const char *
row_begin(const char *s)
{
	while (isspace((unsigned char) *s))
		s++;
	return *s == '(' ? s + 1 : NULL;
}

static void
check_row_clock(Oid typid, const char *text)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(typid, -1);
	const char *s = row_begin(text);
	StringInfoData field;

	initStringInfo(&field);
	for (int i = 0; s != NULL && i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attisdropped)
			continue;
		s = row_field(s, &field);
		timetext_check_clock(TupleDescAttr(desc, i)->atttypid, field.data);
		s = *s == ',' ? s + 1 : NULL;
	}
}

void
timetext_check_clock(Oid typid, const char *text)
{
	Oid			base = getBaseType(typid);
	int			holds = holds_of_type(base);

	if (!(holds & HOLDS_TIMES))
		return;
	if (get_typtype(base) == TYPTYPE_COMPOSITE)
		check_row_clock(base, text);
	else if (has_word(text, clock_words, true) ||
			 ((holds & HOLDS_TIMETZ) && !(holds & HOLDS_ROWS) &&
			  !timetext_begins_with_year(text) &&
			  has_word(text, timetz_words, false)))
		refuse_clock(typid, text);
}

/* ---- seconds ---- */

int
timetext_digits(Oid typid, int32 typmod)
{
	Oid			base = getBaseTypeAndTypmod(typid, &typmod);
	Oid			inner = get_element_type(base);

	if (!OidIsValid(inner) && get_typtype(base) == TYPTYPE_MULTIRANGE)
		base = get_multirange_range(base);
	if (!OidIsValid(inner) && get_typtype(base) == TYPTYPE_RANGE)
		inner = get_range_subtype(base);
	if (OidIsValid(inner))
		return timetext_digits(inner, typmod);
	if (typmod < 0)
		return MAX_TIMESTAMP_PRECISION;
	switch (base)
	{
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return typmod;
		case INTERVALOID:
			return Min(INTERVAL_PRECISION(typmod), MAX_INTERVAL_PRECISION);
		default:
			return MAX_TIMESTAMP_PRECISION;
	}
}

/* Microseconds in the last of so many digits of a second. */
static const int64 unit_of[] = {1000000, 100000, 10000, 1000, 100, 10, 1};

int64
timetext_cut_time(int64 time, int digits)
{
	int64		past = time % unit_of[digits];

	/* before 2000 times are negative */
	return TIMESTAMP_NOT_FINITE(time) ? time :
		time - (past < 0 ? past + unit_of[digits] : past);
}

int64
timetext_last(int64 time, int digits)
{
	return TIMESTAMP_NOT_FINITE(time) ? time : time + unit_of[digits] - 1;
}

/*
 * True if the digits before this point are seconds: those of h:mm:ss, or of
 * hhmmss behind a date, or alone.
 */
static bool
is_behind_seconds(const char *text, const char *point)
{
	const char *s = point;

	while (s > text && ascii_is_digit(s[-1]))
		s--;
	if (point - s == 6)
		return s == text || s[-1] == 't' || s[-1] == 'T' ||
			!(isalnum((unsigned char) s[-1]) || s[-1] == '.' || s[-1] == ':');
	return point > s && s > text && s[-1] == ':';
}

/*
 * True if the time before this point is the end of a day: fractions of a second
 * behind it are of no day, and without them nothing would show that.  PostgreSQL
 * takes them only in hhmmss behind a date, as of the next day.
 */
static bool
is_end_of_day(const char *text, const char *point)
{
	size_t		len = point - text;

	return (len >= 8 && (memcmp(point - 8, "24:00:00", 8) == 0 ||
						 memcmp(point - 8, "23:59:60", 8) == 0)) ||
		(len == 6 && (memcmp(text, "240000", 6) == 0 ||
					  memcmp(text, "235960", 6) == 0));
}

/*
 * True if what stands behind the digits of a number makes it one of seconds in
 * an interval: their name, or nothing.
 */
static bool
is_before_seconds(const char *s)
{
	while (*s == ' ')
		s++;
	return *s == '\0' || strchr("sS,}])\"", *s) != NULL;
}

/*
 * Without digits of seconds past so many.  Where none are left a zero stays
 * behind the point: 10:02.5 is of minutes and seconds, 10:02 of hours.
 */
static char *
cut_fractions(char *text, bool intervals, int digits)
{
	const char *from = text;
	const char *rest = text;	/* not copied yet */
	const char *point;
	char	   *copy = NULL;
	char	   *to = NULL;

	/* a value may be an array of a million times */
	while ((point = strchr(from, '.')) != NULL)
	{
		int			kept = Max(digits, 1);

		CHECK_FOR_INTERRUPTS();
		for (from = point + 1; ascii_is_digit(*from); from++)
			 /* to the end of the fraction */ ;
		if (from - (point + 1) <= digits ||
			!(is_behind_seconds(text, point) ||
			  (intervals && is_before_seconds(from))))
			continue;
		/* its type is to refuse it, as it does where there is room for it */
		if (!intervals && is_end_of_day(text, point))
			continue;
		if (copy == NULL)
			to = copy = MemoryContextAllocHuge(CurrentMemoryContext,
											   strlen(text) + 1);
		memcpy(to, rest, point + 1 - rest);
		to += point + 1 - rest;
		memcpy(to, digits == 0 ? "0" : point + 1, kept);
		to += kept;
		rest = from;
	}
	if (copy == NULL)
		return text;
	strcpy(to, rest);
	return copy;
}

static void
put_field(StringInfo row, const char *field)
{
	appendStringInfoChar(row, '"');
	for (; *field != '\0'; field++)
	{
		CHECK_FOR_INTERRUPTS();
		if (*field == '"' || *field == '\\')
			appendStringInfoChar(row, *field);
		appendStringInfoChar(row, *field);
	}
	appendStringInfoChar(row, '"');
}

/* A row of which no field has such digits stays as it is written. */
static char *
cut_row(char *text, Oid typid)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(typid, -1);
	const char *s = row_begin(text);
	const char *end = s;
	bool		changed = false;
	StringInfoData field;
	StringInfoData row;

	initStringInfo(&field);
	initStringInfo(&row);
	appendStringInfoChar(&row, '(');
	for (int i = 0; s != NULL && i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		char	   *value;

		if (att->attisdropped)
			continue;
		end = row_field(s, &field);
		value = timetext_cut(field.data, att->atttypid,
							 holds_of_type(att->atttypid),
							 timetext_digits(att->atttypid, att->atttypmod));
		changed = changed || value != field.data;
		/* a field of no bytes is NULL */
		if (end > s)
			put_field(&row, value);
		s = *end == ',' ? end + 1 : NULL;
		if (s != NULL)
		{
			appendStringInfoChar(&row, ',');
			end = s;
		}
	}
	if (!changed)
		return text;
	appendStringInfoString(&row, end);
	return row.data;
}

char *
timetext_cut(char *text, Oid typid, int holds, int digits)
{
	Oid			base;

	if (!(holds & (HOLDS_TIMES | HOLDS_INTERVALS)))
		return text;
	if (!(holds & HOLDS_ROWS))
		return cut_fractions(text, (holds & HOLDS_INTERVALS) != 0, digits);
	base = getBaseType(typid);
	/* rows in an array are not taken apart */
	return get_typtype(base) == TYPTYPE_COMPOSITE ? cut_row(text, base) : text;
}
