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
 * transient files are closed when a subtransaction aborts, virtual ones are
 * reopened by path without a look at what lies there, and neither suits a
 * reader that belongs to a scan.  Where descriptors run short, what would be
 * opened ahead stays closed, and the file that was read least recently gives
 * its own to the one that is due; it is opened again when its turn comes, and
 * must be the same file then.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/ilist.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#include "store/local.h"
#include "store/local_hash.h"
#include "store/waits.h"

typedef struct LocalReader
{
	StoreReader base;
	char	   *key;
	char	   *etag;			/* as listed, or NULL */
	const char *hash;			/* instead: of its bytes, or NULL */
	int64		size;			/* likewise, or -1 */
	int64		limit;			/* -1 for all */
	bool		known;			/* opened once: st and left are set */
	bool		proven;			/* its bytes have that hash */
	bool		ended;			/* read to its end */
	int			fd;				/* -1: not open now */
	dlist_node	link;			/* of those that are open */
	struct stat st;				/* as it was first opened */
	int64		at;				/* bytes read */
	int64		left;			/* bytes still to read */
	int64		advised;		/* bytes the kernel was told to fetch */
	MemoryContextCallback callback;
} LocalReader;

/* Those that hold a descriptor, the one that was read last first. */
static dlist_head open_readers = DLIST_STATIC_INIT(open_readers);

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

/* openat(), with errno = ELOOP for a link wherever it stands. */
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
close_reader(LocalReader *reader)
{
	if (reader->fd < 0)
		return;
	close(reader->fd);
	reader->fd = -1;
	dlist_delete(&reader->link);
	ReleaseExternalFD();
}

/* Close the file that was read least recently; false if none is open. */
static bool
give_way(void)
{
	if (dlist_is_empty(&open_readers))
		return false;
	close_reader(dlist_tail_element(LocalReader, link, &open_readers));
	return true;
}

int
local_walk(const LocalStore *local, const char *path, bool *root_failed)
{
	int			fd;

	do
		fd = walk(local, path, root_failed);
	while (fd < 0 && (errno == EMFILE || errno == ENFILE) && give_way());
	return fd;
}

void
local_raise_link(const Store *store, const char *key)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("\"%s\" is a symbolic link", local_uri(store, key)),
			 errhint("Links under the url are not followed; put the file itself there, or point the server's url to it.")));
}

void
local_reserve_fd(const Store *store, const char *key)
{
	while (!AcquireExternalFD())
		if (!give_way())
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not open \"%s\": %m", local_uri(store, key)),
					 errhint("Raise max_files_per_process.")));
}

/* ---- reading ---- */

static void
local_read_release(void *arg)
{
	close_reader(arg);
}

static void
raise_changed(const LocalReader *reader, const char *when)
{
	if (reader->hash)
		store_raise_pinned_changed(local_uri(reader->base.store, reader->key),
								   "");
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("\"%s\" changed %s",
					local_uri(reader->base.store, reader->key), when),
			 errhint("Run the query again.")));
}

void
local_etag(char etag[LOCAL_ETAG_SIZE], const struct stat *st)
{
	snprintf(etag, LOCAL_ETAG_SIZE,
			 INT64_FORMAT ":" INT64_FORMAT ":" UINT64_FORMAT,
			 (int64) st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
			 (int64) st->st_size, (uint64) st->st_ino);
}

void
local_raise_unopened(const Store *store, const char *key)
{
	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not open file \"%s\": %m", local_uri(store, key))));
}

/* Open the file, for which a descriptor is reserved. */
static void
open_descriptor(LocalReader *reader, struct stat *st)
{
	Store	   *store = reader->base.store;
	bool		root_failed;

	store_count_request(store, store->account);
	reader->fd = local_walk((LocalStore *) store, reader->key, &root_failed);
	if (reader->fd < 0)
	{
		int			saved = errno;

		ReleaseExternalFD();
		errno = saved;
		if (errno == ELOOP)
			local_raise_link(store, reader->key);
		if (errno == ENOENT && reader->known)
			raise_changed(reader, "while it was read");
		if (errno == ENOENT && reader->hash)
			store_raise_pinned_gone(local_uri(store, reader->key), "");
		local_raise_unopened(store, reader->key);
	}
	dlist_push_head(&open_readers, &reader->link);
	if (fstat(reader->fd, st) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not stat file \"%s\": %m",
						local_uri(store, reader->key))));
	if (!S_ISREG(st->st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a regular file",
						local_uri(store, reader->key))));
}

