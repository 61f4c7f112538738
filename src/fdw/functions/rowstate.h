/*-------------------------------------------------------------------------
 *
 * rowstate.h
 *	  The rows that a key holds while its records are played.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_ROWSTATE_H
#define CDC_FDW_ROWSTATE_H

#include "postgres.h"

#include "nodes/pg_list.h"

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

/* A key's rows, more than one only within a commit. */
typedef struct RowQueue
{
	List	   *rows;			/* of RowState */
	int			taken;			/* so many at its head are no more of it */
} RowQueue;

/* Hashes of the bytes of a composite's values, which are doc's columns. */
extern Jsonb *rowstate_hashes(CanonicalRow *canonical, const RowDoc *doc,
							  Datum composite);

/* Both without some members, of n names; in the current context. */
extern RowState rowstate_without(RowState row, Datum *names, int n);

/* A row over another one. */
extern RowState rowstate_over(RowState below, RowState above);

/* True if the values of two rows are the same. */
extern bool rowstate_equal(const RowState *a, const RowState *b);

/* Frees a row that rowstate_take() took off a key. */
extern void rowstate_free(RowState *row);

/*
 * Puts a copy of a row at the end of a queue, beside the others or in place of
 * the last; all in the current context.
 */
extern void rowstate_put(RowQueue *queue, RowState row, bool beside);

/* The number of its rows. */
extern int	rowstate_count(const RowQueue *queue);

/* The last of them, or NULL. */
extern RowState *rowstate_last(const RowQueue *queue);

/* Takes the first of them off the queue; NULL: there is none. */
extern RowState *rowstate_take(RowQueue *queue);

#endif							/* CDC_FDW_ROWSTATE_H */
