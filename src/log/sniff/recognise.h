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

#include "pgtime.h"

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
	bool		ends_by_file;	/* each file's lines may end in their own way */
	bool		of_table;		/* they are those of a table that is there, whose
								 * queries know no other delimiters and quotes */
	bool		first_is_no_op; /* nor texts such as I, U and D in its first column */
	OptBool		header;
	OptBool		op_in_load;
	bool		no_op;			/* the task writes inserts (and updates) only */
	const char *op_column;		/* or NULL */
	const char *timestamp_column;	/* NULL: not said; "": there is none */
	const char *no_sup_value;	/* or NULL */
	const char *null_value;		/* or NULL */
	bool		any_load_op;	/* a full load may have other operations */
	pg_tz	   *zone;			/* of the times in names; NULL: UTC */
} RecogniseHints;

/* Why a table cannot be read as it is, and the way on; NULL: nothing, none. */
typedef struct RecogniseDoubt
{
	const char *problem;
	const char *hint;
} RecogniseDoubt;

/* What the samples show where a commit time would be, behind the operation. */
typedef struct RecogniseClock
{
	bool		changes;		/* change files have records */
	bool		there;			/* all of these have a time there */
	bool		in_load;		/* those of the full load have */
	const char *name;			/* by the header, or NULL */
	Evidence	of_load;		/* are those of the full load commit times? */
	const char *against;		/* why they are none, or NULL; palloc'd */
} RecogniseClock;

typedef struct RecognisedFile
{
	const Sample *sample;
	bool		is_load;
	SampleRecords r;
	CsvEnds		ends;			/* of its first records */
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
	bool		header_weak;	/* values alone tell it */
	const char *header_doubt;	/* why it may be otherwise, or NULL */
	const char *header_differs; /* why a header would be odd, or NULL */
	bool		gzip;
	const char *problem;		/* why the table cannot be read, or NULL */
	const char *problem_hint;
	/* once settled, or for a reading without header and one with */
	const char *op_name;		/* by the header, or NULL */
	Evidence	load_op;		/* does the full load begin with one? */
	bool		load_op_known;	/* by itself, or its neighbours */
	/* once settled */
	bool		clocked;		/* its records have commit times */
	char	   *time_name;		/* by the header, or NULL */
	bool		qlik;			/* the header is Qlik Replicate's */
	bool		op_in_load;
	bool		has_load;		/* with records */
	bool		has_changes;
	bool		op_in_changes;
	bool		op_elsewhere;	/* it is not the first field of all its files */
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

/* What all tables of a schema show together. */
typedef struct RecogniseSchema
{
	OptBool		header_said;	/* by the options: of tables that leave it open */
	bool		header;			/* of such tables, where it is not said */
	bool		with_header;	/* some surely have one */
	bool		without_header; /* some surely have none */
	Evidence	load_op;		/* does a full load begin with an operation? */
	bool		clock;			/* records have commit times */
	const char *clock_name;		/* by the header; NULL: they have none */
	Evidence	clock_of_load;	/* do a full load's have them? */
	bool		clock_differs;	/* some have, others have not */
	const char *clock_against;	/* what contradicts one that looks like it, or NULL */
} RecogniseSchema;

/*
 * Fills files and the rest of *r, now that the other tables are known; sets
 * problem where it cannot be read so.  palloc'd, and refers to the samples.
 */
extern void recognise_settle(const RecogniseHints *hints,
							 const RecogniseSchema *schema, Recognised *r);

/*
 * recognise_header.c: what the first records tell of a header.  Fills header
 * and what explains it, or sets problem.
 */
extern void recognise_header_look(const RecogniseHints *hints, Recognised *r);
/* True if a table whose samples tell that of a header is read with one. */
extern bool recognise_header(const RecogniseSchema *schema, Evidence header,
							 bool weak);
/* Why it cannot be read so, and what decides. */
extern RecogniseDoubt recognise_header_doubt(const RecogniseSchema *schema,
											 const Recognised *r);

/*
 * recognise_op.c: find the operation, which fills op of files, op_name and
 * load_op.  load_op: what other tables say of that.
 */
extern RecogniseDoubt recognise_op(const RecogniseHints *hints, bool header,
								   Evidence load_op, Recognised *r);

/* recognise_clock.c: what there is where a commit time would be. */
extern void recognise_clock(const RecogniseHints *hints, bool header,
							const Recognised *r, RecogniseClock *out);
/* Say where the commit time is, if the schema is believed to have one. */
extern RecogniseDoubt recognise_time(const RecogniseHints *hints, bool header,
									 const RecogniseSchema *schema,
									 Recognised *r);

/* dialect.c: find the dialect and take the samples apart, or set problem. */
extern void recognise_dialect(const RecogniseHints *hints,
							  const RecogniseTable *table, Recognised *r);
/*
 * recognise_ends.c: why the files' lines are not read as those of a table with such options would
 * be; sets r->dialect.crlf where all end in CR LF.
 */
extern RecogniseDoubt recognise_ends(const RecogniseHints *hints, bool header,
									 Recognised *r);
/* Is the field an operation?  Is it this word, in any case? */
extern bool recognise_is_op(const SampleField *f);
/* Is it that of a record with the row before the update behind it? */
extern bool recognise_is_before(const SampleField *f);
extern bool recognise_is_word(const SampleField *f, const char *word);

/* Is the field a date or a time, as DMS writes it? */
extern bool recognise_is_date(const SampleField *f);
/* May that be a time at which a change of this change file was committed? */
extern bool recognise_is_near(const RecognisedFile *f, int64 time);

/* The value of a record's field, NULL where it has none. */
extern const SampleField *recognise_value(const RecogniseHints *hints,
										  const SampleRecord *r, int field);

#endif							/* CDC_LOG_RECOGNISE_H */
