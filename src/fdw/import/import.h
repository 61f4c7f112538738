/*-------------------------------------------------------------------------
 *
 * import.h
 *	  From the files of a source schema to descriptions of foreign tables:
 *	  what IMPORT FOREIGN SCHEMA and cdc_fdw_sync() share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_IMPORT_H
#define CDC_FDW_IMPORT_H

#include "postgres.h"

#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "nodes/bitmapset.h"
#include "nodes/parsenodes.h"
#include "utils/jsonb.h"

#include "fdw/options/table.h"
#include "log/sniff/discover.h"
#include "log/sniff/infer.h"
#include "log/layout.h"
#include "log/sniff/recognise.h"

/* The name of a column of commit times where no header gives one. */
#define COMMIT_TIME_NAME	"commit_time"

struct Import;
struct ImportTable;

/*
 * Puts what a foreign table that is there already says of its records in place
 * of what the server and the other tables say.
 */
typedef void (*ImportOwn) (struct Import *import, struct ImportTable *table,
						   RecogniseHints *hints, RecogniseSchema *schema,
						   void *arg);

/* Looks at a table's samples; what is needed for a while goes to scratch. */
typedef void (*ImportVisitor) (struct Import *import,
							   struct ImportTable *table,
							   const Recognised *r, MemoryContext scratch,
							   void *arg);

/* The options of the import itself. */
typedef struct ImportOptions
{
	const char *types_from;		/* NULL: none */
	bool		infer_text;		/* infer 'text' */
	bool		untyped_error;	/* on_untyped 'error' */
	bool		lower;			/* identifier_case 'lower' */
	int64		sample_bytes;
	bool		modes[LOG_MODES];	/* tables to make of each */
	const char *suffix[LOG_MODES];	/* of their names */
	const char *asof;			/* of all tables, or NULL */
	const char *asof_column;	/* column with role asof, or NULL */
	const char *open_end;		/* of tables of versions, or NULL */
	const char *views;			/* schema of the views of a sync, or NULL */
	bool		schema_known;	/* if nothing lies in it, that is no mistake */
	/*
	 * called for each table before its samples are settled, and while they are
	 * at hand; may be NULL
	 */
	ImportOwn	own;
	ImportVisitor visit;
	void	   *visit_arg;
} ImportOptions;

/*
 * Bytes of a column's name in the files.  The options of a column must fit into
 * its row of pg_attribute, which is of one page and is not stored elsewhere; this
 * leaves as much for the others.
 */
#define IMPORT_NAME_MAX	4000

/* What is known of a column of the source from elsewhere than its files. */
typedef struct KnownColumn
{
	const char *name;			/* as the files would name it */
	bool		renamed;		/* by a rule: name is a copy of its own */
	const char *local;			/* as it shall be called here */
	Oid			typid;
	int32		typmod;
	Oid			collation;
	bool		key;
	bool		sequence;
	bool		added;			/* by a rule of the task, to every record */
	const char *before;			/* the column whose before image it is */
	bool		nested;			/* a map, a struct or an array: see the data */
	const char *comment;		/* or NULL */
	/* of a foreign table of this wrapper */
	const char **aliases;		/* all its names in the files; NULL: it is of
								 * another kind of table, or of a document */
	int			naliases;
	const char *column_name;	/* the option as it is written, or NULL */
	const char *encoding;		/* likewise */
	int			position;		/* from 1; 0: none is declared */
	bool		may_lack;		/* it has option missing */
	List	   *options;		/* of DefElem: those that have no member above */
} KnownColumn;

typedef struct KnownTable
{
	List	   *columns;		/* of KnownColumn */
	const char *origin;			/* for messages: where that is known from */
	bool		has_key;		/* it says what the key is */
	bool		whole_records;	/* operation and time stand among the columns,
								 * if the records have them */
	bool		trailing;		/* these are but the last columns */
	const char *before_prefix;	/* of before images; NULL: as is usual */
	const char *before_suffix;
	const char *comment;		/* or NULL */
} KnownTable;

