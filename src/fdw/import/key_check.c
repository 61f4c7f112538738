/*-------------------------------------------------------------------------
 *
 * key_check.c
 *	  What the samples say against a key.
 *
 * All of what contradicts a set of columns is here:
 *
 * - A record has no value in one of them.
 * - Two rows of the full load have them alike.
 * - A row is inserted while another one lives that has them alike.  A row that
 *   an earlier record has too was delivered again, and says nothing.  Nor does
 *   one where records between the two were not read: they may have deleted the
 *   first; nor one that meets a row of the full load which later records bring
 *   about: it was inserted, and changed, before that was loaded.  It is asked only where a column may be lacking: a key has no column
 *   that delete records leave empty, so what all of them fill lacks none.
 * - Where the samples are the whole log, less than half of the updates and
 *   deletes meet a row.  Some may: a task that was restarted misses records.
 *
 * That updates meet a row of other values is what they are for, so they do not
 * tell a key from a part of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "fdw/import/keys.h"

/* How a column's values are compared. */
typedef struct CellReader
{
	/* of a known type: by its values; NULL: by their texts */
	ImportReader *reader;
	FmgrInfo	hash;
	Oid			collation;
	int			image;			/* the column of its before image, or -1 */
} CellReader;

/* A hash, of a key or a row, and the record that has it. */
typedef struct KeyEntry
{
	uint64		hash;
	const KeyRecord *row;
} KeyEntry;

/* ---- records ---- */

static void
open_reader(const KeyEvidence *e, int column, CellReader *out)
{
	ImportTable *t = unconstify(ImportTable *, e->table);
	const ImportColumn *c = &t->columns[column];
	const LogColumn *declared;
	TypeCacheEntry *type;

	out->reader = NULL;
	out->image = -1;
	for (int b = 0; b < t->ncolumns; b++)
		if (t->columns[b].image_of == c ||
			(t->columns[b].before != NULL &&
			 import_before_column(t, &t->columns[b]) == c))
			out->image = b;
	declared = e->log != NULL && c->declared >= 0 ?
		&e->log->columns[c->declared] : NULL;
	if (declared == NULL && !c->known)
		return;
	type = lookup_type_cache(getBaseType(declared ? declared->typid : c->typid),
							 TYPECACHE_HASH_EXTENDED_PROC_FINFO);
	if (!OidIsValid(type->hash_extended_proc))
		return;
	out->reader = declared ? import_reader_open(&e->log->style, declared) :
		import_reader_for(e->import, c);
	fmgr_info_copy(&out->hash, &type->hash_extended_proc_finfo,
				   CurrentMemoryContext);
	out->collation = declared ? declared->collation :
		OidIsValid(c->collation) ? c->collation :
		get_typcollation(c->typid);
}

/* Equal values have equal hashes; unequal ones, with luck that never fails, not. */
static uint64
hash_value(CellReader *c, const SampleField *v)
{
	uint64		hash;
	Datum		value;
	ErrorData  *error;

	if (v == NULL)
		return 0;
	if (c->reader != NULL && import_reader_read(c->reader, v, &value, &error))
		hash = DatumGetUInt64(FunctionCall2Coll(&c->hash, c->collation, value,
												UInt64GetDatum(0)));
	else
		hash = hash_bytes_extended((const unsigned char *) v->data, v->len, 0);
	return hash == 0 ? 1 : hash;
}

/*
 * The values of a record (images: of the row as it was, where the record says
 * so), of columns that have a reader.
 */
static uint64 *
read_cells(const KeyEvidence *e, CellReader **readers, int file,
		   const SampleRecord *record, bool images)
{
	const ImportTable *t = e->table;
	uint64	   *cells = palloc0(sizeof(uint64) * Max(t->ncolumns, 1));

	for (int i = 0; i < t->ncolumns; i++)
	{
		const SampleField *v = NULL;

		if (readers[i] == NULL)
			continue;
		if (images && readers[i]->image >= 0)
			v = import_value(e->import, &t->columns[readers[i]->image], file,
							 record);
		if (v == NULL)
			v = import_value(e->import, &t->columns[i], file, record);
		cells[i] = hash_value(readers[i], v);
	}
	return cells;
}

/* A hash of the table's own values in a record. */
static uint64
hash_row(const ImportTable *t, const uint64 *cells)
{
	uint64		hash = 0;

	for (int i = 0; i < t->ncolumns; i++)
	{
		const ImportColumn *c = &t->columns[i];

		if (!c->sequence && c->before == NULL && c->image_of == NULL && !c->added)
			hash = hash_combine64(hash, cells[i]);
	}
	return hash;
}

