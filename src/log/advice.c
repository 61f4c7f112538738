/*-------------------------------------------------------------------------
 *
 * advice.c
 *	  What the first record of a file without header shows of settings that
 *	  are forgotten or wrong.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"

#include "log/advice.h"
#include "log/erroption.h"
#include "log/names.h"
#include "log/shown.h"

#define DECLARE_ALL \
	"Declare every column of the file, those added by transformation rules too; columns after the last key may be missing from older files."

static bool
field_is(const CsvRecord *r, int i, const char *name)
{
	size_t		len = strlen(name);

	return i < r->nfields && csv_field(r, i)->len == len &&
		pg_strncasecmp(csv_data(r, i), name, len) == 0;
}

static bool
names_column(const LogColumn *column, const CsvRecord *r, int i)
{
	for (int n = 0; n < column->nnames; n++)
	{
		CHECK_FOR_INTERRUPTS();
		if (field_is(r, i, column->names[n]))
			return true;
	}
	return false;
}

/* How many fields with the names of operation and commit time come first. */
static int
leading_names(const LogConfig *config, const CsvRecord *r)
{
	int			n = field_is(r, 0, names_op(config));

	if (config->timestamp_column != NULL &&
		field_is(r, n, config->timestamp_column))
		n++;
	return n;
}

/* True if no value of the column can be a name. */
static bool
is_integer(const LogColumn *column)
{
	return column->typid == INT2OID || column->typid == INT4OID ||
		column->typid == INT8OID;
}

/* How many fields from one on are names of columns, in whatever order. */
static int
count_names(const LogConfig *config, const CsvRecord *r, int from)
{
	int			n = 0;

	for (int i = from; i < r->nfields; i++)
	{
		bool		named = false;

		CHECK_FOR_INTERRUPTS();
		for (int c = 0; c < config->ncolumns && !named; c++)
			named = config->columns[c].role == ROLE_NONE &&
				names_column(&config->columns[c], r, i);
		n += named;
	}
	return n;
}

/*
 * True if at least two fields, and more than half of all, are names.  No row is
 * likely to hold so many, in whatever order, and a header may have names that
 * are declared otherwise.  An operation begins no header.  before: so many
 * names come first.
 */
static bool
names_most(const LogConfig *config, const CsvRecord *r, int before)
{
	int			named;

	/* most files are told so, without a look at all names */
	if (op_begins_record(config, csv_data(r, 0), csv_field(r, 0)->len))
		return false;
	named = before + count_names(config, r, before);
	return named >= 2 && 2 * named > r->nfields;
}

/*
 * True if all declared columns that the record has a field for are named
 * there, or one is that is an integer or of the key: no row is likely to have
 * its column's name as its key.
 */
static bool
names_columns(const LogConfig *config, const CsvRecord *r, const int *places,
			  int before)
{
	int			named = 0;
	int			others = 0;

	for (int c = 0; c < config->ncolumns; c++)
	{
		const LogColumn *column = &config->columns[c];

		if (places[c] < 0 || places[c] + before >= r->nfields)
			continue;
		if (!names_column(column, r, places[c] + before))
			others++;
		else if (is_integer(column) || column->key)
			return true;
		else
			named++;
	}
	return named > 0 && others == 0;
}

/* A delimiter that stands in the only field of a record, or 0. */
static char
other_delimiter(const LogConfig *config, const CsvRecord *r)
{
	static const char delimiters[] = {',', ';', '|', '\t', '~', '\001'};

	for (int i = 0; i < lengthof(delimiters) && r->nfields == 1; i++)
		if (delimiters[i] != config->dialect.delimiter &&
			memchr(csv_data(r, 0), delimiters[i], csv_field(r, 0)->len) != NULL)
			return delimiters[i];
	return 0;
}

/* As an option spells it, palloc'd. */
static char *
spell_delimiter(char c)
{
	return c == '\t' ? pstrdup("\\t") :
		(unsigned char) c < ' ' ? psprintf("\\x%02x", c) : psprintf("%c", c);
}

char *
advice_for_delimiter(const LogConfig *config, const CsvRecord *r)
{
	char		c = other_delimiter(config, r);

	return c == 0 ? NULL :
		psprintf("If fields end in \"%s\", set csv_delimiter '%s'.",
				 spell_delimiter(c), spell_delimiter(c));
}

