/*-------------------------------------------------------------------------
 *
 * run.c
 *	  Find, sample and describe the tables of a source schema.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "commands/tablespace.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/memutils.h"

#include "fdw/import/import.h"
#include "fdw/instant_text.h"
#include "fdw/options/options.h"
#include "log/nearby.h"
#include "log/shown.h"
#include "log/spares.h"
#include "log/written.h"

/* With no more names than this their folders are listed one by one. */
#define FEW_NAMES		8
/* Transaction files hold the records of all tables. */
#define TXN_FACTOR		16
#define FOLDERS_SHOWN	10

char *
import_schema_folder(const char *remote)
{
	char	   *trimmed;

	if (strcmp(remote, "/") == 0)
		return pstrdup("");
	option_check_folder(remote, "the remote schema's name");
	trimmed = option_trim_slash(remote);
	return psprintf("%s/", trimmed);
}

/* The foreign table's name for a folder. */
static char *
local_name(const Import *import, const char *folder)
{
	if (!import->opts->lower)
		return pstrdup(folder);
	return str_tolower(folder, strlen(folder), DEFAULT_COLLATION_OID);
}

static bool
is_named(const ImportFilter *filter, const char *name)
{
	ListCell   *lc;

	CHECK_FOR_INTERRUPTS();
	foreach(lc, filter->names)
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	return false;
}

/* Folders of which tables of these names could be made. */
static List *
folders_of_names(const ImportOptions *opts, const List *names)
{
	List	   *folders = NIL;
	ListCell   *lc;

	foreach(lc, names)
	{
		const char *name = lfirst(lc);

		for (LogMode m = 0; m < LOG_MODES; m++)
		{
			size_t		len = strlen(name);
			size_t		suffix = strlen(opts->suffix[m]);

			if (opts->modes[m] && len > suffix &&
				strcmp(name + len - suffix, opts->suffix[m]) == 0)
				folders = list_append_unique(folders,
											 makeString(pnstrdup(name, len - suffix)));
		}
	}
	foreach(lc, folders)
		lfirst(lc) = strVal(lfirst(lc));
	return folders;
}

static bool
is_wanted(const Import *import, const ImportFilter *filter,
		  const char *folder)
{
	char	   *name;
	int			named = 0;
	int			made = 0;

	/* what is no text has no name: it is left to be reported */
	if (!import_is_nameable(folder))
		return filter == NULL || filter->except;
	if (filter == NULL)
		return true;
	name = local_name(import, folder);
	for (LogMode m = 0; m < LOG_MODES; m++)
	{
		if (!import->opts->modes[m])
			continue;
		made++;
		named += is_named(filter, import_mode_name(import->opts, name, m));
	}
	pfree(name);
	return filter->except ? named < made : named > 0;
}

typedef struct WantedArg
{
	const Import *import;
	const ImportFilter *filter;
} WantedArg;

static bool
wanted_callback(const char *folder, void *arg)
{
	WantedArg  *w = arg;

	return is_wanted(w->import, w->filter, folder);
}

/* ---- finding ---- */

/* Raise that there is no such schema, and the nearest one or which there are. */
static void
raise_no_schema(const Import *import)
{
	char	   *nearby = nearby_hint(import->store, import->schema,
									 FOLDERS_SHOWN);

	ereport(ERROR,
			(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
			 errmsg("nothing lies under \"%s\"",
					store_uri(import->store, import->schema)),
			 nearby != NULL ? errhint("%s", nearby) :
			 errhint("Does the server's url name the folder that holds the schemas?")));
}

/*
 * Transaction files that were found in a folder no option can name are not
 * taken, but told of.
 */
static void
refuse_txn_folder(Discovery *d)
{
	if (d->cdc_path == NULL || import_path_problem(d->cdc_path) == NULL)
		return;
	d->txn_folders = list_make1(d->cdc_path);
	d->cdc_path = NULL;
	d->txn_oldest = d->txn_newest = NULL;
}