typedef struct ImportColumn
{
	const char *name;
	const char *source;			/* the header's, NULL without one */
	Oid			typid;
	int32		typmod;
	Oid			collation;
	bool		key;
	bool		sequence;
	const char *before;			/* local name of the key column */
	const char *encoding;		/* of nested values; NULL: JSON text, or none */
	bool		known;			/* not inferred */
	const KnownColumn *model;	/* what is known of it, or NULL */
	int			place;			/* among the table's fields, from 0, where files
								 * have no header */
	bool		lacks;			/* a file has a header without it */
	bool		added;			/* by a rule of the task, to every record */
	/* what the samples have */
	InferColumn infer;			/* its values, and those of its before image */
	int			field[RECOGNISE_FILES]; /* -1: not there */
	int64		values;
	int64		load_values;
	int64		load_nulls;
	bool		likely;			/* the table has no key, and this may be of it */
	/* of a table that is there */
	const char *misfit;			/* a value that is not of the type that is known
								 * of the column, or NULL */
	int			declared;		/* index of the table's column for it, or -1 */
	const struct ImportColumn *image_of;	/* whose before image it is, or NULL */
} ImportColumn;

/* A message about a table that is made, and about what will go wrong with it. */
typedef struct ImportNote
{
	const char *column;			/* NULL: it is about the whole table */
	const char *what;			/* of the column or table: a predicate */
	const char *detail;			/* a sentence */
	const char *hint;			/* a sentence, or NULL */
	bool		unreadable;		/* values of the column that no type reads */
} ImportNote;

typedef struct ImportTable
{
	FoundTable *found;
	const char *name;			/* the foreign table's */
	Sample	   *samples[RECOGNISE_FILES];
	int			nsamples;
	Sample	   *dfm;
	/* settled */
	bool		header;
	bool		file_clock;		/* its records have no commit times */
	ImportColumn *columns;
	int			ncolumns;
	const char *key_origin;		/* for messages; NULL: it has no key */
	const char *keyless;		/* a sentence: why it has none */
	bool		likely_all;		/* then all likely columns surely are of it */
	List	   *notes;			/* of ImportNote */
	List	   *twins;			/* names that a header has in several cases */
	const char *type_origin;
	const char *comment;		/* or NULL */
	List	   *options;		/* of DefElem */
	const char *problem;		/* why it is left out, or NULL */
	const char *problem_hint;
	bool		times_first;	/* its records begin with times, behind the
								 * operation */
	bool		looks_clocked;	/* what its commit times may be is a column */
	const char *looks_like;		/* its name by the header, or NULL */
	bool		there;			/* it is a foreign table already, whose columns have
								 * types of their own */
	const char *shrunk;			/* files without header of which later ones have
								 * fewer fields: how; or NULL */
} ImportTable;

typedef struct Import
{
	ForeignServer *server;
	OptionValues values;		/* what the server's options say */
	const ImportOptions *opts;
	const char *remote;			/* the source schema as it was named */
	const char *schema;			/* its folder with slash, "" for the root */
	const char *url;			/* the server's, without last slash */
	const char *into;			/* local schema, for messages */
	Store	   *store;
	RecogniseHints hints;
	RecogniseSchema alike;		/* what its tables show together */
	bool		partial;		/* some tables of the schema are left out */
	struct TypesFrom *types;
	Discovery  *found;
	BufFile    *samples;		/* where those of the tables wait */
	Sample	   *txn[2];
	int			ntxn;
	List	   *tables;			/* of ImportTable */
	bool		guessed_txn;	/* the server's options have no cdc_path */
} Import;

/* Which folders are wanted, by the names their tables get here. */
typedef struct ImportFilter
{
	List	   *names;			/* of char * */
	bool		except;
} ImportFilter;

/* ---- options.c ---- */

/* Read and check a list of DefElem. */
extern void import_options_read(List *options, ImportOptions *out);

/* Members of a JSON object as such a list; palloc'd.  Raises what is none. */
extern List *import_options_json(Jsonb *json);

/* What the table of that mode is called; palloc'd. */
extern char *import_mode_name(const ImportOptions *opts, const char *name,
							  LogMode mode);
