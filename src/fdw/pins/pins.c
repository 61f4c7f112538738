/*-------------------------------------------------------------------------
 *
 * pins.c
 *	  Reading by a pin: its instant, and its objects instead of a listing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "fdw/owner.h"
#include "fdw/pins/pins.h"
#include "fdw/walk.h"

void
pins_unknown(const char *pin)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("pin \"%s\" does not exist", pin),
			 errhint("The view cdc_fdw_pins shows the pins of tables that you may read.")));
}

static char **
texts_of(Datum array, int *n)
{
	Datum	   *elements;
	char	  **texts;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, NULL, n);
	texts = palloc(sizeof(char *) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
		texts[i] = TextDatumGetCString(elements[i]);
	return texts;
}

static PinSettings *
settings_of(Datum names, Datum values)
{
	PinSettings *s = palloc(sizeof(PinSettings));
	int			nvalues;

	s->names = texts_of(names, &s->n);
	s->values = texts_of(values, &nvalues);
	if (nvalues != s->n)
		elog(ERROR, "a pin has %d settings and %d values", s->n, nvalues);
	return s;
}

PinnedTable *
pins_find(Oid schema, const char *pin, const char *nspname,
		  const char *relname)
{
	static Oid	types[3] = {TEXTOID, TEXTOID, TEXTOID};
	PinnedTable *pinned = NULL;
	PinAccess	access;
	Datum		values[3];
	MemoryContext old;
	bool		isnull;

	values[0] = CStringGetTextDatum(pin);
	values[1] = CStringGetTextDatum(nspname);
	values[2] = CStringGetTextDatum(relname);
	pin_access_begin(&access, schema);
	if (pin_access_run(&access, "SELECT t.number, t.asof, t.setting_names, t.setting_values, t.known_at"
					   " FROM %s.cdc_fdw_pinned_tables t"
					   " WHERE t.pin OPERATOR(pg_catalog.=) $1"
					   " AND t.schema_name OPERATOR(pg_catalog.=) $2"
					   " AND t.table_name OPERATOR(pg_catalog.=) $3",
					   3, types, values, NULL, true) > 0)
	{
		old = MemoryContextSwitchTo(access.caller);
		pinned = palloc0(sizeof(PinnedTable));
		pinned->number = DatumGetInt32(pin_access_value(0, 1, &isnull));
		pinned->asof = DatumGetTimestampTz(pin_access_value(0, 2, &isnull));
		pinned->settings = settings_of(pin_access_value(0, 3, &isnull),
									   pin_access_value(0, 4, &isnull));
		pinned->known_at = DatumGetTimestampTz(pin_access_value(0, 5, &isnull));
		pinned->has_known_at = !isnull;
		if (isnull)
			pinned->known_at = DT_NOEND;
		MemoryContextSwitchTo(old);
	}
	pin_access_end(&access);
	return pinned;
}

/* Only the owner's pins count, so that nobody else steers a reading by a name. */
static Oid
check_owner(const CdcOptions *opts, const char *pin, Oid userid)
{
	PinAccess	access;
	Oid			owner;

	pin_access_begin(&access, pin_schema(opts->serverid));
	owner = pin_access_owner(&access, pin);
	pin_access_end(&access);
	if (owner != userid && owner != owner_of(opts->relid))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for pin \"%s\"", pin),
				 errdetail("A foreign table is read by pins of its owner and of the user as whom it is read."),
				 errhint("Make the pin as one of them.")));
	return owner;
}

PinnedTable *
pins_table(const CdcOptions *opts, const char *pin, Oid userid)
{
	const char *nspname = get_namespace_name(get_rel_namespace(opts->relid));
	const char *relname = get_rel_name(opts->relid);
	Oid			owner = check_owner(opts, pin, userid);
	PinnedTable *pinned = pins_find(pin_schema(opts->serverid), pin, nspname,
									relname);

	if (pinned == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("foreign table \"%s\" is not in pin \"%s\"",
						quote_qualified_identifier(nspname, relname), pin),
				 errhint("The pin gives no answer for it: read it by itself, at an instant, or make a pin that has it.")));
	pinned->owner = owner;
	return pinned;
}

TimestampTz
pins_asof(const CdcOptions *opts, const char *pin, Oid userid)
{
	return pins_table(opts, pin, userid)->asof;
}

/* A key as it stands in the store, whatever its bytes. */
static char *
key_of(Datum value)
{
	bytea	   *bytes = DatumGetByteaPP(value);

	return pnstrdup(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

void
pins_files(Oid schema, const char *pin, PinnedTable *table)
{
	static Oid	types[2] = {TEXTOID, INT4OID};
	Datum		values[2];
	PinAccess	access;
	MemoryContext old;
	bool		isnull;

	values[0] = CStringGetTextDatum(pin);
	values[1] = Int32GetDatum(table->number);
	pin_access_begin(&access, schema);
	table->nfiles = (int) pin_access_run(&access,
										 "SELECT o.source, o.key, o.size, o.etag, o.version_id"
										 " FROM %s.cdc_fdw_pinned_objects o"
										 " WHERE o.pin OPERATOR(pg_catalog.=) $1"
										 " AND o.number OPERATOR(pg_catalog.=) $2"
										 " ORDER BY o.ordinal",
										 2, types, values, NULL, true);
	old = MemoryContextSwitchTo(access.caller);
	table->files = MemoryContextAllocHuge(access.caller, sizeof(PinnedFile) *
										  Max(table->nfiles, 1));
	for (int i = 0; i < table->nfiles; i++)
	{
		PinnedFile *f = &table->files[i];
		Datum		version;

		f->source = DatumGetInt32(pin_access_value(i, 1, &isnull));
		f->key = key_of(pin_access_value(i, 2, &isnull));
		f->size = DatumGetInt64(pin_access_value(i, 3, &isnull));
		f->etag = TextDatumGetCString(pin_access_value(i, 4, &isnull));
		version = pin_access_value(i, 5, &isnull);
		f->version = isnull ? NULL : TextDatumGetCString(version);
	}
	MemoryContextSwitchTo(old);
	pin_access_end(&access);
}

Manifest *
pins_manifest(const CdcOptions *opts, const char *pin, Oid userid,
			  Store *store, MemoryContext ctx)
{
	PinnedTable *table = pins_table(opts, pin, userid);
	char	   *detail;
	const char *what = pin_settings_difference(table->settings,
											   pin_settings(opts), &detail);

	/* the table that was pinned may have been another, and not this reader's */
	if (what != NULL && (!has_privs_of_role(userid, table->owner) ||
						 walk_hides(opts->relid, userid)))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("foreign table \"%s\" changed since pin \"%s\" was made",
						get_rel_name(opts->relid), pin),
				 errhint("Its owner can see by cdc_fdw_verify_pin what changed.")));
	if (what != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s of foreign table \"%s\" changed since pin \"%s\" was made",
						what, get_rel_name(opts->relid), pin),
				 errdetail("%s", detail),
				 errhint("Set it back, or make another pin.")));
	pins_files(pin_schema(opts->serverid), pin, table);
	return manifest_pinned(store, &opts->log, table->files, table->nfiles,
						   ctx);
}
