/*-------------------------------------------------------------------------
 *
 * recognise.h
 *	  What the files of one table look like: delimiter, header, operation,
 *	  commit time, told from samples.
 *
 * Some of it one table alone may not tell, but its neighbours do, since a
 * task writes all its tables alike: so the samples of each table are read
 * first, and settled when all have been.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_RECOGNISE_H
#define CDC_LOG_RECOGNISE_H

#include "postgres.h"

#include "log/logconfig.h"
#include "log/sample.h"

#define RECOGNISE_QLIK_OP	"header__change_oper"
#define RECOGNISE_QLIK_TIME	"header__timestamp"
#define RECOGNISE_QLIK		"header__"	/* begins all names it adds */
#define RECOGNISE_FILES	3		/* full load, oldest and newest changes */

typedef enum Evidence
{
	EVIDENCE_NONE,				/* others must tell */
	EVIDENCE_NO,
	EVIDENCE_YES
} Evidence;

/* What the server's options say. */
typedef struct RecogniseHints
{
	CsvDialect	dialect;
	bool		delimiter_given;	/* the others are ways out, not equals */
	bool		quoting_given;
	bool		line_end_given;
	OptBool		header;
	const char *timestamp_column;	/* or NULL */
	const char *no_sup_value;	/* or NULL */
} RecogniseHints;

typedef struct RecognisedFile
{
	const Sample *sample;
	bool		is_load;
	SampleRecords r;
	int			width;			/* fields of its records; 0: it has none */
	/* once settled */
	int			skip;			/* records of header: 0 or 1 */
	int			op;				/* field numbers, -1: not there */
	int			time;
	int			first;			/* of the table's own columns */
} RecognisedFile;

typedef struct Recognised
{
	RecognisedFile files[RECOGNISE_FILES];
	int			nfiles;
	CsvDialect	dialect;
	Evidence	header;
	Evidence	time;
	char	   *time_name;		/* by the header, or NULL */
	bool		qlik;			/* the header is Qlik Replicate's */
	bool		load_micros;	/* the full load may have transfer times */
	bool		gzip;
	bool		op_in_load;
	bool		has_load;		/* with records */
	bool		has_changes;
	bool		op_in_changes;
	const char *problem;		/* why the table cannot be read, or NULL */
} Recognised;

/* Whose records of a transaction file to take. */
typedef struct RecogniseTable
{
	const char *schema;
	const char *table;
} RecogniseTable;

/*
 * Read n samples of a table: dialect and evidence.  Transaction files among
 * them are reduced to the records of table.  Everything is palloc'd in the
 * current context, and refers to the samples.
 */
extern void recognise_read(const RecogniseHints *hints, Sample **samples,
						   int n, const RecogniseTable *table,
						   Recognised *out);

/* Say where things stand, now that it is known whether there is a header, and
 * commit times. */
extern void recognise_settle(const RecogniseHints *hints, bool header,
							 bool time, Recognised *r);

/* dialect.c: find the dialect and take the samples apart, or set problem. */
extern void recognise_dialect(const RecogniseHints *hints,
							  const RecogniseTable *table, Recognised *r);
/* Is the field an operation?  Is it this word, in any case? */
extern bool recognise_is_op(const SampleField *f);
extern bool recognise_is_word(const SampleField *f, const char *word);

/* The value of a record's field, NULL where it has none. */
extern const SampleField *recognise_value(const RecogniseHints *hints,
										  const SampleRecord *r, int field);

#endif							/* CDC_LOG_RECOGNISE_H */
