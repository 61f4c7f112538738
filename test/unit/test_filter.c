/*-------------------------------------------------------------------------
 *
 * test_filter.c
 *	  Records that are passed over for want of a needle: what is kept is the
 *	  same as without a filter, and nothing with the needle is lost.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include <stdio.h>

#include "format/csv/csv.h"

#define MAX_INPUT	20000

static const CsvDialect dialect = {.delimiter = ',', .quote = '"',
.terminator = '\n'};

static char input[MAX_INPUT + 4096];
static size_t input_len;

/* A record of some fields, now and then with quotes, line ends or a needle. */
static void
put_record(const CsvNeedle *needles, int n)
{
	int			fields = 1 + (int) unit_random(4);

	for (int f = 0; f < fields; f++)
	{
		bool		quoted = unit_random(3) == 0;
		int			len = (int) unit_random(unit_random(8) == 0 ? 300 : 12);

		if (f > 0)
			input[input_len++] = ',';
		if (quoted)
			input[input_len++] = '"';
		for (int i = 0; i < len; i++)
		{
			const char	any[] = "0123456789ab -.";

			if (quoted && unit_random(9) == 0)
			{
				memcpy(input + input_len, "\"\"", 2);
				input_len += 2;
			}
			else if (quoted && unit_random(9) == 0)
				input[input_len++] = unit_random(2) ? '\n' : ',';
			else
				input[input_len++] = any[unit_random(sizeof(any) - 1)];
		}
		if (unit_random(12) == 0)
		{
			const CsvNeedle *needle = &needles[unit_random((uint32_t) n)];

			memcpy(input + input_len, needle->bytes, needle->len);
			input_len += needle->len;
		}
		if (quoted)
			input[input_len++] = '"';
	}
	input[input_len++] = '\n';
}

static bool
stands_in(const CsvNeedle *n, const char *s, size_t len)
{
	for (size_t i = 0; i + n->len <= len; i++)
	{
		if (memcmp(s + i, n->bytes, n->len) != 0)
			continue;
		if (n->number && i + n->len < len && s[i + n->len] >= '0' &&
			s[i + n->len] <= '9')
			continue;
		if (n->number && i > 0 && s[i - 1] >= '1' && s[i - 1] <= '9')
			continue;
		return true;
	}
	return false;
}

static bool
same_record(const CsvRecord *a, const CsvRecord *b)
{
	if (a->line != b->line || a->nfields != b->nfields)
		return false;
	for (int i = 0; i < a->nfields; i++)
	{
		const CsvField *x = csv_field(a, i);
		const CsvField *y = csv_field(b, i);

		if (x->len != y->len || x->quoted != y->quoted ||
			memcmp(x->data, y->data, x->len) != 0)
			return false;
	}
	return true;
}

/* Feed what is next, in pieces of any size; into the reader's memory at times. */
static void
feed_some(CsvReader *r, size_t *at, int largest)
{
	size_t		n = 1 + unit_random((uint32_t) largest);
	char	   *room;

	if (n > input_len - *at)
		n = input_len - *at;
	if (unit_random(2))
	{
		room = csv_room(r, n);
		memcpy(room, input + *at, n);
		csv_feed(r, room, n, *at + n == input_len);
	}
	else
		csv_feed(r, input + *at, n, *at + n == input_len);
	*at += n;
	if (*at == input_len && unit_random(2))
		csv_trim(r);
}

/*
 * Compare the filtered reader's records with all; both are walked by line.
 * drop: forget records between feeds, as a stream's reader does.
 */
static bool
campaign(const CsvNeedle *needles, int n, int largest, bool drop)
{
	CsvReader  *all = csv_create(&dialect);
	CsvReader  *some = csv_create(&dialect);
	CsvRecord	want;
	CsvRecord	got;
	size_t		at = 0;
	size_t		next = 0;
	size_t		first = 1 + unit_random(3);
	bool		good = true;

	csv_filter(some, needles, n, (int) first);
	csv_feed(all, input, input_len, true);
	while (good && at < input_len)
	{
		feed_some(some, &at, largest);
		if (!drop && at < input_len)
			continue;
		for (size_t i = 0; i < csv_count(some) && good; i++)
		{
			csv_get(some, i, &got);
			for (;; next++)
			{
				bool		needed = next < first;

				if (next >= csv_count(all))
				{
					good = false;
					break;
				}
				csv_get(all, next, &want);
				if (want.line == got.line)
					break;
				/* passed over: none of the needles may stand in a field */
				for (int f = 0; f < want.nfields; f++)
					for (int k = 0; k < n; k++)
						needed |= stands_in(&needles[k], csv_data(&want, f),
											csv_field(&want, f)->len);
				good = good && !needed;
			}
			good = good && same_record(&got, &want);
			next++;
		}
		csv_drop(some);
	}
	for (; good && next < csv_count(all); next++)
	{
		good = next >= first;
		csv_get(all, next, &want);
		for (int f = 0; f < want.nfields; f++)
			for (int k = 0; k < n; k++)
				good = good && !stands_in(&needles[k], csv_data(&want, f),
										  csv_field(&want, f)->len);
	}
	csv_destroy(all);
	csv_destroy(some);
	return good;
}

int
main(void)
{
	static const CsvNeedle number[] = {{"4711", 4, true}};
	static const CsvNeedle digit[] = {{"7", 1, true}};
	static const CsvNeedle text[] = {{"ab -", 4, false}};
	static const CsvNeedle several[] = {{"90210", 5, true}, {"a", 1, false},
	{"12", 2, true}};
	static const struct
	{
		const char *name;
		const CsvNeedle *needles;
		int			n;
	}			sets[] = {{"a number", number, 1}, {"a digit", digit, 1},
	{"a text", text, 1}, {"several", several, 3}};
	int			times = unit_times(1500);

	unit_seed(2);
	for (size_t s = 0; s < sizeof(sets) / sizeof(sets[0]); s++)
	{
		bool		good = true;

		for (int i = 0; i < times && good; i++)
		{
			size_t		len = unit_random(MAX_INPUT);

			input_len = 0;
			while (input_len < len)
				put_record(sets[s].needles, sets[s].n);
			if (input_len > 0 && unit_random(2))
				input_len--;	/* the last line without its end */
			good = campaign(sets[s].needles, sets[s].n,
							unit_random(2) ? 100 : 5000, unit_random(2));
		}
		ok(good, "records with %s, of %d inputs", sets[s].name, times);
	}
	csv_free_spares();
	return unit_done();
}
