/*-------------------------------------------------------------------------
 *
 * fuzz_csv.c
 *	  Any bytes in any dialect to the CSV scanner, beside libcsv.
 *
 * The first bytes choose the dialect, how the rest is cut in pieces, and what
 * a filter looks for.  It is a failure when the scanner finds other records,
 * fields or errors than libcsv does, when the pieces change what is found, or
 * when a filter loses a record that has what it looks for.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/csv/csv.h"

#define HEAD		8			/* bytes that choose */
#define MAX_NEEDLES	3

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a reader said of the input: records as bytes, then the error. */
typedef struct Said
{
	char	   *text;
	size_t		len;
	size_t		size;
	size_t		error;			/* where that begins */
} Said;

typedef struct Choice
{
	CsvDialect	dialect;
	uint32_t	pieces;			/* state of the generator of their lengths */
	unsigned	largest;		/* piece, 0: all at once */
	bool		drops;			/* forget records between pieces */
	bool		rooms;			/* feed without a copy */
} Choice;

static void
fail(const char *what)
{
	fprintf(stderr, "csv: %s\n", what);
	abort();
}

static void
say(Said *said, const void *bytes, size_t len)
{
	if (said->size - said->len < len)
	{
		said->size = said->size * 2 + len;
		said->text = realloc(said->text, said->size);
	}
	if (len > 0)
		memcpy(said->text + said->len, bytes, len);
	said->len += len;
}

static void
say_field(Said *said, const CsvField *f)
{
	uint32_t	head[2] = {f->len, f->quoted};

	say(said, head, sizeof(head));
	say(said, f->data, f->len);
}

static void
say_record(Said *said, const CsvRecord *rec)
{
	say(said, &rec->line, sizeof(rec->line));
	say(said, &rec->nfields, sizeof(rec->nfields));
	for (int i = 0; i < rec->nfields; i++)
		say_field(said, csv_field(rec, i));
}

/* The first fields alone must be those of the whole record. */
static void
check_some(CsvReader *r, size_t i, int n)
{
	Said		whole = {0};
	Said		some = {0};
	CsvRecord	rec;

	csv_get(r, i, &rec);
	if (n > rec.nfields)
		n = rec.nfields;
	rec.nfields = n;
	say_record(&whole, &rec);
	csv_get_some(r, i, n, &rec);
	rec.nfields = n;
	say_record(&some, &rec);
	if (whole.len != some.len || memcmp(whole.text, some.text, some.len) != 0)
		fail("the first fields of a record differ from the record's");
	free(whole.text);
	free(some.text);
}

/* Every step'th field from the first'th on must be that of the whole record. */
static void
check_picked(CsvReader *r, size_t i, int first, int step)
{
	static int	wanted[CSV_MAX_FIELDS];
	static CsvField picked[CSV_MAX_FIELDS];
	Said		whole = {0};
	Said		some = {0};
	CsvRecord	rec;
	int			n = 0;

	csv_get(r, i, &rec);
	for (int f = first; f < rec.nfields; f += step)
	{
		/* every third one twice */
		for (int times = 1 + (f % 3 == 0); times > 0 && n < CSV_MAX_FIELDS;
			 times--)
		{
			wanted[n++] = f;
			say_field(&whole, csv_field(&rec, f));
		}
	}
	if (n > 0 && csv_pick(r, i, wanted, n, picked))
	{
		for (int k = 0; k < n; k++)
			say_field(&some, &picked[k]);
		if (whole.len != some.len ||
			memcmp(whole.text, some.text, some.len) != 0)
			fail("fields picked differ from the record's");
	}
	free(whole.text);
	free(some.text);
}

static void
say_records(Said *said, CsvReader *r)
{
	for (size_t i = 0; i < csv_count(r); i++)
	{
		CsvRecord	rec;
		const char *bytes;
		const CsvPlace *places = csv_slots(r, &bytes);

		csv_get(r, i, &rec);
		say_record(said, &rec);
		if (places != NULL && places[i].nfields != rec.nfields)
			fail("a record has two numbers of fields");
		check_some(r, i, 1 + (int) (i % 3));
		check_picked(r, i, (int) (i % 2), 1 + (int) (i % 4));
	}
}

static void
say_error(Said *said, const CsvReader *r)
{
	const CsvError *e = csv_failure(r);

	said->error = said->len;
	say(said, &e->status, sizeof(e->status));
	if (e->status == CSV_STATUS_OK)
		return;
	say(said, &e->line, sizeof(e->line));
	say(said, &e->field, sizeof(e->field));
	say(said, e->message, strlen(e->message));
}

