/*-------------------------------------------------------------------------
 *
 * sorter.c
 *	  Rows in an external sort: PostgreSQL's tuplesort.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tupdesc.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/tuplesort.h"
#include "utils/typcache.h"

#include "replay/sorter.h"

static void
set_slot(Sorter *s, TupleTableSlot *slot)
{
	s->slot = slot;
	s->values = slot->tts_values;
	s->nulls = slot->tts_isnull;
}

Sorter *
sorter_open(const Oid *types, int ncolumns, int nkeys, bool descending,
			size_t kb)
{
	Sorter	   *s = palloc0(sizeof(Sorter));
	TupleDesc	desc = CreateTemplateTupleDesc(ncolumns);
	AttrNumber *columns = palloc(sizeof(AttrNumber) * nkeys);
	Oid		   *operators = palloc(sizeof(Oid) * nkeys);
	Oid		   *collations = palloc0(sizeof(Oid) * nkeys);
	bool	   *nulls_first = palloc0(sizeof(bool) * nkeys);

	for (int i = 0; i < ncolumns; i++)
		TupleDescInitEntry(desc, i + 1, NULL, types[i], -1, 0);
	for (int i = 0; i < nkeys; i++)
	{
		TypeCacheEntry *type = lookup_type_cache(types[i],
												 TYPECACHE_LT_OPR |
												 TYPECACHE_GT_OPR);

		columns[i] = i + 1;
		operators[i] = descending ? type->gt_opr : type->lt_opr;
	}
	s->sort = tuplesort_begin_heap(desc, nkeys, columns, operators, collations,
								   nulls_first, (int) Min(kb, MAX_KILOBYTES),
								   NULL, TUPLESORT_NONE);
	set_slot(s, MakeSingleTupleTableSlot(desc, &TTSOpsVirtual));
	return s;
}

/* Room for a bytea whose bytes are aligned; returns where they begin. */
static char *
make_room(Sorter *s, Size size)
{
	Size		need = MAXALIGN(VARHDRSZ) + size;

	if (need > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("record is too long to sort")));
	if (need > s->size)
	{
		if (s->buf != NULL)
			pfree(s->buf);
		s->buf = NULL;
		s->size = Min(need * 2, MaxAllocSize);
		s->buf = MemoryContextAlloc(GetMemoryChunkContext(s), s->size);
	}
	return s->buf + MAXALIGN(VARHDRSZ);
}

char *
sorter_bytes(Sorter *s, int column, Size size)
{
	char	   *bytes = make_room(s, size);
	char	   *datum = bytes - VARHDRSZ;

	SET_VARSIZE(datum, VARHDRSZ + size);
	s->values[column] = PointerGetDatum(datum);
	return bytes;
}

void
sorter_put(Sorter *s)
{
	ExecStoreVirtualTuple(s->slot);
	tuplesort_puttupleslot(s->sort, s->slot);
	ExecClearTuple(s->slot);
}

int64
sorter_sort(Sorter *s)
{
	TupleDesc	desc = s->slot->tts_tupleDescriptor;
	TuplesortInstrumentation used;

	tuplesort_performsort(s->sort);
	tuplesort_get_stats(s->sort, &used);
	/* the longest of what was put is not needed any more */
	if (s->buf != NULL)
		pfree(s->buf);
	s->buf = NULL;
	s->size = 0;
	ExecDropSingleTupleTableSlot(s->slot);
	set_slot(s, MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple));
	return used.spaceType == SORT_SPACE_TYPE_DISK ? used.spaceUsed * 1024 : 0;
}

bool
sorter_next(Sorter *s)
{
	if (!tuplesort_gettupleslot(s->sort, true, false, s->slot, NULL))
		return false;
	slot_getallattrs(s->slot);
	return true;
}

const char *
sorter_take_bytes(Sorter *s, int column, Size *size)
{
	/* a short one has a header of one byte, and is not aligned */
	const struct varlena *datum = (const struct varlena *)
		DatumGetPointer(s->values[column]);

	*size = VARSIZE_ANY_EXHDR(datum);
	return memcpy(make_room(s, *size), VARDATA_ANY(datum), *size);
}

void
sorter_close(Sorter *s)
{
	if (s == NULL)
		return;
	ExecDropSingleTupleTableSlot(s->slot);
	tuplesort_end(s->sort);
	if (s->buf != NULL)
		pfree(s->buf);
	pfree(s);
}
