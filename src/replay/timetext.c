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
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "log/literal.h"
#include "log/shown.h"
#include "replay/holds.h"
#include "replay/timetext.h"

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
	while (literal_is_digit(*s))
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
		timetext_check_clock(TupleDescAttr(desc, i)->atttypid, field.data);
		if (*s++ != ',')
			return;
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

/* True if seconds end at this point: those of hh:mm:ss, or of hhmmss. */
static bool
is_behind_seconds(const char *text, const char *point)
{
	if (point - text >= 3 && point[-3] == ':')
		return literal_digits(point - 2, 2) == 2;
	return point - text >= 6 && literal_digits(point - 6, 6) == 6 &&
		(point - text == 6 || point[-7] == ' ' || (point[-7] | 0x20) == 't');
}

char *
timetext_cut(char *text)
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
