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

#include "catalog/pg_type.h"
#include "utils/memutils.h"

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
	Sorter	   *sort;
	int			time;			/* its columns */
	int			sequence;
	LogRecord	before;
	CsvField   *fields;			/* of the record given out last */
	int			maxfields;
};

static SortRun *
open_sort(bool sequence_first, bool descending, size_t memory)
{
	SortRun    *s = palloc0(sizeof(SortRun));
	Oid			types[SORT_COLUMNS] = {INT8OID, INT8OID, INT4OID, INT8OID, BYTEAOID};

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

static void
pack(SortRun *s, const LogRecord *rec)
{
	const CsvRecord *csv = &rec->csv;
	const CsvRecord *before = rec->before ? &rec->before->csv : NULL;
	int			nbefore = before ? before->nfields : 0;
	Size		head = offsetof(PackedRecord, fields) +
		sizeof(PackedField) * (csv->nfields + nbefore);
	Size		bytes = fields_bytes(csv) + (before ? fields_bytes(before) : 0);
	PackedRecord *p = (PackedRecord *) sorter_bytes(s->sort, SORT_RECORD,
													head + bytes);
	char	   *to;

	p->nfields = csv->nfields;
	p->nbefore = nbefore;
	p->op = rec->op;
	to = pack_fields(p->fields, (char *) p + head, csv);
	if (before != NULL)
		(void) pack_fields(p->fields + csv->nfields, to, before);
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
	v[SORT_LINE] = Int64GetDatum(rec->csv.line);
	pack(s, rec);
	sorter_put(s->sort);
	pfree(sequence);
}

int64
sortrun_finish(SortRun *s)
{
	return sorter_sort(s->sort);
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
	const Datum *v;
	Size		size;

	if (!sorter_next(s->sort))
		return false;
	v = s->sort->values;
	rec->time = DatumGetInt64(v[s->time]);
	*fileno = DatumGetInt32(v[SORT_FILE]);
	rec->csv.line = DatumGetInt64(v[SORT_LINE]);
	unpack(s, (const PackedRecord *) sorter_take_bytes(s->sort, SORT_RECORD,
													   &size), rec);
	return true;
}

void
sortrun_close(SortRun *s)
{
	sorter_close(s->sort);
}
