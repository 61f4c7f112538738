/*-------------------------------------------------------------------------
 *
 * manifest_cdc.c
 *	  Listing change files, in the order of their names' times.
 *
 * Date folders are met best first: a heap-like list of folders not yet opened,
 * each with the earliest date it can hold.  A CDC file's place in the order is
 * final once no such folder can hold an earlier one; a day is allowed for,
 * since around midnight a folder's date and its files' names may differ.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/sort.h"
#include "log/manifest_impl.h"
#include "log/newest.h"
#include "log/written.h"

#define MIDNIGHT_DRIFT	USECS_PER_DAY

static void
node_append(Manifest *m, const char *key, int level, int64 from, int64 to)
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
	m->nodes[m->nnodes].to = to;
	m->nnodes++;
}

static void
cdc_take(Manifest *m, const StoreEntry *e, const NameInfo *info)
{
	if (info->time < m->from || info->time >= m->to)
		return;
	manifest_append(m, &m->cdc, manifest_new_file(m, e, info));
}

/* Is folder (a key with its slash) the date folder of some level? */
static bool
take_date_folder(Manifest *m, const char *folder, int level)
{
	const LogConfig *c = m->config;
	const char *path = folder + strlen(manifest_changes_folder(m));
	int64		from;
	int64		to;

	if (!name_parse_date(path, strlen(path), c->date_sequence,
						 c->date_delimiter, level, &from, &to))
		return false;
	/* open spans reach to the ends of an int64 */
	if ((m->from == PG_INT64_MIN || to == PG_INT64_MAX ||
		 to > m->from - MIDNIGHT_DRIFT) &&
		(from == PG_INT64_MIN || from - MIDNIGHT_DRIFT < m->to))
		node_append(m, folder, level, from, to);
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
	manifest_begin(m);
	lister = store_list(m->store, node.key, NULL, true);
	while (store_list_next(lister, &e))
	{
		if (e.folder)
		{
			if (node.level >= levels ||
				!take_date_folder(m, e.key, node.level + 1))
				manifest_misplaced(m, e.key, "folder");
		}
		else if (manifest_entry_kind(&e, &info) == NAME_CDC)
			cdc_take(m, &e, &info);
		else if (manifest_is_load(info.kind))
			manifest_misplaced(m, e.key, "full load file");
		else
			manifest_ignore(m, &e);
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

	manifest_begin(m);
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
			if (!e.folder && manifest_entry_kind(&e, &info) == NAME_TXN)
			{
				cdc_take(m, &e, &info);
				m->unlisted = info.time < m->to;
				break;
			}
			manifest_ignore(m, &e);
			continue;
		}
		name = e.key + strlen(manifest_changes_folder(m));
		if ((unsigned char) name[0] >= ':')
		{
			m->unlisted = false;	/* manifest_base lists these */
			break;
		}
		if (e.folder)
		{
			if (name[0] < '0')
				manifest_ignore(m, &e);
			else if (!c->date_partition || !take_date_folder(m, e.key, 1))
				manifest_misplaced(m, e.key, "folder");
		}
		else if (manifest_entry_kind(&e, &info) == NAME_CDC)
		{
			cdc_take(m, &e, &info);
			m->unlisted = info.time < m->to || c->date_partition;
			break;
		}
		else
			manifest_ignore(m, &e);
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

	manifest_begin(m);
	lister = store_list(m->store, manifest_changes_folder(m), NULL, false);
	while (store_list_next(lister, &e))
	{
		if (manifest_entry_kind(&e, &info) == NAME_CDC)
			cdc_take(m, &e, &info);
		else if (m->config->changes_prefix == NULL)
			manifest_base_take(m, &e);
		else
			manifest_ignore(m, &e);
	}
	store_list_close(lister);
	m->busy = false;
}

void
manifest_cdc_start(Manifest *m)
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
	manifest_begin(m);
	if (c->cdc_path != NULL)
	{
		char	   *prefix = psprintf("%sCDC_TXN-", c->cdc_path);

		m->flat = store_list(m->store, prefix,
							 written_name(prefix, m->from, ""), true);
	}
	else
		m->flat = store_list(m->store, manifest_changes_folder(m),
							 c->date_partition ? NULL :
							 written_name(manifest_changes_folder(m), m->from, "-"), true);
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
			sort_items(m->cdc.items + from, m->cdc.n - from,
					   sizeof(LogFile *), manifest_item_cmp, NULL);
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
		manifest_begin(m);
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
	manifest_check(m);
	manifest_cdc_start(m);
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

/*
 * The newest CDC file
 */

/* The last file with bytes of those listed so far; NULL: none. */
static LogFile *
newest_listed(const Manifest *m)
{
	LogFile    *newest = NULL;

	/* what stands before nfinal is in order */
	for (int i = m->cdc.n - 1; i >= 0 && (i >= m->nfinal || newest == NULL); i--)
	{
		LogFile    *f = m->cdc.items[i];

		if (f->size > 0 &&
			(newest == NULL || manifest_file_cmp(f, newest) > 0))
			newest = f;
	}
	return newest;
}

/* Of a folder whose byte order is the files' order: by probing. */
static LogFile *
newest_flat(Manifest *m)
{
	FoundObject last = {0};
	FoundObject *found;
	StoreEntry	e = {0};

	if (m->cdc.n == 0)
		flat_next(m);
	if (m->cdc.n == 0 || !m->unlisted)
		return newest_listed(m);
	last.key = m->cdc.items[m->cdc.n - 1]->key;
	last.info.kind = m->cdc.items[m->cdc.n - 1]->kind;
	last.info.time = m->cdc.items[m->cdc.n - 1]->written;
	found = newest_probe(m->store, m->config->cdc_path ?
							m->config->cdc_path : manifest_changes_folder(m),
							&last);
	if (found == NULL)
		return newest_listed(m);
	e.key = found->key;
	e.size = found->size;
	e.etag = found->etag;
	return manifest_new_file(m, &e, &found->info);
}

/*
 * Of date folders: open the latest, until none that is left can hold a later
 * file.  What they hold is kept for manifest_cdc().
 */
static LogFile *
newest_by_date(Manifest *m)
{
	LogFile    *newest = newest_listed(m);

	while (m->nnodes > 0)
	{
		int			last = 0;

		for (int n = 1; n < m->nnodes; n++)
			if (m->nodes[n].to > m->nodes[last].to)
				last = n;
		if (newest != NULL && m->nodes[last].to <= newest->written)
			break;
		open_node(m, last);
		newest = newest_listed(m);
	}
	return newest;
}

LogFile *
manifest_newest(Manifest *m)
{
	LogFile    *newest = NULL;

	if (m->newest_known)
		return m->newest;
	if (m->rest != NULL)
		newest = manifest_newest(m->rest);
	if (newest == NULL)
	{
		manifest_cdc_start(m);
		newest = m->unlisted ? newest_flat(m) : newest_by_date(m);
	}
	m->newest = newest;
	m->newest_known = true;
	return newest;
}

bool
manifest_oldest_is_listed(const Manifest *m)
{
	return m->nfinal > 0 || manifest_newest_is_listed(m);
}

bool
manifest_newest_is_listed(const Manifest *m)
{
	return m->newest_known ||
		(m->cdc_started && !m->unlisted && m->nnodes == 0 &&
		 (m->rest == NULL || manifest_newest_is_listed(m->rest)));
}
