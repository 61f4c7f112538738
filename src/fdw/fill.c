/*-------------------------------------------------------------------------
 *
 * fill.c
 *	  From rows of the log to tuples: conditions first, then what else is
 *	  wanted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "fdw/fill.h"
#include "fdw/instants.h"
#include "fdw/reject.h"
#include "fdw/walk.h"
#include "log/erroption.h"
#include "replay/values/timetext.h"
#include "replay/values/tuple.h"

/* Keys are UTF-8, and a file system may hold anything. */
static Datum
file_value(const LogFile *file)
{
	return CStringGetTextDatum(pg_any_to_server(file->key, strlen(file->key),
												PG_UTF8));
}

static Datum
source_value(const LogConfig *c, const LogFile *file)
{
	const char *folder = c->folders[file->source];
	size_t		len = strlen(folder);

	return PointerGetDatum(cstring_to_text_with_len(folder,
													len > 0 ? len - 1 : 0));
}

/* Names of the own columns that a record did not supply, in their order. */
static Datum
unsupplied_names(CdcScan *scan, const Row *row)
{
	const LogConfig *c = &scan->opts->log;
	Datum	   *names = palloc(sizeof(Datum) * Max(row->nmissing, 1));
	int			n = 0;

	if (row->nmissing == 0)
		return PointerGetDatum(construct_empty_array(TEXTOID));
	for (int col = 0; col < c->ncolumns; col++)
		for (int i = 0; i < row->ncells; i++)
			if (scan->needed[i] == col &&
				row->cells[i].state == CELL_UNSUPPLIED)
				names[n++] = CStringGetTextDatum(c->columns[col].attname);
	return PointerGetDatum(construct_array(names, n, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

/*
 * Where a version ends, as a column shows it.  An end of open versions that is
 * not later than their beginning, or than the instant at which they are open,
 * would make them look as if they were over by then.
 */
static TimestampTz
valid_to(const CdcScan *scan, const LogColumn *column, const Row *row,
		 bool *isnull)
{
	const OpenEnd *end = &column->open_end;
	bool		open = row->until == DT_NOEND;
	bool		at_asof = scan->asof != DT_NOEND && scan->asof >= end->at;

	*isnull = open && end->is_null;
	if (!open || end->is_null)
		return row->until;
	if (row->time >= end->at || at_asof)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 erroption("open_end"),
				 row->time >= end->at ?
				 errmsg("a version begins at %s, which is not before open_end",
						position_shown(timestamptz_to_str(row->time))) :
				 errmsg("a version is open at %s, which is not before open_end",
						timestamptz_to_str(scan->asof)),
				 errhint("Set open_end to an instant that is later than all versions, such as 9999-12-31, or to null or infinity.")));
	return end->at;
}

/* A version of no time has the empty range. */
static Datum
valid_range(const CdcScan *scan, const LogColumn *column, const Row *row)
{
	TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID,
											 TYPECACHE_RANGE_INFO);
	RangeBound	from = {TimestampTzGetDatum(row->time), false, true, true};
	RangeBound	to = {0, false, false, false};

	to.val = TimestampTzGetDatum(valid_to(scan, column, row, &to.infinite));
	return RangeTypePGetDatum(range_of_bounds(type, &from, &to));
}

/* A time of the log in a column that may have fewer digits of a second. */
static Datum
time_value(const LogColumn *column, TimestampTz time)
{
	return TimestampTzGetDatum(column->typmod < 0 ? time :
							   timetext_cut_time(time, column->typmod));
}

static Datum
role_value(CdcScan *scan, const Row *row, const LogColumn *column,
		   bool *isnull)
{
	static const char *const ops[] = {NULL, "I", "U", "D"};

	*isnull = false;
	switch (column->role)
	{
		case ROLE_OP:
			*isnull = row->base || ops[row->op] == NULL;
			return *isnull ? (Datum) 0 : CStringGetTextDatum(ops[row->op]);
		case ROLE_COMMIT_TIME:
			*isnull = row->time == DT_NOBEGIN ||
				(row->base && row->undated) ||
				(scan->opts->log.timestamp_column == NULL &&
				 scan->opts->log.mode != MODE_CHANGES);
			return time_value(column, row->time);
		case ROLE_FILE_TIME:
			*isnull = row->base;
			return time_value(column, walk_file(scan, row)->time);
		case ROLE_FILE:
			return file_value(walk_file(scan, row));
		case ROLE_LINE:
			return Int64GetDatum(row->line);
		case ROLE_ASOF:
			/* one that the query names is shown as it does */
			*isnull = scan->asof == DT_NOEND && scan->source != ASOF_QUERY;
			return TimestampTzGetDatum(scan->asof);
		case ROLE_KNOWN_AT:
			*isnull = scan->known_at == DT_NOEND &&
				scan->known_source != ASOF_QUERY;
			return TimestampTzGetDatum(scan->known_at);
		case ROLE_SOURCE:
			return source_value(&scan->opts->log, walk_file(scan, row));
		case ROLE_UNSUPPLIED:
			return unsupplied_names(scan, row);
		case ROLE_VALID_FROM:
			return time_value(column, row->time);
		case ROLE_VALID_TO:
			return time_value(column, valid_to(scan, column, row, isnull));
		case ROLE_VALID_RANGE:
			return valid_range(scan, column, row);
		case ROLE_END_OP:
			*isnull = ops[row->end_op] == NULL;
			return *isnull ? (Datum) 0 : CStringGetTextDatum(ops[row->end_op]);
		case ROLE_NONE:
		case ROLE_ROW:
			break;
	}
	elog(ERROR, "unexpected column role %d", (int) column->role);
}

