/*-------------------------------------------------------------------------
 *
 * manifest.c
 *	  Which objects make up a table's log, and in which order.
 *
 * Objects whose name starts with a digit (CDC files and date folders) and all
 * others (LOAD, SEGMENT, partition folders) are listed apart, so that listing
 * CDC files only up to an instant never loses a full load file.
 *
 * Date folders are met best first: a heap-like list of folders not yet opened,
 * each with the earliest date it can hold.  A CDC file's place in the order is
 * final once no such folder can hold an earlier one; a day is allowed for,
 * since around midnight a folder's date and its files' names may differ.
 *
 * Who needs only the files from some time on has a manifest of its own for
 * that, which leads on into those made before for later times: what was listed
 * once is not listed again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "log/manifest.h"
#include "log/numbering.h"
#include "log/written.h"

#define MIDNIGHT_DRIFT	USECS_PER_DAY

/* A date folder not opened yet. */
typedef struct DateNode
{
	char	   *key;			/* with its slash */
	int			level;
	int64		from;			/* earliest date it can hold, as written */
} DateNode;

typedef struct FileArray
{
	LogFile   **items;
	int			n;
	int			max;
} FileArray;

struct Manifest
{
	MemoryContext ctx;
	Store	   *store;
	const LogConfig *config;
	const char *prefix;			/* the folder listed */
	int			source;			/* its index in config->folders */
	Manifest  **parts;			/* NULL: one folder, this */
	bool		pinned;			/* its files were given */
	bool		busy;			/* inside a listing; still set: it threw */
	ManifestCounters counters;
	/* full load */
	bool		base_listed;
	FileArray	base;
	/* CDC files */
	bool		cdc_started;
	StoreLister *flat;			/* a folder whose order is the files' order */
	bool		unlisted;		/* flat may have more */
	FileArray	cdc;			/* sorted from 0 to nfinal */
	int			nfinal;
	DateNode   *nodes;
	int			nnodes;
	int			maxnodes;
	/* only CDC files written in [from, to) stand here; later ones follow */
	int64		from;
	int64		to;
	Manifest   *rest;
};

static void
file_append(Manifest *m, FileArray *a, LogFile *f)
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
}

static LogFile *
file_create(Manifest *m, const StoreEntry *e, const NameInfo *info)
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
	f->written = info->time;
	if (info->kind == NAME_CDC || info->kind == NAME_TXN)
		written_to_utc(info->time, m->config->date_zone, &f->time, &f->time_hi);
	else
		f->time = f->time_hi = DT_NOBEGIN;
	MemoryContextSwitchTo(old);
	return f;
}

/* Where the change files and their date folders lie. */
static const char *
changes_prefix(const Manifest *m)
{
	return m->config->changes_prefix ? m->config->changes_prefix : m->prefix;
}

static NameKind
entry_kind(const StoreEntry *e, NameInfo *info)
{
	const char *base = manifest_file_name(e->key);

	return name_parse(base, strlen(base), info);
}

static bool
is_load(NameKind kind)
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

static int
file_cmp(const void *a, const void *b)
{
	return manifest_file_cmp(*(LogFile *const *) a, *(LogFile *const *) b);
}

/*
 * Full load files
 */

static void
partition_hint(Manifest *m, const char *key, const char *what)
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

static void
base_take(Manifest *m, const StoreEntry *e)
{
	NameInfo	info;
	NameKind	kind = entry_kind(e, &info);

	if (is_load(kind))
		file_append(m, &m->base, file_create(m, e, &info));
	else if (kind == NAME_CDC && m->config->cdc_path == NULL)
		partition_hint(m, e->key, "CDC file");
	else
		m->counters.ignored++;
}

static int
key_cmp(const void *a, const void *b)
{
	return strcmp((*(LogFile *const *) a)->key, (*(LogFile *const *) b)->key);
}

static void cdc_start(Manifest *m);

/* List what is no CDC file of one folder. */
static void
list_base(Manifest *m)
{
	char	   *after = psprintf("%s:", m->prefix);
	StoreLister *lister;
	StoreEntry	e;

	m->busy = true;
	lister = store_list(m->store, m->prefix,
						m->config->partition_folders ? NULL : after, false);
	while (store_list_next(lister, &e))
		base_take(m, &e);
	store_list_close(lister);
	pfree(after);
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
			file_append(m, &m->base, files[i]);
	}
	qsort(m->base.items, m->base.n, sizeof(LogFile *), key_cmp);
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
		if (m->config->partition_folders && m->config->cdc_path == NULL)
			cdc_start(m);		/* lists the whole prefix */
		else
			list_base(m);
		m->busy = true;
		qsort(m->base.items, m->base.n, sizeof(LogFile *), key_cmp);
		numbering_check(m->base.items, m->base.n, m->config->allow_gaps,
						m->store);
		numbering_mark_series(m->base.items, m->base.n);
		m->base_listed = true;
		m->busy = false;
	}
	*n = m->base.n;
	return m->base.items;
}

/*
 * CDC files
 */

