/*-------------------------------------------------------------------------
 *
 * recognise_header.c
 *	  Whether the files of one table begin with a header.
 *
 * A row that is taken for a header is lost, and the columns are named after
 * its values.  So what a first record alone shows (texts above numbers) counts
 * only where no other table contradicts it, and what a row may show as well
 * (texts above texts, the same record in two files) counts for nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "miscadmin.h"

#include "log/sniff/infer.h"
#include "log/layout.h"
#include "log/names.h"
#include "log/sniff/recognise.h"
#include "log/sniff/recognise_fields.h"
#include "log/repeated.h"

/* Fields of operation and commit time, which changes have before the rest. */
#define FIELDS_BEFORE	2

#define HEADER_HINT \
	"Set add_column_name on the server as the endpoint's AddColumnName says."
#define NO_HEADER_HINT \
	"If that is a row, and no header, set add_column_name 'false' on the server."
#define IS_HEADER_HINT \
	"If that record is a header, and no row, set add_column_name 'true' on the server."
#define ROWS_HINT \
	"If all of them are rows, set add_column_name 'false' on the server. No option reads files of which only some begin with a header: then reload the table."
#define SOME_HEADERS_HINT \
	"No option reads files of which only some begin with a header: reload the table."

/* What the first record of a file is, by that file alone. */
typedef enum First
{
	FIRST_MISSING,				/* there are no records */
	FIRST_ROW,					/* surely no header: it begins with an operation */
	FIRST_NAMELESS,				/* empty or repeated texts, which name nothing */
	FIRST_VALUES,				/* distinct, but columns are seldom named so */
	FIRST_TEXTS,				/* either */
	FIRST_DOUBT,				/* above values of other types, but seldom names */
	FIRST_TYPED,				/* names above values of other types */
	FIRST_HEADER				/* surely a header */
} First;

/*
 * One file
 */

static bool
is_letter(char c)
{
	return isalpha((unsigned char) c) || c == '_' || IS_HIGHBIT_SET(c);
}

/*
 * A number or time in whatever form, such as 007, +5, 10:00 or one with nine
 * digits of a second: digits, and no letters but an exponent's and a time's.
 */
static bool
is_figure(const SampleField *f)
{
	bool		digits = false;

	if (is_letter(f->data[0]))
		return false;
	for (uint32 i = 0; i < f->len; i++)
	{
		if (is_letter(f->data[i]) && strchr("eETZ", f->data[i]) == NULL)
			return false;
		digits |= isdigit((unsigned char) f->data[i]) != 0;
	}
	return digits;
}

/* True if the text is what columns are named: numbers, times and nothing are data. */
static bool
may_be_name(const SampleField *f)
{
	InferColumn c = {0};

	if (f->len == 0 || is_figure(f))
		return false;
	infer_add(&c, f->data, f->len);
	/* a column may be named t; true and f are data */
	return infer_type(&c, false) == INFER_TEXT;
}

/*
 * True if a name has no control characters.  A carriage return behind the last
 * one is recognise_ends()'s to judge.
 */
static bool
is_printed(const SampleField *f, bool last)
{
	uint32		len = f->len;

	if (last && len > 1 && f->data[len - 1] == '\r')
		len--;
	for (uint32 i = 0; i < len; i++)
		if (store_control(f->data + i) > 0)
			return false;
	return len > 0;
}

/* True if the record's texts can name columns, whatever they look like. */
static bool
can_be_header(const SampleRecord *r)
{
	HeaderName *names;
	bool		differ;

	for (int i = 0; i < r->nfields; i++)
		if (!is_printed(&r->fields[i], i == r->nfields - 1))
			return false;
	names = palloc(sizeof(HeaderName) * Max(r->nfields, 1));
	for (int i = 0; i < r->nfields; i++)
		names[i] = (HeaderName) {r->fields[i].data, r->fields[i].len, i};
	differ = repeated_name(names, r->nfields) < 0;
	pfree(names);
	return differ;
}

