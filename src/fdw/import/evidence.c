/*-------------------------------------------------------------------------
 *
 * evidence.c
 *	  What the tables of a source schema show together.
 *
 * A task writes all its tables alike, so what one table leaves open the others
 * may show: whether files have headers, whether the full load has operations,
 * and which field is the commit time, if one is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "fdw/import/import.h"
#include "fdw/options/options.h"
#include "log/shown.h"

/* So many tables with changes must have their commit times alike. */
#define ALIKE_AT_LEAST	2
#define FOLDERS_SHOWN	10

/* One table's samples, recognised without a header and with one. */
typedef struct TableEvidence
{
	ImportTable *table;
	Evidence	header;
	bool		header_weak;
	bool		header_doubt;
	Evidence	load_op;
	RecogniseClock clocks[2];
} TableEvidence;

void
import_recognise(const Import *import, const RecogniseHints *hints,
				 ImportTable *t, Recognised *r)
{
	RecogniseTable table = {option_trim_slash(import->schema),
	t->found->folder};

	recognise_read(hints, t->samples, t->nsamples, &table, r);
}

/*
 * Why the column of that name is no commit time: the source has it, as is known
 * of the table; or NULL.
 */
static const char *
against_name(Import *import, ImportTable *t, const char *name)
{
	const char *problem = t->problem;
	const KnownTable *known = types_find(import, t);
	ListCell   *lc;

	/* that is told when the table is described */
	t->problem = problem;
	if (known == NULL || known->whole_records)
		return NULL;
	foreach(lc, known->columns)
		if (strcmp(((KnownColumn *) lfirst(lc))->name, name) == 0)
			return psprintf("%s has a column \"%s\"", known->origin,
							shown_text(name, strlen(name)));
	return NULL;
}

/* Fills *e; false where the table cannot be read. */
static bool
look_at_table(Import *import, ImportTable *t, MemoryContext scratch,
			  TableEvidence *e)
{
	MemoryContext old = MemoryContextSwitchTo(scratch);
	Recognised	r;

	memset(e, 0, sizeof(*e));
	e->table = t;
	import_load_samples(import, t);
	import_recognise(import, &import->hints, t, &r);
	e->header = r.header;
	e->header_weak = r.header == EVIDENCE_YES && r.header_weak;
	e->header_doubt = r.header_doubt != NULL;
	for (int header = 0; header <= 1 && r.problem == NULL; header++)
	{
		RecogniseClock *clock = &e->clocks[header];

		if (e->header == (header ? EVIDENCE_NO : EVIDENCE_YES) &&
			!e->header_weak)
			continue;
		/* where the operation is not known, no place is behind it */
		if (recognise_op(&import->hints, header, EVIDENCE_NONE, &r).problem)
			continue;
		if (!header)
			e->load_op = r.load_op;
		recognise_clock(&import->hints, header, &r, clock);
		if (clock->name != NULL && clock->against == NULL)
			clock->against = against_name(import, t, clock->name);
		if (clock->name != NULL)
			clock->name = MemoryContextStrdup(old, clock->name);
		if (clock->against != NULL)
			clock->against = MemoryContextStrdup(old, clock->against);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(scratch);
	import_unload_samples(t);
	return r.problem == NULL;
}

/* The clock of a table, read as it will be. */
static const RecogniseClock *
clock_of(const TableEvidence *e, const RecogniseSchema *schema)
{
	return &e->clocks[recognise_header(schema, e->header, e->header_weak)];
}

/* True if a table has changes without a commit time: then the task writes none. */
static bool
clock_is_missing(const TableEvidence *all, int n,
				 const RecogniseSchema *schema)
{
	for (int i = 0; i < n; i++)
		if (clock_of(&all[i], schema)->changes &&
			!clock_of(&all[i], schema)->there)
			return true;
	return false;
}

/* True if all tables that have changes have it alike; *name: by the header. */
static bool
clocks_alike(const TableEvidence *all, int n, const RecogniseSchema *schema,
			 const char **name)
{
	int			with = 0;

	for (int i = 0; i < n; i++)
	{
		const RecogniseClock *c = clock_of(&all[i], schema);

		if (!c->changes)
			continue;
		if (with++ == 0)
			*name = c->name;
		else if (*name == NULL ? c->name != NULL :
				 c->name == NULL || strcmp(c->name, *name) != 0)
			return false;
	}
	return with >= ALIKE_AT_LEAST;
}

/*
 * Whether files begin with a header, where a table does not show it itself.
 * What a table shows by values alone others may show too, but contradicts none
 * that is sure.
 */
static void
weigh_headers(Import *import, const TableEvidence *all, int n)
{
	RecogniseSchema *alike = &import->alike;
	StringInfoData names;
	bool		weakly = false;
	int			open = 0;

	alike->header_said = import->hints.header;
	for (int i = 0; i < n; i++)
	{
		const TableEvidence *e = &all[i];

		alike->with_header |= e->header == EVIDENCE_YES && !e->header_weak;
		alike->without_header |= e->header == EVIDENCE_NO && !e->header_doubt;
		weakly |= e->header == EVIDENCE_YES && e->header_weak;
	}
	alike->header = !alike->without_header && (alike->with_header || weakly);
	if (alike->header_said != OPT_UNSET || alike->header ||
		alike->without_header)
		return;
	initStringInfo(&names);
	for (int i = 0; i < n; i++)
		if (all[i].header == EVIDENCE_NONE && !all[i].header_doubt)
			import_add_name(&names, &open, all[i].table->found->folder);
	/* nobody knows, nor does the server */
	if (open > 0)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("the files do not tell whether they begin with a header; they are read as if not"),
				 errdetail("Tables: %s.", names.data),
				 errhint("Set the server's option add_column_name as the endpoint's AddColumnName says.")));
}

