/*-------------------------------------------------------------------------
 *
 * versionsort.c
 *	  What happened to keys, in an external sort, group by group.
 *
 * An item travels as one bytea: itself, its row's head and cells, and the
 * cells' bytes one after the other.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "replay/sorter.h"
#include "replay/versionsort.h"

enum
{
	SORT_KEY_A,
	SORT_KEY_B,
	SORT_ORDER,
	SORT_ITEM,
	SORT_COLUMNS
};

Sorter *
versionsort_open(size_t memory)
{
	static const Oid types[SORT_COLUMNS] = {INT8OID, INT8OID, INT8OID, BYTEAOID};

	return sorter_open(types, SORT_COLUMNS, SORT_ITEM, false, memory / 1024);
}

void
versionsort_put(Sorter *s, const VersionItem *item)
{
	const Row  *row = item->row;
	Size		head = row ? ROW_SIZE(row->ncells) : 0;
	Size		bytes = 0;
	char	   *to;

	for (int i = 0; row != NULL && i < row->ncells; i++)
		if (row->cells[i].state == CELL_VALUE)
			bytes += row->cells[i].len;
	to = sorter_bytes(s, SORT_ITEM, sizeof(VersionItem) + head + bytes);
	memcpy(to, item, sizeof(VersionItem));
	to += sizeof(VersionItem);
	if (row != NULL)
		memcpy(to, row, head);
	to += head;
	for (int i = 0; row != NULL && i < row->ncells; i++)
	{
		const Cell *c = &row->cells[i];

		if (c->state != CELL_VALUE || c->len == 0)
			continue;
		memcpy(to, c->data, c->len);
		to += c->len;
	}
	s->values[SORT_KEY_A] = Int64GetDatum((int64) item->group.a);
	s->values[SORT_KEY_B] = Int64GetDatum(item->group.b);
	s->values[SORT_ORDER] = Int64GetDatum(item->order);
	sorter_put(s);
}

bool
versionsort_next(Sorter *s, VersionItem *item)
{
	char	   *from;
	const char *data;

	if (!sorter_next(s))
		return false;
	from = sorter_take_bytes(s, SORT_ITEM);
	memcpy(item, from, sizeof(VersionItem));
	if (item->row == NULL)
		return true;
	item->row = (Row *) (from + sizeof(VersionItem));
	data = (char *) item->row + ROW_SIZE(item->row->ncells);
	for (int i = 0; i < item->row->ncells; i++)
	{
		Cell	   *c = &item->row->cells[i];

		if (c->state != CELL_VALUE)
			continue;
		c->data = data;
		data += c->len;
	}
	return true;
}
