/*-------------------------------------------------------------------------
 *
 * evidence.c
 *	  What the other files of a folder show, where one file allows two
 *	  readings.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <xxhash.h>

#include "common/pg_prng.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "log/evidence_impl.h"
#include "log/layout.h"
#include "log/tail.h"

/* Bytes that a session remembers, of all files together. */
#define REMEMBERED_MOST	(8 * 1024 * 1024)

/* One of a folder's files, in shared memory. */
typedef struct SharedSibling
{
	bool		known;
	bool		exists;
	LogFile		file;			/* its texts are not mapped here */
	dsa_pointer key;
	dsa_pointer etag;			/* or invalid: none */
	dsa_pointer version;		/* likewise */
} SharedSibling;

typedef struct SharedFolder
{
	SharedSibling siblings[SIBLINGS];
} SharedFolder;

/*
 * Which files
 */

static const LogFile *
first_load(Manifest *m)
{
	int			n;
	LogFile   **base = manifest_base(m, &n);

	for (int i = 0; i < n; i++)
		if (base[i]->size > 0)
			return base[i];
	return NULL;
}

static const LogFile *
oldest_change(Manifest *m)
{
	const LogFile *f;
	int			i = 0;

	while ((f = manifest_cdc(m, i)) != NULL && f->size == 0)
		i++;
	return f;
}

/* The last change file with bytes of those that are named up to a time. */
static const LogFile *
newest_known(Manifest *m, TimestampTz known_at)
{
	const LogFile *f = manifest_newest(m);

	if (f == NULL || f->time_hi <= known_at)
		return f;
	for (int step = 0; step < TAIL_STEPS; step++)
	{
		LogTail		tail = tail_of(m, known_at, known_at, step);

		for (int i = 0; (f = tail_file(&tail, i)) != NULL; i++)
			if (f->size > 0)
				return f;
	}
	return NULL;
}

/* Lists, if need be. */
static const LogFile *
find_sibling(LogEvidence *e, Sibling which)
{
	if (e->manifest == NULL)
		e->manifest = manifest_part(manifest_open(e->store, e->config, e->ctx),
									e->source);
	return which == FIRST_LOAD ? first_load(e->manifest) :
		which == OLDEST_CHANGE ? oldest_change(e->manifest) :
		which == NEWEST_KNOWN ? newest_known(e->manifest, e->known_at) :
		manifest_newest(e->manifest);
}

static SharedSibling *
shared_sibling(SharedEvidence *s, dsa_area *area, int source, Sibling which)
{
	SharedFolder *folders = dsa_get_address(area, s->folders);

	return &folders[source].siblings[which];
}

static dsa_pointer
share_text(dsa_area *area, const char *text)
{
	dsa_pointer p;

	if (text == NULL)
		return InvalidDsaPointer;
	p = dsa_allocate(area, strlen(text) + 1);
	strcpy(dsa_get_address(area, p), text);
	return p;
}

/* file may be NULL: there is none. */
static void
publish(SharedSibling *to, dsa_area *area, const LogFile *file)
{
	if (file != NULL)
	{
		to->file = *file;
		to->file.evidence = NULL;
		to->key = share_text(area, file->key);
		to->etag = share_text(area, file->etag);
		to->version = share_text(area, file->version);
	}
	to->exists = file != NULL;
	to->known = true;
}

static const LogFile *
take_published(LogEvidence *e, const SharedSibling *from)
{
	LogFile    *file;

	if (!from->exists)
		return NULL;
	file = MemoryContextAlloc(e->ctx, sizeof(LogFile));
	*file = from->file;
	file->key = dsa_get_address(e->area, from->key);
	file->etag = DsaPointerIsValid(from->etag) ?
		dsa_get_address(e->area, from->etag) : NULL;
	file->version = DsaPointerIsValid(from->version) ?
		dsa_get_address(e->area, from->version) : NULL;
	file->evidence = e;
	return file;
}

static const LogFile *
sibling_of_all(LogEvidence *e, Sibling which)
{
	SharedSibling *s = shared_sibling(e->shared, e->area, e->source, which);
	const LogFile *found;
	bool		known;

	LWLockAcquire(&e->shared->lock, LW_SHARED);
	known = s->known;
	LWLockRelease(&e->shared->lock);
	/* no lock while it is listed: that may take long */
	found = known ? NULL : find_sibling(e, which);
	LWLockAcquire(&e->shared->lock, LW_EXCLUSIVE);
	if (!s->known)
		publish(s, e->area, found);
	LWLockRelease(&e->shared->lock);
	return take_published(e, s);
}

