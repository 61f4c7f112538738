/*-------------------------------------------------------------------------
 *
 * key.c
 *	  What makes two keys equal.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/pg_prng.h"
#include "base/compat.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#include "base/ascii.h"
#include "log/shown.h"
#include "replay/key.h"

typedef enum KeyForm
{
	FORM_INT16,					/* by value, 2 bytes */
	FORM_INT32,
	FORM_INT64,
	FORM_BYTE,					/* bool, "char" */
	FORM_TEXT,					/* the bytes of the value */
	FORM_RAW_TEXT,				/* the bytes of the field: no typmod to apply */
	FORM_BPCHAR,				/* without trailing blanks */
	FORM_NUMERIC,				/* without trailing zeros */
	FORM_FLOAT4,
	FORM_FLOAT8,
	FORM_FIXED,					/* by reference, typlen bytes */
	FORM_HASHED					/* two seeded 64-bit hashes by the type's own
								 * function */
} KeyForm;

typedef struct KeyPart
{
	int			col;
	int			before;			/* column with its before image, or -1 */
	KeyForm		form;
	int			typlen;
	Oid			collation;
	FmgrInfo	hash;			/* FORM_HASHED */
} KeyPart;

struct KeyMaker
{
	const LogConfig *config;
	TupleMaker *tuples;
	LogPosition *position;
	uint64		seed;
	int			nparts;
	KeyPart    *parts;
	bool		single_int;
	StringInfoData buf;
	MemoryContext scratch;		/* values of one key */
};

static bool
is_deterministic(Oid collation)
{
	return !OidIsValid(collation) || get_collation_isdeterministic(collation);
}

/* Types whose own hash function tells any two unequal values apart (nearly). */
static bool
hash_is_faithful(Oid typid)
{
	char		typtype = get_typtype(typid);

	return typid == INETOID || typid == CIDROID || typid == MACADDROID ||
		typid == MACADDR8OID || typtype == TYPTYPE_ENUM ||
		type_is_collatable(typid);
}

/* Fill in how a column's values are compared; false where nothing does. */
static bool
prepare_part(KeyPart *p, const LogColumn *c)
{
	Oid			typid = getBaseType(c->typid);
	TypeCacheEntry *type;

	p->collation = c->collation;
	p->typlen = get_typlen(typid);
	switch (typid)
	{
		case INT2OID:
			p->form = FORM_INT16;
			return true;
		case INT4OID:
		case DATEOID:
		case OIDOID:
			p->form = FORM_INT32;
			return true;
		case INT8OID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case TIMEOID:
		case CASHOID:
			p->form = FORM_INT64;
			return true;
		case BOOLOID:
		case CHAROID:
			p->form = FORM_BYTE;
			return true;
		case UUIDOID:
		case NAMEOID:
			p->form = FORM_FIXED;
			return true;
		case NUMERICOID:
			p->form = FORM_NUMERIC;
			return true;
		case FLOAT4OID:
			p->form = FORM_FLOAT4;
			return true;
		case FLOAT8OID:
			p->form = FORM_FLOAT8;
			return true;
		case BYTEAOID:
			p->form = FORM_TEXT;
			return true;
		case BPCHAROID:
			p->form = FORM_BPCHAR;
			if (is_deterministic(p->collation))
				return true;
			break;
		case TEXTOID:
		case VARCHAROID:
			p->form = c->typid == typid && c->typmod < 0 ?
				FORM_RAW_TEXT : FORM_TEXT;
			if (is_deterministic(p->collation))
				return true;
			break;
		default:
			break;
	}
	type = lookup_type_cache(typid, TYPECACHE_HASH_EXTENDED_PROC_FINFO);
	if (!OidIsValid(type->hash_extended_proc) || !hash_is_faithful(typid))
		return false;
	p->form = FORM_HASHED;
	fmgr_info_copy(&p->hash, &type->hash_extended_proc_finfo,
				   CurrentMemoryContext);
	return true;
}

void
key_check_type(const LogColumn *column)
{
	KeyPart		part = {0};

	if (!prepare_part(&part, column))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of type %s cannot be a key",
						column->attname, format_type_be(column->typid)),
				 errhint("Declare the column with a type that compares as the source does, such as text, numeric or bigint.")));
}

bool
key_type_is_good(const LogColumn *column)
{
	KeyPart		part = {0};

	return prepare_part(&part, column);
}

uint64
key_seed(void)
{
	return pg_prng_uint64(&pg_global_prng_state);
}

