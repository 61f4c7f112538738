/*-------------------------------------------------------------------------
 *
 * sorter.h
 *	  Rows in an external sort: PostgreSQL's tuplesort.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_SORTER_H
#define CDC_REPLAY_SORTER_H

#include "postgres.h"

typedef struct Sorter
{
	/*
	 * A row: the one that is put next, NULL where nulls says so (false at the
	 * beginning); once sorted, the one that came last.
	 */
	Datum	   *values;
	bool	   *nulls;
	/* the rest is for sorter.c */
	struct Tuplesortstate *sort;
	struct TupleTableSlot *slot;
	char	   *buf;			/* of bytes on their way in or out */
	Size		size;
} Sorter;

/*
 * A sort of rows of columns of these types by the first nkeys of them, which
 * rise, or fall if descending is set; a key's type needs a default order
 * without collation.  Lives in the current context; kb is the memory it may use,
 * in kB (64 at least), before it goes to temporary files.
 */
extern Sorter *sorter_open(const Oid *types, int ncolumns, int nkeys,
						   bool descending, size_t kb);

/*
 * Makes column a bytea of size bytes, for the caller to write before the row is
 * put; of one column in a row.  Raises an error where they are too many.
 */
extern char *sorter_bytes(Sorter *s, int column, Size size);

/* Copies values and nulls into the sort. */
extern void sorter_put(Sorter *s);

/* All rows are there; returns how many bytes of temporary files they take. */
extern int64 sorter_sort(Sorter *s);

/* Goes to the next row, which is good until the next call; false at the end. */
extern bool sorter_next(Sorter *s);

/*
 * The bytes of a column as sorter_bytes() had them, aligned for any type; good
 * until the next call.
 */
extern const char *sorter_take_bytes(Sorter *s, int column, Size *size);

/* Frees what the sort has taken; accepts NULL. */
extern void sorter_close(Sorter *s);

#endif							/* CDC_REPLAY_SORTER_H */
