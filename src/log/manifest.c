/*-------------------------------------------------------------------------
 *
 * manifest.c
 *	  Which objects make up a table's log, and in which order.
 *
 * Objects whose name starts with a digit (CDC files and date folders) and all
 * others (LOAD, SEGMENT, partition folders) are listed apart, so that listing
 * CDC files only up to an instant never loses a full load file.
 *
 * Who needs only the files from some time on has a manifest of its own for
 * that, which leads on into those made before for later times: what was listed
 * once is not listed again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/sort.h"
#include "log/erroption.h"
#include "log/evidence_impl.h"
#include "log/manifest_impl.h"
#include "log/numbering.h"
#include "log/written.h"

void
manifest_append(Manifest *m, FileArray *a, LogFile *f)
{
	if (a->n == a->max)
	{
		a->max = a->max ? a->max * 2 : 64;
		if (a->items == NULL)
			a->items = MemoryContextAllocHuge(m->ctx, a->max * sizeof(LogFile *));
		else
			a->items = repalloc_huge(a->items, a->max * sizeof(LogFile *));
	}
	a->items[a->n++] = f;
	/* date folders, and those of option prefix, have listings of their own */
	if (m->busy)
		store_check_objects(m->store, ++*m->taken,
							m->config->nfolders > 1 ? "" :
							a == &m->base ? m->prefix :
							m->config->cdc_path ? m->config->cdc_path :
							manifest_changes_folder(m));
}

void
manifest_check(const Manifest *m)
{
	if (m->busy)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("the listing of \"%s\" failed before, in the same statement",
						store_uri(m->store, m->prefix)),
				 errhint("Run the query again.")));
}

void
manifest_begin(Manifest *m)
{
	manifest_check(m);
	m->busy = true;
}

LogFile *
manifest_new_file(Manifest *m, const StoreEntry *e, const NameInfo *info)
{
	MemoryContext old = MemoryContextSwitchTo(m->ctx);
	LogFile    *f = palloc0(sizeof(LogFile));

	if (info->parquet)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot read Parquet file \"%s\"",
						store_uri(m->store, e->key)),
				 errhint("Only CSV files are read yet (data_format 'csv').")));
	f->key = pstrdup(e->key);
	f->size = e->size;
	f->etag = e->etag ? pstrdup(e->etag) : NULL;
	f->kind = info->kind;
	f->counter = info->counter;
	f->source = m->source;
	f->evidence = m->evidence;
	f->written = info->time;
	f->time = f->time_hi = DT_NOBEGIN;
	if ((info->kind == NAME_CDC || info->kind == NAME_TXN) &&
		!written_to_utc(info->time, m->config->date_zone, &f->time,
						&f->time_hi))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 erroption("date_partition_timezone"),
				 errmsg("the time in the name of file \"%s\" does not exist in zone \"%s\"",
						store_uri(m->store, e->key),
						pg_get_timezone_name(m->config->date_zone)),
				 errdetail("The clock of that zone was set forward over it."),
				 errhint("Set date_partition_timezone to the zone in which the task names its files (DatePartitionTimezone).")));
	MemoryContextSwitchTo(old);
	return f;
}

const char *
manifest_changes_folder(const Manifest *m)
{
	return m->config->changes_prefix ? m->config->changes_prefix : m->prefix;
}

NameKind
manifest_entry_kind(const StoreEntry *e, NameInfo *info)
{
	const char *base = manifest_file_name(e->key);

	return name_parse(base, strlen(base), info);
}

bool
manifest_is_load(NameKind kind)
{
	return kind == NAME_LOAD || kind == NAME_SEGMENT;
}

int
manifest_file_cmp(const LogFile *a, const LogFile *b)
{
	if (a->written != b->written)
		return a->written < b->written ? -1 : 1;
	return strcmp(a->key, b->key);
}

int
manifest_item_cmp(const void *a, const void *b, void *arg)
{
	return manifest_file_cmp(*(LogFile *const *) a, *(LogFile *const *) b);
}

/*
 * Full load files
 */

