/*-------------------------------------------------------------------------
 *
 * columns.c
 *	  Which columns the files of a walk had, and an error for one that none had.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "replay/replay.h"

ColumnsSeen *
replay_columns(const LogConfig *config)
{
	ColumnsSeen *columns = palloc0(sizeof(ColumnsSeen));

	columns->seen = palloc0(sizeof(bool) * Max(config->ncolumns, 1));
	columns->closest = palloc0(sizeof(char *) * Max(config->ncolumns, 1));
	return columns;
}

void
columns_note(ColumnsSeen *columns, const LogConfig *config,
			 const LogReader *reader)
{
	const Layout *l = reader_layout(reader);

	if (l == NULL)
		return;
	columns->any = true;
	for (int i = 0; i < config->ncolumns; i++)
	{
		if (config->columns[i].role != ROLE_NONE || columns->seen[i])
			continue;
		if (l->pos[i] >= 0)
			columns->seen[i] = true;
		else if (columns->closest[i] == NULL)
		{
			MemoryContext old =
				MemoryContextSwitchTo(GetMemoryChunkContext(columns));

			columns->closest[i] =
				reader_closest_header(reader, config->columns[i].names[0]);
			MemoryContextSwitchTo(old);
		}
	}
}

void
columns_check(const ColumnsSeen *columns, const LogConfig *config,
			  LogPosition *position)
{
	if (!columns->any || columns->partly)
		return;
	for (int i = 0; i < config->ncolumns; i++)
	{
		if (config->columns[i].role == ROLE_NONE &&
			!config->columns[i].may_lack && !columns->seen[i])
		{
			memset(position, 0, sizeof(LogPosition));
			layout_missing_column(config, i, columns->closest[i]);
		}
	}
}

void
columns_share(SharedColumns *s, const LogConfig *config, dsa_area *area)
{
	s->any = false;
	s->n = config->ncolumns;
	s->seen = dsa_allocate0(area, sizeof(bool) * Max(s->n, 1));
	s->closest = dsa_allocate0(area, sizeof(dsa_pointer) * Max(s->n, 1));
}

void
columns_unshare(SharedColumns *s, dsa_area *area)
{
	dsa_pointer *closest = dsa_get_address(area, s->closest);

	for (int i = 0; i < s->n; i++)
		if (DsaPointerIsValid(closest[i]))
			dsa_free(area, closest[i]);
	dsa_free(area, s->closest);
	dsa_free(area, s->seen);
}

/* Who ends a walk may not have read a header itself. */
static void
exchange_closest(ColumnsSeen *columns, char **own, dsa_pointer *shared,
				 dsa_area *area)
{
	if (*own == NULL && DsaPointerIsValid(*shared))
		*own = MemoryContextStrdup(GetMemoryChunkContext(columns),
								   dsa_get_address(area, *shared));
	else if (*own != NULL && !DsaPointerIsValid(*shared))
	{
		*shared = dsa_allocate(area, strlen(*own) + 1);
		strcpy(dsa_get_address(area, *shared), *own);
	}
}

void
columns_exchange(ColumnsSeen *own, SharedColumns *s, dsa_area *area)
{
	bool	   *seen = dsa_get_address(area, s->seen);
	dsa_pointer *closest = dsa_get_address(area, s->closest);

	own->any = s->any |= own->any;
	for (int i = 0; i < s->n; i++)
	{
		seen[i] = own->seen[i] |= seen[i];
		exchange_closest(own, &own->closest[i], &closest[i], area);
	}
}
