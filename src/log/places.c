/*-------------------------------------------------------------------------
 *
 * places.c
 *	  Where columns are among those of a file without header.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/places.h"

int
places_find(const LogConfig *config, int *places, int *required)
{
	int			next = 0;
	int			total = 0;

	*required = 1;
	for (int c = 0; c < config->ncolumns; c++)
	{
		const LogColumn *col = &config->columns[c];

		places[c] = -1;
		if (col->role != ROLE_NONE)
			continue;
		places[c] = col->position > 0 ? col->position - 1 : next;
		next = places[c] + 1;
		total = Max(total, next);
		if (col->key)
			*required = Max(*required, next);
	}
	return total;
}

const LogColumn *
places_first(const LogConfig *config, const int *places)
{
	for (int c = 0; c < config->ncolumns; c++)
		if (places[c] == 0)
			return &config->columns[c];
	return NULL;
}