void
manifest_misplaced(Manifest *m, const char *key, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("%s \"%s\" lies where it is not looked for", what,
					store_uri(m->store, key)),
			 errhint("Set partition_folders 'true' if the folder is a partition of a parallel load, or %s if it is a date.",
					 m->config->date_partition ?
					 "date_partition_sequence and date_partition_delimiter as in the task" :
					 "date_partition_enabled 'true'")));
}

/*
 * Do change files in the table's own folder mean that the log is not where it
 * is looked for?
 */
static bool
refuses_beside(const LogConfig *c)
{
	return c->cdc_path != NULL && !c->ignore_change_files &&
		!c->has_changes_from;
}

static void
raise_beside(Manifest *m, const char *key)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 erroption("ignore_change_files"),
			 errmsg("change file \"%s\" lies beside the full load, but changes are read from \"%s\"",
					store_uri(m->store, key),
					store_uri(m->store, m->config->cdc_path)),
			 errdetail("With preserve_transactions the files of a table's own folder are not replayed."),
			 errhint("Check options preserve_transactions and cdc_path. If such files are left from before this full load, set ignore_change_files 'true', or changes_from to where the log begins.")));
}

void
manifest_check_beside(Manifest *m)
{
	StoreLister *lister;
	StoreEntry	e;
	NameInfo	info;

	if (m->pinned || m->base_listed || !refuses_beside(m->config))
		return;
	manifest_begin(m);
	lister = store_list(m->store, m->prefix, NULL, false);
	while (store_list_next(lister, &e) && e.key[strlen(m->prefix)] < ':')
		if (manifest_entry_kind(&e, &info) == NAME_CDC)
			raise_beside(m, e.key);
	store_list_close(lister);
	m->busy = false;
}

void
manifest_ignore(Manifest *m, const StoreEntry *e)
{
	const char *name = manifest_file_name(e->key);
	NameKind	near = e->folder ? NAME_OTHER : name_near(name, strlen(name));

	m->counters.ignored++;
	if (near == NAME_OTHER)
		return;
	m->counters.near_names++;
	if (near == NAME_LOAD && m->near_load == NULL)
		m->near_load = MemoryContextStrdup(m->ctx, e->key);
}

/* A full load that was renamed would be missed without a word. */
static void
check_near_load(const Manifest *m)
{
	if (m->base.n > 0 || m->near_load == NULL || m->config->allow_gaps)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("there is no full load, but a file named nearly as one: \"%s\"",
					store_uri(m->store, m->near_load)),
			 errhint("Give the file the name that AWS DMS gave it (LOAD00000001.csv and so on), or read the table without it, which option allow_gaps accepts."),
			 erroption("allow_gaps")));
}

void
manifest_base_take(Manifest *m, const StoreEntry *e)
{
	NameInfo	info;
	NameKind	kind = manifest_entry_kind(e, &info);

	if (manifest_is_load(kind))
		manifest_append(m, &m->base, manifest_new_file(m, e, &info));
	else if (kind == NAME_CDC && m->config->cdc_path == NULL)
		manifest_misplaced(m, e->key, "CDC file");
	else if (kind == NAME_CDC && refuses_beside(m->config))
		raise_beside(m, e->key);
	else
		manifest_ignore(m, e);
}

static int
key_cmp(const void *a, const void *b, void *arg)
{
	return strcmp((*(LogFile *const *) a)->key, (*(LogFile *const *) b)->key);
}

/*
 * The listing of changes ends at ':', and where they have a folder of their own
 * that of the full load does not begin there: see that nothing is missed.
 */
static void
check_changes_folder(Manifest *m)
{
	StoreLister *lister;
	StoreEntry	e;
	NameInfo	info;

	lister = store_list(m->store, m->config->changes_prefix,
						psprintf("%s:", m->config->changes_prefix), false);
	while (store_list_next(lister, &e))
		if (manifest_entry_kind(&e, &info) == NAME_CDC)
			manifest_misplaced(m, e.key, "CDC file");
	store_list_close(lister);
}

