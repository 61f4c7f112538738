/*-------------------------------------------------------------------------
 *
 * pin_make.c
 *	  cdc_fdw_pin() and cdc_fdw_unpin().
 *
 * A pin has what a scan would choose to read at the instant; each object is
 * looked at once more, for the ETag or hash that it is known by from then on.
 * All is written in the caller's transaction, and gone with it if it fails.
 *
 * Rows of a table have no owner that PostgreSQL knows of.  So each pin has a
 * large object, and whoever owns that owns the pin: DROP ROLE is refused while
 * there is one, REASSIGN OWNED passes it on and DROP OWNED removes it.  Numbers
 * of large objects are anybody's to take: a token that the large object holds
 * and the pin's row knows tells the one that was made for the pin.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_largeobject.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "common/string.h"
#include "executor/executor.h"
#include "executor/nodeHash.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "storage/large_object.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "fdw/instant_text.h"
#include "fdw/instants.h"
#include "fdw/manifests.h"
#include "fdw/options/options.h"
#include "fdw/pins/pins.h"
#include "fdw/rights.h"
#include "fdw/walk.h"
#include "fdw/watermark.h"
#include "replay/changes.h"
#include "replay/replay.h"

/* names are keys of an index */
#define NAME_MOST		200

#define TOKEN_BYTES		16

/* What a pin is to have. */
typedef struct PinMaker
{
	const char *name;
	Oid			schema;			/* of the extension */
	bool		has_asof;
	TimestampTz asof;			/* of all tables */
	bool		has_known_at;
	TimestampTz known_at;		/* likewise */
	int64		objects;
} PinMaker;

/* An object on its way into the pin. */
typedef struct PinObject
{
	LogFile    *file;
	StoreIdentity identity;
} PinObject;

/* ---- what is asked for ---- */

static char *
pin_name_arg(FunctionCallInfo fcinfo, int n)
{
	char	   *name;

	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the pin's name must not be NULL")));
	name = text_to_cstring(PG_GETARG_TEXT_PP(n));
	if (name[0] == '\0' || strlen(name) > NAME_MOST)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("a pin's name must have 1 to %d bytes", NAME_MOST)));
	option_check_no_control(name, "the pin's name");
	return name;
}

static void
read_instants(PinMaker *maker, FunctionCallInfo fcinfo)
{
	maker->has_asof = !PG_ARGISNULL(1);
	if (maker->has_asof)
		maker->asof = instant_text_arg(fcinfo, 1, "asof", true);
	maker->has_known_at = !PG_ARGISNULL(2);
	if (maker->has_known_at)
		maker->known_at = instant_text_arg(fcinfo, 2, "known_at", false);
}

static Oid *
tables_arg(FunctionCallInfo fcinfo, int n, int *ntables)
{
	Datum	   *elements = NULL;
	bool	   *nulls;
	Oid		   *tables;

	*ntables = 0;
	if (!PG_ARGISNULL(n))
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), REGCLASSOID, sizeof(Oid),
						  true, TYPALIGN_INT, &elements, &nulls, ntables);
	if (*ntables == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a pin needs at least one foreign table")));
	tables = palloc(sizeof(Oid) * *ntables);
	for (int i = 0; i < *ntables; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a table of a pin must not be NULL")));
		tables[i] = DatumGetObjectId(elements[i]);
		rights_check_table(tables[i]);
		for (int j = 0; j < i; j++)
			if (tables[j] == tables[i])
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("foreign table \"%s\" is given twice",
								get_rel_name(tables[i]))));
	}
	return tables;
}

/* ---- which objects ---- */

