/*-------------------------------------------------------------------------
 *
 * logconfig.h
 *	  What the options say about one table's log, as the floors below the FDW
 *	  need it.  Filled by fdw/options/options.c, never changed afterwards.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_LOGCONFIG_H
#define CDC_LOG_LOGCONFIG_H

#include "postgres.h"

#include "access/attnum.h"
#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "pgtime.h"

#include "format/csv/csv.h"
#include "log/name.h"

typedef enum LogRole
{
	ROLE_NONE,					/* one of the table's own columns */
	ROLE_OP,
	ROLE_COMMIT_TIME,
	ROLE_FILE_TIME,
	ROLE_FILE,
	ROLE_LINE,
	ROLE_ASOF,
	ROLE_ROW,
	ROLE_SOURCE,
	ROLE_UNSUPPLIED,
	ROLE_VALID_FROM,
	ROLE_VALID_TO,
	ROLE_VALID_RANGE,
	ROLE_END_OP,
	ROLE_KNOWN_AT
} LogRole;

/* What a row of the foreign table is. */
typedef enum LogMode
{
	MODE_SNAPSHOT,				/* a live key */
	MODE_HISTORY,				/* a version of a row */
	MODE_CHANGES				/* a change record */
} LogMode;

#define LOG_MODES	(MODE_CHANGES + 1)

#define LOG_CLOCK_SKEW	(10 * USECS_PER_SEC)	/* where the option does not say */

typedef enum BeforeBase
{
	BEFORE_BASE_ERROR,
	BEFORE_BASE_BASE,			/* answer with the base image as it is */
	BEFORE_BASE_EMPTY			/* answer that the table had no rows */
} BeforeBase;

/* What to do about a value that does not fit its column. */
typedef enum OnError
{
	ON_ERROR_STOP,				/* end the query */
	ON_ERROR_NULL,				/* read it as NULL */
	ON_ERROR_SKIP				/* leave out its row */
} OnError;

typedef enum OptBool
{
	OPT_UNSET = -1,
	OPT_FALSE = 0,
	OPT_TRUE = 1
} OptBool;

/* How dates, times and intervals are written in the log. */
typedef struct ValueStyle
{
	pg_tz	   *zone;			/* of times without one, never NULL */
	bool		told;			/* option datestyle was given; else only texts
								 * that all styles read alike are values */
	int			date_order;		/* DATEORDER_... of miscadmin.h */
	int			interval_style; /* INTSTYLE_... */
} ValueStyle;

/* Where versions end that are open. */
typedef struct OpenEnd
{
	bool		is_null;
	TimestampTz at;				/* unless it is NULL; DT_NOEND: infinity */
} OpenEnd;

/* One column of the foreign table; dropped ones do not stand here. */
typedef struct LogColumn
{
	AttrNumber	attnum;
	const char *attname;
	const char **names;			/* its name in the file, then its aliases */
	int			nnames;
	LogRole		role;
	bool		key;
	bool		sequence;
	int			before_of;		/* index in columns of the key column whose
								 * before image this is, else -1 */
	int			position;		/* pinned position among the table's columns in
								 * a file without header, from 1; 0: next */
	Oid			typid;
	int32		typmod;
	Oid			collation;
	bool		is_text;		/* typcategory S: an empty field may be an
								 * empty string */
	bool		takes_op;		/* its type takes texts such as I, U and D */
	bool		keep_on_null;	/* null_on_update 'keep' */
	bool		may_lack;		/* option missing: no file need have it */
	const char *missing;		/* its text where a file lacks it, in UTF-8;
								 * NULL: NULL */
	int			encoding;		/* NestedEncoding of replay/values/nested.h */
	const char *fields;			/* of a row or array in it, as written; or
								 * NULL */
	bool		runs_user_code; /* reading a value of its type may */
	OpenEnd		open_end;		/* of a role of validity */
} LogColumn;

/* Kinds of header fields without a declared column: see undeclared.h. */
typedef enum LogUndeclared
{
	UNDECLARED_TIME,			/* a commit time */
	UNDECLARED_BEFORE			/* a key column's before image */
} LogUndeclared;

