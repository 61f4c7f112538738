/*-------------------------------------------------------------------------
 *
 * key.h
 *	  What makes two keys equal.
 *
 * A key is brought to a canonical form in which equal values of the column's
 * type (and collation) have equal bytes, and identified by 96 bits: the value
 * itself for one integer column, else a seeded XXH3 hash of the form.  Two of
 * 20 million keys share an identity with a probability below 1e-14.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_KEY_H
#define CDC_REPLAY_KEY_H

#include "postgres.h"

#include "lib/stringinfo.h"

#include "log/reader.h"
#include "replay/values/tuple.h"

typedef struct KeyIdent
{
	uint64		a;
	uint32		b;
} KeyIdent;

static inline bool
key_equal(KeyIdent x, KeyIdent y)
{
	return x.a == y.a && x.b == y.b;
}

/* Bits to place a key by; level selects independent ones. */
static inline uint64
key_hash(KeyIdent id, int level)
{
	uint64		h = id.a ^ ((uint64) id.b << 32) ^ ((uint64) (level + 1) * UINT64CONST(0x9E3779B97F4A7C15));

	h ^= h >> 32;
	h *= UINT64CONST(0xd6e8feb86659fd93);
	h ^= h >> 32;
	h *= UINT64CONST(0xd6e8feb86659fd93);
	h ^= h >> 32;
	return h;
}

typedef struct KeyMaker KeyMaker;

/*
 * Raise an error where the equality of a column's type has no canonical form
 * here.
 */
extern void key_check_type(const LogColumn *column);

/* Could a column of this type be a key?  Needs type, typmod and collation. */
extern bool key_type_is_good(const LogColumn *column);

/*
 * Prepare for the key columns of config, whose types were checked.  Identities
 * are comparable between makers of one seed only.
 */
extern KeyMaker *key_open(const LogConfig *config, TupleMaker *tuples,
						  LogPosition *position, uint64 seed);
/* A random one. */
extern uint64 key_seed(void);

/* Identity of a record's key; an empty or NULL key field is an error. */
extern KeyIdent key_of_record(KeyMaker *k, const LogRecord *rec);

/*
 * Where the key is one integer, and a value of so many plain digits surely is
 * one of it: how many; else 0.  Such a key's identity is the value itself.
 */
extern int	key_plain_digits(const KeyMaker *k);

/*
 * Identity of the key a U record replaced.  False where its before image is
 * empty or names the same key.
 */
extern bool key_before_record(KeyMaker *k, const LogRecord *rec,
							  KeyIdent now, KeyIdent *old);

/*
 * Can a column of that type be looked up by values of type valtype, compared
 * by an operator of its type's B-tree family under that collation?
 */
extern bool key_takes_value(const LogColumn *column, Oid valtype,
							Oid collation);
/*
 * Identity of the key with these values, one a key column, of these types
 * (which key_takes_value() allows).  False where no key can equal them.
 */
extern bool key_of_values(KeyMaker *k, const Datum *values, const Oid *types,
						  KeyIdent *id);
/*
 * Do keys have the identity of such values only where they are equal to them?
 * Texts of the database's encoding that differ may be one text in the log's.
 */
extern bool key_values_are_exact(const KeyMaker *k);
/*
 * Fills out, one a column of the key, with what a reader may leave records out
 * by; texts are palloc'd.
 */
extern void key_filter_values(KeyMaker *k, const Datum *values,
							  const Oid *types, FilterValue *out);

/* Identity of a record by its sequence, for tables without a key. */
extern bool key_of_sequence(KeyMaker *k, const LogRecord *rec, KeyIdent *id);

#endif							/* CDC_REPLAY_KEY_H */
