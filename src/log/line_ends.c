/*-------------------------------------------------------------------------
 *
 * line_ends.c
 *	  Whether a carriage return is part of a file's line ends, or of its
 *	  last column's values.
 *
 * One change record whose last value ends in CR looks like a file of CR LF
 * lines, so another file of the log is asked before a CR is taken away.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "log/erroption.h"
#include "log/evidence.h"
#include "log/line_ends.h"
#include "log/shown.h"

/*
 * Some of a file's lines end in CR LF, others in LF.  A header that ends in
 * CR LF leaves nothing to say: its last name is not meant to have the CR.
 */
static void
ends_differ(Store *store, const LogConfig *config, const LogFile *file,
			const CsvEnds *ends)
{
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("the lines of file \"%s\" end in two ways",
					store_uri(store, file->key)),
			 !config->header ?
			 errdetail("Some records end in a newline, others in a carriage return and a newline.") :
			 ends->first_with_cr ?
			 errdetail("The header ends in a carriage return and a newline, records in a newline.") :
			 errdetail("The header ends in a newline, records in a carriage return and a newline."),
			 config->header && ends->first_with_cr ?
			 errhint(LINE_ENDS_NO_OPTION) : errhint(LINE_ENDS_DATA_HINT),
			 erroption("csv_row_delimiter")));
}

void
line_ends_check_header(const LogConfig *config, const HeaderName *header,
					   int n, const int *pos)
{
	HeaderName *cut;
	int		   *places;
	bool	   *folded;

	if (config->dialect.terminator != '\n' || config->dialect.crlf ||
		config->dialect.asks_crlf || n == 0 || header[n - 1].len == 0 ||
		header[n - 1].data[header[n - 1].len - 1] != '\r')
		return;
	cut = palloc(sizeof(HeaderName) * n);
	memcpy(cut, header, sizeof(HeaderName) * n);
	cut[n - 1].len--;
	places = palloc(sizeof(int) * NAMES_WANTED(config));
	folded = palloc(sizeof(bool) * NAMES_WANTED(config));
	names_find(config, cut, n, places, folded);
	for (int i = 0; i < NAMES_WANTED(config); i++)
		if (pos[i] < 0 && places[i] == n - 1)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
					 errmsg("the header's last name is \"%s\" and a carriage return",
							shown_text(cut[n - 1].data, cut[n - 1].len)),
					 errdetail("With csv_row_delimiter '\\n' a carriage return at the end of a line is no part of the line's end."),
					 errhint("If the file's lines end in a carriage return and a newline, set csv_row_delimiter 'by_file', which reads no file whose lines end in two ways; if the name has it, declare it so in column option column_name."),
					 erroption("csv_row_delimiter")));
	pfree(cut);
	pfree(places);
	pfree(folded);
}

void
line_ends_differ(const char *one, const char *other)
{
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("the lines of files \"%s\" and \"%s\" end in different ways",
					one, other),
			 errdetail("All records looked at of one file end in a carriage return and a newline, those of the other do not."),
			 errhint("If that carriage return is part of the last column's values, set csv_row_delimiter '\\n'; if each file has line ends of its own, set it to 'by_file'."),
			 erroption("csv_row_delimiter")));
}

/* The file of the log that file is compared with; NULL: there is none. */
static const LogFile *
other_file(const LogFile *file)
{
	const LogFile *other = evidence_first_load(file->evidence);

	if (other == NULL || strcmp(other->key, file->key) == 0)
		other = evidence_newest_change(file->evidence);
	return other == NULL || strcmp(other->key, file->key) == 0 ? NULL : other;
}

bool
line_ends_are_crlf(Store *store, const LogConfig *config, const LogFile *file,
				   const CsvEnds *ends)
{
	bool		all = evidence_all_crlf(config, ends);
	const LogFile *other;
	CsvEnds		theirs;

	if (ends->with_cr > 0 && ends->without > 0)
		ends_differ(store, config, file, ends);
	if (config->header || ends->with_cr == 0 || file->evidence == NULL ||
		config->ends_by_file)
		return all;
	other = other_file(file);
	if (other != NULL && evidence_ends(store, config, other, &theirs) &&
		evidence_all_crlf(config, &theirs) != all)
		line_ends_differ(store_uri(store, file->key),
						 store_uri(store, other->key));
	return all;
}
