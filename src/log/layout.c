/*-------------------------------------------------------------------------
 *
 * layout.c
 *	  Where op, commit time and columns stand in the records of one file.
 *
 * DMS writes op, timestamp, then the table's columns, then what transformation
 * rules add; transaction files put table and schema behind the op.  LOAD files
 * have an op only where IncludeOpForFullLoad says so.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/ascii.h"
#include "log/erroption.h"
#include "log/advice.h"
#include "log/evidence_columns.h"
#include "log/layout.h"
#include "log/line_ends.h"
#include "log/names.h"
#include "log/places.h"
#include "log/evidence_op.h"
#include "log/record_json.h"
#include "log/repeated.h"
#include "log/shown.h"

static Layout *
layout_create(const LogConfig *config)
{
	Layout	   *l = palloc0(sizeof(Layout));

	l->op = l->time = l->table = l->schema = -1;
	l->pos = palloc(sizeof(int) * Max(config->ncolumns, 1));
	for (int i = 0; i < config->ncolumns; i++)
		l->pos[i] = -1;
	return l;
}

/*
 * Files with a header
 */

/* The header's names, palloc'd. */
static HeaderName *
header_names(const CsvRecord *header)
{
	HeaderName *names = palloc(sizeof(HeaderName) * Max(header->nfields, 1));

	for (int i = 0; i < header->nfields; i++)
		names[i] = names_field(csv_data(header, i),
							   csv_field(header, i)->len, i);
	return names;
}

static void
check_header(const CsvRecord *header)
{
	HeaderName *names = header_names(header);
	int			twice = repeated_name(names, header->nfields);

	if (twice >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("the header names column \"%s\" twice",
						shown_field(header, twice))));
	pfree(names);
}

/* True for digits: few columns are called so, and many values written. */
static bool
is_digits(const CsvRecord *r, int i)
{
	uint32		len = csv_field(r, i)->len;

	return len > 0 && ascii_digits(csv_data(r, i), len) == len;
}

/* Is it no header, but a record? */
static bool
looks_like_data(const LogConfig *config, const CsvRecord *header)
{
	int64		t;

	for (int i = 0; i < Min(header->nfields, 4); i++)
		if (name_parse_timestamp(csv_data(header, i),
								 csv_field(header, i)->len, &t) ||
			is_digits(header, i))
			return true;
	return header->nfields > 0 && !csv_field(header, 0)->quoted &&
		op_begins_record(config, csv_data(header, 0),
							 csv_field(header, 0)->len);
}

/* The field of a header that differs from a name only in case, shown, or NULL. */
static char *
folded_field(const CsvRecord *header, const char *name)
{
	if (position_hides())
		return NULL;
	for (int i = 0; i < header->nfields; i++)
		if (csv_field(header, i)->len == strlen(name) &&
			pg_strncasecmp(csv_data(header, i), name, strlen(name)) == 0)
			return shown_field(header, i);
	return NULL;
}

/*
 * The hint for a header that lacks a name, and the option that decides: option
 * and otherwise, unless the header shows another cause.
 */
static int
header_hint(const LogConfig *config, const CsvRecord *header,
			const char *name, const char *option, const char *otherwise)
{
	char	   *delimiter = advice_for_delimiter(config, header);
	char	   *folded = folded_field(header, name);

	if (delimiter != NULL)
	{
		erroption("csv_delimiter");
		return errhint("%s", delimiter);
	}
	if (looks_like_data(config, header))
	{
		erroption("add_column_name");
		return errhint("The file's first record looks like data: without AddColumnName in the task, leave out add_column_name.");
	}
	erroption(option);
	if (folded != NULL)
		return errhint("The header has \"%s\", which other files or columns show to be another field: if it is the one that is meant, set %s to \"%s\".",
					   folded, option, folded);
	return errhint("%s", otherwise);
}

/*
 * Find what is declared in a header.  A name that differs in case only is not
 * taken where another file of the log shows that it is another field, and is an
 * error where a file has several of which it may be any.
 */
