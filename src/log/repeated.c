/*-------------------------------------------------------------------------
 *
 * repeated.c
 *	  Names that stand in a header twice.
 *
 * A header may have thousands of names, each thousands of bytes long, which
 * differ at their ends only: they are sorted, not compared each with each.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/sort.h"
#include "log/repeated.h"

static int
compare_texts(const HeaderName *a, const HeaderName *b)
{
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->data, b->data, a->len);
}

static int
compare_names(const void *a, const void *b, void *arg)
{
	const HeaderName *x = a;
	const HeaderName *y = b;
	int			c = compare_texts(x, y);

	return c != 0 ? c : x->place < y->place ? -1 : x->place > y->place;
}

int
repeated_name(HeaderName *names, int n)
{
	int			first = -1;

	sort_items(names, n, sizeof(HeaderName), compare_names, NULL);
	for (int i = 1; i < n; i++)
	{
		if (compare_texts(&names[i - 1], &names[i]) == 0 &&
			(first < 0 || names[i].place < first))
			first = names[i].place;
	}
	return first;
}
