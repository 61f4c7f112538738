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
#include "log/places.h"
#include "log/evidence_op.h"

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
					NameTwin *twin, bool *folded)
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
		{
			twin[i] = Max(twin[i], names_twin(config, h.names, h.n, h.pos,
											  h.folded, i));
			folded[i] |= h.folded[i];
		}
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(own);
}

/*
 * True if the first record of a file without header begins with an operation.
 * total: columns that the table has.
 */
static bool
has_op(const LogConfig *config, Store *store, const LogFile *file,
	   const SampleRecord *r, const int *places, int total)
{
	bool		time = config->timestamp_column != NULL;

	if (r->fields[0].quoted ||
		!op_begins_record(config, r->fields[0].data, r->fields[0].len))
		return false;
	if (r->nfields - time > total ||
		(file->kind == NAME_CDC && !config->inserts_only &&
		 !config->inserts_and_updates))
		return true;
	for (int c = 0; c < config->ncolumns; c++)
		if (places[c] == 0 && !config->columns[c].takes_op)
			return true;
	if (config->op_in_load != OPT_UNSET)
		return config->op_in_load == OPT_TRUE;
	return evidence_op(store, config, file, places) != OP_NOT_THERE;
}

/* Fields before the columns of a file's first record of the table. */
static int
fields_before(const LogConfig *config, Store *store, const LogFile *file,
			  const SampleRecord *r, TimestampTz *time)
{
	int		   *places = palloc(sizeof(int) * Max(config->ncolumns, 1));
	int			required;
	int			total = places_find(config, places, &required);
	int			op = has_op(config, store, file, r, places, total);

	/* a full load from before the setting has no time */
	return op + (config->timestamp_column != NULL && op < r->nfields &&
				 name_parse_timestamp(r->fields[op].data, r->fields[op].len,
									  time));
}

/*
 * Where columns are told by their places: how many a record has; 0: unknown.
 * Sets *time if the first record has a commit time and is of no transaction
 * file.
 */
static int
width(const LogConfig *config, Store *store, const LogFile *file,
	  const SampleRecords *records, TimestampTz *time)
{
	const SampleRecord *r = &records->records[0];

	if (file->kind != NAME_TXN)
		return r->nfields - fields_before(config, store, file, r, time);
	for (int i = 0; i < records->n; i++)
	{
		int			before = evidence_transaction_fields(config,
														 &records->records[i]);

		if (before >= 0)
			return records->records[i].nfields - before;
	}
	return 0;
}

int
evidence_width(const LogFile *file, Store *store, const LogConfig *config,
			   TimestampTz *time)
{
	MemoryContext own = AllocSetContextCreate(CurrentMemoryContext,
											  "cdc_fdw evidence of places",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(own);
	SampleRecords records;
	int			n = 0;

	*time = DT_NOBEGIN;
	evidence_records(store, config, file,
					 file->kind == NAME_TXN ? PG_INT32_MAX : 1, &records);
	if (records.n > 0)
		n = width(config, store, file, &records, time);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(own);
	return n;
}

static void
add_file(const LogFile *file, Store *store, const LogConfig *config,
		 EvidenceColumns *columns, MemoryContext caller)
{
	SampleRecords records;
	TimestampTz time;
	Header		h;

	evidence_records(store, config, file,
					 file->kind == NAME_TXN ? PG_INT32_MAX : 1, &records);
	if (records.n == 0)
		return;
	if (!config->header)
	{
		int			fields = width(config, store, file, &records, &time);

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
	int			required;
	int		   *places = palloc(sizeof(int) * Max(config->ncolumns, 1));

	MemoryContextSwitchTo(own);
	for (int f = 0; f < lengthof(files); f++)
		if (files[f] != NULL)
			add_file(files[f], store, config, columns, caller);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(own);
	(void) places_find(config, places, &required);
	for (int c = 0; c < config->ncolumns && !config->header; c++)
		if (places[c] >= 0 && places[c] < columns->width)
			columns->seen[c] = true;
	pfree(places);
}
