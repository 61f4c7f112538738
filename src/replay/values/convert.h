/*-------------------------------------------------------------------------
 *
 * convert.h
 *	  Direct ways from text to the values of common types.
 *
 * Each takes only text of which it is certain, and gives what the type's input
 * function would; on false the caller calls that function.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_CONVERT_H
#define CDC_REPLAY_CONVERT_H

#include "postgres.h"

typedef bool (*ConvertFunction) (const char *s, uint32 len, int32 typmod,
								 Datum *value);

/*
 * The direct way for a type (not a domain) and typmod, or NULL.  *textual is
 * set where the value is the text itself, whose encoding the caller verifies
 * first (and converts, if the server's differs).  By-reference values are
 * palloc'd in the current context.
 */
extern ConvertFunction convert_function(Oid typid, int32 typmod,
										bool *textual);

#endif							/* CDC_REPLAY_CONVERT_H */
