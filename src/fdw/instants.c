/*-------------------------------------------------------------------------
 *
 * instants.c
 *	  Which instants apply to a scan, on both clocks, and what is said of tables
 *	  that go by others than the session asks for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "nodes/value.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "fdw/instant_text.h"
#include "fdw/instants.h"
#include "fdw/options/options.h"
#include "fdw/owner.h"
#include "fdw/pins/pins.h"
#include "fdw/plan.h"
#include "fdw/scan.h"
#include "fdw/told.h"

SessionInstants
instants_session(void)
{
	return (SessionInstants) {
		cdc_session_asof ? cdc_session_asof : "",
		cdc_session_known_at ? cdc_session_known_at : ""
	};
}

static TimestampTz
session_asof(const char *text)
{
	return instant_text_asof(text, "setting \"cdc_fdw.asof\"", NULL);
}

/* Take the session's settings, unless the table's options keep them out. */
static SessionInstants
session_of(const CdcOptions *opts, const SessionInstants *session)
{
	static const SessionInstants nothing = {"", ""};

	return opts->session_instants ? *session : nothing;
}

const char *
instants_pin(const CdcOptions *opts, const SessionInstants *session)
{
	SessionInstants said = session_of(opts, session);

	if (opts->has_table_asof)
		return opts->table_pin;
	if (said.asof[0] != '\0')
		return instant_text_pin(said.asof);
	return opts->server_pin;
}

AsofSource
instants_asof(const CdcOptions *opts, const SessionInstants *session,
			  Oid userid, TimestampTz *asof)
{
	SessionInstants said = session_of(opts, session);
	const char *pin = instants_pin(opts, session);

	if (opts->has_table_asof)
	{
		*asof = pin ? pins_asof(opts, pin, userid) : opts->table_asof;
		return ASOF_TABLE;
	}
	if (said.asof[0] != '\0')
	{
		*asof = pin ? pins_asof(opts, pin, userid) : session_asof(said.asof);
		return ASOF_SESSION;
	}
	if (opts->has_server_asof)
	{
		*asof = pin ? pins_asof(opts, pin, userid) : opts->server_asof;
		return ASOF_SERVER;
	}
	*asof = DT_NOEND;
	return ASOF_NONE;
}

AsofSource
instants_known(const CdcOptions *opts, const SessionInstants *session,
			   Oid userid, const char *pin, TimestampTz *known)
{
	SessionInstants said = session_of(opts, session);

	if (pin != NULL)
	{
		const PinnedTable *pinned = pins_table(opts, pin, userid);

		*known = pinned->known_at;
		return !pinned->has_known_at ? ASOF_NONE :
			opts->has_table_asof ? ASOF_TABLE :
			said.asof[0] != '\0' ? ASOF_SESSION : ASOF_SERVER;
	}
	if (opts->has_table_known)
	{
		*known = opts->table_known;
		return ASOF_TABLE;
	}
	if (said.known_at[0] != '\0')
	{
		*known = instant_text_read(said.known_at,
							  "setting \"cdc_fdw.known_at\"", NULL);
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
instants_fix(const CdcOptions *opts, const SessionInstants *session,
			 Oid userid, AsofSource asof, AsofSource known, Instants *fixed)
{
	const char *pin = NULL;

	*fixed = (Instants) {asof, DT_NOEND, NULL, known, DT_NOEND};
	if (asof == ASOF_NONE)
	{
		fixed->source = instants_asof(opts, session, userid, &fixed->asof);
		pin = instants_pin(opts, session);
		fixed->pin = pin ? pstrdup(pin) : NULL;
	}
	if (known == ASOF_NONE)
		fixed->known_source = instants_known(opts, session, userid, pin,
											 &fixed->known_at);
}

/*
 * An option asof or known_at of a table without a column that asks for others
 * is the only one at which it may be read by those who cannot alter it.
 */
void
instants_check_asked(const CdcOptions *opts, bool has_asof, TimestampTz asof,
					 bool has_known_at, TimestampTz known_at)
{
	bool		other_asof = has_asof && opts->has_table_asof &&
		opts->asof_column < 0 &&
		(opts->table_pin != NULL || asof != opts->table_asof);
	bool		other_known = has_known_at && opts->has_table_known &&
		opts->known_column < 0 && known_at != opts->table_known;

	if (!(other_asof || other_known) ||
		has_privs_of_role(GetUserId(), owner_of(opts->relid)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to read foreign table \"%s\" at another instant",
					opts->log.foreign_table),
			 errdetail("Its option \"%s\" has one, and no column with role \"%s\" asks for others.",
					   other_asof ? "asof" : "known_at",
					   other_asof ? "asof" : "known_at"),
			 errhint("Leave out the argument.")));
}

/*
 * Raises the error of a query that restricts the column of that role, asof or
 * known_at, without binding it to one instant.
 */
static void
raise_unbound(const CdcOptions *opts, LogRole role)
{
	bool		asof = role == ROLE_ASOF;
	const char *column = opts->log.columns[asof ? opts->asof_column :
										   opts->known_column].attname;

	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("the column with role %s must be compared by = with one value for each scan",
					asof ? "asof" : "known_at"),
			 errdetail("The query restricts column \"%s\" of foreign table \"%s\" to no one instant.",
					   column, opts->log.foreign_table),
			 errhint("Ask by %s = instant: a constant, a parameter, or a column of a table joined by a nested loop (LATERAL).%s",
					 quote_identifier(column), asof ?
					 " For all that there was between two instants, ask a table of versions (mode 'history'): valid_from < end AND valid_to > beginning." :
					 "")));
}

