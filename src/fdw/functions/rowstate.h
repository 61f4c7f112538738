/*-------------------------------------------------------------------------
 *
 * rowstate.h
 *	  A row as explain_row.c shows it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_ROWSTATE_H
#define CDC_FDW_ROWSTATE_H

#include "postgres.h"

#include "fdw/functions/canonical.h"
#include "fdw/functions/logrows.h"

/*
 * A row as objects of JSON with a member for each column that is known: its
 * values, and hashes of their canonical bytes, by which two rows are told
 * apart.  Values that differ may be the same JSON: SQL's NULL and JSON's, or
 * arrays whose elements are counted from another number.
 */
typedef struct RowState
{
	Jsonb	   *values;
	Jsonb	   *hashes;
} RowState;

/* Hashes of the bytes of a composite's values, which are doc's columns. */
extern Jsonb *rowstate_hashes(CanonicalRow *canonical, const RowDoc *doc,
							  Datum composite);

/* Both without some members, of n names; in the current context. */
extern RowState rowstate_without(RowState row, Datum *names, int n);

/* A row over another one. */
extern RowState rowstate_over(RowState below, RowState above);

/* True if the values of two rows are the same. */
extern bool rowstate_equal(const RowState *a, const RowState *b);

/* Copies a row to the current context; the caller frees it. */
extern RowState *rowstate_copy(RowState row);

/* Frees what rowstate_copy() returned; accepts NULL. */
extern void rowstate_free(RowState *row);

#endif							/* CDC_FDW_ROWSTATE_H */
