/*-------------------------------------------------------------------------
 *
 * rowsum.c
 *	  The aggregate under fingerprints: how many rows, and the sum of their
 *	  hashes modulo 2^256.
 *
 * A sum, so that rows may come in any order and from several processes; not
 * an exclusive or, in which a row that is there twice would vanish, and three
 * times would look like once.  The state is 40 bytes: the number of rows and
 * the sum, both with the highest byte first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "port/pg_bswap.h"

#include "base/compat.h"
#include "fdw/functions/canonical.h"

#define SUM_WORDS 4
#define STATE_WORDS (1 + SUM_WORDS)
#define STATE_SIZE (VARHDRSZ + STATE_WORDS * sizeof(uint64))

/* What a call keeps for the next one. */
typedef struct RowSum
{
	CanonicalRow *row;
	StringInfoData bytes;
	pg_cryptohash_ctx *hash;	/* NULL: none, or given back */
} RowSum;

static uint64
get_word(const char *words, int i)
{
	uint64		word;

	memcpy(&word, words + i * sizeof(word), sizeof(word));
	return pg_ntoh64(word);
}

static void
put_word(char *words, int i, uint64 word)
{
	word = pg_hton64(word);
	memcpy(words + i * sizeof(word), &word, sizeof(word));
}

static void
add_hash(char *sum, const char *hash)
{
	uint64		carry = 0;

	for (int i = SUM_WORDS - 1; i >= 0; i--)
	{
		uint64		a = get_word(sum, i);
		uint64		b = get_word(hash, i);
		uint64		c = a + b;
		uint64		d = c + carry;

		carry = c < a || d < c;
		put_word(sum, i, d);
	}
}

/* The query ends, well or not: a hash must not outlive it. */
static void
give_back_hash(Datum arg)
{
	RowSum	   *s = (RowSum *) DatumGetPointer(arg);

	if (s->hash != NULL)
		pg_cryptohash_free(s->hash);
	s->hash = NULL;
}

static RowSum *
row_sum(FunctionCallInfo fcinfo)
{
	RowSum	   *s = fcinfo->flinfo->fn_extra;

	if (s == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		s = palloc0(sizeof(RowSum));
		s->row = canonical_create(fcinfo->flinfo->fn_mcxt);
		initStringInfo(&s->bytes);
		MemoryContextSwitchTo(old);
		fcinfo->flinfo->fn_extra = s;
	}
	return s;
}

static void
check_state(const bytea *state)
{
	if (VARSIZE_ANY(state) != STATE_SIZE || VARATT_IS_1B(state))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the state of a sum of rows must have %zu bytes",
						STATE_SIZE - VARHDRSZ)));
}

/* The state that may be changed where it is. */
static bytea *
own_state(FunctionCallInfo fcinfo)
{
	bytea	   *state;

	if (AggCheckCallContext(fcinfo, NULL) != AGG_CONTEXT_AGGREGATE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("sums of rows are for aggregates without a window")));
	state = PG_GETARG_BYTEA_P(0);
	check_state(state);
	return state;
}

CDC_FUNCTION(cdc_fdw_row_add);

Datum
cdc_fdw_row_add(PG_FUNCTION_ARGS)
{
	bytea	   *state = own_state(fcinfo);
	HeapTupleHeader tuple = PG_GETARG_HEAPTUPLEHEADER(1);
	RowSum	   *s = row_sum(fcinfo);
	uint8		hash[PG_SHA256_DIGEST_LENGTH];
	char	   *words = VARDATA(state);

	resetStringInfo(&s->bytes);
	canonical_append(s->row, tuple, &s->bytes);
	if (s->hash == NULL)
	{
		s->hash = pg_cryptohash_create(PG_SHA256);
		AggRegisterCallback(fcinfo, give_back_hash, PointerGetDatum(s));
	}
	if (pg_cryptohash_init(s->hash) < 0 ||
		pg_cryptohash_update(s->hash, (uint8 *) s->bytes.data,
							 s->bytes.len) < 0 ||
		pg_cryptohash_final(s->hash, hash, sizeof(hash)) < 0)
		elog(ERROR, "could not compute a hash: %s",
			 pg_cryptohash_error(s->hash));
	put_word(words, 0, get_word(words, 0) + 1);
	add_hash(words + sizeof(uint64), (char *) hash);
	PG_RETURN_BYTEA_P(state);
}

CDC_FUNCTION(cdc_fdw_row_sum_combine);

Datum
cdc_fdw_row_sum_combine(PG_FUNCTION_ARGS)
{
	bytea	   *state = own_state(fcinfo);
	bytea	   *other = PG_GETARG_BYTEA_P(1);
	char	   *words = VARDATA(state);

	check_state(other);
	put_word(words, 0, get_word(words, 0) + get_word(VARDATA(other), 0));
	add_hash(words + sizeof(uint64), VARDATA(other) + sizeof(uint64));
	PG_RETURN_BYTEA_P(state);
}

CDC_FUNCTION(cdc_fdw_row_bytes);

Datum
cdc_fdw_row_bytes(PG_FUNCTION_ARGS)
{
	HeapTupleHeader tuple = PG_GETARG_HEAPTUPLEHEADER(0);
	RowSum	   *s = row_sum(fcinfo);
	bytea	   *result;

	resetStringInfo(&s->bytes);
	canonical_append(s->row, tuple, &s->bytes);
	result = palloc(VARHDRSZ + s->bytes.len);
	SET_VARSIZE(result, VARHDRSZ + s->bytes.len);
	memcpy(VARDATA(result), s->bytes.data, s->bytes.len);
	PG_RETURN_BYTEA_P(result);
}
