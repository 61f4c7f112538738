/*-------------------------------------------------------------------------
 *
 * discover.h
 *	  Which tables have a log in a folder, and which of their objects tell
 *	  most about them.  Reads names only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_DISCOVER_H
#define CDC_LOG_DISCOVER_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "log/newest.h"

/* Objects of one kind to pass over before listing anew behind them. */
#define DISCOVER_PATIENCE	1000

/* The objects worth a look: NULL where there is none that has bytes. */
typedef struct FoundTable
{
	char	   *folder;			/* its name, without slash */
	char	   *prefix;			/* the whole of it, with slash */
	FoundObject *load;			/* of the full load */
	FoundObject *oldest;		/* change files */
	FoundObject *newest;
	FoundObject *dfm;			/* Qlik's description beside the full load */
	char	   *snapshot;		/* folder with slash of a full load that Qlik names
								 * by the time it was taken, or NULL */
	bool		snapshots;		/* there is another full load beside that */
	char	   *changes;		/* folder of the changes with slash, if it is
								 * another one (Qlik's T__ct) */
	int64		nload;			/* objects seen, empty ones too */
	int64		nchanges;		/* a lower bound */
	char	   *near_load;		/* one that is named nearly so, or NULL */
	bool		load_complete;	/* load is the only file of the full load */
	int64		nnumbered;		/* files of the full load named by numbers, */
	uint64		last_number;	/* the highest of which is this */
	bool		parquet;
	bool		partition_folders;	/* needs that option */
	bool		dates;			/* change files lie in date folders */
	uint32		date_layouts;	/* sequences and delimiters these may have,
								 * see discover_date_layout */
} FoundTable;

typedef struct Discovery
{
	FoundTable **tables;		/* in byte order of their prefixes */
	int			ntables;
	int			nfolders;		/* sub-folders of the schema's folder */
	/* transaction files */
	char	   *cdc_path;		/* with slash, or NULL */
	FoundObject *txn_oldest;
	FoundObject *txn_newest;
	/* where cdc_path is NULL although no table has change files */
	List	   *txn_folders;	/* folders that may be it (char *), with slash */
	List	   *txn_unseen;		/* and those not looked through, without slash */
} Discovery;

typedef struct DiscoverSpec
{
	Store	   *store;
	const char *schema;			/* the folder that holds the tables' folders,
								 * with slash; "" is the root */
	const char *cdc_path;		/* of transaction files, with slash, or NULL */
	bool		no_txn;			/* there are none */
	List	   *names;			/* folders wanted (char *), if they are few and
								 * known beforehand, else NIL */
	/* else: is this folder wanted?  NULL: all are */
	bool		(*wanted) (const char *folder, void *arg);
	void	   *arg;
} DiscoverSpec;

/*
 * List the tables; palloc'd in the current context.  Folders without any file
 * of a log are left out.  A table costs a request, or less: neighbours share
 * pages, and of long logs only the ends are listed.
 */
extern Discovery *discover(const DiscoverSpec *spec);

/* The folders right under prefix ("" or with slash), without slashes. */
extern List *discover_folders(Store *store, const char *prefix);

/*
 * discover_txn.c: find the transaction files under spec->cdc_path, or look for
 * them where no table has change files; fills what d has of them.
 */
extern void discover_txn(const DiscoverSpec *spec, Discovery *d);
/* Note that a transaction file lies beside the tables' files. */
extern void discover_txn_met(Discovery *d, const char *key);

/*
 * Which date layout the folders have: the preferred one if it fits, else the
 * first that does; false where none does.
 */
extern bool discover_date_layout(const FoundTable *t, DateSequence *seq,
								 char *delimiter);

#endif							/* CDC_LOG_DISCOVER_H */