char *
advice_for_header(const LogConfig *config, const CsvRecord *r)
{
	return field_is(r, 0, names_op(config)) ||
		2 * count_names(config, r, 0) > r->nfields ?
		pstrdup("If the file has a header, set add_column_name 'true'.") : NULL;
}

static void
check_delimiter(const LogConfig *config, const CsvRecord *first, int total)
{
	char		c = other_delimiter(config, first);

	if (total <= 1 || c == 0 || config->delimiter_said)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("the first record has one field where %d columns are declared, and \"%s\" in it",
					total, spell_delimiter(c)),
			 errhint("If fields end in it, set csv_delimiter '%s'; if it is part of a value, set csv_delimiter '%s'.",
					 spell_delimiter(c),
					 spell_delimiter(config->dialect.delimiter)),
			 erroption("csv_delimiter")));
}

void
advice_check_first(const LogConfig *config, const CsvRecord *first,
				   const int *places, int total)
{
	int			leading = leading_names(config, first);

	check_delimiter(config, first, total);
	if (config->header_said ||
		(!names_columns(config, first, places, leading) &&
		 !names_most(config, first, leading)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("the first record names the columns of the table: it is a header, or a row"),
			 errdetail("Its first field is \"%s\".", shown_field(first, 0)),
			 errhint("If files have a header, set add_column_name 'true'; if they have none and this is a row, set it to 'false'."),
			 erroption("add_column_name")));
}

void
advice_check_transaction(const LogConfig *config, const CsvRecord *r)
{
	int64		t;
	char	   *delimiter;
	bool		time;

	/* with TimestampColumnName a time may come before the table */
	time = config->timestamp_column == NULL && r->nfields > 1 &&
		name_parse_timestamp(csv_data(r, 1), csv_field(r, 1)->len, &t);
	if (r->nfields >= LAYOUT_TXN_FIELDS && !time &&
		op_begins_record(config, csv_data(r, 0), csv_field(r, 0)->len))
		return;
	delimiter = advice_for_delimiter(config, r);
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("the record does not begin with an operation, a table and a schema"),
			 errdetail_plural("The records of transaction files do. It has %d field, \"%s\".",
							  "The records of transaction files do. It has %d fields, the first is \"%s\".",
							  r->nfields, r->nfields, shown_field(r, 0)),
			 time ?
			 errhint("If field 2, \"%s\", is the commit time that the task writes (TimestampColumnName), set timestamp_column_name.",
					 shown_field(r, 1)) :
			 delimiter != NULL ? errhint("%s", delimiter) :
			 errhint("Check cdc_path and csv_delimiter; without PreserveTransactions in the task, leave out preserve_transactions."),
			 erroption(time ? "timestamp_column_name" :
					   delimiter != NULL ? "csv_delimiter" : "cdc_path")));
}

/* What helps if field i, from 0, is a commit time; NULL: it is none, or is declared. */
static char *
advice_for_time(const LogConfig *config, const CsvRecord *r, int i)
{
	int64		t;

	if (config->timestamp_column != NULL || i >= r->nfields ||
		!name_parse_timestamp(csv_data(r, i), csv_field(r, i)->len, &t))
		return NULL;
	return psprintf("If field %d, \"%s\", is the commit time that the task writes (TimestampColumnName), set timestamp_column_name; otherwise declare every column of the file.",
					i + 1, shown_field(r, i));
}

char *
advice_for_width(const LogConfig *config, const CsvRecord *r, int total)
{
	char	   *delimiter = advice_for_delimiter(config, r);
	char	   *header;
	char	   *time;

	if (total > 1 && delimiter != NULL)
		return delimiter;
	header = config->header_said ? NULL : advice_for_header(config, r);
	if (header != NULL)
		return header;
	time = advice_for_time(config, r,
						   op_begins_record(config, csv_data(r, 0),
												csv_field(r, 0)->len));
	return time != NULL ? time : pstrdup(DECLARE_ALL);
}

char *
advice_for_transaction_width(const LogConfig *config, const CsvRecord *r,
							 int total)
{
	char	   *time = advice_for_time(config, r, LAYOUT_TXN_FIELDS);

	/* behind a commit time there are columns */
	if (time != NULL && r->nfields > LAYOUT_TXN_FIELDS + 1)
		return time;
	if (config->timestamp_column != NULL &&
		r->nfields == LAYOUT_TXN_FIELDS + total)
		return pstrdup("Without TimestampColumnName in the task, leave out timestamp_column_name; with it, declare the columns of the file and no others.");
	return pstrdup(DECLARE_ALL);
}
