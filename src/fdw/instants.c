/*-------------------------------------------------------------------------
 *
 * instants.c
 *	  The second clock: up to which time in their names files are known.  And
 *	  what is said of tables that go by other clocks than the session.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/value.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "fdw/fdw.h"

static bool
session_says(const char *setting)
{
	return setting != NULL && setting[0] != '\0';
}

AsofSource
scan_default_known(const CdcOptions *opts, TimestampTz *known)
{
	if (opts->has_table_known)
	{
		*known = opts->table_known;
		return ASOF_TABLE;
	}
	if (session_says(cdc_session_known_at))
	{
		*known = scan_session_instant(cdc_session_known_at,
									  "cdc_fdw.known_at");
		return ASOF_SESSION;
	}
	if (opts->has_server_known)
	{
		*known = opts->server_known;
		return ASOF_SERVER;
	}
	*known = DT_NOEND;
	return ASOF_NONE;
}

void
instants_begin_known(ForeignScanState *node, CdcScanState *state)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;

	state->scan.known_source = intVal(list_nth(plan->fdw_private,
											   FdwScanPrivateKnown));
	if (state->scan.known_source == ASOF_QUERY)
		state->known_expr = ExecInitExpr(llast(plan->fdw_exprs),
										 (PlanState *) node);
}

bool
instants_resolve_known(ForeignScanState *node, CdcScanState *state)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	Datum		value;
	bool		isnull;

	if (state->scan.known_source == ASOF_UNBOUND)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("the column with role known_at must be compared by = with one value for each scan"),
				 errhint("Compare it with a constant, a parameter, or a column of a table joined by a nested loop (LATERAL).")));
	if (state->known_expr == NULL)
	{
		state->scan.known_source = scan_default_known(state->scan.opts,
													  &state->scan.known_at);
		return true;
	}
	value = ExecEvalExprSwitchContext(state->known_expr, econtext, &isnull);
	state->scan.known_at = DatumGetTimestampTz(value);
	return !isnull;
}

/* An instant, for people. */
static const char *
instant_name(TimestampTz at)
{
	return at == ASOF_AT_WATERMARK ? "its watermark" :
		pstrdup(timestamptz_to_str(at));
}

void
instants_notice(const CdcOptions *opts)
{
	CdcOptions	others = *opts;
	TimestampTz session;

	others.has_table_asof = others.has_table_known = false;
	if (opts->has_table_asof && session_says(cdc_session_asof) &&
		strncmp(cdc_session_asof, "pin:", 4) != 0)
	{
		(void) scan_default_asof(&others, &session);
		if (session != opts->table_asof)
			ereport(NOTICE,
					(errmsg("foreign table \"%s\" is read as of %s, not as of %s",
							opts->log.foreign_table,
							instant_name(opts->table_asof),
							instant_name(session)),
					 errdetail("Its option \"asof\" prevails over setting \"cdc_fdw.asof\".")));
	}
	if (opts->has_table_known && session_says(cdc_session_known_at))
	{
		(void) scan_default_known(&others, &session);
		if (session != opts->table_known)
			ereport(NOTICE,
					(errmsg("foreign table \"%s\" is read as known at %s, not at %s",
							opts->log.foreign_table,
							instant_name(opts->table_known),
							instant_name(session)),
					 errdetail("Its option \"known_at\" prevails over setting \"cdc_fdw.known_at\".")));
	}
}

void
instants_explain(ForeignScanState *node, CdcScanState *state, ExplainState *es)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	AsofSource	source = state->scan.known_source;
	TimestampTz known = state->scan.known_at;
	bool		open = source == ASOF_QUERY &&
		(state->scan.manifest == NULL || state->no_rows);

	if (source == ASOF_NONE && !state->started)
		source = scan_default_known(state->scan.opts, &known);
	if (source == ASOF_NONE)
		return;
	ExplainPropertyText("Known At",
						psprintf("%s (%s)", source == ASOF_UNBOUND ? "unknown" :
								 explain_instant(known,
											   open ? llast(plan->fdw_exprs) :
											   NULL, node, es),
								 explain_source(source)), es);
}
