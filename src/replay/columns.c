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
