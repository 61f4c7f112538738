/*-------------------------------------------------------------------------
 *
 * sortrun.c
 *	  Change records in an external sort.
 *
 * PostgreSQL's tuplesort does the work; a record travels as one bytea of its
 * field table and bytes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "access/tupdesc.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "base/compat.h"
#include "executor/tuptable.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplesort.h"

#include "replay/sortrun.h"
#include "replay/spill.h"

#define INT4_LESS_OPERATOR		97
#define INT4_GREATER_OPERATOR	521
#define INT8_LESS_OPERATOR		412
#define INT8_GREATER_OPERATOR	413
#define BYTEA_LESS_OPERATOR		1957
#define BYTEA_GREATER_OPERATOR	1959

enum
{
	SORT_TIME = 1,
	SORT_SEQUENCE,
	SORT_FILE,
	SORT_LINE,
	SORT_RECORD,
	SORT_COLUMNS = SORT_RECORD
};

/* In front of the bytes of a record. */
typedef struct PackedField
{
	uint32		len:31;
	uint32		quoted:1;
} PackedField;

typedef struct PackedRecord
{
	int32		nfields;
	int32		nbefore;		/* behind them, those of the row before */
	int32		op;
	PackedField fields[FLEXIBLE_ARRAY_MEMBER];
} PackedRecord;

struct SortRun
{
	TupleDesc	desc;
	Tuplesortstate *sort;
	TupleTableSlot *in;
	TupleTableSlot *out;
	char	   *buf;
	Size		bufsize;
	LogRecord	before;
	CsvField   *fields;			/* of the record given out last */
	int			maxfields;
};

static SortRun *
open_sort(AttrNumber *columns, Oid *operators, size_t memory)
{
	SortRun    *s = palloc0(sizeof(SortRun));
	Oid			collations[] = {InvalidOid, InvalidOid, InvalidOid, InvalidOid};
	bool		nulls_first[] = {false, false, false, false};
	int			kb = (int) Min(Max(memory / 1024, 64), MAX_KILOBYTES);

	s->desc = CreateTemplateTupleDesc(SORT_COLUMNS);
	TupleDescInitEntry(s->desc, SORT_TIME, "time", INT8OID, -1, 0);
	TupleDescInitEntry(s->desc, SORT_SEQUENCE, "sequence", BYTEAOID, -1, 0);
	TupleDescInitEntry(s->desc, SORT_FILE, "file", INT4OID, -1, 0);
	TupleDescInitEntry(s->desc, SORT_LINE, "line", INT8OID, -1, 0);
	TupleDescInitEntry(s->desc, SORT_RECORD, "record", BYTEAOID, -1, 0);
	s->sort = tuplesort_begin_heap(s->desc, 4, columns, operators, collations,
								   nulls_first, kb, NULL, TUPLESORT_NONE);
	s->in = MakeSingleTupleTableSlot(s->desc, &TTSOpsVirtual);
	s->out = MakeSingleTupleTableSlot(s->desc, &TTSOpsMinimalTuple);
	return s;
}

SortRun *
sortrun_open(bool sequence_first, size_t memory)
{
	AttrNumber	by_time[] = {SORT_TIME, SORT_SEQUENCE, SORT_FILE, SORT_LINE};
	AttrNumber	by_sequence[] = {SORT_SEQUENCE, SORT_TIME, SORT_FILE, SORT_LINE};
	Oid			time_ops[] = {INT8_GREATER_OPERATOR, BYTEA_GREATER_OPERATOR,
	INT4_GREATER_OPERATOR, INT8_GREATER_OPERATOR};
	Oid			sequence_ops[] = {BYTEA_GREATER_OPERATOR, INT8_GREATER_OPERATOR,
	INT4_GREATER_OPERATOR, INT8_GREATER_OPERATOR};

	return open_sort(sequence_first ? by_sequence : by_time,
					 sequence_first ? sequence_ops : time_ops, memory);
}

SortRun *
sortrun_open_forward(size_t memory)
{
	AttrNumber	columns[] = {SORT_TIME, SORT_SEQUENCE, SORT_FILE, SORT_LINE};
	Oid			operators[] = {INT8_LESS_OPERATOR, BYTEA_LESS_OPERATOR,
	INT4_LESS_OPERATOR, INT8_LESS_OPERATOR};

	return open_sort(columns, operators, memory);
}

static Size
fields_bytes(const CsvRecord *csv)
{
	Size		bytes = 0;

	for (int i = 0; i < csv->nfields; i++)
		bytes += csv_field(csv, i)->len;
	return bytes;
}

/* Returns the end of the bytes put at to. */
static char *
pack_fields(PackedField *fields, char *to, const CsvRecord *csv)
{
	for (int i = 0; i < csv->nfields; i++)
	{
		const CsvField *f = csv_field(csv, i);

		fields[i].len = f->len;
		fields[i].quoted = f->quoted;
		if (f->len > 0)
			memcpy(to, f->data, f->len);
		to += f->len;
	}
	return to;
}

