/*-------------------------------------------------------------------------
 *
 * progress.h
 *	  How far running scans are: for the session itself, and, where the
 *	  library is in shared_preload_libraries, for all sessions.
 *
 * A scan has one row, which its parallel workers add to.  Telling takes no lock
 * and cannot fail.  Who reads files tells once a chunk and once a file, never
 * once a record.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_PROGRESS_H
#define CDC_LOG_PROGRESS_H

#include "postgres.h"

#include "datatype/timestamp.h"

typedef enum ProgressKind
{
	PROGRESS_FILES,				/* that the scan reads, as far as they are chosen */
	PROGRESS_FILES_DONE,		/* of them, read to their ends */
	PROGRESS_BYTES,				/* of the files, as stored */
	PROGRESS_BYTES_DONE,		/* of them, taken in */
	PROGRESS_RECORDS,
	PROGRESS_ROWS,
	PROGRESS_KINDS
} ProgressKind;

typedef enum ProgressPhase
{
	PROGRESS_LISTING,			/* files are listed and chosen */
	PROGRESS_READING,			/* files are read, of whichever kind */
	PROGRESS_CHANGES,			/* change files are read */
	PROGRESS_FULL_LOAD,			/* files of the full load are read */
	PROGRESS_READING_BACK,		/* what was put aside is read: keys that did not
								 * fit in memory, versions that were sorted */
	PROGRESS_DONE				/* all rows were handed out */
} ProgressPhase;

/* A scan's own counters at this moment. */
typedef struct ProgressNow
{
	ProgressPhase phase;		/* set to the one that was told last */
	int64		records;		/* since progress_restart() */
	int64		rows;
} ProgressNow;

typedef void (*ProgressLook) (void *arg, ProgressNow *now);

/* Of a process that takes part in a scan. */
typedef struct Progress Progress;

/* Where the leader's row is, for its workers. */
typedef struct ProgressPlace
{
	int			slot;			/* -1: in the leader's own memory */
	uint32		change;			/* that its contents are of */
} ProgressPlace;

/* Called as the library is loaded: asks for shared memory if it is time. */
extern void progress_init(void);

/*
 * A scan begins.  It ends by progress_end(), or as the current resource owner
 * is released, whichever comes first: an error ends it.  mode has less than
 * PROGRESS_MODE_LEN bytes.  look is called, with arg, by progress_tell(); where
 * it is NULL nobody counts records and rows.  Raises nothing but lack of memory.
 */
#define PROGRESS_MODE_LEN	16
extern Progress *progress_begin(Oid relid, const char *mode,
								ProgressLook look, void *arg);
/* Take part in the scan of another process; NULL where its row is not shared. */
extern Progress *progress_join(ProgressPlace place, ProgressLook look,
							   void *arg);
extern void progress_end(Progress *p);

extern ProgressPlace progress_place(const Progress *p);

/* The instant that is read, DT_NOEND: the whole log. */
extern void progress_instant(Progress *p, TimestampTz asof);

/* All of these accept NULL. */
extern void progress_add(Progress *p, ProgressKind kind, int64 n);
extern void progress_phase(Progress *p, ProgressPhase phase);
/* Tell what look() says now. */
extern void progress_tell(Progress *p);
/* Tell it, after which look() counts from zero again. */
extern void progress_restart(Progress *p);

/* A row as it was at one moment. */
typedef struct ProgressRow
{
	int			pid;
	Oid			userid;			/* whose session it is */
	Oid			relid;
	TimestampTz asof;
	TimestampTz started;
	char		mode[PROGRESS_MODE_LEN];
	bool		counted;		/* records and rows are */
	ProgressPhase phase;
	int64		counts[PROGRESS_KINDS];
} ProgressRow;

/* Visit the scans of the current database, those of this session as of now. */
typedef void (*ProgressVisitor) (const ProgressRow *row, void *arg);
extern void progress_visit(ProgressVisitor visitor, void *arg);

#endif							/* CDC_LOG_PROGRESS_H */
