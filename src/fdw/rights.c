/*-------------------------------------------------------------------------
 *
 * rights.c
 *	  Servers and tables that arguments of functions name: are they of this
 *	  wrapper, and may the user ask?
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "foreign/fdwapi.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "fdw/fdw.h"
#include "fdw/options/options.h"
#include "fdw/rights.h"

Oid
rights_server(const char *name)
{
	ForeignServer *server = GetForeignServerByName(name, false);

	if (GetFdwRoutineByServerId(server->serverid)->GetForeignRelSize !=
		cdcGetForeignRelSize)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not of foreign data wrapper cdc_fdw",
						name)));
	check_server_usage(server->serverid, server->servername);
	return server->serverid;
}

bool
rights_is_table(Oid relid)
{
	return get_rel_relkind(relid) == RELKIND_FOREIGN_TABLE &&
		GetFdwRoutineByRelId(relid)->GetForeignRelSize ==
		cdcGetForeignRelSize;
}

static bool
may_use_schema(Oid schema, Oid userid)
{
	/* one that was dropped meanwhile would be an error there */
	return SearchSysCacheExists1(NAMESPACEOID, ObjectIdGetDatum(schema)) &&
		schema_aclcheck(schema, userid, ACL_USAGE) == ACLCHECK_OK;
}

bool
rights_may_read(Oid relid, Oid userid)
{
	Oid			schema = get_rel_namespace(relid);
	bool		is_missing = false;

	return may_use_schema(schema, userid) &&
		pg_class_aclcheck_ext(relid, userid, ACL_SELECT,
							  &is_missing) == ACLCHECK_OK && !is_missing;
}

void
rights_check_table(Oid relid)
{
	const char *name = get_rel_name(relid);
	Oid			schema = get_rel_namespace(relid);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	if (!rights_may_read(relid, GetUserId()))
	{
		/* as a query, which looks up the schema first */
		if (!may_use_schema(schema, GetUserId()))
			aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SCHEMA,
						   get_namespace_name(schema));
		aclcheck_error(ACLCHECK_NO_PRIV,
					   get_relkind_objtype(get_rel_relkind(relid)), name);
	}
	if (!rights_is_table(relid))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a foreign table of cdc_fdw", name)));
}
