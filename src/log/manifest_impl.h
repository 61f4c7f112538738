/*-------------------------------------------------------------------------
 *
 * manifest_impl.h
 *	  What manifest.c and manifest_cdc.c share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_MANIFEST_IMPL_H
#define CDC_LOG_MANIFEST_IMPL_H

#include "log/manifest.h"

/* A date folder not opened yet. */
typedef struct DateNode
{
	char	   *key;			/* with its slash */
	int			level;
	int64		from;			/* earliest date it can hold, as written */
	int64		to;				/* the end of its dates, likewise */
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
	int64		ntaken;			/* files that were kept of listings */
	int64	   *taken;			/* its own, or that of all parts */
	bool		pinned;			/* its files were given */
	bool		busy;			/* inside a listing; still set: it threw */
	ManifestCounters counters;
	/* full load */
	bool		base_listed;
	char	   *near_load;		/* a key that is nearly a full load file's */
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
	/* the last CDC file with bytes of this and rest, once it was asked for */
	bool		newest_known;
	LogFile    *newest;
	/* of a folder: what its files may be compared with */
	LogEvidence   *evidence;
};

/* ---- manifest.c ---- */

extern void manifest_append(Manifest *m, FileArray *a, LogFile *f);
/* Of a listed object, in m's context; raises that Parquet is not read. */
extern LogFile *manifest_new_file(Manifest *m, const StoreEntry *e,
								  const NameInfo *info);
/* Where the change files and their date folders lie. */
extern const char *manifest_changes_folder(const Manifest *m);
/* What a listed object is by its name; info as name_parse() fills it. */
extern NameKind manifest_entry_kind(const StoreEntry *e, NameInfo *info);
extern bool manifest_is_load(NameKind kind);
/* Count an object that is no part of the log. */
extern void manifest_ignore(Manifest *m, const StoreEntry *e);
/*
 * Begins to list, or to judge what was listed; the caller sets m->busy to false
 * when that is done.  An error on the way leaves it, and what is there then is
 * not all there is: raises an error where that is so.
 */
extern void manifest_begin(Manifest *m);
/* Raises an error where an error ended a listing. */
extern void manifest_check(const Manifest *m);
/* manifest_file_cmp() of pointers to LogFile *, for sort_items(). */
extern int	manifest_item_cmp(const void *a, const void *b, void *arg);
/* Raises that an object, what it is called, lies in an unexpected folder. */
extern void manifest_misplaced(Manifest *m, const char *key, const char *what);
/* Take an object that is no change file; raises one that is misplaced. */
extern void manifest_base_take(Manifest *m, const StoreEntry *e);

/* ---- manifest_cdc.c ---- */

/* Begin listing change files, unless that was done; what the store raises. */
extern void manifest_cdc_start(Manifest *m);

#endif							/* CDC_LOG_MANIFEST_IMPL_H */
