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

#include <ctype.h>

#include "log/sniff/infer.h"
#include "log/layout.h"
#include "log/names.h"
#include "log/sniff/recognise.h"
#include "log/sniff/recognise_fields.h"

static const char other_delimiters[] = {',', '\t', ';', '|', '\001', '~'};
/* such as end rows where a newline does not; with others somebody has to say so */
static const char usual_terminators[] = "|~;^#$@!%&*\036\037\001\002\r";
/* that are not tried, but ask: of texts that stand alone they seldom are part */
static const char unusual_delimiters[] = "^:#!$%&*+=\\?";

bool
recognise_is_op(const SampleField *f)
{
	LogOp		op;

	return !f->quoted && op_parse(f->data, f->len, &op);
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

/* Without the carriage return that is a line's, a header may still be one. */
static void
cut_return(SampleRecord *r)
{
	SampleField *last = &r->fields[r->nfields - 1];

	if (last->len > 0 && last->data[last->len - 1] == '\r')
		last->data = pnstrdup(last->data, --last->len);
}

/*
 * Read one file so; false where it is not made so.  Where the options do not
 * say what lines end in, each file is read by its own.
 */
static bool
try_file(const RecogniseHints *hints, const CsvDialect *dialect,
		 const RecogniseTable *table, RecognisedFile *f)
{
	bool		txn = f->sample->object->info.kind == NAME_TXN;
	CsvDialect	own = *dialect;

	sample_ends(f->sample, dialect, &f->ends);
	if (!hints->line_end_given && dialect->terminator == '\n')
		own.crlf = f->ends.with_cr > 0 && f->ends.without == 0;
	sample_free(&f->r);
	sample_parse(f->sample, &own, PG_INT32_MAX, &f->r);
	if (txn)
		keep_table(&f->r, table);
	if (!hints->line_end_given && recognise_ends_differ(f) && f->ends.first_with_cr &&
		f->r.n > 0)
		cut_return(&f->r.records[0]);
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
try_dialect(const RecogniseHints *hints, const CsvDialect *dialect,
			const RecogniseTable *table, Recognised *r)
{
	bool		wide = false;
	bool		ops = true;

	r->dialect = *dialect;
	for (int i = 0; i < r->nfiles; i++)
	{
		if (!try_file(hints, dialect, table, &r->files[i]))
			return FIT_NONE;
		wide |= r->files[i].width > 1;
		if (!r->files[i].is_load)
			ops &= begins_with_ops(&r->files[i]);
	}
	if (!hints->of_table && !widths_agree(r))
		return FIT_NONE;
	return !wide ? FIT_SINGLE : ops ? FIT_OPS : FIT_WIDE;
}

/* The byte that all files end in, and is no newline; 0: there is none. */
static char
last_byte(const RecogniseHints *hints, const Recognised *r)
{
	char		last = 0;

	for (int i = 0; i < r->nfiles && !hints->line_end_given &&
		 !hints->of_table; i++)
	{
		const Sample *s = r->files[i].sample;
		char		c;

		if (!s->whole || s->len == 0)
			continue;
		c = s->bytes[s->len - 1];
		if (c == '\n' || (last != 0 && c != last))
			return 0;
		last = c;
	}
	return last;
}

/* Dialects to try, likeliest first; returns how many. */
static int
likely_dialects(const RecogniseHints *hints, char terminator, CsvDialect *d)
{
	int			n = 0;

	int			quotings = hints->quoting_given || hints->of_table ? 1 : 2;
	int			others = hints->of_table ? 0 : lengthof(other_delimiters);

	for (int quotes = 0; quotes < quotings; quotes++)
	{
		for (int i = -1; i < others; i++)
		{
			char		c = i < 0 ? hints->dialect.delimiter : other_delimiters[i];

			if ((i >= 0 && c == hints->dialect.delimiter) || c == terminator)
				continue;
			d[n] = hints->dialect;
			d[n].delimiter = c;
			d[n].terminator = terminator;
			if (quotes > 0)
				d[n].quote = 0;
			n++;
		}
	}
	return n;
}

char *
recognise_show_byte(char c)
{
	if (c == '\t')
		return pstrdup("tab");
	return psprintf((unsigned char) c < ' ' || c == 0x7f ? "\\x%02x" : "'%c'", c);
}

/* Why no dialect fits all files. */
static const char *
describe_misfit(const RecogniseHints *hints, const CsvDialect *dialects, int n,
				const RecogniseTable *table, Recognised *r)
{
	char		found[RECOGNISE_FILES] = {0};

	for (int i = 0; i < r->nfiles; i++)
	{
		RecognisedFile *f = &r->files[i];

		for (int d = 0; d < n && found[i] == 0; d++)
			if (try_file(hints, &dialects[d], table, f) && f->width > 1)
				found[i] = dialects[d].delimiter;
		if (i > 0 && found[i] != 0 && found[i - 1] != 0 &&
			found[i] != found[i - 1])
			return psprintf("its files have different delimiters: %s in \"%s\", %s in \"%s\"",
							recognise_show_byte(found[i - 1]),
							sample_name(r->files[i - 1].sample),
							recognise_show_byte(found[i]), sample_name(f->sample));
	}
	for (int i = 0; i < r->nfiles; i++)
	{
		RecognisedFile *f = &r->files[i];

		if (try_file(hints, &dialects[0], table, f))
			continue;
		if (f->r.problem != NULL)
			return psprintf("line %lld of \"%s\" cannot be read: %s",
							(long long) f->r.problem_line,
							sample_name(f->sample), f->r.problem);
		for (int k = 1; k < f->r.n; k++)
			if (f->r.records[k].nfields != f->width)
				return psprintf("records of \"%s\" have %d fields and, on line %lld, %d",
								sample_name(f->sample), f->width,
								(long long) f->r.records[k].line,
								f->r.records[k].nfields);
	}
	return "its files cannot be taken apart";
}

/* The likeliest of some dialects, -1: none fits. */
static int
best_dialect(const RecogniseHints *hints, const CsvDialect *d, int n,
			 const RecogniseTable *table, Recognised *r, Fit *best_fit)
{
	int			best = -1;

	*best_fit = FIT_NONE;
	for (int i = 0; i < n && *best_fit < FIT_OPS; i++)
	{
		Fit			fit = try_dialect(hints, &d[i], table, r);

		/* any other delimiter leaves one field, too */
		if (fit == FIT_SINGLE && d[i].delimiter != hints->dialect.delimiter)
			continue;
		if (fit > *best_fit)
		{
			best = i;
			*best_fit = fit;
		}
	}
	return best;
}

/* Of bytes that somebody may have chosen as delimiter: no text has them. */
static bool
stands_in_texts_seldom(char c)
{
	return c == '^' || ((unsigned char) c < ' ' && c != '\n' && c != '\r');
}

/* True if the first file that is not empty has the byte: only then is it worth a try. */
static bool
stands_in(const Recognised *r, char c)
{
	for (int i = 0; i < r->nfiles; i++)
		if (r->files[i].sample->len > 0)
			return memchr(r->files[i].sample->bytes, c,
						  r->files[i].sample->len) != NULL;
	return false;
}

/*
 * Another delimiter at which all records fall apart as well as at the best one,
 * which nobody named; 0: there is none.
 */
static char
rival_delimiter(const RecogniseHints *hints, const CsvDialect *d, int n,
				const RecogniseTable *table, Recognised *r, int best, Fit fit)
{
	if (best < 0 || fit < FIT_WIDE ||
		(hints->delimiter_given &&
		 d[best].delimiter == hints->dialect.delimiter))
		return 0;
	for (int i = 0; i < n; i++)
		if (i != best && d[i].quote == d[best].quote &&
			try_dialect(hints, &d[i], table, r) == fit)
			return d[i].delimiter;
	for (int c = 1; c < PG_INT8_MAX; c++)
	{
		CsvDialect	other = d[best];

		other.delimiter = (char) c;
		if (c != other.terminator && c != d[best].delimiter &&
			stands_in_texts_seldom((char) c) && stands_in(r, (char) c) &&
			try_dialect(hints, &other, table, r) >= fit)
			return (char) c;
	}
	return 0;
}

/* Does a change record begin with what heads or is an operation, and a delimiter? */
static char
behind_operation(const SampleField *v, bool first)
{
	uint32		at = first && v->len > strlen(NAMES_DMS_OP) &&
		strncmp(v->data, NAMES_DMS_OP, strlen(NAMES_DMS_OP)) == 0 ?
		strlen(NAMES_DMS_OP) : 1;
	char		c = v->len > at ? v->data[at] : 0;

	if ((at == 1 && strchr("IUD", v->data[0]) == NULL) ||
		isalnum((unsigned char) c) || IS_HIGHBIT_SET(c))
		return 0;
	return c;
}

/*
 * The delimiter that stands behind the operation in all change records, where
 * these have one field; 0: there is none.
 */
static char
delimiter_of_changes(const Recognised *r)
{
	char		found = 0;

	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];

		for (int k = 0; k < f->r.n && !f->is_load; k++)
		{
			char		c = behind_operation(&f->r.records[k].fields[0], k == 0);

			if (c == 0 || (found != 0 && c != found))
				return 0;
			found = c;
		}
	}
	return found;
}

