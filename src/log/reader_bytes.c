/*-------------------------------------------------------------------------
 *
 * reader_bytes.c
 *	  The bytes of one file, fetched and unzipped, on their way to records.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/bounds.h"
#include "log/reader_state.h"

#define PLAIN_CHUNK		(256 * 1024)
#define INFLATE_CHUNK	(256 * 1024)

static void
feed(LogReader *r, const char *buf, size_t len, bool last)
{
	CsvStatus	status;
	int64		line;

	/* the end of a cut file is nobody's last line */
	status = csv_feed(r->csv, buf, len, last && !r->cut);
	if (status != CSV_STATUS_OK)
		r->failure = status;
	else if (!last && !bounds_pass_record(r->config, csv_unfinished(r->csv, &line)))
		r->failure = CSV_STATUS_TOO_LONG;
	if (last)
		r->end = true;
}

static void
start(LogReader *r, size_t len)
{
	r->started = true;
	if (gzip_is_gzip(r->input, len))
	{
		r->gzip = gzip_create();
		if (r->gzip == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	}
}

static char *
room_for(LogReader *r, size_t len)
{
	char	   *room = csv_room(r->csv, len);

	if (room == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	return room;
}

/*
 * Unzip what there is into the CSV reader's own memory; false when more input
 * is wanted.
 */
static bool
inflate_some(LogReader *r)
{
	char	   *room = room_for(r, INFLATE_CHUNK);
	size_t		outlen;
	GzipStatus	status = gzip_read(r->gzip, room, INFLATE_CHUNK, &outlen,
								   r->source_end);

	if (r->cut && r->source_end && status == GZIP_TRUNCATED)
		status = GZIP_OK;		/* a cut file is cut anywhere */
	if (status == GZIP_NEED_INPUT)
		return false;
	if (status != GZIP_OK)
	{
		reader_at(r, 0, NULL);
		ereport(ERROR,
				(errcode(status == GZIP_NO_MEMORY ? ERRCODE_OUT_OF_MEMORY :
						 ERRCODE_DATA_CORRUPTED),
				 errmsg(status == GZIP_TRUNCATED ?
						"gzip file \"%s\" ends early" :
						"gzip file \"%s\" is damaged", r->uri),
				 errdetail("%s", gzip_message(r->gzip)),
				 errhint("Copy the object again from where it was written.")));
	}
	r->inflated += outlen;
	bounds_check_ratio(r->config, r->uri, r->stored, r->inflated);
	feed(r, room, outlen, outlen == 0 && r->source_end);
	return true;
}

/* Nothing more comes: a file that is held keeps its records only. */
static void
drop_buffers(LogReader *r)
{
	gzip_destroy(r->gzip);
	r->gzip = NULL;
	pfree(r->input);
	r->input = NULL;
}

/* Read into the CSV reader's own memory. */
static void
fill_plain(LogReader *r)
{
	char	   *room = room_for(r, PLAIN_CHUNK);
	size_t		got = store_read(r->source, room, PLAIN_CHUNK);

	r->source_end = got == 0;
	feed(r, room, got, r->source_end);
	if (r->end)
		drop_buffers(r);
}

bool
reader_fill(LogReader *r)
{
	size_t		got = 0;

	store_check_interrupts();
	if (r->end || r->failure != CSV_STATUS_OK)
		return false;
	if (r->gzip != NULL && inflate_some(r))
	{
		if (r->end)
			drop_buffers(r);
		return true;
	}
	if (r->started && r->gzip == NULL)
	{
		fill_plain(r);
		return true;
	}
	/* the first three bytes tell gzip, however they come */
	do
	{
		size_t		n = store_read(r->source, r->input + got, READER_INPUT - got);

		if (n == 0)
			r->source_end = true;
		got += n;
	} while (!r->started && got < 3 && !r->source_end);
	if (!r->started)
		start(r, got);
	if (r->gzip == NULL)
		feed(r, r->input, got, r->source_end);
	else
	{
		r->stored += got;
		gzip_feed(r->gzip, r->input, got);
		inflate_some(r);
	}
	if (r->end)
		drop_buffers(r);
	return true;
}

static int
csv_hint(const LogReader *r, const CsvError *e)
{
	if (e->status != CSV_STATUS_BAD_QUOTE)
		return 0;
	if (strstr(e->message, "carriage return") != NULL &&
		!r->config->dialect.crlf)
		return errhint("If lines end in a carriage return and a newline, set csv_row_delimiter '\\r\\n'.");
	return errhint("If the task writes with Rfc4180=false, set rfc4180 'false'.");
}

void
reader_raise(LogReader *r)
{
	const CsvError *e = csv_failure(r->csv);
	const char *column;
	int64		line;

	if (e->status == CSV_STATUS_OK)
	{
		(void) csv_unfinished(r->csv, &line);
		bounds_raise_record(r->config, r->uri, line);
	}
	column = layout_field_name(r->config, r->layout, e->field - 1);
	reader_at(r, e->line, column);
	ereport(ERROR,
			(errcode(e->status == CSV_STATUS_NO_MEMORY ? ERRCODE_OUT_OF_MEMORY :
					 e->status == CSV_STATUS_TOO_LONG ||
					 e->status == CSV_STATUS_TOO_MANY_FIELDS ?
					 ERRCODE_PROGRAM_LIMIT_EXCEEDED :
					 ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("cannot read record: %s", e->message),
			 errdetail("Field %d of the record that starts on line %lld of file \"%s\".",
					   e->field, (long long) e->line, r->uri),
			 csv_hint(r, e)));
}