static void
node_append(Manifest *m, const char *key, int level, int64 from)
{
	if (m->nnodes == m->maxnodes)
	{
		m->maxnodes = m->maxnodes ? m->maxnodes * 2 : 32;
		m->nodes = m->nodes
			? repalloc(m->nodes, m->maxnodes * sizeof(DateNode))
			: MemoryContextAlloc(m->ctx, m->maxnodes * sizeof(DateNode));
	}
	m->nodes[m->nnodes].key = MemoryContextStrdup(m->ctx, key);
	m->nodes[m->nnodes].level = level;
	m->nodes[m->nnodes].from = from;
	m->nnodes++;
}

static void
cdc_take(Manifest *m, const StoreEntry *e, const NameInfo *info)
{
	if (info->time < m->from || info->time >= m->to)
		return;
	file_append(m, &m->cdc, file_create(m, e, info));
}

/* Is folder (a key with its slash) the date folder of some level? */
static bool
take_date_folder(Manifest *m, const char *folder, int level)
{
	const LogConfig *c = m->config;
	const char *path = folder + strlen(changes_prefix(m));
	int64		from;
	int64		to;

	if (!name_parse_date(path, strlen(path), c->date_sequence,
						 c->date_delimiter, level, &from, &to))
		return false;
	/* open spans reach to the ends of an int64 */
	if ((m->from == PG_INT64_MIN || to == PG_INT64_MAX ||
		 to > m->from - MIDNIGHT_DRIFT) &&
		(from == PG_INT64_MIN || from - MIDNIGHT_DRIFT < m->to))
		node_append(m, folder, level, from);
	return true;
}

/* Open one date folder: its sub-folders become nodes, its files CDC files. */
static void
open_node(Manifest *m, int which)
{
	DateNode	node = m->nodes[which];
	int			levels = name_date_levels(m->config->date_sequence,
										  m->config->date_delimiter);
	StoreLister *lister;
	StoreEntry	e;
	NameInfo	info;

	m->nodes[which] = m->nodes[--m->nnodes];
	m->busy = true;
	lister = store_list(m->store, node.key, NULL, true);
	while (store_list_next(lister, &e))
	{
		if (e.folder)
		{
			if (node.level >= levels ||
				!take_date_folder(m, e.key, node.level + 1))
				partition_hint(m, e.key, "folder");
		}
		else if (entry_kind(&e, &info) == NAME_CDC)
			cdc_take(m, &e, &info);
		else if (is_load(info.kind))
			partition_hint(m, e.key, "full load file");
		else
			m->counters.ignored++;
	}
	store_list_close(lister);
	m->busy = false;
}

/* Take the next CDC file of a folder whose byte order is the files' order. */
static void
flat_next(Manifest *m)
{
	const LogConfig *c = m->config;
	StoreEntry	e;
	NameInfo	info;

	m->busy = true;
	while (m->unlisted)
	{
		const char *name;

		if (!store_list_next(m->flat, &e))
		{
			m->unlisted = false;
			break;
		}
		if (c->cdc_path != NULL)
		{
			if (!e.folder && entry_kind(&e, &info) == NAME_TXN)
			{
				cdc_take(m, &e, &info);
				m->unlisted = info.time < m->to;
				break;
			}
			m->counters.ignored++;
			continue;
		}
		name = e.key + strlen(changes_prefix(m));
		if ((unsigned char) name[0] >= ':')
		{
			m->unlisted = false;	/* manifest_base lists these */
			break;
		}
		if (e.folder)
		{
			if (name[0] < '0')
				m->counters.ignored++;
			else if (!c->date_partition || !take_date_folder(m, e.key, 1))
				partition_hint(m, e.key, "folder");
		}
		else if (entry_kind(&e, &info) == NAME_CDC)
		{
			cdc_take(m, &e, &info);
			m->unlisted = info.time < m->to || c->date_partition;
			break;
		}
		else
			m->counters.ignored++;
	}
	if (!m->unlisted)
		store_list_close(m->flat);
	m->busy = false;
}

/* partition_folders: anything may lie anywhere, so all of it is listed. */
static void
list_everything(Manifest *m)
{
	StoreEntry	e;
	NameInfo	info;
	StoreLister *lister;

	m->busy = true;
	lister = store_list(m->store, m->prefix, NULL, false);
	while (store_list_next(lister, &e))
	{
		if (entry_kind(&e, &info) == NAME_CDC)
			cdc_take(m, &e, &info);
		else
			base_take(m, &e);
	}
	store_list_close(lister);
	m->busy = false;
}

static void
cdc_start(Manifest *m)
{
	const LogConfig *c = m->config;

	if (m->cdc_started)
		return;
	m->cdc_started = true;
	if (m->rest != NULL)
		m->to = m->rest->from;
	if (c->partition_folders && c->cdc_path == NULL)
	{
		list_everything(m);
		return;
	}
	m->busy = true;
	if (c->cdc_path != NULL)
	{
		char	   *prefix = psprintf("%sCDC_TXN-", c->cdc_path);

		m->flat = store_list(m->store, prefix,
							 written_name(prefix, m->from, ""), true);
	}
	else
		m->flat = store_list(m->store, changes_prefix(m),
							 c->date_partition ? NULL :
							 written_name(changes_prefix(m), m->from, "-"), true);
	m->unlisted = true;
	m->busy = false;
	/* with date folders the first level is small, and needed as a whole */
	while (c->date_partition && c->cdc_path == NULL && m->unlisted)
		flat_next(m);
}

