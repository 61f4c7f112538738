/*-------------------------------------------------------------------------
 *
 * pin_verify.c
 *	  cdc_fdw_verify_pin(): are the objects of a pin still there, and the
 *	  same?
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "fdw/fdw.h"
#include "fdw/functions.h"
#include "fdw/pins.h"

typedef struct VerifyTable
{
	const char *name;			/* quoted, with its schema */
	ReturnSetInfo *rsinfo;
} VerifyTable;

/* NULL texts are NULL values; an object has a size. */
static void
put_row(const VerifyTable *t, const char *object, int64 size,
		const char *etag, const char *version, const char *verdict,
		const char *detail)
{
	const char *texts[7] = {t->name, object, NULL, etag, version, verdict,
	detail};
	Datum		values[7] = {0};
	bool		nulls[7];

	for (int i = 0; i < lengthof(texts); i++)
	{
		nulls[i] = texts[i] == NULL;
		if (!nulls[i])
			values[i] = CStringGetTextDatum(texts[i]);
	}
	nulls[2] = object == NULL;
	values[2] = Int64GetDatum(size);
	tuplestore_putvalues(t->rsinfo->setResult, t->rsinfo->setDesc, values,
						 nulls);
}

static void
put_object(const VerifyTable *t, Store *store, const PinnedTable *pinned,
		   int i, StoreProbe *probe)
{
	static const char *const verdicts[] = {
		[STORE_SAME] = "same",
		[STORE_CHANGED] = "changed",
		[STORE_GONE] = "gone"
	};
	const PinnedFile *f = &pinned->files[i];
	StoreIdentity now;
	StoreVerdict verdict = store_probe(probe, &now);
	char	   *detail = NULL;

	if (verdict == STORE_CHANGED && now.etag != NULL)
		detail = psprintf("It has " INT64_FORMAT " bytes and ETag %s now.",
						  now.size, now.etag);
	else if (verdict == STORE_CHANGED && now.size > 0 && now.size != f->size)
		detail = psprintf("It has " INT64_FORMAT " bytes now.", now.size);
	put_row(t, store_uri(store, f->key), f->size, f->etag,
			f->version, verdicts[verdict], detail);
	store_probe_close(probe);
}

/* Look at all objects, as many at a time as the store likes. */
static void
put_objects(const VerifyTable *t, Store *store, const PinnedTable *pinned)
{
	int			most = store_most_open(store);
	StoreProbe **probes = palloc(sizeof(StoreProbe *) * most);

	for (int i = 0; i < pinned->nfiles + most; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i >= most && i - most < pinned->nfiles)
			put_object(t, store, pinned, i - most, probes[i % most]);
		if (i < pinned->nfiles)
			probes[i % most] = store_probe_open(store, pinned->files[i].key,
												pinned->files[i].version,
												pinned->files[i].etag,
												pinned->files[i].size);
	}
}

/* The pin is the caller's own, or its table is still where it was. */
static void
verify_table(const char *pin, Oid relid, bool maker, ReturnSetInfo *rsinfo)
{
	VerifyTable t = {
		.name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
										   get_rel_name(relid)),
		.rsinfo = rsinfo
	};
	CdcOptions *opts = options_for_table(relid);
	PinnedTable *pinned = pins_table(opts, pin);
	StoreConfig *config = options_store_config(opts, GetUserId());
	Store	   *store;
	char	   *detail;
	const char *what = pin_settings_difference(pinned->settings,
											   pin_settings(opts), &detail);

	if (what != NULL)
		put_row(&t, NULL, 0, NULL, NULL, "options changed",
				maker ? psprintf("%s: %s", what, detail) : what);
	/* it may be a stranger's, who has given it the name of one that was */
	if (what != NULL && !maker)
		return;
	pins_files(opts, pin, pinned);
	config->pinned = true;
	store = store_open(config, CurrentMemoryContext);
	put_objects(&t, store, pinned);
	store_close(store);
}

/*
 * The pin's tables, by their names.  An error for one that is not there, or
 * that the caller may not read; only to the maker it names the table.
 */
static Oid *
tables_of(const char *pin, Oid schema, int *n, bool *maker)
{
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(pin);
	PinAccess	access;
	Oid		   *tables;
	bool		isnull;

	pin_access_begin(&access, schema);
	*n = (int) pin_access_run(&access, "SELECT t.schema_name, t.table_name, p.pinned_by"
							  " FROM %s.cdc_fdw_pinned_tables t, %s.cdc_fdw_pinned p"
							  " WHERE t.pin OPERATOR(pg_catalog.=) $1"
							  " AND p.pin OPERATOR(pg_catalog.=) $1"
							  " ORDER BY t.number",
							  1, &type, &value, NULL, true);
	if (*n == 0)
		pins_unknown(pin);
	*maker = pin_access_is_maker(&access,
								 TextDatumGetCString(pin_access_value(0, 3, &isnull)));
	tables = MemoryContextAlloc(access.caller, sizeof(Oid) * *n);
	for (int i = 0; i < *n; i++)
	{
		char	   *nsp = TextDatumGetCString(pin_access_value(i, 1, &isnull));
		char	   *rel = TextDatumGetCString(pin_access_value(i, 2, &isnull));
		Oid			nspid = get_namespace_oid(nsp, true);

		tables[i] = OidIsValid(nspid) ? get_relname_relid(rel, nspid) :
			InvalidOid;
		if (!*maker && (!OidIsValid(tables[i]) ||
						pg_class_aclcheck(tables[i], access.saved_user,
										  ACL_SELECT) != ACLCHECK_OK))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied to verify pin \"%s\"", pin),
					 errdetail("Who may read all of its tables may.")));
		if (!OidIsValid(tables[i]))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("foreign table \"%s\" of pin \"%s\" does not exist",
							quote_qualified_identifier(nsp, rel), pin)));
	}
	pin_access_end(&access);
	return tables;
}

void
pin_verify(FunctionCallInfo fcinfo)
{
	char	   *pin = text_to_cstring(PG_GETARG_TEXT_PP(0));
	MemoryContext ctx;
	bool		maker;
	int			n;
	Oid		   *tables = tables_of(pin,
								   get_func_namespace(fcinfo->flinfo->fn_oid),
								   &n, &maker);

	for (int i = 0; i < n; i++)
		functions_check_table(tables[i]);
	InitMaterializedSRF(fcinfo, 0);
	ctx = AllocSetContextCreate(CurrentMemoryContext, "cdc_fdw verify",
								ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < n; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(ctx);

		verify_table(pin, tables[i], maker,
					 (ReturnSetInfo *) fcinfo->resultinfo);
		MemoryContextSwitchTo(old);
		MemoryContextReset(ctx);
	}
}
