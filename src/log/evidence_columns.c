/*-------------------------------------------------------------------------
 *
 * evidence_columns.c
 *	  Which columns the first LOAD file and the newest change file have.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "log/evidence.h"
#include "log/evidence_columns.h"
#include "log/layout.h"
#include "log/names.h"

/* A file's header, and what its fields are. */
typedef struct Header
{
	int			n;
	HeaderName *names;
	int		   *pos;			/* as names_find() fills them */
	bool	   *folded;
} Header;

static void
read_header(const LogConfig *config, const SampleRecord *r, Header *h)
{
	h->n = r->nfields;
	h->names = palloc(sizeof(HeaderName) * Max(h->n, 1));
	for (int i = 0; i < h->n; i++)
		h->names[i] = names_field(r->fields[i].data, r->fields[i].len, i);
	h->pos = palloc(sizeof(int) * NAMES_WANTED(config));
	h->folded = palloc(sizeof(bool) * NAMES_WANTED(config));
	names_find(config, h->names, h->n, h->pos, h->folded);
}

void
evidence_find_twins(LogEvidence *e, Store *store, const LogConfig *config,
					bool *twin)
{
	const LogFile *files[] = {
		evidence_first_load(e), evidence_newest_change(e)
	};
	MemoryContext own = AllocSetContextCreate(CurrentMemoryContext,
											  "cdc_fdw evidence of names",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(own);

	for (int f = 0; f < lengthof(files); f++)
	{
		SampleRecords records;
		Header		h;

		if (files[f] == NULL)
			continue;
		evidence_records(store, config, files[f], 1, &records);
		if (records.n == 0)
			continue;
		read_header(config, &records.records[0], &h);
		for (int i = 0; i < NAMES_WANTED(config); i++)
			twin[i] |= names_twin(config, h.names, h.n, h.pos, h.folded, i);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(own);
}

/* Where columns are told by their places: how many a record has; 0: unknown. */
static int
width(const LogConfig *config, const LogFile *file, const SampleRecords *records)
{
	const SampleRecord *r = &records->records[0];
	bool		time = config->timestamp_column != NULL;

	if (file->kind != NAME_TXN)
	{
		bool		with_op = !r->fields[0].quoted &&
			layout_begins_record(config, r->fields[0].data, r->fields[0].len);

		return r->nfields - with_op - time;
	}
	for (int i = 0; i < records->n; i++)
	{
		int			before = evidence_transaction_fields(config,
														 &records->records[i]);

		if (before >= 0)
			return records->records[i].nfields - before;
	}
	return 0;
}

static void
add_file(const LogFile *file, Store *store, const LogConfig *config,
		 EvidenceColumns *columns, MemoryContext caller)
{
	SampleRecords records;
	Header		h;

	evidence_records(store, config, file,
					 file->kind == NAME_TXN ? PG_INT32_MAX : 1, &records);
	if (records.n == 0)
		return;
	if (!config->header)
	{
		int			fields = width(config, file, &records);

		/* records of other tables alone say nothing against a column */
		columns->width = Max(columns->width,
							 fields > 0 ? fields : CSV_MAX_FIELDS);
		return;
	}
	read_header(config, &records.records[0], &h);
	for (int c = 0; c < config->ncolumns; c++)
	{
		char	   *closest;

		if (config->columns[c].role != ROLE_NONE)
			continue;
		if (h.pos[c] >= 0)
			columns->seen[c] = true;
		if (columns->seen[c] || columns->closest[c] != NULL)
			continue;
		closest = names_closest(config, h.names, h.n, h.pos,
								config->columns[c].names[0]);
		if (closest != NULL)
			columns->closest[c] = MemoryContextStrdup(caller, closest);
	}
}

void
evidence_add_columns(LogEvidence *e, Store *store, const LogConfig *config,
					 EvidenceColumns *columns)
{
	const LogFile *files[] = {
		evidence_first_load(e), evidence_newest_change(e)
	};
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext own = AllocSetContextCreate(caller,
											  "cdc_fdw evidence of columns",
											  ALLOCSET_DEFAULT_SIZES);
	int			next = 0;

	MemoryContextSwitchTo(own);
	for (int f = 0; f < lengthof(files); f++)
		if (files[f] != NULL)
			add_file(files[f], store, config, columns, caller);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(own);
	for (int c = 0; c < config->ncolumns && !config->header; c++)
	{
		const LogColumn *col = &config->columns[c];
		int			place;

		if (col->role != ROLE_NONE)
			continue;
		place = col->position > 0 ? col->position - 1 : next;
		next = place + 1;
		if (place < columns->width)
			columns->seen[c] = true;
	}
}
