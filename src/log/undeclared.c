/*-------------------------------------------------------------------------
 *
 * undeclared.c
 *	  What a header names that matters for the answer and is not declared.
 *
 * A log with commit times that nobody declared answers by the file clock, and
 * one with before images keeps the old rows of changed keys: both look right.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/position.h"
#include "log/undeclared.h"

#define BEFORE_PREFIX	"BI_"
/* Records that are looked at. */
#define LOOK_AT_MOST	100

static bool
is_declared(const LogConfig *config, const Layout *layout, int field)
{
	for (int c = 0; c < config->ncolumns; c++)
		if (layout->pos[c] == field)
			return true;
	return false;
}

/* True if a column is declared as the before image of that key column. */
static bool
has_before(const LogConfig *config, int key)
{
	for (int c = 0; c < config->ncolumns; c++)
		if (config->columns[c].before_of == key)
			return true;
	return false;
}

static bool
holds_times(CsvReader *csv, int field, int width)
{
	size_t		n = Min(csv_count(csv), LOOK_AT_MOST + 1);

	for (size_t i = 1; i < n; i++)
	{
		CsvRecord	r;
		int64		t;

		csv_get(csv, i, &r);
		if (r.nfields != width ||
			!name_parse_timestamp(csv_data(&r, field),
								  csv_field(&r, field)->len, &t))
			return false;
	}
	return n > 1;
}

/* The field of the header that is the before image of a column, or -1. */
static int
before_field(const LogColumn *column, const CsvRecord *header)
{
	for (int n = 0; n < column->nnames; n++)
	{
		char	   *name = psprintf(BEFORE_PREFIX "%s", column->names[n]);
		size_t		len = strlen(name);

		for (int i = 0; i < header->nfields; i++)
			if (csv_field(header, i)->len == len &&
				pg_strncasecmp(csv_data(header, i), name, len) == 0)
				return i;
		pfree(name);
	}
	return -1;
}

void
undeclared_tell(const LogConfig *config, const Layout *layout, CsvReader *csv)
{
	int			time = layout->op + 1;
	CsvRecord	header;

	/* a name of the header may be a value, and is needed to mend it */
	if (config->tell == NULL || position_hides())
		return;
	csv_get(csv, 0, &header);
	for (int k = 0; k < config->nkeys; k++)
	{
		const LogColumn *column = &config->columns[config->keys[k]];
		int			i = before_field(column, &header);

		if (i >= 0 && !has_before(config, config->keys[k]))
			config->tell(config, UNDECLARED_BEFORE,
						 layout_field_text(&header, i), column->attname);
	}
	if (config->timestamp_said || layout->op < 0 || time >= layout->width ||
		is_declared(config, layout, time) ||
		!holds_times(csv, time, layout->width))
		return;
	csv_get(csv, 0, &header);
	config->tell(config, UNDECLARED_TIME, layout_field_text(&header, time),
				 NULL);
}
