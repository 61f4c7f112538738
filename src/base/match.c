/*-------------------------------------------------------------------------
 *
 * match.c
 *	  The name among several that is nearest to one that is not there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/varlena.h"

#include "base/match.h"

void
match_start(NameMatch *m, const char *wanted)
{
	m->wanted = wanted;
	m->nearest = NULL;
	m->distance = 0;
}

void
match_try(NameMatch *m, const char *candidate)
{
	int			wanted_len = strlen(m->wanted);
	int			len = strlen(candidate);
	int			max;
	int			distance;

	/* PostgreSQL measures names up to 255 bytes; longer ones are no typos */
	if (wanted_len == 0 || wanted_len > 255 || len > 255)
		return;
	/* at most a few letters off, and never more than half of the name */
	max = Min(4, wanted_len / 2);
	if (m->nearest != NULL)
		max = Min(max, m->distance - 1);
	if (max < 0)
		return;
	distance = pg_strcasecmp(m->wanted, candidate) == 0 ? 0 :
		varstr_levenshtein_less_equal(m->wanted, wanted_len, candidate, len,
									  1, 1, 1, max, true);
	if (distance <= max)
	{
		m->nearest = candidate;
		m->distance = distance;
	}
}
