/*-------------------------------------------------------------------------
 *
 * reader_bytes.c
 *	  The bytes of one file, fetched and unzipped, on their way to records.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/ahead.h"
#include "log/bounds.h"
#include "log/erroption.h"
#include "log/line_ends.h"
#include "log/reader_state.h"

#define PLAIN_CHUNK		(256 * 1024)
/* for a thread that needs less than one */
#define WAIT_MS			10

/* The next bytes of the file as it is stored; 0: its end. */
static size_t
take(LogReader *r, void *buf, size_t len)
{
	size_t		n = store_read(r->source, buf, len);

	r->stored += n;
	return n;
}

/* Take bytes that are in memory already; 0 where none are. */
static size_t
take_at_hand(LogReader *r, void *buf, size_t len)
{
	size_t		n = store_read_at_hand(r->source, buf, len);

	r->stored += n;
	return n;
}

static void
feed(LogReader *r, const char *buf, size_t len, bool last)
{
	CsvStatus	status;
	CsvEnds		ends;
	int64		line;

	/* the end of a cut file is nobody's last line */
	status = csv_feed(r->csv, buf, len, last && !r->cut);
	if (status == CSV_STATUS_OK && csv_ends(r->csv, &ends))
	{
		bool		crlf;

		reader_at(r, 1, NULL);
		crlf = line_ends_are_crlf(r->store, r->config, &r->known, &ends);
		if (ends.with_cr + ends.without > 0 && !r->config->header)
			r->ends = crlf ? READER_ENDS_CRLF : READER_ENDS_LF;
		status = csv_set_crlf(r->csv, crlf);
	}
	if (status != CSV_STATUS_OK)
		r->failure = status;
	else if (!last && !bounds_pass_record(r->config, csv_unfinished(r->csv, &line)))
		r->failure = CSV_STATUS_TOO_LONG;
	if (last)
		r->end = true;
}

static void
no_memory(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
}

static void
drop_input(LogReader *r)
{
	if (r->input != NULL)
		pfree(r->input);
	r->input = NULL;
	r->ninput = 0;
}

/* The first bytes are there; they tell gzip. */
static void
start(LogReader *r)
{
	size_t		limit = 0;
	void	   *room;

	r->started = true;
	if (!gzip_is_gzip(r->input, r->ninput))
		return;
	/* room is put aside for those named so */
	if (r->shared && manifest_named_gzip(r->file))
		limit = ahead_unzipped(r->config);
	r->unzip = unzip_open(limit);
	room = r->unzip ? unzip_room(r->unzip) : NULL;
	if (room == NULL)
		no_memory();
	memcpy(room, r->input, r->ninput);
	unzip_feed(r->unzip, r->ninput);
	drop_input(r);
}

/* Put in what there is of a gzip file. */
static void
feed_unzip(LogReader *r)
{
	void	   *room;
	size_t		n;

	while (!r->source_end && (room = unzip_room(r->unzip)) != NULL)
	{
		n = take_at_hand(r, room, UNZIP_INPUT);
		if (n == 0)
			break;
		unzip_feed(r->unzip, n);
	}
}

void
reader_unzip_ahead(LogReader *r)
{
	if (r->end || !manifest_named_gzip(r->file))
		return;
	if (!r->started)
	{
		if (!unzip_has_room(ahead_unzipped(r->config)))
			return;
		r->ninput += take_at_hand(r, r->input + r->ninput,
								  READER_INPUT - r->ninput);
		if (!gzip_is_gzip(r->input, r->ninput))
			return;
		start(r);
	}
	if (r->unzip != NULL)
		feed_unzip(r);
}

static char *
room_for(LogReader *r, size_t len)
{
	char	   *room = csv_room(r->csv, len);

	if (room == NULL)
		no_memory();
	return room;
}

static void
raise_gzip(LogReader *r, GzipStatus status)
{
	reader_at(r, 0, NULL);
	ereport(ERROR,
			(errcode(status == GZIP_NO_MEMORY ? ERRCODE_OUT_OF_MEMORY :
					 ERRCODE_DATA_CORRUPTED),
			 errmsg(status == GZIP_TRUNCATED ?
					"gzip file \"%s\" ends early" :
					"gzip file \"%s\" is damaged", r->uri),
			 errdetail("%s", unzip_message(r->unzip)),
			 errhint("Copy the object again from where it was written.")));
}

/* Wait for more of a gzip file. */
static void
await_zipped(LogReader *r)
{
	void	   *room = unzip_room(r->unzip);
	size_t		n;

	if (room == NULL)
		no_memory();
	n = take(r, room, UNZIP_INPUT);
	r->source_end = n == 0;
	if (n > 0)
		unzip_feed(r->unzip, n);
	else
		unzip_end(r->unzip);
}

