/*-------------------------------------------------------------------------
 *
 * canonical.h
 *	  Rows as bytes that do not depend on settings, machine or version.
 *
 * docs/reference.md describes them byte by byte; others compute them too, so
 * they never change.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_CANONICAL_H
#define CDC_FDW_CANONICAL_H

#include "postgres.h"

#include "access/htup.h"
#include "lib/stringinfo.h"

/* What is kept from row to row. */
typedef struct CanonicalRow CanonicalRow;

/* In ctx, which must outlive its use. */
extern CanonicalRow *canonical_create(MemoryContext ctx);

/*
 * Append the bytes of a row to out; what output functions leave is in the
 * current context.  Raises what they raise, and an error for text that UTF-8
 * cannot say.
 */
extern void canonical_append(CanonicalRow *row, HeapTupleHeader tuple,
							 StringInfo out);

/* A name of the database in UTF-8; in the current context, or as it was. */
extern const char *canonical_name(const char *name);

/* An unsigned number in 4 bytes, the highest first. */
extern void canonical_put32(StringInfo out, uint32 n);

/*
 * One value of such bytes: its length is set, -1 for NULL, and *at moves
 * behind it.  Raises an error where they end before the value does.
 */
extern const char *canonical_next(const char **at, const char *end,
								  int *len);

#endif							/* CDC_FDW_CANONICAL_H */
