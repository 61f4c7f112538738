/*-------------------------------------------------------------------------
 *
 * key_hint.c
 *	  Of which columns the key of a table can consist, for who has to name it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "fdw/import/keys.h"

/* Columns that updates change. */
typedef struct Changed
{
	const Bitmapset *columns;
	Bitmapset  *changed;
} Changed;

/* Columns with a value in every record, that are none of the log or the task. */
static Bitmapset *
possible_columns(const KeyEvidence *e)
{
	Bitmapset  *possible = NULL;

	for (int i = 0; i < e->table->ncolumns; i++)
	{
		const ImportColumn *c = &e->table->columns[i];
		bool		differ;
		int			k = 0;

		if (c->sequence || c->before != NULL || c->lacks ||
			c->typid == JSONOID || c->typid == JSONBOID ||
			import_key_task(e, i, &differ) == TASK_SURELY)
			continue;
		while (k < e->n && e->records[k].cells[i] != 0)
			k++;
		if (k == e->n)
			possible = bms_add_member(possible, i);
	}
	return possible;
}

/* How many changes meet a row by the columns; -1: they are no key. */
static int64
met_by(const KeyEvidence *e, const Bitmapset *columns, bool *misses)
{
	KeyTrial	trial;

	import_key_try(e, columns, true, NULL, NULL, &trial);
	*misses = import_key_misses(e, &trial);
	return trial.verdict == KEY_HOLDS ? trial.met : -1;
}

/* The single columns that may be the key, and the first ones; of Bitmapset. */
static List *
candidates(const KeyEvidence *e, const Bitmapset *possible)
{
	List	   *list = NIL;
	int			i = -1;

	while ((i = bms_next_member(possible, i)) >= 0)
		list = lappend(list, bms_make_singleton(i));
	return list_length(list) > 1 ?
		lappend(list, import_key_least(e, possible)) : list;
}

static void
see_changed(const KeyRecord *row, const KeyRecord *change, void *arg)
{
	Changed    *c = arg;
	int			i = -1;

	while (row->stretch == change->stretch &&
		   (i = bms_next_member(c->columns, i)) >= 0)
		if (row->cells[i] != change->old[i])
			c->changed = bms_add_member(c->changed, i);
}

/*
 * Adds the columns that no update changes of a row that is found without them:
 * they may be of the key, too.
 */
static Bitmapset *
with_unchanged(const KeyEvidence *e, Bitmapset *columns,
			   const Bitmapset *possible, int64 met)
{
	Changed		changed = {possible};
	KeyTrial	trial;
	Bitmapset  *all;
	bool		misses;

	import_key_try(e, columns, true, see_changed, &changed, &trial);
	all = bms_union(columns, bms_difference(possible, changed.changed));
	return met_by(e, all, &misses) < met ? columns : all;
}

/* Looks for the few columns by which most changes meet a row. */
Bitmapset *
import_key_likely(const KeyEvidence *e, bool *sure)
{
	Bitmapset  *possible = possible_columns(e);
	List	   *sets = candidates(e, possible);
	int64		most = -1;
	Bitmapset  *likely = NULL;
	bool		misses;
	ListCell   *lc;

	foreach(lc, sets)
		most = Max(most, met_by(e, lfirst(lc), &misses));
	foreach(lc, sets)
		if (most >= 0 && met_by(e, lfirst(lc), &misses) == most && !misses)
			likely = bms_add_members(likely,
									 with_unchanged(e, lfirst(lc), possible,
													most));
	*sure = likely != NULL && bms_equal(import_key_least(e, likely), likely);
	return likely;
}
