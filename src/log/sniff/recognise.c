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

#include "miscadmin.h"

#include "log/sniff/infer.h"
#include "log/layout.h"
#include "log/sniff/recognise.h"
#include "log/sniff/recognise_fields.h"
#include "log/shown.h"

/* A batch is written soon after its first commit. */
#define BATCH_SPAN		(2 * USECS_PER_DAY)
/* Names may be in a zone that is behind. */
#define ZONE_SPAN		(14 * USECS_PER_HOUR)

bool
recognise_is_date(const SampleField *f)
{
	InferColumn c = {0};
	InferType	type;

	infer_add(&c, f->data, f->len);
	type = infer_type(&c, false);
	return type == INFER_DATE || type == INFER_TIMESTAMP ||
		type == INFER_TIMESTAMPTZ;
}

bool
recognise_is_near(const RecognisedFile *f, int64 time)
{
	int64		name = f->sample->object->info.time;

	return time <= name + ZONE_SPAN && time >= name - BATCH_SPAN;
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
 * Names in headers
 */

/* True if two names are the same but for blanks around them. */
static bool
differ_in_blanks(const SampleField *a, const SampleField *b)
{
	const char *s = a->data + strspn(a->data, " ");
	const char *t = b->data + strspn(b->data, " ");
	size_t		n = strlen(s);
	size_t		m = strlen(t);

	while (n > 0 && s[n - 1] == ' ')
		n--;
	while (m > 0 && t[m - 1] == ' ')
		m--;
	return n == m && n > 0 && strncmp(s, t, n) == 0 &&
		strcmp(a->data, b->data) != 0;
}

/* Why headers may not mean the same columns; or NULL. */
static const char *
headers_differ_in_blanks(const Recognised *r)
{
	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];

		for (int c = 0; c < Min(f->width, RECOGNISE_NAMES); c++)
		{
			const SampleField *name = &f->r.records[0].fields[c];

			CHECK_FOR_INTERRUPTS();
			if (name->len == 0 || (name->data[0] != ' ' &&
								   name->data[name->len - 1] != ' '))
				continue;
			for (int k = 0; k < r->nfiles; k++)
				for (int o = 0; o < Min(r->files[k].width, RECOGNISE_NAMES); o++)
					if (differ_in_blanks(name, &r->files[k].r.records[0].fields[o]))
						return psprintf("\"%s\" in the header of \"%s\" and \"%s\" in that of \"%s\" differ in blanks alone",
										shown_text(name->data, name->len),
										sample_name(f->sample),
										shown_text(r->files[k].r.records[0].fields[o].data,
												   r->files[k].r.records[0].fields[o].len),
										sample_name(r->files[k].sample));
		}
	}
	return NULL;
}

/*
 * Fields
 */

int
recognise_field(const RecognisedFile *f, const char *name)
{
	int			folded = -1;

	for (int i = 0; i < f->width; i++)
	{
		if (strcmp(f->r.records[0].fields[i].data, name) == 0)
			return i;
		if (folded < 0 && recognise_is_word(&f->r.records[0].fields[i], name))
			folded = i;
	}
	return folded;
}

bool
recognise_all_times(const RecognisedFile *f, int field, int skip)
{
	int64		t;

	if (field >= f->width || f->r.n <= skip)
		return false;
	for (int i = skip; i < f->r.n; i++)
		if (!name_parse_timestamp(f->r.records[i].fields[field].data,
								  f->r.records[i].fields[field].len, &t))
			return false;
	return true;
}

const RecognisedFile *
recognise_oldest_changes(const Recognised *r)
{
	for (int i = 0; i < r->nfiles; i++)
		if (!r->files[i].is_load && r->files[i].width > 0)
			return &r->files[i];
	return NULL;
}

bool
recognise_no_clock(const RecogniseHints *hints)
{
	return hints->timestamp_column != NULL &&
		hints->timestamp_column[0] == '\0';
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
			r->problem = r->files[i].sample->len < SAMPLE_MOST ?
				"a record is longer than sample_bytes" :
				"a record is longer than the 8 MB that an import looks at";
			return true;
		}
	}
	r->problem = "all its files are empty";
	return true;
}

/* True if a sample's first line has zero bytes, and no mark that says why. */
static bool
has_zero_bytes(const Sample *s)
{
	const char *end = memchr(s->bytes, '\n', s->len);
	size_t		len = end != NULL ? end - s->bytes : s->len;

	/* UTF-16 with its byte order mark is named by who reads it */
	return len >= 2 && (unsigned char) s->bytes[0] < 0xfe &&
		memchr(s->bytes, '\0', len) != NULL;
}

void
recognise_read(const RecogniseHints *hints, Sample **samples, int n,
			   const RecogniseTable *table, Recognised *out)
{
	memset(out, 0, sizeof(*out));
	for (int i = 0; i < n; i++)
	{
		RecognisedFile *f = &out->files[out->nfiles++];
		NameKind	kind = samples[i]->object->info.kind;

		f->sample = samples[i];
		f->is_load = kind == NAME_LOAD || kind == NAME_SEGMENT;
		out->gzip |= samples[i]->gzip;
		if (samples[i]->problem != NULL)
			out->problem = psprintf("\"%s\": %s", sample_name(samples[i]),
									samples[i]->problem);
	}
	if (out->nfiles == 0)
		out->problem = "all its files are empty";
	for (int i = 0; i < out->nfiles && out->problem == NULL; i++)
		if (has_zero_bytes(samples[i]))
			out->problem = psprintf("\"%s\" is no text: there are zero bytes in its first line, as UTF-16 has them",
									sample_name(samples[i]));
	if (out->problem != NULL)
		return;
	recognise_dialect(hints, table, out);
	if (out->problem != NULL || describe_empty(out, n))
		return;
	recognise_header_look(hints, out);
}

/* What is known of one file, once operation and time are. */
static void
settle_file(RecognisedFile *f, bool header, Recognised *r)
{
	f->skip = header && f->width > 0;
	if (f->width == 0)
		return;
	r->qlik |= header && recognise_field(f, RECOGNISE_QLIK_OP) >= 0;
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
	}
	if (f->width <= (f->op >= 0) + (f->time >= 0) && f->r.n > f->skip)
		r->problem = psprintf("\"%s\" has no columns but operation and time",
							  sample_name(f->sample));
}

void
recognise_settle(const RecogniseHints *hints, const RecogniseSchema *schema,
				 Recognised *r)
{
	bool		header = recognise_header(schema, r->header, r->header_weak);
	RecogniseDoubt doubt = recognise_ends(hints, header, r);

	if (doubt.problem == NULL)
		doubt = recognise_header_doubt(schema, r);

	if (doubt.problem == NULL && header)
		doubt.problem = headers_differ_in_blanks(r);
	if (doubt.problem == NULL)
		doubt = recognise_op(hints, header, schema->load_op, r);
	if (doubt.problem == NULL)
		doubt = recognise_time(hints, header, schema, r);
	r->op_in_changes = true;
	for (int i = 0; i < r->nfiles; i++)
		settle_file(&r->files[i], header, r);
	if (doubt.problem != NULL)
	{
		r->problem = doubt.problem;
		r->problem_hint = doubt.hint;
	}
}