KeyMaker *
key_open(const LogConfig *config, TupleMaker *tuples, LogPosition *position,
		 uint64 seed)
{
	KeyMaker   *k = palloc0(sizeof(KeyMaker));

	if (config->nkeys > INDEX_MAX_KEYS)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("a key cannot have more than %d columns", INDEX_MAX_KEYS)));
	k->config = config;
	k->tuples = tuples;
	k->position = position;
	k->seed = seed;
	k->nparts = config->nkeys;
	k->parts = palloc0(sizeof(KeyPart) * Max(config->nkeys, 1));
	for (int i = 0; i < config->nkeys; i++)
	{
		k->parts[i].col = config->keys[i];
		k->parts[i].before = -1;
		if (!prepare_part(&k->parts[i], &config->columns[config->keys[i]]))
			elog(ERROR, "key column of a type that was not checked");
		for (int c = 0; c < config->ncolumns; c++)
			if (config->columns[c].before_of == config->keys[i])
				k->parts[i].before = c;
	}
	k->single_int = k->nparts == 1 &&
		(k->parts[0].form == FORM_INT16 || k->parts[0].form == FORM_INT32 ||
		 k->parts[0].form == FORM_INT64);
	initStringInfo(&k->buf);
	k->scratch = AllocSetContextCreate(CurrentMemoryContext, "cdc_fdw key",
									   ALLOCSET_SMALL_SIZES);
	return k;
}

/* So many digits surely are a value of the column; 0: none are. */
static int
sure_digits(const KeyPart *p, const LogConfig *config)
{
	Oid			typid = config->columns[p->col].typid;

	return typid == INT8OID ? 18 : typid == INT4OID ? 9 :
		typid == INT2OID ? 4 : 0;
}

int
key_plain_digits(const KeyMaker *k)
{
	return k->single_int ? sure_digits(&k->parts[0], k->config) : 0;
}

/* Plain digits of an integer column: no input function needed. */
static bool
quick_int(const KeyPart *p, const LogConfig *config, const Cell *cell,
		  int64 *value)
{
	bool		minus = cell->len > 0 && *cell->data == '-';
	int64_t		v;

	if (!ascii_number(cell->data + minus, cell->len - minus,
					  sure_digits(p, config), &v))
		return false;
	*value = minus ? -v : v;
	return true;
}

static void
put_bytes(StringInfo buf, const void *data, uint32 len)
{
	appendBinaryStringInfo(buf, (const char *) &len, sizeof(len));
	appendBinaryStringInfo(buf, data, len);
}

static void
put_double(StringInfo buf, double d)
{
	if (isnan(d))
		d = get_float8_nan();
	if (d == 0)
		d = 0;					/* minus zero equals zero */
	put_bytes(buf, &d, sizeof(d));
}

static void
put_hashed(KeyMaker *k, KeyPart *p, Datum value)
{
	for (int i = 0; i < 2; i++)
	{
		uint64		h = DatumGetUInt64(FunctionCall2Coll(&p->hash, p->collation, value,
														 UInt64GetDatum(k->seed + i * UINT64CONST(0x9E3779B97F4A7C15))));

		put_bytes(&k->buf, &h, sizeof(h));
	}
}

static int64
datum_int(const KeyPart *p, Datum value)
{
	return p->form == FORM_INT16 ? DatumGetInt16(value) :
		p->form == FORM_INT32 ? DatumGetInt32(value) : DatumGetInt64(value);
}

static void
put_value(KeyMaker *k, KeyPart *p, Datum value)
{
	int64		i;
	char	   *s;
	struct varlena *v;

	switch (p->form)
	{
		case FORM_INT16:
		case FORM_INT32:
		case FORM_INT64:
			i = datum_int(p, value);
			put_bytes(&k->buf, &i, sizeof(i));
			break;
		case FORM_BYTE:
			i = DatumGetChar(value);
			put_bytes(&k->buf, &i, sizeof(i));
			break;
		case FORM_TEXT:
		case FORM_RAW_TEXT:
			v = PG_DETOAST_DATUM_PACKED(value);
			put_bytes(&k->buf, VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v));
			break;
		case FORM_BPCHAR:
			v = PG_DETOAST_DATUM_PACKED(value);
			put_bytes(&k->buf, VARDATA_ANY(v),
					  bpchartruelen(VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v)));
			break;
		case FORM_NUMERIC:
			s = numeric_normalize(DatumGetNumeric(value));
			put_bytes(&k->buf, s, strlen(s));
			break;
		case FORM_FLOAT4:
			put_double(&k->buf, DatumGetFloat4(value));
			break;
		case FORM_FLOAT8:
			put_double(&k->buf, DatumGetFloat8(value));
			break;
		case FORM_FIXED:
			if (p->typlen == NAMEDATALEN)
				put_bytes(&k->buf, NameStr(*DatumGetName(value)),
						  strlen(NameStr(*DatumGetName(value))));
			else
				put_bytes(&k->buf, DatumGetPointer(value), p->typlen);
			break;
		case FORM_HASHED:
			put_hashed(k, p, value);
			break;
	}
}

