/*-------------------------------------------------------------------------
 *
 * compare.c
 *	  A foreign table that is there against the files of its log.
 *
 * Columns are told apart by what they are called in the files, or by their
 * places, never by what they are called here.  Where it does not show for
 * certain that each column is still the field it was, the columns count as
 * moved, and nothing may be added: a query would show one column's values in
 * another.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "fdw/import/sync/impl.h"
#include "log/layout.h"
#include "log/places.h"
#include "log/names.h"
#include "log/sniff/recognise_fields.h"

/* Options that a log may begin to need after its table was made. */
static const char *const found_later[] = {
	"include_op_for_full_load", "date_partition_enabled",
	"date_partition_sequence", "date_partition_delimiter", "changes_prefix",
	"preserve_transactions", "cdc_path"
};

/* Options without which changes that do not begin as others do are no rows. */
static const char *const needed[] = {"cdc_inserts_only", "op_column_name"};

void
sync_reason(StringInfo s, const char *format,...)
{
	StringInfoData text;
	va_list		args;
	int			needed = 1;

	initStringInfo(&text);
	while (needed != 0)
	{
		va_start(args, format);
		needed = appendStringInfoVA(&text, format, args);
		va_end(args);
		enlargeStringInfo(&text, needed);
	}
	/* of a table of several folders the same may hold in each */
	if (strstr(s->data, text.data) == NULL)
		appendStringInfo(s, "%s%s", s->len > 0 ? "; " : "", text.data);
}

/* Append what lives as long as the table to a list of it. */
static List *
keep(const SyncTable *e, List *list, const void *item)
{
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(unconstify(SyncTable *, e)));

	list = lappend(list, unconstify(void *, item));
	MemoryContextSwitchTo(old);
	return list;
}

/* ---- files with a header ---- */

/* The column of the import whose field that is in the file, or -1. */
static int
column_of_field(const ImportTable *t, int file, int field)
{
	for (int i = 0; i < t->ncolumns; i++)
		if (t->columns[i].field[file] == field)
			return i;
	return -1;
}

/* Find the declared columns in one header. */
static void
compare_header(SyncComparison *x, int file, bool *folded_in, bool *twin_in)
{
	const RecognisedFile *f = &x->r->files[file];
	int			n = f->r.records[0].nfields;
	HeaderName *names = palloc(sizeof(HeaderName) * n);
	int		   *pos = palloc(sizeof(int) * NAMES_WANTED(x->log));
	bool	   *folded = palloc(sizeof(bool) * NAMES_WANTED(x->log));

	for (int i = 0; i < n; i++)
		names[i] = names_field(f->r.records[0].fields[i].data,
							   f->r.records[0].fields[i].len, i);
	names_find(x->log, names, n, pos, folded);
	for (int i = 0; i < NAMES_WANTED(x->log); i++)
	{
		int			c = pos[i] >= 0 ? column_of_field(x->t, file, pos[i]) : -1;

		folded_in[i] |= folded[i];
		twin_in[i] |= names_twin(x->log, names, n, pos, folded, i) != NAME_ALONE;
		if (c >= 0)
			x->declared[c] = true;
		if (i >= x->log->ncolumns)
			continue;
		if (c >= 0)
			x->t->columns[c].declared = i;
		x->in_some[i] |= pos[i] >= 0;
		x->in_all[i] &= pos[i] >= 0;
		if (c < 0)
			continue;
		(void) sync_check_values(x, &x->log->columns[i], &x->t->columns[c], file);
		if (file == 0 || x->t->columns[c].field[0] < 0)
			sync_check_type(x, &x->log->columns[i], &x->t->columns[c]);
	}
}

/* The first column of the files that nothing is declared for, or NULL. */
static const ImportColumn *
first_undeclared(const SyncComparison *x)
{
	for (int i = 0; i < x->t->ncolumns; i++)
		if (!x->declared[i])
			return &x->t->columns[i];
	return NULL;
}