/* Open the file, and see that it is the one that was listed. */
static void
open_first(LocalReader *reader)
{
	char		now[LOCAL_ETAG_SIZE];

	open_descriptor(reader, &reader->st);
	local_etag(now, &reader->st);
	if ((reader->etag && strcmp(reader->etag, now) != 0) ||
		(reader->size >= 0 && reader->size != reader->st.st_size))
		raise_changed(reader, "since it was listed");
	reader->left = reader->st.st_size;
	if (reader->limit >= 0 && reader->limit < reader->left)
		reader->left = reader->limit;
	reader->known = true;
#ifdef POSIX_FADV_SEQUENTIAL
	if (reader->limit < 0)
		(void) posix_fadvise(reader->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
}

/* Open it where it was left, and see that it is the one that was read so far. */
static void
open_again(LocalReader *reader)
{
	struct stat st;

	open_descriptor(reader, &st);
	if (st.st_ino != reader->st.st_ino || !local_same_stat(&st, &reader->st))
		raise_changed(reader, "while it was read");
	if (lseek(reader->fd, reader->at, SEEK_SET) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in file \"%s\": %m",
						local_uri(reader->base.store, reader->key))));
}

/* Before a byte is handed out: are they all what they were? */
static void
prove(LocalReader *reader)
{
	Store	   *store = reader->base.store;
	char	   *hash = local_hash_fd(reader->fd,
									 local_uri(store, reader->key));

	store_count_bytes(store, store->account, reader->st.st_size);
	if (strcmp(hash, reader->hash) != 0)
		raise_changed(reader, "since it was listed");
	pfree(hash);
	reader->proven = true;
}

/*
 * Where descriptors run short a file that is opened ahead is not worth an
 * error: it is opened when it is read.
 */
static StoreReader *
local_read_open(Store *store, const char *key, const char *version,
				const char *etag, int64 size, int64 limit)
{
	LocalReader *reader = palloc0(sizeof(LocalReader));

	reader->base.store = store;
	reader->fd = -1;
	reader->callback.func = local_read_release;
	reader->callback.arg = reader;
	MemoryContextRegisterResetCallback(CurrentMemoryContext,
									   &reader->callback);
	reader->key = pstrdup(key);
	if (etag && local_hash_is(etag))
		reader->hash = pstrdup(etag);
	else
		reader->etag = etag ? pstrdup(etag) : NULL;
	reader->size = size;
	reader->limit = limit;
	if (AcquireExternalFD())
		open_first(reader);
	return &reader->base;
}

bool
local_same_stat(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size &&
		a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
		a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
		a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
		a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Behind each read: is it still the file that was opened? */
static void
check_unchanged(LocalReader *reader)
{
	struct stat st;

	if (fstat(reader->fd, &st) != 0 || !local_same_stat(&st, &reader->st))
		raise_changed(reader, "while it was read");
}

static void
took(LocalReader *reader, ssize_t n)
{
	Store	   *store = reader->base.store;

	check_unchanged(reader);
	reader->at += n;
	reader->left -= n;
	store_count_bytes(store, store->account, n);
}

static size_t
local_read(StoreReader *base, void *buf, size_t len)
{
	LocalReader *reader = (LocalReader *) base;
	ssize_t		n;

	if (reader->ended)
		return 0;
	if (reader->fd >= 0)
		dlist_move_head(&open_readers, &reader->link);
	else
	{
		local_reserve_fd(base->store, reader->key);
		if (reader->known)
			open_again(reader);
		else
			open_first(reader);
	}
	if (reader->hash && !reader->proven)
		prove(reader);
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
		took(reader, n);
		return n;
	}
	check_unchanged(reader);
	reader->ended = true;
	close_reader(reader);
	return 0;
}

/* What lies in the page cache, where the kernel can tell. */
static size_t
local_read_at_hand(StoreReader *base, void *buf, size_t len)
{
#ifdef RWF_NOWAIT
	LocalReader *reader = (LocalReader *) base;
	struct iovec iov = {buf, Min((int64) len, reader->left)};
	ssize_t		n = 0;

	if (reader->fd >= 0 && (reader->hash == NULL || reader->proven) &&
		iov.iov_len > 0)
		n = preadv2(reader->fd, &iov, 1, -1, RWF_NOWAIT);
	if (n > 0)
	{
		took(reader, n);
		return n;
	}
#endif
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
	.read_at_hand = local_read_at_hand,
	.read_share = local_read_share,
	.probe_open = local_probe_open,
	.probe = local_probe
};
