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
#include "foreign/foreign.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "fdw/attempt.h"
#include "fdw/options/options.h"
#include "fdw/owner.h"
#include "fdw/pins/pins.h"
#include "fdw/rights.h"
#include "fdw/watermark.h"

typedef struct Verify
{
	const char *pin;
	Oid			schema;			/* of the extension */
	bool		owner;			/* the caller is, or is a member of that role */
	ReturnSetInfo *rsinfo;
} Verify;

/* A table of the pin, by its name of then. */
typedef struct VerifyTable
{
	const Verify *verify;
	const char *nspname;
	const char *relname;
	const char *name;			/* quoted, with its schema */
	PinnedTable *pinned;
} VerifyTable;

/* A foreign table of now, and how its options differ from the pinned ones. */
typedef struct VerifyOptions
{
	Oid			relid;
	const PinSettings *then;
	CdcOptions *opts;
	const char *what;			/* the first that differs, or NULL */
	char	   *detail;
} VerifyOptions;

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
	tuplestore_putvalues(t->verify->rsinfo->setResult,
						 t->verify->rsinfo->setDesc, values, nulls);
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

static void
put_table(const VerifyTable *t, const char *verdict, const char *detail)
{
	put_row(t, NULL, 0, NULL, NULL, verdict, detail);
}

/* arg is a VerifyOptions; options may have become ones that cannot be read. */
static void
compare_options(void *arg)
{
	VerifyOptions *o = arg;

	o->opts = options_for_table(o->relid);
	o->what = pin_settings_difference(o->then, pin_settings(o->opts),
									  &o->detail);
}

/* True if the pin has a table of that name. */
static bool
is_pinned(const Verify *v, Oid relid)
{
	return pins_find(v->schema, v->pin,
					 get_namespace_name(get_rel_namespace(relid)),
					 get_rel_name(relid)) != NULL;
}

/*
 * Which foreign tables have the table's options now, and are not of the pin by
 * their names?  *names has theirs; returns the first, or InvalidOid.
 */
static Oid
find_renamed(const VerifyTable *t, StringInfo names)
{
	const char *server = pin_settings_server(t->pinned->settings);
	ForeignServer *s = server ? GetForeignServerByName(server, true) : NULL;
	Oid			first = InvalidOid;
	ListCell   *lc;

	initStringInfo(names);
	if (s == NULL)
		return InvalidOid;
	foreach(lc, watermark_tables(s->serverid, GetUserId()))
	{
		VerifyOptions o = {lfirst_oid(lc), t->pinned->settings};

		CHECK_FOR_INTERRUPTS();
		if (is_pinned(t->verify, o.relid) ||
			attempt_call(compare_options, &o) != NULL || o.what != NULL)
			continue;
		appendStringInfo(names, "%s%s", names->len > 0 ? " or " : "",
						 quote_qualified_identifier(get_namespace_name(get_rel_namespace(o.relid)),
													get_rel_name(o.relid)));
		if (!OidIsValid(first))
			first = o.relid;
	}
	return first;
}

/*
 * The foreign table of that name that the caller may read, or InvalidOid and
 * why there is none.
 */
static Oid
find_named(const VerifyTable *t, const char **verdict, const char **problem)
{
	Oid			nspid = get_namespace_oid(t->nspname, true);
	Oid			relid = OidIsValid(nspid) ?
		get_relname_relid(t->relname, nspid) : InvalidOid;

	*problem = NULL;
	*verdict = "gone";
	if (!OidIsValid(relid))
		*problem = "There is no foreign table of that name now.";
	else if (!rights_is_table(relid))
		*problem = "What has that name now is no foreign table of cdc_fdw.";
	else if (!rights_may_read(relid, GetUserId()))
	{
		*verdict = "not readable";
		*problem = "You have no right to SELECT from the foreign table of that name, or to use its schema.";
	}
	return *problem == NULL ? relid : InvalidOid;
}

static void
verify_objects(const VerifyTable *t, const CdcOptions *opts)
{
	StoreConfig *config = options_store_config(opts, GetUserId());
	Store	   *store;

	pins_files(t->verify->schema, t->verify->pin, t->pinned);
	if (t->pinned->nfiles == 0)
		put_table(t, "same", NULL);
	config->pinned = true;
	store = store_open(config, CurrentMemoryContext);
	put_objects(t, store, t->pinned);
	store_close(store);
}