/* What a scan of one folder, or of all, would read. */
static LogFile **
files_of(CdcScan *scan, Manifest *manifest, int *n)
{
	const CdcOptions *opts = scan->opts;
	ReplaySpec	spec = {
		.manifest = manifest,
		.store = scan->store,
		.config = &opts->log,
		.asof = scan->asof,
		.has_known_at = scan->known_source != ASOF_NONE,
		.known_at = scan->known_at,
		.bare = true,
		.memory = get_hash_memory_limit(),
		.position = &scan->position,
		.columns = replay_columns(&opts->log)
	};

	return opts->log.mode == MODE_CHANGES ? changes_files(&spec, n) :
		replay_files(&spec, n);
}

static PinObject *
choose(CdcScan *scan, int *n)
{
	PositionContext context;
	const LogConfig *log = &scan->opts->log;
	bool		apart = log->source_is_key && log->mode != MODE_CHANGES;
	PinObject  *objects = NULL;

	walk_begin_context(scan, &context);
	*n = 0;
	for (int p = 0; p < (apart ? manifest_nparts(scan->manifest) : 1); p++)
	{
		int			more;
		LogFile   **files = files_of(scan, apart ?
									 manifest_part(scan->manifest, p) :
									 scan->manifest, &more);

		objects = objects ?
			repalloc_huge(objects, sizeof(PinObject) * (*n + more + 1)) :
			MemoryContextAllocHuge(CurrentMemoryContext,
								   sizeof(PinObject) * (more + 1));
		for (int i = 0; i < more; i++)
			objects[(*n)++].file = files[i];
	}
	position_end(&context);
	return objects;
}

/* A pin may have many tables; arg: this one's name. */
static void
name_table(void *arg)
{
	errcontext("foreign table \"%s\"", (const char *) arg);
}

/*
 * Raises the error of a reading by the pin, which sees these files alone, where
 * a column came later than them.
 */
static void
check_columns(CdcScan *scan, const PinObject *objects, int n)
{
	const LogConfig *log = scan->known_source == ASOF_NONE ? &scan->opts->log :
		logconfig_known(&scan->opts->log, scan->known_at);
	PinnedFile *pinned = MemoryContextAllocHuge(CurrentMemoryContext,
												sizeof(PinnedFile) * (n + 1));
	LogFile   **files = MemoryContextAllocHuge(CurrentMemoryContext,
											   sizeof(LogFile *) * (n + 1));
	ErrorContextCallback table = {error_context_stack, name_table,
	unconstify(char *, log->foreign_table)};
	PositionContext context;

	for (int i = 0; i < n; i++)
	{
		const LogFile *f = files[i] = objects[i].file;

		pinned[i] = (PinnedFile) {f->key, f->size, f->etag, f->version,
			f->source};
	}
	error_context_stack = &table;
	walk_begin_context(scan, &context);
	columns_check_files(manifest_pinned(scan->store, log, pinned, n,
										CurrentMemoryContext),
						files, n, scan->store, log, &scan->position);
	error_context_stack = table.previous;
	pfree(files);
}

static void
take_identity(Store *store, PinObject *o, StoreProbe *probe)
{
	StoreVerdict verdict = store_probe(probe, &o->identity);

	store_probe_close(probe);
	if (verdict != STORE_SAME)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"%s\" %s while it was pinned",
						store_uri(store, o->file->key),
						verdict == STORE_GONE ? "went" : "changed"),
				 errhint("Call the function again.")));
	if (o->identity.etag == NULL || !pg_is_ascii(o->identity.etag))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("\"%s\" cannot be pinned",
						store_uri(store, o->file->key)),
				 errdetail("The store gives it no ETag.")));
}

/* Look at all objects, as many at a time as the store likes. */
static void
identify(Store *store, PinObject *objects, int n)
{
	int			most = store_most_open(store);
	StoreProbe **probes = palloc(sizeof(StoreProbe *) * most);

	for (int i = 0; i < n + most; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i >= most && i - most < n)
			take_identity(store, &objects[i - most], probes[i % most]);
		if (i < n)
			probes[i % most] = store_probe_open(store, objects[i].file->key,
												NULL,
												objects[i].file->etag,
												objects[i].file->size);
	}
}

/* ---- what is written ---- */