void
instants_begin(ForeignScanState *node, CdcScanState *state)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;

	state->scan.source = intVal(list_nth(plan->fdw_private, FdwScanPrivateAsof));
	if (state->scan.source == ASOF_QUERY)
		state->asof_expr = ExecInitExpr(linitial(plan->fdw_exprs),
										(PlanState *) node);
	state->scan.known_source = intVal(list_nth(plan->fdw_private,
											   FdwScanPrivateKnown));
	if (state->scan.known_source == ASOF_QUERY)
		state->known_expr = ExecInitExpr(llast(plan->fdw_exprs),
										 (PlanState *) node);
}

/* An instant, for people. */
static const char *
instant_name(TimestampTz at)
{
	return at == ASOF_AT_WATERMARK ? "its watermark" :
		pstrdup(timestamptz_to_str(at));
}

/* One of the session and the table goes by a pin: is it the same? */
static void
notice_pins(const CdcOptions *opts, const char *session)
{
	if (session != NULL && opts->table_pin != NULL &&
		strcmp(session, opts->table_pin) == 0)
		return;
	ereport(NOTICE,
			(opts->table_pin != NULL ?
			 errmsg("foreign table \"%s\" is read by pin \"%s\"",
					opts->log.foreign_table, opts->table_pin) :
			 errmsg("foreign table \"%s\" is not read by pin \"%s\"",
					opts->log.foreign_table, session),
			 errdetail("Its option \"asof\" prevails over setting \"cdc_fdw.asof\".")));
}

/* The session asks for instants of a table that it cannot move. */
static void
notice_unmoved(const CdcOptions *opts, const SessionInstants *session)
{
	if (session->asof[0] == '\0' && session->known_at[0] == '\0')
		return;
	ereport(NOTICE,
			(errmsg("foreign table \"%s\" is not read as setting \"%s\" says",
					opts->log.foreign_table,
					session->asof[0] != '\0' ? "cdc_fdw.asof" : "cdc_fdw.known_at"),
			 errdetail("Its option \"session_instants\" is false.")));
}

/* Tells of a table that is not at the instant the session asks for. */
static void
notice_session(const CdcOptions *opts, const SessionInstants *session)
{
	CdcOptions	others = *opts;
	TimestampTz at;

	if (!opts->session_instants)
	{
		notice_unmoved(opts, session);
		return;
	}
	others.has_table_asof = others.has_table_known = false;
	if (opts->has_table_asof && session->asof[0] != '\0' &&
		(opts->table_pin != NULL || instant_text_pin(session->asof)))
		notice_pins(opts, instant_text_pin(session->asof));
	else if (opts->has_table_asof && session->asof[0] != '\0')
	{
		(void) instants_asof(&others, session, InvalidOid, &at);
		if (at != opts->table_asof)
			ereport(NOTICE,
					(errmsg("foreign table \"%s\" is read as of %s, not as of %s",
							opts->log.foreign_table,
							instant_name(opts->table_asof),
							instant_name(at)),
					 errdetail("Its option \"asof\" prevails over setting \"cdc_fdw.asof\".")));
	}
	if (opts->has_table_known && session->known_at[0] != '\0')
	{
		(void) instants_known(&others, session, InvalidOid, NULL, &at);
		if (at != opts->table_known)
			ereport(NOTICE,
					(errmsg("foreign table \"%s\" is read as known at %s, not at %s",
							opts->log.foreign_table,
							instant_name(opts->table_known),
							instant_name(at)),
					 errdetail("Its option \"known_at\" prevails over setting \"cdc_fdw.known_at\".")));
	}
}

