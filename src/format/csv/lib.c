/*-------------------------------------------------------------------------
 *
 * lib.c
 *	  Bytes to records, by libcsv.
 *
 * libcsv is asked for every line (CSV_REPALL_NL), for errors instead of
 * guesses (CSV_STRICT), and is given a space and a terminator function, for
 * by default it trims blanks and takes a bare CR for the end of a line.  The
 * two functions also hear what libcsv does not report:
 *
 * - The space function is asked about the first byte of a field before
 *	 anything else is done with it, which tells whether the field is quoted.
 *	 Later it is asked about bytes of unquoted fields and about bytes after a
 *	 closing quote, never about bytes inside quotes.
 * - The terminator function is asked about every terminator, also inside
 *	 quotes, which gives physical line numbers.
 *
 * Neither takes an argument beside the byte, hence the static pointer to the
 * reader at work; it means something only during csv_feed.
 *
 * Where lines end in CR + terminator, a CR is data to libcsv.  It is cut off
 * the last field when the record is over, or, after a closing quote, called a
 * space, which libcsv drops; a CR followed by anything but the terminator
 * there is an error as it should be.  When the input ends between CR and
 * terminator, the CR still counts as part of the line's end.
 *
 * A dialect without quotes must give libcsv some quote byte all the same.  It
 * gets zero, and another byte for the time a zero byte is fed, so a zero byte
 * arrives in a field as it does with every dialect: upper floors refuse it.
 *
 * Nothing here throws; all memory belongs to the reader.
 *
 *-------------------------------------------------------------------------
 */
#include <assert.h>
#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "format/csv/lib.h"

/* Bytes given to libcsv at a time: bounds how late a limit is noticed. */
#define CSV_SLICE		((size_t) 256 * 1024)
/* Memory doubles up to this, then grows by quarters: what is held is large. */
#define CSV_GROW_SMALL	((size_t) 4 * 1024 * 1024)
/* Bytes that it begins with: small files are many. */
#define CSV_GROW_LEAST	((size_t) 512)
/* Step in which libcsv's buffer for one field grows, at first. */
#define CSV_FIELD_STEP	((size_t) 4096)

/* A field, by its place behind the first byte of its record. */
typedef struct LibField
{
	uint32_t	off;
	uint32_t	len:31;
	uint32_t	quoted:1;
} LibField;

/* A complete record; it ends where the next one begins. */
typedef struct CsvSlot
{
	uint64_t	base;			/* its first byte in the arena */
	uint32_t	field;			/* its first field */
	uint32_t	line;			/* where it starts, past first_line */
} CsvSlot;

struct CsvLib
{
	struct csv_parser parser;
	bool		crlf;
	int			quote;			/* -1: nothing is quoted */
	unsigned char delim;
	unsigned char term;
	unsigned char no_quote[2];	/* two bytes to stand in for a quote */

	/* the field being read */
	bool		begun;			/* its first byte was met */
	bool		quoted;
	bool		tail;			/* CR stood after its closing quote; kept
								 * until the record is over */
	bool		term_last;		/* and then the terminator */

	/* the record being read: all of arena and fields from here on */
	size_t		rec_base;
	size_t		rec_field;
	int64_t		rec_line;

	/* complete records */
	char	   *arena;			/* fields, a zero byte after each */
	size_t		arena_used;
	size_t		arena_size;
	LibField   *fields;
	size_t		nfields;
	size_t		fields_size;
	CsvField   *out;			/* fields of the record given out last */
	size_t		out_size;
	CsvSlot    *slots;
	size_t		nslots;
	size_t		slots_size;
	int64_t		first_line;

	int64_t		terms;			/* terminators met, quoted ones too */
	bool		at_end;			/* no input is left */
	CsvError	error;
};

static CsvLib *active;

static int
term_func(unsigned char c)
{
	if (c != active->term)
		return 0;
	active->terms++;
	active->term_last = true;
	return 1;
}

static int
space_func(unsigned char c)
{
	CsvLib  *r = active;

	if (!r->begun)
	{
		r->begun = true;
		r->quoted = (c == r->quote);
	}
	else if (r->quoted && r->crlf && c == '\r' && !r->tail)
	{
		/* the byte after a closing quote */
		r->tail = true;
		r->term_last = false;
		return 1;
	}
	return 0;
}

