/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  What EXPLAIN tells of a scan.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "commands/explain.h"
#include "nodes/execnodes.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/ruleutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "fdw/explain.h"
#include "fdw/fdw.h"
#include "fdw/instant_text.h"
#include "fdw/instants.h"
#include "fdw/options/options.h"
#include "fdw/quals.h"
#include "fdw/scan.h"
#include "fdw/walk.h"
#include "replay/changes.h"
#include "replay/replay.h"

static const char *const source_names[] = {
	[ASOF_QUERY] = "query",
	[ASOF_TABLE] = "table option",
	[ASOF_SESSION] = "session setting",
	[ASOF_SERVER] = "server option",
	[ASOF_NONE] = "whole log",
	[ASOF_UNBOUND] = "not bound by the query"
};

/*
 * An instant, or the query's expression for it as long as that has no value;
 * forever is what DT_NOEND is called.
 */
static const char *
instant_text(ForeignScanState *node, AsofSource source, TimestampTz at,
			 Expr *expr, const char *forever, ExplainState *es)
{
	CdcScanState *state = node->fdw_state;
	List	   *context;

	if (source == ASOF_UNBOUND)
		return "unknown";
	if (source != ASOF_QUERY ||
		(state->scan.manifest != NULL && !state->no_rows))
		return at == DT_NOEND ? forever :
			at == ASOF_AT_WATERMARK ? "watermark" : timestamptz_to_str(at);
	context = set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, NIL);
	return deparse_expression((Node *) expr, context,
							  list_length(es->rtable) > 1, false);
}

static void
explain_asof(ForeignScanState *node, CdcScanState *state, ExplainState *es)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	AsofSource	source = state->scan.source;
	TimestampTz asof = state->scan.asof;
	const char *pin = state->scan.pin;
	const char *text;

	if (source == ASOF_NONE && !state->started)
	{
		source = state->fixed.source;
		asof = state->fixed.asof;
		pin = state->fixed.pin;
	}
	text = instant_text(node, source, asof, source == ASOF_QUERY ?
						linitial(plan->fdw_exprs) : NULL, "end of log", es);
	if (state->scan.at_watermark)
		text = psprintf("watermark, %s", text);
	if (source == ASOF_NONE)
		ExplainPropertyText("As Of", text, es);
	else
		ExplainPropertyText("As Of", psprintf("%s (%s)", text,
											  source_names[source]), es);
	if (pin != NULL)
		ExplainPropertyText("Pin", pin, es);
}

static void
explain_known(ForeignScanState *node, CdcScanState *state, ExplainState *es)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	AsofSource	source = state->scan.known_source;
	TimestampTz known = state->scan.known_at;

	if (source == ASOF_NONE && !state->started)
	{
		source = state->fixed.known_source;
		known = state->fixed.known_at;
	}
	if (source == ASOF_NONE)
		return;
	ExplainPropertyText("Known At",
						psprintf("%s (%s)",
								 instant_text(node, source, known,
											  source == ASOF_QUERY ?
											  llast(plan->fdw_exprs) : NULL,
											  "infinity", es),
								 source_names[source]), es);
}

