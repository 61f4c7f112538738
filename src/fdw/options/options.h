/*-------------------------------------------------------------------------
 *
 * options.h
 *	  The options of wrapper, server, user mapping, table and columns.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_OPTIONS_H
#define CDC_FDW_OPTIONS_H

#include "postgres.h"

#include "fdw/options/table.h"
#include "log/logconfig.h"
#include "store/store.h"

/* The session setting cdc_fdw.asof as it was written, "" if it was not. */
extern char *cdc_session_asof;

/* Likewise the session setting cdc_fdw.known_at. */
extern char *cdc_session_known_at;

/* The session setting cdc_fdw.require_sealed. */
extern bool cdc_require_sealed;

/* The session setting cdc_fdw.max_bytes, 0 for no limit. */
extern double cdc_max_bytes;

/* The session setting cdc_fdw.prefetch_bytes, 0 for one file at a time. */
extern int	cdc_prefetch_bytes;

/* The session settings cdc_fdw.max_record_bytes and .max_gzip_ratio. */
extern int	cdc_max_record_bytes;
extern int	cdc_max_gzip_ratio;

/*
 * Developer settings: the slow ways that the fast ones are held to, and a way
 * that is taken with many processors only.
 */
extern bool cdc_force_libcsv;
extern bool cdc_force_input_functions;
extern bool cdc_force_unzip_ahead;

/* Everything the options say of one foreign table, except who reads it. */
typedef struct CdcOptions
{
	Oid			relid;
	Oid			serverid;
	const char *server_name;
	MemoryContext cxt;			/* of all this, NULL: the caller's */
	List	   *server_options; /* all that follows, and the store, are of these */
	List	   *table_options;
	TableValues values;			/* what they say, with s3_settings */
	const char *url;			/* of the server */
	LogConfig	log;
	/* instants, read in UTC unless they name a zone */
	bool		has_table_asof;
	const char *table_pin;		/* the pin it names instead, or NULL */
	TimestampTz table_asof;		/* or ASOF_AT_WATERMARK */
	bool		has_server_asof;
	const char *server_pin;
	TimestampTz server_asof;
	int			asof_column;	/* index in log.columns with role asof, or -1 */
	/* the same for the clock of the files */
	bool		has_table_known;
	TimestampTz table_known;
	bool		has_server_known;
	TimestampTz server_known;
	int			known_column;
	bool		session_instants;	/* the session's settings count too */
	/* what proves that the log is complete up to an instant */
	const char *task;			/* NULL: the one of all tables that say none */
	int64		batch_interval; /* how long changes wait to be written,
								 * microseconds */
} CdcOptions;

/*
 * Read and check all options of a foreign table, in a memory context of their
 * own below the current one.  Raises what needs more than one object to see (a before target
 * that is no key, duplicate roles, settings that contradict each other).
 * Catalogue look-ups only, no I/O.
 */
extern CdcOptions *options_for_table(Oid relid);

/*
 * Returns the options that lists (DefElem) which were read before make, palloc'd
 * in the current context; columns are those of now.  The lists are kept.
 */
extern CdcOptions *options_made_of(Oid relid, List *server_options,
								   List *table_options);

/*
 * Lets what options_for_table() made live as long as ctx, which must outlive
 * all that used it until now: options are read once, and a listing that is
 * kept longer than the scan it was made for refers to them.
 */
extern void options_keep(const CdcOptions *opts, MemoryContext ctx);

/*
 * May a scan of the table run in parallel?  Values that do not fit are counted
 * and told of by one process; folders that are logs of their own are walked
 * one after the other.
 */
static inline bool
options_parallel_safe(const CdcOptions *opts)
{
	return opts->log.on_error == ON_ERROR_STOP &&
		!(opts->log.source_is_key && opts->log.nfolders > 1);
}

/* Does a column of that role say when a version is valid? */
static inline bool
options_is_validity(LogRole role)
{
	return role == ROLE_VALID_FROM || role == ROLE_VALID_TO ||
		role == ROLE_VALID_RANGE;
}

/*
 * Where and as whom to read: server options and userid's mapping.  Checks
 * pg_read_server_files for file://.  The secrets stay in the current context;
 * never put them in a plan.
 */
extern StoreConfig *options_store_config(const CdcOptions *opts, Oid userid);

/*
 * The same for a server alone, with what its options say.  Raises an error
 * where they do not say where the log lies.
 */
extern StoreConfig *options_server_store(Oid serverid, Oid userid,
										 OptionValues *values);

/* How dates, times and intervals are written, as these options have it. */
extern void options_style(const OptionValues *v, ValueStyle *style);

/* An instant as an option gives it: without a zone it is UTC. */
extern TimestampTz options_parse_instant(const char *text, const char *option);

/* The same, or "watermark". */
extern TimestampTz options_parse_asof(const char *text, const char *option);

/* Body of the SQL function cdc_fdw_validator(text[], oid). */
extern void options_validate(Datum options, Oid catalog);

#endif							/* CDC_FDW_OPTIONS_H */