/* The length of the next piece. */
static size_t
next_piece(Choice *c, size_t left)
{
	size_t		n;

	if (c->largest == 0)
		return left;
	c->pieces = c->pieces * 1664525 + 1013904223;
	n = 1 + (c->pieces >> 16) % c->largest;
	return n < left ? n : left;
}

/* Read all of it as c says; needles: what a filter looks for. */
static Said
read_all(Choice c, const CsvNeedle *needles, int nneedles, const char *in,
		 size_t len)
{
	CsvReader  *r = csv_create(&c.dialect);
	CsvStatus	status = CSV_STATUS_OK;
	Said		said = {0};
	CsvEnds		ends;
	size_t		at = 0;

	if (nneedles > 0)
		csv_filter(r, needles, nneedles, 1);
	do
	{
		size_t		n = next_piece(&c, len - at);
		bool		last = at + n == len;

		if (c.rooms && n > 0 && !c.dialect.by_libcsv)
		{
			char	   *room = csv_room(r, n);

			memcpy(room, in + at, n);
			status = csv_feed(r, room, n, last);
		}
		else
		{
			/* a block of its own: reading past its end is noticed */
			char	   *piece = malloc(n + (n == 0));

			memcpy(piece, in + at, n);
			status = csv_feed(r, piece, n, last);
			free(piece);
		}
		if (csv_ends(r, &ends))
			status = csv_set_crlf(r, ends.with_cr > 0 && ends.without == 0);
		at += n;
		if (c.drops)
		{
			say_records(&said, r);
			csv_drop(r);
		}
	} while (at < len && status == CSV_STATUS_OK);
	say_records(&said, r);
	say_error(&said, r);
	csv_destroy(r);
	/* the next reader takes no memory over in which overruns would hide */
	csv_free_spares();
	return said;
}

/*
 * Are two errors one?  A record can be too long and
 * ill-formed beside, and which of these is seen first depends on the pieces.
 */
static bool
same_errors(const Said *a, const Said *b)
{
	struct
	{
		CsvStatus	status;
		int64_t		line;
	}			x, y;

	memcpy(&x.status, a->text + a->error, sizeof(x.status));
	memcpy(&y.status, b->text + b->error, sizeof(y.status));
	if (x.status == CSV_STATUS_OK || y.status == CSV_STATUS_OK)
		return false;
	memcpy(&x.line, a->text + a->error + sizeof(x.status), sizeof(x.line));
	memcpy(&y.line, b->text + b->error + sizeof(y.status), sizeof(y.line));
	return x.line == y.line && (x.status == CSV_STATUS_TOO_LONG ||
								y.status == CSV_STATUS_TOO_LONG);
}

static void
show_error(const Said *said)
{
	CsvError	e = {0};
	const char *at = said->text + said->error;

	memcpy(&e.status, at, sizeof(e.status));
	if (e.status != CSV_STATUS_OK)
	{
		memcpy(&e.line, at + sizeof(e.status), sizeof(e.line));
		memcpy(&e.field, at + sizeof(e.status) + sizeof(e.line), sizeof(e.field));
	}
	fprintf(stderr, "%zu bytes of records, then status %d, line %lld, field %d\n",
			said->error, (int) e.status, (long long) e.line, e.field);
}

static void
same(const Said *a, const Said *b, const char *what)
{
	if (a->len == b->len && memcmp(a->text, b->text, a->len) == 0)
		return;
	if (a->error != b->error || memcmp(a->text, b->text, a->error) != 0 ||
		!same_errors(a, b))
	{
		show_error(a);
		show_error(b);
		fail(what);
	}
}

/*
 * Filters
 */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Does the needle stand in the field, as a key would? */
static bool
stands_in(const CsvNeedle *n, const char *s, size_t len)
{
	for (size_t i = 0; i + n->len <= len; i++)
	{
		size_t		zeros = i;

		if (memcmp(s + i, n->bytes, n->len) != 0)
			continue;
		if (!n->number)
			return true;
		while (zeros > 0 && s[zeros - 1] == '0')
			zeros--;
		if ((i + n->len == len || !is_digit(s[i + n->len])) &&
			(zeros == 0 || !is_digit(s[zeros - 1])))
			return true;
	}
	return false;
}

static bool
is_wanted(const char *rec, const CsvNeedle *needles, int n)
{
	int			nfields;

	memcpy(&nfields, rec + sizeof(int64_t), sizeof(int));
	rec += sizeof(int64_t) + sizeof(int);
	for (int i = 0; i < nfields; i++)
	{
		uint32_t	head[2];

		memcpy(head, rec, sizeof(head));
		rec += sizeof(head);
		for (int k = 0; k < n; k++)
			if (stands_in(&needles[k], rec, head[0]))
				return true;
		rec += head[0];
	}
	return false;
}