static Datum
array_of(Datum *values, bool *nulls, int n, Oid type, int16 len, bool byval,
		 char align)
{
	int			lower = 1;

	return PointerGetDatum(construct_md_array(values, nulls, n > 0, &n,
											  &lower, type, len, byval,
											  align));
}

static Datum
texts_array(char **texts, int n)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));

	for (int i = 0; i < n; i++)
		values[i] = CStringGetTextDatum(texts[i]);
	return array_of(values, NULL, n, TEXTOID, -1, false, TYPALIGN_INT);
}

/*
 * Make the large object whose owner is the pin's, which holds the token: it
 * goes with the extension's table of pins.
 */
static Oid
make_owned(const PinMaker *maker, bytea *token)
{
	ObjectAddress object;
	ObjectAddress table;

	ObjectAddressSet(object, LargeObjectRelationId,
					 DatumGetObjectId(DirectFunctionCall2(be_lo_from_bytea,
														  ObjectIdGetDatum(InvalidOid),
														  PointerGetDatum(token))));
	ObjectAddressSet(table, RelationRelationId,
					 get_relname_relid("cdc_fdw_pinned", maker->schema));
	recordDependencyOn(&object, &table, DEPENDENCY_AUTO);
	/* which anybody may read: without the pin's name */
	CreateComments(object.objectId, LargeObjectRelationId, 0,
				   "owner of a pin of cdc_fdw");
	CommandCounterIncrement();
	return object.objectId;
}

/* Returns 16 random bytes, which nobody can guess; palloc'd. */
static bytea *
make_token(void)
{
	bytea	   *token = palloc(VARHDRSZ + TOKEN_BYTES);

	SET_VARSIZE(token, VARHDRSZ + TOKEN_BYTES);
	if (!pg_strong_random(VARDATA(token), TOKEN_BYTES))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random bytes")));
	return token;
}

/* Remove the rows of pins, of all by a condition on them as p. */
static void
delete_pins(PinAccess *access, const char *condition, int nargs, Oid *types,
			Datum *values)
{
	static const char *const tables[] = {
		"cdc_fdw_pinned_objects", "cdc_fdw_pinned_tables", "cdc_fdw_pinned"
	};

	for (int i = 0; i < lengthof(tables); i++)
		(void) pin_access_run(access,
							  psprintf("DELETE FROM %%s.%s t USING %%s.cdc_fdw_pinned p"
									   " WHERE t.pin OPERATOR(pg_catalog.=) p.pin AND %s",
									   tables[i], condition),
							  nargs, types, values, NULL, false);
}

/*
 * Remove pins that are nobody's any more, but those that another transaction is
 * at: it may be idle for hours.  Pins that were restored from a dump of an
 * earlier version get their tokens.
 *
 * Where the transaction keeps one snapshot, rows that another one removed
 * meanwhile would be an error: then there is none but the pin of that name.
 */
static void
sweep(PinAccess *access, const char *name)
{
	Oid			type = TEXTARRAYOID;
	Oid			name_type = TEXTOID;
	Datum		value = CStringGetTextDatum(name);
	bool		keeps = IsolationUsesXactSnapshot();
	Datum		pins;
	bool		none;

	if (access->by_name)
		return;
	(void) pin_access_run(access,
						  psprintf("SELECT pg_catalog.array_agg(s.pin) FROM"
								   " (SELECT p.pin FROM %%s.cdc_fdw_pinned p"
								   " WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata m"
								   " WHERE %s)%s FOR UPDATE SKIP LOCKED) s",
								   pin_access_own(access),
								   keeps ? " AND p.pin OPERATOR(pg_catalog.=) $1" : ""),
						  keeps ? 1 : 0, &name_type, &value, NULL, false);
	pins = pin_access_value(0, 1, &none);
	if (!none)
		delete_pins(access, "p.pin OPERATOR(pg_catalog.=) ANY ($1)", 1, &type,
					&pins);
	if (access->tokens && !keeps)
		(void) pin_access_run(access, "WITH a AS (UPDATE %s.cdc_fdw_pinned p"
							  " SET token = pg_catalog.uuid_send(pg_catalog.gen_random_uuid())"
							  " WHERE p.pin OPERATOR(pg_catalog.=) ANY (ARRAY("
							  "SELECT o.pin FROM %s.cdc_fdw_pinned o"
							  " WHERE o.token OPERATOR(pg_catalog.=) '' FOR UPDATE SKIP LOCKED))"
							  " RETURNING p.large_object, p.token)"
							  " SELECT pg_catalog.lo_truncate(f.fd, 0),"
							  " pg_catalog.lowrite(f.fd, f.token), pg_catalog.lo_close(f.fd)"
							  " FROM (SELECT pg_catalog.lo_open(m.oid, 131072) AS fd, a.token"
							  " FROM a JOIN pg_catalog.pg_largeobject_metadata m"
							  " ON m.oid OPERATOR(pg_catalog.=) a.large_object) f",
							  0, NULL, NULL, NULL, false);
}