static int
count_bytes(const SampleField *f, char c)
{
	int			n = 0;

	for (uint32 i = 0; i < f->len; i++)
		n += f->data[i] == c;
	return n;
}

/* Does the byte stand in all records, of each file as often as in its first? */
static bool
stands_alike(const Recognised *r, char c)
{
	bool		any = false;

	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];
		int			n = f->r.n > 0 ?
			count_bytes(&f->r.records[0].fields[0], c) : 1;

		if (n == 0)
			return false;
		any |= f->r.n > 0;
		for (int k = 1; k < f->r.n; k++)
			if (count_bytes(&f->r.records[k].fields[0], c) != n)
				return false;
	}
	return any;
}

/* Have the only fields of all records a type that no delimiter stands in? */
static bool
are_typed(const Recognised *r)
{
	InferColumn values = {0};

	for (int i = 0; i < r->nfiles; i++)
		for (int k = 0; k < r->files[i].r.n; k++)
			infer_add(&values, r->files[i].r.records[k].fields[0].data,
					  r->files[i].r.records[k].fields[0].len);
	return infer_type(&values, false) != INFER_TEXT;
}

/* A byte that may be the delimiter of records that have one field; 0: none. */
static char
possible_delimiter(const RecogniseHints *hints, const Recognised *r)
{
	if (hints->delimiter_given || hints->of_table || are_typed(r))
		return 0;
	for (int c = 1; c < ' '; c++)
		if (c != '\n' && c != '\r' && stands_alike(r, (char) c))
			return (char) c;
	for (const char *c = unusual_delimiters; *c != '\0'; c++)
		if (stands_alike(r, *c))
			return *c;
	return 0;
}

