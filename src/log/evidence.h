/*-------------------------------------------------------------------------
 *
 * evidence.h
 *	  What the other files of a folder show, where one file allows two
 *	  readings.
 *
 * Few files are looked at: the first LOAD file, the newest change file of the
 * whole folder, and where that does not tell the oldest one, whatever instant a
 * query has (under a pin the pin's own).  So a verdict is that of the log, not of
 * the query; but what is read as it was known at a time is read by what files
 * showed then, so that it stays what it is.  Nothing is
 * listed or read before one of them is asked for; what was read is remembered
 * by the session for the object as it was listed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_EVIDENCE_H
#define CDC_LOG_EVIDENCE_H

#include "postgres.h"

#include "storage/lwlock.h"
#include "utils/dsa.h"

#include "log/manifest.h"
#include "log/sample.h"

/* So much is looked at of a file: bytes as stored, and as unzipped. */
#define EVIDENCE_BYTES	(64 * 1024)

/*
 * Evidence is got by LogFile.evidence; files of a pin and of a scan by several
 * processes have it too.  A manifest has that of each of its folders.
 */

/*
 * The same of the files that are named up to config's known_at; e itself where
 * there is none, or where e is NULL.  Lives as long as e.
 */
extern LogEvidence *evidence_known(LogEvidence *e, const LogConfig *config);

/*
 * The first LOAD file that has bytes, and the oldest and newest change files
 * that have; NULL: there is none.  They live as long as e.  Raise what listing
 * raises.
 */
extern const LogFile *evidence_first_load(LogEvidence *e);
extern const LogFile *evidence_oldest_change(LogEvidence *e);
extern const LogFile *evidence_newest_change(LogEvidence *e);

/*
 * The first bytes of a file, which may be one of those or any other: palloc'd
 * in the current context.  out->problem is set where they cannot be unzipped;
 * out->whole tells whether they are all of the file.  sample_parse() takes them
 * apart.  Raises what the store raises.
 */
extern void evidence_look(Store *store, const LogFile *file, Sample *out);

/*
 * The same taken apart by the options' dialect: at most so many records, of
 * which the first is the header where add_column_name says so.  palloc'd.
 */
extern void evidence_records(Store *store, const LogConfig *config,
							 const LogFile *file, int most,
							 SampleRecords *out);

/*
 * Fields before the columns in a record of a transaction file; -1: it is
 * another table's.
 */
extern int	evidence_transaction_fields(const LogConfig *config,
										const SampleRecord *r);

/*
 * True if the ends that were counted are all CR LF, of a header its own;
 * false where no record ends.
 */
extern bool evidence_all_crlf(const LogConfig *config, const CsvEnds *ends);

/*
 * How the records in a file's first block end; false where none ends in the
 * bytes looked at.
 */
extern bool evidence_ends(Store *store, const LogConfig *config,
						  const LogFile *file, CsvEnds *ends);

/*
 * In memory that several processes share: whoever first needs a file that the
 * leader did not know finds it, and all others take the same.
 */
typedef struct SharedEvidence
{
	LWLock		lock;			/* of what the folders' files are */
	int			nfolders;
	dsa_pointer folders;
} SharedEvidence;

/* The leader's files, of a manifest with or without parts. */
extern void evidence_share(SharedEvidence *s, Manifest *m, dsa_area *area);
extern void evidence_unshare(SharedEvidence *s, dsa_area *area);
/*
 * Of each folder, an array in the current context, for LogFile.evidence.
 * Store, config, s and area must live as long as it.
 */
extern LogEvidence **evidence_join(SharedEvidence *s, dsa_area *area,
								Store *store, const LogConfig *config);

#endif							/* CDC_LOG_EVIDENCE_H */