static void
write_head(const PinMaker *maker)
{
	static Oid	types[4] = {TEXTOID, TEXTOID, OIDOID, BYTEAOID};
	bytea	   *token = make_token();
	Datum		values[4];
	PinAccess	access;
	int			nargs;

	values[0] = CStringGetTextDatum(maker->name);
	values[1] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	values[3] = PointerGetDatum(token);
	pin_access_begin(&access, maker->schema);
	sweep(&access, maker->name);
	pin_access_end(&access);
	nargs = access.by_name ? 2 : access.tokens ? 4 : 3;
	if (nargs == 3)
		SET_VARSIZE(token, VARHDRSZ);
	if (nargs > 2)
		values[2] = ObjectIdGetDatum(make_owned(maker, token));
	pin_access_begin(&access, maker->schema);
	if (pin_access_run(&access,
					   psprintf("INSERT INTO %%s.cdc_fdw_pinned (pin, pinned_by, pinned_at, version%s)"
								" SELECT $1, $2, pg_catalog.now(), e.extversion%s"
								" FROM pg_catalog.pg_extension e"
								" WHERE e.extname OPERATOR(pg_catalog.=) 'cdc_fdw'"
								" ON CONFLICT DO NOTHING",
								nargs == 2 ? "" : nargs == 3 ? ", large_object" : ", large_object, token",
								nargs == 2 ? "" : nargs == 3 ? ", $3" : ", $3, $4"),
					   nargs, types, values, NULL, false) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("pin \"%s\" already exists", maker->name),
				 errhint("Take another name, or remove that pin by cdc_fdw_unpin.")));
	pin_access_end(&access);
}

static void
write_table(const PinMaker *maker, const CdcScan *scan, int number,
			const PinObject *objects, int n)
{
	static Oid	types[11] = {TEXTOID, INT4OID, TEXTOID, TEXTOID, TEXTOID,
		TIMESTAMPTZOID, TEXTARRAYOID, TEXTARRAYOID, INT8OID, INT8OID,
	TIMESTAMPTZOID};
	const CdcOptions *opts = scan->opts;
	char		nulls[12] = "           ";
	PinSettings *settings = pin_settings(opts);
	int64		bytes = 0;
	Datum		values[11];
	PinAccess	access;

	for (int i = 0; i < n; i++)
		bytes += objects[i].file->size;
	values[0] = CStringGetTextDatum(maker->name);
	values[1] = Int32GetDatum(number);
	values[2] = CStringGetTextDatum(get_namespace_name(get_rel_namespace(opts->relid)));
	values[3] = CStringGetTextDatum(get_rel_name(opts->relid));
	values[4] = CStringGetTextDatum(opts->server_name);
	values[5] = TimestampTzGetDatum(scan->asof);
	values[6] = texts_array(settings->names, settings->n);
	values[7] = texts_array(settings->values, settings->n);
	values[8] = Int64GetDatum(n);
	values[9] = Int64GetDatum(bytes);
	values[10] = TimestampTzGetDatum(scan->known_at);
	nulls[10] = scan->known_source == ASOF_NONE ? 'n' : ' ';
	pin_access_begin(&access, maker->schema);
	pin_access_run(&access, "INSERT INTO %s.cdc_fdw_pinned_tables (pin, number, schema_name, table_name,"
				   " server_name, asof, setting_names, setting_values, objects, bytes, known_at)"
				   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
				   11, types, values, nulls, false);
	pin_access_end(&access);
}

