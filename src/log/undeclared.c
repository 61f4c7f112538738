/*-------------------------------------------------------------------------
 *
 * undeclared.c
 *	  What a file has that matters for the answer and is not declared.
 *
 * A log with commit times that nobody declared answers by the file clock, and
 * one with before images keeps the old rows of changed keys: both look right.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "log/erroption.h"
#include "log/position.h"
#include "log/undeclared.h"
#include "log/shown.h"

#define BEFORE_PREFIX	"BI_"
/* Records that are looked at. */
#define LOOK_AT_MOST	100

/* The column that takes the field, or NULL. */
static const LogColumn *
column_of(const LogConfig *config, const Layout *layout, int field)
{
	for (int c = 0; c < config->ncolumns; c++)
		if (layout->pos[c] == field)
			return &config->columns[c];
	return NULL;
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

/* In a transaction file: is it a record of another table? */
static bool
is_others(const LogConfig *config, const Layout *layout, const CsvRecord *r)
{
	size_t		len = layout->table < 0 ? 0 : strlen(config->table_name);

	return layout->table >= 0 &&
		(layout->table >= r->nfields ||
		 csv_field(r, layout->table)->len != len ||
		 memcmp(csv_data(r, layout->table), config->table_name, len) != 0);
}

/* True if the field is a time in all records from one on, at least one. */
static bool
holds_times(const LogConfig *config, const Layout *layout, CsvReader *csv,
			size_t from, int field)
{
	size_t		n = Min(csv_count(csv), LOOK_AT_MOST + from);
	bool		any = false;

	for (size_t i = from; i < n; i++)
	{
		CsvRecord	r;
		int64		t;

		csv_get(csv, i, &r);
		if (is_others(config, layout, &r))
			continue;
		if (r.nfields != layout->width ||
			!name_parse_timestamp(csv_data(&r, field),
								  csv_field(&r, field)->len, &t))
			return false;
		any = true;
	}
	return any;
}

/* The field of the header that is the before image of a column, or -1. */
static int
before_field(const LogColumn *column, const CsvRecord *header)
{
	for (int n = 0; n < column->nnames; n++)
	{
		char	   *name = psprintf(BEFORE_PREFIX "%s", column->names[n]);
		size_t		len = strlen(name);

		CHECK_FOR_INTERRUPTS();
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
						 shown_field(&header, i), column->attname);
	}
	if (config->timestamp_said || layout->op < 0 || time >= layout->width ||
		column_of(config, layout, time) != NULL ||
		!holds_times(config, layout, csv, 1, time))
		return;
	csv_get(csv, 0, &header);
	config->tell(config, UNDECLARED_TIME, shown_field(&header, time),
				 NULL);
}

void
undeclared_check(const LogConfig *config, const Layout *layout, CsvReader *csv,
				 const CsvRecord *first)
{
	/* in a transaction file it stands behind the schema */
	int			field = Max(layout->op, layout->schema) + 1;
	const LogColumn *column = column_of(config, layout, field);
	char	   *text;

	if (config->timestamp_said || layout->op < 0 || field >= layout->width ||
		(column != NULL && !column->is_text))
		return;
	text = shown_field(first, field);
	if (!holds_times(config, layout, csv, 0, field))
		return;
	if (column == NULL)
	{
		if (config->tell != NULL && !position_hides())
			config->tell(config, UNDECLARED_TIME,
						 psprintf("field %d", field + 1), NULL);
		return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("field %d is a time in every record looked at: the commit time, or column \"%s\"",
					field + 1, column->attname),
			 errdetail("In the first record it is \"%s\".", text),
			 errhint("If the task writes a commit time there (TimestampColumnName), set timestamp_column_name; if it is a value, set timestamp_column_name ''."),
			 erroption("timestamp_column_name")));
}
