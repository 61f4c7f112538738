/*-------------------------------------------------------------------------
 *
 * record_json.c
 *	  A whole record as a JSON object, for the column with role row.
 *
 * Values stay the texts they are in the file: only declared columns have a
 * type, and nothing of the others is to be lost.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "log/record_json.h"

/*
 * The text as a JSON string.  A zero byte stays, as no escape could stand for
 * it: whoever makes a value of it says so.
 */
static void
append_string(StringInfo buf, const char *s, size_t len)
{
	const char *end = s + len;
	const char *plain = s;

	appendStringInfoChar(buf, '"');
	for (; s < end; s++)
	{
		unsigned char c = (unsigned char) *s;

		if (c != '"' && c != '\\' && (c >= ' ' || c == '\0'))
			continue;
		appendBinaryStringInfo(buf, plain, s - plain);
		plain = s + 1;
		if (c == '"' || c == '\\')
		{
			appendStringInfoChar(buf, '\\');
			appendStringInfoChar(buf, c);
		}
		else
			appendStringInfo(buf, "\\u%04x", c);
	}
	appendBinaryStringInfo(buf, plain, end - plain);
	appendStringInfoChar(buf, '"');
}

static const char *
column_name(const LogConfig *config, int col)
{
	const char *name = config->columns[col].names[0];

	return pg_server_to_any(name, strlen(name), PG_UTF8);
}

/* c1, c2, ... by the place among the columns; never a declared name. */
static const char *
undeclared_name(const LogConfig *config, int place)
{
	char	   *name = psprintf("c%d", place);

	for (int c = 0; c < config->ncolumns; c++)
	{
		if (config->columns[c].role == ROLE_NONE &&
			strcmp(config->columns[c].names[0], name) == 0)
		{
			name = psprintf("%s_", name);
			c = -1;
		}
	}
	return name;
}

void
record_json_label(const LogConfig *config, Layout *layout,
				  const CsvRecord *header)
{
	int			place = 0;
	StringInfoData labels;

	initStringInfo(&labels);
	layout->fields = palloc0(sizeof(LayoutField) * Max(layout->width, 1));
	for (int i = 0; i < layout->width; i++)
		layout->fields[i].label = layout->fields[i].col = -1;
	for (int c = config->ncolumns - 1; c >= 0; c--)
	{
		if (layout->pos[c] >= 0)
			layout->fields[layout->pos[c]].col = c;
	}
	for (int i = 0; i < layout->width; i++)
	{
		LayoutField *f = &layout->fields[i];
		const char *name;
		size_t		len;

		if (f->col < 0 && (i == layout->op || i == layout->time ||
						   i == layout->table || i == layout->schema))
			continue;
		place++;
		if (f->col < 0 && config->row_declared)
			continue;
		if (header != NULL)
		{
			name = csv_data(header, i);
			len = csv_field(header, i)->len;
		}
		else
		{
			name = f->col >= 0 ? column_name(config, f->col) :
				undeclared_name(config, place);
			len = strlen(name);
		}
		f->label = labels.len;
		append_string(&labels, name, len);
		appendStringInfoString(&labels, ": ");
		f->len = labels.len - f->label;
	}
	layout->labels = labels.data;
	layout->nlabels = labels.len;
}

Cell
record_json(const LogConfig *config, const LogRecord *rec)
{
	const Layout *layout = rec->layout;
	StringInfoData buf;
	const char *between = "{";
	Cell		cell;

	initStringInfo(&buf);
	for (int i = 0; i < layout->width; i++)
	{
		const LayoutField *f = &layout->fields[i];

		if (f->label < 0)
			continue;
		cell = record_field(config, rec, i, f->col);
		if (cell.state == CELL_UNSUPPLIED)
			continue;
		appendStringInfoString(&buf, between);
		appendBinaryStringInfo(&buf, layout->labels + f->label, f->len);
		if (cell.state == CELL_VALUE)
			append_string(&buf, cell.data, cell.len);
		else
			appendStringInfoString(&buf, "null");
		between = ", ";
	}
	if (buf.len == 0)
		appendStringInfoChar(&buf, '{');
	appendStringInfoChar(&buf, '}');
	cell.state = CELL_VALUE;
	cell.data = buf.data;
	cell.len = buf.len;
	return cell;
}
