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

/* with more keys than this, looking for each costs more than reading all */
#define MAX_NEEDLES		8

KeySearch *
search_open(KeyMaker *maker, const LogConfig *config, const KeyValues *values)
{
	KeySearch  *s = palloc0(sizeof(KeySearch));
	CsvNeedle  *needles = palloc(sizeof(CsvNeedle) * MAX_NEEDLES);
	/* a row before an update, and a TRUNCATE, have no bytes of the new key */
	bool		all = config->op_column == NULL;

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
		all = all && s->nneedles < MAX_NEEDLES &&
			key_needle(maker, key, values->types, &needles[s->nneedles]);
		s->nneedles += all;
	}
	if (!all)
		s->nneedles = 0;
	s->needles = needles;
	return s;
}
