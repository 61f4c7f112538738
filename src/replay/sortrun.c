/*-------------------------------------------------------------------------
 *
 * sortrun.c
 *	  Change records in an external sort.
 *
 * PostgreSQL's tuplesort does the work; a record travels as one bytea.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "log/record_pack.h"
#include "replay/sorter.h"
#include "replay/sortrun.h"

/* Time and sequence come in front of these, in the order of the sort. */
enum
{
	SORT_FILE = 2,
	SORT_LINE,
	SORT_RECORD,
	SORT_COLUMNS
};

struct SortRun
{
	Sorter	   *sort;
	int			time;			/* its columns */
	int			sequence;
	RecordRoom	room;			/* of the record given out last */
};

static SortRun *
open_sort(bool sequence_first, bool descending, size_t memory)
{
	SortRun    *s = palloc0(sizeof(SortRun));
	Oid			types[SORT_COLUMNS] = {INT8OID, INT8OID, INT4OID, INT8OID, BYTEAOID};

	s->room.ctx = CurrentMemoryContext;
	s->time = sequence_first;
	s->sequence = !sequence_first;
	types[s->sequence] = BYTEAOID;
	s->sort = sorter_open(types, SORT_COLUMNS, SORT_RECORD, descending,
						  memory / 1024);
	return s;
}

SortRun *
sortrun_open(bool sequence_first, size_t memory)
{
	return open_sort(sequence_first, true, memory);
}

SortRun *
sortrun_open_forward(size_t memory)
{
	return open_sort(false, false, memory);
}

void
sortrun_put(SortRun *s, const LogRecord *rec, const char *seq, size_t seq_len,
			int fileno)
{
	bytea	   *sequence = palloc(VARHDRSZ + seq_len);
	Datum	   *v = s->sort->values;

	SET_VARSIZE(sequence, VARHDRSZ + seq_len);
	if (seq_len > 0)
		memcpy(VARDATA(sequence), seq, seq_len);
	v[s->time] = Int64GetDatum(rec->time);
	v[s->sequence] = PointerGetDatum(sequence);
	v[SORT_FILE] = Int32GetDatum(fileno);
	v[SORT_LINE] = Int64GetDatum(record_line(rec));
	record_pack(rec, sorter_bytes(s->sort, SORT_RECORD,
								  record_packed_size(rec)));
	sorter_put(s->sort);
	pfree(sequence);
}

int64
sortrun_finish(SortRun *s)
{
	return sorter_sort(s->sort);
}

bool
sortrun_next(SortRun *s, LogRecord *rec, int *fileno)
{
	const Datum *v;
	Size		size;

	if (!sorter_next(s->sort))
		return false;
	v = s->sort->values;
	record_unpack(sorter_take_bytes(s->sort, SORT_RECORD, &size),
				  DatumGetInt64(v[SORT_LINE]), &s->room, rec);
	rec->time = DatumGetInt64(v[s->time]);
	*fileno = DatumGetInt32(v[SORT_FILE]);
	return true;
}

void
sortrun_close(SortRun *s)
{
	sorter_close(s->sort);
}
