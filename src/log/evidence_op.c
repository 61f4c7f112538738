/*-------------------------------------------------------------------------
 *
 * evidence_op.c
 *	  Whether the records of a file without header begin with an operation,
 *	  where its first record leaves that open.
 *
 * A text first column may hold an I, and columns that came later make records
 * of two widths legal, so one record does not tell.  Nor does a U or D in a full
 * load, which has inserts alone as a rule: load_ops is for others.  What does:
 * - a record that does not begin with an operation: there is none;
 * - rows of the full load that differ although their keys do not: the table is
 *   not read that way;
 * - a file whose layout is known: as many columns as there are behind the
 *   operation, and updates and deletes whose keys are found among the records
 *   that way, in the oldest change file and of rows that it does not insert
 *   itself;
 * - of a change file, that another one's records do not begin with an
 *   operation, or are too wide without one: a task writes them alike.
 * The number of columns alone never says that there is no operation, nor beside
 * a full load that there is one: a column may have come between the two files.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/sort.h"
#include "log/evidence.h"
#include "log/layout.h"
#include "log/evidence_op.h"

/* One file's first records. */
typedef struct Look
{
	const LogFile *file;
	SampleRecords records;
	bool		inserts;		/* no operation but an insert is written: full
								 * load, or a task that writes inserts alone */
	int			with;			/* fields before the columns, if an operation is
								 * among them … */
	int			without;		/* … and if none is */
} Look;

/* What decides, passed down. */
typedef struct Matter
{
	Store	   *store;
	const LogConfig *config;
	const int  *places;
} Matter;

static bool
is_time(const LogConfig *config, const SampleRecord *r, int i)
{
	int64		t;

	return config->timestamp_column != NULL && i < r->nfields &&
		name_parse_timestamp(r->fields[i].data, r->fields[i].len, &t);
}

static bool
is_load(const LogFile *file)
{
	return file->kind == NAME_LOAD || file->kind == NAME_SEGMENT;
}

/* True if change files may lack the operation, too. */
static bool
may_lack_op(const LogConfig *config)
{
	return config->inserts_only || config->inserts_and_updates;
}

static void
look(const Matter *m, const LogFile *file, Look *out)
{
	const SampleRecord *first;

	memset(out, 0, sizeof(*out));
	out->file = file;
	evidence_records(m->store, m->config, file, PG_INT32_MAX, &out->records);
	out->inserts = is_load(file) ? !m->config->any_load_op :
		m->config->inserts_only;
	if (out->records.n == 0)
		return;
	first = &out->records.records[0];
	out->with = 1 + is_time(m->config, first, 1);
	out->without = is_time(m->config, first, 0);
}

/* True if a record may begin with an operation that such a file has. */
static bool
begins_with_op(const LogConfig *config, const Look *l, const SampleRecord *r)
{
	const char *s;
	size_t		len;
	LogOp		op;

	if (r->nfields == 0 || r->fields[0].quoted)
		return false;
	s = r->fields[0].data;
	len = r->fields[0].len;
	return l->inserts && !is_load(l->file) ?
		op_parse(s, len, &op) && op == LOG_INSERT :
		op_begins_record(config, s, len);
}

/*
 * A record's key as one text, palloc'd; NULL where the table has none, or a
 * part of it is not there.  before: fields before the columns.
 */
static char *
key_text(const Matter *m, const SampleRecord *r, int before)
{
	StringInfoData s;

	if (m->config->nkeys == 0)
		return NULL;
	initStringInfo(&s);
	for (int i = 0; i < m->config->nkeys; i++)
	{
		int			place = m->places[m->config->keys[i]];

		if (place < 0)
			continue;			/* the folder's name is part of it */
		if (place + before >= r->nfields)
			return NULL;
		appendStringInfo(&s, "%u:%s,", r->fields[place + before].len,
						 r->fields[place + before].data);
	}
	return s.len > 0 ? s.data : NULL;
}

typedef struct Keyed
{
	char	   *key;
	const SampleRecord *record;
} Keyed;

static int
keyed_cmp(const void *a, const void *b, void *arg)
{
	return strcmp(((const Keyed *) a)->key, ((const Keyed *) b)->key);
}

/* The records by their keys, sorted; those without one are left out. */
static Keyed *
by_key(const Matter *m, const Look *l, int before, int *n)
{
	Keyed	   *all = palloc(sizeof(Keyed) * Max(l->records.n, 1));

	*n = 0;
	for (int i = 0; i < l->records.n; i++)
	{
		char	   *key = key_text(m, &l->records.records[i], before);

		CHECK_FOR_INTERRUPTS();
		if (key != NULL)
			all[(*n)++] = (Keyed) {key, &l->records.records[i]};
	}
	sort_items(all, *n, sizeof(Keyed), keyed_cmp, NULL);
	return all;
}

