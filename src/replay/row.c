/*-------------------------------------------------------------------------
 *
 * row.c
 *	  A row on its way out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "replay/row.h"

static size_t
row_bytes(const Row *row)
{
	size_t		bytes = 0;

	for (int i = 0; i < row->ncells; i++)
		if (row->cells[i].state == CELL_VALUE)
			bytes += row->cells[i].len + 1;
	return bytes;
}

/* Copy the cells' bytes to where to points, and let the cells point there. */
static void
row_pack(Row *row, const Row *from, char *to)
{
	for (int i = 0; i < from->ncells; i++)
	{
		if (from->cells[i].state != CELL_VALUE)
			continue;
		memcpy(to, from->cells[i].data, from->cells[i].len);
		to[from->cells[i].len] = '\0';
		row->cells[i].data = to;
		to += from->cells[i].len + 1;
	}
}

Row *
row_copy(const Row *row)
{
	Row		   *copy = MemoryContextAllocHuge(CurrentMemoryContext,
											  ROW_SIZE(row->ncells) +
											  row_bytes(row));

	memcpy(copy, row, ROW_SIZE(row->ncells));
	copy->next = NULL;
	row_pack(copy, row, (char *) copy + ROW_SIZE(row->ncells));
	return copy;
}

int
row_fill(Row *row, const Row *older)
{
	for (int i = 0; i < row->ncells && row->nmissing > 0; i++)
	{
		const Cell *from = &older->cells[i];
		Cell	   *to = &row->cells[i];

		if (to->state != CELL_UNSUPPLIED || from->state == CELL_UNSUPPLIED)
			continue;
		*to = *from;
		if (from->state == CELL_VALUE)
		{
			char	   *data = MemoryContextAllocHuge(CurrentMemoryContext,
													  from->len + 1);

			memcpy(data, from->data, from->len);
			data[from->len] = '\0';
			to->data = data;
		}
		row->nmissing--;
	}
	return row->nmissing;
}

int
row_end(Row *row)
{
	int			ended = row->nmissing;

	for (int i = 0; i < row->ncells; i++)
	{
		if (row->cells[i].state == CELL_UNSUPPLIED)
			row->cells[i].state = CELL_NULL;
	}
	row->nmissing = 0;
	return ended;
}
