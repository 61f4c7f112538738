/*-------------------------------------------------------------------------
 *
 * dialect.c
 *	  How the samples of one table are taken apart.
 *
 * A dialect fits if all records of a file have as many fields.  The likeliest
 * is taken under which changes begin with operations, too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/layout.h"
#include "log/names.h"
#include "log/recognise.h"

static const char other_delimiters[] = {',', '\t', ';', '|', '\001', '~'};

bool
recognise_is_op(const SampleField *f)
{
	LogOp		op;

	return !f->quoted && layout_parse_op(f->data, f->len, &op);
}

bool
recognise_is_word(const SampleField *f, const char *word)
{
	return pg_strcasecmp(f->data, word) == 0;
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

		if (!recognise_is_op(&r->fields[0]) &&
			!(i == 0 && recognise_is_word(&r->fields[0], NAMES_DMS_OP)))
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

	sample_parse(f->sample, dialect, PG_INT32_MAX, &f->r);
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

/* A delimiter for messages; palloc'd. */
static char *
show_delimiter(char c)
{
	if (c == '\t')
		return pstrdup("tab");
	return psprintf((unsigned char) c < ' ' ? "\\x%02x" : "'%c'", c);
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
			return psprintf("its files have different delimiters: %s in \"%s\", %s in \"%s\"",
							show_delimiter(found[i - 1]),
							r->files[i - 1].sample->object->key,
							show_delimiter(found[i]), f->sample->object->key);
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

void
recognise_dialect(const RecogniseHints *hints, const RecogniseTable *table,
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
