/*-------------------------------------------------------------------------
 *
 * stats_view.c
 *	  cdc_fdw_stats(): what was asked of each server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "store/stats.h"

#define COLUMNS	(2 + STAT_KINDS)

/*
 * For those who may use the server, or watch everything: the session's own
 * requests too, since it may have made them with the rights of a view's owner or
 * a SECURITY DEFINER function.
 */
static bool
may_see(Oid serverid)
{
	return server_usable(serverid) ||
		has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
}

static void
put_server(Oid serverid, bool all, const uint64 *counts, void *arg)
{
	ReturnSetInfo *rsinfo = arg;
	ForeignServer *server = GetForeignServerExtended(serverid,
													 FSV_MISSING_OK);
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};

	/* counted, and dropped since */
	if (server == NULL || !may_see(serverid))
		return;
	values[0] = CStringGetTextDatum(server->servername);
	values[1] = CStringGetTextDatum(all ? "all" : "session");
	for (int i = 0; i < STAT_KINDS; i++)
		values[2 + i] = Int64GetDatum((int64) counts[i]);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

CDC_FUNCTION(cdc_fdw_stats);

Datum
cdc_fdw_stats(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	stats_visit(put_server, fcinfo->resultinfo);
	return (Datum) 0;
}
