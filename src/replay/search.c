/*-------------------------------------------------------------------------
 *
 * search.c
 *	  Keys that a query asks for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "replay/search.h"

KeySearch *
search_open(KeyMaker *maker, const LogConfig *config, const KeyValues *values)
{
	KeySearch  *s = palloc0(sizeof(KeySearch));
	FilterValue parts[INDEX_MAX_KEYS];
	KeyFilter  *filter = NULL;

	/* a row before an update, and a TRUNCATE, have no bytes of the new key */
	if (config->op_column == NULL)
		filter = filter_create(config);

	keytable_init(&s->keys, CurrentMemoryContext, NULL, false);
	keytable_init(&s->met, CurrentMemoryContext, NULL, false);
	for (int i = 0; i < values->nkeys; i++)
	{
		const Datum *key = values->values + (Size) i * config->nkeys;
		KeyIdent	id;
		bool		found;

		CHECK_FOR_INTERRUPTS();
		if (!key_of_values(maker, key, values->types, &id))
			continue;
		keytable_insert(&s->keys, id, &found);
		if (found)
			continue;
		if (filter == NULL)
			continue;
		key_filter_values(maker, key, values->types, parts);
		if (!filter_add(filter, config, parts))
			filter = NULL;
	}
	if (filter != NULL && filter->nkeys > 0)
		s->filter = filter;
	return s;
}
