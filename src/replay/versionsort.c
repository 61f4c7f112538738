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

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "base/compat.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/tuplesort.h"

#include "replay/spill.h"
#include "replay/versionsort.h"

#define INT8_LESS_OPERATOR		412

enum
{
	SORT_KEY_A = 1,
	SORT_KEY_B,
	SORT_ORDER,
	SORT_ITEM,
	SORT_COLUMNS = SORT_ITEM
};

struct VersionSort
{
	MemoryContext ctx;
	Tuplesortstate *sort;
	TupleTableSlot *in;
	TupleTableSlot *out;
	char	   *buf;
	Size		size;
};

VersionSort *
versionsort_open(size_t memory)
{
	VersionSort *s = palloc0(sizeof(VersionSort));
	TupleDesc	desc = CreateTemplateTupleDesc(SORT_COLUMNS);
	AttrNumber	columns[] = {SORT_KEY_A, SORT_KEY_B, SORT_ORDER};
	Oid			operators[] = {INT8_LESS_OPERATOR, INT8_LESS_OPERATOR,
	INT8_LESS_OPERATOR};
	Oid			collations[] = {InvalidOid, InvalidOid, InvalidOid};
	bool		nulls_first[] = {false, false, false};
	int			kb = (int) Min(Max(memory / 1024, 64), MAX_KILOBYTES);

	s->ctx = CurrentMemoryContext;
	TupleDescInitEntry(desc, SORT_KEY_A, "a", INT8OID, -1, 0);
	TupleDescInitEntry(desc, SORT_KEY_B, "b", INT8OID, -1, 0);
	TupleDescInitEntry(desc, SORT_ORDER, "order", INT8OID, -1, 0);
	TupleDescInitEntry(desc, SORT_ITEM, "item", BYTEAOID, -1, 0);
	s->sort = tuplesort_begin_heap(desc, 3, columns, operators, collations,
								   nulls_first, kb, NULL, TUPLESORT_NONE);
	s->in = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	s->out = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	return s;
}

static void
make_room(VersionSort *s, Size size)
{
	if (size <= s->size)
		return;
	if (s->buf)
		pfree(s->buf);
	s->buf = NULL;
	s->size = 0;
	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("record is too long to sort")));
	s->buf = MemoryContextAlloc(s->ctx, size);
	s->size = size;
}

static bytea *
pack(VersionSort *s, const VersionItem *item)
{
	const Row  *row = item->row;
	Size		head = row ? ROW_SIZE(row->ncells) : 0;
	Size		bytes = 0;
	char	   *to;

	for (int i = 0; row != NULL && i < row->ncells; i++)
		if (row->cells[i].state == CELL_VALUE)
			bytes += row->cells[i].len;
	make_room(s, VARHDRSZ + sizeof(VersionItem) + head + bytes);
	to = s->buf + VARHDRSZ;
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
	SET_VARSIZE(s->buf, to - s->buf);
	return (bytea *) s->buf;
}

void
versionsort_put(VersionSort *s, const VersionItem *item)
{
	ExecClearTuple(s->in);
	memset(s->in->tts_isnull, 0, SORT_COLUMNS);
	s->in->tts_values[SORT_KEY_A - 1] = Int64GetDatum((int64) item->group.a);
	s->in->tts_values[SORT_KEY_B - 1] = Int64GetDatum(item->group.b);
	s->in->tts_values[SORT_ORDER - 1] = Int64GetDatum(item->order);
	s->in->tts_values[SORT_ITEM - 1] = PointerGetDatum(pack(s, item));
	ExecStoreVirtualTuple(s->in);
	tuplesort_puttupleslot(s->sort, s->in);
}

int64
versionsort_finish(VersionSort *s)
{
	tuplesort_performsort(s->sort);
	return spill_sorted(s->sort);
}

bool
versionsort_next(VersionSort *s, VersionItem *item)
{
	bool		null;
	bytea	   *packed;
	Size		size;
	const char *data;

	if (!tuplesort_gettupleslot(s->sort, true, false, s->out, NULL))
		return false;
	packed = (bytea *) DatumGetPointer(slot_getattr(s->out, SORT_ITEM, &null));
	/* copied: short varlenas are not aligned */
	size = VARSIZE_ANY_EXHDR(packed);
	make_room(s, size);
	memcpy(s->buf, VARDATA_ANY(packed), size);
	memcpy(item, s->buf, sizeof(VersionItem));
	if (item->row == NULL)
		return true;
	item->row = (Row *) (s->buf + sizeof(VersionItem));
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

void
versionsort_close(VersionSort *s)
{
	if (s == NULL)
		return;
	ExecDropSingleTupleTableSlot(s->in);
	ExecDropSingleTupleTableSlot(s->out);
	tuplesort_end(s->sort);
}