static void
find_names(const LogConfig *config, Store *store, const LogFile *file,
		   const CsvRecord *header, Layout *l)
{
	int			wanted = NAMES_WANTED(config);
	HeaderName *names = header_names(header);
	int		   *pos = palloc(sizeof(int) * wanted);
	NameTwin   *twin = palloc0(sizeof(NameTwin) * wanted);
	bool	   *folded = palloc0(sizeof(bool) * wanted);
	bool		looks = false;

	l->folded = palloc(sizeof(bool) * wanted);
	l->twin = palloc(sizeof(bool) * wanted);
	names_find(config, names, header->nfields, pos, l->folded);
	line_ends_check_header(config, names, header->nfields, pos);
	for (int i = 0; i < wanted; i++)
	{
		twin[i] = names_twin(config, names, header->nfields, pos, l->folded,
							 i);
		l->twin[i] = twin[i] != NAME_ALONE;
		folded[i] = l->folded[i];
		looks |= folded[i] || twin[i] == NAME_SEVERAL;
	}
	if (looks)
		evidence_find_twins(file->evidence, store, config, twin, folded);
	for (int i = 0; i < wanted; i++)
	{
		if (folded[i] && twin[i] == NAME_SEVERAL)
			layout_twin_column(config, i);
		if (l->folded[i] && twin[i] == NAME_BESIDE)
		{
			pos[i] = -1;
			l->folded[i] = false;
		}
	}
	memcpy(l->pos, pos, sizeof(int) * config->ncolumns);
	l->op = pos[NAMES_OP(config)];
	l->time = pos[NAMES_TIME(config)];
	pfree(names);
	pfree(pos);
	pfree(twin);
	pfree(folded);
}

Layout *
layout_from_header(const LogConfig *config, LayoutFile kind, Store *store,
				   const LogFile *file, const CsvRecord *header)
{
	Layout	   *l = layout_create(config);
	const char *owner = NULL;	/* the column that has the operation's name */

	check_header(header);
	l->by_name = true;
	l->width = header->nfields;
	find_names(config, store, file, header, l);
	for (int c = 0; c < config->ncolumns; c++)
	{
		const LogColumn *col = &config->columns[c];

		CHECK_FOR_INTERRUPTS();
		if (l->pos[c] < 0 && col->key && col->role == ROLE_NONE)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
					 errmsg("the header has no key column \"%s\"", col->names[0]),
					 header_hint(config, header, col->names[0], "column_name",
								 "Name the file's column in column option column_name.")));
	}
	if (config->timestamp_column)
	{
		if (l->time < 0 && kind != LAYOUT_LOAD)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
					 errmsg("the header has no timestamp column \"%s\"",
							config->timestamp_column),
					 header_hint(config, header, config->timestamp_column,
								 "timestamp_column_name",
								 "timestamp_column_name must be as in the task's TimestampColumnName.")));
	}
	for (int c = 0; c < config->ncolumns; c++)
		if (l->op >= 0 && l->pos[c] == l->op)
		{
			l->op = -1;			/* the table has a column of that name */
			owner = config->columns[c].attname;
		}
	/* deletes would be taken for rows */
	if (l->op < 0 && kind != LAYOUT_LOAD && !config->inserts_only &&
		!config->inserts_and_updates)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
				 owner != NULL ?
				 errmsg("the header has no operation column \"%s\" beside column \"%s\"",
						names_op(config), owner) :
				 errmsg("the header has no operation column \"%s\"",
						names_op(config)),
				 owner != NULL ?
				 (erroption("op_column_name"),
				  errhint("If \"%s\" is the operation, give the column the option role 'op', or drop it. If it is a column of the source, set op_column_name to the name of the operation.",
						  names_op(config))) :
				 header_hint(config, header, names_op(config), "op_column_name",
							 "If the operation has another name, set op_column_name to it. If the task writes none, set cdc_inserts_only or cdc_inserts_and_updates.")));
	if (config->whole_row >= 0)
		record_json_label(config, l, header);
	return l;
}

/*
 * Files without header
 */

typedef struct Shape
{
	bool		op;
	bool		time;
} Shape;