static void
find_tables(Import *import, const ImportFilter *filter)
{
	WantedArg	arg = {import, filter};
	DiscoverSpec spec = {
		.store = import->store,
		.schema = import->schema,
		.wanted = filter != NULL ? wanted_callback : NULL,
		.arg = &arg
	};
	const char *cdc_path = option_text(&import->values, OPT_CDC_PATH);

	if (option_bool(&import->values, OPT_PRESERVE_TRANSACTIONS, false) &&
		cdc_path != NULL)
		spec.cdc_path = psprintf("%s/", option_trim_slash(cdc_path));
	spec.no_txn = import->values.text[OPT_PRESERVE_TRANSACTIONS] != NULL &&
		!option_bool(&import->values, OPT_PRESERVE_TRANSACTIONS, false);
	if (filter != NULL && !filter->except && !import->opts->lower &&
		list_length(filter->names) <= FEW_NAMES)
		spec.names = folders_of_names(import->opts, filter->names);
	import->found = discover(&spec);
	if (spec.cdc_path == NULL)
		refuse_txn_folder(import->found);
	import->guessed_txn = spec.cdc_path == NULL &&
		import->found->cdc_path != NULL;
	if (import->found->ntables == 0 && spec.names != NIL)
		import->found->nfolders =
			list_length(discover_folders(import->store, import->schema));
	if (import->found->ntables == 0 && import->found->nfolders == 0 &&
		import->found->cdc_path == NULL && !import->opts->schema_known)
		raise_no_schema(import);
}

static ImportTable *
add_table(Import *import, FoundTable *found)
{
	ImportTable *t = palloc0(sizeof(ImportTable));

	t->found = found;
	t->name = import_path_problem(found->folder) == NULL ?
		local_name(import, found->folder) :
		shown_text(found->folder, strlen(found->folder));
	import_check_name(import, t);
	import->tables = lappend(import->tables, t);
	return t;
}

/* ---- samples ---- */

static Sample *
new_sample(const FoundObject *object)
{
	Sample	   *s = palloc0(sizeof(Sample));

	s->object = object;
	return s;
}

static void
add_sample(ImportTable *t, const FoundObject *object)
{
	if (object != NULL &&
		!(t->nsamples > 0 &&
		  strcmp(t->samples[t->nsamples - 1]->object->key, object->key) == 0))
		t->samples[t->nsamples++] = new_sample(object);
}

/* The tables whose records the samples of transaction files have. */
static void
add_txn_tables(Import *import, const ImportFilter *filter)
{
	const char *schema = option_trim_slash(import->schema);

	for (int i = 0; i < import->ntxn; i++)
	{
		SampleRecords r;

		sample_parse(import->txn[i], &import->hints.dialect, PG_INT32_MAX, &r);
		for (int k = 0; k < r.n; k++)
		{
			SampleRecord *rec = &r.records[k];
			int			at = rec->nfields > 2 &&
				strcmp(rec->fields[2].data, schema) == 0 ? 1 :
				rec->nfields > 3 &&
				strcmp(rec->fields[3].data, schema) == 0 ? 2 : 0;
			const char *name = at > 0 ? rec->fields[at].data : "";
			FoundTable *found;
			bool		known = name[0] == '\0' || strchr(name, '/') != NULL;
			ListCell   *lc;

			foreach(lc, import->tables)
				known |= strcmp(((ImportTable *) lfirst(lc))->found->folder,
								name) == 0;
			if (known || !is_wanted(import, filter, name))
				continue;
			found = palloc0(sizeof(FoundTable));
			found->folder = pstrdup(name);
			found->prefix = psprintf("%s%s/", import->schema, name);
			add_table(import, found);
		}
		sample_free(&r);
	}
}

static void
fetch_txn(Import *import)
{
	Discovery  *d = import->found;

	if (d->txn_oldest == NULL)
		return;
	import->txn[import->ntxn++] = new_sample(d->txn_oldest);
	if (strcmp(d->txn_newest->key, d->txn_oldest->key) != 0)
		import->txn[import->ntxn++] = new_sample(d->txn_newest);
	sample_fetch(import->store, import->txn, import->ntxn,
				 import->opts->sample_bytes * TXN_FACTOR, NULL);
}

