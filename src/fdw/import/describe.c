/*-------------------------------------------------------------------------
 *
 * describe.c
 *	  Columns and options of one imported table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "fdw/import/import.h"
#include "log/names.h"
#include "log/shown.h"
#include "replay/key.h"

/* ---- values ---- */

const SampleField *
import_field(const Import *import, const SampleRecord *record, int field)
{
	const char *null_value = import->values.text[OPT_CSV_NULL_VALUE];
	const SampleField *v = recognise_value(&import->hints, record, field);

	if (v != NULL && !v->quoted && null_value != NULL &&
		strcmp(v->data, null_value) == 0)
		return NULL;
	return v;
}

const SampleField *
import_value(const Import *import, const ImportColumn *column, int f,
			 const SampleRecord *record)
{
	return import_field(import, record, column->field[f]);
}

/* What a type is among those that are inferred; INFER_TEXT: any text does. */
static InferType
infer_type_of(Oid typid)
{
	switch (typid)
	{
		case BOOLOID:
			return INFER_BOOL;
		case INT2OID:
			return INFER_SMALLINT;
		case INT4OID:
			return INFER_INT;
		case INT8OID:
			return INFER_BIGINT;
		case NUMERICOID:
			return INFER_NUMERIC;
		case FLOAT4OID:
			return INFER_REAL;
		case FLOAT8OID:
			return INFER_DOUBLE;
		case DATEOID:
			return INFER_DATE;
		case TIMESTAMPOID:
			return INFER_TIMESTAMP;
		case TIMESTAMPTZOID:
			return INFER_TIMESTAMPTZ;
		case UUIDOID:
			return INFER_UUID;
		default:
			return INFER_TEXT;
	}
}

bool
import_type_reads(Oid typid, int32 typmod, const SampleField *value)
{
	int32		basemod = typmod;
	Oid			base = getBaseTypeAndTypmod(typid, &basemod);

	if ((base == VARCHAROID || base == BPCHAROID) && basemod > VARHDRSZ &&
		pg_verify_mbstr(PG_UTF8, value->data, value->len, true))
	{
		int			len = value->len;
		int			chars = 0;

		/* blanks at the end are cut off silently */
		while (len > 0 && value->data[len - 1] == ' ')
			len--;
		for (int i = 0; i < len; i++)
			chars += ((unsigned char) value->data[i] & 0xc0) != 0x80;
		return chars <= basemod - VARHDRSZ;
	}
	return infer_reads(infer_type_of(base), value->data, value->len);
}

/* ---- options ---- */

static void
add_option(ImportTable *t, const char *name, const char *value)
{
	t->options = lappend(t->options,
						 makeDefElem(pstrdup(name),
									 (Node *) makeString(pstrdup(value)), -1));
}

static void
add_bool(const Import *import, ImportTable *t, OptionId id, bool found)
{
	if (option_bool(&import->values, id, false) != found)
		add_option(t, option_def(id)->name, found ? "true" : "false");
}

/* A delimiter as an option takes it. */
static char *
delimiter_text(char c)
{
	if (c == '\t')
		return pstrdup("\\t");
	if ((unsigned char) c < ' ')
		return psprintf("\\x%02x", (unsigned char) c);
	return psprintf("%c", c);
}

static void
add_place(const Import *import, ImportTable *t)
{
	const FoundTable *f = t->found;

	/* a later snapshot must not be taken for a part of this one */
	if (f->snapshot != NULL && (f->changes != NULL || f->nchanges == 0))
	{
		add_option(t, "prefix", import_name_list(option_trim_slash(f->snapshot)));
		return;
	}
	if (import->schema[0] == '\0')
	{
		add_option(t, "prefix", import_name_list(f->folder));
		return;
	}
	add_option(t, "schema_name", option_trim_slash(import->schema));
	add_option(t, "table_name", f->folder);
}