static bool
shape_fits(const LogConfig *config, const CsvRecord *r, Shape s,
		   int total, int required, const int *places)
{
	int			ncols = r->nfields - s.op - s.time;
	int64		t;
	const LogColumn *column = places_first(config, places);
	bool		looks_time;
	bool		looks_op = r->nfields > 0 && !csv_field(r, 0)->quoted &&
		op_begins_record(config, csv_data(r, 0), csv_field(r, 0)->len);

	if (ncols < required || ncols > total)
		return false;
	if (s.op && !looks_op)
		return false;
	if (!s.op && !s.time && looks_op && column != NULL && !column->takes_op)
		return false;
	looks_time = r->nfields > s.op &&
		name_parse_timestamp(csv_data(r, s.op), csv_field(r, s.op)->len, &t);
	/* more likely the timestamp of a record that is too narrow */
	if (!s.time && config->timestamp_column && looks_time &&
		(column == NULL || column->is_text))
		return false;
	return !s.time || looks_time;
}

/*
 * The shapes a file may have, likeliest first; returns how many.  An op can be
 * missing from CDC files only where the task writes inserts (and updates).
 */
static int
likely_shapes(const LogConfig *config, LayoutFile file, Shape *shapes)
{
	bool		may_lack_op = file == LAYOUT_LOAD || config->inserts_only ||
		config->inserts_and_updates;
	bool		op_first = file == LAYOUT_LOAD ? config->op_in_load == OPT_TRUE :
		!may_lack_op || config->op_in_load == OPT_TRUE;
	bool		time = config->timestamp_column != NULL;
	int			n = 0;

	for (int pass = 0; pass < 2; pass++)
	{
		/* only a LOAD file written before the setting lacks the timestamp */
		if (pass == 1 && !(time && file == LAYOUT_LOAD))
			break;
		for (int second = 0; second < 2; second++)
		{
			bool		op = op_first != (second == 1);

			if (op || may_lack_op)
			{
				shapes[n].op = op;
				shapes[n].time = time && pass == 0;
				n++;
			}
		}
	}
	return n;
}

static void
wrong_width(const LogConfig *config, LayoutFile file, const CsvRecord *r,
			int total, int required, const char **column)
{
	Shape		shapes[4];
	int			n = likely_shapes(config, file, shapes);
	int			extra = shapes[0].op + shapes[0].time;
	bool		fits = r->nfields - extra >= required && r->nfields - extra <= total;

	if (fits && shapes[0].op &&
		!op_begins_record(config, csv_data(r, 0), csv_field(r, 0)->len))
	{
		char	   *header = advice_for_header(config, r);

		*column = names_op(config);
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("unknown operation \"%s\"", shown_field(r, 0)),
				 errdetail("The first field of a change record must be I, U or D."),
				 csv_field(r, 0)->len == 0 ?
				 errhint(LAYOUT_EMPTY_OP) :
				 op_is_qlik(r, 0) ?
				 errhint(r->nfields - shapes[0].time <= total ?
						 OP_QLIK_OP " If it is a value and the task writes no operations, set cdc_inserts_only or cdc_inserts_and_updates." :
						 OP_QLIK_OP) :
				 header != NULL ? errhint("%s", header) :
				 r->nfields - shapes[0].time <= total ?
				 errhint("If the task writes no operations, set cdc_inserts_only or cdc_inserts_and_updates.") : 0));
	}
	if (fits && shapes[0].op && csv_field(r, 0)->quoted)
	{
		*column = names_op(config);
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("the operation \"%s\" stands in quotes",
						shown_field(r, 0)),
				 errdetail("Operations are written without: this may be a value of a record without operation.")));
	}
	if (fits && shapes[0].time)
	{
		*column = config->timestamp_column;
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("field %d should hold the timestamp column \"%s\" but is \"%s\"",
						shapes[0].op + 1, config->timestamp_column,
						shown_field(r, shapes[0].op)),
				 errhint("Without TimestampColumnName in the task, leave out timestamp_column_name.")));
	}
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg_plural("record has %d field where %d were expected",
						   "record has %d fields where %d were expected",
						   r->nfields, r->nfields,
						   total + shapes[0].op + shapes[0].time),
			 n > 1 ?
			 errdetail("The table declares %d column%s; an operation%s may stand before %s.",
					   total, total == 1 ? "" : "s",
					   config->timestamp_column ? " and a timestamp" : "",
					   total == 1 ? "it" : "them") :
			 errdetail("The table declares %d column%s, and %s before %s.",
					   total, total == 1 ? "" : "s",
					   config->timestamp_column ?
					   "an operation and a timestamp stand" : "an operation stands",
					   total == 1 ? "it" : "them"),
			 n > 1 && csv_field(r, 0)->len == 0 && !csv_field(r, 0)->quoted &&
			 r->nfields - 1 - shapes[0].time >= required &&
			 r->nfields - 1 - shapes[0].time <= total ?
			 errhint("The first field is empty. If it is the operation, AWS DMS does not write it so, and no option reads the record: was the file edited? Otherwise declare every column of the file.") :
			 errhint("%s", advice_for_width(config, r, total))));
}

