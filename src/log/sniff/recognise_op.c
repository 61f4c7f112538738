/*-------------------------------------------------------------------------
 *
 * recognise_op.c
 *	  Which field of the samples is the operation.
 *
 * A log that is taken for one of inserts although its records have operations
 * keeps every row that was deleted.  So a file without a known operation is
 * such a log only if nothing in it could be one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "log/sniff/infer.h"
#include "log/layout.h"
#include "log/names.h"
#include "log/sniff/recognise.h"
#include "log/sniff/recognise_fields.h"
#include "log/shown.h"

/* What the values of a field are, over all records looked at. */
typedef enum Values
{
	VALUES_OTHER,				/* one of them is no operation */
	VALUES_NONE,				/* there are none */
	VALUES_INSERTS,				/* all are inserts */
	VALUES_OPS
} Values;

bool
recognise_is_before(const SampleField *f)
{
	return op_parse_qlik(f->data, f->len) == OP_QLIK_BEFORE;
}

/* Adds a field's values of one file to what is known of others'. */
static Values
add_values(Values known, const RecognisedFile *f, int field, int skip)
{
	bool		ops = known == VALUES_OPS;
	bool		inserts = known == VALUES_INSERTS;
	bool		others = false;

	if (known == VALUES_OTHER || field < 0 || field >= f->width)
		return VALUES_OTHER;
	for (int i = skip; i < f->r.n; i++)
	{
		const SampleField *v = &f->r.records[i].fields[field];
		LogOp		op;

		if (!op_parse(v->data, v->len, &op))
		{
			if (op_parse_qlik(v->data, v->len) == OP_QLIK_NONE)
				return VALUES_OTHER;
			others = true;
		}
		else if (op == LOG_INSERT)
			inserts = true;
		else
			ops = true;
	}
	if (ops || (inserts && others))
		return VALUES_OPS;
	return inserts ? VALUES_INSERTS : others ? VALUES_OTHER : VALUES_NONE;
}

/*
 * Files with a header
 */

/* The values of a column in all change files; VALUES_OTHER: one lacks it. */
static Values
values_of_changes(const Recognised *r, const char *name)
{
	Values		values = VALUES_NONE;

	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];

		if (f->width > 0 && !f->is_load)
			values = add_values(values, f, recognise_field(f, name), 1);
	}
	return values;
}

/*
 * The field of the operation by its name, or -1.  A name in another case counts
 * only where operations come first: elsewhere it is a source's column.
 */
static int
op_field(const RecognisedFile *f, const char *name)
{
	int			field = recognise_field(f, name);

	return field <= 0 ||
		strcmp(f->r.records[0].fields[field].data, name) == 0 ? field : -1;
}

/* The field of the operation by a name that is known for it, or -1. */
static int
known_op(const RecogniseHints *hints, const Recognised *r,
		 const RecognisedFile *f)
{
	int			field = hints->op_column != NULL ?
		op_field(f, hints->op_column) : -1;

	if (field < 0 && recognise_is_word(&f->r.records[0].fields[0],
									   NAMES_DMS_OP))
		field = 0;
	if (field < 0)
		field = recognise_field(f, RECOGNISE_QLIK_OP);
	/* elsewhere a column of the source may have the name */
	if (field < 0)
	{
		field = recognise_field(f, NAMES_DMS_OP);
		if (field >= 0 &&
			values_of_changes(r, f->r.records[0].fields[field].data) < VALUES_INSERTS)
			field = -1;
	}
	return field;
}

/*
 * True if a column whose values are operations is surely that: it comes first,
 * and the full load has none or nothing but inserts in it.
 */
static bool
is_surely_op(const Recognised *r, const char *name)
{
	bool		load = false;

	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];
		int			field;

		if (f->width == 0)
			continue;
		field = recognise_field(f, name);
		load |= f->is_load;
		if (f->is_load ? field >= 0 &&
			add_values(VALUES_NONE, f, field, 1) != VALUES_INSERTS : field != 0)
			return false;
	}
	return load;
}

/*
 * True if some values of a column may be operations: they are some in a change
 * file, and the full load lacks the column or has nothing but inserts in it.
 */
