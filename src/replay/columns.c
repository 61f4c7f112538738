/*-------------------------------------------------------------------------
 *
 * columns.c
 *	  Which columns the files of a walk had, and an error for one that none had.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "log/evidence_columns.h"
#include "log/names.h"
#include "replay/replay.h"

ColumnsSeen *
replay_columns(const LogConfig *config)
{
	ColumnsSeen *columns = palloc0(sizeof(ColumnsSeen));
	Size		size = sizeof(bool) * NAMES_WANTED(config);

	columns->seen = palloc0(size);
	columns->folded = palloc0(size);
	columns->twin = palloc0(size);
	return columns;
}

void
columns_add_evidence(ColumnsSeen *columns, LogEvidence *evidence)
{
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(columns));

	columns->evidence = lappend(columns->evidence, evidence);
	MemoryContextSwitchTo(old);
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
		columns->seen[i] |= l->pos[i] >= 0;
	for (int i = 0; i < NAMES_WANTED(config) && l->by_name; i++)
	{
		columns->folded[i] |= l->folded[i];
		columns->twin[i] |= l->twin[i];
	}
}

/* True if the column has to be in some file, and was in none. */
static bool
is_missing(const LogConfig *config, const bool *seen, int i)
{
	return config->columns[i].role == ROLE_NONE &&
		!config->columns[i].may_lack && !seen[i];
}

void
columns_check(ColumnsSeen *columns, Store *store, const LogConfig *config,
			  LogPosition *position)
{
	EvidenceColumns found = {columns->seen};
	bool		missing = false;
	ListCell   *lc;

	for (int i = 0; i < NAMES_WANTED(config); i++)
	{
		if (columns->folded[i] && columns->twin[i])
		{
			memset(position, 0, sizeof(LogPosition));
			layout_twin_column(config, i);
		}
	}
	if (!columns->any || columns->partly)
		return;
	for (int i = 0; i < config->ncolumns; i++)
		missing = missing || is_missing(config, columns->seen, i);
	if (!missing)
		return;
	memset(position, 0, sizeof(LogPosition));
	found.closest = palloc0(sizeof(char *) * Max(config->ncolumns, 1));
	foreach(lc, columns->evidence)
		evidence_add_columns(lfirst(lc), store, config, &found);
	for (int i = 0; i < config->ncolumns; i++)
		if (is_missing(config, columns->seen, i))
			layout_missing_column(config, i, found.closest[i], found.width);
}

void
columns_share(SharedColumns *s, const LogConfig *config, dsa_area *area)
{
	s->any = false;
	s->n = NAMES_WANTED(config);
	s->flags = dsa_allocate0(area, sizeof(bool) * s->n * 3);
}

void
columns_unshare(SharedColumns *s, dsa_area *area)
{
	dsa_free(area, s->flags);
}

void
columns_exchange(ColumnsSeen *own, SharedColumns *s, dsa_area *area)
{
	bool	   *flags = dsa_get_address(area, s->flags);

	own->any = s->any |= own->any;
	for (int i = 0; i < s->n; i++)
	{
		own->seen[i] = flags[i] |= own->seen[i];
		own->folded[i] = flags[s->n + i] |= own->folded[i];
		own->twin[i] = flags[s->n * 2 + i] |= own->twin[i];
	}
}