/* False where the query compares with NULL. */
static bool
resolve_asof(ForeignScanState *node, CdcScanState *state,
			 const SessionInstants *session)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	Datum		value;
	bool		isnull;

	if (state->scan.source == ASOF_UNBOUND)
		raise_unbound(state->scan.opts, ROLE_ASOF);
	state->scan.at_watermark = false;
	if (state->asof_expr == NULL)
	{
		state->scan.source = state->fixed.source;
		state->scan.asof = state->fixed.asof;
		state->scan.pin = state->fixed.pin;
		if (state->scan.walks == 0)
			notice_session(state->scan.opts, session);
		return true;
	}
	value = ExecEvalExprSwitchContext(state->asof_expr, econtext, &isnull);
	state->scan.asof = DatumGetTimestampTz(value);
	return !isnull;
}

/* Likewise for known_at. */
static bool
resolve_known(ForeignScanState *node, CdcScanState *state)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	Datum		value;
	bool		isnull;

	if (state->scan.known_source == ASOF_UNBOUND)
		raise_unbound(state->scan.opts, ROLE_KNOWN_AT);
	if (state->known_expr == NULL)
	{
		state->scan.known_source = state->fixed.known_source;
		state->scan.known_at = state->fixed.known_at;
		return true;
	}
	value = ExecEvalExprSwitchContext(state->known_expr, econtext, &isnull);
	state->scan.known_at = DatumGetTimestampTz(value);
	return !isnull;
}

bool
instants_resolve(ForeignScanState *node, CdcScanState *state,
				 const SessionInstants *session)
{
	return resolve_asof(node, state, session) && resolve_known(node, state);
}

/*
 * Tell once a statement of the client of a table that is read at an instant
 * that is still to come.
 */
static void
notice_future(const CdcOptions *opts, TimestampTz asof)
{
	static TimestampTz told = 0;

	if (asof == DT_NOEND || asof <= GetCurrentTimestamp() ||
		told == GetCurrentStatementStartTimestamp())
		return;
	told = GetCurrentStatementStartTimestamp();
	ereport(NOTICE,
			(errmsg("foreign table \"%s\" is read as of %s, which is in the future",
					opts->log.foreign_table, instant_name(asof)),
			 errdetail("The whole log answers; what is committed until then will change the answer.")));
}

/* True if there is a full load that no option and no change file dates. */
static bool
load_is_undated(const LogConfig *c, Manifest *manifest)
{
	if (c->mode == MODE_CHANGES || c->timestamp_column != NULL ||
		c->has_base_time || c->has_changes_from)
		return false;
	for (int p = 0; p < manifest_nparts(manifest); p++)
	{
		int			nbase;

		(void) manifest_base(manifest_part(manifest, p), &nbase);
		if (nbase > 0 && manifest_cdc(manifest_part(manifest, p), 0) == NULL)
			return true;
	}
	return false;
}

void
instants_notice_asof(const CdcOptions *opts, Manifest *manifest,
					 TimestampTz asof)
{
	notice_future(opts, asof);
	if (asof == DT_NOEND || manifest_is_pinned(manifest) ||
		!load_is_undated(&opts->log, manifest) ||
		!told_once(opts->serverid, TOLD_NO_BASE_TIME))
		return;
	ereport(NOTICE,
			(errmsg("nothing says when the full load of foreign table \"%s\" was taken",
					opts->log.foreign_table),
			 errdetail("It is read as of %s. With the table's first change file, instants before the time in its name become an error; so do those of other tables of server \"%s\" without change files.",
					   instant_name(asof), opts->server_name),
			 errhint("Set option base_time of the server or table to the time by which the full load was over: ALTER SERVER %s OPTIONS (ADD base_time '...');",
					 quote_identifier(opts->server_name))));
}