/* Unzip into the CSV reader's own memory. */
static void
fill_unzipped(LogReader *r)
{
	char	   *room = room_for(r, UNZIP_BLOCK);
	size_t		outlen;
	size_t		stored;
	GzipStatus	status;

	for (;;)
	{
		feed_unzip(r);
		while (!unzip_wait(r->unzip, WAIT_MS))
			store_check_interrupts();
		status = unzip_read(r->unzip, room, &outlen, &stored);
		if (status != GZIP_NEED_INPUT)
			break;
		await_zipped(r);
	}
	if (r->cut && r->source_end && status == GZIP_TRUNCATED)
		status = GZIP_OK;		/* a cut file is cut anywhere */
	if (status != GZIP_OK)
		raise_gzip(r, status);
	r->inflated += outlen;
	bounds_check_ratio(r->config, r->uri, stored, r->inflated);
	feed(r, room, outlen, outlen == 0);
}

/* Nothing more comes: a file that is held keeps its records only. */
static void
drop_buffers(LogReader *r)
{
	unzip_close(r->unzip);
	r->unzip = NULL;
	drop_input(r);
	csv_trim(r->csv);
}

/* Read into the CSV reader's own memory. */
static void
fill_plain(LogReader *r)
{
	char	   *room = room_for(r, PLAIN_CHUNK);
	size_t		got = take(r, room, PLAIN_CHUNK);

	r->source_end = got == 0;
	feed(r, room, got, r->source_end);
}

/* Read what is needed to know a file's kind. */
static void
fill_first(LogReader *r)
{
	/* the first three bytes tell gzip, however they come */
	while (r->ninput < 3 && !r->source_end)
	{
		size_t		n = take(r, r->input + r->ninput,
							 READER_INPUT - r->ninput);

		r->source_end = n == 0;
		r->ninput += n;
	}
	start(r);
	if (r->unzip != NULL)
		fill_unzipped(r);
	else
		feed(r, r->input, r->ninput, r->source_end);
}

/* A chunk came in, or the file is at its end. */
static void
tell(LogReader *r)
{
	if (r->progress == NULL)
		return;
	progress_add(r->progress, PROGRESS_BYTES_DONE, r->stored - r->told);
	r->told = r->stored;
	progress_add(r->progress, PROGRESS_FILES_DONE, r->end);
	progress_tell(r->progress);
}

bool
reader_fill(LogReader *r)
{
	store_check_interrupts();
	if (r->end || r->failure != CSV_STATUS_OK)
		return false;
	if (!r->started)
		fill_first(r);
	else if (r->unzip != NULL)
		fill_unzipped(r);
	else
		fill_plain(r);
	if (r->end)
		drop_buffers(r);
	tell(r);
	return true;
}

static int
csv_hint(const LogReader *r, const CsvError *e)
{
	if (e->status == CSV_STATUS_ENCODING)
		return errhint("Convert the file to UTF-8, as AWS DMS writes it.");
	if (e->status == CSV_STATUS_NO_CR)
	{
		erroption("csv_row_delimiter");
		return !r->config->dialect.asks_crlf ?
			errhint("If each file has line ends of its own, set csv_row_delimiter 'by_file'.") :
			r->config->header ?
			errhint("The lines before it do. " LINE_ENDS_NO_OPTION) :
			errhint("The lines before it do. " LINE_ENDS_DATA_HINT);
	}
	if (e->status == CSV_STATUS_OPEN_QUOTE)
		return errhint("The file is cut short, or its quotes are part of values: if the task writes with Rfc4180=false, set rfc4180 'false'.");
	if (e->status != CSV_STATUS_BAD_QUOTE)
		return 0;
	if (strstr(e->message, "carriage return") != NULL &&
		!r->config->dialect.crlf)
	{
		erroption("csv_row_delimiter");
		return errhint(LINE_ENDS_HINT);
	}
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
					 e->status == CSV_STATUS_ENCODING ?
					 ERRCODE_CHARACTER_NOT_IN_REPERTOIRE :
					 e->status == CSV_STATUS_TOO_LONG ||
					 e->status == CSV_STATUS_TOO_MANY_FIELDS ?
					 ERRCODE_PROGRAM_LIMIT_EXCEEDED :
					 ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("cannot read record: %s", e->message),
			 errdetail("Field %d of the record that starts on line %lld of file \"%s\".",
					   e->field, (long long) e->line, r->uri),
			 csv_hint(r, e)));
}
