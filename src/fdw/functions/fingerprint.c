/*-------------------------------------------------------------------------
 *
 * fingerprint.c
 *	  cdc_fdw_fingerprint: one hash for all rows of a relation.
 *
 * A query with the aggregate of rowsum.c does the work, as the caller, so that
 * rights, policies and parallel plans are those of any query.  Nothing in it
 * is looked up along search_path.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "common/cryptohash.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "pgtime.h"
#include "port/pg_bswap.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/sort.h"
#include "fdw/functions/canonical.h"
#include "fdw/functions/fingerprint.h"
#include "fdw/instant_text.h"
#include "fdw/options/options.h"
#include "fdw/rights.h"

/* What is hashed last begins with this; another way gets another number. */
#define FINGERPRINT_TAG "cdc_fdw fingerprint 1"

static void
check_readable(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);

	switch (rel->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_FOREIGN_TABLE:
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" is not a table or view",
							RelationGetRelationName(rel))));
	}
	/* the query asks for the columns it reads; this is for an early word */
	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(relid, GetUserId(), ACL_SELECT,
								  ACLMASK_ANY) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV,
					   get_relkind_objtype(rel->rd_rel->relkind),
					   RelationGetRelationName(rel));
}

/*
 * The order is that of the names in UTF-8, by bytes, whatever the database's
 * encoding.
 */
static int
compare_names(const void *a, const void *b, void *arg)
{
	return strcmp(canonical_name(*(char *const *) a),
				  canonical_name(*(char *const *) b));
}

/*
 * Columns of a log that are columns of its source: what the log says about a
 * record does not count, or else two layouts of one log would differ.  The
 * folder of a row does where it tells rows with equal keys apart.
 */
static void
take_log(FingerTable *table)
{
	CdcOptions *opts = options_for_table(table->relid);
	const LogConfig *log = &opts->log;

	table->is_log = true;
	table->own_asof = opts->has_table_asof;
	table->session_instants = opts->session_instants;
	if (opts->asof_column >= 0)
		table->asof_column =
			pstrdup(log->columns[opts->asof_column].attname);
	for (int i = 0; i < log->ncolumns; i++)
	{
		const LogColumn *col = &log->columns[i];
		bool		key = col->key ||
			(col->role == ROLE_SOURCE && log->source_is_key);

		if (key || (col->role == ROLE_NONE && col->before_of < 0 &&
					!col->sequence))
			table->columns[table->ncolumns++] = pstrdup(col->attname);
		if (key)
			table->keys[table->nkeys++] = pstrdup(col->attname);
	}
}

FingerTable *
fingerprint_table(Oid relid)
{
	FingerTable *table = palloc0(sizeof(FingerTable));
	Relation	rel = try_relation_open(relid, AccessShareLock);
	TupleDesc	desc;

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	check_readable(rel);
	desc = RelationGetDescr(rel);
	table->relid = relid;
	table->name =
		quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
								   RelationGetRelationName(rel));
	table->columns = palloc0(sizeof(char *) * (desc->natts + 1));
	table->keys = palloc0(sizeof(char *) * (desc->natts + 1));
	if (rights_is_table(relid))
		take_log(table);
	else
	{
		for (int i = 0; i < desc->natts; i++)
		{
			Form_pg_attribute att = TupleDescAttr(desc, i);

			if (!att->attisdropped)
				table->columns[table->ncolumns++] =
					pstrdup(NameStr(att->attname));
		}
	}
	sort_items(table->columns, table->ncolumns, sizeof(char *),
			   compare_names, NULL);
	relation_close(rel, NoLock);
	return table;
}

/*
 * The instant
 */

