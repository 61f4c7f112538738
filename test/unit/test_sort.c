/*-------------------------------------------------------------------------
 *
 * test_sort.c
 *	  base/sort.h against insertion sort, and its comparisons counted: in orders
 *	  that are made against it while it runs, too.
 *
 *-------------------------------------------------------------------------
 */
#include <limits.h>

#include "base/sort.h"
#include "unit.h"

typedef struct Item
{
	int			key;
	int			place;			/* where it was */
} Item;

static size_t comparisons;

static int
compare(const void *a, const void *b, void *arg)
{
	const Item *x = a;
	const Item *y = b;

	comparisons++;
	return x->key < y->key ? -1 : x->key > y->key;
}

/* Sorts, and is true if each item comes before the next, equal ones as before. */
static bool
sorts(Item *items, size_t n)
{
	Item	   *space = malloc((n + 1) * sizeof(Item));
	bool		right = true;

	for (size_t i = 0; i < n; i++)
		items[i].place = i;
	comparisons = 0;
	sort_merge((char *) items, n, sizeof(Item), (char *) space, compare, NULL);
	free(space);
	for (size_t i = 1; i < n; i++)
		right = right && (items[i - 1].key < items[i].key ||
						  (items[i - 1].key == items[i].key &&
						   items[i - 1].place < items[i].place));
	return right;
}

static void
test_drawn(void)
{
	bool		right = true;

	for (int round = 0; round < unit_times(20000); round++)
	{
		size_t		n = unit_random(70);
		Item		items[70];
		long		before = 0;
		long		after = 0;
		int			range = 1 + unit_random(100);

		for (size_t i = 0; i < n; i++)
			before += items[i].key = unit_random(range);
		right = right && sorts(items, n);
		for (size_t i = 0; i < n; i++)
			after += items[i].key;
		right = right && before == after;
	}
	ok(right, "drawn items come out in order, equal ones in the order they had");
}

/* A multiple of n log2 n, in hundredths. */
static int
cost(size_t n)
{
	double		logarithm = 0;

	for (size_t k = 1; k < n; k *= 2)
		logarithm++;
	return (int) (comparisons * 100 / (n * logarithm));
}

/*
 * McIlroy's adversary: values are decided while they are compared, so that
 * each pivot of a quicksort turns out to be among the least.
 */
static int	solid;
static int	candidate;
static int *value;

static int
compare_decided(const void *a, const void *b, void *arg)
{
	int			x = *(const int *) a;
	int			y = *(const int *) b;

	comparisons++;
	if (value[x] == INT_MAX && value[y] == INT_MAX)
		value[x == candidate ? x : y] = solid++;
	if (value[x] == INT_MAX)
		candidate = x;
	else if (value[y] == INT_MAX)
		candidate = y;
	return value[x] < value[y] ? -1 : value[x] > value[y];
}

static void
test_costs(void)
{
	enum
	{
		N = 100000
	};
	Item	   *items = malloc(N * sizeof(Item));
	int		   *places = malloc(N * sizeof(int));
	int		   *space = malloc(N * sizeof(int));

	for (int i = 0; i < N; i++)
		items[i].key = i;
	ok(sorts(items, N) && comparisons < N, "what is in order takes less than n comparisons");
	for (int i = 0; i < N; i++)
		items[i].key = i % 1000 == 999 ? i - 20 : i;
	ok(sorts(items, N) && comparisons < 3 * N, "few items that come late take less than 3 n");
	for (int i = 0; i < N; i++)
		items[i].key = -i;
	ok(sorts(items, N) && cost(N) <= 100, "the reverse order takes at most n log n");
	for (int i = 0; i < N; i++)
		items[i].key = unit_random(INT_MAX);
	ok(sorts(items, N) && cost(N) <= 100, "a drawn order takes at most n log n");

	value = malloc(N * sizeof(int));
	for (int i = 0; i < N; i++)
	{
		places[i] = i;
		value[i] = INT_MAX;
	}
	comparisons = 0;
	sort_merge((char *) places, N, sizeof(int), (char *) space,
			   compare_decided, NULL);
	ok(cost(N) <= 110, "an order that is decided against it takes hardly more");
	free(value);
	free(space);
	free(places);
	free(items);
}

int
main(void)
{
	test_drawn();
	test_costs();
	return unit_done();
}
