/*-------------------------------------------------------------------------
 *
 * search.h
 *	  Keys that a query asks for, so that the walk can end when all are
 *	  decided.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_SEARCH_H
#define CDC_REPLAY_SEARCH_H

#include "postgres.h"

#include "log/filter.h"
#include "replay/keytable.h"

/* Values of the key columns that rows must have: nkeys times one a column. */
typedef struct KeyValues
{
	int			nkeys;
	Datum	   *values;			/* of key i from i * columns on */
	Oid		   *types;			/* of the values, one a key column */
} KeyValues;

typedef struct KeySearch
{
	KeyTable	keys;			/* asked for */
	KeyTable	met;			/* of these, met in the full load and decided by
								 * no change */
	const KeyFilter *filter;	/* NULL: every record is looked at */
	bool		ends;			/* may the walk end when all are decided? */
} KeySearch;

static inline bool
search_has(const KeySearch *s, KeyIdent id)
{
	return keytable_find(&s->keys, id) != NULL;
}

/* In the current context. */
extern KeySearch *search_open(KeyMaker *maker, const LogConfig *config,
							  const KeyValues *values);

#endif							/* CDC_REPLAY_SEARCH_H */
