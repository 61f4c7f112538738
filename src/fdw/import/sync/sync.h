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

#include "nodes/execnodes.h"

#include "fdw/import/import.h"
#include "fdw/options/options.h"

/* A log as a foreign table's own options read it. */
typedef struct SyncView
{
	Import		import;			/* with what these options say */
	ImportTable table;
} SyncView;

/* A foreign table that is there already. */
typedef struct SyncTable
{
	Oid			relid;
	char	   *name;
	List	   *folders;		/* with slash */
	CdcOptions *opts;			/* NULL: not read, or forgotten */
	MemoryContext opts_cxt;		/* where they are */
	bool		met;			/* its log has files */
	bool		reported;
	bool		complete;		/* it has all that its logs have */
	List	   *views;			/* of SyncView: its logs, as it reads them */
	int			widest;			/* fields in files without header, of all logs;
								 * 0: none was compared */
	char	   *failure;		/* its options cannot be read */
	/* what was found by comparing */
	List	   *added;			/* of ImportColumn: to be added, in order */
	List	   *lacking;		/* of char *: columns that get option missing */
	List	   *found;			/* of DefElem: options that it gets */
	List	   *said;			/* its comments by types_from: sync_hear() */
	StringInfoData misfits;		/* values that do not fit; "": none */
	StringInfoData losses;		/* values that say more than their types, which may
								 * be wanted so; "": none */
	StringInfoData moved;		/* columns that have moved; "": none */
	StringInfoData unreadable;	/* why its queries are errors; "": nothing shows
								 * that they are */
	StringInfoData key;			/* why its key may be wrong; "": nothing shows it */
} SyncTable;

typedef struct Sync
{
	Oid			serverid;
	Oid			schema;
	char	   *schema_name;
	const char *url;			/* the server's */
	List	   *existing;		/* of SyncTable */
	ReturnSetInfo *rsinfo;
	MemoryContext cxt;			/* for as long as the whole run */
} Sync;

/* ---- sync.c ---- */

/* Add a row to the result; detail may be NULL. */
extern void sync_report(const Sync *sync, const char *table,
						const char *status, const char *detail);

/* ---- existing.c ---- */

/* Fill existing with the server's tables in the schema. */
extern void sync_find(Sync *sync);
/* Returns the one with that OID, or NULL. */
extern SyncTable *sync_existing(const Sync *sync, Oid relid);
/* True if the table reads the log that was found. */
extern bool sync_reads(const SyncTable *e, const FoundTable *found);
/* True if one of its logs lies in the folder, which has a slash or is "". */
extern bool sync_lies_in(const SyncTable *e, const char *folder);
/*
 * Lock the table against ALTERs, and read its name and options unless they are
 * there; false where that fails, now or before, with the failure.
 */
extern bool sync_read(const Sync *sync, SyncTable *e);
/*
 * Free the options, which are many where a schema has many columns; nobody can
 * alter them before they are read again.
 */
extern void sync_forget(SyncTable *e);

/* ---- view.c ---- */

/* Put what a table's options say in place of what server and others say. */
extern void sync_say(const LogConfig *log, RecogniseHints *hints,
					 RecogniseSchema *schema);
/*
 * The log of t, whose samples are at hand, as a table with such options would
 * see it, to be looked at with import_look(); palloc'd.
 */
extern SyncView *sync_view_open(const Import *import, const ImportTable *t,
								const CdcOptions *opts);

/* ---- compare.c ---- */

/*
 * Compare the table with one log it reads, whose samples are at hand, as it
 * reads them: fills what was found, in the context of e.  opts must have been
 * read.  What it allocates besides is kilobytes a column.
 */
extern void sync_compare(SyncTable *e, SyncView *view, const Recognised *r);

/* Add the findings that need all logs of the table to have been compared. */
extern void sync_conclude(SyncTable *e);

/* Place of each column among a file's fields without header, from 0, or -1. */
extern int *sync_places(const LogConfig *log);

/* ---- alter.c ---- */

/* The columns to be added, of ImportColumn, under the names they will have. */
extern List *sync_alter_columns(const SyncTable *e);
/*
 * What stands behind ALTER FOREIGN TABLE and its name, palloc'd; NULL: there is
 * nothing to do.
 */
extern char *sync_alter_sql(const SyncTable *e, const List *columns);
/*
 * The statements behind it, "" or from a semicolon on, for the children (of
 * SyncTable) that get the columns through it though their logs have none.
 */
extern char *sync_children_sql(const List *children, const List *columns);
/* Describe its changes, to these children too, for the report; palloc'd. */
extern char *sync_alter_text(const SyncTable *e, const List *columns,
							 const List *children);

/* ---- show.c ---- */

/*
 * Make the schema of the views, if it is missing.  Raises an error if the
 * current user may not make it, or views in it.
 */
extern void sync_show_schema(const char *name);
/*
 * Keep the comments that types_from gives the table and those of its columns
 * that t has, a log of it after sync_compare(), in the current context.
 */
extern void sync_hear(SyncTable *e, const ImportTable *t);
/*
 * Make or complete the view of each of the server's tables whose logs lie in the
 * folder, in the schema, and report.  What goes wrong with one is undone, and the
 * others go on.
 */
extern void sync_show(const Sync *sync, const char *folder, const char *schema);

#endif							/* CDC_FDW_SYNC_H */
