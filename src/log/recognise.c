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
#include "log/manifest.h"
#include "log/recognise.h"

#define OP_HEADER		"Op"
/* A batch is written soon after its first commit. */
#define BATCH_SPAN		(2 * USECS_PER_DAY)
/* Names may be in a zone that is behind. */
#define ZONE_SPAN		(14 * USECS_PER_HOUR)
#define LOAD_SPAN		USECS_PER_DAY

static const char other_delimiters[] = {',', '\t', ';', '|', '\001', '~'};

static bool
is_op(const SampleField *f)
{
	LogOp		op;

	return !f->quoted && layout_parse_op(f->data, f->len, &op);
}

static bool
is_word(const SampleField *f, const char *word)
{
	return pg_strcasecmp(f->data, word) == 0;
}

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
 * Transaction files
 */

static bool
is_field(const SampleRecord *r, int field, const char *text)
{
	return field < r->nfields && strcmp(r->fields[field].data, text) == 0;
}

/* Keep the records of one table, as they would stand in files of its own. */
static void
keep_table(SampleRecords *records, const RecogniseTable *table)
{
	int			kept = 0;

	for (int i = 0; i < records->n; i++)
	{
		SampleRecord *r = &records->records[i];
		int			at = is_field(r, 1, table->table) &&
			is_field(r, 2, table->schema) ? 1 :
			is_field(r, 2, table->table) &&
			is_field(r, 3, table->schema) ? 2 : 0;

		if (at == 0)
			continue;
		memmove(&r->fields[at], &r->fields[at + 2],
				sizeof(SampleField) * (r->nfields - at - 2));
		r->nfields -= 2;
		records->records[kept++] = *r;
	}
	records->n = kept;
	/* what another table's records look like does not matter */
	records->problem = NULL;
}

/*
 * The dialect
 */

/* Have all records as many fields? */
static bool
measure(RecognisedFile *f)
{
	f->width = f->r.n > 0 ? f->r.records[0].nfields : 0;
	for (int i = 1; i < f->r.n; i++)
		if (f->r.records[i].nfields != f->width)
			return false;
	return true;
}

/* Do all records of a change file begin with an operation? */
static bool
begins_with_ops(const RecognisedFile *f)
{
	for (int i = 0; i < f->r.n; i++)
	{
		const SampleRecord *r = &f->r.records[i];

		if (!is_op(&r->fields[0]) &&
			!(i == 0 && is_word(&r->fields[0], OP_HEADER)))
			return false;
	}
	return true;
}

/* Read one file so; false where it is not made so. */
static bool
try_file(const CsvDialect *dialect, const RecogniseTable *table,
		 RecognisedFile *f)
{
	bool		txn = f->sample->object->info.kind == NAME_TXN;

	sample_parse(f->sample, dialect, &f->r);
	if (txn)
		keep_table(&f->r, table);
	return f->r.problem == NULL && measure(f);
}

typedef enum Fit
{
	FIT_NONE,
	FIT_SINGLE,					/* all records have one field */
	FIT_WIDE,
	FIT_OPS						/* and changes begin with operations */
} Fit;

/*
 * Do the widths go together?  Where one file has but one field in a record,
 * it is a full load of one column, and changes have an operation beside it.
 */
static bool
widths_agree(const Recognised *r)
{
	int			narrowest = 0;
	int			widest = 0;
	bool		narrow_changes = false;

	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];

		if (f->width == 0)
			continue;
		narrowest = narrowest == 0 ? f->width : Min(narrowest, f->width);
		widest = Max(widest, f->width);
		narrow_changes |= !f->is_load && f->width == 1;
	}
	return narrowest != 1 || widest == 1 || (widest == 2 && !narrow_changes);
}

static Fit
try_dialect(const CsvDialect *dialect, const RecogniseTable *table,
			Recognised *r)
{
	bool		wide = false;
	bool		ops = true;

	r->dialect = *dialect;
	for (int i = 0; i < r->nfiles; i++)
	{
		if (!try_file(dialect, table, &r->files[i]))
			return FIT_NONE;
		wide |= r->files[i].width > 1;
		if (!r->files[i].is_load)
			ops &= begins_with_ops(&r->files[i]);
	}
	if (!widths_agree(r))
		return FIT_NONE;
	return !wide ? FIT_SINGLE : ops ? FIT_OPS : FIT_WIDE;
}

/* Does the sample's first line end in CR and newline? */
static bool
ends_in_crlf(const Sample *s)
{
	const char *end = memchr(s->bytes, '\n', s->len);

	return end != NULL && end > s->bytes && end[-1] == '\r';
}

