/*-------------------------------------------------------------------------
 *
 * local_list.c
 *	  Listing a local directory as S3 lists a bucket: keys in byte order,
 *	  whole or folder by folder.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/memutils.h"

#include "base/sort.h"
#include "store/local.h"

/*
 * The longest key, as S3 has it.  Each folder is opened from the root, so that
 * one that lies thousands deep would cost millions of steps.
 */
#define MAX_KEY		1024

/* One name in a directory; a directory's ends in '/'. */
typedef struct DirItem
{
	char	   *name;
	bool		link;
	int64		size;
	int64		mtime_ns;
	uint64		inode;
} DirItem;

/* A directory being listed. */
typedef struct DirLevel
{
	struct DirLevel *up;
	MemoryContext cxt;
	char	   *path;			/* under the root, "" or with a slash at its end */
	DirItem    *items;			/* in byte order of their names */
	int			nitems;
	int			next;
} DirLevel;

typedef struct LocalLister
{
	StoreLister base;
	char	   *prefix;
	char	   *start_after;	/* NULL: from the beginning */
	bool		by_folder;
	DirLevel   *level;			/* innermost directory; NULL at the end */
	DIR		   *dir;			/* open only while a directory is read */
	int64		held;			/* names of all levels */
	StringInfoData key;			/* what the last entry pointed to */
	char		etag[LOCAL_ETAG_SIZE];
	MemoryContextCallback callback;
} LocalLister;

static void
local_list_release(void *arg)
{
	LocalLister *lister = arg;

	if (lister->dir)
	{
		closedir(lister->dir);
		lister->dir = NULL;
		ReleaseExternalFD();
	}
}

static int
compare_items(const void *a, const void *b, void *arg)
{
	return strcmp(((const DirItem *) a)->name, ((const DirItem *) b)->name);
}

/* Where the root comes from; part of an ereport(). */
static int
root_hint(const Store *store)
{
	ForeignServer *server = GetForeignServerExtended(store->cfg.serverid,
													 FSV_MISSING_OK);

	return server == NULL ? 0 :
		errhint("It comes from option url of server \"%s\".",
				server->servername);
}

/*
 * Open directory path into lister->dir; false where there is none.
 */
static bool
open_directory(LocalLister *lister, const char *path)
{
	LocalStore *local = (LocalStore *) lister->base.store;
	bool		root_failed;
	int			fd;
	int			saved;

	CHECK_FOR_INTERRUPTS();
	local_reserve_fd(&local->base, path);
	store_count_request(&local->base, local->base.account);
	fd = local_walk(local, path, &root_failed);
	if (fd >= 0)
	{
		lister->dir = fdopendir(fd);
		if (lister->dir)
			return true;
	}
	saved = errno;
	if (fd >= 0)
		close(fd);
	ReleaseExternalFD();
	errno = saved;
	if (!root_failed && (errno == ENOENT || errno == ENOTDIR))
		return false;
	if (errno == ELOOP)
		local_raise_link(&local->base, path);
	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not open directory \"%s\": %m",
					store_uri(&local->base, root_failed ? "" : path)),
			 root_failed ? root_hint(&local->base) : 0));
}

/* Can a name in directory path lead to a key that is asked for? */
static bool
name_wanted(const LocalLister *lister, const char *path, const char *name,
			bool folder)
{
	size_t		plen = strlen(path);
	size_t		nlen = strlen(name);
	size_t		rest = strlen(lister->prefix);
	int			cmp;

	/* the prefix, as far as it goes beyond the directory */
	if (rest > plen && strncmp(lister->prefix + plen, name,
							   Min(rest - plen, nlen)) != 0)
		return false;
	if (rest > plen + nlen && !folder)
		return false;
	if (lister->start_after == NULL)
		return true;
	cmp = strncmp(path, lister->start_after, plen);
	if (cmp != 0)
		return cmp > 0;
	cmp = strcmp(name, lister->start_after + plen);
	if (cmp > 0)
		return true;
	/* a folder that start_after lies in has keys after it, but as an entry
	 * it sorts before */
	return folder && !lister->by_folder &&
		strncmp(name, lister->start_after + plen, nlen) == 0;
}