/* Sort what was listed and see how much of it no later listing can precede. */
static void
settle_order(Manifest *m)
{
	int64		open_from = PG_INT64_MAX;
	int			from = m->nfinal;

	if (m->unlisted)
	{
		/* a flat folder comes in order, but two names may tie */
		m->nfinal = m->cdc.n;
	}
	else
	{
		if (m->cdc.n > from)
			qsort(m->cdc.items + from, m->cdc.n - from, sizeof(LogFile *),
				  file_cmp);
		for (int i = 0; i < m->nnodes; i++)
			open_from = Min(open_from, m->nodes[i].from);
		if (open_from != PG_INT64_MAX && open_from != PG_INT64_MIN)
			open_from -= MIDNIGHT_DRIFT;
		while (m->nfinal < m->cdc.n &&
			   (m->nnodes == 0 || m->cdc.items[m->nfinal]->written < open_from))
			m->nfinal++;
	}
	for (int i = Max(from, 1); i < m->nfinal; i++)
	{
		m->busy = true;
		if (m->cdc.items[i]->written < m->cdc.items[i - 1]->written)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_ERROR),
					 errmsg("CDC file \"%s\" is listed after a later one",
							store_uri(m->store, m->cdc.items[i]->key)),
					 errdetail("A date folder holds a file more than a day older than its date.")));
		if (m->cdc.items[i]->written == m->cdc.items[i - 1]->written)
			m->counters.duplicates++;
		m->busy = false;
	}
}

LogFile *
manifest_cdc(Manifest *m, int i)
{
	cdc_start(m);
	while (i >= m->nfinal)
	{
		int			first = 0;

		settle_order(m);
		if (i < m->nfinal)
			break;
		if (m->unlisted)
			flat_next(m);
		else if (m->nnodes == 0)
			return m->rest ? manifest_cdc(m->rest, i - m->cdc.n) : NULL;
		else
		{
			for (int n = 1; n < m->nnodes; n++)
				if (m->nodes[n].from < m->nodes[first].from)
					first = n;
			open_node(m, first);
		}
	}
	return m->cdc.items[i];
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
	}
	for (int p = 0; m->parts != NULL && p < m->config->nfolders; p++)
	{
		sum.ignored += m->parts[p]->counters.ignored;
		sum.duplicates += m->parts[p]->counters.duplicates;
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
	m->from = PG_INT64_MIN;
	m->to = PG_INT64_MAX;
	m->prefix = config->nfolders > 1 ? config->folders[source] :
		config->prefix;
	return m;
}

Manifest *
manifest_open(Store *store, const LogConfig *config, MemoryContext ctx)
{
	Manifest   *m = open_folder(store, config, 0, ctx);

	if (config->nfolders > 1)
	{
		m->parts = MemoryContextAlloc(ctx, sizeof(Manifest *) *
									  config->nfolders);
		for (int i = 0; i < config->nfolders; i++)
			m->parts[i] = open_folder(store, config, i, ctx);
	}
	return m;
}

/* All files of a folder are there. */
static void
finish_pinned(Manifest *m)
{
	m->pinned = true;
	m->base_listed = m->cdc_started = true;
	if (m->base.n > 0)
		qsort(m->base.items, m->base.n, sizeof(LogFile *), key_cmp);
	numbering_mark_series(m->base.items, m->base.n);
	if (m->cdc.n > 0)
		qsort(m->cdc.items, m->cdc.n, sizeof(LogFile *), file_cmp);
	m->nfinal = m->cdc.n;
	for (int i = 1; i < m->cdc.n; i++)
		if (m->cdc.items[i]->written == m->cdc.items[i - 1]->written)
			m->counters.duplicates++;
}

Manifest *
manifest_pinned(Store *store, const LogConfig *config,
				const PinnedFile *files, int n, MemoryContext ctx)
{
	Manifest   *m = manifest_open(store, config, ctx);

	for (int i = 0; i < n; i++)
	{
		StoreEntry	e = {files[i].key, files[i].size, files[i].etag};
		Manifest   *part;
		NameInfo	info;
		NameKind	kind = entry_kind(&e, &info);

		if (files[i].source < 0 || files[i].source >= manifest_nparts(m) ||
			kind == NAME_OTHER)
			elog(ERROR, "pinned file \"%s\" is no part of the log", e.key);
		part = manifest_part(m, files[i].source);
		file_append(part, is_load(kind) ? &part->base : &part->cdc,
					file_create(part, &e, &info));
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
	own->from = written;
	own->rest = m->rest;
	m->rest = own;
	return own;
}
