/*-------------------------------------------------------------------------
 *
 * repeated.h
 *	  Names that stand in a header twice.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_REPEATED_H
#define CDC_LOG_REPEATED_H

#include "postgres.h"

typedef struct HeaderName
{
	const char *data;			/* no zero byte need follow */
	size_t		len;
	int			place;			/* which one of the header */
} HeaderName;

/*
 * The smallest place of a name that stands at a smaller place, too; -1: all
 * differ.  Sorts names, n of them; a cancel comes through.
 */
extern int	repeated_name(HeaderName *names, int n);

#endif							/* CDC_LOG_REPEATED_H */