/* True if all texts look like names. */
static bool
has_names(const SampleRecord *r)
{
	for (int i = 0; i < r->nfields; i++)
		if (!may_be_name(&r->fields[i]))
			return false;
	return !recognise_is_op(&r->fields[0]);
}

/* True if the text is of letters, digits and what stands between them in names. */
static bool
is_plain(const SampleField *f)
{
	for (uint32 i = 0; i < f->len; i++)
		if (!is_letter(f->data[i]) && !isdigit((unsigned char) f->data[i]) &&
			strchr(" -.$#\r", f->data[i]) == NULL)
			return false;
	return true;
}

/* True if it is written as columns are named mostly, and other texts often are not. */
static bool
is_usual_name(const SampleField *f)
{
	return is_letter(f->data[0]) && is_plain(f);
}

/* Has a column values of a type that its first record's is not of? */
static bool
first_differs(const RecognisedFile *f)
{
	for (int c = 0; c < f->width; c++)
	{
		const SampleField *first = &f->r.records[0].fields[c];
		InferColumn values = {0};
		InferType	type;

		for (int i = 1; i < f->r.n; i++)
		{
			const SampleField *v = &f->r.records[i].fields[c];

			if (v->len > 0)
				infer_add(&values, v->data, v->len);
		}
		type = infer_type(&values, false);
		/* a letter above t and f may be one more of these */
		if (type != INFER_TEXT && (type != INFER_BOOL || first->len > 1))
			return true;
	}
	return false;
}

static bool
has_usual_names(const RecognisedFile *f)
{
	for (int c = 0; c < f->width; c++)
		if (!is_usual_name(&f->r.records[0].fields[c]))
			return false;
	return true;
}

static bool
is_any_op(const SampleField *v)
{
	LogOp		op;

	return op_parse(v->data, v->len, &op) ||
		op_parse_qlik(v->data, v->len) != OP_QLIK_NONE;
}

/* True if the values below the first record's first field are operations, if any. */
static bool
ops_follow(const RecognisedFile *f)
{
	for (int i = 1; i < f->r.n; i++)
		if (!is_any_op(&f->r.records[i].fields[0]))
			return false;
	return true;
}

/* Does the file begin with the name of the operation, as a header does? */
static bool
begins_with_op_name(const RecogniseHints *hints, const RecognisedFile *f)
{
	const SampleField *first = &f->r.records[0].fields[0];
	bool		exactly = strcmp(first->data, NAMES_DMS_OP) == 0 ||
		(hints->op_column != NULL &&
		 strcmp(first->data, hints->op_column) == 0);

	if (strncmp(first->data, RECOGNISE_QLIK, strlen(RECOGNISE_QLIK)) == 0)
		return true;
	/* elsewhere it may be a value, or another column of that name */
	return (exactly || recognise_is_word(first, NAMES_DMS_OP)) &&
		((exactly && !f->is_load) || ops_follow(f));
}

/*
 * True if all records of a change file begin with an operation, in quotes or
 * not, or all of a full load: its only record may be a header.
 */
static bool
begins_with_op(const RecognisedFile *f)
{
	const SampleField *first = &f->r.records[0].fields[0];

	return (f->is_load ? f->r.n > 1 && recognise_is_op(first) : is_any_op(first)) &&
		ops_follow(f);
}

static First
look_at_first(const RecogniseHints *hints, const RecognisedFile *f)
{
	if (f->r.n == 0)
		return FIRST_MISSING;
	if (f->sample->object->info.kind == NAME_TXN)
		return FIRST_ROW;
	if (begins_with_op_name(hints, f))
		return FIRST_HEADER;
	if (begins_with_op(f))
		return FIRST_ROW;
	if (!can_be_header(f->r.records))
		return FIRST_NAMELESS;
	if (!has_names(f->r.records))
		return FIRST_VALUES;
	return !first_differs(f) ? FIRST_TEXTS :
		has_usual_names(f) ? FIRST_TYPED : FIRST_DOUBT;
}

/*
 * Several files
 */

