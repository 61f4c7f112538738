/*-------------------------------------------------------------------------
 *
 * evidence_impl.h
 *	  What is known of a folder's other files; a manifest keeps it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_EVIDENCE_IMPL_H
#define CDC_LOG_EVIDENCE_IMPL_H

#include "nodes/pg_list.h"

#include "log/evidence.h"

typedef enum Sibling
{
	FIRST_LOAD,
	OLDEST_CHANGE,
	NEWEST_CHANGE,
	NEWEST_KNOWN				/* by LogEvidence.known_at */
} Sibling;

#define SIBLINGS	(NEWEST_KNOWN + 1)

/* Begins as zeros, but for ctx and who lists. */
struct LogEvidence
{
	MemoryContext ctx;
	Manifest   *manifest;		/* of the folder; NULL: not opened yet */
	bool		known[SIBLINGS];
	const LogFile *files[SIBLINGS];
	/* what evidence_known() made of it, and is itself if it has a bound */
	List	   *bounded;
	bool		has_known_at;
	TimestampTz known_at;
	/* with other processes; NULL: alone */
	SharedEvidence *shared;
	dsa_area   *area;
	int			source;
	Store	   *store;			/* to list by, where there is no manifest */
	const LogConfig *config;
};

#endif							/* CDC_LOG_EVIDENCE_IMPL_H */