void
layout_no_commit_time(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
			 errmsg("no commit time stands behind the operation or the schema"),
			 errhint("Without TimestampColumnName in the task, leave out timestamp_column_name."),
			 erroption("timestamp_column_name")));
}

static Layout *
txn_layout(const LogConfig *config, const CsvRecord *r, const int *places,
		   int total, int required, const char **column)
{
	Layout	   *l = layout_create(config);
	int			first = LAYOUT_TXN_FIELDS;
	int64		t;

	l->op = 0;
	l->table = 1;
	l->schema = 2;
	if (config->timestamp_column)
	{
		if (r->nfields > first &&
			name_parse_timestamp(csv_data(r, first), csv_field(r, first)->len,
								 &t))
			l->time = first;
		else if (r->nfields > 1 &&
				 name_parse_timestamp(csv_data(r, 1), csv_field(r, 1)->len, &t))
		{
			l->time = 1;
			l->table = 2;
			l->schema = 3;
		}
		else
		{
			*column = config->timestamp_column;
			layout_no_commit_time();
		}
		first++;
	}
	l->width = r->nfields;
	if (r->nfields - first < required ||
		(r->nfields - first > total && config->whole_row < 0))
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg_plural("record has %d field where %d were expected",
							   "record has %d fields where %d were expected",
							   r->nfields, r->nfields, total + first),
				 errdetail("The table declares %d column%s; operation, table%s stand before %s.",
						   total, total == 1 ? "" : "s",
						   config->timestamp_column ? ", schema and commit time" :
						   " and schema",
						   total == 1 ? "it" : "them"),
				 errhint("%s", advice_for_transaction_width(config, r, total))));
	for (int c = 0; c < config->ncolumns; c++)
		if (places[c] >= 0 && places[c] < r->nfields - first)
			l->pos[c] = places[c] + first;
	if (config->whole_row >= 0)
		record_json_label(config, l, NULL);
	return l;
}

static Layout *
shape_layout(const LogConfig *config, const CsvRecord *first, Shape s,
			 const int *places)
{
	Layout	   *l = layout_create(config);
	int			offset = s.op + s.time;

	l->width = first->nfields;
	if (s.op)
		l->op = 0;
	if (s.time)
		l->time = s.op;
	for (int c = 0; c < config->ncolumns; c++)
		if (places[c] >= 0 && places[c] + offset < first->nfields)
			l->pos[c] = places[c] + offset;
	if (config->whole_row >= 0)
		record_json_label(config, l, NULL);
	return l;
}

/*
 * Which of two shapes it is, of which one has an operation and the other has
 * none: the options say it, or other files of the log do.
 */
static bool
has_op(const LogConfig *config, LayoutFile kind, Store *store,
	   const LogFile *file, const CsvRecord *first, const Shape *shapes,
	   const int *places)
{
	const LogColumn *column = places_first(config, places);
	LogOp		op;

	if (config->op_in_load != OPT_UNSET)
		return shapes[0].op;
	/* where each record is a new row, no other operation is written */
	if (kind != LAYOUT_LOAD && config->inserts_only &&
		op_parse(csv_data(first, 0), csv_field(first, 0)->len, &op) &&
		op != LOG_INSERT)
		return false;
	switch (evidence_op(store, config, file, places))
	{
		case OP_THERE:
			return true;
		case OP_NOT_THERE:
			return false;
		case OP_OPEN:
			break;
	}
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 column != NULL ?
			 errmsg("the first field, \"%s\", may be an operation or the value of column \"%s\"",
					shown_field(first, 0), column->attname) :
			 errmsg("the first field, \"%s\", may be an operation or a value",
					shown_field(first, 0)),
			 errdetail("The record has %d fields: with an operation %d columns, without one %d. Other files of the table do not show which.",
					   first->nfields,
					   first->nfields - 1 - shapes[shapes[0].op ? 0 : 1].time,
					   first->nfields - shapes[shapes[0].op ? 1 : 0].time),
			 errhint("Set include_op_for_full_load to 'true' if the task writes operations into the full load, or to 'false' if the field is a value."),
			 erroption("include_op_for_full_load")));
}

