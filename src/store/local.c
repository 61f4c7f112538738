/*-------------------------------------------------------------------------
 *
 * local.c
 *	  A local directory as a store.
 *
 * Nothing outside the root is ever read: every path is walked from the root
 * one name at a time without following links, and "..", "." and empty names
 * are refused.  The root itself may be reached through links: it is the
 * server's owner who names it.  A link met while listing is an error rather
 * than an omission, since the log would be incomplete without a word.
 *
 * File descriptors are plain ones, accounted for with AcquireExternalFD:
 * transient files are closed when a subtransaction aborts, virtual ones may
 * be reopened by path, and neither suits a reader that belongs to a scan.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#include "store/impl.h"
#include "store/waits.h"

typedef struct LocalStore
{
	Store		base;
	char	   *root;			/* with a slash at its end */
} LocalStore;

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
	StringInfoData key;			/* what the last entry pointed to */
	char		etag[96];
	MemoryContextCallback callback;
} LocalLister;

typedef struct LocalReader
{
	StoreReader base;
	char	   *key;
	char	   *etag;			/* as listed, or NULL */
	int64		size;			/* likewise, or -1 */
	int64		limit;			/* -1 for all */
	bool		opened;
	int			fd;
	struct stat st;				/* as it was opened */
	int64		left;			/* bytes still to read */
	int64		advised;		/* bytes the kernel was told to fetch */
	MemoryContextCallback callback;
} LocalReader;

static char *
local_uri(const Store *store, const char *key)
{
	char	   *path = psprintf("%s%s", ((const LocalStore *) store)->root, key);
	char	   *clean = store_clean_text(path);

	pfree(path);
	return clean;
}

static Store *
local_open(const StoreConfig *cfg, MemoryContext cxt)
{
	LocalStore *local = palloc0(sizeof(LocalStore));
	const char *path = cfg->url + strlen("file://");
	size_t		len = strlen(path);

	if (path[0] != '/')
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid url \"%s\"", cfg->url),
				 errdetail("The path of a file url must be absolute."),
				 errhint("Write it with three slashes: file:///directory.")));
	while (len > 1 && path[len - 1] == '/')
		len--;
	local->root = palloc(len + 2);
	memcpy(local->root, path, len);
	strcpy(local->root + len, len == 1 ? "" : "/");
	return &local->base;
}

/* ---- walking ---- */

/* openat, with errno = ELOOP for a link wherever it stands. */
static int
open_beneath(int dirfd, const char *name, int flags)
{
	int			fd = openat(dirfd, name, flags | O_NOFOLLOW | O_CLOEXEC, 0);
	int			saved = errno;
	struct stat st;

	if (fd >= 0 || saved != ENOTDIR)
		return fd;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISLNK(st.st_mode))
		saved = ELOOP;
	errno = saved;
	return -1;
}

/*
 * Open a path under the root (a directory if it is empty or ends in '/'),
 * walking it name by name.  -1 with errno; root_failed tells whether it was
 * the root itself.  Throws nothing, so that no descriptor can be lost.
 */
static int
walk(const LocalStore *local, const char *path, bool *root_failed)
{
	int			fd = open(local->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

	*root_failed = fd < 0;
	while (fd >= 0 && *path)
	{
		const char *slash = strchr(path, '/');
		size_t		len = slash ? (size_t) (slash - path) : strlen(path);
		char		name[NAME_MAX + 1];
		int			next = -1;

		if (len > NAME_MAX)
			errno = ENAMETOOLONG;
		else if (len == 0 || strncmp(path, "..", Max(len, 1)) == 0)
			errno = ENOENT;		/* "", "." and ".." name no object */
		else
		{
			memcpy(name, path, len);
			name[len] = '\0';
			/* O_NONBLOCK: a FIFO of that name must not hang us */
			next = open_beneath(fd, name, slash ? O_RDONLY | O_DIRECTORY :
								O_RDONLY | O_NONBLOCK);
		}
		{
			int			saved = errno;

			close(fd);
			errno = saved;
		}
		fd = next;
		path += len + (slash ? 1 : 0);
	}
	return fd;
}

static void
raise_link(const Store *store, const char *key)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("\"%s\" is a symbolic link", local_uri(store, key)),
			 errhint("Links under the url are not followed; put the file itself there, or point the server's url to it.")));
}

static void
reserve_fd(const Store *store, const char *key)
{
	if (!AcquireExternalFD())
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open \"%s\": %m", local_uri(store, key))));
}

/* ---- listing ---- */

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
compare_items(const void *a, const void *b)
{
	return strcmp(((const DirItem *) a)->name, ((const DirItem *) b)->name);
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
	reserve_fd(&local->base, path);
	local->base.counters.requests++;
	stats_add(local->base.stats, STAT_REQUESTS, 1);
	fd = walk(local, path, &root_failed);
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
		raise_link(&local->base, path);
	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not open directory \"%s\": %m",
					local_uri(&local->base, root_failed ? "" : path))));
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
						local_uri(lister->base.store,
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
			level->nitems++;
	}
	if (errno)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read directory \"%s\": %m",
						local_uri(lister->base.store, path))));
	local_list_release(lister);
	qsort(level->items, level->nitems, sizeof(DirItem), compare_items);
	level->up = lister->level;
	lister->level = level;
	MemoryContextSwitchTo(old);
}

