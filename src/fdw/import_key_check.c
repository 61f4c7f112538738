/*-------------------------------------------------------------------------
 *
 * import_key_check.c
 *	  Does a key hold on what was sampled?
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "fdw/import.h"

/* How a key column's values are compared. */
typedef struct KeyColumn
{
	const ImportColumn *column;
	const ImportColumn *image;	/* with its before image, or NULL */
	/* of a known type: by its values; NULL: by their texts */
	ImportReader *reader;
	FmgrInfo	hash;
	Oid			collation;
} KeyColumn;

/* A key's hash, and the line on which it first stood. */
typedef struct KeyEntry
{
	uint64		hash;
	int64		line;
} KeyEntry;

typedef struct Checker
{
	const Import *import;
	const ImportTable *table;
	const Recognised *r;
	int			nkeys;
	KeyColumn  *keys;
	HTAB	   *rows;			/* live ones, of KeyEntry */
	int64		met;			/* updates and deletes of a row that is there */
	int64		changes;		/* updates and deletes */
	const char *failure;
} Checker;

static void
open_keys(Checker *c)
{
	ImportTable *t = unconstify(ImportTable *, c->table);

	c->keys = palloc0(sizeof(KeyColumn) * Max(t->ncolumns, 1));
	for (int i = 0; i < t->ncolumns; i++)
	{
		KeyColumn  *k = &c->keys[c->nkeys];
		TypeCacheEntry *type;

		if (!t->columns[i].key)
			continue;
		c->nkeys++;
		k->column = &t->columns[i];
		for (int b = 0; b < t->ncolumns; b++)
			if (t->columns[b].before != NULL &&
				import_before_column(t, &t->columns[b]) == k->column)
				k->image = &t->columns[b];
		if (!k->column->known)
			continue;
		type = lookup_type_cache(getBaseType(k->column->typid),
								 TYPECACHE_HASH_EXTENDED_PROC_FINFO);
		if (!OidIsValid(type->hash_extended_proc))
			continue;
		k->reader = import_reader_for(c->import, k->column);
		fmgr_info_copy(&k->hash, &type->hash_extended_proc_finfo,
					   CurrentMemoryContext);
		k->collation = OidIsValid(k->column->collation) ?
			k->column->collation : get_typcollation(k->column->typid);
	}
}

/* Equal values have equal hashes; unequal ones, with luck that never fails, not. */
static uint64
hash_value(KeyColumn *k, const SampleField *v, uint64 seed)
{
	Datum		value;
	ErrorData  *error;

	if (k->reader != NULL && import_reader_read(k->reader, v, &value, &error))
		return DatumGetUInt64(FunctionCall2Coll(&k->hash, k->collation, value,
												UInt64GetDatum(seed)));
	return hash_bytes_extended((const unsigned char *) v->data, v->len, seed);
}

/*
 * The key of a record, or (before) the key that it replaced.  False where it
 * has none, with failure set where it should.
 */
static bool
hash_key(Checker *c, int file, const SampleRecord *record, bool before,
		 uint64 *hash)
{
	const RecognisedFile *f = &c->r->files[file];

	*hash = 0;
	for (int i = 0; i < c->nkeys; i++)
	{
		KeyColumn  *k = &c->keys[i];
		const SampleField *v = NULL;

		if (before && k->image != NULL)
			v = import_value(c->import, k->image, file, record);
		if (v == NULL)
			v = import_value(c->import, k->column, file, record);
		if (v == NULL)
		{
			c->failure = psprintf("Column \"%s\" would be of its key by %s, but has no value on line %lld of \"%s\".",
								  k->column->name, c->table->key_origin,
								  (long long) record->line,
								  f->sample->object->key);
			return false;
		}
		*hash = hash_value(k, v, *hash + i + 1);
	}
	return true;
}

static void
check_load_row(Checker *c, int file, const SampleRecord *record)
{
	KeyEntry   *entry;
	uint64		hash;
	bool		found;

	if (!hash_key(c, file, record, false, &hash))
		return;
	entry = hash_search(c->rows, &hash, HASH_ENTER, &found);
	if (found)
		c->failure = psprintf("Lines %lld and %lld of \"%s\" have one key by %s.",
							  (long long) entry->line,
							  (long long) record->line,
							  c->r->files[file].sample->object->key,
							  c->table->key_origin);
	entry->line = record->line;
}

/* image: the record before it with the row as it was, or NULL. */
static void
check_change(Checker *c, int file, const SampleRecord *record, LogOp op,
			 const SampleRecord *image)
{
	uint64		old;
	uint64		hash;
	bool		found;

	if (!hash_key(c, file, record, false, &hash) ||
		!hash_key(c, file, image && op == LOG_UPDATE ? image : record,
				  op == LOG_UPDATE, &old))
		return;
	if (op == LOG_UPDATE || op == LOG_DELETE)
	{
		c->changes++;
		c->met += hash_search(c->rows, &old, HASH_REMOVE, NULL) != NULL;
	}
	if (op != LOG_DELETE)
		((KeyEntry *) hash_search(c->rows, &hash, HASH_ENTER, &found))->line =
			record->line;
}

const char *
import_key_fails(const Import *import, const ImportTable *t,
				 const Recognised *r)
{
	Checker		c = {import, t, r};
	HASHCTL		ctl = {.keysize = sizeof(uint64),.entrysize = sizeof(KeyEntry)};

	open_keys(&c);
	ctl.hcxt = CurrentMemoryContext;
	c.rows = hash_create("cdc_fdw sampled keys", 1024, &ctl,
						 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];
		const SampleRecord *image = NULL;

		for (int k = f->skip; k < f->r.n && c.failure == NULL; k++)
		{
			const SampleRecord *record = &f->r.records[k];
			LogOp		op;

			if (!import_op(f, record, &op))
			{
				image = recognise_is_before(&record->fields[f->op]) ?
					record : NULL;
				continue;
			}
			if (f->is_load)
				check_load_row(&c, i, record);
			else
				check_change(&c, i, record, op, image);
			image = NULL;
		}
	}
	hash_destroy(c.rows);
	if (c.failure == NULL && import_is_complete(t, r) && c.met * 2 < c.changes)
		c.failure = psprintf("Only %lld of %lld updates and deletes find a row by the key from %s.",
							 (long long) c.met, (long long) c.changes,
							 t->key_origin);
	return c.failure;
}
