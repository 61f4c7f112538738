/*-------------------------------------------------------------------------
 *
 * recognise_ends.c
 *	  Whether the lines of one table's files end as its readers demand.
 *
 * Rows may end in several bytes, such as ";\n", which no option reads: the bytes
 * before the newline would be part of each last value.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/line_ends.h"
#include "log/sniff/recognise.h"
#include "log/sniff/recognise_fields.h"

/* Bytes that rows may end in before their newline, beside control characters. */
static const char ends_of_rows[] = ";|~^";

bool
recognise_ends_differ(const RecognisedFile *f)
{
	return f->ends.with_cr > 0 && f->ends.without > 0;
}

/* The way on where the lines of one file end in two ways. */
static const char *
hint_for_ends(bool header, const RecognisedFile *f)
{
	if (header && f->ends.first_with_cr)
		return LINE_ENDS_NO_OPTION;
	return "If a carriage return before the newline is part of the last column's values, set csv_row_delimiter '\\n' on the server; if it is not, write the file again with one line end.";
}

/* The byte that a record ends in behind its last value, if rows may; or 0. */
static char
end_of_row(const SampleRecord *r)
{
	const SampleField *last = &r->fields[r->nfields - 1];
	char		c = last->len > 0 && !last->quoted ? last->data[last->len - 1] : 0;

	/* a carriage return is a line's own */
	if (c == 0 || c == '\r' ||
		(strchr(ends_of_rows, c) == NULL && (unsigned char) c >= ' ' && c != 0x7f))
		return 0;
	return c;
}

/* The byte that all records end in, of several; 0: there is none. */
static char
common_end(const Recognised *r)
{
	char		end = 0;
	int			n = 0;

	for (int i = 0; i < r->nfiles; i++)
	{
		for (int k = 0; k < r->files[i].r.n; k++)
		{
			char		c = end_of_row(&r->files[i].r.records[k]);

			if (c == 0 || (n++ > 0 && c != end))
				return 0;
			end = c;
		}
	}
	return n > 1 ? end : 0;
}

/* Tells of rows that may end in more than the newline. */
static RecogniseDoubt
doubt_rows(const Recognised *r)
{
	RecogniseDoubt doubt = {0};
	char		end = common_end(r);

	if (end == 0)
		return doubt;
	doubt.problem = psprintf("all its records end in %s: its rows may end in that and a newline, which no option reads",
							 recognise_show_byte(end));
	doubt.hint = "Write the files again with rows that end in a newline alone; if it is part of the last column's values, create the foreign table by hand.";
	return doubt;
}

/*
 * Tells of a carriage return that is part of a header's last name, because the
 * options say that lines end in the newline alone.
 */
static RecogniseDoubt
doubt_header(const Recognised *r)
{
	RecogniseDoubt doubt = {0};

	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];
		const SampleField *last = f->width > 0 ? &f->r.records[0].fields[f->width - 1] : NULL;

		if (last == NULL || last->len == 0 || last->data[last->len - 1] != '\r')
			continue;
		doubt.problem = psprintf("the header of \"%s\" ends in a carriage return, which is part of its last name by csv_row_delimiter '\\n'",
								 sample_name(f->sample));
		doubt.hint = "If the file's lines end in CR LF, set csv_row_delimiter 'by_file' on the server.";
		break;
	}
	return doubt;
}

RecogniseDoubt
recognise_ends(const RecogniseHints *hints, bool header, Recognised *r)
{
	const RecognisedFile *with = NULL;
	const RecognisedFile *without = NULL;
	RecogniseDoubt doubt = {0};

	if (r->dialect.terminator != '\n')
		return doubt;
	/* whoever made a table by hand knows what its values are */
	if (!hints->of_table)
		doubt = doubt_rows(r);
	if (doubt.problem == NULL && header && hints->line_end_given && !hints->of_table)
		doubt = doubt_header(r);
	if (doubt.problem != NULL || hints->line_end_given)
		return doubt;
	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];

		if (f->ends.with_cr + f->ends.without == 0)
			continue;
		if (recognise_ends_differ(f))
		{
			doubt.problem = psprintf("the lines of \"%s\" end in two ways",
									 sample_name(f->sample));
			doubt.hint = hint_for_ends(header, f);
			return doubt;
		}
		if (f->ends.with_cr > 0)
			with = f;
		else
			without = f;
	}
	r->dialect.crlf = with != NULL && without == NULL;
	if (!header && with != NULL && without != NULL && !hints->ends_by_file)
	{
		doubt.problem = psprintf("the lines of \"%s\" and \"%s\" end in different ways",
								 sample_name(with->sample),
								 sample_name(without->sample));
		doubt.hint = "If a carriage return before the newline is part of the last column's values, set csv_row_delimiter '\\n' on the server; if each file has line ends of its own, set it to 'by_file'.";
	}
	return doubt;
}
