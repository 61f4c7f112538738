/*-------------------------------------------------------------------------
 *
 * sync.h
 *	  What cdc_fdw_sync() knows of the foreign tables that are there already.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_SYNC_H
#define CDC_FDW_SYNC_H

#include "postgres.h"

#include "fdw/import.h"
#include "fdw/options.h"

/* A foreign table that is there already. */
typedef struct SyncTable
{
	Oid			relid;
	char	   *name;
	List	   *folders;		/* with slash */
	CdcOptions *opts;			/* NULL before its log was met */
	bool		met;			/* its log has files */
	bool		reported;
	char	   *failure;		/* its options cannot be read */
	/* what was found by comparing */
	List	   *added;			/* of ImportColumn: to be added, in order */
	List	   *lacking;		/* of char *: columns that get option missing */
	List	   *found;			/* of DefElem: options that it gets */
	StringInfoData misfits;		/* values that do not fit; "": none */
	StringInfoData moved;		/* columns that have moved; "": none */
} SyncTable;

/* ---- sync_compare.c ---- */

/*
 * Compare the table with one log it reads, whose samples are at hand: fills
 * what was found.  opts must have been read.
 */
extern void sync_compare(const Import *import, SyncTable *e,
						 const ImportTable *t, const Recognised *r);

/* Place of each column among a file's fields without header, from 0, or -1. */
extern int *sync_places(const LogConfig *log);

/* ---- sync_alter.c ---- */

/* The columns to be added, of ImportColumn, under the names they will have. */
extern List *sync_alter_columns(const SyncTable *e);
/*
 * What stands behind ALTER FOREIGN TABLE and its name, palloc'd; NULL: there is
 * nothing to do.
 */
extern char *sync_alter_sql(const SyncTable *e, const List *columns);
/* What it does, for the report; palloc'd. */
extern char *sync_alter_text(const SyncTable *e, const List *columns);

#endif							/* CDC_FDW_SYNC_H */