/* Note the first error of the input. */
static void
fail(CsvLib *r, CsvStatus status, size_t field, const char *message)
{
	if (r->error.status != CSV_STATUS_OK)
		return;
	r->error.status = status;
	r->error.line = r->rec_line;
	r->error.field = (int) field;
	r->error.message = message;
}

static size_t
record_fields(const CsvLib *r)
{
	return r->nfields - r->rec_field;
}

/* Was part of a record met? */
static bool
in_record(const CsvLib *r)
{
	return r->begun || record_fields(r) > 0;
}

bool
csv_lib_grow(void **array, size_t *size, size_t need, size_t width)
{
	size_t		part = *size * width < CSV_GROW_SMALL ? 1 : 4;
	size_t		want = *size + *size / part;
	void	   *grown;

	if (want < CSV_GROW_LEAST / width)
		want = CSV_GROW_LEAST / width;
	if (want < need)
		want = need;
	if (want > SIZE_MAX / width)
		return false;
	grown = realloc(*array, want * width);
	if (grown == NULL)
		return false;
	*array = grown;
	*size = want;
	return true;
}

/* There is room for a field. */
static inline void
put_field(CsvLib *r, size_t off, size_t len, bool quoted)
{
	LibField   *field = &r->fields[r->nfields++];

	field->off = (uint32_t) off;
	field->len = (uint32_t) len;
	field->quoted = quoted;
}

/* Add a field to the record being read; the error is noted on false. */
static bool
add_field(CsvLib *r, const void *data, size_t len, bool quoted)
{
	size_t		before = r->arena_used - r->rec_base;

	if (record_fields(r) >= CSV_MAX_FIELDS)
	{
		fail(r, CSV_STATUS_TOO_MANY_FIELDS, record_fields(r) + 1,
			 "a record has too many fields");
		return false;
	}
	if (len >= CSV_RECORD_LIMIT || before + len + 1 > CSV_RECORD_LIMIT)
	{
		fail(r, CSV_STATUS_TOO_LONG, record_fields(r) + 1,
			 "a record is too long");
		return false;
	}
	if ((r->arena_size - r->arena_used < len + 1 &&
		 !csv_lib_grow((void **) &r->arena, &r->arena_size,
			   r->arena_used + len + 1, 1)) ||
		(r->nfields == r->fields_size &&
		 !csv_lib_grow((void **) &r->fields, &r->fields_size,
			   r->nfields + 1, sizeof(LibField))))
	{
		fail(r, CSV_STATUS_NO_MEMORY, record_fields(r) + 1, "out of memory");
		return false;
	}

	if (len > 0)
		memcpy(r->arena + r->arena_used, data, len);
	r->arena[r->arena_used + len] = '\0';
	put_field(r, before, len, quoted);
	r->arena_used += len + 1;
	return true;
}

/* libcsv's callback: a field is over. */
static void
on_field(void *data, size_t len, void *arg)
{
	CsvLib  *r = arg;
	bool		quoted = r->quoted;
	bool		stray = r->tail && !r->term_last;

	r->begun = r->quoted = false;
	if (r->error.status != CSV_STATUS_OK)
		return;
	if (stray)
		fail(r, CSV_STATUS_BAD_QUOTE, record_fields(r) + 1,
			 "there is text after a closing quote");
	else
		add_field(r, data, len, quoted);
}

/* Cut the CR off the record's end; the error is noted on false. */
static bool
cut_cr(CsvLib *r)
{
	LibField   *field = &r->fields[r->nfields - 1];
	bool		found = r->tail;

	r->tail = false;
	if (!found && !field->quoted && field->len > 0 &&
		r->arena[r->arena_used - 2] == '\r')
	{
		field->len--;
		r->arena_used--;
		r->arena[r->arena_used - 1] = '\0';
		found = true;
	}
	if (!found && !r->at_end)
		fail(r, CSV_STATUS_NO_CR, record_fields(r),
			 "a line does not end in a carriage return and a newline");
	return found || r->at_end;
}