/* Is a column no more what it was, or may it be under another name? */
static void
check_names(SyncComparison *x, const bool *folded, const bool *twin)
{
	const ImportColumn *other = first_undeclared(x);

	for (int i = 0; i < NAMES_WANTED(x->log); i++)
	{
		const LogColumn *c = &x->log->columns[i];

		if (folded[i] && twin[i])
			sync_reason(&x->e->moved,
						"some files have a column that differs from \"%s\" only in case, others have two: name both in its option column_name if both are it, else declare a column for the other",
						names_first(x->log, i));
		if (i >= x->log->ncolumns || c->role != ROLE_NONE)
			continue;
		if (c->key && !x->in_all[i])
			sync_reason(&x->e->moved,
						"a header has no key column \"%s\"", c->names[0]);
		else if (!x->in_some[i] && !c->may_lack && other != NULL)
			sync_reason(&x->e->moved,
						"no file looked at has column \"%s\", and \"%s\" is not declared: if that is its name, say so in option column_name, else set option missing",
						c->names[0], other->source);
	}
}

static bool
is_lacking(const SyncTable *e, const char *name)
{
	ListCell   *lc;

	foreach(lc, e->lacking)
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	return false;
}

static void
compare_by_name(SyncComparison *x)
{
	bool	   *folded = palloc0(sizeof(bool) * NAMES_WANTED(x->log));
	bool	   *twin = palloc0(sizeof(bool) * NAMES_WANTED(x->log));
	int			headers = 0;

	memset(x->in_all, true, sizeof(bool) * x->log->ncolumns);
	for (int i = 0; i < x->r->nfiles; i++)
	{
		if (x->r->files[i].width == 0)
			continue;
		headers++;
		compare_header(x, i, folded, twin);
	}
	if (headers == 0)
		return;
	check_names(x, folded, twin);
	for (int i = 0; i < x->log->ncolumns; i++)
	{
		const LogColumn *c = &x->log->columns[i];

		/* of a table of several folders one may have told already */
		if (c->role == ROLE_NONE && !c->key && !c->may_lack && !x->in_all[i] &&
			!is_lacking(x->e, c->attname))
		{
			/* the name goes with the options */
			x->e->lacking = keep(x->e, x->e->lacking,
								 MemoryContextStrdup(GetMemoryChunkContext(x->e),
													 c->attname));
		}
	}
}

/* ---- files without ---- */

int *
sync_places(const LogConfig *log)
{
	int		   *places = palloc(sizeof(int) * Max(log->ncolumns, 1));
	int			next = 0;

	for (int c = 0; c < log->ncolumns; c++)
	{
		places[c] = -1;
		if (log->columns[c].role != ROLE_NONE)
			continue;
		if (log->columns[c].position > 0)
			next = log->columns[c].position - 1;
		places[c] = next++;
	}
	return places;
}

/* True if a column was dropped between these, the first of them excluded. */
static bool
dropped_between(TupleDesc desc, AttrNumber after, AttrNumber before)
{
	for (int i = after; i < before - 1; i++)
		if (TupleDescAttr(desc, i)->attisdropped)
			return true;
	return false;
}

/*
 * Report a column behind a dropped one that does not say its place, where there
 * are more fields up to the next place that is said, or the end, than columns:
 * it may stand in its own field or in that of the dropped one.
 */
static void
check_dropped(SyncComparison *x, const int *places, int widest)
{
	Relation	rel = table_open(x->e->relid, AccessShareLock);
	const LogColumn *unsure = NULL;
	AttrNumber	previous = 0;
	int			next = 0;

	for (int c = 0; c <= x->log->ncolumns; c++)
	{
		const LogColumn *column = c < x->log->ncolumns ?
			&x->log->columns[c] : NULL;
		bool		pinned = column == NULL || column->position > 0;

		if (column != NULL && column->role != ROLE_NONE)
			continue;
		if (pinned && unsure != NULL &&
			(column == NULL ? widest : places[c]) > next)
			sync_reason(&x->e->moved,
						"a column before \"%s\" was dropped, and its log has more fields there than the table has columns: option position says which field \"%s\" is",
						unsure->attname, unsure->attname);
		if (column == NULL)
			break;
		if (pinned)
			unsure = NULL;
		else if (unsure == NULL &&
				 dropped_between(RelationGetDescr(rel), previous, column->attnum))
			unsure = column;
		previous = column->attnum;
		next = places[c] + 1;
	}
	table_close(rel, AccessShareLock);
}