/* Tables with changes show whether full loads have commit times: weigh them. */
static void
weigh_clocks(const TableEvidence *all, int n, RecogniseSchema *alike)
{
	int			of_load[3] = {0};

	for (int i = 0; i < n; i++)
	{
		const RecogniseClock *c = clock_of(&all[i], alike);

		if (!c->changes || !c->there)
			continue;
		of_load[c->of_load]++;
		if (alike->clock_against == NULL)
			alike->clock_against = c->against;
	}
	alike->clock_differs = of_load[EVIDENCE_YES] > 0 && of_load[EVIDENCE_NO] > 0;
	alike->clock_of_load = alike->clock_differs ? EVIDENCE_NONE :
		of_load[EVIDENCE_YES] > 0 ? EVIDENCE_YES :
		of_load[EVIDENCE_NO] > 0 ? EVIDENCE_NO : EVIDENCE_NONE;
}

/* Fill what the options leave open from the tables that could be read. */
static void
weigh(Import *import, const TableEvidence *all, int n)
{
	RecogniseSchema *alike = &import->alike;
	const char *said = import->hints.timestamp_column;
	int			load_ops[3] = {0};

	weigh_headers(import, all, n);
	for (int i = 0; i < n; i++)
		load_ops[all[i].load_op]++;
	/* a task that was set otherwise meanwhile says nothing of the others */
	alike->load_op = (load_ops[EVIDENCE_YES] > 0) == (load_ops[EVIDENCE_NO] > 0) ?
		EVIDENCE_NONE : load_ops[EVIDENCE_YES] > 0 ? EVIDENCE_YES : EVIDENCE_NO;
	weigh_clocks(all, n, alike);
	if (said != NULL)
	{
		alike->clock = said[0] != '\0';
		alike->clock_name = said;
	}
	else
		alike->clock = !import->partial && alike->clock_against == NULL &&
			!clock_is_missing(all, n, alike) &&
			clocks_alike(all, n, alike, &alike->clock_name);
}

