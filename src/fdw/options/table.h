/*-------------------------------------------------------------------------
 *
 * table.h
 *	  The one table of options, how to find one in it, and how to read values.
 *
 * Values are kept as the text the user wrote.  option_check() refuses bad
 * ones when the object is made; the readers below interpret them later.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_OPTION_TABLE_H
#define CDC_FDW_OPTION_TABLE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "pgtime.h"

#include "log/logconfig.h"

/* Where an option may stand, as a set. */
#define IN_SERVER		0x01
#define IN_MAPPING		0x02
#define IN_TABLE		0x04
#define IN_COLUMN		0x08

typedef enum OptionId
{
	/* where and as whom to read */
	OPT_URL,
	OPT_REGION,
	OPT_ENDPOINT,
	OPT_URL_STYLE,
	OPT_CA_FILE,
	OPT_ANONYMOUS,
	OPT_CREDENTIALS,
	OPT_CREDENTIALS_REQUIRED,
	OPT_ALLOW_HTTP,
	OPT_STS_ENDPOINT,
	OPT_ACCESS_KEY_ID,
	OPT_SECRET_ACCESS_KEY,
	OPT_SESSION_TOKEN,
	OPT_ROLE_ARN,
	OPT_EXTERNAL_ID,
	OPT_ROLE_SESSION_NAME,
	OPT_ROLE_DURATION,
	/* which table, at which instant, and what may pass */
	OPT_SCHEMA_NAME,
	OPT_TABLE_NAME,
	OPT_PREFIX,
	OPT_ASOF,
	OPT_KNOWN_AT,
	OPT_SESSION_INSTANTS,
	OPT_LATE_FILES,
	OPT_ALLOW_EMPTY,
	OPT_ALLOW_GAPS,
	OPT_LOAD_OPS,
	OPT_IGNORE_CHANGE_FILES,
	OPT_CHECK_BASE,
	OPT_DUPLICATE_KEYS,
	OPT_BEFORE_BASE,
	OPT_BASE_TIME,
	OPT_CLOCK_SKEW,
	OPT_CHANGES_FROM,
	OPT_PARTITION_FOLDERS,
	OPT_CHANGES_PREFIX,
	OPT_OP_COLUMN_NAME,
	OPT_TIMEZONE,
	OPT_DATESTYLE,
	OPT_MODE,
	OPT_OPEN_END,
	OPT_COLLAPSE,
	OPT_ON_ERROR,
	OPT_REJECT_LIMIT,
	OPT_TASK,
	/* what the endpoint of the task says */
	OPT_S3_SETTINGS,
	OPT_ADD_COLUMN_NAME,
	OPT_TIMESTAMP_COLUMN_NAME,
	OPT_INCLUDE_OP_FOR_FULL_LOAD,
	OPT_CDC_INSERTS_ONLY,
	OPT_CDC_INSERTS_AND_UPDATES,
	OPT_CSV_DELIMITER,
	OPT_CSV_ROW_DELIMITER,
	OPT_CSV_NULL_VALUE,
	OPT_USE_CSV_NO_SUP_VALUE,
	OPT_CSV_NO_SUP_VALUE,
	OPT_RFC4180,
	OPT_COMPRESSION_TYPE,
	OPT_DATA_FORMAT,
	OPT_DATE_PARTITION_ENABLED,
	OPT_DATE_PARTITION_SEQUENCE,
	OPT_DATE_PARTITION_DELIMITER,
	OPT_DATE_PARTITION_TIMEZONE,
	OPT_PRESERVE_TRANSACTIONS,
	OPT_CDC_PATH,
	OPT_BUCKET_NAME,
	OPT_BUCKET_FOLDER,
	OPT_EXPECTED_BUCKET_OWNER,
	OPT_CDC_MAX_BATCH_INTERVAL,
	/* of a column */
	OPT_KEY,
	OPT_COLUMN_NAME,
	OPT_BEFORE,
	OPT_SEQUENCE,
	OPT_POSITION,
	OPT_MISSING,
	OPT_NULL_ON_UPDATE,
	OPT_ROLE,
	OPT_ENCODING,
	OPT_FIELDS,
	OPT_COUNT
} OptionId;

typedef enum OptionType
{
	TYPE_BOOL,
	TYPE_TEXT,					/* anything, also nothing */
	TYPE_NAME,					/* anything but nothing */
	TYPE_NAMES,					/* names by comma */
	TYPE_CHOICE,
	TYPE_URL,
	TYPE_ENDPOINT,
	TYPE_FILE,					/* absolute path on the server */
	TYPE_SECRET,				/* never shown */
	TYPE_TOKEN,					/* ASCII without blanks, shown */
	TYPE_FOLDER,				/* relative folder */
	TYPE_PREFIX,				/* relative folders or urls by comma; or nothing */
	TYPE_BUCKET,
	TYPE_ACCOUNT,				/* twelve digits */
	TYPE_DELIMITER,
	TYPE_ROW_DELIMITER,
	TYPE_INSTANT,
	TYPE_ASOF,					/* an instant, or "watermark" */
	TYPE_OPEN_END,				/* "null", or an instant */
	TYPE_INTERVAL,
	TYPE_ZONE,
	TYPE_DATESTYLE,
	TYPE_POSITION,
	TYPE_COUNT,					/* a whole number above zero */
	TYPE_SETTINGS				/* s3_settings */
} OptionType;