static const LogFile *
sibling(LogEvidence *e, Sibling which)
{
	if (!e->known[which])
		e->files[which] = e->shared ? sibling_of_all(e, which) :
			find_sibling(e, which);
	e->known[which] = true;
	return e->files[which];
}

const LogFile *
evidence_first_load(LogEvidence *e)
{
	return sibling(e, FIRST_LOAD);
}

const LogFile *
evidence_oldest_change(LogEvidence *e)
{
	const LogFile *f = sibling(e, OLDEST_CHANGE);

	return f != NULL && e->has_known_at && f->time_hi > e->known_at ? NULL : f;
}

const LogFile *
evidence_newest_change(LogEvidence *e)
{
	return sibling(e, e->has_known_at ? NEWEST_KNOWN : NEWEST_CHANGE);
}

LogEvidence *
evidence_known(LogEvidence *e, const LogConfig *config)
{
	MemoryContext old;
	LogEvidence *bounded;
	ListCell   *lc;

	if (e == NULL || !config->has_known_at)
		return e;
	foreach(lc, e->bounded)
	{
		bounded = lfirst(lc);
		if (bounded->known_at == config->known_at)
			return bounded;
	}
	old = MemoryContextSwitchTo(e->ctx);
	bounded = palloc(sizeof(LogEvidence));
	*bounded = *e;
	bounded->bounded = NIL;
	bounded->has_known_at = true;
	bounded->known_at = config->known_at;
	e->bounded = lappend(e->bounded, bounded);
	MemoryContextSwitchTo(old);
	return bounded;
}

/*
 * Several processes
 */

void
evidence_share(SharedEvidence *s, Manifest *m, dsa_area *area)
{
	/* numbers of tranches do not come back: take one that fits */
	LWLockInitialize(&s->lock, LWTRANCHE_PARALLEL_APPEND);
	s->nfolders = manifest_nparts(m);
	s->folders = dsa_allocate0(area, sizeof(SharedFolder) * s->nfolders);
	for (int p = 0; p < s->nfolders; p++)
	{
		Manifest   *part = manifest_part(m, p);

		if (manifest_base_is_listed(part))
			publish(shared_sibling(s, area, p, FIRST_LOAD), area,
					first_load(part));
		if (manifest_newest_is_listed(part))
			publish(shared_sibling(s, area, p, NEWEST_CHANGE), area,
					manifest_newest(part));
		if (manifest_oldest_is_listed(part))
			publish(shared_sibling(s, area, p, OLDEST_CHANGE), area,
					oldest_change(part));
	}
}

void
evidence_unshare(SharedEvidence *s, dsa_area *area)
{
	for (int i = 0; i < s->nfolders * SIBLINGS; i++)
	{
		SharedSibling *f = shared_sibling(s, area, i / SIBLINGS, i % SIBLINGS);

		if (DsaPointerIsValid(f->key))
			dsa_free(area, f->key);
		if (DsaPointerIsValid(f->etag))
			dsa_free(area, f->etag);
		if (DsaPointerIsValid(f->version))
			dsa_free(area, f->version);
	}
	dsa_free(area, s->folders);
}

LogEvidence **
evidence_join(SharedEvidence *s, dsa_area *area, Store *store,
			  const LogConfig *config)
{
	LogEvidence  **all = palloc(sizeof(LogEvidence *) * s->nfolders);

	for (int i = 0; i < s->nfolders; i++)
	{
		all[i] = palloc0(sizeof(LogEvidence));
		all[i]->ctx = CurrentMemoryContext;
		all[i]->shared = s;
		all[i]->area = area;
		all[i]->source = i;
		all[i]->store = store;
		all[i]->config = config;
	}
	return all;
}

/*
 * What is in them
 */

/* Of an object as it was listed. */
typedef struct BlockKey
{
	uint64		low;
	uint64		high;
} BlockKey;

typedef struct Block
{
	BlockKey	key;
	char	   *bytes;
	size_t		len;
	bool		whole;
	bool		gzip;
	const char *problem;		/* a constant */
} Block;

static HTAB *blocks = NULL;
static MemoryContext blocks_ctx = NULL;
static size_t blocks_bytes;
static uint64 blocks_seed;