/* The same texts, but for more fields that wide begins with? */
static bool
is_shifted(const SampleRecord *narrow, const SampleRecord *wide, int more)
{
	if (more < 0 || more > FIELDS_BEFORE)
		return false;
	for (int i = 0; i < narrow->nfields; i++)
		if (strcmp(narrow->fields[i].data, wide->fields[i + more].data) != 0)
			return false;
	return true;
}

/* The texts that first records share, of the shorter one's. */
static int
shared_names(const SampleRecord *a, const SampleRecord *b)
{
	int			shared = 0;

	for (int i = 0; i < Min(a->nfields, RECOGNISE_NAMES); i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < Min(b->nfields, RECOGNISE_NAMES); k++)
		{
			if (strcmp(a->fields[i].data, b->fields[k].data) != 0)
				continue;
			shared++;
			break;
		}
	}
	return shared;
}

/* Would two headers be of one table, which has most of its columns in both? */
static bool
go_together(const SampleRecord *a, const SampleRecord *b)
{
	return shared_names(a, b) * 2 > Min(a->nfields, b->nfields);
}

static bool
has_text(const SampleRecord *r, const SampleField *f)
{
	for (int i = 0; i < Min(r->nfields, RECOGNISE_NAMES); i++)
		if (strcmp(r->fields[i].data, f->data) == 0)
			return true;
	return false;
}

/* True if all texts that do not look like names are names in a sure header. */
static bool
are_known_names(const SampleRecord *r, const SampleRecord *sure)
{
	for (int i = 0; i < Min(r->nfields, RECOGNISE_NAMES); i++)
	{
		CHECK_FOR_INTERRUPTS();
		if ((!may_be_name(&r->fields[i]) ||
			 (i == 0 && recognise_is_op(&r->fields[i]))) &&
			!has_text(sure, &r->fields[i]))
			return false;
	}
	return true;
}

/* One file surely begins with a header, which has none of another's texts, or too few. */
static void
doubt_beside_header(const RecognisedFile *sure, const RecognisedFile *f,
					bool none, Recognised *r)
{
	r->problem = psprintf(none ? "\"%s\" begins with a header, but the first record of \"%s\" has none of its names" :
						  "\"%s\" begins with a header, but the first record of \"%s\" has values that are none of its names",
						  sample_name(sure->sample), sample_name(f->sample));
	r->problem_hint = IS_HEADER_HINT;
}

/* Sets problem where another file than the one that surely has a header may have none. */
static void
look_at_other(const RecogniseHints *hints, First first,
			  const RecognisedFile *f, const RecognisedFile *sure, Recognised *r)
{
	const SampleRecord *record = f->r.records;
	const SampleRecord *names = sure->r.records;
	bool		together = go_together(record, names);

	if (!can_be_header(record) || first == FIRST_ROW ||
		(first == FIRST_VALUES && !together))
	{
		r->problem = psprintf("\"%s\" begins with a header, but \"%s\" with none that can be read",
							  sample_name(sure->sample), sample_name(f->sample));
		r->problem_hint = SOME_HEADERS_HINT;
	}
	else if (hints->header == OPT_TRUE || first == FIRST_HEADER)
		return;
	else if (first == FIRST_VALUES && !are_known_names(record, names))
		doubt_beside_header(sure, f, false, r);
	else if (shared_names(record, names) == 0)
		doubt_beside_header(sure, f, true, r);
}

/* A file surely begins with a header: do the others? */
static void
look_beside_header(const RecogniseHints *hints, const First *firsts,
				   const RecognisedFile *sure, Recognised *r)
{
	r->header = EVIDENCE_YES;
	if (!can_be_header(sure->r.records))
		r->problem = psprintf("the header of \"%s\" has names that are empty, repeated or no names",
							  sample_name(sure->sample));
	for (int i = 0; i < r->nfiles && r->problem == NULL; i++)
		if (firsts[i] != FIRST_MISSING)
			look_at_other(hints, firsts[i], &r->files[i], sure, r);
	if (r->problem != NULL)
		r->header = EVIDENCE_NO;
}

/* Why the first records of a table do not go together; palloc'd. */
static const char *
describe_mixed(const RecognisedFile *typed, const RecognisedFile *without)
{
	return psprintf("\"%s\" begins with what may be a header, but \"%s\" with none",
					sample_name(typed->sample),
					sample_name(without->sample));
}

