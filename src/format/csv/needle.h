/*-------------------------------------------------------------------------
 *
 * needle.h
 *	  Bytes that a record must have to be of interest.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FORMAT_NEEDLE_H
#define CDC_FORMAT_NEEDLE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct CsvNeedle
{
	const char *bytes;
	size_t		len;			/* at least 1 */
	bool		number;			/* digits that no other digit may follow, and
								 * none but zeros precede */
} CsvNeedle;

/*
 * The first place from byte from on where the needle stands in buf, which ends
 * at byte to; to where it does not.  Bytes beyond the end may be anything.
 */
extern size_t needle_next(const CsvNeedle *needle, const char *buf,
						  size_t from, size_t to);

#endif							/* CDC_FORMAT_NEEDLE_H */