static bool
may_be_op(const Recognised *r, const char *name)
{
	bool		ops = false;

	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];
		int			field = f->width > 0 ? recognise_field(f, name) : -1;

		for (int k = 1; field >= 0 && k < f->r.n; k++)
		{
			const SampleField *v = &f->r.records[k].fields[field];
			LogOp		op;
			bool		is_op = op_parse(v->data, v->len, &op);

			if (!f->is_load)
				ops |= is_op;
			else if (v->len > 0 && !(is_op && op == LOG_INSERT))
				return false;
		}
	}
	return ops;
}

/* Why not: one change file has an operation and another has none; or NULL. */
static const char *
op_of_some(const Recognised *r)
{
	const RecognisedFile *with = NULL;
	const RecognisedFile *without = NULL;

	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];

		if (f->width == 0 || f->is_load)
			continue;
		if (f->op >= 0)
			with = f;
		else
			without = f;
	}
	if (with == NULL || without == NULL)
		return NULL;
	return psprintf("\"%s\" has an operation in its records, but \"%s\" has none",
					sample_name(with->sample), sample_name(without->sample));
}

/* No name is known: the columns that may be the operation; sets r->op_name. */
static void
op_by_values(Recognised *r, RecogniseDoubt *doubt)
{
	const RecognisedFile *changes = NULL;
	const char *candidate = NULL;
	const char *some = NULL;
	bool		empty = true;

	for (int i = 0; i < r->nfiles; i++)
		if (!r->files[i].is_load && r->files[i].width > 0)
		{
			changes = &r->files[i];
			empty &= changes->r.n <= 1;
		}
	for (int c = 0; changes != NULL && !empty && c < changes->width &&
		 c < RECOGNISE_NAMES; c++)
	{
		const char *name = changes->r.records[0].fields[c].data;

		CHECK_FOR_INTERRUPTS();
		/* a look at one file spares most columns the look at all */
		if (add_values(VALUES_NONE, changes, c, 1) == VALUES_OTHER ||
			values_of_changes(r, name) < VALUES_INSERTS)
		{
			if (some == NULL && may_be_op(r, name))
				some = name;
			continue;
		}
		if (is_surely_op(r, name))
		{
			r->op_name = name;
			return;
		}
		if (candidate == NULL)
			candidate = name;
	}
	if (candidate == NULL)
		candidate = some;
	if (changes == NULL || (!empty && candidate == NULL))
		return;
	if (candidate != NULL)
		candidate = shown_text(candidate, strlen(candidate));
	if (empty)
		doubt->problem = psprintf("the header of \"%s\" has no operation column \"%s\", and there are no records that show whether another column is it",
								  sample_name(changes->sample),
								  NAMES_DMS_OP);
	else
		doubt->problem = psprintf("the header of \"%s\" has no operation column \"%s\", and column \"%s\" may be it",
								  sample_name(changes->sample),
								  NAMES_DMS_OP, candidate);
	doubt->hint = psprintf("If a column is the operation, set op_column_name '%s' on the server; if the task writes nothing but inserts (CdcInsertsOnly), set cdc_inserts_only 'true'.",
						   empty ? "..." : candidate);
}

static void
op_by_header(const RecogniseHints *hints, Recognised *r, RecogniseDoubt *doubt)
{
	bool		any = false;

	for (int i = 0; i < r->nfiles; i++)
	{
		RecognisedFile *f = &r->files[i];

		if (f->width == 0)
			continue;
		f->op = known_op(hints, r, f);
		if (f->op < 0)
			continue;
		any |= !f->is_load;
		r->op_name = f->r.records[0].fields[f->op].data;
	}
	if (!any && !hints->no_op)
	{
		r->op_name = NULL;
		op_by_values(r, doubt);
	}
	for (int i = 0; i < r->nfiles && r->op_name != NULL; i++)
	{
		RecognisedFile *f = &r->files[i];

		if (f->width > 0 && f->op < 0)
			f->op = op_field(f, r->op_name);
		r->op_elsewhere |= f->op > 0;
	}
}

/* True if a file's first field has an operation in quotes. */
static bool
has_quoted_ops(const RecognisedFile *f)
{
	for (int i = 0; i < f->r.n; i++)
	{
		const SampleField *v = &f->r.records[i].fields[0];
		LogOp		op;

		if (v->quoted && op_parse(v->data, v->len, &op))
			return true;
	}
	return false;
}

