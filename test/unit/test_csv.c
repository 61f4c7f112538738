/*-------------------------------------------------------------------------
 *
 * test_csv.c
 *	  The CSV reader against tables of cases, and against a second parser
 *	  that is written for clarity and shares nothing with the first.
 *
 * Results are compared as text: a line "record LINE" for each record, then a
 * line for each field, at last "error STATUS LINE FIELD" if there was one.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "format/csv/impl.h"

typedef struct Text
{
	char	   *data;
	size_t		len;
	size_t		cap;
} Text;

static const CsvDialect rfc4180 = {',', '"', '\n', false};
static const CsvDialect plain = {',', 0, '\n', false};
static const CsvDialect crlf = {',', '"', '\n', true};
static const CsvDialect plain_crlf = {',', 0, '\n', true};
static const CsvDialect odd = {'|', '\'', ';', false};
static const CsvDialect tabs = {'\t', '"', '\n', false};
static const CsvDialect ctrl_a = {'\1', 0, '\n', false};
static const CsvDialect zero = {'\0', 0, '\n', false};
static const CsvDialect rfc4180_lib = {',', '"', '\n', false, true};
static const CsvDialect plain_lib = {',', 0, '\n', false, true};
static const CsvDialect high = {(char) 0xfe, (char) 0xff, (char) 0xfd, true};

/* Memory runs out when this reaches zero. */
static long allocations = -1;

void	   *__real_realloc(void *p, size_t n);
void	   *__real_calloc(size_t n, size_t size);
void	   *__wrap_realloc(void *p, size_t n);
void	   *__wrap_calloc(size_t n, size_t size);

