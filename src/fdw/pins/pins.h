/*-------------------------------------------------------------------------
 *
 * pins.h
 *	  Pins: which objects gave the answer at an instant, kept so that the
 *	  answer can be had again, or is known to be lost.
 *
 * They stand in three tables of the extension, which only its owner may read
 * and write; what is here does so as that owner, after a look at the caller's
 * right to the foreign table.  A table is known there by its schema's, its own
 * and its server's name, since OIDs do not survive a dump.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_PINS_H
#define CDC_FDW_PINS_H

#include "postgres.h"

#include "executor/spi.h"

#include "fdw/options/options.h"
#include "log/manifest.h"

/* ---- pins.c: reading by a pin ---- */

/*
 * The instant at which the pin holds the table, DT_NOEND for the whole log.
 * Raises an error where there is no such pin, where it belongs neither to the
 * table's owner nor to userid, as whom the table is read, or where it does not
 * hold the table.
 */
extern TimestampTz pins_asof(const CdcOptions *opts, const char *pin,
							 Oid userid);

/*
 * The files that the pin holds of the table, in ctx.  opts and store must live
 * as long.  Raises the errors of pins_asof(), and one for an option that has
 * changed since.
 */
extern Manifest *pins_manifest(const CdcOptions *opts, const char *pin,
							   Oid userid, Store *store, MemoryContext ctx);

/* What a pin holds of a table. */
typedef struct PinnedTable
{
	Oid			owner;			/* of the pin; not of pins_find() */
	int			number;			/* of the table in the pin */
	TimestampTz asof;			/* DT_NOEND: the whole log */
	bool		has_known_at;
	TimestampTz known_at;		/* DT_NOEND: every file */
	struct PinSettings *settings;
	PinnedFile *files;			/* etags are those of probes */
	int			nfiles;
} PinnedTable;

/* Without its files; palloc'd in the current context.  Errors as pins_asof(). */
extern PinnedTable *pins_table(const CdcOptions *opts, const char *pin,
							   Oid userid);
/*
 * Returns the same of a table of the pin by its name of then, whoever asks, or
 * NULL where the pin has none of that name.
 */
extern PinnedTable *pins_find(Oid schema, const char *pin,
							  const char *nspname, const char *relname);
/* Add those; schema is the extension's. */
extern void pins_files(Oid schema, const char *pin, PinnedTable *table);

/* Raises the error for a pin that is not there. */
_Noreturn extern void pins_unknown(const char *pin);

/* ---- access.c: the tables that hold pins ---- */

typedef struct PinAccess
{
	MemoryContext caller;		/* the context to return results in */
	const char *schema;			/* of the extension, quoted */
	bool		snapshot;		/* there was none */
	bool		by_name;		/* objects of 0.1.0, where a role's name owns a pin */
	bool		tokens;			/* pins and their large objects know each other */
	Oid			saved_user;
	int			saved_context;
} PinAccess;

/*
 * Begin to query the tables in the extension's schema, as their owner, and
 * end.  After an error the transaction's end puts the user back.
 */
extern void pin_access_begin(PinAccess *access, Oid schema);
extern void pin_access_end(PinAccess *access);
/* The extension's schema, by a server of its wrapper. */
extern Oid	pin_schema(Oid serverid);

/*
 * Run a statement in which %s stands for the schema, as often as there are
 * tables; nulls may be NULL.  Returns the number of rows, which
 * SPI_tuptable has.
 */
extern uint64 pin_access_run(PinAccess *access, const char *sql, int nargs,
							 Oid *types, Datum *values, const char *nulls,
							 bool read_only);
/*
 * Returns the condition that the large object m is the one that was made for the
 * pin p: m is of pg_largeobject_metadata, p of cdc_fdw_pinned.
 */
extern const char *pin_access_own(const PinAccess *access);
/*
 * Returns the role that owns the pin, as PostgreSQL knows the owner of its large
 * object: for DROP ROLE, REASSIGN OWNED and DROP OWNED.  Raises an error where
 * there is no such pin.
 */
extern Oid	pin_access_owner(PinAccess *access, const char *pin);
/* A column of a row of SPI_tuptable. */
extern Datum pin_access_value(uint64 row, int column, bool *isnull);

/* ---- settings.c: the options that shape an answer ---- */

typedef struct PinSettings
{
	int			n;
	char	  **names;			/* as messages say them: option "x" */
	char	  **values;
} PinSettings;

/* Those of a table, its server and its columns now. */
extern PinSettings *pin_settings(const CdcOptions *opts);

/* Returns the name of the server among them; it lives as long as they do. */
extern const char *pin_settings_server(const PinSettings *s);

/*
 * The first that differs: its name, or NULL where none does, and in *detail
 * how.
 */
extern const char *pin_settings_difference(const PinSettings *then,
										   const PinSettings *now,
										   char **detail);

#endif							/* CDC_FDW_PINS_H */
