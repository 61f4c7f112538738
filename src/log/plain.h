/*-------------------------------------------------------------------------
 *
 * plain.h
 *	  Records that begin plainly: operation, commit time and an integer key,
 *	  unquoted and in the usual spelling.  Pure C.
 *
 * Most records of most logs begin so, and nothing else of them is looked at
 * unless they come out as rows.  What does not begin exactly so is not for
 * here, and is read by its fields.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_PLAIN_H
#define CDC_LOG_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ascii.h"

/* What a file's records begin with, in this order. */
typedef struct PlainShape
{
	char		delimiter;
	bool		op;				/* I, U or D */
	bool		time;			/* yyyy-MM-dd HH:mm:ss.SSSSSS */
	bool		key;			/* one integer */
	bool		fits;			/* they begin so */
} PlainShape;

#define PLAIN_TIME_LEN	26
/* of these up to the seconds, which many records share */
#define PLAIN_MINUTE_LEN	17

/*
 * Reads no byte past len.  *time is where the time stands, not yet read.
 * digits: of the key, at most; 0: it is not looked at.  False where the record
 * does not begin plainly.
 */
static inline bool
plain_begin(const PlainShape *shape, const char *s, size_t len, int digits,
			char *op, const char **time, int64_t *key)
{
	const char *end = s + len;
	const char *first;
	bool		minus;
	int64_t		v = 0;

	if (shape->op)
	{
		if (end - s < 2 || (*s != 'I' && *s != 'U' && *s != 'D') ||
			s[1] != shape->delimiter)
			return false;
		*op = *s;
		s += 2;
	}
	if (shape->time)
	{
		if (end - s < PLAIN_TIME_LEN + 1 ||
			s[PLAIN_TIME_LEN] != shape->delimiter)
			return false;
		*time = s;
		s += PLAIN_TIME_LEN + 1;
	}
	if (digits == 0)
		return true;
	minus = s < end && *s == '-';
	first = s += minus;
	while (s < end && ascii_is_digit(*s) && s - first <= digits)
		v = v * 10 + (*s++ - '0');
	if (s == first || s - first > digits ||
		(s < end && *s != shape->delimiter))
		return false;
	*key = minus ? -v : v;
	return true;
}

#endif							/* CDC_LOG_PLAIN_H */