typedef struct OptionChoice
{
	const char *name;			/* NULL ends the list */
	int			value;
	bool		later;			/* known, but not supported yet */
} OptionChoice;

typedef struct OptionDef
{
	const char *name;
	const char *setting;		/* its name in S3Settings, or NULL */
	int			where;			/* IN_... */
	OptionType	type;
	const OptionChoice *choices;	/* of a TYPE_CHOICE */
} OptionDef;

/* Texts by OptionId, NULL where nothing was said. */
typedef struct OptionValues
{
	const char *text[OPT_COUNT];
} OptionValues;

/* All the options that bear on one foreign table. */
typedef struct TableValues
{
	OptionValues server;
	OptionValues table;
	OptionValues merged;		/* the table's over the server's */
} TableValues;

/* ---- table.c ---- */

extern const OptionDef *option_def(OptionId id);

/*
 * A name without underscores, in lower case, as names of settings and options
 * are compared where DMS's tools spell them in several ways; palloc'd.
 */
extern char *option_plain_name(const char *name);

/* OPT_COUNT where no option has that name. */
extern OptionId option_find(const char *name);

/* Raises what is wrong with an option of that name at this place. */
extern OptionId option_find_for(const char *name, int where);

/*
 * Put the options of one object (a list of DefElem) over those in v.  Its
 * explicit options prevail over its s3_settings.
 */
extern void options_load(OptionValues *v, List *options, int where);
/* Add the options of one object, as written, to what log keeps of them. */
extern void options_keep_said(LogConfig *log, List *options);

/* ---- value.c ---- */

#define option_bad_value(label, value, ...) \
	ereport(ERROR, \
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE), \
			 errmsg("invalid value for %s: \"%s\"", label, value), \
			 __VA_ARGS__))

/*
 * Raise an error unless value is good for the option.  label says whose value
 * it is in messages: option "x", or setting "X" of option "s3_settings".
 */
extern void option_check(const OptionDef *def, const char *value,
						 const char *label);

/*
 * Readers of values; each gives its default where nothing was said, and
 * raises the error of option_check where the text is bad.
 */
extern bool option_bool(const OptionValues *v, OptionId id, bool dflt);
extern int	option_choice(const OptionValues *v, OptionId id, int dflt);
/* NULL also for an empty text. */
extern const char *option_text(const OptionValues *v, OptionId id);
extern char option_delimiter(const OptionValues *v, OptionId id, char dflt);
/*
 * Last byte of a line's end; *crlf tells whether a CR stands before it,
 * *by_file whether one does in files all of whose lines end so.
 */
extern char option_row_delimiter(const OptionValues *v, OptionId id,
								 bool *crlf, bool *by_file);
/* Infinity where nothing was said. */
extern OpenEnd option_open_end(const OptionValues *v, OptionId id);
/* Microseconds. */
extern int64 option_interval(const OptionValues *v, OptionId id, int64 dflt);
/* NULL where nothing was said. */
extern pg_tz *option_zone(const OptionValues *v, OptionId id);
/* Fills in all but the zone; leaves the rest alone where nothing was said. */
extern void option_datestyle(const OptionValues *v, OptionId id,
							 ValueStyle *style);
/* 0 where nothing was said. */
extern int	option_position(const OptionValues *v, OptionId id);
extern int64 option_count(const OptionValues *v, OptionId id);
/* palloc'd array of palloc'd names; 0 where nothing was said. */
extern int	option_names(const OptionValues *v, OptionId id,
						 const char ***names);

/* ---- place.c ---- */

/* A url or folder without the one slash it may end in; palloc'd. */
extern char *option_trim_slash(const char *text);
/* Is url a local directory? */
extern bool option_url_is_file(const char *url);
/* Does the text start like a url? */
extern bool option_is_url(const char *text);

/* Each raises an error unless the text is what its name says. */
extern void option_check_no_control(const char *text, const char *label);
/* A relative folder that stays where it is; or nothing. */
extern void option_check_folder(const char *path, const char *label);
/* A url, endpoint, folder, bucket, account, file or secret, by its type. */
extern void option_check_place(OptionType type, const char *value,
							   const char *label);

#endif							/* CDC_FDW_OPTION_TABLE_H */
