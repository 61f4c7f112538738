/*-------------------------------------------------------------------------
 *
 * columns.c
 *	  Which columns the files of a walk had, and an error for one that none had.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "log/evidence.h"
#include "log/evidence_columns.h"
#include "log/line_ends.h"
#include "log/names.h"
#include "log/places.h"
#include "replay/look.h"
#include "replay/replay.h"

/* Returns how many times of files there are, of each of the two kinds. */
static int
ntimes(const LogConfig *config)
{
	return Max(config->nfolders, 1) * config->ncolumns;
}

/* Sets the times of files before any is read. */
static void
no_times(const LogConfig *config, int64 *oldest_with, int64 *newest_without)
{
	for (int i = 0; i < ntimes(config); i++)
	{
		oldest_with[i] = PG_INT64_MAX;
		newest_without[i] = PG_INT64_MIN;
	}
}

ColumnsSeen *
replay_columns(const LogConfig *config)
{
	ColumnsSeen *columns = palloc0(sizeof(ColumnsSeen));
	Size		size = sizeof(bool) * NAMES_WANTED(config);

	columns->oldest_with = palloc(sizeof(int64) * Max(ntimes(config), 1));
	columns->newest_without = palloc(sizeof(int64) * Max(ntimes(config), 1));
	no_times(config, columns->oldest_with, columns->newest_without);
	columns->looked = palloc0(sizeof(bool) * Max(config->nfolders, 1));
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

/* True if a column is told by its place and its lack says that one went. */
static bool
is_by_place(const LogConfig *config, int c)
{
	return config->columns[c].role == ROLE_NONE && !config->columns[c].may_lack;
}

/*
 * Columns by their places: a table may grow, but where a newer file has fewer
 * fields, nothing tells which column went, and fields behind it have moved.
 * Returns true if it is a change file that lacks a column.
 */
static bool
note_places(ColumnsSeen *columns, const LogConfig *config,
			const LogReader *reader)
{
	const Layout *l = reader_layout(reader);
	const LogFile *file = reader_file(reader);
	bool		load = file->kind != NAME_CDC && file->kind != NAME_TXN;
	bool		lacks = false;

	for (int c = 0; c < config->ncolumns; c++)
	{
		int			i = file->source * config->ncolumns + c;

		if (!is_by_place(config, c))
			continue;
		if (l->pos[c] >= 0)
			columns->oldest_with[i] = load ? PG_INT64_MIN :
				Min(columns->oldest_with[i], file->written);
		else if (!load)
		{
			columns->newest_without[i] = Max(columns->newest_without[i],
											 file->written);
			lacks = true;
		}
	}
	return lacks;
}

/*
 * Notes which columns a file has that stands for older ones, and was written at
 * that time.
 */
static void
note_older(ColumnsSeen *columns, const LogConfig *config, int source,
		   int width, int64 written)
{
	int		   *places = palloc(sizeof(int) * Max(config->ncolumns, 1));
	int			required;

	(void) places_find(config, places, &required);
	for (int c = 0; c < config->ncolumns; c++)
	{
		int			i = source * config->ncolumns + c;

		if (is_by_place(config, c) && places[c] < width)
			columns->oldest_with[i] = Min(columns->oldest_with[i], written);
	}
	pfree(places);
}

/*
 * A change file lacks a column: the files that stand for the folder show
 * whether older ones have it, for a query may read none of those.  What was
 * written before the full load or changes_from is of an earlier log.
 */
static void
look_at_older(ColumnsSeen *columns, Store *store, const LogConfig *config,
			  const LogFile *file)
{
	const LogFile *load = evidence_first_load(file->evidence);
	const LogFile *change = evidence_oldest_change(file->evidence);
	TimestampTz begin = DT_NOBEGIN;
	TimestampTz ignored;

	if (load != NULL)
	{
		int			width = evidence_width(load, store, config, &begin);

		note_older(columns, config, file->source, width, begin);
	}
	if (config->has_changes_from)
		begin = Max(begin, config->changes_from);
	if (change != NULL && change->time_hi >= begin)
		note_older(columns, config, file->source,
				   evidence_width(change, store, config, &ignored),
				   change->written);
}

/* Raises an error where newer files have fewer fields than older ones. */
static void
check_places(const ColumnsSeen *columns, const LogConfig *config)
{
	for (int i = 0; i < ntimes(config); i++)
		if (columns->newest_without[i] > columns->oldest_with[i])
			layout_column_went(config, i % config->ncolumns);
}

/* Notes how a file's lines end, if all files have to end theirs alike. */
static void
note_ends(ColumnsSeen *columns, const LogConfig *config,
		  const LogReader *reader)
{
	ReaderEnds	ends = reader_ends(reader);

	if (ends != READER_ENDS_SAID && !config->ends_by_file &&
		columns->ends[ends] == NULL)
		columns->ends[ends] =
			MemoryContextStrdup(GetMemoryChunkContext(columns),
								reader_uri(reader));
}

void
columns_note(ColumnsSeen *columns, Store *store, const LogConfig *config,
			 const LogReader *reader)
{
	const Layout *l = reader_layout(reader);
	int			source = reader_file(reader)->source;

	if (l == NULL)
		return;
	columns->any = true;
	note_ends(columns, config, reader);
	for (int i = 0; i < config->ncolumns; i++)
		columns->seen[i] |= l->pos[i] >= 0;
	for (int i = 0; i < NAMES_WANTED(config) && l->by_name; i++)
	{
		columns->folded[i] |= l->folded[i];
		columns->twin[i] |= l->twin[i];
	}
	if (l->by_name || !note_places(columns, config, reader))
		return;
	if (!columns->looked[source])
		look_at_older(columns, store, config, reader_file(reader));
	columns->looked[source] = true;
	check_places(columns, config);
}

/* True if the column has to be in some file, and was in none. */
static bool
is_missing(const LogConfig *config, const bool *seen, int i)
{
	return config->columns[i].role == ROLE_NONE &&
		!config->columns[i].may_lack && !seen[i];
}

static bool
any_is_missing(const LogConfig *config, const bool *seen)
{
	for (int i = 0; i < config->ncolumns; i++)
		if (is_missing(config, seen, i))
			return true;
	return false;
}

/* Adds the columns of files that stand for a log to those seen. */
static void
look_at_evidence(ColumnsSeen *columns, Store *store, const LogConfig *config,
				 EvidenceColumns *found)
{
	ListCell   *lc;

	memset(found, 0, sizeof(*found));
	found->seen = columns->seen;
	found->closest = palloc0(sizeof(char *) * Max(config->ncolumns, 1));
	foreach(lc, columns->evidence)
		evidence_add_columns(lfirst(lc), store, config, found);
}

void
columns_agree(ColumnsSeen *columns, const LogConfig *config,
			  LogPosition *position)
{
	for (int i = 0; i < NAMES_WANTED(config); i++)
	{
		if (columns->folded[i] && columns->twin[i])
		{
			memset(position, 0, sizeof(LogPosition));
			layout_twin_column(config, i);
		}
	}
	if (columns->ends[READER_ENDS_LF] != NULL &&
		columns->ends[READER_ENDS_CRLF] != NULL)
	{
		memset(position, 0, sizeof(LogPosition));
		line_ends_differ(columns->ends[READER_ENDS_CRLF],
						 columns->ends[READER_ENDS_LF]);
	}
	check_places(columns, config);
}

void
columns_check(ColumnsSeen *columns, Store *store, const LogConfig *config,
			  LogPosition *position)
{
	EvidenceColumns found;

	columns_agree(columns, config, position);
	if (!columns->any || columns->partly)
		return;
	if (!any_is_missing(config, columns->seen))
		return;
	memset(position, 0, sizeof(LogPosition));
	look_at_evidence(columns, store, config, &found);
	for (int i = 0; i < config->ncolumns; i++)
		if (is_missing(config, columns->seen, i))
			layout_missing_column(config, i, found.closest[i], found.width);
}

/* Reads a file's first record, of the reader that looks at the file's front. */
static LogReader *
read_first(LogReader *look, Store *store, const LogConfig *config,
		   LogPosition *position)
{
	const LogFile *file = reader_file(look);
	LogRecord	rec;

	if (reader_next(look, &rec) || !reader_cut(look))
		return look;
	reader_close(look);
	look = reader_open(store, config, file, -1, position);
	(void) reader_next(look, &rec);
	return look;
}

/* Raises an error where the fields of a file are others by other evidence. */
static void
check_same(const LogConfig *config, const LogReader *reader,
		   const LogReader *other)
{
	const Layout *a = reader_layout(reader);
	const Layout *b = reader_layout(other);
	int			c = 0;

	if (a == NULL || b == NULL)
		return;
	while (c < config->ncolumns && a->pos[c] == b->pos[c])
		c++;
	if (c < config->ncolumns || a->op != b->op || a->time != b->time)
		layout_undecided(config, a->by_name, c);
}

/* Returns whether the newest change files are others, which show other things. */
static bool
differs_from(LogFile *const *files, int n, Manifest *m,
			 const LogConfig *config)
{
	for (int i = 0; i < n; i++)
	{
		Manifest   *part = manifest_part(m, manifest_nparts(m) > 1 ?
										 files[i]->source : 0);
		const LogFile *a = evidence_newest_change(evidence_known(files[i]->evidence,
																	config));
		const LogFile *b = evidence_newest_change(manifest_evidence(part));

		if ((a == NULL) != (b == NULL) ||
			(a != NULL && strcmp(a->key, b->key) != 0))
			return true;
	}
	return false;
}

void
columns_check_files(Manifest *m, LogFile *const *files, int n, Store *store,
					const LogConfig *config, LogPosition *position)
{
	ColumnsSeen *columns = replay_columns(config);
	int			most = store_most_open(store);
	LogReader **own = palloc0(sizeof(LogReader *) * most);
	LogReader **whole = palloc0(sizeof(LogReader *) * most);
	LogFile    *copies = palloc(sizeof(LogFile) * most);
	bool		differs = differs_from(files, n, m, config);
	EvidenceColumns found;

	for (int p = 0; p < manifest_nparts(m); p++)
		columns_add_evidence(columns, manifest_evidence(manifest_part(m, p)));
	look_at_evidence(columns, store, config, &found);
	for (int i = 0; i < n + most; i++)
	{
		int			k = i % most;

		CHECK_FOR_INTERRUPTS();
		if (own[k] != NULL)
		{
			own[k] = read_first(own[k], store, config, position);
			columns_note(columns, store, config, own[k]);
		}
		if (whole[k] != NULL)
		{
			whole[k] = read_first(whole[k], store, config, position);
			check_same(config, own[k], whole[k]);
			reader_close(whole[k]);
		}
		if (own[k] != NULL)
			reader_close(own[k]);
		own[k] = whole[k] = NULL;
		/* records of many tables tell no layout, but for how many columns */
		if (i >= n || (files[i]->kind == NAME_TXN &&
					   !any_is_missing(config, columns->seen)))
			continue;
		copies[k] = *files[i];
		copies[k].evidence = manifest_evidence(manifest_part(m, manifest_nparts(m) > 1 ?
															 files[i]->source : 0));
		own[k] = reader_open(store, config, &copies[k], LOOK_BYTES, position);
		if (differs)
			whole[k] = reader_open(store, config, files[i], LOOK_BYTES,
								   position);
	}
	columns_check(columns, store, config, position);
}

void
columns_share(SharedColumns *s, const LogConfig *config, dsa_area *area)
{
	int64	   *written;

	s->any = false;
	for (int i = 0; i < lengthof(s->ends); i++)
		s->ends[i] = InvalidDsaPointer;
	s->n = NAMES_WANTED(config);
	s->flags = dsa_allocate0(area, sizeof(bool) * s->n * 3);
	s->written = dsa_allocate(area, sizeof(int64) * Max(ntimes(config), 1) * 2);
	written = dsa_get_address(area, s->written);
	no_times(config, written, written + ntimes(config));
}

void
columns_unshare(SharedColumns *s, dsa_area *area)
{
	dsa_free(area, s->flags);
	dsa_free(area, s->written);
	for (int i = 0; i < lengthof(s->ends); i++)
		if (DsaPointerIsValid(s->ends[i]))
			dsa_free(area, s->ends[i]);
}

/* Both ways: a file whose lines end so. */
static void
exchange_ends(ColumnsSeen *own, SharedColumns *s, dsa_area *area, int i)
{
	if (own->ends[i] == NULL && DsaPointerIsValid(s->ends[i]))
		own->ends[i] = MemoryContextStrdup(GetMemoryChunkContext(own),
										   dsa_get_address(area, s->ends[i]));
	else if (own->ends[i] != NULL && !DsaPointerIsValid(s->ends[i]))
	{
		s->ends[i] = dsa_allocate(area, strlen(own->ends[i]) + 1);
		strcpy(dsa_get_address(area, s->ends[i]), own->ends[i]);
	}
}

void
columns_exchange(ColumnsSeen *own, SharedColumns *s, const LogConfig *config,
				 dsa_area *area)
{
	bool	   *flags = dsa_get_address(area, s->flags);
	int64	   *with = dsa_get_address(area, s->written);
	int64	   *without = with + ntimes(config);

	own->any = s->any |= own->any;
	for (int i = 0; i < lengthof(s->ends); i++)
		exchange_ends(own, s, area, i);
	for (int i = 0; i < s->n; i++)
	{
		own->seen[i] = flags[i] |= own->seen[i];
		own->folded[i] = flags[s->n + i] |= own->folded[i];
		own->twin[i] = flags[s->n * 2 + i] |= own->twin[i];
	}
	for (int i = 0; i < ntimes(config); i++)
	{
		own->oldest_with[i] = with[i] = Min(with[i], own->oldest_with[i]);
		own->newest_without[i] = without[i] =
			Max(without[i], own->newest_without[i]);
	}
}