static void
write_objects(const PinMaker *maker, int number, const PinObject *objects,
			  int n)
{
	static Oid	types[7] = {TEXTOID, INT4OID, INT4ARRAYOID, BYTEAARRAYOID,
		INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID};
	Datum	   *columns[5];
	bool	   *nulls = palloc0(Max(n, 1) * sizeof(bool));
	Datum		values[7];
	PinAccess	access;

	for (int c = 0; c < lengthof(columns); c++)
		columns[c] = MemoryContextAllocHuge(CurrentMemoryContext,
											sizeof(Datum) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		const PinObject *o = &objects[i];
		const char *version = o->identity.version;

		columns[0][i] = Int32GetDatum(o->file->source);
		/* a text's bytes, without a look at its encoding */
		columns[1][i] = CStringGetTextDatum(o->file->key);
		columns[2][i] = Int64GetDatum(o->file->size);
		columns[3][i] = CStringGetTextDatum(o->identity.etag);
		nulls[i] = version == NULL || !pg_is_ascii(version);
		columns[4][i] = nulls[i] ? 0 : CStringGetTextDatum(version);
	}
	values[0] = CStringGetTextDatum(maker->name);
	values[1] = Int32GetDatum(number);
	values[2] = array_of(columns[0], NULL, n, INT4OID, 4, true, TYPALIGN_INT);
	values[3] = array_of(columns[1], NULL, n, BYTEAOID, -1, false, TYPALIGN_INT);
	values[4] = array_of(columns[2], NULL, n, INT8OID, 8, FLOAT8PASSBYVAL,
						 TYPALIGN_DOUBLE);
	values[5] = array_of(columns[3], NULL, n, TEXTOID, -1, false, TYPALIGN_INT);
	values[6] = array_of(columns[4], nulls, n, TEXTOID, -1, false, TYPALIGN_INT);
	pin_access_begin(&access, maker->schema);
	pin_access_run(&access, "INSERT INTO %s.cdc_fdw_pinned_objects (pin, number, ordinal, source, key,"
				   " size, etag, version_id)"
				   " SELECT $1, $2, o.ordinal, o.source, o.key, o.size, o.etag, o.version_id"
				   " FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4),"
				   " pg_catalog.unnest($5), pg_catalog.unnest($6), pg_catalog.unnest($7))"
				   " WITH ORDINALITY o(source, key, size, etag, version_id, ordinal)",
				   7, types, values, NULL, false);
	pin_access_end(&access);
}

/* ---- both together ---- */

/* Find the instants of a table, of which asof may be its watermark. */
static void
resolve_instants(const PinMaker *maker, CdcScan *scan)
{
	SessionInstants session = instants_session();
	const char *pin = maker->has_asof ? NULL :
		instants_pin(scan->opts, &session);
	EState	   *estate;

	if (pin != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("foreign table \"%s\" is read by pin \"%s\"",
						scan->opts->log.foreign_table, pin),
				 errhint("Give argument \"asof\", or set no pin for the table, the server and cdc_fdw.asof.")));
	scan->asof = maker->asof;
	if (!maker->has_asof)
		(void) instants_asof(scan->opts, &session, GetUserId(), &scan->asof);
	scan->known_source = ASOF_QUERY;
	scan->known_at = maker->known_at;
	if (!maker->has_known_at)
		scan->known_source = instants_known(scan->opts, &session, GetUserId(),
											NULL, &scan->known_at);
	instants_check_asked(scan->opts, maker->has_asof, maker->asof,
						 maker->has_known_at, maker->known_at);
	estate = CreateExecutorState();
	watermark_apply(scan, estate, GetUserId());
	instants_notice_asof(scan->opts, scan->manifest, scan->asof);
	FreeExecutorState(estate);
}

