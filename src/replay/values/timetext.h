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
 * Returns how many digits of a second values of a type have: of its base,
 * elements or bounds, six where the typmod sets no fewer.  Of a type without
 * times, and of a row, whose fields have their own, it is six.
 */
extern int	timetext_digits(Oid typid, int32 typmod);

/*
 * Returns the text of a value without the digits of seconds for which it has no
 * room, as times of commits and of names are read: rounding would make
 * 23:59:59.9999999 the next day, and the end of the year 9999 the year 10000.
 * holds and digits are those of the type; fields of a row have their own.  A
 * palloc'd copy where there are any, else the text itself.
 */
extern char *timetext_cut(char *text, Oid typid, int holds, int digits);

/* Returns a time, in microseconds, without digits of its second past so many. */
extern int64 timetext_cut_time(int64 time, int digits);

/*
 * Returns a time at or behind every one that timetext_cut_time() makes this time
 * or an earlier one: the last of them where this time is one of so many digits,
 * and up to a unit later where it has more.
 */
extern int64 timetext_last(int64 time, int digits);

#endif							/* CDC_REPLAY_TIMETEXT_H */
