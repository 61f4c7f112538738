/*-------------------------------------------------------------------------
 *
 * row.h
 *	  A row on its way out: the text of the columns a query needs, and where
 *	  they came from.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_ROW_H
#define CDC_REPLAY_ROW_H

#include "postgres.h"

#include "log/reader.h"

typedef struct Row
{
	/* provenance: of the record that set the row last */
	TimestampTz time;
	int64		line;
	int			fileno;			/* of Replay's files */
	LogOp		op;
	bool		base;
	bool		undated;		/* a version's time is what an option says of its
								 * base row */
	LogOp		end_op;			/* of a version: what ended it */
	TimestampTz until;			/* … and when; DT_NOEND: it is open */
	struct Row *next;			/* in a list of seekers */
	/* cells, one a needed column */
	int			ncells;
	int			nmissing;		/* cells not supplied yet */
	Cell		cells[FLEXIBLE_ARRAY_MEMBER];
} Row;

#define ROW_SIZE(n)		(offsetof(Row, cells) + sizeof(Cell) * (n))

/* A deep copy in one chunk of the current context. */
extern Row *row_copy(const Row *row);

/*
 * A row as bytes for a temporary file of this process: row_packed_size() of
 * them, which row_unpack() makes a row of again, in one chunk of the current
 * context.  They need no alignment.
 */
extern size_t row_packed_size(const Row *row);
extern void row_pack(const Row *row, char *to);
extern Row *row_unpack(const char *from, size_t size);

/*
 * Give the cells not supplied yet what an older version has; the data is
 * copied to the current context.  Returns how many are still missing.
 */
extern int	row_fill(Row *row, const Row *older);

/* Make the cells never supplied NULL; returns how many there were. */
extern int	row_end(Row *row);

#endif							/* CDC_REPLAY_ROW_H */