/* Is name that of one of the tables to be made of the one called table? */
extern bool import_is_name(const ImportOptions *opts, const char *table,
						   const char *name);

/* Read what options of a server, or of server and table, say of files. */
extern void import_read_hints(const OptionValues *v, RecogniseHints *h);

/* ---- evidence.c ---- */

/* Look at one table's samples by these hints; palloc'd, and refers to them. */
extern void import_recognise(const Import *import, const RecogniseHints *hints,
							 ImportTable *table, Recognised *r);
/* Fill import->alike from the samples of all tables, in scratch. */
extern void import_collect(Import *import, MemoryContext scratch);
/*
 * Say in a NOTICE which columns were taken for commit times, or look like
 * some, where the server's options do not say whether they are.
 */
extern void import_ask_clock(const Import *import);

/*
 * Say in a NOTICE where transaction files may lie, or were not looked for, of a
 * schema without change files.
 */
extern void import_ask_txn(const Import *import);

/* ---- run.c ---- */

/*
 * Get the bytes of a table's samples, palloc'd in the current context, and
 * forget them, once that is reset.
 */
extern void import_load_samples(Import *import, ImportTable *table);
extern void import_unload_samples(ImportTable *table);

/*
 * Find, sample and describe the tables of a source schema, as the current
 * user; palloc'd in the current context.  filter may be NULL.  Raises an
 * error where there is no such schema, and for what the store raises; what is
 * wrong with a table alone is its problem.
 */
extern Import *import_run(Oid serverid, const char *remote,
						  const char *into, const ImportOptions *opts,
						  const ImportFilter *filter);

/*
 * Settle what the table's samples look like, and describe it, or its problem;
 * *r is palloc'd in scratch.
 */
extern void import_look(Import *import, ImportTable *table,
						const RecogniseHints *hints,
						const RecogniseSchema *alike, MemoryContext scratch,
						Recognised *r);

/*
 * Ask in a NOTICE for option base_time, where the full loads of tables have no
 * time and the server does not say when they were taken.
 */
extern void import_ask_base_time(const Import *import);

/* Folder of a schema: with slash; "" for "/". Raises what is no folder. */
extern char *import_schema_folder(const char *remote);

/* ---- fit.c ---- */

/*
 * True if a folder's name is a text here: options have the bytes of keys, which
 * are UTF-8, so in a database of another encoding other characters are not theirs.
 */
extern bool import_is_nameable(const char *folder);

/*
 * Why no option can name the path of folders, as a predicate of a name in it;
 * NULL: one can.  A constant, or palloc'd.
 */
extern const char *import_path_problem(const char *path);

/* Sets the problem of a table whose folder already shows that it has one. */
extern void import_check_name(const Import *import, ImportTable *table);
/* Sets the problem of tables whose folders fold to one name. */
extern void import_check_folds(Import *import);

/*
 * Why PostgreSQL would refuse the foreign table that is to be made of a table
 * without a problem, in that mode, or its column; NULL: it takes it.  palloc'd.
 */
extern char *import_misfit(const Import *import, const ImportTable *table,
						   LogMode mode);
extern char *import_column_misfit(const ImportColumn *column);

/*
 * Sets the problem of tables of which a mode does not fit, or has the name of
 * another table's.
 */
extern void import_check_fit(Import *import);

/* Tells a table's problem in a WARNING, or raises it with on_untyped 'error'. */
extern void import_report_problem(const Import *import,
								  const ImportTable *table);

/* ---- types.c ---- */

/* Read what the option says; documents beside the log are fetched. */
extern struct TypesFrom *types_load(Import *import);
/* NULL where nothing is known.  Sets table->problem for a bad .dfm. */
extern KnownTable *types_find(Import *import, ImportTable *table);

/* ---- json.c ---- */

typedef struct TypesDocument TypesDocument;
struct JsonbContainer;

/* Read a document; label names it in errors.  Raises what is none. */
extern TypesDocument *json_read(const char *text, const char *label);
/* Is it a table mapping, which has rules instead of columns? */
extern bool json_is_mapping(const TypesDocument *d);
/* What it says of a table, or NULL. */
extern KnownTable *json_find(const TypesDocument *d, const char *schema,
								 const char *table);