/*
 * From PostgreSQL 16 on integers may be written 0x1F or 1_000.  No log has
 * such keys, and a key that is searched for by its digits would not be found:
 * they are no integers here.
 */
static void
check_int_text(const KeyPart *p, const LogConfig *config, const Cell *cell)
{
	Oid			typid = getBaseType(config->columns[p->col].typid);

	if (typid != INT2OID && typid != INT4OID && typid != INT8OID)
		return;
	for (uint32 i = 0; i < cell->len; i++)
	{
		char		c = cell->data[i];

		if (c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("invalid input syntax for type %s: \"%s\"",
							format_type_be(typid),
							shown_text(cell->data, cell->len))));
	}
}

static void
empty_key(KeyMaker *k, const LogRecord *rec, KeyPart *p)
{
	k->position->line = record_line(rec);
	k->position->column = k->config->columns[p->col].attname;
	ereport(ERROR,
			(errcode(ERRCODE_NOT_NULL_VIOLATION),
			 errmsg("the key field is empty"),
			 errhint("Are the right columns declared with key 'true'?")));
}

/* Identity of the key that stands in these cells, one a part. */
static KeyIdent
key_ident(KeyMaker *k, const Cell *cells)
{
	KeyIdent	id = {0, 0};
	int64		v;
	XXH128_hash_t h;
	MemoryContext old;

	if (k->single_int && quick_int(&k->parts[0], k->config, &cells[0], &v))
	{
		id.a = (uint64) v;
		return id;
	}
	old = MemoryContextSwitchTo(k->scratch);
	resetStringInfo(&k->buf);
	for (int i = 0; i < k->nparts; i++)
	{
		KeyPart    *p = &k->parts[i];

		if (p->form == FORM_RAW_TEXT)
			put_bytes(&k->buf, cells[i].data, cells[i].len);
		else if (quick_int(p, k->config, &cells[i], &v))
			put_bytes(&k->buf, &v, sizeof(v));
		else
		{
			Datum		value;

			k->position->column = k->config->columns[p->col].attname;
			check_int_text(p, k->config, &cells[i]);
			value = tuple_value(k->tuples, p->col, &cells[i]);
			if (k->single_int)
			{
				id.a = (uint64) datum_int(p, value);
				MemoryContextSwitchTo(old);
				MemoryContextReset(k->scratch);
				return id;
			}
			put_value(k, p, value);
		}
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(k->scratch);
	h = XXH3_128bits_withSeed(k->buf.data, k->buf.len, k->seed);
	id.a = h.low64;
	id.b = (uint32) h.high64;
	return id;
}

KeyIdent
key_of_record(KeyMaker *k, const LogRecord *rec)
{
	Cell		cells[INDEX_MAX_KEYS];

	for (int i = 0; i < k->nparts; i++)
	{
		cells[i] = record_key_cell(k->config, rec, k->parts[i].col);
		if (cells[i].state != CELL_VALUE)
			empty_key(k, rec, &k->parts[i]);
	}
	return key_ident(k, cells);
}

bool
key_before_record(KeyMaker *k, const LogRecord *rec, KeyIdent now,
				  KeyIdent *old)
{
	Cell		cells[INDEX_MAX_KEYS];
	bool		filled = false;

	if (rec->before != NULL)
	{
		*old = key_of_record(k, rec->before);
		return !key_equal(*old, now);
	}
	for (int i = 0; i < k->nparts; i++)
	{
		KeyPart    *p = &k->parts[i];

		cells[i].state = CELL_NULL;
		if (p->before >= 0)
			cells[i] = record_key_cell(k->config, rec, p->before);
		if (cells[i].state == CELL_VALUE)
			filled = true;
		else
			cells[i] = record_cell(k->config, rec, p->col);
	}
	if (!filled)
		return false;
	*old = key_ident(k, cells);
	return !key_equal(*old, now);
}

/*
 * Keys that are asked for
 */

static bool
is_int(Oid typid)
{
	return typid == INT2OID || typid == INT4OID || typid == INT8OID;
}

static bool
is_plain_text(Oid typid)
{
	return typid == TEXTOID || typid == VARCHAROID;
}

bool
key_takes_value(const LogColumn *column, Oid valtype, Oid collation)
{
	Oid			typid = getBaseType(column->typid);

	if (collation != column->collation &&
		!(is_deterministic(collation) && is_deterministic(column->collation)))
		return false;
	valtype = getBaseType(valtype);
	return valtype == typid || (is_int(valtype) && is_int(typid)) ||
		(is_plain_text(valtype) && is_plain_text(typid));
}

static int64
int_value(Datum value, Oid typid)
{
	return typid == INT2OID ? DatumGetInt16(value) :
		typid == INT4OID ? DatumGetInt32(value) : DatumGetInt64(value);
}

/* The text of a value as a log has it, which is UTF-8. */
static char *
log_text(Datum value, uint32 *len)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(value);
	char	   *text = pnstrdup(VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v));

	/* without an encoding any bytes may be asked for, and are taken as such */
	if (GetDatabaseEncoding() != PG_SQL_ASCII)
		text = pg_server_to_any(text, strlen(text), PG_UTF8);
	*len = strlen(text);
	return text;
}

