/*-------------------------------------------------------------------------
 *
 * record_pack.c
 *	  A record in one piece, to be sorted or sent: its field table, then the
 *	  bytes of its fields.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/record_pack.h"

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

static Size
packed_head(int nfields)
{
	return offsetof(PackedRecord, fields) + sizeof(PackedField) * nfields;
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

Size
record_packed_size(const LogRecord *rec)
{
	int			nfields = rec->csv.nfields;
	Size		bytes = fields_bytes(&rec->csv);

	if (rec->before != NULL)
	{
		nfields += rec->before->csv.nfields;
		bytes += fields_bytes(&rec->before->csv);
	}
	return packed_head(nfields) + bytes;
}

void
record_pack(const LogRecord *rec, char *to)
{
	PackedRecord *p = (PackedRecord *) to;
	char	   *bytes;

	p->nfields = rec->csv.nfields;
	p->nbefore = rec->before ? rec->before->csv.nfields : 0;
	p->op = rec->op;
	bytes = pack_fields(p->fields, to + packed_head(p->nfields + p->nbefore),
						&rec->csv);
	if (rec->before != NULL)
		(void) pack_fields(p->fields + p->nfields, bytes, &rec->before->csv);
}

void
record_unpack(const char *packed, int64 line, RecordRoom *room, LogRecord *rec)
{
	const PackedRecord *p = (const PackedRecord *) packed;
	int			n = p->nfields + p->nbefore;
	const char *data = packed + packed_head(n);

	if (n > room->maxfields)
	{
		if (room->fields != NULL)
			pfree(room->fields);
		room->fields = MemoryContextAlloc(room->ctx, sizeof(CsvField) * n);
		room->maxfields = n;
	}
	for (int i = 0; i < n; i++)
	{
		CsvField   *f = &room->fields[i];

		f->data = data;
		f->len = p->fields[i].len;
		f->quoted = p->fields[i].quoted;
		f->doubled = false;
		data += f->len;
	}
	rec->op = p->op;
	rec->csv = (CsvRecord) {room->fields, p->nfields, line, NULL};
	rec->before = NULL;
	if (p->nbefore == 0)
		return;
	rec->before = &room->before;
	room->before.csv =
		(CsvRecord) {room->fields + p->nfields, p->nbefore, line, NULL};
}
