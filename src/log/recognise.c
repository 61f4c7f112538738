/*-------------------------------------------------------------------------
 *
 * recognise.c
 *	  What the files of one table look like.
 *
 * Nothing is an error here: what cannot be read is a problem with a reason.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "log/infer.h"
#include "log/layout.h"
#include "log/names.h"
#include "log/recognise.h"
#include "log/repeated.h"

/* A batch is written soon after its first commit. */
#define BATCH_SPAN		(2 * USECS_PER_DAY)
/* Names may be in a zone that is behind. */
#define ZONE_SPAN		(14 * USECS_PER_HOUR)
#define LOAD_SPAN		USECS_PER_DAY

static bool
is_time(const SampleField *f, int64 *t)
{
	return name_parse_timestamp(f->data, f->len, t);
}

const SampleField *
recognise_value(const RecogniseHints *hints, const SampleRecord *r, int field)
{
	const SampleField *f;

	if (field < 0 || field >= r->nfields)
		return NULL;
	f = &r->fields[field];
	if (f->len == 0 && !f->quoted)
		return NULL;
	if (!f->quoted && hints->no_sup_value != NULL &&
		strcmp(f->data, hints->no_sup_value) == 0)
		return NULL;
	return f;
}

/*
 * The header
 */

/* May this be a header's field?  Numbers, times and nothing are data. */
static bool
may_be_name(const SampleField *f)
{
	InferColumn c = {0};

	if (f->len == 0)
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

/* The same texts, but for the operation that one of them begins with? */
static bool
same_header(const SampleRecord *a, const SampleRecord *b)
{
	int			i = recognise_is_word(&a->fields[0], NAMES_DMS_OP);
	int			j = recognise_is_word(&b->fields[0], NAMES_DMS_OP);

	if (a->nfields - i != b->nfields - j)
		return false;
	for (; i < a->nfields; i++, j++)
		if (strcmp(a->fields[i].data, b->fields[j].data) != 0)
			return false;
	return true;
}

/* Has a column values of a type that its first record's is not of? */
static bool
first_differs(const RecognisedFile *f)
{
	for (int c = 0; c < f->width; c++)
	{
		InferColumn values = {0};

		for (int i = 1; i < f->r.n; i++)
		{
			const SampleField *v = &f->r.records[i].fields[c];

			if (v->len > 0)
				infer_add(&values, v->data, v->len);
		}
		if (infer_type(&values, false) != INFER_TEXT)
			return true;
	}
	return false;
}

static Evidence
header_evidence(Recognised *r)
{
	const SampleRecord *first = NULL;
	bool		typed = false;
	bool		same = false;

	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];

		if (f->r.n == 0)
			continue;
		if (f->sample->object->info.kind == NAME_TXN ||
			!may_be_header(&f->r.records[0]))
		{
			/* a header for certain, but not one that can be read */
			if (!f->is_load &&
				recognise_is_word(&f->r.records[0].fields[0],
								  NAMES_DMS_OP))
				r->problem = psprintf("the header of \"%s\" has names that are empty, repeated or no names",
									  f->sample->object->key);
			return EVIDENCE_NO;
		}
		if (recognise_is_word(&f->r.records[0].fields[0],
							  NAMES_DMS_OP) ||
			strncmp(f->r.records[0].fields[0].data, RECOGNISE_QLIK,
					strlen(RECOGNISE_QLIK)) == 0)
			typed = true;
		typed |= first_differs(f);
		same |= first != NULL && same_header(first, &f->r.records[0]);
		first = &f->r.records[0];
	}
	return typed || same ? EVIDENCE_YES : EVIDENCE_NONE;
}

/*
 * Operation and time
 */

/* The field of the header with this name, or -1. */
static int
field_named(const RecognisedFile *f, const char *name)
{
	for (int i = 0; i < f->width; i++)
		if (recognise_is_word(&f->r.records[0].fields[i], name))
			return i;
	return -1;
}

/* The field that holds the operation, or -1. */
static int
op_field(const RecognisedFile *f, bool header)
{
	if (f->width == 0)
		return -1;
	if (header)
		return recognise_is_word(&f->r.records[0].fields[0],
								 NAMES_DMS_OP) ? 0 :
			field_named(f, RECOGNISE_QLIK_OP);
	for (int i = 0; i < f->r.n; i++)
		if (!recognise_is_op(&f->r.records[i].fields[0]))
			return -1;
	return 0;
}

/*
 * Are the values of this field times, in order, and such as may be those of
 * commits, or of a transfer?
 */
static Evidence
file_time_evidence(const RecognisedFile *f, int field, int skip)
{
	int64		previous = PG_INT64_MIN;
	int64		first = 0;
	int64		t = 0;

	if (f->width <= field || f->r.n <= skip)
		return EVIDENCE_NONE;
	for (int i = skip; i < f->r.n; i++)
	{
		if (!is_time(&f->r.records[i].fields[field], &t) || t < previous)
			return EVIDENCE_NO;
		if (i == skip)
			first = t;
		previous = t;
	}
	if (f->is_load)
		return t - first > LOAD_SPAN ? EVIDENCE_NO : EVIDENCE_NONE;
	return t <= f->sample->object->info.time + ZONE_SPAN &&
		first >= f->sample->object->info.time - BATCH_SPAN ?
		EVIDENCE_YES : EVIDENCE_NO;
}

