/*-------------------------------------------------------------------------
 *
 * filter.c
 *	  Keys by which a reader may leave records out.
 *
 *
 * A record of a CSV file is left out where none of the keys' longest runs of
 * bytes stands in it, before its fields are found.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/filter.h"

KeyFilter *
filter_create(const LogConfig *config)
{
	KeyFilter  *filter = palloc0(sizeof(KeyFilter));

	filter->values = palloc(sizeof(FilterValue) * FILTER_MAX_KEYS *
							Max(config->nkeys, 1));
	return filter;
}

static void
add_number(CsvNeedle *needle, int64 number)
{
	char	   *text = psprintf(INT64_FORMAT, number);
	size_t		len;

	text += number < 0;
	len = strlen(text);
	if (len > needle->len)
		*needle = (CsvNeedle) {text, len, true};
}

/* The longest part of a text that stands in a file as it is. */
static void
add_text(CsvNeedle *needle, const LogConfig *config, const FilterValue *v)
{
	char		quote = config->dialect.quote;
	uint32		start = 0;

	for (uint32 i = 0; i <= v->len; i++)
	{
		if (i < v->len && (quote == 0 || v->text[i] != quote))
			continue;
		if (i - start > needle->len)
			*needle = (CsvNeedle) {v->text + start, i - start, false};
		start = i + 1;
	}
}

bool
filter_add(KeyFilter *filter, const LogConfig *config,
		   const FilterValue *values)
{
	CsvNeedle  *needle = &filter->needles[filter->nkeys];

	if (filter->nkeys == FILTER_MAX_KEYS)
		return false;
	for (int i = 0; i < config->nkeys; i++)
	{
		const FilterValue *v = &values[i];

		filter->values[filter->nkeys * config->nkeys + i] = *v;
		if (v->kind == FILTER_NUMBER)
			add_number(needle, v->number);
		else if (v->kind == FILTER_TEXT)
			add_text(needle, config, v);
	}
	filter->nkeys++;
	return needle->len > 0;
}