/*
 * True if a change file has a full load's first record behind other names, as no
 * change has a row.  Numbers are names there, if there is one that is none.
 */
static bool
shows_header(const RecognisedFile *load, const RecognisedFile *change,
			 int more)
{
	const SampleRecord *r = change->r.records;
	bool		named = false;

	if (more <= 0 || !load->is_load || recognise_is_op(&r->fields[0]))
		return false;
	for (int i = 0; i < r->nfields; i++)
	{
		if (!is_plain(&r->fields[i]) ||
			(i < more && !is_usual_name(&r->fields[i])))
			return false;
		named |= i >= more && is_usual_name(&r->fields[i]);
	}
	return named;
}

/* Headers of one table are alike, and rows seldom are: this is how its first records compare. */
typedef struct Pairs
{
	bool		shown;			/* a full load's first record is behind other names */
	bool		same;			/* two files begin alike */
	const char *apart;			/* two that have no text in common, or NULL */
} Pairs;

static Pairs
look_at_pairs(const First *firsts, Recognised *r)
{
	Pairs		pairs = {0};

	for (int i = 0; i < r->nfiles; i++)
	{
		for (int k = i + 1; k < r->nfiles; k++)
		{
			const RecognisedFile *a = &r->files[i];
			const RecognisedFile *b = &r->files[k];
			int			more = b->width - a->width;

			if (firsts[i] == FIRST_MISSING || firsts[k] == FIRST_MISSING)
				continue;
			if (is_shifted(a->r.records, b->r.records, more))
			{
				pairs.shown |= shows_header(a, b, more);
				pairs.same |= more == 0;
			}
			if (shared_names(a->r.records, b->r.records) == 0)
				pairs.apart = psprintf("the first records of \"%s\" and \"%s\" have no text in common, as headers of one table have",
									   sample_name(a->sample),
									   sample_name(b->sample));
			if (!go_together(a->r.records, b->r.records))
				r->header_differs =
					psprintf("\"%s\" and \"%s\" begin with different texts",
							 sample_name(a->sample), sample_name(b->sample));
		}
	}
	return pairs;
}

/* No file surely begins with a header, and none surely does not. */
static void
look_together(const RecogniseHints *hints, const First *firsts,
			  const RecognisedFile *const *found, Recognised *r)
{
	const RecognisedFile *typed = found[FIRST_TYPED];
	const RecognisedFile *values = found[FIRST_VALUES];
	Pairs		pairs = look_at_pairs(firsts, r);

	r->header_weak = !pairs.shown;
	if (pairs.shown)
		r->header = EVIDENCE_YES;
	else if (pairs.apart != NULL && hints->header == OPT_TRUE &&
			 !hints->of_table)
	{
		r->header = EVIDENCE_NO;
		r->problem = pairs.apart;
		r->problem_hint = ROWS_HINT;
	}
	else if (values != NULL && hints->header == OPT_TRUE && !r->header_differs)
		r->header = EVIDENCE_NONE;
	else if (values != NULL)
	{
		r->header = EVIDENCE_NO;
		if (hints->header == OPT_TRUE)
			r->header_doubt =
				psprintf("%s, which may be headers or rows", r->header_differs);
		else if (typed != NULL)
			r->header_doubt = describe_mixed(typed, values);
		r->header_differs =
			psprintf("\"%s\" begins with what may be values or names",
					 sample_name(values->sample));
	}
	else if (typed != NULL)
	{
		r->header = r->header_differs ? EVIDENCE_NO : EVIDENCE_YES;
		if (r->header_differs)
			r->header_doubt =
				psprintf("%s, which may be headers or rows", r->header_differs);
	}
	else if (found[FIRST_DOUBT] != NULL)
		r->header_doubt =
			psprintf("\"%s\" begins with texts above values of other types, which may be a header or a row",
					 sample_name(found[FIRST_DOUBT]->sample));
	else if (pairs.same)
		r->header_doubt = r->header_differs ?
			"some of its files begin with the same texts, which may be a header or a row" :
			"its files begin with the same texts, which may be a header or a row";
}

