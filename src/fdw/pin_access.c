/*-------------------------------------------------------------------------
 *
 * pin_access.c
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
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "fdw/pins.h"

Oid
pin_schema(Oid serverid)
{
	Oid			wrapper = GetForeignServer(serverid)->fdwid;

	return get_func_namespace(GetForeignDataWrapper(wrapper)->fdwhandler);
}

static Oid
owner_of(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "the tables of pins are not there");
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

void
pin_access_begin(PinAccess *access, Oid schema)
{
	Oid			owner = owner_of(get_relname_relid("cdc_fdw_pinned", schema));

	access->caller = CurrentMemoryContext;
	access->schema = quote_identifier(get_namespace_name(schema));
	GetUserIdAndSecContext(&access->saved_user, &access->saved_context);
	SetUserIdAndSecContext(owner, access->saved_context |
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

bool
pin_access_is_maker(const PinAccess *access, const char *maker)
{
	Oid			role = get_role_oid(maker, true);

	return superuser_arg(access->saved_user) ||
		(OidIsValid(role) && has_privs_of_role(access->saved_user, role));
}

Datum
pin_access_value(uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						 column, isnull);
}