/* Look at one name; true if it was put in *item. */
static bool
read_item(LocalLister *lister, const char *path, const char *name,
		  DirItem *item)
{
	struct stat st;
	bool		folder;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	if (fstatat(dirfd(lister->dir), name, &st, AT_SYMLINK_NOFOLLOW) != 0)
	{
		if (errno == ENOENT)
			return false;		/* gone meanwhile */
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not stat \"%s\": %m",
						store_uri(lister->base.store,
								  psprintf("%s%s", path, name)))));
	}
	folder = S_ISDIR(st.st_mode);
	if (!folder && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return false;
	item->name = folder ? psprintf("%s/", name) : pstrdup(name);
	if (!name_wanted(lister, path, item->name, folder))
	{
		pfree(item->name);
		return false;
	}
	item->link = S_ISLNK(st.st_mode);
	item->size = folder ? -1 : st.st_size;
	item->mtime_ns = (int64) st.st_mtim.tv_sec * 1000000000 +
		st.st_mtim.tv_nsec;
	item->inode = st.st_ino;
	return true;
}

/* Read directory path (palloc'd) and make it the innermost level. */
static void
push_directory(LocalLister *lister, const char *path)
{
	MemoryContext cxt;
	MemoryContext old;
	DirLevel   *level;
	struct dirent *de;
	int			room = 64;

	if (!open_directory(lister, path))
		return;
	cxt = AllocSetContextCreate(lister->base.cxt, "cdc_fdw directory",
								ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(cxt);
	level = palloc0(sizeof(DirLevel));
	level->cxt = cxt;
	level->path = pstrdup(path);
	level->items = palloc(room * sizeof(DirItem));
	while (errno = 0, (de = readdir(lister->dir)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (level->nitems == room)
		{
			room *= 2;
			level->items = repalloc_huge(level->items, room * sizeof(DirItem));
		}
		if (read_item(lister, path, de->d_name, &level->items[level->nitems]))
		{
			level->nitems++;
			store_check_objects(lister->base.store, ++lister->held,
								lister->prefix);
		}
	}
	if (errno)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read directory \"%s\": %m",
						store_uri(lister->base.store, path))));
	local_list_release(lister);
	sort_items(level->items, level->nitems, sizeof(DirItem),
			   compare_items, NULL);
	level->up = lister->level;
	lister->level = level;
	MemoryContextSwitchTo(old);
}

static void
pop_directory(LocalLister *lister)
{
	DirLevel   *level = lister->level;

	lister->level = level->up;
	lister->held -= level->nitems;
	MemoryContextDelete(level->cxt);
}

StoreLister *
local_list(Store *store, const char *prefix, const char *start_after,
		   bool by_folder)
{
	LocalLister *lister = palloc0(sizeof(LocalLister));
	const char *slash = strrchr(prefix, '/');

	lister->base.store = store;
	lister->base.cxt = CurrentMemoryContext;
	lister->callback.func = local_list_release;
	lister->callback.arg = lister;
	MemoryContextRegisterResetCallback(CurrentMemoryContext,
									   &lister->callback);
	lister->prefix = pstrdup(prefix);
	lister->start_after = start_after && *start_after ?
		pstrdup(start_after) : NULL;
	lister->by_folder = by_folder;
	initStringInfo(&lister->key);
	push_directory(lister, slash ? pnstrdup(prefix, slash - prefix + 1) : "");
	return &lister->base;
}

bool
local_list_next(StoreLister *base, StoreEntry *entry)
{
	LocalLister *lister = (LocalLister *) base;

	while (lister->level)
	{
		DirLevel   *level = lister->level;
		DirItem    *item;

		if (level->next == level->nitems)
		{
			pop_directory(lister);
			continue;
		}
		item = &level->items[level->next++];
		resetStringInfo(&lister->key);
		appendStringInfo(&lister->key, "%s%s", level->path, item->name);
		if (lister->key.len > MAX_KEY)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a name in folder \"%s\" is too long",
							store_uri(base->store, level->path)),
					 errdetail("Under the server's url it has %d bytes, folders included; the most is %d, as on S3.",
							   lister->key.len, MAX_KEY),
					 errhint("Folders may lie too deep in one another: move what is no log elsewhere.")));
		if (item->link)
			local_raise_link(base->store, lister->key.data);
		if (item->size < 0 && !lister->by_folder)
		{
			push_directory(lister, lister->key.data);
			continue;
		}
		entry->key = lister->key.data;
		entry->size = item->size;
		entry->folder = item->size < 0;
		entry->etag = NULL;
		if (!entry->folder)
		{
			snprintf(lister->etag, sizeof(lister->etag),
					 INT64_FORMAT ":" INT64_FORMAT ":" UINT64_FORMAT,
					 item->mtime_ns, item->size, item->inode);
			entry->etag = lister->etag;
		}
		return true;
	}
	return false;
}