static const char *
choice_name(OptionId id, int value)
{
	const OptionChoice *c = option_def(id)->choices;

	while (c->name != NULL && c->value != value)
		c++;
	return c->name;
}

static void
add_layout(const Import *import, ImportTable *t)
{
	const OptionValues *v = &import->values;
	const FoundTable *f = t->found;
	DateSequence seq = option_choice(v, OPT_DATE_PARTITION_SEQUENCE,
									 DATE_YYYYMMDD);
	char		delimiter = option_choice(v, OPT_DATE_PARTITION_DELIMITER, '/');
	DateSequence server_seq = seq;
	char		server_delimiter = delimiter;

	if (f->partition_folders)
		add_option(t, "partition_folders", "true");
	else if (f->dates && discover_date_layout(f, &seq, &delimiter))
	{
		add_bool(import, t, OPT_DATE_PARTITION_ENABLED, true);
		if (seq != server_seq)
			add_option(t, "date_partition_sequence",
					   choice_name(OPT_DATE_PARTITION_SEQUENCE, seq));
		if (delimiter != server_delimiter)
			add_option(t, "date_partition_delimiter",
					   choice_name(OPT_DATE_PARTITION_DELIMITER, delimiter));
	}
	if (f->changes != NULL)
		add_option(t, "changes_prefix", option_trim_slash(f->changes));
	if (import->guessed_txn)
	{
		add_option(t, "preserve_transactions", "true");
		add_option(t, "cdc_path", option_trim_slash(import->found->cdc_path));
		/* it would exclude them */
		if (option_bool(v, OPT_DATE_PARTITION_ENABLED, false))
			add_option(t, "date_partition_enabled", "false");
	}
}

/*
 * Queries ask what times behind operations are that a text column takes: they
 * are read as a column.
 */
static void
add_no_clock(const Import *import, ImportTable *t)
{
	char		category;
	bool		preferred;

	if (t->header || !t->file_clock || !t->times_first || t->ncolumns == 0 ||
		import->hints.timestamp_column != NULL)
		return;
	get_type_category_preferred(getBaseType(t->columns[0].typid), &category,
								&preferred);
	if (category == TYPCATEGORY_STRING)
		add_option(t, "timestamp_column_name", "");
}

static void
add_records(const Import *import, ImportTable *t, const Recognised *r)
{
	const OptionValues *v = &import->values;
	const CsvDialect *theirs = &import->hints.dialect;
	const char *named = import->hints.timestamp_column;
	const char *server_op = import->hints.op_column ? import->hints.op_column :
		NAMES_DMS_OP;

	add_bool(import, t, OPT_ADD_COLUMN_NAME, t->header);
	/* elsewhere than first a name is found only as it is written */
	if (r->op_name != NULL && (r->op_elsewhere ? strcmp(server_op, r->op_name) :
							   pg_strcasecmp(server_op, r->op_name)) != 0)
		add_option(t, "op_column_name", r->op_name);
	t->file_clock = !r->clocked;
	if (r->clocked)
	{
		const char *name = r->time_name ? r->time_name :
			named && named[0] != '\0' ? named : COMMIT_TIME_NAME;

		if (named == NULL || strcmp(named, name) != 0)
			add_option(t, "timestamp_column_name", name);
	}
	else if (named != NULL && named[0] != '\0')
		add_option(t, "timestamp_column_name", "");
	else
		add_no_clock(import, t);
	if (r->has_load && r->load_op_known &&
		(v->text[OPT_INCLUDE_OP_FOR_FULL_LOAD] == NULL ||
		 option_bool(v, OPT_INCLUDE_OP_FOR_FULL_LOAD, false) !=
		 r->op_in_load))
		add_option(t, "include_op_for_full_load",
				   r->op_in_load ? "true" : "false");
	if (r->has_changes && !r->op_in_changes &&
		!option_bool(v, OPT_CDC_INSERTS_AND_UPDATES, false))
		add_bool(import, t, OPT_CDC_INSERTS_ONLY, true);
	if (r->dialect.delimiter != theirs->delimiter)
		add_option(t, "csv_delimiter", delimiter_text(r->dialect.delimiter));
	if (r->dialect.quote != theirs->quote)
		add_option(t, "rfc4180", r->dialect.quote ? "true" : "false");
	if (r->dialect.terminator != theirs->terminator)
		add_option(t, "csv_row_delimiter", delimiter_text(r->dialect.terminator));
	else if (r->dialect.crlf != theirs->crlf && !import->hints.ends_by_file)
		add_option(t, "csv_row_delimiter", r->dialect.crlf ? "\\r\\n" : "\\n");
	if (r->gzip != (option_choice(v, OPT_COMPRESSION_TYPE, 0) != 0))
		add_option(t, "compression_type", r->gzip ? "gzip" : "none");
}