static void
pin_table(PinMaker *maker, Oid relid, int number)
{
	CdcOptions *opts = options_for_table(relid);
	CdcScan		scan = {
		.opts = opts,
		.hides = walk_hides(relid, GetUserId()),
		.range = {DT_NOBEGIN, DT_NOEND, DT_NOBEGIN, DT_NOEND}
	};
	PinObject  *objects;
	int			n;

	scan.store = store_open(options_store_config(opts, GetUserId()),
							CurrentMemoryContext);
	/* what the transaction's queries see is pinned */
	scan.manifest = IsolationUsesXactSnapshot() ?
		manifests_get(NULL, opts, GetUserId(), NULL) :
		manifest_open(scan.store, &opts->log, CurrentMemoryContext);
	resolve_instants(maker, &scan);
	objects = choose(&scan, &n);
	check_columns(&scan, objects, n);
	identify(scan.store, objects, n);
	write_table(maker, &scan, number, objects, n);
	write_objects(maker, number, objects, n);
	maker->objects += n;
	store_close(scan.store);
}

CDC_FUNCTION(cdc_fdw_pin);

Datum
cdc_fdw_pin(PG_FUNCTION_ARGS)
{
	PinMaker	maker = {
		.name = pin_name_arg(fcinfo, 0),
		.schema = get_func_namespace(fcinfo->flinfo->fn_oid)
	};
	int			ntables;
	Oid		   *tables;
	MemoryContext table_ctx;

	PreventCommandIfReadOnly("cdc_fdw_pin()");
	read_instants(&maker, fcinfo);
	tables = tables_arg(fcinfo, 3, &ntables);
	write_head(&maker);
	table_ctx = AllocSetContextCreate(CurrentMemoryContext, "cdc_fdw pin",
									  ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < ntables; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(table_ctx);

		pin_table(&maker, tables[i], i + 1);
		MemoryContextSwitchTo(old);
		MemoryContextReset(table_ctx);
	}
	PG_RETURN_INT64(maker.objects);
}

CDC_FUNCTION(cdc_fdw_unpin);

Datum
cdc_fdw_unpin(PG_FUNCTION_ARGS)
{
	char	   *name = pin_name_arg(fcinfo, 0);
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(name);
	PinAccess	access;
	bool		isnull;
	Oid			object;

	PreventCommandIfReadOnly("cdc_fdw_unpin()");
	pin_access_begin(&access, get_func_namespace(fcinfo->flinfo->fn_oid));
	sweep(&access, name);
	if (!has_privs_of_role(access.saved_user, pin_access_owner(&access, name)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to remove pin \"%s\"", name),
				 errdetail("Its owner, members of that role and superusers may.")));
	if (pin_access_run(&access, access.by_name ?
					   "SELECT 0::pg_catalog.oid FROM %s.cdc_fdw_pinned p"
					   " WHERE p.pin OPERATOR(pg_catalog.=) $1 FOR UPDATE" :
					   "SELECT p.large_object FROM %s.cdc_fdw_pinned p"
					   " WHERE p.pin OPERATOR(pg_catalog.=) $1 FOR UPDATE",
					   1, &type, &value, NULL, false) == 0)
		pins_unknown(name);		/* another transaction removed it */
	object = DatumGetObjectId(pin_access_value(0, 1, &isnull));
	delete_pins(&access, "p.pin OPERATOR(pg_catalog.=) $1", 1, &type, &value);
	if (OidIsValid(object))
		inv_drop(object);
	pin_access_end(&access);
	return (Datum) 0;
}