/*
 * Raises an error where a file is taken to have no operation only because what
 * its first record begins with stands in quotes: some writers quote all.
 */
static void
check_quoted_op(const LogConfig *config, LayoutFile kind,
				const CsvRecord *first, Shape s, int required,
				const char **column)
{
	bool		inserts = kind == LAYOUT_LOAD ? !config->any_load_op :
		config->inserts_only;
	LogOp		op;

	if (s.op || config->op_in_load == OPT_FALSE ||
		!csv_field(first, 0)->quoted || first->nfields - 1 - s.time < required ||
		!op_parse(csv_data(first, 0), csv_field(first, 0)->len, &op) ||
		(inserts && op != LOG_INSERT))
		return;
	*column = names_op(config);
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("the operation \"%s\" stands in quotes",
					shown_field(first, 0)),
			 errdetail("Operations are written without: this may be a value of a record without operation."),
			 errhint("If it is a value, set include_op_for_full_load 'false'. An operation is read only if it is written without quotes, as AWS DMS does."),
			 erroption("include_op_for_full_load")));
}

/* The first shape that fits, of those with op (1), without (0), or of any (-1). */
static int
find_shape(const LogConfig *config, const CsvRecord *first,
		   const Shape *shapes, int nshapes, int total, int required,
		   const int *places, int op)
{
	for (int i = 0; i < nshapes; i++)
		if ((op < 0 || shapes[i].op == (op == 1)) &&
			shape_fits(config, first, shapes[i], total, required, places))
			return i;
	return -1;
}

Layout *
layout_from_record(const LogConfig *config, LayoutFile kind, Store *store,
				   const LogFile *file, const CsvRecord *first,
				   const char **column)
{
	Shape		shapes[4];
	int			nshapes = likely_shapes(config, kind, shapes);
	int		   *places = palloc(sizeof(int) * Max(config->ncolumns, 1));
	int			required;
	int			total = places_find(config, places, &required);
	/* with a column of role row a file may be wider than what is declared */
	int			most = config->whole_row >= 0 ? CSV_MAX_FIELDS : total;
	int			likely;
	int			other;

	if (kind == LAYOUT_TXN)
		return txn_layout(config, first, places, total, required, column);
	advice_check_first(config, first, places, total);
	likely = find_shape(config, first, shapes, nshapes, most, required, places,
						-1);
	if (likely < 0)
		wrong_width(config, kind, first, total, required, column);
	other = find_shape(config, first, shapes, nshapes, most, required, places,
					   !shapes[likely].op);
	if (other >= 0)
	{
		Shape		two[] = {shapes[likely], shapes[other]};

		if (has_op(config, kind, store, file, first, two, places) !=
			shapes[likely].op)
			likely = other;
	}
	check_quoted_op(config, kind, first, shapes[likely], required, column);
	return shape_layout(config, first, shapes[likely], places);
}

const char *
layout_field_name(const LogConfig *config, const Layout *layout, int i)
{
	if (layout == NULL)
		return NULL;
	if (i == layout->op)
		return names_op(config);
	if (i == layout->time)
		return config->timestamp_column;
	for (int c = 0; c < config->ncolumns; c++)
		if (layout->pos[c] == i)
			return config->columns[c].attname;
	return NULL;
}

/*
 * Returns the first of the table's own columns if it is named as the operation,
 * which is none of them, else NULL.
 */
static const LogColumn *
operation_column(const LogConfig *config)
{
	for (int c = 0; c < config->ncolumns; c++)
		if (config->columns[c].role == ROLE_NONE)
			return pg_strcasecmp(config->columns[c].names[0],
								 names_op(config)) == 0 ?
				&config->columns[c] : NULL;
	return NULL;
}

