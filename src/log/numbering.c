/*-------------------------------------------------------------------------
 *
 * numbering.c
 *	  What the numbers in the names of full load files tell.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/sort.h"
#include "log/erroption.h"
#include "log/numbering.h"

/* Length of the folder part of a key, its slash included. */
static size_t
folder_len(const char *key)
{
	return manifest_file_name(key) - key;
}

static bool
same_folder(const LogFile *a, const LogFile *b)
{
	size_t		len = folder_len(a->key);

	return len == folder_len(b->key) && memcmp(a->key, b->key, len) == 0;
}

static int
counter_cmp(const void *a, const void *b, void *arg)
{
	const LogFile *x = *(LogFile *const *) a;
	const LogFile *y = *(LogFile *const *) b;

	if (x->counter != y->counter)
		return x->counter < y->counter ? -1 : 1;
	return strcmp(x->key, y->key);
}

static int
folder_counter_cmp(const void *a, const void *b, void *arg)
{
	const LogFile *x = *(LogFile *const *) a;
	const LogFile *y = *(LogFile *const *) b;

	size_t		xlen = folder_len(x->key);
	size_t		ylen = folder_len(y->key);
	int			c = memcmp(x->key, y->key, Min(xlen, ylen));

	if (c != 0 || xlen != ylen)
		return c != 0 ? c : xlen < ylen ? -1 : 1;
	return counter_cmp(a, b, arg);
}

/* Is the sorted run of counters 1, 2, … n?  *gap is set to the first missing. */
static bool
counters_complete(LogFile **files, int n, uint64 *gap)
{
	for (int i = 0; i < n; i++)
	{
		if (files[i]->counter != (uint64) i + 1)
		{
			*gap = (uint64) i + 1;
			return false;
		}
	}
	return true;
}

static void
check_twice(LogFile **files, int n, Store *store)
{
	for (int i = 1; i < n; i++)
		if (same_folder(files[i - 1], files[i]) &&
			files[i - 1]->counter == files[i]->counter)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_ERROR),
					 errmsg("full load file \"%s\" is there twice",
							store_uri(store, files[i - 1]->key)),
					 errdetail("The other is \"%s\".",
							   store_uri(store, files[i]->key)),
					 errhint("Move one of them out of the folder.")));
}

void
numbering_check(LogFile **files, int nfiles, bool allow_gaps, Store *store)
{
	LogFile   **plain = palloc(sizeof(LogFile *) * Max(nfiles, 1));
	int			n = 0;
	int			start = 0;
	uint64		gap = 0;
	uint64		unused;
	int			nfolders = 0;
	LogFile    *broken = NULL;

	for (int i = 0; i < nfiles; i++)
		if (files[i]->kind == NAME_LOAD)
			plain[n++] = files[i];
	sort_items(plain, n, sizeof(LogFile *), folder_counter_cmp, NULL);
	check_twice(plain, n, store);
	for (int i = 1; i <= n; i++)
	{
		if (i < n && same_folder(plain[start], plain[i]))
			continue;
		nfolders++;
		if (broken == NULL &&
			!counters_complete(plain + start, i - start, &gap))
			broken = plain[start];
		start = i;
	}
	if (broken != NULL && !allow_gaps)
	{
		sort_items(plain, n, sizeof(LogFile *), counter_cmp, NULL);
		if (nfolders == 1 || !counters_complete(plain, n, &unused))
			ereport(ERROR,
					(errcode(ERRCODE_FDW_ERROR),
					 erroption("allow_gaps"),
					 errmsg("the full load in \"%s\" has a hole: there is no LOAD%08llX",
							store_uri(store,
									  pnstrdup(broken->key, folder_len(broken->key))),
							(unsigned long long) gap),
					 errhint("Copy the missing file back, or set allow_gaps 'true' to do without it.")));
	}
	pfree(plain);
}

/* Of counters that rise, so many below the last one are missing. */
static int64
count_missing(LogFile **files, int n)
{
	return n > 0 ? Max((int64) files[n - 1]->counter - n, 0) : 0;
}

int64
numbering_holes(LogFile **files, int nfiles)
{
	LogFile   **plain = palloc(sizeof(LogFile *) * Max(nfiles, 1));
	int			n = 0;
	int			start = 0;
	int			nfolders = 0;
	int64		missing = 0;
	uint64		unused;

	for (int i = 0; i < nfiles; i++)
		if (files[i]->kind == NAME_LOAD)
			plain[n++] = files[i];
	sort_items(plain, n, sizeof(LogFile *), folder_counter_cmp, NULL);
	for (int i = 1; i <= n; i++)
	{
		if (i < n && same_folder(plain[start], plain[i]))
			continue;
		missing += count_missing(plain + start, i - start);
		nfolders++;
		start = i;
	}
	/* partitions may share one counter */
	sort_items(plain, n, sizeof(LogFile *), counter_cmp, NULL);
	if (nfolders > 1 && counters_complete(plain, n, &unused))
		missing = 0;
	pfree(plain);
	return missing;
}

void
numbering_mark_series(LogFile **files, int n)
{
	for (int i = 0; i < n; i++)
	{
		LogFile    *f = files[i];
		const char *name = manifest_file_name(f->key);
		size_t		len = strcspn(name, "_.");
		LogFile    *before = i > 0 ? files[i - 1] : NULL;

		/* SEGMENT1_LOAD… and LOAD… files stand together in byte order */
		f->series_start = before == NULL || !same_folder(before, f) ||
			before->kind != f->kind ||
			(f->kind == NAME_SEGMENT &&
			 strncmp(manifest_file_name(before->key), name, len + 1) != 0);
	}
}