static size_t
record_size(const char *rec)
{
	const char *at = rec + sizeof(int64_t) + sizeof(int);
	int			nfields;

	memcpy(&nfields, rec + sizeof(int64_t), sizeof(int));
	for (int i = 0; i < nfields; i++)
	{
		uint32_t	head[2];

		memcpy(head, at, sizeof(head));
		at += sizeof(head) + head[0];
	}
	return (size_t) (at - rec);
}

/* Records of all are those of some, or not wanted; the errors are the same. */
static void
check_filter(const Said *all, const Said *some, const CsvNeedle *needles, int n)
{
	size_t		i = 0;
	size_t		j = 0;

	while (i < all->error)
	{
		size_t		size = record_size(all->text + i);

		if (some->error - j >= size &&
			memcmp(all->text + i, some->text + j, size) == 0)
			j += size;
		else if (is_wanted(all->text + i, needles, n))
			fail("a filter lost a record");
		i += size;
	}
	if (j != some->error)
		fail("a filter made up a record");
	if (all->len - i == some->len - j &&
		memcmp(all->text + i, some->text + j, all->len - i) == 0)
		return;
	if (!same_errors(all, some))
		fail("a filter changes the error");
}

static int
choose_needles(const uint8_t *head, const CsvDialect *d, const char *in,
			   size_t len, CsvNeedle *needles)
{
	int			n = 0;

	for (int i = 0; i < MAX_NEEDLES && len > 0; i++)
	{
		CsvNeedle	needle = {in + head[i] % len, 1 + head[i] / 16, false};

		if (needle.len > len - (size_t) (needle.bytes - in))
			needle.len = len - (size_t) (needle.bytes - in);
		/* quotes are written twice, so no needle has one */
		if (d->quote != 0 && memchr(needle.bytes, d->quote, needle.len) != NULL)
			continue;
		needle.number = true;
		for (size_t k = 0; k < needle.len; k++)
			needle.number &= is_digit(needle.bytes[k]);
		needles[n++] = needle;
	}
	return n;
}

/*
 * The whole
 */

static CsvDialect
choose_dialect(uint8_t a, uint8_t b)
{
	static const CsvDialect usual[] = {
		{',', '"', '\n'}, {',', 0, '\n'}, {',', '"', '\n', true},
		{',', 0, '\n', true}, {'|', '\'', ';'}, {'\t', '"', '\n'},
		{'\1', 0, '\n'}, {'\0', 0, '\n'}, {',', '"', '\r'}, {'"', '"', '\n'},
		{',', '\n', '\n'}, {(char) 0xfe, (char) 0xff, (char) 0xfd, true},
	};
	CsvDialect	d = usual[a % (sizeof(usual) / sizeof(usual[0]))];

	if (b & 1)
		d.delimiter = (char) (b >> 1);
	return d;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *) data + HEAD;
	Choice		whole = {0};
	Choice		pieces;
	Choice		by_lib;
	CsvNeedle	needles[MAX_NEEDLES];
	Said		want;
	Said		got;
	size_t		len;
	int			n;

	if (size < HEAD)
		return 0;
	len = size - HEAD;
	whole.dialect = choose_dialect(data[0], data[1]);
	whole.dialect.asks_crlf = data[4] & 8;
	by_lib = pieces = whole;
	by_lib.dialect.by_libcsv = true;
	pieces.pieces = (uint32_t) data[2] * 2654435761u;
	pieces.largest = 1 + data[3];
	pieces.drops = data[4] & 1;
	pieces.rooms = data[4] & 2;

	want = read_all(by_lib, NULL, 0, in, len);
	got = read_all(whole, NULL, 0, in, len);
	same(&want, &got, "the scanner and libcsv disagree");
	free(got.text);
	got = read_all(pieces, NULL, 0, in, len);
	same(&want, &got, "pieces change what the scanner finds");
	free(got.text);
	by_lib.pieces = pieces.pieces;
	by_lib.largest = pieces.largest;
	by_lib.drops = pieces.drops;
	got = read_all(by_lib, NULL, 0, in, len);
	same(&want, &got, "pieces change what libcsv finds");
	free(got.text);

	n = choose_needles(data + 5, &whole.dialect, in, len, needles);
	got = read_all(data[4] & 4 ? whole : pieces, needles, n, in, len);
	check_filter(&want, &got, needles, n);
	free(got.text);
	free(want.text);
	return 0;
}