/* True if records between this change file and the one before were not read. */
static bool
is_behind_gap(const KeyEvidence *e, int file)
{
	const RecognisedFile *before = file > 0 ? &e->r->files[file - 1] : NULL;

	return before != NULL && !before->is_load &&
		(!before->sample->whole || before->r.cut ||
		 before->sample->object->info.kind == NAME_TXN ||
		 e->table->found->nchanges > 2);
}

/* The last of the times in a full load's records; PG_INT64_MIN: they have none. */
static int64
time_of_load(const Recognised *r)
{
	int64		last = PG_INT64_MIN;

	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];

		for (int k = f->skip; f->is_load && f->time >= 0 && k < f->r.n; k++)
		{
			const SampleField *v = &f->r.records[k].fields[f->time];
			int64		t;

			if (name_parse_timestamp(v->data, v->len, &t))
				last = Max(last, t);
		}
	}
	return last;
}

/*
 * True if the change inserts a row.  Those before the full load are in it, as
 * later changes left them.
 */
static bool
is_insert(const KeyEvidence *e, const RecognisedFile *f,
		  const SampleRecord *record, LogOp op, int64 loaded)
{
	int64		t;

	/* where deletes are not written, a row may be inserted again */
	if (f->is_load ||
		option_bool(&e->import->values, OPT_CDC_INSERTS_AND_UPDATES, false))
		return false;
	if (f->time >= 0 &&
		name_parse_timestamp(record->fields[f->time].data,
							 record->fields[f->time].len, &t) && t < loaded)
		return false;
	return op == LOG_INSERT || op == LOG_UPSERT;
}

/* Note whether other records have the row of one too. */
static void
note_row(HTAB *rows, uint64 row, KeyRecord *record)
{
	KeyEntry   *entry = hash_search(rows, &row, HASH_ENTER, &record->again);

	if (record->again)
		unconstify(KeyRecord *, entry->row)->later = true;
	else
		entry->row = record;
}