static bool
records_differ(const SampleRecord *a, const SampleRecord *b)
{
	if (a->nfields != b->nfields)
		return true;
	for (int i = 0; i < a->nfields; i++)
		if (a->fields[i].len != b->fields[i].len ||
			memcmp(a->fields[i].data, b->fields[i].data,
				   a->fields[i].len) != 0)
			return true;
	return false;
}

/* True if two rows have one key and differ. */
static bool
repeats_keys(const Matter *m, const Look *l, int before)
{
	int			n;
	Keyed	   *all = by_key(m, l, before, &n);

	for (int i = 1; i < n; i++)
		if (strcmp(all[i - 1].key, all[i].key) == 0 &&
			records_differ(all[i - 1].record, all[i].record))
			return true;
	return false;
}

/* What a file's own records say. */
static OpVerdict
own_verdict(const Matter *m, const Look *l)
{
	bool		with;
	bool		without;

	for (int i = 0; i < l->records.n; i++)
		if (!begins_with_op(m->config, l, &l->records.records[i]))
			return OP_NOT_THERE;
	if (!l->inserts || l->records.n < 2)
		return OP_OPEN;
	with = repeats_keys(m, l, l->with);
	without = repeats_keys(m, l, l->without);
	if (with == without)
		return OP_OPEN;
	return without ? OP_THERE : OP_NOT_THERE;
}

/* Fields before the columns, in records of a known layout; -1: unknown. */
static int
known_before(const Matter *m, const Look *l)
{
	if (!is_load(l->file) && !may_lack_op(m->config))
		return 1 + (m->config->timestamp_column != NULL);
	switch (own_verdict(m, l))
	{
		case OP_THERE:
			return l->with;
		case OP_NOT_THERE:
			return l->without;
		default:
			return -1;
	}
}

static bool
has_key(const Keyed *all, int n, char *key)
{
	Keyed		wanted = {key, NULL};

	return bsearch_arg(&wanted, all, n, sizeof(Keyed), keyed_cmp,
					   NULL) != NULL;
}

static OpVerdict
verdict_of(bool with, bool without)
{
	return with == without ? OP_OPEN : with ? OP_THERE : OP_NOT_THERE;
}

/* True if a record of a change file does not insert its row. */
static bool
meets_row(const SampleRecord *r)
{
	LogOp		op;

	return op_parse(r->fields[0].data, r->fields[0].len, &op) &&
		op != LOG_INSERT;
}

/* Returns the fields before a record's columns, or -1: unknown. */
static int
before_columns(const Matter *m, const Look *l, const SampleRecord *r, int known)
{
	return l->file->kind == NAME_TXN ?
		evidence_transaction_fields(m->config, r) : known;
}

/*
 * The keys of the rows that a change file inserts, sorted: what it does to
 * these later tells nothing of the full load.
 */
static Keyed *
inserted_keys(const Matter *m, const Look *l, int known, int *n)
{
	Keyed	   *all = palloc(sizeof(Keyed) * Max(l->records.n, 1));

	*n = 0;
	for (int i = 0; i < l->records.n; i++)
	{
		const SampleRecord *r = &l->records.records[i];
		int			before = before_columns(m, l, r, known);
		char	   *key = before < 0 || meets_row(r) ? NULL :
			key_text(m, r, before);

		CHECK_FOR_INTERRUPTS();
		if (key != NULL)
			all[(*n)++] = (Keyed) {key, r};
	}
	sort_items(all, *n, sizeof(Keyed), keyed_cmp, NULL);
	return all;
}

/*
 * Compare the file in doubt with another one.  *conflict is set where what
 * they show does not agree.  rows: the records of the other one that are no
 * inserts meet rows of the file in doubt, or rows that it inserts itself,
 * since no file between the two was left out.
 */
static OpVerdict
compare(const Matter *m, const Look *doubt, const Look *other, bool rows,
		bool *conflict)
{
	bool		load = is_load(other->file);
	int			known = other->file->kind == NAME_TXN ? -1 :
		known_before(m, other);
	int			width = doubt->records.records[0].nfields;
	int			nwith;
	int			nwithout;
	int			ninserted = 0;
	Keyed	   *with = by_key(m, doubt, doubt->with, &nwith);
	Keyed	   *without = by_key(m, doubt, doubt->without, &nwithout);
	Keyed	   *inserted = load ? NULL :
		inserted_keys(m, other, known, &ninserted);
	bool		met_with = false;
	bool		met_without = false;
	bool		known_width = false;
	bool		there_by_width = false;
	OpVerdict	by_keys;

	for (int i = 0; i < other->records.n; i++)
	{
		const SampleRecord *r = &other->records.records[i];
		int			before = before_columns(m, other, r, known);
		char	   *key;

		CHECK_FOR_INTERRUPTS();
		if (before < 0)
			continue;
		/* of one file all records are as wide */
		if (!known_width)
			there_by_width = r->nfields - before == width - doubt->with;
		known_width = true;
		if (!rows || (!load && !meets_row(r)))
			continue;
		key = key_text(m, r, before);
		if (key == NULL || (!load && has_key(inserted, ninserted, key)))
			continue;
		met_with = met_with || has_key(with, nwith, key);
		met_without = met_without || has_key(without, nwithout, key);
	}
	by_keys = verdict_of(met_with, met_without);
	/* rows of a full load may be inserts' keys read as operations */
	if (load && by_keys == OP_NOT_THERE)
		by_keys = OP_OPEN;
	*conflict = there_by_width && by_keys == OP_NOT_THERE;
	if (*conflict)
		return OP_OPEN;
	/* a column may have come since the full load */
	return there_by_width && !load ? OP_THERE : by_keys;
}