/*
 * Why a record of a file is not read that has an operation: it is none, or no
 * insert in a full load.
 */
static RecogniseDoubt
doubt_value(const RecogniseHints *hints, bool header, const Recognised *r,
			const RecognisedFile *f)
{
	/* import names the column if it is not called as in DMS */
	bool		qlik = hints->op_column != NULL ||
		(r->op_name != NULL && pg_strcasecmp(r->op_name, NAMES_DMS_OP) != 0);
	RecogniseDoubt doubt = {0};

	for (int i = header; f->op >= 0 && i < f->r.n; i++)
	{
		const SampleField *v = &f->r.records[i].fields[f->op];
		bool		is_qlik = op_parse_qlik(v->data, v->len) != OP_QLIK_NONE;
		LogOp		op;
		bool		is_op = op_parse(v->data, v->len, &op);

		if (!is_op && !(is_qlik && qlik))
			doubt.problem = psprintf("line %lld of \"%s\" has \"%s\" where the operation is",
									 (long long) f->r.records[i].line,
									 sample_name(f->sample),
									 shown_text(v->data, v->len));
		else if (f->is_load && !(is_op && op == LOG_INSERT) && !hints->any_load_op)
			doubt.problem = psprintf("line %lld of \"%s\" has the operation \"%s\", which a full load has none of",
									 (long long) f->r.records[i].line,
									 sample_name(f->sample),
									 shown_text(v->data, v->len));
		else
			continue;
		if (is_qlik && !qlik && header)
			doubt.hint = psprintf("If Qlik Replicate wrote the file, set op_column_name '%s' on the server.",
								  NAMES_DMS_OP);
		else if (f->is_load && is_op)
			doubt.hint = "Set load_ops 'any' on the server if each record is a row whatever its operation.";
		return doubt;
	}
	return doubt;
}

/*
 * Files without
 */

/* Whether a full load's records begin with an operation. */
static Evidence
op_of_load(const RecogniseHints *hints, const Recognised *r,
		   const RecognisedFile *f)
{
	const RecognisedFile *changes = recognise_oldest_changes(r);
	Values		values = add_values(VALUES_NONE, f, 0, 0);

	if (values < VALUES_INSERTS)
		return EVIDENCE_NO;
	if (hints->first_is_no_op && f->width > 1)
		return EVIDENCE_YES;
	if (hints->op_in_load == OPT_FALSE)
		return EVIDENCE_NO;
	if (hints->op_in_load == OPT_TRUE)
		return EVIDENCE_YES;
	if ((values != VALUES_INSERTS && !hints->any_load_op) || f->width < 2)
		return EVIDENCE_NO;
	if (changes == NULL)
		return EVIDENCE_NONE;
	/* the same task writes no operation in quotes */
	if (has_quoted_ops(f))
		return EVIDENCE_NO;
	return recognise_reading(hints, f, 1, changes, changes->op + 1, false);
}

/*
 * Are records that begin with operations as wide as those of a full load that
 * begin with other texts?  Then these may be values, and the task writes inserts
 * alone; or a column was dropped.
 */
static bool
may_be_values(const Recognised *r, const RecognisedFile *changes)
{
	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];
		InferColumn values = {0};
		int			ops = 0;

		if (!f->is_load || f->width != changes->width)
			continue;
		for (int k = 0; k < f->r.n; k++)
		{
			const SampleField *v = &f->r.records[k].fields[0];

			ops += recognise_is_op(v);
			if (v->len > 0)
				infer_add(&values, v->data, v->len);
		}
		return ops < f->r.n && infer_type(&values, false) == INFER_TEXT;
	}
	return false;
}

/* All records of a change file begin with operations. */
static void
op_or_value(const RecogniseHints *hints, const Recognised *r,
			RecognisedFile *f, RecogniseDoubt *doubt)
{
	f->op = 0;
	if (hints->first_is_no_op || !may_be_values(r, f))
		return;
	if (hints->no_op)
		f->op = -1;
	else if (!hints->of_table)
	{
		doubt->problem = psprintf("the first field of \"%s\" may be an operation or a value",
								  sample_name(f->sample));
		doubt->hint = "If the task writes nothing but inserts (CdcInsertsOnly), set cdc_inserts_only 'true' on the server; if not, a column was dropped: reload the table, best with AddColumnName.";
	}
}