static void
explain_if(const char *label, int64 value, ExplainState *es)
{
	if (value != 0 || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyInteger(label, NULL, value, es);
}

static void
explain_files(CdcScan *scan, const ReplayCounters *c, ExplainState *es)
{
	const StoreCounters *asked = scan->asked;
	const StoreCounters *others = &scan->asked_others;

	ExplainPropertyInteger("Files Listed", NULL, c->base_files + c->cdc_files, es);
	ExplainPropertyInteger("Files Skipped", NULL,
						   c->files_after + c->files_before, es);
	ExplainPropertyInteger("Files Read", NULL, c->files_read, es);
	explain_if("Files Looked At", c->files_looked, es);
	explain_if("Looks Remembered", Max(c->files_looked - c->looks_made, 0), es);
	ExplainPropertyInteger("Bytes", NULL, asked->bytes + others->bytes, es);
	ExplainPropertyInteger("Requests", NULL, asked->requests + others->requests, es);
	explain_if("Retries", asked->retries + others->retries, es);
}

static void
explain_walk(CdcScan *scan, const ReplayCounters *c, ExplainState *es)
{
	ExplainPropertyInteger("Base Records", NULL, c->base_records, es);
	ExplainPropertyInteger("Change Records", NULL, c->change_records, es);
	explain_if("Records After", c->records_after, es);
	explain_if("Records Before Base", c->records_before, es);
	ExplainPropertyInteger("Keys", NULL, c->keys, es);
	if (scan->walks > 1 || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyInteger("Walks", NULL, scan->walks, es);
	if (c->passes > scan->walks || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyInteger("Passes", NULL, c->passes, es);
	explain_if("Key Splits", c->splits, es);
	explain_if("Spilled Bytes", c->spill_bytes, es);
	explain_if("Files Sorted", c->files_sorted, es);
}

static void
explain_changes(const CdcScan *scan, const ReplayCounters *c, ExplainState *es)
{
	ExplainPropertyInteger("Change Records", NULL, c->change_records, es);
	explain_if("Records After", c->records_after, es);
	if (scan->walks > 1 || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyInteger("Walks", NULL, scan->walks, es);
	explain_if("Spilled Bytes", c->spill_bytes, es);
	explain_if("Files Sorted", c->files_sorted, es);
}

/* "a to b", with an end that is open left out. */
static void
explain_range(const char *label, TimestampTz from, TimestampTz to,
			  ExplainState *es)
{
	/* each result stands in the same buffer */
	char	   *first = pstrdup(timestamptz_to_str(from));
	const char *last = timestamptz_to_str(to);

	if (from == DT_NOBEGIN && to == DT_NOEND)
		return;
	ExplainPropertyText(label,
						from == DT_NOBEGIN ? psprintf("to %s", last) :
						to == DT_NOEND ? psprintf("from %s", first) :
						psprintf("from %s to %s", first, last), es);
}

/* Which times bound the files that are read; their values once known. */
static void
explain_times(ForeignScanState *node, ExplainState *es)
{
	CdcScanState *state = node->fdw_state;
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	Bitmapset  *used = NULL;
	const ChangesRange *r = &state->scan.range;
	const LogConfig *log = &state->scan.opts->log;
	List	   *names = NIL;
	int			kinds[2] = {0, 0};
	ListCell   *lc;

	if (state->started && !state->no_rows)
	{
		explain_range("Commit Times", r->commit_from, r->commit_to, es);
		explain_range("File Times", r->file_from, r->file_to, es);
		return;
	}
	foreach(lc, state->bound_kinds)
		kinds[(lfirst_int(lc) & BOUND_FILES) != 0]++;
	pull_varattnos((Node *) plan->scan.plan.qual, plan->scan.scanrelid, &used);
	for (int i = 0; i < log->ncolumns; i++)
	{
		const LogColumn *col = &log->columns[i];
		bool		in_use = bms_is_member(col->attnum -
										   FirstLowInvalidHeapAttributeNumber,
										   used);

		if (((col->role == ROLE_COMMIT_TIME ||
			  options_is_validity(col->role)) && kinds[0] > 0 && in_use) ||
			(col->role == ROLE_FILE_TIME && kinds[1] > 0))
			names = lappend(names, (char *) col->attname);
	}
	if (names != NIL)
		ExplainPropertyList("Files Bounded By", names, es);
}

static void
explain_rejects(const CdcScan *scan, ExplainState *es)
{
	if (scan->opts->log.on_error == ON_ERROR_NULL)
		explain_if("Values Rejected", scan->rejected, es);
	else if (scan->opts->log.on_error == ON_ERROR_SKIP)
		explain_if("Rows Rejected", scan->rejected, es);
}

static void
explain_doubts(const ReplayCounters *c, ExplainState *es)
{
	explain_if("Upserting Updates", c->upserting_updates, es);
	explain_if("Deletes Of Unknown Keys", c->unknown_deletes, es);
	explain_if("Repeated Inserts", c->repeated_inserts, es);
	explain_if("Ties Decided By Line", c->ties, es);
	explain_if("Cells Never Supplied", c->never_supplied, es);
	explain_if("Times Ran Back", c->ran_back, es);
	explain_if("Duplicate Names", c->duplicates, es);
	explain_if("Near Names", c->near_names, es);
	explain_if("Repeated Base Keys", c->repeated_base_keys, es);
	if (c->keyless)
		ExplainPropertyText("Doubtful",
							"no key and no sequence: a stretch delivered twice counts twice",
							es);
}

static char *
key_columns(const LogConfig *log)
{
	StringInfoData s;

	initStringInfo(&s);
	for (int i = 0; i < log->nkeys; i++)
		appendStringInfo(&s, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(log->columns[log->keys[i]].attname));
	return s.data;
}

const char *
explain_mode(LogMode mode)
{
	static const char *const modes[] = {"snapshot", "history", "changes"};

	return modes[mode];
}

void
cdcExplainForeignScan(ForeignScanState *node, ExplainState *es)
{
	CdcScanState *state = node->fdw_state;
	const LogConfig *log = &state->scan.opts->log;
	ReplayCounters c;

	explain_asof(node, state, es);
	explain_known(node, state, es);
	ExplainPropertyText("Clock", log->timestamp_column ? "commit" : "file", es);
	ExplainPropertyText("Mode", explain_mode(log->mode), es);
	if (log->mode != MODE_SNAPSHOT)
		explain_times(node, es);
	if (state->nkeys > 0)
		ExplainPropertyText("Key Search", key_columns(log), es);
	if (!es->analyze || state->scan.manifest == NULL)
		return;
	walk_counters(&state->scan, &c);
	explain_files(&state->scan, &c, es);
	if (log->mode == MODE_CHANGES)
		explain_changes(&state->scan, &c, es);
	else
		explain_walk(&state->scan, &c, es);
	explain_rejects(&state->scan, es);
	explain_doubts(&c, es);
}