/* Dialects to try, likeliest first; returns how many. */
static int
likely_dialects(const RecogniseHints *hints, bool crlf, CsvDialect *d)
{
	int			n = 0;

	for (int ends = 0; ends < (crlf && !hints->line_end_given ? 2 : 1); ends++)
	{
		for (int quotes = 0; quotes < (hints->quoting_given ? 1 : 2); quotes++)
		{
			for (int i = -1; i < (int) lengthof(other_delimiters); i++)
			{
				if (i >= 0 && other_delimiters[i] == hints->dialect.delimiter)
					continue;
				d[n] = hints->dialect;
				if (i >= 0)
					d[n].delimiter = other_delimiters[i];
				if (quotes > 0)
					d[n].quote = 0;
				if (!hints->line_end_given)
					d[n].crlf = crlf && ends == 0;
				n++;
			}
		}
	}
	return n;
}

/* Why no dialect fits all files. */
static const char *
describe_misfit(const CsvDialect *dialects, int n,
				const RecogniseTable *table, Recognised *r)
{
	char		found[RECOGNISE_FILES] = {0};

	for (int i = 0; i < r->nfiles; i++)
	{
		RecognisedFile *f = &r->files[i];

		for (int d = 0; d < n && found[i] == 0; d++)
			if (try_file(&dialects[d], table, f) && f->width > 1)
				found[i] = dialects[d].delimiter;
		if (i > 0 && found[i] != 0 && found[i - 1] != 0 &&
			found[i] != found[i - 1])
			return psprintf("its files have different delimiters: '%c' in \"%s\", '%c' in \"%s\"",
							found[i - 1], r->files[i - 1].sample->object->key,
							found[i], f->sample->object->key);
	}
	for (int i = 0; i < r->nfiles; i++)
	{
		RecognisedFile *f = &r->files[i];

		if (try_file(&dialects[0], table, f))
			continue;
		if (f->r.problem != NULL)
			return psprintf("line %lld of \"%s\" cannot be read: %s",
							(long long) f->r.problem_line,
							f->sample->object->key, f->r.problem);
		for (int k = 1; k < f->r.n; k++)
			if (f->r.records[k].nfields != f->width)
				return psprintf("records of \"%s\" have %d fields and, on line %lld, %d",
								f->sample->object->key, f->width,
								(long long) f->r.records[k].line,
								f->r.records[k].nfields);
	}
	return "its files cannot be taken apart";
}

static void
choose_dialect(const RecogniseHints *hints, const RecogniseTable *table,
			   Recognised *r)
{
	CsvDialect	d[4 * (lengthof(other_delimiters) + 1)];
	int			n = likely_dialects(hints, ends_in_crlf(r->files[0].sample), d);
	int			best = -1;
	Fit			best_fit = FIT_NONE;

	for (int i = 0; i < n && best_fit < FIT_OPS; i++)
	{
		Fit			fit = try_dialect(&d[i], table, r);

		/* any other delimiter leaves one field, too */
		if (fit == FIT_SINGLE && d[i].delimiter != hints->dialect.delimiter)
			continue;
		if (fit > best_fit)
		{
			best = i;
			best_fit = fit;
		}
	}
	if (best < 0)
		r->problem = describe_misfit(d, n, table, r);
	else
		(void) try_dialect(&d[best], table, r);
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
	for (int i = 0; i < r->nfields; i++)
	{
		if (!may_be_name(&r->fields[i]))
			return false;
		for (int j = 0; j < i; j++)
			if (strcmp(r->fields[i].data, r->fields[j].data) == 0)
				return false;
	}
	return !is_op(&r->fields[0]);
}

/* The same texts, but for the operation that one of them begins with? */
static bool
same_header(const SampleRecord *a, const SampleRecord *b)
{
	int			i = is_word(&a->fields[0], OP_HEADER);
	int			j = is_word(&b->fields[0], OP_HEADER);

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
			if (!f->is_load && is_word(&f->r.records[0].fields[0], OP_HEADER))
				r->problem = psprintf("the header of \"%s\" has names that are empty, repeated or no names",
									  f->sample->object->key);
			return EVIDENCE_NO;
		}
		if (is_word(&f->r.records[0].fields[0], OP_HEADER))
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

static bool
has_op(const RecognisedFile *f, bool header)
{
	if (f->width == 0)
		return false;
	if (header)
		return is_word(&f->r.records[0].fields[0], OP_HEADER);
	for (int i = 0; i < f->r.n; i++)
		if (!is_op(&f->r.records[i].fields[0]))
			return false;
	return true;
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

/* The field of the header that names the server's timestamp column, or -1. */
static int
named_time(const RecogniseHints *hints, const RecognisedFile *f)
{
	if (hints->timestamp_column == NULL || f->width == 0)
		return -1;
	for (int i = 0; i < f->width; i++)
		if (is_word(&f->r.records[0].fields[i], hints->timestamp_column))
			return i;
	return -1;
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
		if (header && hints->timestamp_column != NULL)
		{
			if (named_time(hints, f) >= 0)
				return EVIDENCE_YES;
			/* the server's name is not there: is it another? */
		}
		e = file_time_evidence(f, has_op(f, header), header);
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
		int			field = has_op(f, header);

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
	choose_dialect(hints, table, out);
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
	int			next = f->op + 1;

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
			  is_word(&f->r.records[0].fields[next], r->time_name)))
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
		f->op = has_op(f, header) ? 0 : -1;
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