/* Add the bytes of a value; false where no value of the column equals it. */
static bool
put_asked(KeyMaker *k, KeyPart *p, Datum value, Oid type)
{
	type = getBaseType(type);
	if (is_int(type))
	{
		int64		v = int_value(value, type);

		if ((p->form == FORM_INT16 && v != (int16) v) ||
			(p->form == FORM_INT32 && v != (int32) v))
			return false;
		put_bytes(&k->buf, &v, sizeof(v));
	}
	else if (p->form == FORM_RAW_TEXT)
	{
		uint32		len;
		char	   *text = log_text(value, &len);

		put_bytes(&k->buf, text, len);
	}
	else
		put_value(k, p, value);
	return true;
}

bool
key_of_values(KeyMaker *k, const Datum *values, const Oid *types, KeyIdent *id)
{
	MemoryContext old = MemoryContextSwitchTo(k->scratch);
	bool		may_be = true;
	XXH128_hash_t h;

	resetStringInfo(&k->buf);
	for (int i = 0; i < k->nparts && may_be; i++)
		may_be = put_asked(k, &k->parts[i], values[i], types[i]);
	MemoryContextSwitchTo(old);
	MemoryContextReset(k->scratch);
	if (!may_be)
		return false;
	if (k->single_int)
	{
		/* the only value, behind its length */
		memcpy(&id->a, k->buf.data + sizeof(uint32), sizeof(id->a));
		id->b = 0;
		return true;
	}
	h = XXH3_128bits_withSeed(k->buf.data, k->buf.len, k->seed);
	id->a = h.low64;
	id->b = (uint32) h.high64;
	return true;
}

bool
key_values_are_exact(const KeyMaker *k)
{
	int			encoding = GetDatabaseEncoding();

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return true;
	for (int i = 0; i < k->nparts; i++)
		if (k->parts[i].form == FORM_RAW_TEXT)
			return false;
	return true;
}

void
key_filter_values(KeyMaker *k, const Datum *values, const Oid *types,
				  FilterValue *out)
{
	for (int i = 0; i < k->nparts; i++)
	{
		Oid			type = getBaseType(types[i]);
		FilterValue *v = &out[i];
		char	   *text;

		v->kind = FILTER_UNKNOWN;
		if (is_int(type))
		{
			v->kind = FILTER_NUMBER;
			v->number = int_value(values[i], type);
		}
		else if (k->parts[i].form == FORM_TEXT ?
				 is_plain_text(type) :
				 k->parts[i].form == FORM_RAW_TEXT ||
				 k->parts[i].form == FORM_BPCHAR)
		{
			/* equal by bytes, not by a collation alone */
			v->kind = FILTER_TEXT;
			v->text = text = log_text(values[i], &v->len);
			if (type == BPCHAROID)
				v->len = bpchartruelen(text, v->len);
		}
	}
}

bool
key_of_sequence(KeyMaker *k, const LogRecord *rec, KeyIdent *id)
{
	size_t		len;
	char	   *seq = record_sequence(k->config, rec, &len);
	XXH128_hash_t h;

	if (seq == NULL)
		return false;
	h = XXH3_128bits_withSeed(seq, len, k->seed);
	id->a = h.low64;
	id->b = (uint32) h.high64;
	pfree(seq);
	return true;
}
