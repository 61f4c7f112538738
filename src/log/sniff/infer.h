/*-------------------------------------------------------------------------
 *
 * infer.h
 *	  Which type the texts of a column may have.  Pure C: no postgres.h, no
 *	  allocation, no error.
 *
 * The guess is conservative: a value of the type must hold all digits of every
 * text seen, and numbers must be far from the type's limits.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_INFER_H
#define CDC_LOG_INFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum InferType
{
	INFER_TEXT,
	INFER_BOOL,
	INFER_SMALLINT,
	INFER_INT,
	INFER_BIGINT,
	INFER_NUMERIC,
	INFER_REAL,
	INFER_DOUBLE,
	INFER_DATE,
	INFER_TIMESTAMP,
	INFER_TIMESTAMPTZ,
	INFER_UUID,
	INFER_JSON,
	INFER_COUNT
} InferType;

/* The least and the most of something; only good if any is set. */
typedef struct InferRange
{
	bool		any;
	uint32_t	least;
	uint32_t	most;
} InferRange;

/* What was seen of a column.  All zero is nothing yet. */
typedef struct InferColumn
{
	uint64_t	values;			/* values seen; NULLs are not fed */
	uint32_t	shapes;			/* what all of them are written as */
	uint64_t	largest;		/* magnitude of the largest integer */
	uint64_t	scientific;		/* values with an exponent */
	uint64_t	specials;		/* NaN and infinities */
	uint64_t	objects;		/* JSON that is more than {} or [] */
	InferRange	decimals;		/* digits behind a number's point */
	InferRange	fraction;		/* digits of a time's second */
	uint32_t	spellings;		/* in which one value may have two texts */
	char		zone[8];		/* of the first time that has one */
	bool		letter_t;
	bool		letter_f;
} InferColumn;

/* Take one more value, len bytes, no zero byte needed behind them. */
extern void infer_add(InferColumn *c, const char *value, size_t len);

/*
 * The type.  complete: the values are all there are for now, as far as is
 * known; only then may a smallint come out.
 */
extern InferType infer_type(const InferColumn *c, bool complete);

/*
 * Returns true if all texts seen have one fixed form in which different texts
 * are different values of the type, which infer_type() gave for the column: so
 * that it may be a key's.  True for text.
 */
extern bool infer_type_is_key(const InferColumn *c, InferType type);

/*
 * Would PostgreSQL read the text as a value of this type?  Looser than
 * infer_add: what its input function takes, as far as that can be told without
 * it; in doubt yes.
 */
extern bool infer_reads(InferType type, const char *value, size_t len);

/* The SQL name of a type, for messages. */
extern const char *infer_type_name(InferType type);

#endif							/* CDC_LOG_INFER_H */
