/*-------------------------------------------------------------------------
 *
 * manifests.h
 *	  One listing for several scans.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_MANIFESTS_H
#define CDC_FDW_MANIFESTS_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "fdw/options/options.h"
#include "log/manifest.h"

/*
 * Returns all that decides what is listed for a table, where and as whom, as a
 * text in the current context.
 */
extern char *manifests_identity(const CdcOptions *opts, Oid userid);
/*
 * One listing for a statement or transaction; where pin is not
 * NULL, what that holds instead.
 */
extern Manifest *manifests_get(EState *estate, const CdcOptions *opts,
							   Oid userid, const char *pin);

/*
 * Where a scan under that listing reads.  A listing of the transaction
 * outlives the statement, and what a failed statement left open must not: such
 * scans have connections of their own.
 */
extern Store *manifests_store(EState *estate, Manifest *manifest,
							  const CdcOptions *opts, Oid userid);

#endif							/* CDC_FDW_MANIFESTS_H */
