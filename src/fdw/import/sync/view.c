/*-------------------------------------------------------------------------
 *
 * view.c
 *	  A log as the queries of a foreign table that is there read it.
 *
 * What the server says and other tables show decides about tables that are to
 * be made.  One that is there has its own options, and a log may have several:
 * so each is compared with the samples as its own options read them, all of
 * them, and never as those of another one do.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/import/sync/sync.h"
#include "log/layout.h"
#include "log/places.h"
#include "log/written.h"

void
sync_say(const LogConfig *log, RecogniseHints *hints, RecogniseSchema *schema)
{
	const LogColumn *first = places_first(log, sync_places(log));

	hints->first_is_no_op = first != NULL && !first->takes_op;
	hints->header = log->header ? OPT_TRUE : OPT_FALSE;
	schema->header_said = hints->header;
	hints->op_column = log->op_column;
	hints->no_op = log->inserts_only || log->inserts_and_updates;
	hints->op_in_load = log->op_in_load;
	hints->timestamp_column = log->timestamp_column ?
		log->timestamp_column : log->timestamp_said ? "" : NULL;
	schema->clock = log->timestamp_column != NULL;
	schema->clock_name = log->timestamp_column;
}

/* True if the table's queries pass over the file: it is of an earlier log. */
static bool
is_of_earlier_log(const LogConfig *log, const NameInfo *name)
{
	TimestampTz lo;
	TimestampTz hi;

	if (!log->has_changes_from || name->kind != NAME_CDC ||
		!written_to_utc(name->time, log->date_zone, &lo, &hi))
		return false;
	if (log->timestamp_column == NULL)
		return lo < log->changes_from;
	return hi < log->changes_from - log->clock_skew;
}

/*
 * True if the table reads no transaction files: its options say so, or that its
 * files have headers, which transaction files have not.
 */
static bool
reads_no_transactions(const OptionValues *values, const LogConfig *log)
{
	return log->cdc_path == NULL &&
		(log->header || values->text[OPT_PRESERVE_TRANSACTIONS] != NULL);
}

SyncView *
sync_view_open(const Import *import, const ImportTable *t,
			   const CdcOptions *opts)
{
	const LogConfig *log = &opts->log;
	SyncView   *v = palloc0(sizeof(SyncView));
	RecogniseHints *hints = &v->import.hints;

	v->import = *import;
	v->import.values = opts->values.merged;
	import_read_hints(&v->import.values, hints);
	sync_say(log, hints, &v->import.alike);
	hints->of_table = true;
	v->table.found = t->found;
	v->table.name = t->name;
	v->table.dfm = t->dfm;
	v->table.there = true;
	for (int i = 0; i < t->nsamples; i++)
	{
		const NameInfo *name = &t->samples[i]->object->info;

		if (!is_of_earlier_log(log, name) &&
			(name->kind != NAME_TXN ||
			 !reads_no_transactions(&v->import.values, log)))
			v->table.samples[v->table.nsamples++] = t->samples[i];
	}
	if (reads_no_transactions(&v->import.values, log))
		v->import.guessed_txn = false;
	return v;
}