/* The field of the header that is known for the commit time, or -1. */
static int
named_time(const RecogniseHints *hints, const RecognisedFile *f)
{
	int			named = hints->timestamp_column != NULL ?
		field_named(f, hints->timestamp_column) : -1;

	return named >= 0 ? named : field_named(f, RECOGNISE_QLIK_TIME);
}

/*
 * Change files decide; a full load alone only says whether it can be, unless
 * it shows the microseconds of a transfer.
 */
static Evidence
time_evidence(const RecogniseHints *hints, const Recognised *r, bool header)
{
	Evidence	result = EVIDENCE_NONE;

	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];
		Evidence	e;

		if (f->width == 0)
			continue;
		if (header && named_time(hints, f) >= 0)
			return EVIDENCE_YES;
		e = file_time_evidence(f, op_field(f, header) + 1, header);
		/* a full load may be older than the setting */
		if (e == EVIDENCE_NO && (!f->is_load || r->nfiles == 1))
			return EVIDENCE_NO;
		if (e == EVIDENCE_YES)
			result = EVIDENCE_YES;
	}
	return result;
}

/* Has the full load, where it would stand, a time with microseconds? */
static bool
load_micros(const Recognised *r, bool header)
{
	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];
		int			field = op_field(f, header) + 1;

		if (!f->is_load || f->width <= field || f->r.n <= header)
			continue;
		for (int k = header; k < f->r.n; k++)
			if (f->r.records[k].fields[field].len != strlen("2000-01-01 00:00:00.000000"))
				return false;
		return true;
	}
	return false;
}

/*
 * All together
 */

static bool
describe_empty(Recognised *r, int n)
{
	for (int i = 0; i < r->nfiles; i++)
		if (r->files[i].r.n > 0)
			return false;
	for (int i = 0; i < r->nfiles; i++)
	{
		if (!r->files[i].sample->whole && r->files[i].sample->len > 0 &&
			r->files[i].sample->object->info.kind != NAME_TXN)
		{
			r->problem = "a record is longer than sample_bytes";
			return true;
		}
	}
	r->problem = "all its files are empty";
	return true;
}

void
recognise_read(const RecogniseHints *hints, Sample **samples, int n,
			   const RecogniseTable *table, Recognised *out)
{
	bool		header;

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < n; i++)
	{
		RecognisedFile *f = &out->files[out->nfiles++];
		NameKind	kind = samples[i]->object->info.kind;

		f->sample = samples[i];
		f->is_load = kind == NAME_LOAD || kind == NAME_SEGMENT;
		out->gzip |= samples[i]->gzip;
		if (samples[i]->problem != NULL)
			out->problem = psprintf("\"%s\": %s", samples[i]->object->key,
									samples[i]->problem);
	}
	if (out->nfiles == 0)
		out->problem = "all its files are empty";
	if (out->problem != NULL)
		return;
	recognise_dialect(hints, table, out);
	if (out->problem != NULL || describe_empty(out, n))
		return;
	out->header = header_evidence(out);
	header = out->header == EVIDENCE_YES ||
		(out->header == EVIDENCE_NONE && hints->header == OPT_TRUE);
	out->time = time_evidence(hints, out, header);
	out->load_micros = out->time == EVIDENCE_NONE && load_micros(out, header);
}

static void
settle_time(const RecogniseHints *hints, bool header, bool time,
			Recognised *r, RecognisedFile *f)
{
	int64		t;
	int			named = header ? named_time(hints, f) : -1;
	int			next = f->op + 1;	/* DMS puts it there */

	f->time = -1;
	if (!time)
		return;
	if (named >= 0)
		f->time = named;
	else if (f->width > next &&
			 (f->r.n <= f->skip ||
			  is_time(&f->r.records[f->skip].fields[next], &t)) &&
			 /* in a header it has one name everywhere */
			 (!header || r->time_name == NULL ||
			  recognise_is_word(&f->r.records[0].fields[next], r->time_name)))
		f->time = next;
	if (f->time >= 0 && header && r->time_name == NULL)
		r->time_name = pstrdup(f->r.records[0].fields[f->time].data);
}

void
recognise_settle(const RecogniseHints *hints, bool header, bool time,
				 Recognised *r)
{
	r->op_in_changes = true;
	/* changes first: their timestamp column is sure */
	for (int i = r->nfiles - 1; i >= 0; i--)
	{
		RecognisedFile *f = &r->files[i];

		f->op = f->time = -1;
		f->skip = header && f->width > 0;
		if (f->width == 0)
			continue;
		f->op = op_field(f, header);
		r->qlik |= header && field_named(f, RECOGNISE_QLIK_OP) >= 0;
		settle_time(hints, header, time, r, f);
		f->first = f->op + 1 + (f->time == f->op + 1);
		if (f->is_load)
		{
			r->has_load = true;
			r->op_in_load = f->op >= 0;
		}
		else
		{
			r->has_changes = true;
			r->op_in_changes &= f->op >= 0;
			if (time && f->time < 0)
				r->problem = psprintf("\"%s\" has no commit times, though other files have",
									  f->sample->object->key);
		}
		if (f->width <= f->first && f->r.n > f->skip)
			r->problem = psprintf("\"%s\" has no columns behind operation and time",
								  f->sample->object->key);
	}
}