static void
doubt_single(const RecogniseHints *hints, Recognised *r)
{
	char		c = delimiter_of_changes(r);

	if (c != 0)
		r->problem = psprintf("its records have one field, in which %s stands behind the operation",
							  recognise_show_byte(c));
	else if ((c = possible_delimiter(hints, r)) != 0)
		r->problem = psprintf("its records have one field, in which %s stands as if it were the delimiter",
							  recognise_show_byte(c));
	if (c != 0)
		r->problem_hint = "Set csv_delimiter on the server as in the endpoint.";
}

/*
 * Quotes that nobody spoke of are read as data: does a file end inside a quoted
 * field, as one does that was cut?
 */
static void
doubt_quotes(const RecogniseHints *hints, const CsvDialect *dialect,
			 const RecogniseTable *table, Recognised *r)
{
	CsvDialect	quoted = *dialect;

	if (hints->quoting_given || hints->dialect.quote == 0 || dialect->quote != 0)
		return;
	quoted.quote = hints->dialect.quote;
	for (int i = 0; i < r->nfiles && r->problem == NULL; i++)
	{
		RecognisedFile *f = &r->files[i];
		const Sample *s = f->sample;

		if (!s->whole || s->len == 0 || s->bytes[s->len - 1] == '\n' ||
			s->bytes[s->len - 1] == dialect->terminator ||
			try_file(hints, &quoted, table, f))
			continue;
		r->problem = psprintf("\"%s\" ends without a newline and, if quotes enclose its values, inside one: it may have been cut",
							  sample_name(s));
		r->problem_hint = "Copy the whole file; if quotes are part of its values, set rfc4180 'false' on the server.";
	}
}

