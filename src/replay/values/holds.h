/*-------------------------------------------------------------------------
 *
 * holds.h
 *	  What the values of a type may hold.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_HOLDS_H
#define CDC_REPLAY_HOLDS_H

#include "postgres.h"

/* What a setting or the clock may bear on. */
#define HOLDS_ANY			0x01	/* something that no other bit names */
#define HOLDS_DATES			0x02
#define HOLDS_INTERVALS		0x04
#define HOLDS_TIMES			0x08	/* dates, times of day or both: "now" */
#define HOLDS_TIMETZ		0x10
#define HOLDS_ROWS			0x20
#define HOLDS_NAMES			0x40	/* of objects in schemas */
#define HOLDS_MONEY			0x80

/*
 * What a function may run or leave behind (locks, pins, references) when it
 * raises an error.  Without this bit it has memory and nothing else.
 */
#define HOLDS_CODE			0x100

/*
 * Reading a value may run checks of a domain, which anybody may have written:
 * it is one, is made of one, or is a composite, whose owner may give it such a
 * field at any moment.  All
 * else that input functions run is of superusers: theirs alone are base types,
 * operator classes, and the canonical functions of ranges.
 */
#define HOLDS_USER_CODE		0x200

/* True if nothing but the text decides which value it is. */
#define HOLDS_TEXT_ALONE(holds)	(((holds) & ~HOLDS_CODE) == 0)

/* Returns the bits of a type: of its base, elements and fields too. */
extern int	holds_of_type(Oid typid);

#endif							/* CDC_REPLAY_HOLDS_H */