/* Cell i of the row as a value; false where it makes the row be skipped. */
static bool
own_value(CdcScan *scan, const Row *row, int i, TupleTableSlot *slot)
{
	int			col = scan->needed[i];
	const ScanTarget *target = &scan->targets[i];
	OnError		on_error = target->on_error;
	const Cell *cell = &row->cells[i];
	Datum	   *value = &slot->tts_values[target->at];
	bool	   *isnull = &slot->tts_isnull[target->at];
	ErrorData  *error;

	*isnull = cell->state != CELL_VALUE;
	if (!*isnull && target->convert != NULL &&
		target->convert(cell->data, cell->len, target->typmod, value))
		return true;
	if (on_error == ON_ERROR_STOP && !*isnull)
		*value = tuple_value(scan->tuples, col, cell);
	else if (on_error != ON_ERROR_SKIP && *isnull)
		tuple_check_null(scan->tuples, col);
	else if (!tuple_try_value(scan->tuples, col, cell, value, &error))
	{
		reject_value(scan, col, error);
		if (on_error == ON_ERROR_SKIP)
			return false;
		*isnull = true;
		tuple_check_null(scan->tuples, col);
	}
	return true;
}

/* Some of the own columns; false where a bad value makes the row be skipped. */
static bool
fill_columns(CdcScan *scan, TupleTableSlot *slot, const Row *row, int from,
			 int to)
{
	for (int i = from; i < to; i++)
		if (!own_value(scan, row, i, slot))
			return false;
	return true;
}

static void
fill_roles(CdcScan *scan, TupleTableSlot *slot, const Row *row)
{
	for (int i = 0; i < scan->nroles; i++)
	{
		int			at = scan->roles[i].at;

		slot->tts_values[at] = role_value(scan, row, scan->roles[i].column,
										  &slot->tts_isnull[at]);
	}
}

/*
 * Do the conditions hold, by the columns they look at?  If not, what was made
 * for the row is freed.
 */
static bool
passes(CdcScan *scan, TupleTableSlot *slot)
{
	ExprContext *econtext = scan->ps->ps_ExprContext;
	bool		pass;

	ExecStoreVirtualTuple(slot);
	econtext->ecxt_scantuple = slot;
	/* an error is the condition's now, not the last column's */
	scan->position.column = NULL;
	pass = ExecQual(scan->qual, econtext);
	/* its values stay where they are */
	ExecClearTuple(slot);
	if (!pass)
	{
		InstrCountFiltered1(scan->ps, 1);
		ResetExprContext(econtext);
	}
	return pass;
}

/* False where the row does not come out. */
static bool
fill_slot(CdcScan *scan, TupleTableSlot *slot, const Row *row)
{
	memset(slot->tts_isnull, true,
		   sizeof(bool) * slot->tts_tupleDescriptor->natts);
	if (!fill_columns(scan, slot, row, 0, scan->nearly))
		return false;
	if (scan->roles_early)
		fill_roles(scan, slot, row);
	if (scan->qual != NULL && !passes(scan, slot))
		return false;
	if (!scan->roles_early)
		fill_roles(scan, slot, row);
	return fill_columns(scan, slot, row, scan->nearly, scan->nneeded);
}

bool
fill_next(CdcScan *scan, TupleTableSlot *slot)
{
	MemoryContext old = CurrentMemoryContext;
	bool		in_row_ctx = scan->opts->log.on_error != ON_ERROR_STOP;
	PositionContext context;
	const Row  *row;
	bool		filled = false;

	walk_begin_context(scan, &context);
	while (!filled && (row = walk_next_row(scan)) != NULL)
	{
		if (in_row_ctx)
		{
			MemoryContextReset(scan->row_ctx);
			MemoryContextSwitchTo(scan->row_ctx);
		}
		filled = fill_slot(scan, slot, row);
		MemoryContextSwitchTo(old);
	}
	memset(&scan->position, 0, sizeof(LogPosition));
	position_end(&context);
	return filled;
}