static void
verify_table(const VerifyTable *t)
{
	const char *missing;
	const char *verdict;
	VerifyOptions o = {find_named(t, &verdict, &missing),
	t->pinned->settings};
	char	   *problem = NULL;
	StringInfoData names;
	Oid			renamed;

	if (missing == NULL)
		problem = attempt_call(compare_options, &o);
	if (missing == NULL && problem == NULL && o.what == NULL)
	{
		verify_objects(t, o.opts);
		return;
	}
	/* the table may be a stranger's, who has given it the name of one that was */
	if (!t->verify->owner)
	{
		put_table(t, "options changed", NULL);
		return;
	}
	renamed = find_renamed(t, &names);
	if (OidIsValid(renamed))
	{
		put_table(t, "renamed", psprintf("It is %s now.", names.data));
		o.relid = renamed;
		compare_options(&o);
		verify_objects(t, o.opts);
	}
	else if (missing != NULL)
		put_table(t, verdict, missing);
	else
	{
		put_table(t, "options changed", problem ? problem :
				  psprintf("%s: %s", o.what, o.detail));
		if (problem == NULL)
			verify_objects(t, o.opts);
	}
}

/*
 * The pin's tables.  An error where the caller is not the pin's owner and may
 * not read by it all of them; it names none.
 */
static VerifyTable *
tables_of(Verify *v, int *n)
{
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(v->pin);
	PinAccess	access;
	MemoryContext old;
	VerifyTable *tables;
	bool		isnull;
	Oid			owner;

	pin_access_begin(&access, v->schema);
	owner = pin_access_owner(&access, v->pin);
	v->owner = has_privs_of_role(access.saved_user, owner);
	*n = (int) pin_access_run(&access, "SELECT t.schema_name, t.table_name"
							  " FROM %s.cdc_fdw_pinned_tables t"
							  " WHERE t.pin OPERATOR(pg_catalog.=) $1"
							  " ORDER BY t.number",
							  1, &type, &value, NULL, true);
	old = MemoryContextSwitchTo(access.caller);
	tables = palloc0(sizeof(VerifyTable) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
	{
		VerifyTable *t = &tables[i];

		t->verify = v;
		t->nspname = TextDatumGetCString(pin_access_value(i, 1, &isnull));
		t->relname = TextDatumGetCString(pin_access_value(i, 2, &isnull));
		t->name = quote_qualified_identifier(t->nspname, t->relname);
	}
	MemoryContextSwitchTo(old);
	pin_access_end(&access);
	for (int i = 0; i < *n && !v->owner; i++)
	{
		const char *verdict;
		const char *problem;
		Oid			relid = find_named(&tables[i], &verdict, &problem);

		if (problem != NULL || owner_of(relid) != owner)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied to verify pin \"%s\"", v->pin),
					 errdetail("Its owner may, and who may read all of its tables, if they are the owner's.")));
	}
	return tables;
}

CDC_FUNCTION(cdc_fdw_verify_pin);

Datum
cdc_fdw_verify_pin(PG_FUNCTION_ARGS)
{
	Verify		v = {
		.pin = text_to_cstring(PG_GETARG_TEXT_PP(0)),
		.schema = get_func_namespace(fcinfo->flinfo->fn_oid)
	};
	MemoryContext ctx;
	int			n;
	VerifyTable *tables = tables_of(&v, &n);

	InitMaterializedSRF(fcinfo, 0);
	v.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ctx = AllocSetContextCreate(CurrentMemoryContext, "cdc_fdw verify",
								ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < n; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(ctx);
		VerifyTable *t = &tables[i];

		t->pinned = pins_find(v.schema, v.pin, t->nspname, t->relname);
		if (t->pinned == NULL)
			pins_unknown(v.pin);	/* another transaction removed it */
		verify_table(t);
		MemoryContextSwitchTo(old);
		MemoryContextReset(ctx);
	}
	return (Datum) 0;
}