static void
take_records(KeyEvidence *e, CellReader **readers)
{
	HASHCTL		ctl = {.keysize = sizeof(uint64),.entrysize = sizeof(KeyEntry),
	.hcxt = CurrentMemoryContext};
	HTAB	   *rows = hash_create("cdc_fdw sampled rows", 1024, &ctl,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	int64		loaded = time_of_load(e->r);
	int			stretch = 0;

	for (int i = 0; i < e->r->nfiles; i++)
	{
		const RecognisedFile *f = &e->r->files[i];
		const SampleRecord *image = NULL;

		stretch += is_behind_gap(e, i);
		for (int k = f->skip; k < f->r.n; k++)
		{
			const SampleRecord *record = &f->r.records[k];
			KeyRecord  *to = &e->records[e->n];
			LogOp		op;

			CHECK_FOR_INTERRUPTS();
			if (!import_op(f, record, &op))
			{
				image = recognise_is_before(&record->fields[f->op]) ?
					record : NULL;
				/* a truncation leaves no row */
				stretch += image == NULL;
				continue;
			}
			to->file = i;
			to->record = record;
			to->op = op;
			to->is_load = f->is_load;
			to->inserts = is_insert(e, f, record, op, loaded);
			to->stretch = stretch;
			to->cells = to->old = read_cells(e, readers, i, record, false);
			if (op == LOG_UPDATE && !f->is_load)
				to->old = read_cells(e, readers, i, image ? image : record,
									 true);
			if (op != LOG_DELETE)
				note_row(rows, hash_row(e->table, to->cells), to);
			e->n++;
			image = NULL;
		}
	}
	hash_destroy(rows);
}

KeyEvidence *
import_key_open(const Import *import, ImportTable *t, const Recognised *r,
				const LogConfig *log, const Bitmapset *wanted)
{
	KeyEvidence *e = palloc0(sizeof(KeyEvidence));
	CellReader **readers = palloc0(sizeof(CellReader *) * Max(t->ncolumns, 1));
	int			n = 0;

	*e = (KeyEvidence) {import, t, r, log};
	for (int i = 0; i < t->ncolumns; i++)
	{
		if (wanted != NULL && !bms_is_member(i, wanted))
			continue;
		readers[i] = palloc0(sizeof(CellReader));
		open_reader(e, i, readers[i]);
	}
	for (int i = 0; i < r->nfiles; i++)
		n += r->files[i].r.n;
	e->records = palloc0(sizeof(KeyRecord) * Max(n, 1));
	take_records(e, readers);
	return e;
}

/* ---- trials ---- */

/* Fills *hash; false, with the column that has no value, where there is none. */
static bool
hash_key(const Bitmapset *key, const uint64 *cells, uint64 *hash, int *empty)
{
	int			i = -1;

	*hash = 0;
	while ((i = bms_next_member(key, i)) >= 0)
	{
		if (cells[i] == 0)
		{
			*empty = i;
			return false;
		}
		*hash = hash_combine64(*hash, cells[i]);
	}
	return true;
}

/* Let the row that an update or delete is of make place. */
static void
remove_row(HTAB *rows, const KeyRecord *change, uint64 hash, KeyMeet meet,
		   void *arg, KeyTrial *out)
{
	const KeyEntry *entry = hash_search(rows, &hash, HASH_FIND, NULL);

	out->changes++;
	if (entry == NULL)
		return;
	out->met += entry->row->stretch == change->stretch;
	if (meet != NULL)
		meet(entry->row, change, arg);
	hash_search(rows, &hash, HASH_REMOVE, NULL);
}

/* False where a row that is there speaks against the key. */
static bool
put_row(HTAB *rows, const KeyRecord *record, uint64 hash, bool narrow,
		KeyTrial *out)
{
	bool		found;
	KeyEntry   *entry = hash_search(rows, &hash, HASH_ENTER, &found);

	out->loaded += record->is_load;
	out->inserted += record->inserts;
	if (found && record->is_load)
		out->verdict = KEY_TWICE;
	else if (found && narrow && record->inserts && !record->again &&
			 entry->row->stretch == record->stretch &&
			 !(entry->row->is_load && entry->row->later))
		out->verdict = KEY_INSERTED;
	out->other = found ? entry->row : NULL;
	entry->row = record;
	return out->verdict == KEY_HOLDS;
}

static bool
try_record(HTAB *rows, const KeyRecord *record, const Bitmapset *key,
		   bool narrow, KeyMeet meet, void *arg, KeyTrial *out)
{
	uint64		hash;
	uint64		old;

	if (!hash_key(key, record->cells, &hash, &out->column) ||
		!hash_key(key, record->old, &old, &out->column))
	{
		out->verdict = KEY_EMPTY;
		return false;
	}
	if (!record->is_load &&
		(record->op == LOG_UPDATE || record->op == LOG_DELETE))
		remove_row(rows, record, old, meet, arg, out);
	return (record->op == LOG_DELETE && !record->is_load) ||
		put_row(rows, record, hash, narrow, out);
}

void
import_key_try(const KeyEvidence *e, const Bitmapset *key, bool narrow,
			   KeyMeet meet, void *arg, KeyTrial *out)
{
	HASHCTL		ctl = {.keysize = sizeof(uint64),.entrysize = sizeof(KeyEntry),
	.hcxt = CurrentMemoryContext};
	HTAB	   *rows = hash_create("cdc_fdw sampled keys", 256, &ctl,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < e->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		out->record = &e->records[i];
		if (!try_record(rows, out->record, key, narrow, meet, arg, out))
			break;
	}
	hash_destroy(rows);
}

bool
import_key_holds(const KeyEvidence *e, const Bitmapset *key)
{
	KeyTrial	trial;

	import_key_try(e, key, true, NULL, NULL, &trial);
	return trial.verdict == KEY_HOLDS;
}

Bitmapset *
import_key_least(const KeyEvidence *e, const Bitmapset *key)
{
	Bitmapset  *least = bms_copy(key);

	for (int i = e->table->ncolumns - 1; i >= 0; i--)
	{
		if (bms_membership(least) != BMS_MULTIPLE)
			break;
		if (!bms_is_member(i, least))
			continue;
		least = bms_del_member(least, i);
		if (!import_key_holds(e, least))
			least = bms_add_member(least, i);
	}
	return least;
}

bool
import_key_misses(const KeyEvidence *e, const KeyTrial *trial)
{
	return import_is_complete(e->table, e->r) &&
		trial->met * 2 < trial->changes;
}

const char *
import_key_fails(const KeyEvidence *e, const Bitmapset *key, bool narrow,
				 const char *origin)
{
	const ImportTable *t = e->table;
	const char *file;
	long long	line;
	KeyTrial	trial;

	import_key_try(e, key, narrow, NULL, NULL, &trial);
	if (e->n == 0)
		return NULL;
	file = sample_name(e->r->files[trial.record->file].sample);
	line = trial.record->record->line;
	switch (trial.verdict)
	{
		case KEY_EMPTY:
			return psprintf("Column \"%s\" would be of its key by %s, but has no value on line %lld of \"%s\".",
							t->columns[trial.column].name, origin, line, file);
		case KEY_TWICE:
			return psprintf("Lines %lld and %lld of \"%s\" have one key by %s.",
							(long long) trial.other->record->line, line, file,
							origin);
		case KEY_INSERTED:
			return psprintf("Line %lld of \"%s\" inserts a row while another one has its key by %s.",
							line, file, origin);
		case KEY_HOLDS:
			break;
	}
	if (import_key_misses(e, &trial))
		return psprintf("Only %lld of %lld updates and deletes find a row by the key from %s.",
						(long long) trial.met, (long long) trial.changes,
						origin);
	return NULL;
}