/* List what is no CDC file of one folder, or also those that must not be there. */
static void
list_base(Manifest *m)
{
	bool		whole = m->config->partition_folders ||
		refuses_beside(m->config);
	char	   *after = psprintf("%s:", m->prefix);
	StoreLister *lister;
	StoreEntry	e;

	manifest_begin(m);
	lister = store_list(m->store, m->prefix, whole ? NULL : after, false);
	while (store_list_next(lister, &e))
		manifest_base_take(m, &e);
	store_list_close(lister);
	pfree(after);
	if (m->config->changes_prefix != NULL && !m->config->partition_folders)
		check_changes_folder(m);
	m->busy = false;
}

/* The full load files of all parts; each part judges its own numbers. */
static void
gather_base(Manifest *m)
{
	for (int p = 0; p < m->config->nfolders; p++)
	{
		int			n;
		LogFile   **files = manifest_base(m->parts[p], &n);

		for (int i = 0; i < n; i++)
			manifest_append(m, &m->base, files[i]);
	}
	sort_items(m->base.items, m->base.n, sizeof(LogFile *), key_cmp, NULL);
}

LogFile   **
manifest_base(Manifest *m, int *n)
{
	if (!m->base_listed && m->parts != NULL)
	{
		m->base.n = 0;
		gather_base(m);
		m->base_listed = true;
	}
	if (!m->base_listed)
	{
		if (m->config->partition_folders && m->config->cdc_path == NULL &&
			m->config->changes_prefix == NULL)
			manifest_cdc_start(m);		/* lists the whole prefix */
		else
			list_base(m);
		manifest_begin(m);
		sort_items(m->base.items, m->base.n, sizeof(LogFile *), key_cmp, NULL);
		numbering_check(m->base.items, m->base.n, m->config->allow_gaps,
						m->store);
		check_near_load(m);
		numbering_mark_series(m->base.items, m->base.n);
		m->base_listed = true;
		m->busy = false;
	}
	*n = m->base.n;
	return m->base.items;
}

bool
manifest_base_is_listed(const Manifest *m)
{
	return m->base_listed;
}

int
manifest_nparts(const Manifest *m)
{
	return m->parts ? m->config->nfolders : 1;
}

Manifest *
manifest_part(Manifest *m, int i)
{
	return m->parts ? m->parts[i] : m;
}

LogEvidence *
manifest_evidence(const Manifest *m)
{
	return m->evidence;
}

const char *
manifest_folder(const Manifest *m)
{
	return m->prefix;
}

int
manifest_cdc_known(const Manifest *m)
{
	int			n = m->cdc.n;

	if (m->cdc_started && m->rest != NULL)
		n += manifest_cdc_known(m->rest);
	for (int p = 0; m->parts != NULL && p < m->config->nfolders; p++)
		n += manifest_cdc_known(m->parts[p]);
	return n;
}

double
manifest_cdc_bytes(const Manifest *m)
{
	double		bytes = 0;

	for (int i = 0; i < m->cdc.n; i++)
		bytes += m->cdc.items[i]->size;
	if (m->cdc_started && m->rest != NULL)
		bytes += manifest_cdc_bytes(m->rest);
	for (int p = 0; m->parts != NULL && p < m->config->nfolders; p++)
		bytes += manifest_cdc_bytes(m->parts[p]);
	return bytes;
}

ManifestCounters
manifest_counters(const Manifest *m)
{
	ManifestCounters sum = m->counters;

	if (m->cdc_started && m->rest != NULL)
	{
		ManifestCounters rest = manifest_counters(m->rest);

		sum.ignored += rest.ignored;
		sum.duplicates += rest.duplicates;
		sum.near_names += rest.near_names;
	}
	for (int p = 0; m->parts != NULL && p < m->config->nfolders; p++)
	{
		sum.ignored += m->parts[p]->counters.ignored;
		sum.duplicates += m->parts[p]->counters.duplicates;
		sum.near_names += m->parts[p]->counters.near_names;
	}
	return sum;
}

Store *
manifest_store(const Manifest *m)
{
	return m->store;
}

bool
manifest_broken(const Manifest *m)
{
	bool		broken = m->busy ||
		(m->rest != NULL && manifest_broken(m->rest));

	for (int p = 0; m->parts != NULL && p < m->config->nfolders; p++)
		broken = broken || manifest_broken(m->parts[p]);
	return broken;
}

