/*-------------------------------------------------------------------------
 *
 * sort.h
 *	  Sorting what strangers ordered.  Pure C.
 *
 * PostgreSQL's qsort() picks its pivots by rules that anybody can read, so a
 * file can be written for which it takes time in the square of its records
 * (M. D. McIlroy, "A killer adversary for quicksort", 1999).  Merging takes
 * n log n comparisons of whatever order, n of what is sorted already, and keeps
 * the order of equal items.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_BASE_SORT_H
#define CDC_BASE_SORT_H

#include <stddef.h>
#include <string.h>

/*
 * Below 0 if a comes before b, above 0 if behind it.  One that hears interrupts
 * may not return: then the items are in no order, and some of them there twice.
 */
typedef int (*SortCompare) (const void *a, const void *b, void *arg);

/*
 * Sorts the n items of size bytes each, by way of space for as many, which
 * overlaps none of them.  Inline, so that cmp and size are constants where a
 * caller's are.
 */
static inline __attribute__((always_inline)) void
sort_merge(char *items, size_t n, size_t size, char *space, SortCompare cmp,
		   void *arg)
{
	/* runs of 1, 2, 4 … items, of which the last one may be shorter */
	for (size_t width = 1; width < n; width *= 2)
	{
		for (size_t begin = 0; begin < n && n - begin > width; begin += 2 * width)
		{
			size_t		rest = n - begin - width;
			size_t		first = 0;	/* of the left run that moves … */
			size_t		last = width - 1;	/* … is one of these */
			char	   *into = items + begin * size;
			char	   *right = into + width * size;
			char	   *end = right + (rest < width ? rest : width) * size;
			char	   *left = space;
			char	   *middle;

			/* most files are nearly in order */
			if (cmp(right - size, right, arg) <= 0)
				continue;
			while (first < last)
			{
				size_t		half = first + (last - first) / 2;

				if (cmp(into + half * size, right, arg) <= 0)
					first = half + 1;
				else
					last = half;
			}
			into += first * size;
			memcpy(space, into, right - into);
			middle = space + (right - into);
			while (left < middle && right < end)
			{
				char	  **least = cmp(left, right, arg) <= 0 ? &left : &right;

				memcpy(into, *least, size);
				*least += size;
				into += size;
			}
			/* what is left of the right run is where it belongs */
			memcpy(into, left, middle - left);
		}
	}
}

/*
 * Sorts the n items of size bytes each; arg is handed to cmp.  Takes as much
 * memory again, which is freed.  Hears interrupts.
 */
extern void sort_items(void *items, size_t n, size_t size, SortCompare cmp,
					   void *arg);

#endif							/* CDC_BASE_SORT_H */