/*
 * Compare with these files until one of them tells; NULL: no file.  The first
 * is the one next to the file in doubt.
 */
static OpVerdict
compare_all(const Matter *m, const Look *doubt, const LogFile *const *others,
			int n)
{
	OpVerdict	verdict = OP_OPEN;
	bool		conflict = false;

	for (int i = 0; i < n && verdict == OP_OPEN && !conflict; i++)
	{
		Look		other;

		if (others[i] == NULL || (i > 0 && others[i] == others[i - 1]))
			continue;
		look(m, others[i], &other);
		/* a task that writes inserts alone writes all of its files alike */
		if (m->config->inserts_only)
			verdict = own_verdict(m, &other);
		if (verdict == OP_OPEN)
			verdict = compare(m, doubt, &other, i == 0, &conflict);
	}
	return verdict;
}

static OpVerdict
verdict_of_load(const Matter *m, const Look *doubt)
{
	LogEvidence *e = doubt->file->evidence;
	OpVerdict	verdict = own_verdict(m, doubt);
	const LogFile *changes[2];

	if (verdict != OP_OPEN)
		return verdict;
	/* the oldest was written soonest after the full load */
	changes[0] = evidence_oldest_change(e);
	changes[1] = evidence_newest_change(e);
	return compare_all(m, doubt, changes, lengthof(changes));
}

/* A full load is written alike: its first file stands for others as wide. */
static OpVerdict
verdict_of_first_load(const Matter *m, const Look *doubt)
{
	const LogFile *first = evidence_first_load(doubt->file->evidence);
	Look		other;

	if (first == NULL || strcmp(first->key, doubt->file->key) == 0)
		return OP_OPEN;
	look(m, first, &other);
	if (other.records.n == 0 || other.records.records[0].nfields !=
		doubt->records.records[0].nfields)
		return OP_OPEN;
	return verdict_of_load(m, &other);
}

/*
 * What another change file says by itself, which the task writes like the one
 * in doubt: that a record begins with no operation, or is too wide without one.
 */
static OpVerdict
verdict_of_sibling(const Matter *m, const LogFile *file)
{
	OpVerdict	verdict;
	Look		l;
	int			total = 0;

	look(m, file, &l);
	verdict = own_verdict(m, &l);
	if (verdict != OP_OPEN || l.records.n == 0 || m->config->whole_row >= 0)
		return verdict;
	for (int c = 0; c < m->config->ncolumns; c++)
		total = Max(total, m->places[c] + 1);
	return l.records.records[0].nfields - l.without > total ? OP_THERE : OP_OPEN;
}

static OpVerdict
verdict_of_change(const Matter *m, const Look *doubt)
{
	LogEvidence *e = doubt->file->evidence;
	const LogFile *siblings[] = {
		evidence_newest_change(e), evidence_oldest_change(e)
	};
	const LogFile *load = evidence_first_load(e);
	OpVerdict	verdict = own_verdict(m, doubt);
	bool		with = false;
	bool		without = false;

	for (int i = 0; i < lengthof(siblings) && verdict == OP_OPEN; i++)
	{
		OpVerdict	theirs;

		if (siblings[i] == NULL || siblings[i]->kind == NAME_TXN ||
			strcmp(siblings[i]->key, doubt->file->key) == 0)
			continue;
		theirs = verdict_of_sibling(m, siblings[i]);
		with = with || theirs == OP_THERE;
		without = without || theirs == OP_NOT_THERE;
	}
	if (verdict != OP_OPEN)
		return verdict;
	return with || without ? verdict_of(with, without) :
		compare_all(m, doubt, &load, 1);
}

OpVerdict
evidence_op(Store *store, const LogConfig *config, const LogFile *file,
			const int *places)
{
	MemoryContext own = AllocSetContextCreate(CurrentMemoryContext,
											  "cdc_fdw op evidence",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(own);
	Matter		m = {store, config, places};
	Look		doubt;
	OpVerdict	verdict;

	look(&m, file, &doubt);
	if (doubt.records.n == 0)
		verdict = OP_OPEN;		/* its first record is longer than a look */
	else if (is_load(file))
	{
		verdict = verdict_of_load(&m, &doubt);
		if (verdict == OP_OPEN)
			verdict = verdict_of_first_load(&m, &doubt);
	}
	else
		verdict = verdict_of_change(&m, &doubt);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(own);
	return verdict;
}