/* ---- keys and what depends on them ---- */

bool
import_type_keeps(Oid typid, const InferColumn *infer)
{
	InferType	declared = infer_type_of(getBaseType(typid));
	InferType	now = infer_type(infer, false);
	bool		integers = now == INFER_INT || now == INFER_BIGINT;

	if (declared == INFER_TEXT || declared == INFER_BOOL)
		return true;
	if (declared == INFER_SMALLINT || declared == INFER_INT ||
		declared == INFER_BIGINT)
		return integers;
	return (now == declared || (declared == INFER_NUMERIC && integers)) &&
		infer_type_is_key(infer, now);
}

/* True if different texts of the column are different values of its inferred type. */
bool
import_type_is_key(const ImportColumn *c)
{
	return c->encoding == NULL && c->typid != JSONBOID && c->typid != JSONOID &&
		infer_type_is_key(&c->infer, infer_type_of(c->typid));
}

static void
check_keys(ImportTable *t)
{
	for (int i = 0; i < t->ncolumns; i++)
	{
		ImportColumn *c = &t->columns[i];
		LogColumn	column = {
			.attname = c->name,
			.typid = c->typid,
			.typmod = c->typmod,
			.collation = OidIsValid(c->collation) ? c->collation :
			get_typcollation(c->typid)
		};

		if (c->key && c->lacks && t->problem == NULL)
			t->problem = psprintf("a file has no column \"%s\", which is its key",
								  c->source);
		/* text is what any value of a key is written as */
		if (c->key && (c->known ? !key_type_is_good(&column) :
					   !import_type_is_key(c)))
		{
			import_make_text(c);
			c->collation = InvalidOid;
		}
		/* what grows is not small */
		if (c->key && !c->known && c->typid == INT2OID)
			c->typid = INT4OID;
	}
}

/* From the name in the files to the column, its type and its local name. */
static void
resolve_before(ImportTable *t)
{
	for (int i = 0; i < t->ncolumns; i++)
	{
		ImportColumn *c = &t->columns[i];
		ImportColumn *base;

		if (c->before == NULL)
			continue;
		base = import_before_column(t, c);
		c->before = NULL;
		c->image_of = base;
		if (base == NULL)
			continue;
		c->typid = base->typid;
		c->typmod = base->typmod;
		c->collation = base->collation;
		c->key = c->sequence = false;
		if (base->key)
			c->before = base->name;
	}
}

static void
report(const Import *import, const ImportTable *t)
{
	StringInfoData s;
	ListCell   *lc;

	if (!message_level_is_interesting(DEBUG1))
		return;
	initStringInfo(&s);
	for (int i = 0; i < t->ncolumns; i++)
		appendStringInfo(&s, "%s%s", i > 0 ? ", " : "",
						 import_column_sql(&t->columns[i], MODE_SNAPSHOT, 0));
	appendStringInfoString(&s, "; sampled");
	for (int i = 0; i < t->nsamples; i++)
		appendStringInfo(&s, " \"%s\" (%zu bytes%s)",
						 sample_name(t->samples[i]), t->samples[i]->len,
						 t->samples[i]->whole ? "" : ", cut");
	foreach(lc, t->options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		appendStringInfo(&s, "%s %s '%s'", lc == list_head(t->options) ? "; options" : ",",
						 def->defname, strVal(def->arg));
	}
	ereport(DEBUG1,
			(errmsg_internal("table \"%s\": types from %s, key from %s",
							 t->name, t->type_origin,
							 t->key_origin ? t->key_origin : "nowhere"),
			 errdetail_internal("%s", s.data)));
}