typedef struct LogConfig
{
	LogMode		mode;
	/* of a table of versions */
	bool		each_version;	/* collapse 'false': those of one commit too */
	OpenEnd		open_end;		/* of columns that have none of their own */
	/* where */
	const char *prefix;			/* the table's folder under the store's root,
								 * with its slash; "" for the root itself.  Of
								 * several the first */
	int			nfolders;		/* 1 unless prefix names several */
	const char **folders;		/* all of them, like prefix */
	bool		source_is_key;	/* each folder is a log of its own */
	const char *cdc_path;		/* folder of the transaction files, with slash;
								 * NULL without preserve_transactions */
	const char *changes_prefix; /* folder of the change files, with slash;
								 * NULL: prefix */
	const char *schema_name;	/* as the records of transaction files name
								 * them; NULL if unknown */
	const char *table_name;
	bool		partition_folders;
	bool		date_partition;
	DateSequence date_sequence;
	char		date_delimiter; /* '/', '-', '_' or 0 */
	pg_tz	   *date_zone;		/* NULL is UTC */
	/* how records look */
	CsvDialect	dialect;
	bool		ends_by_file;	/* csv_row_delimiter 'by_file': files need not
								 * end their lines alike */
	bool		delimiter_said; /* csv_delimiter was given */
	bool		header;			/* add_column_name */
	bool		header_said;	/* … was given, true or false */
	const char *op_column;		/* what a header calls the operation; NULL: as
								 * DMS does */
	const char *timestamp_column;	/* NULL: the log has no commit times */
	bool		timestamp_said; /* timestamp_column_name was given, if only as none */
	OptBool		op_in_load;		/* include_op_for_full_load, if it was said */
	bool		inserts_only;
	bool		inserts_and_updates;
	const char *null_value;		/* NULL or "": an empty unquoted field */
	const char *no_sup_value;	/* NULL: cells are always supplied */
	bool		gzip_only;		/* compression_type 'gzip' was said */
	ValueStyle	style;
	bool		input_functions;	/* developer setting: no direct conversions */
	/* what may pass */
	double		max_bytes;		/* of the files to read, as stored; 0: any */
	int64		prefetch_bytes; /* to fetch ahead of the walk; 0: one file at
								 * a time */
	bool		force_unzip_ahead;	/* developer setting: by a thread even where
									 * processors are few */
	int			max_record_bytes;
	int			max_gzip_ratio; /* 0: any */
	const char *foreign_table;	/* for messages */
	Oid			relid;			/* of it */
	/*
	 * Tells the user of what is not declared: the header's name of it, and the
	 * key column whose before image it is.  NULL: nobody is told.
	 */
	void		(*tell) (const struct LogConfig *config, LogUndeclared what,
						 const char *field, const char *column);
	bool		allow_empty;
	bool		allow_gaps;
	bool		any_load_op;	/* load_ops 'any': a record of the full load is
								 * a row whatever its operation */
	bool		ignore_change_files;	/* beside the full load, where changes
										 * are read from cdc_path */
	bool		check_base;		/* all base rows are compared by their keys */
	bool		duplicate_keys; /* base rows of one key may differ */
	BeforeBase	before_base;
	int64		clock_skew;		/* microseconds */
	bool		late_scan;		/* files may be named long after their commits */
	OnError		on_error;
	int64		reject_limit;	/* such values or rows of a walk; 0: any */
	bool		has_base_time;
	TimestampTz base_time;		/* every full load was over by then; of those
								 * without commit times */
	TimestampTz base_begins;	/* when versions of base rows without a time
								 * begin: base_time, or DT_NOBEGIN */
	bool		has_changes_from;
	TimestampTz changes_from;
	/* of a scan: what files show that are named later is not known yet */
	bool		has_known_at;
	TimestampTz known_at;
	/*
	 * Every option of server, table and columns as written, and the columns'
	 * names and types.  What is remembered of values is so for these bytes: an
	 * option that decides a value cannot be forgotten.
	 */
	StringInfoData said;
	/* the columns, in the order of their attnums */
	int			ncolumns;
	LogColumn  *columns;
	int			nkeys;
	int		   *keys;			/* indexes in columns */
	int			nbefore;		/* columns with before_of >= 0 */
	bool		key_changes;	/* the key that an update left is told: by those,
								 * or by a record in front of it */
	int			sequence;		/* index in columns, or -1 */
	int			whole_row;		/* the column with role row, or -1 */
	bool		row_declared;	/* it has declared columns alone */
} LogConfig;

/*
 * Returns a copy of config, palloc'd in the current context, by which files are
 * read as they could be when nothing later than known_at was.
 */
static inline LogConfig *
logconfig_known(const LogConfig *config, TimestampTz known_at)
{
	LogConfig  *copy = palloc(sizeof(LogConfig));

	*copy = *config;
	copy->has_known_at = true;
	copy->known_at = known_at;
	return copy;
}

/* Returns the index in columns of the table's attribute, or -1. */
static inline int
logconfig_column(const LogConfig *config, AttrNumber attnum)
{
	for (int i = 0; i < config->ncolumns; i++)
		if (config->columns[i].attnum == attnum)
			return i;
	return -1;
}

#endif							/* CDC_LOG_LOGCONFIG_H */
