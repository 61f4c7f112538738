/*-------------------------------------------------------------------------
 *
 * row.c
 *	  A row on its way out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "replay/row.h"

/* A cell of a row that is packed. */
typedef struct PackedCell
{
	uint32		len;			/* of a CELL_VALUE, else 0 */
	uint32		state;
} PackedCell;

static size_t
texts_bytes(const Row *row)
{
	size_t		bytes = 0;

	for (int i = 0; i < row->ncells; i++)
		if (row->cells[i].state == CELL_VALUE)
			bytes += row->cells[i].len;
	return bytes;
}

/* Copies the texts of a row's cells, one after the other. */
static void
put_texts(const Row *row, char *to)
{
	for (int i = 0; i < row->ncells; i++)
	{
		const Cell *c = &row->cells[i];

		if (c->state != CELL_VALUE || c->len == 0)
			continue;
		memcpy(to, c->data, c->len);
		to += c->len;
	}
}

/* Where a row in one chunk has its texts. */
static char *
own_texts(Row *row)
{
	return (char *) row + ROW_SIZE(row->ncells);
}

/* Lets the cells of a row point to its own texts. */
static void
point_cells(Row *row)
{
	const char *text = own_texts(row);

	for (int i = 0; i < row->ncells; i++)
	{
		Cell	   *c = &row->cells[i];

		if (c->state != CELL_VALUE)
			continue;
		c->data = text;
		text += c->len;
	}
}

Row *
row_copy(const Row *row)
{
	Row		   *copy = MemoryContextAllocHuge(CurrentMemoryContext,
											  ROW_SIZE(row->ncells) +
											  texts_bytes(row));

	memcpy(copy, row, ROW_SIZE(row->ncells));
	copy->next = NULL;
	put_texts(row, own_texts(copy));
	point_cells(copy);
	return copy;
}

size_t
row_packed_size(const Row *row)
{
	return ROW_SIZE(0) + sizeof(PackedCell) * row->ncells + texts_bytes(row);
}

void
row_pack(const Row *row, char *to)
{
	memcpy(to, row, ROW_SIZE(0));
	to += ROW_SIZE(0);
	for (int i = 0; i < row->ncells; i++)
	{
		const Cell *c = &row->cells[i];
		PackedCell	packed = {c->state == CELL_VALUE ? c->len : 0, c->state};

		memcpy(to, &packed, sizeof(packed));
		to += sizeof(packed);
	}
	put_texts(row, to);
}

Row *
row_unpack(const char *from, size_t size)
{
	size_t		cell_bytes;
	Row			head;
	Row		   *row;

	memcpy(&head, from, ROW_SIZE(0));
	from += ROW_SIZE(0);
	cell_bytes = sizeof(PackedCell) * head.ncells;
	size -= ROW_SIZE(0) + cell_bytes;
	row = MemoryContextAllocHuge(CurrentMemoryContext,
								 ROW_SIZE(head.ncells) + size);
	memcpy(row, &head, ROW_SIZE(0));
	row->next = NULL;
	for (int i = 0; i < row->ncells; i++)
	{
		PackedCell	packed;

		memcpy(&packed, from + sizeof(packed) * i, sizeof(packed));
		row->cells[i] = (Cell) {NULL, packed.len, packed.state};
	}
	if (size > 0)
		memcpy(own_texts(row), from + cell_bytes, size);
	point_cells(row);
	return row;
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
													  from->len);

			if (from->len > 0)
				memcpy(data, from->data, from->len);
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
