/*-------------------------------------------------------------------------
 *
 * discover_txn.c
 *	  Where the transaction files of a task lie that nobody announced.
 *
 * They hold the changes of all tables, so they are looked for only where no
 * table has change files: in the schema's own folder, then in its neighbours.  A
 * folder in another one may be another task's, so it is named and not taken.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "log/sniff/discover.h"
#include "log/manifest.h"

/* Folders to look into, by two requests at most each. */
#define TXN_FOLDERS_MAX	16

void
discover_txn_met(Discovery *d, const char *key)
{
	char	   *folder = pnstrdup(key, manifest_file_name(key) - key);
	ListCell   *lc;

	foreach(lc, d->txn_folders)
		if (strcmp(lfirst(lc), folder) == 0)
			return;
	d->txn_folders = lappend(d->txn_folders, folder);
}

/* Take the transaction files of one folder; true if there are any. */
static bool
take_folder(const DiscoverSpec *spec, Discovery *d, const char *folder)
{
	FoundObject *last = NULL;
	char	   *prefix = psprintf("%sCDC_TXN-", folder);
	StoreLister *lister = store_list(spec->store, prefix, NULL, true);
	StoreEntry	e;
	NameInfo	info;
	int			n = 0;

	while (n < DISCOVER_PATIENCE && store_list_next(lister, &e))
	{
		const char *base = manifest_file_name(e.key);

		n++;
		if (e.folder || name_parse(base, strlen(base), &info) != NAME_TXN)
			continue;
		d->cdc_path = pstrdup(folder);
		newest_set_to(&last, &e, &info);
		if (e.size == 0)
			continue;
		if (d->txn_oldest == NULL)
			d->txn_oldest = newest_object(&e, &info);
		newest_set_to(&d->txn_newest, &e, &info);
	}
	store_list_close(lister);
	if (n == DISCOVER_PATIENCE && last != NULL)
	{
		FoundObject *newest = newest_probe(spec->store, folder, last);

		if (newest != NULL)
			d->txn_newest = newest;
	}
	return d->cdc_path != NULL;
}

/*
 * Note the folders of transaction files among the first objects of a listing;
 * true if that were all.  *changes is set if there are change files.
 */
static bool
look_through(const DiscoverSpec *spec, Discovery *d, const char *prefix,
			 bool *changes)
{
	StoreLister *lister = store_list(spec->store, prefix, NULL, false);
	StoreEntry	e;
	int			n = 0;

	while (n < DISCOVER_PATIENCE && store_list_next(lister, &e))
	{
		const char *base = manifest_file_name(e.key);
		NameInfo	info;

		CHECK_FOR_INTERRUPTS();
		n++;
		switch (name_parse(base, strlen(base), &info))
		{
			case NAME_TXN:
				discover_txn_met(d, e.key);
				break;
			case NAME_CDC:
				*changes = true;
				break;
			default:
				break;
		}
	}
	store_list_close(lister);
	return n < DISCOVER_PATIENCE;
}

/* A name that folders of transaction files have. */
static bool
is_likely(const char *folder)
{
	for (; *folder != '\0'; folder++)
		if (pg_strncasecmp(folder, "cdc", 3) == 0 ||
			pg_strncasecmp(folder, "txn", 3) == 0)
			return true;
	return false;
}

/* The folders beside the schema's, the likely ones first. */
static List *
neighbours(const DiscoverSpec *spec)
{
	List	   *likely = NIL;
	List	   *others = NIL;
	ListCell   *lc;

	foreach(lc, discover_folders(spec->store, ""))
	{
		char	   *folder = lfirst(lc);

		if (strcmp(psprintf("%s/", folder), spec->schema) == 0)
			continue;
		if (is_likely(folder))
			likely = lappend(likely, folder);
		else
			others = lappend(others, folder);
	}
	return list_concat(likely, others);
}

/*
 * The only one of *n folders of transaction files that are in prefix, or, if that
 * is empty, right under the root; NULL if there are none or several.
 */
static const char *
only_folder(const Discovery *d, const char *prefix, int *n)
{
	const char *only = NULL;
	size_t		len = strlen(prefix);
	ListCell   *lc;

	*n = 0;
	foreach(lc, d->txn_folders)
	{
		const char *folder = lfirst(lc);
		const char *slash = strchr(folder, '/');
		bool		fits = len > 0 ? strncmp(folder, prefix, len) == 0 :
			slash != NULL && slash[1] == '\0';

		if (fits && (*n)++ == 0)
			only = folder;
	}
	return *n == 1 ? only : NULL;
}

/* Do all changes lie in one folder? */
static void
search(const DiscoverSpec *spec, Discovery *d)
{
	bool		changes = false;
	bool		ignored;
	bool		listed = spec->names == NIL && spec->wanted == NULL;
	bool		root = spec->schema[0] == '\0';
	const char *folder;
	int			found = 0;
	int			n = 0;
	ListCell   *lc;

	/* of tables that are not wanted nothing was listed */
	if (!root && !listed &&
		!look_through(spec, d, spec->schema, &changes))
		d->txn_unseen = lappend(d->txn_unseen,
								pnstrdup(spec->schema,
										 strlen(spec->schema) - 1));
	foreach(lc, changes || (root && listed) ? NIL : neighbours(spec))
	{
		char	   *name = lfirst(lc);
		char	   *prefix = psprintf("%s/", name);

		if (n++ >= TXN_FOLDERS_MAX)
			d->txn_unseen = lappend(d->txn_unseen, name);
		else if (!look_through(spec, d, prefix, &ignored) &&
				 look_through(spec, d, psprintf("%sCDC_TXN-", prefix), &ignored) &&
				 only_folder(d, prefix, &found) == NULL && found == 0)
			d->txn_unseen = lappend(d->txn_unseen, name);
	}
	folder = only_folder(d, spec->schema, &found);
	if (found == 0)
		folder = only_folder(d, "", &found);
	if (changes || (folder != NULL && take_folder(spec, d, folder)))
		d->txn_folders = d->txn_unseen = NIL;
}

void
discover_txn(const DiscoverSpec *spec, Discovery *d)
{
	bool		wanted = d->ntables > 0 && !spec->no_txn;

	if (spec->cdc_path != NULL)
		(void) take_folder(spec, d, spec->cdc_path);
	for (int i = 0; i < d->ntables; i++)
		wanted &= d->tables[i]->nchanges == 0;
	if (spec->cdc_path == NULL && wanted)
		search(spec, d);
	else
		d->txn_folders = NIL;
}