/* The rules of a mapping. */
extern struct JsonbContainer *json_rules(const TypesDocument *d);
/* Read a type as a rule's "data-type" or NULL says it. */
extern void json_column_type(struct JsonbContainer *data_type,
								 KnownColumn *c);

/* ---- mapping.c ---- */

/* The source's name of a table that rules renamed, or table itself. */
extern const char *mapping_source_table(struct JsonbContainer *rules,
										const char *schema,
										const char *table);
/* Let the rules change, remove and add columns of what is known. */
extern void mapping_apply(struct JsonbContainer *rules, const char *schema,
						  const char *table, KnownTable *known);

/* ---- describe.c ---- */

/*
 * Fill columns and options of a table from its settled samples, or its
 * problem.
 */
extern void import_describe(Import *import, ImportTable *table,
							Recognised *r);
/* The value of a record's field (-1: none), or NULL. */
extern const SampleField *import_field(const Import *import,
									   const SampleRecord *record, int field);
/* The value of a column in a record of file f; NULL where it has none. */
extern const SampleField *import_value(const Import *import,
									   const ImportColumn *column, int f,
									   const SampleRecord *record);
/*
 * Might this text be read as a value of the type?  Only what surely is none is
 * none: import_reader_read() knows.
 */
extern bool import_type_reads(Oid typid, int32 typmod,
							  const SampleField *value);

/*
 * True if different texts are different values of the type that was inferred
 * for the column, as far as was seen: so that it may be a key.
 */
extern bool import_type_is_key(const ImportColumn *column);
/*
 * True if the texts that infer has seen are as different as values of the
 * type: so that a key's column of that type keeps apart what the log does.
 */
extern bool import_type_keeps(Oid typid, const InferColumn *infer);

/* ---- columns.c ---- */

/* Make the list of columns; sets table->problem. */
extern void import_columns(Import *import, ImportTable *table,
						   const Recognised *r, KnownTable *known);
/* Fill the columns of a table without records from what is known of them. */
extern void import_columns_of_empty(Import *import, ImportTable *table,
									KnownTable *known);
/* The column of this name in the headers, or in another case; or NULL. */
extern ImportColumn *import_by_source(ImportTable *table, const char *name);
/* True if a file has two columns of this name that differ only in case. */
extern bool import_has_twins(const ImportTable *table, const char *name);
/* The column whose before image this one is, or NULL. */
extern ImportColumn *import_before_column(ImportTable *table,
										  const ImportColumn *image);

/* ---- infer.c ---- */

/* Settle types, sequence and before images of columns that have names. */
extern void import_infer(const Import *import, ImportTable *table,
						 const Recognised *r, const KnownTable *known);
/*
 * Give a column the type that its values show, with no look at what is known of
 * it: none of their digits is lost, and texts of a key are kept apart.
 */
extern void import_infer_type(const Import *import, ImportColumn *column);
/* True if the samples are the whole log. */
extern bool import_is_complete(const ImportTable *table, const Recognised *r);

/* ---- values.c ---- */

typedef struct ImportReader ImportReader;

/*
 * Read values as that column of a foreign table would: by its type, encoding and
 * fields, and the way in which dates are written.  It lives in the current
 * context, and keeps copies of both.  Raises what they alone raise.
 */
extern ImportReader *import_reader_open(const ValueStyle *style,
										const LogColumn *column);
/*
 * The same, but values of which the type, or its length, loses something are no
 * values of it.
 */
extern ImportReader *import_reader_exact(const ValueStyle *style,
										 const LogColumn *column);
/* So read the values of a column that is to be made. */
extern ImportReader *import_reader_for(const Import *import,
									   const ImportColumn *column);
/*
 * The value of a text (NULL: a cell without one), in the current context.
 * False where it is none; then *error says why, palloc'd in the current context.
 */
extern bool import_reader_read(ImportReader *r, const SampleField *field,
							   Datum *value, ErrorData **error);

/* Make a column text, whatever it was. */
extern void import_make_text(ImportColumn *column);
/*
 * Run all values of the samples through their columns' types.  A column whose
 * values are not all of its type gets one that holds them, and table->notes
 * says so if the type was known.
 */