/* Is a name known for the field that the column does not have? */
static void
check_known_name(SyncComparison *x, const LogColumn *declared,
				 const ImportColumn *c)
{
	if (declared->is_text && declared->sequence && c->values > 0 &&
		!c->sequence)
		sync_reason(&x->e->moved,
					"column \"%s\" is the sequence, but the values of field %d are none",
					declared->attname, c->place + 1);
	if (!c->known || c->model == NULL ||
		strcmp(declared->attname, c->name) == 0)
		return;
	for (int i = 0; i < declared->nnames; i++)
		if (pg_strcasecmp(declared->names[i], c->model->name) == 0)
			return;
	sync_reason(&x->e->moved,
				"column \"%s\" stands where the log has \"%s\"; if it is only named otherwise here, say so in option column_name",
				declared->attname, c->model->name);
}

/* The first column behind so many fields that no file may lack, or NULL. */
static const LogColumn *
needed_column(const LogConfig *log, int fields)
{
	int		   *places = sync_places(log);

	for (int c = 0; c < log->ncolumns; c++)
		if (places[c] >= fields && !log->columns[c].may_lack)
			return &log->columns[c];
	return NULL;
}

/* Have later files fewer fields, and is a column behind these not ready? */
static void
check_widths(SyncComparison *x, const int *places)
{
	int			widest = 0;

	for (int i = 0; i < x->r->nfiles; i++)
	{
		const RecognisedFile *f = &x->r->files[i];
		int			width = f->width - f->first;

		for (int place = width; f->width > 0 && place < widest; place++)
		{
			bool		ready = false;

			for (int c = 0; c < x->log->ncolumns; c++)
				ready |= places[c] == place && x->log->columns[c].may_lack;
			if (ready)
				continue;
			sync_reason(&x->e->moved,
						"records of \"%s\" have %d fields of the table, older ones %d: which column was dropped does not show",
						sample_name(f->sample), width, widest);
			break;
		}
		widest = Max(widest, width);
	}
	/* the newest transaction file may have no record of the table */
	if (x->r->files[x->r->nfiles - 1].width > 0)
		x->e->widest = Max(x->e->widest, widest);
}

void
sync_conclude(SyncTable *e)
{
	const LogColumn *needed = e->widest > 0 ?
		needed_column(&e->opts->log, e->widest) : NULL;

	if (needed != NULL)
		sync_reason(&e->moved,
					"records have up to %d fields of the table, and column \"%s\" stands behind these: which column was dropped does not show",
					e->widest, needed->attname);
}

static bool
begins_with_ops(const RecognisedFile *f)
{
	for (int i = 0; i < f->r.n; i++)
		if (!recognise_is_op(&f->r.records[i].fields[0]))
			return false;
	return f->r.n > 0;
}

/*
 * A file has more fields than there are columns: have these come in front,
 * where a text takes what the options do not speak of?
 */
static void
check_front(SyncComparison *x, const RecognisedFile *f, const LogColumn *first)
{
	const char *key = sample_name(f->sample);

	if (f->op < 0 && f->is_load && first != NULL && first->takes_op &&
		begins_with_ops(f))
		sync_reason(&x->e->moved,
					"records of \"%s\" have more fields and begin with what may be operations: include_op_for_full_load says otherwise",
					key);
	else if (f->time < 0 && first != NULL && first->is_text &&
			 !x->log->timestamp_said && recognise_all_times(f, f->op + 1, 0))
		sync_reason(&x->e->moved,
					"records of \"%s\" have more fields and times in front, which may be commit times: timestamp_column_name does not say so",
					key);
	else if (x->r->header == EVIDENCE_YES)
		sync_reason(&x->e->moved,
					"records of \"%s\" have more fields and the first may be a header: add_column_name says otherwise",
					key);
}

static void
compare_by_place(SyncComparison *x)
{
	int		   *places = sync_places(x->log);
	int			total = 0;
	int			misfits[RECOGNISE_FILES] = {0};
	int			widest = 0;

	for (int c = 0; c < x->log->ncolumns; c++)
	{
		total = Max(total, places[c] + 1);
		for (int i = 0; i < x->t->ncolumns; i++)
		{
			ImportColumn *field = &x->t->columns[i];

			if (field->place != places[c])
				continue;
			field->declared = c;
			check_known_name(x, &x->log->columns[c], field);
			sync_check_type(x, &x->log->columns[c], field);
			for (int f = 0; f < x->r->nfiles; f++)
				misfits[f] += !sync_check_values(x, &x->log->columns[c], field, f);
		}
	}
	check_widths(x, places);
	for (int f = 0; f < x->r->nfiles; f++)
	{
		const RecognisedFile *file = &x->r->files[f];
		int			width = file->width - file->first;

		if (misfits[f] > 1 || (misfits[f] > 0 && width != total))
			sync_reason(&x->e->moved, "%s", x->misfits->data);
		if (width > total)
			check_front(x, file, places_first(x->log, places));
		widest = Max(widest, width);
	}
	check_dropped(x, places, widest);
	/* what lies before the last column was passed over with intent */
	for (int i = 0; i < x->t->ncolumns; i++)
		x->declared[i] = x->t->columns[i].place < total;
}

