/*-------------------------------------------------------------------------
 *
 * share.h
 *	  Files in memory that several processes share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_SHARE_H
#define CDC_REPLAY_SHARE_H

#include "postgres.h"

#include "utils/dsa.h"
#include "log/evidence.h"

/* A file as it was selected, and its index. */
typedef struct SharedFile
{
	/* selected; texts are offsets */
	LogFile		file;
	size_t		key;
	size_t		etag;
	size_t		version;
	TimestampTz bound;
	TimestampTz lower;
	/* index of a change file */
	bool		indexed;
	TimestampTz first;			/* DT_NOEND: no records */
	dsa_pointer entries;
	int64		left;			/* entries not decided, as was told */
	int64		rows;			/* of the others, those that come out */
} SharedFile;

/*
 * Writes files to area, texts apart; each process reads them by share_file, in
 * its current context, with the evidence of all folders.
 */
extern void share_files(LogFile *const *files, int n, dsa_area *area,
						dsa_pointer *shared, dsa_pointer *shared_texts);
extern LogFile *share_file(const SharedFile *shared, char *texts,
						   LogEvidence **evidence);

#endif							/* CDC_REPLAY_SHARE_H */