static void
fetch_samples(Import *import)
{
	int			max = list_length(import->tables) * (RECOGNISE_FILES + 1);
	Sample	  **all = palloc(sizeof(Sample *) * Max(max, 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, import->tables)
	{
		ImportTable *t = lfirst(lc);

		if (t->problem != NULL)
			continue;
		add_sample(t, t->found->load);
		add_sample(t, t->found->oldest);
		add_sample(t, t->found->newest);
		for (int i = 0; i < t->nsamples; i++)
			all[n++] = t->samples[i];
		if (t->found->dfm != NULL)
			all[n++] = t->dfm = new_sample(t->found->dfm);
	}
	PrepareTempTablespaces();
	import->samples = BufFileCreateTemp(false);
	sample_fetch(import->store, all, n, import->opts->sample_bytes,
				 import->samples);
	foreach(lc, import->tables)
	{
		ImportTable *t = lfirst(lc);

		for (int i = 0; i < import->ntxn && t->nsamples < RECOGNISE_FILES; i++)
			t->samples[t->nsamples++] = import->txn[i];
	}
}

void
import_load_samples(Import *import, ImportTable *t)
{
	/* those of transaction files are all tables' */
	for (int i = 0; i < t->nsamples; i++)
		if (t->samples[i]->object->info.kind != NAME_TXN)
			sample_load(import->samples, t->samples[i]);
	if (t->dfm != NULL)
		sample_load(import->samples, t->dfm);
}

void
import_unload_samples(ImportTable *t)
{
	for (int i = 0; i < t->nsamples; i++)
		if (t->samples[i]->object->info.kind != NAME_TXN)
			sample_unload(t->samples[i]);
	if (t->dfm != NULL)
		sample_unload(t->dfm);
}

/* ---- what they look like ---- */

void
import_look(Import *import, ImportTable *t, const RecogniseHints *hints,
			const RecogniseSchema *alike, MemoryContext scratch, Recognised *r)
{
	MemoryContext old = MemoryContextSwitchTo(scratch);

	import_recognise(import, hints, t, r);
	if (r->problem == NULL)
		recognise_settle(hints, alike, r);
	MemoryContextSwitchTo(old);
	t->header = recognise_header(alike, r->header, r->header_weak);
	import_describe(import, t, r);
}

static void
describe_tables(Import *import)
{
	const ImportOptions *opts = import->opts;
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "cdc_fdw samples",
												  ALLOCSET_DEFAULT_SIZES);
	ListCell   *lc;

	import_collect(import, scratch);
	foreach(lc, import->tables)
	{
		ImportTable *t = lfirst(lc);
		RecogniseHints hints = import->hints;
		RecogniseSchema alike = import->alike;
		MemoryContext old;
		Recognised	r;

		CHECK_FOR_INTERRUPTS();
		if (t->problem != NULL)
			continue;
		if (opts->own)
			opts->own(import, t, &hints, &alike, opts->visit_arg);
		old = MemoryContextSwitchTo(scratch);
		import_load_samples(import, t);
		MemoryContextSwitchTo(old);
		import_look(import, t, &hints, &alike, scratch, &r);
		if (opts->visit)
			opts->visit(import, t, &r, scratch, opts->visit_arg);
		/* a table that is there may be declared to fit; a new one cannot be */
		if (t->problem == NULL && t->shrunk != NULL)
		{
			t->problem = t->shrunk;
			t->problem_hint = "Reload the table, best with AddColumnName, or create the foreign table by hand.";
		}
		MemoryContextReset(scratch);
		import_unload_samples(t);
	}
	MemoryContextDelete(scratch);
	BufFileClose(import->samples);
	import->samples = NULL;
	/* records were taken apart without a reader */
	spares_free();
}

/*
 * A task adds its change sequence to all tables: where one has it as its last
 * column, it is the last column of those that have no change yet, too.
 */
