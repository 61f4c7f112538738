/*-------------------------------------------------------------------------
 *
 * calendar.h
 *	  Dates as days, in the proleptic Gregorian calendar, which is also
 *	  PostgreSQL's.  Pure C.
 *
 * Source: Reingold and Dershowitz, Calendrical Calculations, chapter 2.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_BASE_CALENDAR_H
#define CDC_BASE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/* Days from 1970-01-01, where Unix counts from, to 2000-01-01. */
#define CALENDAR_UNIX_DAYS	10957

/* Days of a year, leap or not, before each month; and of all its months. */
static const int16_t calendar_days_before[2][13] = {
	{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
	{0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366}
};

static inline bool
calendar_is_leap(int year)
{
	int			century = year / 100;

	return year == century * 100 ? century % 4 == 0 : year % 4 == 0;
}

/* month is 1 to 12. */
static inline int
calendar_days_in_month(int year, int month)
{
	const int16_t *before = calendar_days_before[calendar_is_leap(year)];

	return before[month] - before[month - 1];
}

/* True if the date exists, in the year 1 or later. */
static inline bool
calendar_is_date(int year, int month, int day)
{
	return year >= 1 && month >= 1 && month <= 12 &&
		day >= 1 && day <= calendar_days_in_month(year, month);
}

/*
 * Returns the days from 2000-01-01 to a date, of the year 1 or later.  A day
 * past the end of its month is one of the next month's.
 */
static inline int
calendar_days(int year, int month, int day)
{
	int			y = year - 1;
	int			centuries = y / 100;
	int			days = y * 365 + y / 4 - centuries + centuries / 4;

	days += calendar_days_before[calendar_is_leap(year)][month - 1] + day - 1;
	return days - 730119;		/* 0001-01-01 to 2000-01-01 */
}

#endif							/* CDC_BASE_CALENDAR_H */