void
fingerprint_instant_begin(FingerInstant *instant, bool given, TimestampTz at)
{
	memset(instant, 0, sizeof(*instant));
	instant->given = given;
	if (!given)
		return;
	instant->at = at;
	instant->type = TIMESTAMPTZOID;
	instant->value = TimestampTzGetDatum(at);
	instant->nest = NewGUCNestLevel();
	(void) set_config_option("cdc_fdw.asof", instant_text_write(at), PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

void
fingerprint_instant_end(FingerInstant *instant)
{
	if (instant->nest > 0)
		AtEOXact_GUC(true, instant->nest);
	instant->nest = 0;
}

void
fingerprint_from(StringInfo sql, const FingerTable *table,
			const FingerInstant *instant)
{
	appendStringInfo(sql, " FROM %s", table->name);
	if (!instant->given || !table->is_log ||
		(!table->own_asof && table->session_instants))
		return;
	/* the table's options are stronger than the setting, not than the query */
	if (table->asof_column == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("foreign table %s has an instant of its own",
						table->name),
				 errdetail("Its option \"%s\" is stronger than the argument.",
						   table->own_asof ? "asof" : "session_instants"),
				 errhint("Drop the option, or add a column with role \"asof\", by which any instant can be asked for.")));
	appendStringInfo(sql, " WHERE %s OPERATOR(pg_catalog.=) $1",
					 quote_identifier(table->asof_column));
}

/*
 * The fingerprint
 */

void
fingerprint_row(StringInfo sql, char *const *columns, int n)
{
	appendStringInfoString(sql, "ROW(");
	for (int i = 0; i < n; i++)
		appendStringInfo(sql, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(columns[i]));
	appendStringInfoChar(sql, ')');
}

const char *
fingerprint_schema(Oid funcid)
{
	return quote_identifier(get_namespace_name(get_func_namespace(funcid)));
}

/* The names, the number of rows and the sum of their hashes as one hash. */
static void
hash_all(char *const *columns, int ncolumns, const bytea *state,
		 Fingerprint *out)
{
	pg_cryptohash_ctx *hash;
	StringInfoData s;
	uint64		rows;

	initStringInfo(&s);
	appendStringInfoString(&s, FINGERPRINT_TAG);
	canonical_put32(&s, ncolumns);
	for (int i = 0; i < ncolumns; i++)
	{
		const char *name = canonical_name(columns[i]);

		canonical_put32(&s, strlen(name));
		appendStringInfoString(&s, name);
	}
	appendBinaryStringInfo(&s, VARDATA_ANY(state), VARSIZE_ANY_EXHDR(state));
	memcpy(&rows, VARDATA_ANY(state), sizeof(rows));
	out->rows = pg_ntoh64(rows);

	hash = pg_cryptohash_create(PG_SHA256);
	if (pg_cryptohash_init(hash) < 0 ||
		pg_cryptohash_update(hash, (uint8 *) s.data, s.len) < 0 ||
		pg_cryptohash_final(hash, out->hash, sizeof(out->hash)) < 0)
		elog(ERROR, "could not compute a hash: %s",
			 pg_cryptohash_error(hash));
	pg_cryptohash_free(hash);
}

void
fingerprint_print(const FingerTable *table, char *const *columns, int ncolumns,
			 const FingerInstant *instant, Oid funcid, Fingerprint *out)
{
	FingerInstant param = *instant;
	StringInfoData sql;
	Datum		state;
	bool		isnull;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s.cdc_fdw_row_sum(",
					 fingerprint_schema(funcid));
	fingerprint_row(&sql, columns, ncolumns);
	appendStringInfoChar(&sql, ')');
	fingerprint_from(&sql, table, instant);
	if (SPI_execute_with_args(sql.data, instant->given ? 1 : 0, &param.type,
							  &param.value, NULL, false, 0) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "no sum of rows came from \"%s\"", sql.data);
	state = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
						  &isnull);
	if (isnull)
		elog(ERROR, "the sum of rows is NULL");
	hash_all(columns, ncolumns, DatumGetByteaPP(state), out);
	SPI_freetuptable(SPI_tuptable);
}

CDC_FUNCTION(cdc_fdw_fingerprint);

Datum
cdc_fdw_fingerprint(PG_FUNCTION_ARGS)
{
	FingerTable *table;
	FingerInstant instant;
	Fingerprint print;
	TupleDesc	desc;
	char		hex[2 * FINGERPRINT_BYTES + 1];
	Datum		values[2];
	bool		nulls[2] = {false, false};

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the table must not be NULL")));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "cdc_fdw_fingerprint does not return a row");
	table = fingerprint_table(PG_GETARG_OID(0));
	if (!PG_ARGISNULL(1) && !table->is_log)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s is not a foreign table of cdc_fdw", table->name),
				 errdetail("Only such a table can be read at an instant."),
				 errhint("For a view of such tables, set cdc_fdw.asof.")));
	SPI_connect();
	fingerprint_instant_begin(&instant, !PG_ARGISNULL(1),
						 PG_ARGISNULL(1) ? 0 :
						 instant_text_arg(fcinfo, 1, "asof", false));
	fingerprint_print(table, table->columns, table->ncolumns, &instant,
				 fcinfo->flinfo->fn_oid, &print);
	fingerprint_instant_end(&instant);
	SPI_finish();
	hex_encode((char *) print.hash, FINGERPRINT_BYTES, hex);
	values[0] = PointerGetDatum(cstring_to_text_with_len(hex,
														 2 * FINGERPRINT_BYTES));
	values[1] = Int64GetDatum(print.rows);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
											 nulls));
}
