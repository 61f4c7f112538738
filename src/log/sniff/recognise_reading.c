/*-------------------------------------------------------------------------
 *
 * recognise_reading.c
 *	  Which of two readings of a full load's records its changes show.
 *
 * The first field of a file without header may be an operation or a commit
 * time, or the table's first column.  The number of fields does not tell, since
 * columns come and go; the values of a change file, whose fields are known, do.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "log/sniff/recognise.h"
#include "log/sniff/recognise_fields.h"

/* So many values of a change file are sought in the full load. */
#define SOUGHT			64

/* Kinds of values, which a column may have several of. */
#define KIND_TEXT		1
#define KIND_NUMBER		2
#define KIND_TIME		4

/* The value of a record's field; NULL: it has none. */
static const SampleField *
value_of(const RecogniseHints *hints, const SampleRecord *r, int field)
{
	const SampleField *v = recognise_value(hints, r, field);

	if (v != NULL && !v->quoted && hints->null_value != NULL &&
		strcmp(v->data, hints->null_value) == 0)
		return NULL;
	return v;
}

static int
kind_of_value(const SampleField *v)
{
	if (recognise_is_date(v))
		return KIND_TIME;
	if (strspn(v->data, "+-.0123456789eE") == v->len &&
		strpbrk(v->data, "0123456789") != NULL)
		return KIND_NUMBER;
	return KIND_TEXT;
}

static int
kinds_of(const RecogniseHints *hints, const RecognisedFile *f, int field)
{
	int			kinds = 0;

	for (int i = 0; i < f->r.n; i++)
	{
		const SampleField *v = value_of(hints, &f->r.records[i], field);

		if (v != NULL)
			kinds |= kind_of_value(v);
	}
	return kinds;
}

/* True if a field of a change file has a text that a full load's field has. */
static bool
share_value(const RecogniseHints *hints, const RecognisedFile *load, int at,
			const RecognisedFile *change, int field)
{
	for (int k = 0; k < Min(change->r.n, SOUGHT); k++)
	{
		const SampleField *v = value_of(hints, &change->r.records[k], field);

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; v != NULL && i < load->r.n; i++)
		{
			const SampleField *w = value_of(hints, &load->r.records[i], at);

			if (w != NULL && w->len == v->len && memcmp(w->data, v->data, v->len) == 0)
				return true;
		}
	}
	return false;
}

/*
 * Do the fields of a full load from at on and those of a change file from
 * first on look like the same columns?  -1: one column's values are of other
 * kinds; 1: some are alike; 0: neither.
 */
static int
look_alike(const RecogniseHints *hints, const RecognisedFile *load, int at,
		   const RecognisedFile *change, int first)
{
	int			n = Min(load->width - at, change->width - first);
	int			alike = 0;

	for (int c = 0; c < n; c++)
	{
		int			kinds = kinds_of(hints, load, at + c);
		int			theirs = kinds_of(hints, change, first + c);

		CHECK_FOR_INTERRUPTS();
		if (kinds == 0 || theirs == 0)
			continue;
		if ((kinds & theirs) == 0)
			return -1;
		if (alike == 0)
			alike = (kinds == theirs && (kinds == KIND_NUMBER || kinds == KIND_TIME)) ||
				share_value(hints, load, at + c, change, first + c);
	}
	return alike;
}

/* The better of two places: a commit time may be before the columns, or not. */
static int
best_alike(const RecogniseHints *hints, const RecognisedFile *load, int at,
		   const RecognisedFile *change, int first)
{
	int			alike = look_alike(hints, load, at, change, first);

	if (alike <= 0 && recognise_all_times(change, first, 0))
		alike = Max(alike, look_alike(hints, load, at, change, first + 1));
	return alike;
}

Evidence
recognise_reading(const RecogniseHints *hints, const RecognisedFile *load,
				  int with, const RecognisedFile *change, int first,
				  bool timed)
{
	int			there = timed ? look_alike(hints, load, with, change, first) :
		best_alike(hints, load, with, change, first);
	int			not_there = timed ?
		look_alike(hints, load, with - 1, change, first) :
		best_alike(hints, load, with - 1, change, first);

	if (there >= 0 && there > not_there)
		return EVIDENCE_YES;
	if (there < 0 && not_there > 0)
		return EVIDENCE_NO;
	return EVIDENCE_NONE;
}
