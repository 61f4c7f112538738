/*-------------------------------------------------------------------------
 *
 * held.c
 *	  The change files that a process of a shared walk has indexed, until it
 *	  has handed their rows out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/layouts.h"
#include "replay/check.h"
#include "replay/index.h"
#include "replay/output.h"
#include "replay/selection.h"
#include "replay/shared.h"

size_t
held_memory(const SharedWalk *w)
{
	size_t		sum = 0;

	for (HeldFile *h = w->held; h != NULL; h = h->next)
		sum += h->memory;
	return sum;
}

HeldFile *
held_index(Replay *r, LogReader *reader, int fileno, int64 *n,
		  TimestampTz *first)
{
	size_t		budget = r->spec.memory / 2;
	size_t		used = Min(held_memory(r->shared) + layouts_memory(), budget);
	RunEntry   *entries = merge_index(r->merge, reader, fileno,
									  Max(budget - used, budget / 4), n, first);
	HeldFile   *h;

	if (entries == NULL)
		return NULL;
	h = palloc0(sizeof(HeldFile));
	h->fileno = fileno;
	h->reader = reader;
	h->entries = entries;
	h->memory = index_memory(reader, *n);
	h->unread = h->undecided = *n;
	selection_layout_seen(r, reader, fileno);
	return h;
}

void
held_drop(SharedWalk *w, HeldFile *h)
{
	HeldFile  **link = &w->held;

	while (*link != h)
		link = &(*link)->next;
	*link = h->next;
	if (h->undecided == 0)
	{
		/* nobody else looks at it any more */
		dsa_free(w->area, w->files[h->fileno].entries);
		w->files[h->fileno].entries = InvalidDsaPointer;
	}
	reader_close(h->reader);
	pfree(h);
}

bool
held_row(Replay *r)
{
	SharedWalk *w = r->shared;
	HeldFile   *next;

	for (HeldFile *h = w->held; h != NULL; h = next)
	{
		next = h->next;
		if (r->spec.bare && r->keyed)
		{
			/* which records these are does not matter */
			if (h->rows_out < h->rows)
			{
				h->rows_out++;
				output_emit(r, output_bare_row(r, DT_NOBEGIN, LOG_UPSERT,
											 h->fileno));
				return true;
			}
			h->unread = h->undecided;
		}
		while (h->unread > h->undecided)
		{
			const RunEntry *e = &h->entries[--h->unread];
			LogOp		op = e->op & ENTRY_OP_MASK;

			if ((e->op & ENTRY_IS_ROW) == 0)
				continue;
			output_emit(r, output_held_row(r, h->reader, e->rec, e->time, op,
										 h->fileno));
			if (!r->keyed)
				check_keyless(r, op, r->scratch->line, h->fileno);
			if (r->versions != NULL)
			{
				r->scratch->until = (TimestampTz) e->key_a;
				r->scratch->end_op = e->op >> ENTRY_END_SHIFT;
			}
			return true;
		}
		if (h->unread == 0)
			held_drop(w, h);
	}
	return false;
}

bool
held_ask(SharedWalk *w)
{
	bool		more = false;

	for (HeldFile *h = w->held; h != NULL; h = h->next)
	{
		int64		left = w->files[h->fileno].left;

		more |= left < h->undecided;
		h->undecided = left;
		h->rows = w->files[h->fileno].rows;
	}
	return more;
}
