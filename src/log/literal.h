/*-------------------------------------------------------------------------
 *
 * literal.h
 *	  Texts that are numbers, and texts that are JSON.  Pure C: no postgres.h,
 *	  no allocation, no error.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_LITERAL_H
#define CDC_LOG_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct LiteralNumber
{
	bool		plus;			/* has a plus sign */
	bool		minus;
	const char *digits;			/* before the point */
	size_t		ndigits;
	bool		point;
	size_t		nfraction;
	bool		exponent;
	bool		exponent_sign;
	size_t		nexponent;
} LiteralNumber;

/* Take a number apart; false where it is none. */
extern bool literal_number(const char *s, size_t len, LiteralNumber *n);

/*
 * Is it one JSON value, and nothing else, such as jsonb takes?  Nested 100
 * deep at most.
 */
extern bool literal_is_json(const char *s, size_t len);

/*
 * Of a text that is JSON: how many members its objects have, all together, and
 * whether it has a zero with a minus sign, which is a number only in floats.
 */
extern size_t literal_json_members(const char *s, size_t len,
								   bool *minus_zero);

#endif							/* CDC_LOG_LITERAL_H */