/* Take the samples apart by the best dialect, if none is as good. */
static void
settle_dialect(const RecogniseHints *hints, const CsvDialect *d, int n,
			   const RecogniseTable *table, Recognised *r, int best, Fit fit)
{
	char		rival = rival_delimiter(hints, d, n, table, r, best, fit);

	(void) try_dialect(hints, &d[best], table, r);
	if (fit == FIT_SINGLE)
		doubt_single(hints, r);
	if (rival == 0)
	{
		doubt_quotes(hints, &d[best], table, r);
		return;
	}
	r->problem = psprintf("its records may be delimited by %s or by %s",
						  recognise_show_byte(d[best].delimiter),
						  recognise_show_byte(rival));
	r->problem_hint = "Set csv_delimiter on the server as in the endpoint.";
}

/* True if no file has a newline, and one has several rows that end in that byte. */
static bool
is_surely_terminator(char terminator, const Recognised *r)
{
	bool		several = false;

	for (int i = 0; i < r->nfiles; i++)
	{
		const Sample *s = r->files[i].sample;

		if (s->len == 0)
			continue;
		if (memchr(s->bytes, '\n', s->len) != NULL)
			return false;
		several |= memchr(s->bytes, terminator, s->len - 1) != NULL;
	}
	return several;
}

static void
doubt_terminator(char terminator, Recognised *r)
{
	r->problem = psprintf("its files do not end in a newline but in %s, which may end each of their records",
						  recognise_show_byte(terminator));
	r->problem_hint = "Set csv_row_delimiter, and csv_delimiter, on the server as in the endpoint.";
}

void
recognise_dialect(const RecogniseHints *hints, const RecogniseTable *table,
				  Recognised *r)
{
	CsvDialect	d[2 * (lengthof(other_delimiters) + 1)];
	CsvDialect	others[2 * (lengthof(other_delimiters) + 1)];
	char		terminator = last_byte(hints, r);
	int			n = likely_dialects(hints, hints->dialect.terminator, d);
	Fit			fit;
	int			best = best_dialect(hints, d, n, table, r, &fit);

	if (terminator != 0 && strchr(usual_terminators, terminator) == NULL)
	{
		if (terminator != '"' && is_surely_terminator(terminator, r))
		{
			doubt_terminator(terminator, r);
			return;
		}
		terminator = 0;
	}
	if (terminator != 0)
	{
		int			nothers = likely_dialects(hints, terminator, others);
		Fit			other_fit;
		int			other = best_dialect(hints, others, nothers, table, r,
										 &other_fit);

		if (other_fit > FIT_SINGLE &&
			(fit <= FIT_SINGLE || is_surely_terminator(terminator, r)))
		{
			settle_dialect(hints, others, nothers, table, r, other,
						   other_fit);
			return;
		}
		/* with a newline, all records would be one field, or end in an empty one */
		if (other_fit > FIT_SINGLE || fit == FIT_SINGLE ||
			(best >= 0 && d[best].delimiter == terminator))
		{
			doubt_terminator(terminator, r);
			return;
		}
	}
	if (best < 0)
	{
		r->problem = describe_misfit(hints, d, n, table, r);
		return;
	}
	settle_dialect(hints, d, n, table, r, best, fit);
}