void
import_collect(Import *import, MemoryContext scratch)
{
	TableEvidence *all = palloc(sizeof(TableEvidence) *
								Max(list_length(import->tables), 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, import->tables)
	{
		ImportTable *t = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (t->problem == NULL && look_at_table(import, t, scratch, &all[n]))
			n++;
	}
	weigh(import, all, n);
	for (int i = 0; i < n; i++)
	{
		const RecogniseClock *c = clock_of(&all[i], &import->alike);

		all[i].table->times_first = c->changes ? c->there : c->in_load;
		all[i].table->looks_clocked = all[i].table->times_first &&
			(c->changes || import->alike.clock_of_load != EVIDENCE_NO) &&
			!clock_is_missing(all, n, &import->alike);
		all[i].table->looks_like = c->name;
	}
	pfree(all);
}

/* Say which column the commit times are, where the server does not. */
static void
tell_clock(const Import *import, const char *name)
{
	const char *server = quote_identifier(import->server->servername);

	ereport(NOTICE,
			(name != NULL ?
			 errmsg("the commit times of schema \"%s\" are taken from column \"%s\"",
					import->remote, name) :
			 errmsg("the commit times of schema \"%s\" are taken from the field behind the operation",
					import->remote),
			 errdetail("Every table that has changes has times there. It is no column of the foreign tables."),
			 errhint("If it is a column of the source, drop the foreign tables and import them again after: ALTER SERVER %s OPTIONS (ADD timestamp_column_name '');",
					 server)));
}

/* Say why times are not taken for those of commits. */
static void
tell_against(const Import *import)
{
	ereport(NOTICE,
			(errmsg("the times where commit times of schema \"%s\" would be are read as a column, since they are none",
					import->remote),
			 errdetail("That is so because %s.", import->alike.clock_against),
			 errhint("If they are a column of the source, say so: ALTER SERVER %s OPTIONS (ADD timestamp_column_name '');",
					 quote_identifier(import->server->servername))));
}

void
import_ask_clock(const Import *import)
{
	const char *server = quote_identifier(import->server->servername);
	const ImportTable *first = NULL;
	const ImportTable *clocked = NULL;
	int			n = 0;
	ListCell   *lc;

	if (import->hints.timestamp_column != NULL)
		return;
	foreach(lc, import->tables)
	{
		const ImportTable *t = lfirst(lc);

		if (t->problem != NULL || !t->looks_clocked)
			continue;
		if (!t->file_clock)
		{
			clocked = t;
			continue;
		}
		first = first ? first : t;
		n++;
	}
	if (clocked != NULL)
		tell_clock(import, clocked->looks_like ?
				   shown_text(clocked->looks_like,
							  strlen(clocked->looks_like)) : NULL);
	if (first == NULL)
		return;
	if (import->alike.clock_against != NULL)
	{
		tell_against(import);
		return;
	}
	ereport(NOTICE,
			(errmsg("nothing says whether the records of schema \"%s\" have commit times",
					import->remote),
			 errdetail_plural("%d table has times where commit times would be, \"%s\": they are read as a column.",
							  "%d tables have times where commit times would be, \"%s\" among them: they are read as a column.",
							  n, n, first->name),
			 errhint("%sBefore the import, if the task writes them (TimestampColumnName): ALTER SERVER %s OPTIONS (ADD timestamp_column_name %s); if it does not: ALTER SERVER %s OPTIONS (ADD timestamp_column_name '');",
					 import->partial ? "The tables left out were not looked at. " : "",
					 server,
					 quote_literal_cstr(first->looks_like ?
										shown_text(first->looks_like,
												   strlen(first->looks_like)) :
										COMMIT_TIME_NAME),
					 server)));
}

/* Names in quotes, by comma, the first of them; palloc'd. */
static char *
list_names(const List *names)
{
	StringInfoData s;
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&s);
	foreach(lc, names)
	{
		const char *name = lfirst(lc);

		if (n++ == FOLDERS_SHOWN)
		{
			appendStringInfoString(&s, ", ...");
			break;
		}
		appendStringInfo(&s, "%s\"%s\"", n > 1 ? ", " : "",
						 shown_text(name, strlen(name)));
	}
	return s.data;
}

void
import_ask_txn(const Import *import)
{
	const Discovery *d = import->found;
	const char *server = quote_identifier(import->server->servername);
	const char *verb = import->values.text[OPT_PRESERVE_TRANSACTIONS] != NULL ?
		"SET" : "ADD";
	const char *path = "...";
	char	   *hint;

	if (d->cdc_path != NULL ||
		(d->txn_folders == NIL && d->txn_unseen == NIL))
		return;
	if (list_length(d->txn_folders) == 1)
	{
		const char *folder = linitial(d->txn_folders);

		if (import_path_problem(folder) == NULL)
			path = option_trim_slash(folder);
	}
	hint = psprintf("If they are written by its task (PreserveTransactions): ALTER SERVER %s OPTIONS (%s preserve_transactions 'true', ADD cdc_path %s); if not: ALTER SERVER %s OPTIONS (%s preserve_transactions 'false');",
					server, verb, quote_literal_cstr(path), server, verb);
	if (d->txn_folders != NIL)
		ereport(NOTICE,
				(errmsg("schema \"%s\" has no change files, but transaction files that may be its own lie elsewhere",
						import->remote),
				 errdetail("Folders under the server's url: %s.",
						   list_names(d->txn_folders)),
				 errhint("%s", hint)));
	else
		ereport(NOTICE,
				(errmsg("schema \"%s\" has no change files, and transaction files were not looked for everywhere",
						import->remote),
				 errdetail("Folders under the server's url that were not looked through: %s.",
						   list_names(d->txn_unseen)),
				 errhint("%s", hint)));
}
