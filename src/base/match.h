/*-------------------------------------------------------------------------
 *
 * match.h
 *	  The name among several that is nearest to one that is not there.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_MATCH_H
#define CDC_LOG_MATCH_H

#include "postgres.h"

/*
 * Remembers the name among several that is nearest to the one the user wrote.
 * One that differs in the case of ASCII letters alone is nearer than all
 * others.  nearest is NULL while none is near enough to be worth a hint.
 */
typedef struct NameMatch
{
	const char *wanted;
	const char *nearest;
	int			distance;
} NameMatch;

/*
 * wanted and candidates are texts of the server's encoding that live as long
 * as m does.  Neither function raises an error.
 */
extern void match_start(NameMatch *m, const char *wanted);
extern void match_try(NameMatch *m, const char *candidate);

#endif							/* CDC_LOG_MATCH_H */
