/*-------------------------------------------------------------------------
 *
 * access.c
 *	  The tables that hold pins, read and written as their owner.
 *
 * Statements are the extension's own and name schemas of all they use, so that
 * nothing of the caller's search_path runs with the owner's rights.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "fdw/owner.h"
#include "fdw/pins/pins.h"

Oid
pin_schema(Oid serverid)
{
	Oid			wrapper = GetForeignServer(serverid)->fdwid;

	return get_func_namespace(GetForeignDataWrapper(wrapper)->fdwhandler);
}

void
pin_access_begin(PinAccess *access, Oid schema)
{
	Oid			pinned = get_relname_relid("cdc_fdw_pinned", schema);

	if (!OidIsValid(pinned))
		elog(ERROR, "the tables of pins are not there");
	access->by_name = get_attnum(pinned, "large_object") == InvalidAttrNumber;
	access->tokens = get_attnum(pinned, "token") != InvalidAttrNumber;
	access->caller = CurrentMemoryContext;
	access->schema = quote_identifier(get_namespace_name(schema));
	GetUserIdAndSecContext(&access->saved_user, &access->saved_context);
	SetUserIdAndSecContext(owner_of(pinned), access->saved_context |
						   SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
	/* EXPLAIN may come when the query's is gone */
	access->snapshot = !ActiveSnapshotSet();
	if (access->snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
}

void
pin_access_end(PinAccess *access)
{
	SPI_finish();
	if (access->snapshot)
		PopActiveSnapshot();
	SetUserIdAndSecContext(access->saved_user, access->saved_context);
}

uint64
pin_access_run(PinAccess *access, const char *sql, int nargs, Oid *types,
			   Datum *values, const char *nulls, bool read_only)
{
	StringInfoData s;
	const char *mark;
	int			rc;

	initStringInfo(&s);
	while ((mark = strstr(sql, "%s")) != NULL)
	{
		appendBinaryStringInfo(&s, sql, mark - sql);
		appendStringInfoString(&s, access->schema);
		sql = mark + 2;
	}
	appendStringInfoString(&s, sql);
	rc = SPI_execute_with_args(s.data, nargs, types, values, nulls, read_only,
							   0);
	if (rc < 0)
		elog(ERROR, "could not run \"%s\": %s", s.data,
			 SPI_result_code_string(rc));
	pfree(s.data);
	return SPI_processed;
}

const char *
pin_access_own(const PinAccess *access)
{
	/* whoever makes another of that number cannot know what was in it */
	return access->tokens ? "m.oid OPERATOR(pg_catalog.=) p.large_object"
		" AND (p.token OPERATOR(pg_catalog.=) '' OR (SELECT l.data"
		" FROM pg_catalog.pg_largeobject l"
		" WHERE l.loid OPERATOR(pg_catalog.=) p.large_object"
		" AND l.pageno OPERATOR(pg_catalog.=) 0) OPERATOR(pg_catalog.=) p.token)" :
		"m.oid OPERATOR(pg_catalog.=) p.large_object";
}

Oid
pin_access_owner(PinAccess *access, const char *pin)
{
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(pin);
	bool		isnull;

	if (pin_access_run(access, access->by_name ?
					   "SELECT coalesce(r.oid, 0) FROM %s.cdc_fdw_pinned p"
					   " LEFT JOIN pg_catalog.pg_roles r"
					   " ON r.rolname OPERATOR(pg_catalog.=) p.pinned_by"
					   " WHERE p.pin OPERATOR(pg_catalog.=) $1" :
					   psprintf("SELECT m.lomowner FROM %%s.cdc_fdw_pinned p"
								" JOIN pg_catalog.pg_largeobject_metadata m ON %s"
								" WHERE p.pin OPERATOR(pg_catalog.=) $1",
								pin_access_own(access)),
					   1, &type, &value, NULL, true) == 0)
		pins_unknown(pin);
	return DatumGetObjectId(pin_access_value(0, 1, &isnull));
}

Datum
pin_access_value(uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						 column, isnull);
}
