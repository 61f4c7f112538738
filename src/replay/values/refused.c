/*-------------------------------------------------------------------------
 *
 * refused.c
 *	  What may help where a type refused a text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

#include "base/ascii.h"
#include "log/erroption.h"
#include "log/line_ends.h"
#include "log/literal.h"
#include "replay/values/holds.h"
#include "replay/values/refused.h"
#include "replay/values/timetext.h"

/*
 * True if there is a date in the text whose first field has less than three
 * digits: it is not in ISO form, and nothing says which order it has.
 */
static bool
has_unordered_date(const char *text)
{
	for (const char *s = text; *s != '\0'; s++)
	{
		const char *first = s;
		size_t		n;
		char		separator;

		CHECK_FOR_INTERRUPTS();
		while (ascii_is_digit(*s))
			s++;
		n = s - first;
		if (n == 0)
			continue;
		separator = *s;
		if (n < 3 && (separator == '/' || separator == '-' ||
					  separator == '.' || separator == ' '))
		{
			const char *second = s + 1;

			while (isalnum((unsigned char) *second))
				second++;
			if (second > s + 1 && *second == separator &&
				ascii_is_digit(second[1]))
				return true;
		}
		/* the other fields of a date that began with its year */
		while (ascii_is_digit(*s) || *s == '-' || *s == '/' || *s == '.' ||
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

static bool
is_truth(const char *text, size_t len)
{
	static const char *const truths[] = {
		"t", "f", "true", "false", "y", "n", "yes", "no"
	};

	for (int i = 0; i < lengthof(truths); i++)
		if (strlen(truths[i]) == len &&
			pg_strncasecmp(text, truths[i], len) == 0)
			return true;
	return false;
}

/* The type that a value, refused by its own, is one of; NULL: none comes to mind. */
static const char *
likely_type(Oid typid, const char *text)
{
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
			return is_truth(text, len) ? "boolean" : NULL;
		case BOOLOID:
			if (literal_number(text, len, &n))
				return n.point || n.exponent ? "numeric" : "integer";
			return "text";
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return ascii_digits(text, len) <= 2 && memchr(text, ':', len) &&
				memchr(text, '/', len) == NULL &&
				memchr(text, '-', len) == NULL ? "time" : NULL;
		case TIMEOID:
		case TIMETZOID:
			return timetext_begins_with_year(text) && memchr(text, ':', len) == NULL ?
				"date" : NULL;
		default:
			return NULL;
	}
}

void
refused_hint(const InputReader *in, const char *text, const ValueStyle *style)
{
	Oid			base = getBaseType(in->typid);
	int			code = geterrcode();
	const char *type;
	size_t		len = strlen(text);

	if (len > 0 && text[len - 1] == '\r')
	{
		/* some lines of the file end so, or '\n' was said to end them */
		errhint("The value ends in a carriage return. " LINE_ENDS_HINT);
		erroption("csv_row_delimiter");
		return;
	}
	type = likely_type(base, text);
	if (type != NULL)
		errhint("The value looks like one of type %s: declare it so.",
				type);
	else if ((code == ERRCODE_INVALID_DATETIME_FORMAT ||
			  code == ERRCODE_DATETIME_FIELD_OVERFLOW) &&
			 (in->holds & HOLDS_DATES))
	{
		/* which values read it is found out once the error is caught */
		if (has_unordered_date(text))
			erroption("datestyle");
		else if (style->told)
			errhint("Dates are read as option \"datestyle\" says.");
		else
			errhint("Dates are read as year, month and day, as in 2024-12-31.");
	}
}