/* ---- both ---- */

static void
append_name(StringInfo s, const char *name)
{
	appendStringInfo(s, "%s\"%s\"", s->len > 0 ? ", " : "", name);
}

/*
 * Is the key another one than where the columns' types are known from says?
 * Without a key no row takes another's place.
 */
static void
check_known_key(SyncComparison *x)
{
	StringInfoData known;
	StringInfoData own;
	bool		differs = false;

	initStringInfo(&known);
	initStringInfo(&own);
	for (int i = 0; i < x->log->ncolumns; i++)
		if (x->log->columns[i].key)
			append_name(&own, x->log->columns[i].attname);
	for (int i = 0; i < x->t->ncolumns; i++)
	{
		const ImportColumn *c = &x->t->columns[i];
		bool		key = c->known && c->model != NULL && c->model->key;

		if (key)
			append_name(&known, c->name);
		/* a before image has what is known of the key's column */
		if (c->before == NULL)
			differs |= key !=
				(c->declared >= 0 && x->log->columns[c->declared].key);
	}
	if (known.len > 0 && own.len > 0 && differs)
		sync_reason(&x->e->key, "the key of %s is %s, that of the foreign table %s",
					x->t->type_origin, known.data, own.data);
}

/* The columns of the log that are declared as the table's key. */
static Bitmapset *
declared_key(const SyncComparison *x)
{
	Bitmapset  *key = NULL;

	for (int i = 0; i < x->t->ncolumns; i++)
	{
		int			c = x->t->columns[i].declared;

		if (c >= 0 && x->log->columns[c].key)
			key = bms_add_member(key, i);
	}
	return key;
}

/* True if a change file has an update or delete. */
static bool
has_updates(const SyncComparison *x)
{
	for (int i = 0; i < x->r->nfiles; i++)
	{
		const RecognisedFile *f = &x->r->files[i];
		LogOp		op;

		for (int k = f->skip; !f->is_load && k < f->r.n; k++)
			if (import_op(f, &f->r.records[k], &op) &&
				(op == LOG_UPDATE || op == LOG_DELETE))
				return true;
	}
	return false;
}

/*
 * Do the samples contradict the table's key?  What IMPORT would take for the key
 * by now they do not.
 */
static void
check_key(SyncComparison *x)
{
	Bitmapset  *key = declared_key(x);
	bool		inferred = x->t->key_origin != NULL;
	const char *fails;

	for (int i = 0; i < x->t->ncolumns; i++)
		inferred &= x->t->columns[i].key == bms_is_member(i, key);
	if (x->log->mode == MODE_CHANGES || inferred)
		return;
	if (x->log->nkeys == 0)
	{
		if (has_updates(x))
			sync_reason(&x->e->unreadable,
						"has updates or deletes, and no key. %s",
						import_key_hint(x->import, x->t, x->e->name));
		return;
	}
	/* a folder's name may be of the key, too */
	if (bms_num_members(key) != x->log->nkeys)
		return;
	fails = import_key_contradicts(x->import, x->t, x->r, key, x->log);
	if (fails != NULL)
		sync_reason(&x->e->key, "%s", fails);
}

/* Reports why queries of the table end in an error, as far as the samples show it. */
static void
check_notes(SyncComparison *x)
{
	const FoundTable *found = x->t->found;
	ListCell   *lc;

	if (x->log->cdc_path != NULL && found->oldest != NULL &&
		!x->log->ignore_change_files && !x->log->has_changes_from)
		sync_reason(&x->e->unreadable,
					"change file \"%s\" lies beside the full load, but changes are read from \"%s\". Check options preserve_transactions and cdc_path; ignore_change_files or changes_from accept it",
					store_clean_text(found->oldest->key), x->log->cdc_path);
	foreach(lc, x->t->notes)
	{
		const ImportNote *n = lfirst(lc);

		if (n->column == NULL)
			sync_reason(&x->e->unreadable, "%s. %s %s", n->what, n->detail,
						n->hint);
	}
}

