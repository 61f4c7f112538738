/*-------------------------------------------------------------------------
 *
 * exact.h
 *	  Which binary floats hold all digits of a decimal number's text.  Pure C:
 *	  no postgres.h, no allocation, no error.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_EXACT_H
#define CDC_LOG_EXACT_H

#include <stdbool.h>
#include <stddef.h>

#include "log/literal.h"

/* The shortest text that reads back as the same double is this number. */
#define EXACT_DOUBLE	0x1
/*
 * It is written as DMS writes a double, a sign and 17 digits or more, and the
 * double's first 17 digits are these.  The shortest text may be another number.
 */
#define EXACT_DOUBLE_17	0x2
/* The same of a real, whose digits are nine. */
#define EXACT_REAL_9	0x4

/*
 * Returns which of these hold for the number n, which literal_number() took
 * apart.  A text of more significant digits than a double can tell has none.
 */
extern unsigned exact_floats(const LiteralNumber *n);

#endif							/* CDC_LOG_EXACT_H */