static void
blocks_open(void)
{
	HASHCTL		ctl = {
		.keysize = sizeof(BlockKey),
		.entrysize = sizeof(Block)
	};

	/* begin anew where many tables are looked at */
	if (blocks != NULL && blocks_bytes > REMEMBERED_MOST)
	{
		MemoryContextDelete(blocks_ctx);
		blocks = NULL;
	}
	if (blocks != NULL)
		return;
	if (blocks_seed == 0)
		blocks_seed = pg_prng_uint64(&pg_global_prng_state) | 1;
	blocks_ctx = AllocSetContextCreate(CacheMemoryContext, "cdc_fdw evidence",
									   ALLOCSET_SMALL_SIZES);
	blocks_bytes = 0;
	ctl.hcxt = blocks_ctx;
	blocks = hash_create("cdc_fdw evidence", 64, &ctl,
						 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static BlockKey
block_key(Store *store, const LogFile *file)
{
	uint64		numbers[] = {store_identity(store), file->size};
	StringInfoData s;
	XXH128_hash_t hash;

	initStringInfo(&s);
	appendBinaryStringInfo(&s, (char *) numbers, sizeof(numbers));
	appendBinaryStringInfo(&s, file->etag, strlen(file->etag) + 1);
	appendBinaryStringInfo(&s, file->key, strlen(file->key));
	hash = XXH3_128bits_withSeed(s.data, s.len, blocks_seed);
	pfree(s.data);
	return (BlockKey) {hash.low64, hash.high64};
}

static void
remember(BlockKey key, const Sample *s)
{
	char	   *bytes;
	Block	   *b;
	bool		known;

	/* memory first: an entry must be whole */
	bytes = MemoryContextAlloc(blocks_ctx, Max(s->len, 1));
	memcpy(bytes, s->bytes, s->len);
	b = hash_search(blocks, &key, HASH_ENTER, &known);
	b->bytes = bytes;
	b->len = s->len;
	b->whole = s->whole;
	b->gzip = s->gzip;
	b->problem = s->problem;
	blocks_bytes += sizeof(Block) + s->len;
}

void
evidence_look(Store *store, const LogFile *file, Sample *out)
{
	FoundObject *object = palloc0(sizeof(FoundObject));
	BlockKey	key = {0};
	Block	   *b = NULL;

	memset(out, 0, sizeof(*out));
	object->key = file->key;
	object->size = file->size;
	object->etag = file->etag;
	object->version = file->version;
	object->info.kind = file->kind;
	object->info.time = file->written;
	out->object = object;
	if (file->etag != NULL)
	{
		blocks_open();
		key = block_key(store, file);
		b = hash_search(blocks, &key, HASH_FIND, NULL);
	}
	if (b != NULL)
	{
		out->bytes = palloc(Max(b->len, 1));
		memcpy(out->bytes, b->bytes, b->len);
		out->len = b->len;
		out->whole = b->whole;
		out->gzip = b->gzip;
		out->problem = b->problem;
		return;
	}
	sample_fetch(store, &out, 1, EVIDENCE_BYTES, NULL);
	if (out->len > EVIDENCE_BYTES)
	{
		out->len = EVIDENCE_BYTES;
		out->whole = false;
	}
	if (file->etag != NULL)
		remember(key, out);
}

bool
evidence_ends(Store *store, const LogConfig *config, const LogFile *file,
			  CsvEnds *ends)
{
	Sample		sample;

	evidence_look(store, file, &sample);
	sample_ends(&sample, &config->dialect, ends);
	pfree(sample.bytes);
	pfree(unconstify(FoundObject *, sample.object));
	return ends->with_cr + ends->without > 0;
}

bool
evidence_all_crlf(const LogConfig *config, const CsvEnds *ends)
{
	return config->header ? ends->first_with_cr :
		ends->with_cr > 0 && ends->without == 0;
}

void
evidence_records(Store *store, const LogConfig *config, const LogFile *file,
				 int most, SampleRecords *out)
{
	Sample	   *sample = palloc(sizeof(Sample));
	CsvDialect	dialect = config->dialect;

	evidence_look(store, file, sample);
	if (dialect.asks_crlf)
	{
		CsvEnds		ends;

		sample_ends(sample, &dialect, &ends);
		dialect.asks_crlf = false;
		dialect.crlf = evidence_all_crlf(config, &ends);
	}
	sample_parse(sample, &dialect, most, out);
}

int
evidence_transaction_fields(const LogConfig *config, const SampleRecord *r)
{
	bool		time = config->timestamp_column != NULL;
	int64		t;
	/* the commit time stands behind the schema, or before the table */
	bool		behind = r->nfields > LAYOUT_TXN_FIELDS &&
		name_parse_timestamp(r->fields[LAYOUT_TXN_FIELDS].data,
							 r->fields[LAYOUT_TXN_FIELDS].len, &t);
	int			table = time && !behind ? 2 : 1;

	if (table + 1 >= r->nfields ||
		strcmp(r->fields[table].data, config->table_name) != 0 ||
		(config->schema_name != NULL &&
		 strcmp(r->fields[table + 1].data, config->schema_name) != 0))
		return -1;
	return LAYOUT_TXN_FIELDS + time;
}
