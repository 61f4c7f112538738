/*-------------------------------------------------------------------------
 *
 * logrows.h
 *	  A table's log for SQL functions: opened at an instant, its rows as JSON.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_LOGROWS_H
#define CDC_FDW_LOGROWS_H

#include "postgres.h"

#include "fmgr.h"
#include "nodes/execnodes.h"
#include "utils/jsonb.h"

#include "fdw/instants.h"
#include "fdw/options/options.h"
#include "fdw/walk.h"
#include "replay/replay.h"
#include "replay/values/tuple.h"

/* The log of one foreign table, listed anew. */
typedef struct LogRows
{
	CdcOptions *opts;			/* of mode snapshot, whatever the table's is */
	const LogConfig *config;	/* in it */
	Store	   *store;
	Manifest   *manifest;
	EState	   *estate;			/* for what a statement knows of its task */
	uint64		seed;			/* of keys' identities */
	SessionInstants session;	/* when it was opened */
	CdcScan		place;			/* of errors outside of scans */
	TupleMaker *tuples;
	int			source;			/* the column with role source that is part of
								 * the key, index in columns; or -1 */
	int			nkeys;			/* the key, with the source */
	int		   *keys;
} LogRows;

/*
 * In the current context; function is what cdc_fdw_progress calls it.  Raises an
 * error for a relation that is no foreign table of cdc_fdw, or that the current
 * user may not read.
 */
extern LogRows *logrows_open(Oid relid, const char *function);
extern void logrows_close(LogRows *l);

/*
 * The instant that argument n of a function says, or (NULL) the one that a
 * query would be at, with the files of its pin if that gives it.  DT_NOEND is the whole log.
 * Before any walk.
 */
extern TimestampTz logrows_instant(LogRows *l, FunctionCallInfo fcinfo,
								   int n, const char *name);

/* Folders that are logs of their own, and the I'th; or the whole. */
extern int	logrows_nparts(const LogRows *l);
/* What a walk over it needs to know; only the instant is still to be said. */
extern ReplaySpec logrows_spec(LogRows *l, int part);
/*
 * Prepares scan, which is zeroed and in the current context, to read the
 * columns with attribute numbers needed at asof, with the files that
 * logrows_spec() knows.  The caller starts and stops it.
 */
extern void logrows_prepare_scan(LogRows *l, CdcScan *scan, List *needed,
								 TimestampTz asof);

/*
 * logkey.c: the own columns of the key that an object of JSON gives: room for
 * l->nkeys values and types.  Returns the folder whose log has it.  Raises an
 * error for a table without key, and for an object that lacks a key column or
 * has another member; input functions raise theirs.
 */
extern int	logkey_read(const LogRows *l, Jsonb *key, Datum *values,
							 Oid *types);

/* Columns that are shown together. */
typedef struct RowDoc
{
	int			n;
	int		   *columns;		/* indexes in LogConfig.columns */
	TupleDesc	desc;
} RowDoc;

/*
 * The columns of the source table: none with a role, but for a source that is
 * part of the key; and, if records is set, before images and the sequence.
 */
extern RowDoc *logrows_columns(const LogRows *l, bool records);
extern RowDoc *logrows_key(const LogRows *l);

/* A composite value of a doc's columns. */
extern Datum logrows_composite(const RowDoc *doc, const Datum *values,
							   const bool *nulls);
/* The same as an object of JSON; both in the current context. */
extern Jsonb *logrows_jsonb(Datum composite);
/* An object without some of its members: n texts. */
extern Jsonb *logrows_without(Jsonb *object, Datum *names, int n);
/* One object over another. */
extern Jsonb *logrows_over(Jsonb *below, Jsonb *above);

/*
 * touched.c: the keys of all records that count at the later instant and may
 * not at the earlier one: those committed after it, and all in files named
 * after it, whose turn it may not have been to be read.  NULL where they take
 * more than half of what a hash may, or are not certain.  Of a table with key.
 */
extern KeyValues *touched_keys(LogRows *l, TimestampTz from, TimestampTz to);

/* A source's name, as the column with role source shows it. */
extern Datum logrows_source(const LogRows *l, int folder);

/* Bytes of memory for a sort in kB, where several run at once. */
extern int	logrows_sort_memory(int sorts);

#endif							/* CDC_FDW_LOGROWS_H */