/* The record being read is complete. */
static void
end_record(CsvLib *r)
{
	CsvSlot    *slot;

	if (r->nfields > UINT32_MAX || r->rec_line - r->first_line > UINT32_MAX ||
		(r->nslots == r->slots_size &&
		 !csv_lib_grow((void **) &r->slots, &r->slots_size,
			   r->nslots + 1, sizeof(CsvSlot))))
	{
		fail(r, CSV_STATUS_NO_MEMORY, record_fields(r), "out of memory");
		return;
	}
	if (record_fields(r) > r->out_size &&
		!csv_lib_grow((void **) &r->out, &r->out_size, record_fields(r),
			  sizeof(CsvField)))
	{
		fail(r, CSV_STATUS_NO_MEMORY, record_fields(r), "out of memory");
		return;
	}
	slot = &r->slots[r->nslots++];
	slot->base = r->rec_base;
	slot->field = (uint32_t) r->rec_field;
	slot->line = (uint32_t) (r->rec_line - r->first_line);

	r->rec_base = r->arena_used;
	r->rec_field = r->nfields;
	r->rec_line = r->terms + 1;
}

/* libcsv's callback: a record is over. */
static void
on_record(int c, void *arg)
{
	CsvLib  *r = arg;

	r->begun = r->quoted = false;
	if (r->error.status != CSV_STATUS_OK)
		return;
	/* an empty line has no field for libcsv, but one in CSV */
	if (record_fields(r) == 0 && !add_field(r, NULL, 0, false))
		return;
	if (r->crlf && !cut_cr(r))
		return;

	end_record(r);
}

CsvLib *
csv_lib_create(const CsvDialect *dialect, int64_t line)
{
	CsvLib  *r = calloc(1, sizeof(CsvLib));
	int			n = 0;

	if (r == NULL)
		return NULL;
	if (csv_init(&r->parser, CSV_STRICT | CSV_REPALL_NL) != 0)
	{
		free(r);
		return NULL;
	}
	r->crlf = dialect->crlf;
	r->delim = (unsigned char) dialect->delimiter;
	r->term = (unsigned char) dialect->terminator;
	r->quote = dialect->quote ? (unsigned char) dialect->quote : -1;
	r->rec_line = r->first_line = line;
	r->terms = line - 1;

	/* neither delimiter nor terminator may stand in for a quote */
	for (int i = 0; n < 2; i++)
		if (i != r->delim && i != r->term)
			r->no_quote[n++] = (unsigned char) i;

	csv_set_delim(&r->parser, r->delim);
	csv_set_quote(&r->parser, r->quote >= 0 ?
				  (unsigned char) r->quote : r->no_quote[0]);
	csv_set_space_func(&r->parser, space_func);
	csv_set_term_func(&r->parser, term_func);
	return r;
}

void
csv_lib_set_crlf(CsvLib *r)
{
	r->crlf = true;
}

void
csv_lib_destroy(CsvLib *r)
{
	if (r == NULL)
		return;
	csv_free(&r->parser);
	free(r->arena);
	free(r->fields);
	free(r->out);
	free(r->slots);
	free(r);
}

/* What libcsv complains about, which is always the field being read. */
static void
note_parse_error(CsvLib *r, unsigned char c)
{
	size_t		field = record_fields(r) + 1;

	if (csv_error(&r->parser) != CSV_EPARSE)
		fail(r, CSV_STATUS_NO_MEMORY, field, "out of memory");
	else if (!r->quoted)
		fail(r, CSV_STATUS_BAD_QUOTE, field,
			 "there is a quote inside an unquoted field");
	else if (c == '\r')
		fail(r, CSV_STATUS_BAD_QUOTE, field,
			 "there is a carriage return after a closing quote");
	else
		fail(r, CSV_STATUS_BAD_QUOTE, field,
			 "there is text after a closing quote");
}

/* Let libcsv read len bytes; the error is noted on false. */
static bool
parse(CsvLib *r, const char *buf, size_t len)
{
	size_t		done;

	/* doubles: many small steps would copy a large field over and over */
	csv_set_blk_size(&r->parser, r->parser.entry_size > CSV_FIELD_STEP ?
					 r->parser.entry_size : CSV_FIELD_STEP);
	active = r;
	done = csv_parse(&r->parser, buf, len, on_field, on_record, r);
	active = NULL;
	if (done < len)
		note_parse_error(r, (unsigned char) buf[done]);

	/*
	 * A field that has not ended is in libcsv's buffer, with what may be its
	 * closing quote and CR; on_field() has the last word on the limit.
	 */
	else if (r->parser.entry_pos > 1 &&
			 r->arena_used - r->rec_base + r->parser.entry_pos - 1 >
			 CSV_RECORD_LIMIT)
		fail(r, CSV_STATUS_TOO_LONG, record_fields(r) + 1,
			 "a record is too long");
	return r->error.status == CSV_STATUS_OK;
}

