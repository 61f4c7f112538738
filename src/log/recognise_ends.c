/*-------------------------------------------------------------------------
 *
 * recognise_ends.c
 *	  Whether the lines of one table's files end as its readers demand.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/line_ends.h"
#include "log/recognise.h"
#include "log/recognise_fields.h"

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

RecogniseDoubt
recognise_ends(const RecogniseHints *hints, bool header, Recognised *r)
{
	const RecognisedFile *with = NULL;
	const RecognisedFile *without = NULL;
	RecogniseDoubt doubt = {0};

	if (hints->line_end_given || r->dialect.terminator != '\n')
		return doubt;
	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];

		if (f->ends.with_cr + f->ends.without == 0)
			continue;
		if (recognise_ends_differ(f))
		{
			doubt.problem = psprintf("the lines of \"%s\" end in two ways",
									 f->sample->object->key);
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
								 with->sample->object->key,
								 without->sample->object->key);
		doubt.hint = "If a carriage return before the newline is part of the last column's values, set csv_row_delimiter '\\n' on the server; if each file has line ends of its own, set it to 'by_file'.";
	}
	return doubt;
}
