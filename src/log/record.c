/*-------------------------------------------------------------------------
 *
 * record.c
 *	  What the fields of a record mean: value, NULL, or not supplied.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/reader.h"

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
record_cell(const LogConfig *config, const LogRecord *rec, int col)
{
	const LogColumn *c = &config->columns[col];
	int			field = rec->layout->pos[col];
	Cell		cell = {NULL, 0, CELL_NULL};

	if (field < 0)
	{
		/* what a delete left is never shown */
		if (c->missing != NULL && rec->op != LOG_DELETE)
		{
			cell.state = CELL_VALUE;
			cell.data = c->missing;
			cell.len = strlen(c->missing);
		}
		return cell;
	}
	if (config->no_sup_value != NULL && !csv_field(&rec->csv, field)->quoted &&
		field_is(&rec->csv, field, config->no_sup_value))
		cell.state = CELL_UNSUPPLIED;
	else if (field_is_null(config, rec, field, c->is_text))
	{
		if (c->keep_on_null && rec->op == LOG_UPDATE)
			cell.state = CELL_UNSUPPLIED;
	}
	else
	{
		cell.state = CELL_VALUE;
		cell.data = csv_data(&rec->csv, field);
		cell.len = csv_field(&rec->csv, field)->len;
	}
	return cell;
}

char *
record_sequence(const LogConfig *config, const LogRecord *rec, size_t *len)
{
	Cell		cell = {NULL, 0, CELL_NULL};
	const char *s;
	uint32		n;
	uint32		digits = 0;
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
	while (digits < n && s[digits] >= '0' && s[digits] <= '9')
		digits++;
	if (digits < n)
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