/* Are operation, time and header where the table's options say? */
static bool
check_layout(SyncComparison *x)
{
	bool		records = false;
	bool		time = x->r->clocked;

	for (int i = 0; i < x->r->nfiles; i++)
		records |= x->r->files[i].r.n > x->r->files[i].skip;
	if (x->log->header != x->t->header)
		sync_reason(&x->e->moved, x->t->header ?
					"its files begin with a header, though add_column_name says otherwise" :
					"its files do not begin with a header, though add_column_name says so");
	else if (!x->log->header && records &&
			 time != (x->log->timestamp_column != NULL))
		sync_reason(&x->e->moved, time ?
					"its records begin with a commit time, though timestamp_column_name says otherwise" :
					"its records do not begin with a commit time, though timestamp_column_name says so");
	else
		return true;
	return false;
}

static bool
has_option(const List *options, const char *name)
{
	ListCell   *lc;

	foreach(lc, options)
		if (strcmp(lfirst_node(DefElem, lc)->defname, name) == 0)
			return true;
	return false;
}

/* What the log needs by now, and neither server nor table say. */
static void
find_options(SyncComparison *x)
{
	bool		first = !has_option(x->e->opts->table_options, "changes_prefix") &&
		has_option(x->t->options, "changes_prefix");
	ListCell   *lc;

	foreach(lc, x->t->options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		/* how Qlik's first changes lie and are called, once there are some */
		bool		later = first &&
			(strcmp(def->defname, "partition_folders") == 0 ||
			 strcmp(def->defname, "op_column_name") == 0 ||
			 strcmp(def->defname, "timestamp_column_name") == 0);

		for (int i = 0; i < lengthof(found_later); i++)
			later |= strcmp(def->defname, found_later[i]) == 0;
		later |= strcmp(def->defname, "partition_folders") == 0 &&
			!x->log->date_partition;
		if (later && !has_option(x->e->opts->table_options, def->defname) &&
			!has_option(x->e->found, def->defname))
			x->e->found = keep(x->e, x->e->found, def);
		for (int i = 0; !later && i < lengthof(needed); i++)
			if (strcmp(def->defname, needed[i]) == 0)
				sync_reason(&x->e->moved,
							"its change files show that option %s is to be %s, which neither table nor server say",
							def->defname, quote_literal_cstr(strVal(def->arg)));
	}
}

static bool
is_added(const SyncTable *e, const ImportTable *t, int i)
{
	ListCell   *lc;

	foreach(lc, e->added)
	{
		const ImportColumn *other = lfirst(lc);

		if (t->columns[i].source != NULL && other->source != NULL ?
			strcmp(t->columns[i].source, other->source) == 0 :
			t->columns[i].place == other->place)
			return true;
	}
	return false;
}

void
sync_compare(SyncTable *e, SyncView *view, const Recognised *r)
{
	const LogConfig *log = &e->opts->log;
	ImportTable *t = &view->table;
	SyncComparison	x = {&view->import, e, log, t, r};
	StringInfoData untold;

	initStringInfo(&untold);
	x.misfits = log->on_error == ON_ERROR_STOP ? &e->misfits : &untold;
	x.in_some = palloc0(sizeof(bool) * Max(log->ncolumns, 1));
	x.in_all = palloc0(sizeof(bool) * Max(log->ncolumns, 1));
	x.declared = palloc0(sizeof(bool) * Max(t->ncolumns, 1));
	for (int i = 0; i < t->ncolumns; i++)
		t->columns[i].declared = -1;
	if (!check_layout(&x))
		return;
	if (t->header)
		compare_by_name(&x);
	else
		compare_by_place(&x);
	find_options(&x);
	check_known_key(&x);
	check_key(&x);
	check_notes(&x);
	for (int i = 0; i < t->ncolumns; i++)
	{
		ImportColumn *c = &t->columns[i];

		if (x.declared[i] || is_added(e, t, i))
			continue;
		if (c->misfit != NULL)
			sync_reason(&e->misfits, "%s", c->misfit);
		e->added = keep(e, e->added, c);
	}
}