static Manifest *
open_folder(Store *store, const LogConfig *config, int source,
			MemoryContext ctx)
{
	Manifest   *m = MemoryContextAllocZero(ctx, sizeof(Manifest));

	m->ctx = ctx;
	m->store = store;
	m->config = config;
	m->source = source;
	m->taken = &m->ntaken;
	m->from = PG_INT64_MIN;
	m->to = PG_INT64_MAX;
	m->prefix = config->nfolders > 1 ? config->folders[source] :
		config->prefix;
	return m;
}

static void
add_evidence(Manifest *m, MemoryContext ctx)
{
	m->evidence = MemoryContextAllocZero(ctx, sizeof(LogEvidence));
	m->evidence->ctx = ctx;
	m->evidence->manifest = m;
}

static Manifest *
open_folders(Store *store, const LogConfig *config, MemoryContext ctx)
{
	Manifest   *m = open_folder(store, config, 0, ctx);

	add_evidence(m, ctx);
	if (config->nfolders > 1)
	{
		m->parts = MemoryContextAlloc(ctx, sizeof(Manifest *) *
									  config->nfolders);
		for (int i = 0; i < config->nfolders; i++)
		{
			m->parts[i] = open_folder(store, config, i, ctx);
			m->parts[i]->taken = &m->ntaken;
			add_evidence(m->parts[i], ctx);
		}
	}
	return m;
}

Manifest *
manifest_open(Store *store, const LogConfig *config, MemoryContext ctx)
{
	store_count_log(store);
	return open_folders(store, config, ctx);
}

/* All files of a folder are there. */
static void
finish_pinned(Manifest *m)
{
	m->pinned = true;
	m->base_listed = m->cdc_started = true;
	if (m->base.n > 0)
		sort_items(m->base.items, m->base.n, sizeof(LogFile *), key_cmp, NULL);
	numbering_mark_series(m->base.items, m->base.n);
	if (m->cdc.n > 0)
		sort_items(m->cdc.items, m->cdc.n, sizeof(LogFile *),
				   manifest_item_cmp, NULL);
	m->nfinal = m->cdc.n;
	for (int i = 1; i < m->cdc.n; i++)
		if (m->cdc.items[i]->written == m->cdc.items[i - 1]->written)
			m->counters.duplicates++;
}

Manifest *
manifest_pinned(Store *store, const LogConfig *config,
				const PinnedFile *files, int n, MemoryContext ctx)
{
	Manifest   *m = open_folders(store, config, ctx);

	for (int i = 0; i < n; i++)
	{
		StoreEntry	e = {files[i].key, files[i].size, files[i].etag};
		Manifest   *part;
		LogFile    *file;
		NameInfo	info;
		NameKind	kind = manifest_entry_kind(&e, &info);

		if (files[i].source < 0 || files[i].source >= manifest_nparts(m) ||
			kind == NAME_OTHER)
			elog(ERROR, "pinned file \"%s\" is no part of the log", e.key);
		part = manifest_part(m, files[i].source);
		file = manifest_new_file(part, &e, &info);
		if (files[i].version != NULL)
			file->version = MemoryContextStrdup(ctx, files[i].version);
		manifest_append(part, manifest_is_load(kind) ? &part->base : &part->cdc,
						file);
	}
	for (int p = 0; p < manifest_nparts(m); p++)
		finish_pinned(manifest_part(m, p));
	m->pinned = true;
	return m;
}

bool
manifest_is_pinned(const Manifest *m)
{
	return m->pinned;
}

Manifest *
manifest_from(Manifest *m, TimestampTz from)
{
	int64		written = written_from(m->config->date_zone, from);
	Manifest  **link = &m->rest;
	Manifest   *own;

	if (written == PG_INT64_MIN || m->cdc_started)
		return m;
	if (m->config->partition_folders && m->config->cdc_path == NULL)
		return m;				/* a listing of everything has no order */
	if (m->rest != NULL && m->rest->from <= written)
	{
		while ((*link)->rest != NULL && (*link)->rest->from <= written)
			link = &(*link)->rest;
		return *link;
	}
	own = open_folder(m->store, m->config, m->source, m->ctx);
	own->evidence = m->evidence;
	own->from = written;
	own->taken = m->taken;
	own->rest = m->rest;
	m->rest = own;
	return own;
}
