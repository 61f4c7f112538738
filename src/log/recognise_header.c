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

#include "log/infer.h"
#include "log/layout.h"
#include "log/names.h"
#include "log/recognise.h"
#include "log/recognise_fields.h"
#include "log/repeated.h"

/* Fields of operation and commit time, which changes have before the rest. */
#define FIELDS_BEFORE	2

#define HEADER_HINT \
	"Set add_column_name on the server as the endpoint's AddColumnName says."
#define NO_HEADER_HINT \
	"If that is a row, and no header, set add_column_name 'false' on the server."

/* What the first record of a file is, by that file alone. */
typedef enum First
{
	FIRST_MISSING,				/* there are no records */
	FIRST_ROW,					/* surely no header */
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

/* May this be a header's field?  Numbers, times and nothing are data. */
static bool
may_be_name(const SampleField *f)
{
	InferColumn c = {0};

	if (f->len == 0 || is_figure(f))
		return false;
	for (uint32 i = 0; i < f->len; i++)
		if (iscntrl((unsigned char) f->data[i]))
			return false;
	infer_add(&c, f->data, f->len);
	/* a column may be named t; true and f are data */
	return infer_type(&c, false) == INFER_TEXT;
}

static bool
may_be_header(const SampleRecord *r)
{
	HeaderName *names;
	bool		differ;

	for (int i = 0; i < r->nfields; i++)
		if (!may_be_name(&r->fields[i]))
			return false;
	names = palloc(sizeof(HeaderName) * Max(r->nfields, 1));
	for (int i = 0; i < r->nfields; i++)
		names[i] = (HeaderName) {r->fields[i].data, r->fields[i].len, i};
	differ = repeated_name(names, r->nfields) < 0;
	pfree(names);
	return differ && !recognise_is_op(&r->fields[0]);
}

/* Is it written as columns are named mostly, and as other texts often are not? */
static bool
is_usual_name(const SampleField *f)
{
	if (!is_letter(f->data[0]))
		return false;
	for (uint32 i = 1; i < f->len; i++)
		if (!is_letter(f->data[i]) && !isdigit((unsigned char) f->data[i]) &&
			strchr(" -.$#", f->data[i]) == NULL)
			return false;
	return true;
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

/* Are the values below the first record's first field operations, if any? */
static bool
ops_follow(const RecognisedFile *f)
{
	for (int i = 1; i < f->r.n; i++)
	{
		const SampleField *v = &f->r.records[i].fields[0];
		LogOp		op;

		if (!layout_parse_op(v->data, v->len, &op) &&
			layout_qlik_op(v->data, v->len) == LAYOUT_QLIK_NONE)
			return false;
	}
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

static First
look_at_first(const RecogniseHints *hints, const RecognisedFile *f)
{
	if (f->r.n == 0)
		return FIRST_MISSING;
	if (f->sample->object->info.kind == NAME_TXN)
		return FIRST_ROW;
	if (begins_with_op_name(hints, f))
		return FIRST_HEADER;
	if (!may_be_header(f->r.records))
		return FIRST_ROW;
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

/* One file begins with a header for certain, another with none that can be read. */
static const char *
describe_headers(const RecognisedFile *with, const RecognisedFile *without)
{
	if (with == without)
		return psprintf("the header of \"%s\" has names that are empty, repeated or no names",
						with->sample->object->key);
	return psprintf("\"%s\" begins with a header, but \"%s\" with none that can be read",
					with->sample->object->key, without->sample->object->key);
}

/* A file surely begins with a header: do the others? */
static void
look_beside_header(const RecogniseHints *hints, const First *firsts,
				   const RecognisedFile *sure, Recognised *r)
{
	r->header = EVIDENCE_YES;
	for (int i = 0; i < r->nfiles && r->problem == NULL; i++)
	{
		const RecognisedFile *f = &r->files[i];

		if (firsts[i] == FIRST_MISSING)
			continue;
		if (!may_be_header(f->r.records))
			r->problem = describe_headers(sure, f);
		else if (firsts[i] != FIRST_HEADER && hints->header != OPT_TRUE &&
				 shared_names(f->r.records, sure->r.records) == 0)
		{
			r->problem = psprintf("\"%s\" begins with a header, but the first record of \"%s\" has none of its names",
								  sure->sample->object->key,
								  f->sample->object->key);
			r->problem_hint = "If that record is a header, and no row, set add_column_name 'true' on the server.";
		}
	}
	if (r->problem != NULL)
		r->header = EVIDENCE_NO;
}

/* No file surely does: what do they show together? */
static void
look_at_pairs(const First *firsts, const RecognisedFile *const *found,
			  Recognised *r)
{
	bool		typed = found[FIRST_TYPED] != NULL;
	bool		shifted = false;
	bool		same = false;

	for (int i = 0; i < r->nfiles; i++)
	{
		for (int k = i + 1; k < r->nfiles; k++)
		{
			const RecognisedFile *a = &r->files[i];
			const RecognisedFile *b = &r->files[k];
			int			more = b->width - a->width;

			if (firsts[i] == FIRST_MISSING || firsts[k] == FIRST_MISSING)
				continue;
			/* a load's first record behind others' names: no row of a change */
			if (is_shifted(a->r.records, b->r.records, more))
			{
				shifted |= more > 0 && a->is_load && has_usual_names(b);
				same |= more == 0;
			}
			if (!go_together(a->r.records, b->r.records))
				r->header_differs =
					psprintf("\"%s\" and \"%s\" begin with different texts",
							 a->sample->object->key, b->sample->object->key);
		}
	}
	r->header_weak = !shifted;
	r->header = shifted || (typed && !r->header_differs) ? EVIDENCE_YES :
		typed ? EVIDENCE_NO : EVIDENCE_NONE;
	if (typed && r->header == EVIDENCE_NO)
		r->header_doubt = psprintf("%s, which may be headers or rows",
								   r->header_differs);
	else if (r->header == EVIDENCE_NONE && found[FIRST_DOUBT] != NULL)
		r->header_doubt =
			psprintf("\"%s\" begins with texts above values of other types, which may be a header or a row",
					 found[FIRST_DOUBT]->sample->object->key);
	else if (r->header == EVIDENCE_NONE && same)
		r->header_doubt = "its files begin with the same texts, which may be a header or a row";
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
	else if (found[FIRST_ROW] != NULL)
	{
		r->header = EVIDENCE_NO;
		if (found[FIRST_TYPED] != NULL)
			r->header_doubt =
				psprintf("\"%s\" begins with what may be a header, but \"%s\" with none",
						 found[FIRST_TYPED]->sample->object->key,
						 found[FIRST_ROW]->sample->object->key);
	}
	else
		look_at_pairs(firsts, found, r);
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
	if (r->header_differs != NULL)
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
	}
	else if (said == OPT_UNSET && r->header == EVIDENCE_NONE)
		doubt.problem = doubt_open(schema, r);
	else if (said == OPT_UNSET && r->header_weak && headless)
		doubt.problem = "it begins with what may be a header, but other tables have none";
	if (doubt.problem != NULL)
		doubt.hint = said == OPT_TRUE ? NO_HEADER_HINT : HEADER_HINT;
	return doubt;
}
