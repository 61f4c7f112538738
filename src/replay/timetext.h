/*-------------------------------------------------------------------------
 *
 * timetext.h
 *	  Texts of dates and times, before their types read them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_TIMETEXT_H
#define CDC_REPLAY_TIMETEXT_H

#include "postgres.h"

/* True if the text has no words but the letters of ISO form, T and Z. */
extern bool timetext_is_iso(const char *text);

/* True if the text begins with a year of four digits or more, and a hyphen. */
extern bool timetext_begins_with_year(const char *text);

/*
 * Raise an error where a date or time in the text of a type's value is told by
 * the clock.  In the text of a row only fields that hold such are looked at.
 */
extern void timetext_check_clock(Oid typid, const char *text);

/*
 * Returns the text without the digits of seconds past the sixth, as times of
 * commits and of names are read: rounding would make 23:59:59.9999999 the next
 * day, and the end of the year 9999 the year 10000.  A palloc'd copy where
 * there are any.
 */
extern char *timetext_cut(char *text);

#endif							/* CDC_REPLAY_TIMETEXT_H */