static void
pop_directory(LocalLister *lister)
{
	DirLevel   *level = lister->level;

	lister->level = level->up;
	MemoryContextDelete(level->cxt);
}

static StoreLister *
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

static bool
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
		if (item->link)
			raise_link(base->store, lister->key.data);
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

/* ---- reading ---- */

static void
local_read_release(void *arg)
{
	LocalReader *reader = arg;

	if (reader->fd >= 0)
	{
		close(reader->fd);
		reader->fd = -1;
		ReleaseExternalFD();
	}
}

static void
raise_changed(const LocalReader *reader, const char *when)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("\"%s\" changed %s",
					local_uri(reader->base.store, reader->key), when),
			 errhint("Run the query again.")));
}

/* Open the file, and see that it is the one that was listed. */
static void
open_file(LocalReader *reader)
{
	Store	   *store = reader->base.store;
	bool		root_failed;
	char		now[96];

	reader->opened = true;
	store->counters.requests++;
	stats_add(store->stats, STAT_REQUESTS, 1);
	reader->fd = walk((LocalStore *) store, reader->key, &root_failed);
	if (reader->fd < 0)
	{
		int			saved = errno;

		ReleaseExternalFD();
		errno = saved;
		if (errno == ELOOP)
			raise_link(store, reader->key);
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\": %m",
						local_uri(store, reader->key))));
	}
	if (fstat(reader->fd, &reader->st) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not stat file \"%s\": %m",
						local_uri(store, reader->key))));
	if (!S_ISREG(reader->st.st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a regular file",
						local_uri(store, reader->key))));
	snprintf(now, sizeof(now), INT64_FORMAT ":" INT64_FORMAT ":" UINT64_FORMAT,
			 (int64) reader->st.st_mtim.tv_sec * 1000000000 +
			 reader->st.st_mtim.tv_nsec,
			 (int64) reader->st.st_size, (uint64) reader->st.st_ino);
	if ((reader->etag && strcmp(reader->etag, now) != 0) ||
		(reader->size >= 0 && reader->size != reader->st.st_size))
		raise_changed(reader, "since it was listed");
	reader->left = reader->st.st_size;
	if (reader->limit >= 0 && reader->limit < reader->left)
		reader->left = reader->limit;
#ifdef POSIX_FADV_SEQUENTIAL
	if (reader->limit < 0)
		(void) posix_fadvise(reader->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
}

/*
 * Where descriptors run short a file that is opened ahead is not worth an
 * error: it is opened when it is read.
 */
static StoreReader *
local_read_open(Store *store, const char *key, const char *etag, int64 size,
				int64 limit)
{
	LocalReader *reader = palloc0(sizeof(LocalReader));

	reader->base.store = store;
	reader->fd = -1;
	reader->callback.func = local_read_release;
	reader->callback.arg = reader;
	MemoryContextRegisterResetCallback(CurrentMemoryContext,
									   &reader->callback);
	reader->key = pstrdup(key);
	reader->etag = etag ? pstrdup(etag) : NULL;
	reader->size = size;
	reader->limit = limit;
	if (AcquireExternalFD())
		open_file(reader);
	return &reader->base;
}

/* At the end: is it still the file that was opened? */
static void
check_unchanged(LocalReader *reader)
{
	struct stat st;

	if (fstat(reader->fd, &st) != 0 ||
		st.st_size != reader->st.st_size ||
		st.st_mtim.tv_sec != reader->st.st_mtim.tv_sec ||
		st.st_mtim.tv_nsec != reader->st.st_mtim.tv_nsec)
		raise_changed(reader, "while it was read");
}

static size_t
local_read(StoreReader *base, void *buf, size_t len)
{
	LocalReader *reader = (LocalReader *) base;
	ssize_t		n;

	if (!reader->opened)
	{
		reserve_fd(base->store, reader->key);
		open_file(reader);
	}
	if (reader->fd < 0)
		return 0;				/* read to the end before */
	if (reader->left > 0)
	{
		do
		{
			CHECK_FOR_INTERRUPTS();
			pgstat_report_wait_start(wait_number(WAIT_FILE));
			n = read(reader->fd, buf, Min((int64) len, reader->left));
			pgstat_report_wait_end();
		} while (n < 0 && errno == EINTR);
		if (n < 0)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read file \"%s\": %m",
							local_uri(base->store, reader->key))));
		if (n == 0)
			raise_changed(reader, "while it was read");
		reader->left -= n;
		return n;
	}
	check_unchanged(reader);
	local_read_release(reader);
	return 0;
}

/* The kernel fetches, and only where its own read-ahead has not begun. */
static void
local_read_share(StoreReader *base, int64 bytes)
{
	LocalReader *reader = (LocalReader *) base;

#ifdef POSIX_FADV_WILLNEED
	if (reader->fd >= 0 && bytes > reader->advised)
	{
		(void) posix_fadvise(reader->fd, reader->advised,
							 bytes - reader->advised, POSIX_FADV_WILLNEED);
		reader->advised = bytes;
	}
#endif
}

const StoreOps store_local_ops = {
	.name = "file",
	.most_open = 16,
	.open = local_open,
	.uri = local_uri,
	.list = local_list,
	.list_next = local_list_next,
	.read_open = local_read_open,
	.read = local_read,
	.read_share = local_read_share
};