extern void import_values(const Import *import, ImportTable *table,
						  const Recognised *r);

/* ---- notes.c ---- */

/*
 * Add to the table's notes what its settled samples show that no query of it
 * will read, and that a column may be the commit time.
 */
extern void import_notes(const Import *import, ImportTable *table,
						 const Recognised *r);

/* ---- loss.c ---- */

typedef struct ImportLoss ImportLoss;

/* A check of values for what the column's type loses; in the current context. */
extern ImportLoss *import_loss_open(const ValueStyle *style,
									const LogColumn *column);
/*
 * True if the text that was read as value says more than that: digits, a time
 * of day, an offset.  palloc's in the current context.
 */
extern bool import_loses(const ImportLoss *loss, Datum value,
						 const SampleField *field);

/* ---- nested.c ---- */

/* Make a column jsonb if its values surely are nested, all of them. */
extern void import_nested(ImportColumn *column, const SampleField **values,
						  int n);

/* ---- keys.c ---- */

/*
 * The operation of a record of the file, LOG_UPSERT where files have none and
 * LOG_INSERT in a full load.  False where the record is no row for itself: a
 * truncation, or the row before an update.
 */
extern bool import_op(const RecognisedFile *file, const SampleRecord *record,
					  LogOp *op);
/*
 * A sentence on why the samples contradict these columns, by their numbers in
 * the table, as the key that is declared for the log; NULL where they do not.
 * palloc'd.
 */
extern char *import_key_contradicts(const Import *import, ImportTable *table,
									const Recognised *r,
									const Bitmapset *key,
									const LogConfig *log);
/*
 * Find the key in the data, unless it is known; sets key of columns and
 * key_origin.  A key that the samples contradict, known or found, is none; then
 * keyless has the reason.
 */
extern void import_keys(const Import *import, ImportTable *table,
						const Recognised *r);

/* ---- sql.c ---- */

/* CREATE FOREIGN TABLE, in schema if it is not NULL; palloc'd. */
extern char *import_create_sql(const Import *import, const ImportTable *table,
							   LogMode mode, const char *schema);
/* How many columns are added to those of the log. */
extern int	import_added_columns(const ImportOptions *opts, LogMode mode);
/* A name as options take it that hold a list; palloc'd. */
extern char *import_name_list(const char *name);
/*
 * Returns "name type COLLATE ... OPTIONS (...)", palloc'd.  position, from 1, is
 * spelt out as that option; 0: it is not.
 */
extern char *import_column_sql(const ImportColumn *column, LogMode mode,
							   int position);
/*
 * Returns name, or that with a suffix if taken() says that another column has
 * it: never longer than a name may be; palloc'd.
 */
extern char *import_free_name(const char *name,
							  bool (*taken) (const char *name, void *arg),
							  void *arg);
/*
 * Returns the statements that give the foreign table, and those of its columns
 * that are in the list of ImportColumn, the comments of their models; "" where
 * there are none; palloc'd.
 */
extern char *import_comments_sql(const char *schema, const char *table,
								 const char *comment, const List *columns);
/*
 * Say how a table without key gets one, for warnings: the foreign tables of all
 * modes, or the only one that is called so.
 */
extern char *import_key_hint(const Import *import, const ImportTable *table,
							 const char *only);
/* Likewise how values that no type reads become NULL. */
extern char *import_null_hint(const Import *import, const ImportTable *table,
							  const char *only);

/* ---- import.c ---- */

/*
 * Let nobody else import from the server into the schema before the
 * transaction ends.  Waits, cancelable and with deadlock detection; what the
 * catalogue says of the schema's tables is to be read afterwards.
 */
extern void import_lock(Oid serverid, Oid schema);

/*
 * Add a table's name, quoted, to a list for a message that stops after some;
 * *n: how many were added.
 */
extern void import_add_name(StringInfo names, int *n, const char *name);

/* Warn of columns that are named c1, c2, ... */
extern void import_warn_nameless(const Import *import);

#endif							/* CDC_FDW_IMPORT_H */
