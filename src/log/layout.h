/*-------------------------------------------------------------------------
 *
 * layout.h
 *	  Where op, commit time and columns stand in the records of one file.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_LAYOUT_H
#define CDC_LOG_LAYOUT_H

#include "postgres.h"

#include "base/compat.h"
#include "log/logconfig.h"
#include "log/manifest.h"
#include "log/op.h"
#include "log/plain.h"

/* A field by itself, where a column has role row. */
typedef struct LayoutField
{
	int			label;			/* in labels: its name as JSON has it, with the
								 * colon; -1: no column of the source table */
	int			len;			/* of the label */
	int			col;			/* the column declared for it, or -1 */
} LayoutField;

typedef struct Layout
{
	int			width;			/* fields of every record of the file */
	int			op;				/* field numbers from 0; -1: not there */
	int			time;
	int			table;			/* transaction files only */
	int			schema;
	bool		by_name;		/* the file has a header */
	int		   *pos;			/* of each of LogConfig.columns, or -1 */
	/* with a header, numbered as in names.h; NULL without */
	bool	   *folded;			/* found under a name that differs in case */
	bool	   *twin;			/* found, and another differs from it in case */
	LayoutField *fields;		/* width of them; NULL without role row */
	char	   *labels;			/* of fields, one behind the other */
	size_t		nlabels;		/* bytes of them */
} Layout;

typedef enum LayoutFile
{
	LAYOUT_LOAD,
	LAYOUT_CDC,
	LAYOUT_TXN
} LayoutFile;

/*
 * Fields before the columns of a record of a transaction file: operation, table
 * and schema.  A commit time is one more.
 */
#define LAYOUT_TXN_FIELDS	3

/*
 * Layout of a file whose first record is the header.  Raises an error where a
 * key column or, in a change file, the timestamp column or the operation is
 * missing.  Looks at other files of the log where a name differs in case only.
 * palloc'd.
 */
extern Layout *layout_from_header(const LogConfig *config, LayoutFile kind,
								  Store *store, const LogFile *file,
								  const CsvRecord *header);

/*
 * Layout of a file without header, recognised by its first record: whether it
 * has op and timestamp follows from the settings, the number of fields, and
 * the shape of what stands there; where that leaves open whether it begins with
 * an operation, from other files of the log, which are looked at then.
 * palloc'd; raises an error where no layout fits, or two do, and says in
 * *column which column it is about, if one.
 */
extern Layout *layout_from_record(const LogConfig *config, LayoutFile kind,
								  Store *store, const LogFile *file,
								  const CsvRecord *first,
								  const char **column);

/* Name of field i (from 0) for messages, palloc'd or static. */
extern const char *layout_field_name(const LogConfig *config,
									 const Layout *layout, int i);

/* What is to be said of an operation that is empty. */
#define LAYOUT_EMPTY_OP \
	"The operation is empty, which AWS DMS does not write, and no option reads such a record: was the file edited?"


/* What is to be said of it where op_column_name is not given. */
#define OP_QLIK_OP \
	"If Qlik Replicate wrote the file, set op_column_name to the name of the operation's column (header__change_oper); B is then the row before an update, and T a TRUNCATE."

/* Raises the error of a transaction file's record that has no commit time. */
extern void layout_no_commit_time(void) CDC_NORETURN;

/*
 * Raise the error that no file has column col.  closest: a name in headers, or
 * NULL; width: how many columns files without header have.
 */
extern void layout_missing_column(const LogConfig *config, int col,
								  const char *closest, int width) CDC_NORETURN;

/*
 * Raises the error that newer files without header are narrower than older
 * ones, which have column col (an index in config->columns).
 */
extern void layout_column_went(const LogConfig *config, int col) CDC_NORETURN;

/*
 * Raise the error that the files of a pin do not decide alone what the log's
 * others do: of what column c (from 0; past the last: the operation) is, by
 * name or by place.
 */
extern void layout_undecided(const LogConfig *config, bool by_name,
							 int c) CDC_NORETURN;

/*
 * Raise the error that i (numbered as in names.h) has another case in some
 * files, and a twin in others.
 */
extern void layout_twin_column(const LogConfig *config, int i) CDC_NORETURN;

/*
 * What the records of a file of that layout begin with, where it is nothing but
 * op and time, and perhaps the one key.
 */
extern void layout_plain_shape(const LogConfig *config, LayoutFile file,
							   const Layout *l, PlainShape *shape);

#endif							/* CDC_LOG_LAYOUT_H */