static void
share_sequence(Import *import)
{
	const char *name = NULL;
	ListCell   *lc;

	foreach(lc, import->tables)
	{
		ImportTable *t = lfirst(lc);

		if (t->problem == NULL && t->ncolumns > 1 && !t->header &&
			t->columns[t->ncolumns - 1].sequence)
			name = t->columns[t->ncolumns - 1].name;
	}
	foreach(lc, import->tables)
	{
		ImportTable *t = lfirst(lc);
		ImportColumn *last = t->ncolumns > 1 ?
			&t->columns[t->ncolumns - 1] : NULL;
		bool		taken = false;

		if (name == NULL || t->problem != NULL || last == NULL || t->header ||
			t->found->nchanges > 0 || last->known || last->values > 0)
			continue;
		for (int i = 0; i < t->ncolumns; i++)
			taken |= t->columns[i].sequence ||
				strcmp(t->columns[i].name, name) == 0;
		if (!taken)
		{
			last->sequence = true;
			last->name = name;
		}
	}
}

Import *
import_run(Oid serverid, const char *remote, const char *into,
		   const ImportOptions *opts, const ImportFilter *filter)
{
	Import	   *import = palloc0(sizeof(Import));
	StoreConfig *config;

	import->server = GetForeignServer(serverid);
	import->opts = opts;
	import->remote = remote;
	import->into = into;
	import->schema = import_schema_folder(remote);
	config = options_server_store(serverid, GetUserId(), &import->values);
	import->url = config->url;
	/* refuses what cannot be read yet */
	(void) option_choice(&import->values, OPT_DATA_FORMAT, 0);
	import_read_hints(&import->values, &import->hints);
	import->store = store_open(config, CurrentMemoryContext);
	import->types = types_load(import);
	import->partial = filter != NULL;
	find_tables(import, filter);
	for (int i = 0; i < import->found->ntables; i++)
		add_table(import, import->found->tables[i]);
	fetch_txn(import);
	add_txn_tables(import, filter);
	import_check_folds(import);
	fetch_samples(import);
	describe_tables(import);
	share_sequence(import);
	return import;
}

/*
 * The time in the name of the schema's first change file, the earlier one where
 * a clock shows its hour twice; DT_NOEND: none.
 */
static TimestampTz
first_change(const Import *import)
{
	pg_tz	   *zone = option_bool(&import->values, OPT_DATE_PARTITION_ENABLED,
								   false) ?
		option_zone(&import->values, OPT_DATE_PARTITION_TIMEZONE) : NULL;
	int64		first = import->found->txn_oldest ?
		import->found->txn_oldest->info.time : DT_NOEND;
	TimestampTz lo;
	TimestampTz hi;
	ListCell   *lc;

	foreach(lc, import->tables)
	{
		const ImportTable *t = lfirst(lc);

		if (t->found != NULL && t->found->oldest != NULL)
			first = Min(first, t->found->oldest->info.time);
	}
	if (first == DT_NOEND || !written_to_utc(first, zone, &lo, &hi))
		return DT_NOEND;
	return lo;
}

void
import_ask_base_time(const Import *import)
{
	TimestampTz first = first_change(import);
	const char *server = quote_identifier(import->server->servername);
	const char *table = NULL;
	int			n = 0;
	ListCell   *lc;

	if (import->values.text[OPT_BASE_TIME] != NULL)
		return;
	foreach(lc, import->tables)
	{
		const ImportTable *t = lfirst(lc);

		if (t->problem != NULL || !t->file_clock || t->found == NULL ||
			t->found->nload == 0)
			continue;
		table = table ? table : t->name;
		n++;
	}
	if (n == 0)
		return;
	ereport(NOTICE,
			(errmsg("nothing says when the full loads of schema \"%s\" were taken",
					import->remote),
			 errdetail_plural("%d table has no commit times, \"%s\": instants before its first change file are an error.",
							  "%d tables have no commit times, \"%s\" among them: instants before a table's first change file are an error.",
							  n, n, table),
			 first == DT_NOEND ?
			 errhint("Say by when they were over: ALTER SERVER %s OPTIONS (ADD base_time '...');",
					 server) :
			 errhint("Say by when they were over. If it was before the first change file of the schema: ALTER SERVER %s OPTIONS (ADD base_time '%s');",
					 server, instant_text_write(first))));
}