/* One file surely begins with no header, or with one that cannot be read. */
static void
look_without_header(const RecogniseHints *hints,
					const RecognisedFile *const *found, Recognised *r)
{
	const RecognisedFile *row = found[FIRST_ROW];
	const RecognisedFile *nameless = found[FIRST_NAMELESS];

	r->header = EVIDENCE_NO;
	r->header_weak = row == NULL;
	if (nameless != NULL)
		r->header_differs =
			psprintf("\"%s\" begins with empty or repeated texts, a row or a header that cannot be read",
					 sample_name(nameless->sample));
	if (found[FIRST_TYPED] != NULL)
		r->header_doubt = describe_mixed(found[FIRST_TYPED],
										 row ? row : nameless);
	else if (hints->header == OPT_TRUE && !hints->of_table)
		r->header_doubt = row == NULL ?
			psprintf("the server's add_column_name says 'true', but %s",
					 r->header_differs) :
			psprintf("the server's add_column_name says 'true', but \"%s\" begins with a row, as its operation shows",
					 sample_name(row->sample));
}

void
recognise_header_look(const RecogniseHints *hints, Recognised *r)
{
	First		firsts[RECOGNISE_FILES];
	const RecognisedFile *found[FIRST_HEADER + 1] = {0};

	for (int i = 0; i < r->nfiles; i++)
	{
		firsts[i] = look_at_first(hints, &r->files[i]);
		found[firsts[i]] = &r->files[i];
	}
	if (found[FIRST_HEADER] != NULL)
		look_beside_header(hints, firsts, found[FIRST_HEADER], r);
	else if (found[FIRST_ROW] != NULL || found[FIRST_NAMELESS] != NULL)
		look_without_header(hints, found, r);
	else
		look_together(hints, firsts, found, r);
}

/*
 * Beside other tables
 */

bool
recognise_header(const RecogniseSchema *schema, Evidence header, bool weak)
{
	if (header == EVIDENCE_NO || (header == EVIDENCE_YES && !weak))
		return header == EVIDENCE_YES;
	if (schema->header_said != OPT_UNSET)
		return schema->header_said == OPT_TRUE;
	return header == EVIDENCE_YES || schema->header;
}

/* Why a table is left out that shows it only together with others, or NULL. */
static const char *
doubt_open(const RecogniseSchema *schema, const Recognised *r)
{
	/* without one it has nothing odd */
	if (r->header_differs != NULL &&
		(schema->header || r->header_doubt == NULL))
		return !schema->header ? NULL :
			psprintf("other tables have headers, but %s", r->header_differs);
	if (schema->with_header && schema->without_header)
		return "it may begin with a header or with a row, and of the other tables some have headers and some have none";
	return schema->with_header || schema->without_header ? NULL :
		r->header_doubt;
}

/* A task writes all its tables alike: where one is not, the options must say so. */
RecogniseDoubt
recognise_header_doubt(const RecogniseSchema *schema, const Recognised *r)
{
	RecogniseDoubt doubt = {0};
	OptBool		said = schema->header_said;

	bool		headless = schema->without_header && !schema->with_header;

	if (r->header == EVIDENCE_NO)
	{
		if (said == OPT_TRUE || (said == OPT_UNSET && !headless))
			doubt.problem = r->header_doubt;
		/* its values alone are no reason to contradict tables that are sure */
		if (doubt.problem == NULL && said == OPT_UNSET && r->header_weak &&
			schema->with_header)
			doubt.problem = psprintf("other tables have headers, but %s",
									 r->header_differs);
	}
	else if (said == OPT_UNSET && r->header == EVIDENCE_NONE)
		doubt.problem = doubt_open(schema, r);
	else if (said == OPT_UNSET && r->header_weak && headless)
		doubt.problem = "it begins with what may be a header, but other tables have none";
	if (doubt.problem != NULL)
		doubt.hint = said == OPT_TRUE ? NO_HEADER_HINT : HEADER_HINT;
	return doubt;
}
