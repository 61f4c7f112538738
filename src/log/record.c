/*-------------------------------------------------------------------------
 *
 * record.c
 *	  What the fields of a record mean: value, NULL, or not supplied.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/ascii.h"
#include "log/reader.h"
#include "log/shown.h"
#include "log/record_json.h"

static bool
field_is(const CsvRecord *csv, int field, const char *text)
{
	const CsvField *f = csv_field(csv, field);

	return text != NULL && f->len == strlen(text) &&
		memcmp(f->data, text, f->len) == 0;
}

/*
 * An empty unquoted field is NULL, except in a text column of a log whose NULL
 * is written as some other text.  A quoted field is always a value.
 */
static bool
field_is_null(const LogConfig *config, const LogRecord *rec, int field,
			  bool is_text)
{
	const CsvField *f = csv_field(&rec->csv, field);
	bool		named_null = config->null_value != NULL &&
		config->null_value[0] != '\0';

	if (f->quoted)
		return false;
	if (f->len == 0)
		return !named_null || !is_text || rec->op == LOG_DELETE;
	return named_null && field_is(&rec->csv, field, config->null_value);
}

Cell
record_field(const LogConfig *config, const LogRecord *rec, int i, int col)
{
	/* a field that is not declared is a text */
	bool		is_text = col < 0 || config->columns[col].is_text;
	Cell		cell = {NULL, 0, CELL_NULL};

	if (config->no_sup_value != NULL && !csv_field(&rec->csv, i)->quoted &&
		field_is(&rec->csv, i, config->no_sup_value))
		cell.state = CELL_UNSUPPLIED;
	else if (field_is_null(config, rec, i, is_text))
	{
		if (rec->op == LOG_UPDATE && col >= 0 &&
			config->columns[col].keep_on_null)
			cell.state = CELL_UNSUPPLIED;
	}
	else
	{
		cell.state = CELL_VALUE;
		cell.data = csv_data(&rec->csv, i);
		cell.len = csv_field(&rec->csv, i)->len;
	}
	return cell;
}

/* What a column is where the file has no field for it. */
static Cell
missing_cell(const LogColumn *col, const LogRecord *rec)
{
	Cell		cell = {NULL, 0, CELL_NULL};

	/* what a delete left is never shown */
	if (col->missing != NULL && rec->op != LOG_DELETE)
	{
		cell.state = CELL_VALUE;
		cell.data = col->missing;
		cell.len = strlen(col->missing);
	}
	return cell;
}

Cell
record_cell(const LogConfig *config, const LogRecord *rec, int col)
{
	int			field = rec->layout->pos[col];

	if (field >= 0)
		return record_field(config, rec, field, col);
	if (config->columns[col].role == ROLE_ROW)
		return record_json(config, rec);
	return missing_cell(&config->columns[col], rec);
}

Cell
record_key_cell(const LogConfig *config, const LogRecord *rec, int col)
{
	Cell		cell = record_cell(config, rec, col);
	int			field = rec->layout->pos[col];

	if (cell.state == CELL_VALUE && cell.len == 0 &&
		(field < 0 || !csv_field(&rec->csv, field)->quoted))
		cell.state = CELL_NULL;
	return cell;
}

char *
record_time_text(const LogRecord *rec)
{
	return shown_field(&rec->csv, rec->layout->time);
}

char *
record_sequence(const LogConfig *config, const LogRecord *rec, size_t *len)
{
	Cell		cell = {NULL, 0, CELL_NULL};
	const char *s;
	uint32		n;
	char	   *out;

	if (config->sequence >= 0)
		cell = record_cell(config, rec, config->sequence);
	if (cell.state != CELL_VALUE || cell.len == 0)
	{
		*len = 0;
		return NULL;
	}
	s = cell.data;
	n = cell.len;
	if (ascii_digits(s, n) < n)
	{
		/* not a number: behind all numbers, by bytes */
		out = palloc(n + 1);
		out[0] = 2;
		memcpy(out + 1, s, n);
		*len = n + 1;
		return out;
	}
	while (n > 1 && *s == '0')
	{
		s++;
		n--;
	}
	/* a number: the longer is the larger */
	out = palloc(n + 4);
	out[0] = 1;
	out[1] = (char) (n >> 16);
	out[2] = (char) (n >> 8);
	out[3] = (char) n;
	memcpy(out + 4, s, n);
	*len = n + 4;
	return out;
}