/* A header's name as an option takes it, palloc'd; NULL where there is none. */
static char *
local_name(ImportTable *t, const char *name)
{
	char	   *local = name != NULL ? shown_exactly(name, strlen(name)) : NULL;

	if (name != NULL && local == NULL)
		t->problem = psprintf("the name \"%s\" in its headers is no text of the database's encoding, %s",
							  shown_text(name, strlen(name)),
							  pg_encoding_to_char(GetDatabaseEncoding()));
	return local;
}

/*
 * Where a table is read without a header: does a file begin with the names that
 * are known of its columns, as no row does?
 */
static void
check_names(ImportTable *t, const Recognised *r, const KnownTable *known)
{
	for (int i = 0; i < r->nfiles && !t->header; i++)
	{
		const RecognisedFile *f = &r->files[i];
		int			named = 0;
		ListCell   *lc;

		for (int c = f->first; c < f->width; c++)
			foreach(lc, known->columns)
				if (recognise_is_word(&f->r.records[0].fields[c],
									  ((KnownColumn *) lfirst(lc))->name))
				{
					named++;
					break;
				}
		if (named < 2 || named < f->width - f->first)
			continue;
		t->problem = psprintf("\"%s\" begins with the names that columns have in %s: it is a header, or a row",
							  sample_name(f->sample), known->origin);
		t->problem_hint = "Set add_column_name on the server as the endpoint's AddColumnName says.";
		return;
	}
}

void
import_describe(Import *import, ImportTable *t, Recognised *r)
{
	KnownTable *known;
	bool		empty = r->problem != NULL && r->nfiles == 0;

	if (r->problem != NULL && !empty)
	{
		t->problem = pstrdup(r->problem);
		t->problem_hint = r->problem_hint ? pstrdup(r->problem_hint) : NULL;
	}
	if (t->problem != NULL)
		return;
	r->time_name = local_name(t, r->time_name);
	r->op_name = local_name(t, r->op_name);
	if (t->problem != NULL)
		return;
	if (t->found->changes != NULL && !r->qlik)
	{
		t->problem = psprintf("its changes in \"%s\" have no header that names the operation \"%s\"",
							  t->found->changes, RECOGNISE_QLIK_OP);
		return;
	}
	known = types_find(import, t);
	if (t->problem != NULL)
		return;
	if (empty && known == NULL)
		t->problem = pstrdup(r->problem);
	else if (empty)
		import_columns_of_empty(import, t, known);
	else
	{
		if (known != NULL && import->hints.header == OPT_UNSET)
			check_names(t, r, known);
		if (t->problem == NULL)
			import_columns(import, t, r, known);
	}
	if (t->problem != NULL)
		return;
	t->type_origin = known ? known->origin : "the data";
	t->comment = known ? known->comment : NULL;
	if (known != NULL && known->has_key)
		t->key_origin = known->origin;
	import_keys(import, t, r);
	check_keys(t);
	if (t->problem != NULL)
		return;
	resolve_before(t);
	import_values(import, t, r);
	import_notes(import, t, r);
	add_place(import, t);
	add_layout(import, t);
	if (empty)
		add_bool(import, t, OPT_ADD_COLUMN_NAME, t->header);
	else
		add_records(import, t, r);
	if (import->opts->asof != NULL)
		add_option(t, "asof", import->opts->asof);
	report(import, t);
}
