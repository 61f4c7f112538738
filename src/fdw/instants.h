/*-------------------------------------------------------------------------
 *
 * instants.h
 *	  Which instants apply to a scan, on both clocks.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_INSTANTS_H
#define CDC_FDW_INSTANTS_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/execnodes.h"

#include "fdw/options/options.h"
#include "log/manifest.h"

/* Where the instant of a scan comes from, strongest first. */
typedef enum AsofSource
{
	ASOF_QUERY,					/* equality on the column with role asof */
	ASOF_TABLE,
	ASOF_SESSION,
	ASOF_SERVER,
	ASOF_NONE,					/* the whole log */
	ASOF_UNBOUND				/* the query restricts the column, but not to
								 * one value for a scan: an error */
} AsofSource;

/* The session's settings as they were written; "" where they were not. */
typedef struct SessionInstants
{
	const char *asof;
	const char *known_at;
} SessionInstants;

/* The instants of a scan where its query names none. */
typedef struct Instants
{
	AsofSource	source;
	TimestampTz asof;			/* DT_NOEND: the whole log; or
								 * ASOF_AT_WATERMARK */
	const char *pin;			/* that gives it and the files, or NULL */
	AsofSource	known_source;
	TimestampTz known_at;		/* later files are not there; DT_NOEND: all */
} Instants;

struct CdcScanState;

/* The session's settings as they are now; not copies. */
extern SessionInstants instants_session(void);
/*
 * The instant where the query names none, and where it comes from; *asof is
 * DT_NOEND for the whole log.  userid is the user as whom the table is read.
 * Raises an error for an unreadable setting, and for a pin that does not hold
 * the table or that userid may not read it by.
 */
extern AsofSource instants_asof(const CdcOptions *opts,
								const SessionInstants *session,
								Oid userid, TimestampTz *asof);
/* The pin that gives it, or NULL; not a copy. */
extern const char *instants_pin(const CdcOptions *opts,
								const SessionInstants *session);
/*
 * The same for known_at, which is the pin's where one gives the instant;
 * DT_NOEND where every file is known.
 */
extern AsofSource instants_known(const CdcOptions *opts,
								 const SessionInstants *session, Oid userid,
								 const char *pin, TimestampTz *known);
/*
 * All of that for a scan whose plan says whence its instants are: what the
 * query names is left out, and none of its settings read.  Palloc'd in the
 * current context.
 */
extern void instants_fix(const CdcOptions *opts,
						 const SessionInstants *session, Oid userid,
						 AsofSource asof, AsofSource known, Instants *fixed);
/*
 * Raises an error where an argument of a function asks for an instant at which
 * the current user may not read the table.
 */
extern void instants_check_asked(const CdcOptions *opts, bool has_asof,
								 TimestampTz asof, bool has_known_at,
								 TimestampTz known_at);
/* Sets what the plan says of a scan's instants. */
extern void instants_begin(ForeignScanState *node, struct CdcScanState *state);
/*
 * Finds the instants of a walk: what the query says, else state->fixed.  Tells,
 * before the first walk, of a table that is not at the instant that the session
 * asks for.  Returns false where the query compares with NULL, which no row
 * satisfies.  Raises an error where it restricts the column of an instant, but
 * not to one.
 */
extern bool instants_resolve(ForeignScanState *node, struct CdcScanState *state,
							 const SessionInstants *session);
/*
 * Tell of an instant in the future (once a statement), and of a full load that
 * nothing dates (once a session and server).
 */
extern void instants_notice_asof(const CdcOptions *opts, Manifest *manifest,
								 TimestampTz asof);

#endif							/* CDC_FDW_INSTANTS_H */