static bytea *
pack(SortRun *s, const LogRecord *rec)
{
	const CsvRecord *csv = &rec->csv;
	const CsvRecord *before = rec->before ? &rec->before->csv : NULL;
	int			nbefore = before ? before->nfields : 0;
	Size		head = offsetof(PackedRecord, fields) +
		sizeof(PackedField) * (csv->nfields + nbefore);
	Size		bytes = fields_bytes(csv) + (before ? fields_bytes(before) : 0);
	Size		total = MAXALIGN(VARHDRSZ) + head + bytes;
	PackedRecord *p;
	char	   *to;

	if (total > s->bufsize)
	{
		if (s->buf)
			pfree(s->buf);
		s->bufsize = Min(total * 2, MaxAllocSize);
		if (total > s->bufsize)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("record is too long to sort")));
		s->buf = palloc(s->bufsize);
	}
	p = (PackedRecord *) (s->buf + VARHDRSZ);
	p->nfields = csv->nfields;
	p->nbefore = nbefore;
	p->op = rec->op;
	to = pack_fields(p->fields, (char *) p + head, csv);
	if (before != NULL)
		(void) pack_fields(p->fields + csv->nfields, to, before);
	SET_VARSIZE(s->buf, VARHDRSZ + head + bytes);
	return (bytea *) s->buf;
}

void
sortrun_put(SortRun *s, const LogRecord *rec, const char *seq, size_t seq_len,
			int fileno)
{
	bytea	   *sequence = palloc(VARHDRSZ + seq_len);

	SET_VARSIZE(sequence, VARHDRSZ + seq_len);
	if (seq_len > 0)
		memcpy(VARDATA(sequence), seq, seq_len);
	ExecClearTuple(s->in);
	memset(s->in->tts_isnull, 0, SORT_COLUMNS);
	s->in->tts_values[SORT_TIME - 1] = Int64GetDatum(rec->time);
	s->in->tts_values[SORT_SEQUENCE - 1] = PointerGetDatum(sequence);
	s->in->tts_values[SORT_FILE - 1] = Int32GetDatum(fileno);
	s->in->tts_values[SORT_LINE - 1] = Int64GetDatum(rec->csv.line);
	s->in->tts_values[SORT_RECORD - 1] = PointerGetDatum(pack(s, rec));
	ExecStoreVirtualTuple(s->in);
	tuplesort_puttupleslot(s->sort, s->in);
	pfree(sequence);
}

int64
sortrun_finish(SortRun *s)
{
	tuplesort_performsort(s->sort);
	if (s->buf)
		pfree(s->buf);
	s->buf = NULL;
	s->bufsize = 0;
	return spill_sorted(s->sort);
}

static void
unpack(SortRun *s, const PackedRecord *p, LogRecord *rec)
{
	int			n = p->nfields + p->nbefore;
	const char *data = (const char *) p + offsetof(PackedRecord, fields) +
		sizeof(PackedField) * n;

	if (n > s->maxfields)
	{
		MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(s));

		if (s->fields)
			pfree(s->fields);
		s->maxfields = n;
		s->fields = palloc(sizeof(CsvField) * s->maxfields);
		MemoryContextSwitchTo(old);
	}
	for (int i = 0; i < n; i++)
	{
		s->fields[i].data = data;
		s->fields[i].len = p->fields[i].len;
		s->fields[i].quoted = p->fields[i].quoted;
		s->fields[i].doubled = false;
		data += p->fields[i].len;
	}
	rec->op = p->op;
	rec->csv.nfields = p->nfields;
	rec->csv.fields = s->fields;
	rec->csv.reader = NULL;
	rec->before = NULL;
	if (p->nbefore == 0)
		return;
	rec->before = &s->before;
	s->before.csv = rec->csv;
	s->before.csv.nfields = p->nbefore;
	s->before.csv.fields = s->fields + p->nfields;
}

bool
sortrun_next(SortRun *s, LogRecord *rec, int *fileno)
{
	bool		null;
	bytea	   *packed;
	Size		size;

	if (!tuplesort_gettupleslot(s->sort, true, false, s->out, NULL))
		return false;
	rec->time = DatumGetInt64(slot_getattr(s->out, SORT_TIME, &null));
	*fileno = DatumGetInt32(slot_getattr(s->out, SORT_FILE, &null));
	rec->csv.line = DatumGetInt64(slot_getattr(s->out, SORT_LINE, &null));
	packed = (bytea *) DatumGetPointer(slot_getattr(s->out, SORT_RECORD, &null));
	/* copied: short varlenas are not aligned */
	size = VARSIZE_ANY_EXHDR(packed);
	if (size > s->bufsize)
	{
		if (s->buf)
			pfree(s->buf);
		s->buf = MemoryContextAlloc(GetMemoryChunkContext(s), size);
		s->bufsize = size;
	}
	memcpy(s->buf, VARDATA_ANY(packed), size);
	unpack(s, (PackedRecord *) s->buf, rec);
	return true;
}

void
sortrun_close(SortRun *s)
{
	ExecDropSingleTupleTableSlot(s->in);
	ExecDropSingleTupleTableSlot(s->out);
	tuplesort_end(s->sort);
}