/*
 * True if all records of a full load begin with operations, not all of them
 * inserts, and have as many fields as changes.
 */
static bool
has_other_ops(const RecogniseHints *hints, const Recognised *r,
			  const RecognisedFile *f)
{
	const RecognisedFile *changes = recognise_oldest_changes(r);

	return hints->op_in_load != OPT_FALSE && !hints->any_load_op &&
		changes != NULL && changes->op == 0 && changes->width == f->width &&
		!has_quoted_ops(f) && add_values(VALUES_NONE, f, 0, 0) == VALUES_OPS;
}

static void
op_by_position(const RecogniseHints *hints, Evidence others, Recognised *r,
			   RecogniseDoubt *doubt)
{
	for (int i = 0; i < r->nfiles; i++)
	{
		RecognisedFile *f = &r->files[i];
		int			ops = 0;

		f->op = -1;
		if (f->is_load || f->width == 0)
			continue;
		for (int k = 0; k < f->r.n; k++)
			ops += recognise_is_op(&f->r.records[k].fields[0]);
		if (ops == f->r.n)
			op_or_value(hints, r, f, doubt);
		else if (has_quoted_ops(f) && !hints->no_op)
		{
			doubt->problem = psprintf("records of \"%s\" begin with an operation in quotes, which is read only without",
									  sample_name(f->sample));
			doubt->hint = "If that is a value, and the task writes nothing but inserts (CdcInsertsOnly), set cdc_inserts_only 'true' on the server.";
		}
		else if (ops > 0 && !hints->no_op)
		{
			doubt->problem = psprintf("%d of %d records of \"%s\" begin with an operation, the others do not",
									  ops, f->r.n, sample_name(f->sample));
			doubt->hint = "If the task writes nothing but inserts (CdcInsertsOnly), set cdc_inserts_only 'true' on the server.";
		}
	}
	for (int i = 0; i < r->nfiles; i++)
	{
		RecognisedFile *f = &r->files[i];

		if (!f->is_load || f->width == 0)
			continue;
		r->load_op = op_of_load(hints, r, f);
		if (r->load_op == EVIDENCE_NO && has_other_ops(hints, r, f))
		{
			doubt->problem = psprintf("records of \"%s\" begin with operations, which a full load has none of but inserts",
									  sample_name(f->sample));
			doubt->hint = "Set load_ops 'any' on the server if each record is a row whatever its operation; if these are values, set include_op_for_full_load 'false'.";
		}
		if (r->load_op == EVIDENCE_YES && has_quoted_ops(f))
		{
			doubt->problem = psprintf("records of \"%s\" begin with an operation in quotes, which is read only without",
									  sample_name(f->sample));
			doubt->hint = "If that is a value, set include_op_for_full_load 'false' on the server.";
		}
		if (r->load_op == EVIDENCE_NONE &&
			(others == EVIDENCE_NONE ||
			 (others == EVIDENCE_YES && has_quoted_ops(f))))
		{
			doubt->problem = psprintf("the first field of \"%s\" may be an operation or a value",
									  sample_name(f->sample));
			doubt->hint = "Set include_op_for_full_load on the server as the endpoint's IncludeOpForFullLoad says.";
		}
		f->op = r->load_op == EVIDENCE_YES ||
			(r->load_op == EVIDENCE_NONE && others != EVIDENCE_NO) ? 0 : -1;
		r->load_op_known = r->load_op != EVIDENCE_NONE ||
			others != EVIDENCE_NONE;
	}
}

RecogniseDoubt
recognise_op(const RecogniseHints *hints, bool header, Evidence load_op,
			 Recognised *r)
{
	RecogniseDoubt doubt = {0};

	r->op_name = NULL;
	r->op_elsewhere = false;
	r->load_op = EVIDENCE_NONE;
	r->load_op_known = true;
	for (int i = 0; i < r->nfiles; i++)
		r->files[i].op = -1;
	if (header)
		op_by_header(hints, r, &doubt);
	else
		op_by_position(hints, load_op, r, &doubt);
	if (doubt.problem == NULL && !hints->no_op)
		doubt.problem = op_of_some(r);
	for (int i = 0; i < r->nfiles && doubt.problem == NULL; i++)
		doubt = doubt_value(hints, header, r, &r->files[i]);
	return doubt;
}