/* The same where nothing is quoted. */
static bool
parse_unquoted(CsvLib *r, const char *buf, size_t len)
{
	while (len > 0)
	{
		const char *hit = memchr(buf, r->no_quote[0], len);
		size_t		n = hit ? (size_t) (hit - buf) : len;
		bool		ok;

		if (n > 0 && !parse(r, buf, n))
			return false;
		if (hit == NULL)
			break;
		csv_set_quote(&r->parser, r->no_quote[1]);
		ok = parse(r, hit, 1);
		csv_set_quote(&r->parser, r->no_quote[0]);
		if (!ok)
			return false;
		buf += n + 1;
		len -= n + 1;
	}
	return true;
}

/*
 * End the input.  A line without terminator is given one; when that does not
 * end the record, it has become part of a quoted field.
 */
static void
finish(CsvLib *r)
{
	char		term = (char) r->term;
	size_t		before = r->nslots;

	if (!in_record(r))
		return;
	r->at_end = true;
	if (!parse(r, &term, 1))
		return;
	if (r->nslots == before)
		fail(r, CSV_STATUS_OPEN_QUOTE, record_fields(r) + 1,
			 "the input ends inside a quoted field");
}

CsvStatus
csv_lib_feed(CsvLib *r, const char *buf, size_t len, bool last)
{
	while (len > 0 && r->error.status == CSV_STATUS_OK)
	{
		size_t		n = len < CSV_SLICE ? len : CSV_SLICE;

		if (r->quote < 0)
			parse_unquoted(r, buf, n);
		else
			parse(r, buf, n);
		buf += n;
		len -= n;
	}
	if (last && r->error.status == CSV_STATUS_OK)
		finish(r);
	return r->error.status;
}

const CsvError *
csv_lib_failure(const CsvLib *r)
{
	return &r->error;
}

size_t
csv_lib_count(const CsvLib *r)
{
	return r->nslots;
}

void
csv_lib_get(CsvLib *r, size_t i, CsvRecord *out)
{
	const CsvSlot *slot = &r->slots[i];
	const LibField *fields = r->fields + slot->field;
	size_t		n = (i + 1 < r->nslots ? slot[1].field : r->rec_field) - slot->field;

	assert(i < r->nslots);
	for (size_t f = 0; f < n; f++)
	{
		r->out[f].data = r->arena + slot->base + fields[f].off;
		r->out[f].len = fields[f].len;
		r->out[f].quoted = fields[f].quoted;
		r->out[f].doubled = false;
	}
	out->fields = r->out;
	out->nfields = (int) n;
	out->line = r->first_line + slot->line;
	out->reader = NULL;
}

void
csv_lib_drop(CsvLib *r)
{
	size_t		bytes = r->arena_used - r->rec_base;
	size_t		fields = record_fields(r);

	if (r->nslots == 0)
		return;
	if (bytes > 0)
		memmove(r->arena, r->arena + r->rec_base, bytes);
	if (fields > 0)
		memmove(r->fields, r->fields + r->rec_field,
				fields * sizeof(LibField));
	r->arena_used = bytes;
	r->nfields = fields;
	r->nslots = 0;
	r->rec_base = r->rec_field = 0;
	r->first_line = r->rec_line;
}

size_t
csv_lib_unfinished(const CsvLib *r, int64_t *line)
{
	*line = r->rec_line;
	return r->arena_used - r->rec_base + r->parser.entry_pos;
}

size_t
csv_lib_memory(const CsvLib *r)
{
	return sizeof(CsvLib) + r->parser.entry_size + r->arena_size +
		r->fields_size * sizeof(LibField) +
		r->out_size * sizeof(CsvField) + r->slots_size * sizeof(CsvSlot);
}
