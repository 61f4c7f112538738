/*-------------------------------------------------------------------------
 *
 * fingerprint.h
 *	  Which columns of a relation count as its rows, at which instant, and
 *	  their fingerprint.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_FINGERPRINT_H
#define CDC_FDW_FINGERPRINT_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "lib/stringinfo.h"

#define FINGERPRINT_BYTES 32

/* A relation as fingerprints see it. */
typedef struct FingerTable
{
	Oid			relid;
	char	   *name;			/* with schema, quoted */
	bool		is_log;			/* a foreign table of cdc_fdw */
	int			ncolumns;		/* that count, in the order of their names */
	char	  **columns;
	int			nkeys;			/* of a log, in the order of attnums */
	char	  **keys;
	/* of a log: what can give it an instant */
	bool		own_asof;		/* its option says one */
	bool		session_instants;	/* of a foreign table of ours */
	char	   *asof_column;	/* the column with role asof, or NULL */
} FingerTable;

/* Of a scan: what the caller asked for. */
typedef struct FingerInstant
{
	bool		given;
	TimestampTz at;
	Oid			type;			/* of the only parameter */
	Datum		value;
	int			nest;			/* of the setting; 0: it was not set */
} FingerInstant;

typedef struct Fingerprint
{
	uint8		hash[FINGERPRINT_BYTES];
	int64		rows;
} Fingerprint;

/*
 * A relation by OID, locked until the end of the transaction; in the current
 * context.  Raises an error where there is none, it has no rows, or the current
 * user has no right to any column.
 */
extern FingerTable *fingerprint_table(Oid relid);

/*
 * From here to the other, scans of logs are at the instant, if one is given.
 * An error between the two puts back what was.
 */
extern void fingerprint_instant_begin(FingerInstant *instant, bool given,
								 TimestampTz at);
extern void fingerprint_instant_end(FingerInstant *instant);

/*
 * Append " FROM table", and a condition on parameter $1 where the setting does
 * not reach.  Raises an error where nothing does.
 */
extern void fingerprint_from(StringInfo sql, const FingerTable *table,
						const FingerInstant *instant);

/* Append "ROW(...)" of some columns. */
extern void fingerprint_row(StringInfo sql, char *const *columns, int n);

/*
 * The fingerprint of a relation over columns, sorted by their names in UTF-8;
 * needs SPI.  funcid is a function of the extension, which tells its schema.
 */
extern void fingerprint_print(const FingerTable *table, char *const *columns,
						 int ncolumns, const FingerInstant *instant,
						 Oid funcid, Fingerprint *out);

/* The schema of a function, quoted. */
extern const char *fingerprint_schema(Oid funcid);

#endif							/* CDC_FDW_FINGERPRINT_H */