void
layout_missing_column(const LogConfig *config, int col, const char *closest,
					  int width)
{
	const char *name = config->columns[col].names[0];
	const LogColumn *operation = operation_column(config);

	if (!config->header)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
				 errmsg("no file has a column \"%s\"", name),
				 errdetail_plural("Files without header have columns by their places: these have up to %d column.",
								  "Files without header have columns by their places: these have up to %d columns.",
								  width, width),
				 operation != NULL ?
				 errhint("If column \"%s\" is the operation, give it the option role 'op', or drop it: operations are no column of the source's table.",
						 operation->attname) :
				 errhint("If the source's table has the column and it is only still to come, set its option missing; else drop it, or give it its place by option position."),
				 erroption("missing")));
	ereport(ERROR,
			(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
			 errmsg("no file has a column \"%s\"", name),
			 errdetail("Looked at were the files that the query reads, the first full load file and the newest change file."),
			 closest ? errhint("Perhaps you meant the column \"%s\"; say so in column option column_name. If files need not have the column, set its option missing.", closest) :
			 errhint("Name the file's column in column option column_name. If files need not have the column, set its option missing."),
			 erroption("missing")));
}

void
layout_column_went(const LogConfig *config, int col)
{
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("older change files or the full load have the column \"%s\", newer change files have fewer fields",
					config->columns[col].attname),
			 errdetail("Files without header have columns by their places. If the source dropped this column, it is NULL from then on; if it dropped another one, the fields behind that have moved."),
			 errhint("If this very column was dropped, and no other, set its option missing. Else the log cannot be read past that change without a reload of the table, best with AddColumnName."),
			 erroption("missing")));
}

void
layout_undecided(const LogConfig *config, bool by_name, int c)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 c < config->ncolumns ?
			 errmsg("the pin's files alone would be read otherwise: column \"%s\" would be another field",
					config->columns[c].attname) :
			 errmsg("the pin's files alone would be read otherwise: another field would be the operation"),
			 errdetail("Later files of the log show what it is. A pin does not have them."),
			 by_name ?
			 errhint("Set column_name, op_column_name or timestamp_column_name to the name as it stands in the files.") :
			 errhint("Say by include_op_for_full_load whether records of the full load begin with an operation."),
			 erroption(by_name ? "column_name" : "include_op_for_full_load")));
}

void
layout_twin_column(const LogConfig *config, int i)
{
	const char *name = names_first(config, i);

	ereport(ERROR,
			(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
			 errmsg("some files have a column that differs from \"%s\" only in case, others have two",
					name),
			 errdetail("It is not known whether the two are one column where only one of them is."),
			 i == NAMES_OP(config) ?
			 errhint("Set op_column_name to the name as it stands in the files, or declare the other column.") :
			 i == NAMES_TIME(config) ?
			 errhint("Set timestamp_column_name to the name as it stands in the files, or declare the other column.") :
			 errhint("Set the column's option column_name to the name as it stands in the files, and declare a column for the other."),
			 erroption(i == NAMES_OP(config) ? "op_column_name" :
					   i == NAMES_TIME(config) ? "timestamp_column_name" :
					   "column_name")));
}

/* Could a text that means something else be taken for a number? */
static bool
may_be_number(const char *text)
{
	return text != NULL && (*text == '-' || ascii_is_digit(*text));
}

void
layout_plain_shape(const LogConfig *config, LayoutFile file, const Layout *l,
				   PlainShape *shape)
{
	int			key = 0;

	memset(shape, 0, sizeof(*shape));
	if (file == LAYOUT_TXN)
		return;
	shape->delimiter = config->dialect.delimiter;
	if (l->op >= 0)
	{
		if (l->op != key++)
			return;
		shape->op = true;
	}
	if (config->timestamp_column != NULL && l->time >= 0)
	{
		if (l->time != key++)
			return;
		shape->time = true;
	}
	shape->fits = true;
	shape->key = config->nkeys == 1 && l->pos[config->keys[0]] == key &&
		!may_be_number(config->null_value) &&
		!may_be_number(config->no_sup_value);
}
