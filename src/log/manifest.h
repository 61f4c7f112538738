/*-------------------------------------------------------------------------
 *
 * manifest.h
 *	  Which objects make up a table's log, and in which order.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_MANIFEST_H
#define CDC_LOG_MANIFEST_H

#include "postgres.h"

#include "log/logconfig.h"
#include "store/store.h"

/* Finds and reads other files of a folder: see evidence.h. */
typedef struct LogEvidence LogEvidence;

typedef struct LogFile
{
	char	   *key;
	int64		size;
	char	   *etag;
	const char *version;		/* of a pinned object that has one, or NULL */
	NameKind	kind;
	int64		written;		/* the name's time, in the zone it was written in */
	TimestampTz time;			/* the same in UTC; of two readings in a repeated
								 * hour the earlier */
	TimestampTz time_hi;		/* the later reading */
	uint64		counter;		/* of a LOAD file */
	bool		series_start;	/* first LOAD file of its folder and segment */
	int			source;			/* index in LogConfig.folders */
	LogEvidence   *evidence;		/* of its folder; lives as long as the file */
} LogFile;

/* The part of a key behind its last slash. */
static inline const char *
manifest_file_name(const char *key)
{
	const char *slash = strrchr(key, '/');

	return slash ? slash + 1 : key;
}

/*
 * Is it gzip by its name?  For estimates and what is done ahead: reading goes by
 * the first bytes.
 */
static inline bool
manifest_named_gzip(const LogFile *file)
{
	size_t		len = strlen(file->key);

	return len > 3 && pg_strcasecmp(file->key + len - 3, ".gz") == 0;
}

typedef struct Manifest Manifest;

typedef struct ManifestCounters
{
	int64		ignored;		/* objects that are no part of the log … */
	int64		near_names;		/* … of which so many are named nearly as if
								 * they were */
	int64		duplicates;		/* CDC files whose name stood there already */
} ManifestCounters;

/*
 * Nothing is listed yet.  Store and config must live as long as ctx; the
 * manifest is allocated in it.  One of several folders has a part for each.
 */
extern Manifest *manifest_open(Store *store, const LogConfig *config,
							   MemoryContext ctx);

/*
 * The full load files in byte order of their keys, *n of them.  Raises an
 * error for a hole in the numbering (unless allow_gaps), a file that is there
 * twice, Parquet, and layouts that partition_folders must announce.
 */
extern LogFile **manifest_base(Manifest *m, int *n);

/* True if that takes no request. */
extern bool manifest_base_is_listed(const Manifest *m);

/*
 * Raises an error where change files lie in the folder of a table whose changes
 * are read from transaction files, as manifest_base() does too, unless options
 * accept it.  For who does not list the full load.
 */
extern void manifest_check_beside(Manifest *m);

/* A file that is known without a listing. */
typedef struct PinnedFile
{
	const char *key;
	int64		size;
	const char *etag;			/* of a listing or a probe */
	const char *version;		/* NULL: the newest, or the store has none */
	int			source;			/* index in LogConfig.folders */
} PinnedFile;

/*
 * A manifest of these files and no others, whole: nothing is listed.  What
 * chooses among the files of a log takes all of it.
 */
extern Manifest *manifest_pinned(Store *store, const LogConfig *config,
								 const PinnedFile *files, int n,
								 MemoryContext ctx);
extern bool manifest_is_pinned(const Manifest *m);

/* How many parts, and each: itself where there is one folder. */
extern int	manifest_nparts(const Manifest *m);
extern Manifest *manifest_part(Manifest *m, int i);
/* What a part's files may be compared with: see evidence.h. */
extern LogEvidence *manifest_evidence(const Manifest *m);
/* The folder of a manifest without parts. */
extern const char *manifest_folder(const Manifest *m);

/* The order of CDC files: by time as written, then by key. */
extern int	manifest_file_cmp(const LogFile *a, const LogFile *b);

/*
 * The i'th CDC file in that order, NULL past the last.  Lists only as far as
 * the order needs.  Not of a manifest with parts.
 */
extern LogFile *manifest_cdc(Manifest *m, int i);

/*
 * The last CDC file that has bytes, of the whole folder whatever was listed of
 * it; NULL: there is none.  Where the listing has not come to its end, costs a
 * few requests (not those of the files between), once a manifest.  Raises what
 * the store raises.  Not of a manifest with parts.
 */
extern LogFile *manifest_newest(Manifest *m);
/* True if that takes no request, and if manifest_cdc(m, 0) takes none. */
extern bool manifest_oldest_is_listed(const Manifest *m);
extern bool manifest_newest_is_listed(const Manifest *m);

/*
 * A manifest for the CDC files that are named at or after a time, and perhaps
 * some before it, as far as the store need not list those; or m itself.  It
 * lives as long as m, and knows no full load files.  What several such list of
 * the same time is listed once.  Not of a manifest with parts.
 */
extern Manifest *manifest_from(Manifest *m, TimestampTz from);

/* CDC files listed so far, and their bytes. */
extern int	manifest_cdc_known(const Manifest *m);
extern double manifest_cdc_bytes(const Manifest *m);
extern ManifestCounters manifest_counters(const Manifest *m);
extern Store *manifest_store(const Manifest *m);

/* Did an error interrupt a listing, so that the manifest cannot go on? */
extern bool manifest_broken(const Manifest *m);

#endif							/* CDC_LOG_MANIFEST_H */
