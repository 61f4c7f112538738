/*-------------------------------------------------------------------------
 *
 * versionsort.c
 *	  What happened to keys, in an external sort, group by group.
 *
 * An item travels as one bytea: itself, and its row as row.h packs it.
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
	size_t		size = row != NULL ? row_packed_size(row) : 0;
	char	   *to = sorter_bytes(s, SORT_ITEM, sizeof(VersionItem) + size);

	memcpy(to, item, sizeof(VersionItem));
	if (row != NULL)
		row_pack(row, to + sizeof(VersionItem));
	s->values[SORT_KEY_A] = Int64GetDatum((int64) item->group.a);
	s->values[SORT_KEY_B] = Int64GetDatum(item->group.b);
	s->values[SORT_ORDER] = Int64GetDatum(item->order);
	sorter_put(s);
}

bool
versionsort_next(Sorter *s, VersionItem *item)
{
	const char *bytes;
	size_t		size;

	if (!sorter_next(s))
		return false;
	bytes = sorter_take_bytes(s, SORT_ITEM, &size);
	memcpy(item, bytes, sizeof(VersionItem));
	if (item->row != NULL)
		item->row = row_unpack(bytes + sizeof(VersionItem),
							   size - sizeof(VersionItem));
	return true;
}
