/*-------------------------------------------------------------------------
 *
 * owner.c
 *	  Tables that the caller did not name: whose code runs, and as whom.
 *
 * Who may make tables on a server has them met by functions that look for all
 * tables of it, called by whoever watches over the server.  The checks of his
 * domains must not run with that caller's rights.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/syscache.h"

#include "fdw/owner.h"

Oid
owner_of(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

const LogColumn *
owner_foreign_code(const CdcOptions *opts)
{
	Oid			owner = owner_of(opts->relid);

	if (OidIsValid(owner) && has_privs_of_role(owner, GetUserId()))
		return NULL;
	for (int i = 0; i < opts->log.ncolumns; i++)
		if (opts->log.columns[i].runs_user_code)
			return &opts->log.columns[i];
	return NULL;
}

bool
owner_is_heard(Oid relid, Oid asks, Oid serverid)
{
	Oid			owner = owner_of(relid);

	return OidIsValid(owner) &&
		(has_privs_of_role(owner, asks) ||
		 has_privs_of_role(owner, GetForeignServer(serverid)->owner));
}

void
owner_call(Oid owner, void (*step) (void *arg), void *arg)
{
	Oid			caller;
	int			context;
	int			nest;

	GetUserIdAndSecContext(&caller, &context);
	SetUserIdAndSecContext(owner, context | SECURITY_RESTRICTED_OPERATION);
	nest = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	step(arg);
	AtEOXact_GUC(false, nest);
	SetUserIdAndSecContext(caller, context);
}