void *
__wrap_realloc(void *p, size_t n)
{
	if (allocations == 0)
		return NULL;
	if (allocations > 0)
		allocations--;
	return __real_realloc(p, n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	if (allocations == 0)
		return NULL;
	if (allocations > 0)
		allocations--;
	return __real_calloc(n, size);
}

static void
put(Text *t, const void *data, size_t len)
{
	if (t->len + len > t->cap)
	{
		t->cap = (t->len + len) * 2;
		t->data = __real_realloc(t->data, t->cap);
	}
	if (len > 0)
		memcpy(t->data + t->len, data, len);
	t->len += len;
}

static void
put_record(Text *t, int64_t line, int nfields)
{
	char		buf[64];

	put(t, buf, snprintf(buf, sizeof(buf), "record %lld %d\n",
						 (long long) line, nfields));
}

static void
put_value(Text *t, bool quoted, const char *data, size_t len)
{
	char		buf[64];

	put(t, buf, snprintf(buf, sizeof(buf), " %c%zu ", quoted ? 'q' : 'u',
						 len));
	put(t, data, len);
	put(t, "\n", 1);
}

static void
put_error(Text *t, CsvStatus status, int64_t line, int field)
{
	char		buf[64];

	if (status != CSV_STATUS_OK)
		put(t, buf, snprintf(buf, sizeof(buf), "error %d %lld %d\n",
							 (int) status, (long long) line, field));
}

#define MAX_PICKED	64

/*
 * The record where it is not libcsv's and has few fields: all picked, each
 * twice, or one by one.
 */
static bool
put_picked(Text *t, CsvReader *r, size_t i, int nfields, bool together)
{
	CsvField	picked[2 * MAX_PICKED];
	int			wanted[2 * MAX_PICKED] = {0};

	if (nfields > MAX_PICKED)
		return false;
	for (int f = 0; f < nfields; f++)
		wanted[2 * f] = wanted[2 * f + 1] = f;
	if (together && !csv_pick(r, i, wanted, 2 * nfields, picked))
		return false;
	for (int f = 0; f < nfields; f++)
	{
		CsvField   *one = &picked[2 * f + unit_random(2)];

		if (!together && !csv_pick(r, i, &f, 1, one))
			return false;
		put_value(t, one->quoted, one->data, one->len);
	}
	return true;
}

/* What the reader holds, by one of the ways to get it. */
static void
put_held(Text *t, CsvReader *r)
{
	for (size_t i = 0; i < csv_count(r); i++)
	{
		CsvRecord	rec;
		uint32_t	way = unit_random(3);

		csv_get(r, i, &rec);
		put_record(t, rec.line, rec.nfields);
		if (way > 0 && put_picked(t, r, i, rec.nfields, way == 1))
			continue;
		for (int f = 0; f < rec.nfields; f++)
		{
			const CsvField *field = csv_field(&rec, f);

			put_value(t, field->quoted, field->data, field->len);
		}
	}
}

/* A reader that scans by one of the ways this machine has. */
static CsvReader *
any_reader(const CsvDialect *d)
{
	CsvReader  *r = csv_create(d);
	uint32_t	way = unit_random(3);

	r->avx512 = r->avx512 && way == 0;
	r->avx2 = r->avx2 && way <= 1;
	return r;
}

/*
 * Read with the reader, in pieces of random size up to step (0: at once).
 * Every now and then the records are dropped; the end is told with the last
 * piece or after it.
 */
static Text
read_pieces(const char *in, size_t len, const CsvDialect *d, size_t step)
{
	Text		t = {0};
	CsvReader  *r = any_reader(d);
	size_t		pos = 0;
	CsvStatus	status = CSV_STATUS_OK;
	bool		last = false;

	while (!last && status == CSV_STATUS_OK)
	{
		size_t		n = len - pos;
		char	   *piece;

		if (step > 0 && n > step)
			n = step;
		if (step > 1 && n > 1)
			n = 1 + unit_random((uint32_t) n);
		last = pos + n == len && (n == 0 || unit_random(2));
		piece = malloc(n > 0 ? n : 1);
		if (n > 0)
			memcpy(piece, in + pos, n);
		status = csv_feed(r, piece, n, last);
		free(piece);
		pos += n;
		if (step > 0 && unit_random(3) == 0)
		{
			put_held(&t, r);
			csv_drop(r);
			if (csv_count(r) != 0)
				ok(false, "nothing is held after csv_drop");
		}
	}
	if (last && unit_random(2))
		csv_trim(r);
	put_held(&t, r);
	put_error(&t, csv_failure(r)->status, csv_failure(r)->line,
			  csv_failure(r)->field);
	if (status != csv_failure(r)->status)
		ok(false, "csv_feed and csv_failure say the same");
	if (status != CSV_STATUS_OK &&
		(csv_failure(r)->message == NULL ||
		 csv_feed(r, "a", 1, false) != status))
		ok(false, "a failure stays, and has a message");
	csv_destroy(r);
	return t;
}

/* ---- the second parser: looks at the whole input, one byte at a time ---- */

typedef struct Model
{
	const char *in;
	size_t		len;
	size_t		pos;
	const CsvDialect *d;
} Model;

static bool
model_is(const Model *m, char c)
{
	return m->pos < m->len && m->in[m->pos] == c;
}

typedef enum ModelEnd
{
	END_FIELD,
	END_RECORD,
	END_RECORD_NO_CR,
	END_STRAY
} ModelEnd;

/* What stands after a closing quote? */
static ModelEnd
model_after_quote(Model *m)
{
	if (m->pos == m->len)
		return END_RECORD;
	if (model_is(m, m->d->delimiter))
	{
		m->pos++;
		return END_FIELD;
	}
	if (model_is(m, m->d->terminator))
	{
		m->pos++;
		return m->d->crlf ? END_RECORD_NO_CR : END_RECORD;
	}
	if (m->d->crlf && model_is(m, '\r'))
	{
		m->pos++;
		if (m->pos == m->len)
			return END_RECORD;
		if (model_is(m, m->d->terminator))
		{
			m->pos++;
			return END_RECORD;
		}
	}
	return END_STRAY;
}

static CsvStatus
model_quoted(Model *m, Text *value, ModelEnd *end)
{
	for (m->pos++;; m->pos++)
	{
		if (m->pos == m->len)
			return CSV_STATUS_OPEN_QUOTE;
		if (model_is(m, m->d->quote))
		{
			m->pos++;
			if (!model_is(m, m->d->quote))
				break;
		}
		put(value, m->in + m->pos, 1);
	}
	*end = model_after_quote(m);
	return *end == END_STRAY ? CSV_STATUS_BAD_QUOTE : CSV_STATUS_OK;
}

static CsvStatus
model_unquoted(Model *m, Text *value, ModelEnd *end)
{
	for (;; m->pos++)
	{
		if (m->pos == m->len || model_is(m, m->d->terminator))
			break;
		if (model_is(m, m->d->delimiter))
		{
			m->pos++;
			*end = END_FIELD;
			return CSV_STATUS_OK;
		}
		if (m->d->quote && model_is(m, m->d->quote))
			return CSV_STATUS_BAD_QUOTE;
		put(value, m->in + m->pos, 1);
	}
	*end = END_RECORD;
	if (m->d->crlf)
	{
		if (value->len > 0 && value->data[value->len - 1] == '\r')
			value->len--;
		else if (m->pos < m->len)
			*end = END_RECORD_NO_CR;
	}
	if (m->pos < m->len)
		m->pos++;
	return CSV_STATUS_OK;
}

static Text
read_model(const char *in, size_t len, const CsvDialect *d)
{
	Model		m = {in, len, 0, d};
	Text		all = {0};
	CsvStatus	status = CSV_STATUS_OK;

	if (len >= 3 && memcmp(in, "\xef\xbb\xbf", 3) == 0)
		m.pos = 3;
	else if (d->quote != '\xff' &&
			 len >= 2 && (memcmp(in, "\xff\xfe", 2) == 0 ||
						  memcmp(in, "\xfe\xff", 2) == 0))
	{
		put_error(&all, CSV_STATUS_ENCODING, 1, 1);
		return all;
	}
	while (m.pos < len && status == CSV_STATUS_OK)
	{
		Text		rec = {0};
		int			nfields = 0;
		int64_t		line = 1;
		ModelEnd	end = END_FIELD;

		for (size_t i = 0; i < m.pos; i++)
			line += in[i] == d->terminator;
		while (end == END_FIELD && status == CSV_STATUS_OK)
		{
			Text		value = {0};
			bool		quoted = d->quote && model_is(&m, d->quote);

			nfields++;
			status = quoted ? model_quoted(&m, &value, &end) :
				model_unquoted(&m, &value, &end);
			put_value(&rec, quoted, value.data, value.len);
			free(value.data);
		}
		if (status == CSV_STATUS_OK && end == END_RECORD_NO_CR)
			status = CSV_STATUS_NO_CR;
		if (status == CSV_STATUS_OK)
		{
			put_record(&all, line, nfields);
			put(&all, rec.data, rec.len);
		}
		else
			put_error(&all, status, line, nfields);
		free(rec.data);
	}
	return all;
}

/* ---- cases ---- */

static bool
same(const Text *a, const Text *b)
{
	return a->len == b->len && (a->len == 0 ||
								memcmp(a->data, b->data, a->len) == 0);
}

static void
show_difference(const char *in, size_t len, const Text *got, const Text *want)
{
	diag_bytes("input", in, len);
	diag_bytes("got  ", got->data, got->len);
	diag_bytes("want ", want->data, want->len);
}

/* The same at once, byte by byte, and in two pieces cut at every byte. */
static bool
all_splits(const char *in, size_t len, const CsvDialect *d, const Text *want)
{
	bool		good;
	Text		got = read_pieces(in, len, d, 0);

	if (!(good = same(&got, want)))
		show_difference(in, len, &got, want);
	free(got.data);
	got = read_pieces(in, len, d, 1);
	if (good && !(good = same(&got, want)))
		show_difference(in, len, &got, want);
	free(got.data);

	for (size_t n = 0; n <= len && good; n++)
	{
		CsvReader  *r = any_reader(d);
		Text		t = {0};

		if (csv_feed(r, in, n, false) == CSV_STATUS_OK)
			csv_feed(r, in + n, len - n, true);
		if (n % 2)
			csv_trim(r);
		put_held(&t, r);
		put_error(&t, csv_failure(r)->status, csv_failure(r)->line,
				  csv_failure(r)->field);
		if (!(good = same(&t, want)))
		{
			diag("split at %zu", n);
			show_difference(in, len, &t, want);
		}
		csv_destroy(r);
		free(t.data);
	}
	return good;
}

/* Both parsers say what the test says. */
static void
is(const CsvDialect *d, const char *in, const char *want)
{
	size_t		len = strlen(in);
	Text		expected = {(char *) want, strlen(want), 0};
	Text		model = read_model(in, len, d);

	printf("# ");
	diag_bytes("", in, len);
	ok(same(&model, &expected), "the model agrees");
	if (!same(&model, &expected))
		show_difference(in, len, &model, &expected);
	ok(all_splits(in, len, d, &expected), "the reader, split at every byte");
	free(model.data);
}

static void
test_cases(void)
{
	is(&rfc4180, "", "");
	is(&rfc4180, "a,b\n", "record 1 2\n u1 a\n u1 b\n");
	is(&rfc4180, "a,b", "record 1 2\n u1 a\n u1 b\n");
	is(&rfc4180, "a,", "record 1 2\n u1 a\n u0 \n");
	is(&rfc4180, ",\n", "record 1 2\n u0 \n u0 \n");
	is(&rfc4180, "\n", "record 1 1\n u0 \n");
	is(&rfc4180, "\n\na\n\n",
	   "record 1 1\n u0 \nrecord 2 1\n u0 \nrecord 3 1\n u1 a\n"
	   "record 4 1\n u0 \n");
	is(&rfc4180, "\"\"\n", "record 1 1\n q0 \n");
	is(&rfc4180, "\"\"", "record 1 1\n q0 \n");
	is(&rfc4180, ",\"\",", "record 1 3\n u0 \n q0 \n u0 \n");
	is(&rfc4180, "\"a\",a,\"\",\n",
	   "record 1 4\n q1 a\n u1 a\n q0 \n u0 \n");
	is(&rfc4180, " a , b\t\n", "record 1 2\n u3  a \n u3  b\t\n");
	is(&rfc4180, "  \n", "record 1 1\n u2   \n");
	is(&rfc4180, "\" a \", \n", "record 1 2\n q3  a \n u1  \n");
	is(&rfc4180, "\"a\"\"b\"\n", "record 1 1\n q3 a\"b\n");
	is(&rfc4180, "\"\"\"\"\n", "record 1 1\n q1 \"\n");
	is(&rfc4180, "\"a,b\",\"c\nd\"\nx\n",
	   "record 1 2\n q3 a,b\n q3 c\nd\nrecord 3 1\n u1 x\n");
	is(&rfc4180, "\"\n\n\n\",a\nx\n",
	   "record 1 2\n q3 \n\n\n\n u1 a\nrecord 5 1\n u1 x\n");
	is(&rfc4180, "a\\n,b\n", "record 1 2\n u3 a\\n\n u1 b\n");
	is(&rfc4180, "a\rb,c\r\n", "record 1 2\n u3 a\rb\n u2 c\r\n");
	is(&rfc4180, "\"a\r\nb\"\n", "record 1 1\n q4 a\r\nb\n");

	is(&rfc4180, "x\n\"a\"b\n", "record 1 1\n u1 x\nerror 1 2 1\n");
	is(&rfc4180, "x,\"a\" ,b\n", "error 1 1 2\n");
	is(&rfc4180, "x,\"a\"\r\n", "error 1 1 2\n");
	is(&rfc4180, "x,a\"b\n", "error 1 1 2\n");
	is(&rfc4180, "x, \"b\"\n", "error 1 1 2\n");
	is(&rfc4180, "\"a\n\",b\nx,y,z\"\nx\n",
	   "record 1 2\n q2 a\n\n u1 b\nerror 1 3 3\n");
	is(&rfc4180, "x\ny,\"a\nb\n", "record 1 1\n u1 x\nerror 2 2 2\n");
	is(&rfc4180, "\"", "error 2 1 1\n");
	is(&rfc4180, "\"a\"\"", "error 2 1 1\n");

	is(&plain, "\"a\",b\"c,\"\n", "record 1 3\n u3 \"a\"\n u3 b\"c\n u1 \"\n");
	is(&plain, "\n \n", "record 1 1\n u0 \nrecord 2 1\n u1  \n");

	is(&crlf, "a,b\r\n", "record 1 2\n u1 a\n u1 b\n");
	is(&crlf, "a,\"b\"\r\n", "record 1 2\n u1 a\n q1 b\n");
	is(&crlf, "a,\"b\"\r\n\"\"\r\n\r\n,\r\n",
	   "record 1 2\n u1 a\n q1 b\nrecord 2 1\n q0 \nrecord 3 1\n u0 \n"
	   "record 4 2\n u0 \n u0 \n");
	is(&crlf, "\"a\r\",\"\r\n\"\r\n", "record 1 2\n q2 a\r\n q2 \r\n\n");
	is(&crlf, "\ra\r,\rb\r\r\n", "record 1 2\n u3 \ra\r\n u3 \rb\r\n");
	is(&crlf, "a,b", "record 1 2\n u1 a\n u1 b\n");
	is(&crlf, "a,\"b\"", "record 1 2\n u1 a\n q1 b\n");
	is(&crlf, "a,b\r", "record 1 2\n u1 a\n u1 b\n");
	is(&crlf, "a,\"b\"\r", "record 1 2\n u1 a\n q1 b\n");
	is(&crlf, "a\r\nb,c\n", "record 1 1\n u1 a\nerror 5 2 2\n");
	is(&crlf, "\"a\"\n", "error 5 1 1\n");
	is(&crlf, "\n", "error 5 1 1\n");
	is(&crlf, "\"a\"\r,b\r\n", "error 1 1 1\n");
	is(&crlf, "b,\"a\"\r\r\n", "error 1 1 2\n");
	is(&crlf, "b,\"a\"\r\"\r\n", "error 1 1 2\n");
	is(&crlf, "b,\"a\n\"\r,", "error 1 1 2\n");
	is(&crlf, "\"a\"x\r\n", "error 1 1 1\n");
	is(&plain_crlf, "\"a\"\r\n\"\r\n",
	   "record 1 1\n u3 \"a\"\nrecord 2 1\n u1 \"\n");

	is(&odd, "a|'b;''c'|\n;d;", "record 1 3\n u1 a\n q4 b;'c\n u1 \n\n"
	   "record 3 1\n u1 d\n");
	is(&tabs, "a\t\t b\t\"\"\n", "record 1 4\n u1 a\n u0 \n u2  b\n q0 \n");
	is(&high, "\xff\xff\xfe\xc3\xbc\r\xfd",
	   "record 1 2\n q0 \n u2 \xc3\xbc\n");
}

/* A zero byte is a byte like others. */
static void
test_zero_bytes(void)
{
	static const char in[] = "\0,a\0b,\0\0\n\0\n,\0";
	Text		model = read_model(in, sizeof(in) - 1, &plain);

	ok(all_splits(in, sizeof(in) - 1, &plain, &model),
	   "zero bytes, no quotes");
	free(model.data);
	model = read_model(in, sizeof(in) - 1, &rfc4180);
	ok(all_splits(in, sizeof(in) - 1, &rfc4180, &model), "zero bytes, quotes");
	free(model.data);
}

/* A file with at most a few errors, of the dialect's bytes. */
static size_t
random_input(char *buf, size_t cap, const CsvDialect *d)
{
	const char	quote = d->quote ? d->quote : '"';
	const char	alphabet[] = {d->delimiter, quote, d->terminator, '\r', ' ',
	'a', '\\', '\0', 'b', quote, d->delimiter, d->terminator};
	size_t		len = 0;
	size_t		want = unit_random((uint32_t) cap);
	bool		wild = unit_random(2);

	while (len < want)
	{
		char		c = alphabet[unit_random(sizeof(alphabet))];

		if (wild)
		{
			buf[len++] = c;
			continue;
		}
		/* a field, then what should follow it */
		if (d->quote && unit_random(2))
		{
			buf[len++] = d->quote;
			while (unit_random(3) && len + 8 < want)
			{
				c = alphabet[unit_random(sizeof(alphabet))];
				buf[len++] = c;
				if (c == d->quote)
					buf[len++] = c;
			}
			if (unit_random(30))
				buf[len++] = d->quote;
		}
		else
			while (unit_random(3) && len + 8 < want)
				buf[len++] = " a\\b"[unit_random(4)];
		if (unit_random(30) == 0)
			buf[len++] = c;
		if (unit_random(3))
			buf[len++] = d->delimiter;
		else
		{
			if (d->crlf && unit_random(30))
				buf[len++] = '\r';
			buf[len++] = d->terminator;
		}
	}
	return len;
}

static void
test_random(const CsvDialect *d, const char *name, int seed)
{
	int			times = unit_times(60000);
	int			failures = 0;
	bool		good = true;
	char		buf[512];

	for (int i = 0; i < times && good; i++)
	{
		size_t		len;
		Text		want;

		unit_seed((uint64_t) seed * 1000000 + i);
		len = random_input(buf, 1 + unit_random(i % 16 ? 60 : 400), d);
		want = read_model(buf, len, d);
		failures += want.len > 5 && memmem(want.data, want.len, "error ", 6);
		for (size_t step = 0; step < 4 && good; step++)
		{
			Text		got = read_pieces(buf, len, d, step == 3 ? 20 : step);

			if (!(good = same(&got, &want)))
			{
				diag("%s, input %d, step %zu", name, i, step);
				show_difference(buf, len, &got, &want);
			}
			free(got.data);
		}
		if (good && i % 20 == 0)
			good = all_splits(buf, len, d, &want);
		free(want.data);
	}
	ok(good, "%s: %d random inputs, %d of them with an error", name, times,
	   failures);
}

/* ---- size ---- */

static bool
is_text(const CsvField *field, const char *text)
{
	return field->len == strlen(text) &&
		memcmp(field->data, text, field->len) == 0;
}

static void
test_many_lines(void)
{
	int			nlines = unit_times(300000);
	Text		in = {0};
	CsvReader  *r = csv_create(&rfc4180);
	char		buf[128];
	bool		good = true;
	int64_t		line = 1;

	for (int i = 0; i < nlines; i++)
		put(&in, buf, snprintf(buf, sizeof(buf),
							   i % 7 == 0 ? "%d,\"a\nb\"\"\",\n" :
							   i % 3 == 0 ? "%d,\"x, y\",\n" : "%d,plain,\n",
							   i));
	ok_int(csv_feed(r, in.data, in.len, true), CSV_STATUS_OK, "many lines");
	ok_int((int64_t) csv_count(r), nlines, "all are held");

	for (int i = 0; i < nlines; i++)
	{
		CsvRecord	rec;

		csv_get(r, i, &rec);
		good = good && rec.nfields == 3 && rec.line == line &&
			atoi(csv_data(&rec, 0)) == i && csv_field(&rec, 2)->len == 0 &&
			csv_field(&rec, 1)->quoted == (i % 7 == 0 || i % 3 == 0) &&
			is_text(csv_field(&rec, 1), i % 7 == 0 ? "a\nb\"" :
					i % 3 == 0 ? "x, y" : "plain");
		line += i % 7 == 0 ? 2 : 1;
	}
	ok(good, "each is right");
	ok(csv_memory(r) < in.len * 6 + 512 * 1024, "%zu bytes hold a file of %zu",
	   csv_memory(r), in.len);

	csv_drop(r);
	ok_int((int64_t) csv_count(r), 0, "none is held after csv_drop");
	csv_feed(r, "last", 4, true);
	ok_int((int64_t) csv_count(r), 1, "reading goes on");
	if (csv_count(r) == 1)
	{
		CsvRecord	rec;

		csv_get(r, 0, &rec);
		ok_int(rec.line, line, "lines are counted on");
	}
	csv_destroy(r);
	free(in.data);
}

/* A byte order mark is passed over, or names an encoding that is not read. */
static void
test_marks(void)
{
	static const char marked[] = "\xef\xbb\xbf\"k\n1\",a\nk2,b\n";

	is(&rfc4180, marked, "record 1 2\n q3 k\n1\n u1 a\nrecord 3 2\n u2 k2\n u1 b\n");
	is(&rfc4180_lib, marked, "record 1 2\n q3 k\n1\n u1 a\nrecord 3 2\n u2 k2\n u1 b\n");
	is(&crlf, "\xef\xbb\xbf\"a\"\r\n", "record 1 1\n q1 a\n");
	is(&plain, "\xef\xbb\xbf" "a\n", "record 1 1\n u1 a\n");
	is(&rfc4180, "\xef\xbb\xbf", "");
	is(&rfc4180, "\xef\xbb\xbf\n", "record 1 1\n u0 \n");
	is(&rfc4180, "\xef\xbb", "record 1 1\n u2 \xef\xbb\n");
	is(&rfc4180, "a\n\xef\xbb\xbf" "b\n", "record 1 1\n u1 a\nrecord 2 1\n u4 \xef\xbb\xbf" "b\n");
	is(&rfc4180, "\xef\xbb\xbf\xef\xbb\xbf" "b\n", "record 1 1\n u4 \xef\xbb\xbf" "b\n");
	is(&rfc4180, "\xff\xfe" "a", "error 7 1 1\n");
	is(&rfc4180_lib, "\xfe\xff" "ab", "error 7 1 1\n");
}

/*
 * What an input of asks_crlf ends its lines in, fed in pieces of a size: the
 * counts, and then its last field by those ends.
 */
static void
ends_are(const char *in, size_t len, int with_cr, int without, bool first,
		 size_t last_len)
{
	CsvDialect	d = rfc4180;
	bool		good = true;

	d.asks_crlf = true;
	for (size_t step = 1; step <= len + 1; step = step * 7 + 1)
	{
		CsvReader  *r = any_reader(&d);
		CsvEnds		ends = {0};
		CsvRecord	rec;
		bool		asked = false;

		for (size_t at = 0; at < len; at += step)
		{
			size_t		n = len - at < step ? len - at : step;

			good = good && csv_feed(r, in + at, n, at + n == len) ==
				CSV_STATUS_OK;
			if (!csv_ends(r, &ends))
				continue;
			good = good && !asked && csv_count(r) == 0 &&
				ends.with_cr == with_cr && ends.without == without &&
				ends.first_with_cr == first &&
				csv_set_crlf(r, with_cr > 0 && without == 0) == CSV_STATUS_OK;
			asked = true;
		}
		good = good && asked && csv_count(r) > 0;
		if (good)
		{
			csv_get(r, csv_count(r) - 1, &rec);
			good = csv_field(&rec, rec.nfields - 1)->len == last_len;
		}
		csv_destroy(r);
	}
	ok(good, "line ends of %zu bytes", len);
}

#define TEXT(s)	(s), sizeof(s) - 1

static void
test_ends(void)
{
	size_t		len = 3 * CSV_FIRST_BLOCK;
	char	   *in = malloc(len);

	ends_are(TEXT("a,b\r\nc,\"d\"\r\n"), 2, 0, true, 1);
	ends_are(TEXT("a,b\nc,d\r\n"), 1, 1, false, 2);
	ends_are(TEXT("a,b\nc,d\n"), 0, 2, false, 1);
	ends_are(TEXT("a,\"b\n\"\r\n"), 1, 0, true, 2);
	ends_are(TEXT("a,\"\"\"\n\"\r\n"), 1, 0, true, 2);
	ends_are(TEXT("a,b\r"), 1, 0, true, 1);
	ends_are(TEXT("a,b"), 0, 0, false, 1);
	ends_are(TEXT("\xef\xbb\xbf" "a,b\r\n"), 1, 0, true, 1);
	/* what comes after the first block does not count … */
	for (size_t i = 0; i < len; i += 4)
		memcpy(in + i, i < CSV_FIRST_BLOCK ? "ab\r\n" : "a\r\r\n", 4);
	ends_are(in, len, (int) CSV_FIRST_BLOCK / 4, 0, true, 2);
	/* … unless no record ends in it */
	memset(in, 'x', len);
	memcpy(in + len - 8, "\r\na\r\r\n\r\n", 8);
	ends_are(in, len, 1, 0, true, 0);
	free(in);
}

/* Holding little: what is dropped is not kept. */
static void
test_stream(void)
{
	int			times = unit_times(20000);
	CsvReader  *r = csv_create(&crlf);
	size_t		count = 0;
	size_t		most = 0;
	bool		good = true;

	for (int i = 0; i < times; i++)
	{
		/* a piece ends inside a record */
		static const char piece[] = "xyz\"\r\na,b,c\r\n\"d\n\"\"\r\n\",\"e";

		if (i == 0)
			good = csv_feed(r, "\"", 1, false) == CSV_STATUS_OK;
		good = good && csv_feed(r, piece, sizeof(piece) - 1,
								false) == CSV_STATUS_OK;
		count += csv_count(r);
		if (csv_memory(r) > most)
			most = csv_memory(r);
		csv_drop(r);
	}
	good = good && csv_feed(r, "\"", 1, true) == CSV_STATUS_OK;
	count += csv_count(r);
	ok(good, "%d pieces", times);
	ok_int((int64_t) count, 2 * (int64_t) times + 1, "all records were met");
	ok(most < 64 * 1024, "at most %zu bytes were held", most);
	csv_destroy(r);
}

/* ---- limits ---- */

static void
is_limit(const char *in, size_t len, size_t step, CsvStatus status,
		 int64_t line, int field, size_t records, const char *what)
{
	CsvReader  *r = csv_create(&rfc4180);
	CsvStatus	got = CSV_STATUS_OK;
	const CsvError *e = csv_failure(r);

	for (size_t pos = 0; pos < len && got == CSV_STATUS_OK; pos += step)
		got = csv_feed(r, in + pos, len - pos < step ? len - pos : step,
					   len - pos <= step);
	if (!ok(got == status && csv_count(r) == records &&
			(status == CSV_STATUS_OK ||
			 (e->line == line && e->field == field)),
			"%s, in pieces of %zu", what, step))
		diag("status %d line %lld field %d, %zu records", (int) got,
			 (long long) e->line, e->field, csv_count(r));
	csv_destroy(r);
}

static void
test_field_limit(void)
{
	char	   *in = malloc(4 * CSV_MAX_FIELDS + 100);
	size_t		len = 0;

	in[len++] = 'x';
	in[len++] = '\n';
	for (int i = 1; i < CSV_MAX_FIELDS; i++)
	{
		in[len++] = 'a';
		in[len++] = ',';
	}
	in[len++] = '\n';
	for (size_t step = 1; step < 1000000; step *= 100)
		is_limit(in, len, step, CSV_STATUS_OK, 0, 0, 2,
				 "as many fields as may be");
	in[len - 1] = ',';
	in[len++] = '\n';
	in[len++] = 'y';
	for (size_t step = 1; step < 1000000; step *= 100)
		is_limit(in, len, step, CSV_STATUS_TOO_MANY_FIELDS, 2,
				 CSV_MAX_FIELDS + 1, 1, "one field more");

	len = 0;
	for (int i = 0; i <= CSV_MAX_FIELDS; i++)
	{
		in[len++] = '"';
		in[len++] = '"';
		in[len++] = ',';
	}
	in[len++] = '\n';
	is_limit(in, len, len, CSV_STATUS_TOO_MANY_FIELDS, 1,
			 CSV_MAX_FIELDS + 1, 0, "too many quoted fields");
	is_limit(in, len, 5, CSV_STATUS_TOO_MANY_FIELDS, 1,
			 CSV_MAX_FIELDS + 1, 0, "too many quoted fields");
	free(in);
}

static void
test_record_limit(void)
{
	size_t		max = CSV_RECORD_LIMIT;
	char	   *in = malloc(4 * max);
	CsvReader  *r;
	size_t		fed = 0;

	/* a record takes its bytes and one more a field */
	memset(in, 'a', 4 * max);
	memcpy(in, "x\nb,", 4);
	in[2 + max - 1] = '\n';
	is_limit(in, 2 + max, 1000000, CSV_STATUS_OK, 0, 0, 2,
			 "as long as may be");
	is_limit(in, 2 + max, 1000, CSV_STATUS_OK, 0, 0, 2, "as long as may be");
	in[2 + max - 1] = 'a';
	in[2 + max] = '\n';
	is_limit(in, 2 + max + 1, 1000000, CSV_STATUS_TOO_LONG, 2, 2, 1,
			 "one byte more");
	is_limit(in, 2 + max + 1, 1000, CSV_STATUS_TOO_LONG, 2, 2, 1,
			 "one byte more");
	in[2 + max] = 'a';
	is_limit(in, 4 * max, 4 * max, CSV_STATUS_TOO_LONG, 2, 2, 1,
			 "a field without end");

	/* a quoted field: doubled quotes count once, newlines do not matter */
	in[4] = '"';
	memset(in + 5, '\n', max - 2);
	in[100] = in[101] = '"';
	in[3 + max] = '"';
	in[4 + max] = '\n';
	is_limit(in, 5 + max, 10000, CSV_STATUS_OK, 0, 0, 2,
			 "a quoted field as long as may be");
	in[100] = 'a';
	in[101] = 'a';
	is_limit(in, 5 + max, 10000, CSV_STATUS_TOO_LONG, 2, 2, 1,
			 "a quoted field one byte longer");

	/* many fields of middle size: each takes 1000 bytes */
	memset(in, 'a', 4 * max);
	for (size_t i = 999; i < 4 * max; i += 1000)
		in[i] = ',';
	is_limit(in, 4 * max, 4 * max, CSV_STATUS_TOO_LONG, 1,
			 (int) (max / 1000) + 1, 0, "many fields");
	is_limit(in, 4 * max, 300, CSV_STATUS_TOO_LONG, 1,
			 (int) (max / 1000) + 1, 0, "many fields");

	r = csv_create(&rfc4180);
	memset(in, 'a', 4 * max);
	csv_feed(r, "\"", 1, false);
	while (fed < 64 * max && csv_feed(r, in, 50000, false) == CSV_STATUS_OK)
		fed += 50000;
	ok(fed <= max + CSV_RECORD_LIMIT / 2, "noticed after %zu bytes", fed);
	ok(csv_memory(r) < 3 * max, "with %zu bytes of memory", csv_memory(r));
	csv_destroy(r);
	free(in);
}

/* Each allocation of the reader's own fails once. */
static void
test_memory_out(void)
{
	Text		in = {0};
	CsvReader  *r;
	bool		good = true;
	int			failed = 0;
	long		n;

	for (int i = 0; i < 3000; i++)
		put(&in, i % 2 ? "a,b,c,d\n" : "a,\"b\"\"\"\n", i % 2 ? 8 : 9);

	for (n = 0; n < 1000; n++)
	{
		/* nothing is had for nothing */
		csv_free_spares();
		allocations = n;
		r = csv_create(&rfc4180);
		if (r == NULL)
		{
			good = good && n == 0;
			continue;
		}
		if (csv_feed(r, in.data, in.len, true) == CSV_STATUS_OK)
		{
			allocations = -1;
			csv_destroy(r);
			break;
		}
		good = good && csv_failure(r)->status == CSV_STATUS_NO_MEMORY &&
			csv_failure(r)->message != NULL && csv_count(r) < 3000;
		failed++;
		csv_destroy(r);
	}
	allocations = -1;
	ok(good && failed > 5, "memory ran out in %d places", failed);
	free(in.data);
}

static void
test_long_fields(void)
{
	static const size_t sizes[] = {4095, 4096, 4097, 65535, 65536, 65537,
	262143, 262144, 262145, 700000};
	bool		good = true;

	for (int i = 0; i < 10; i++)
		for (int quoted = 0; quoted < 2; quoted++)
		{
			Text		in = {0};
			Text		want;
			char	   *value = malloc(sizes[i]);

			for (size_t k = 0; k < sizes[i]; k++)
				value[k] = "abc \\"[k % 5];
			put(&in, "1,", 2);
			if (quoted)
				put(&in, "\"", 1);
			put(&in, value, sizes[i]);
			if (quoted)
				put(&in, "\"", 1);
			put(&in, ",z\n\n2\n", 6);
			want = read_model(in.data, in.len, &rfc4180);
			for (size_t step = 0; step < 5000000; step = step * 20 + 1000)
			{
				Text		got = read_pieces(in.data, in.len, &rfc4180, step);

				good = good && same(&got, &want);
				free(got.data);
			}
			free(want.data);
			free(value);
			free(in.data);
		}
	ok(good, "long fields");
}

int
main(void)
{
	csv_destroy(NULL);
	test_cases();
	test_zero_bytes();
	test_random(&rfc4180, "quotes", 1);
	test_random(&plain, "no quotes", 2);
	test_random(&crlf, "CR LF", 3);
	test_random(&plain_crlf, "CR LF, no quotes", 4);
	test_random(&odd, "other bytes", 5);
	test_random(&tabs, "tabs", 6);
	test_random(&high, "high bytes", 7);
	test_random(&ctrl_a, "control bytes", 8);
	test_random(&zero, "zero bytes between fields", 9);
	test_random(&rfc4180_lib, "quotes, by libcsv", 10);
	test_random(&plain_lib, "no quotes, by libcsv", 11);
	test_marks();
	test_ends();
	test_many_lines();
	test_stream();
	test_field_limit();
	test_record_limit();
	test_long_fields();
	test_memory_out();
	csv_free_spares();
	return unit_done();
}
