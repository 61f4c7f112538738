/*-------------------------------------------------------------------------
 *
 * notes.c
 *	  What the samples of a table show that whoever imports it should know.
 *
 * The table is made, since its files may be mended or an option be set, but
 * nobody is to find out by the first query that it cannot be read, or by wrong
 * rows that it has commit times.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "fdw/import/import.h"
#include "log/layout.h"
#include "log/sniff/recognise_fields.h"
#include "log/shown.h"
#include "log/written.h"

static void
note(ImportTable *t, const char *column, const char *what, const char *detail,
	 const char *hint)
{
	ImportNote *n = palloc0(sizeof(ImportNote));

	n->column = column;
	n->what = what;
	n->detail = detail;
	n->hint = hint;
	t->notes = lappend(t->notes, n);
}

/*
 * A full load whose numbers go on behind as many files as there are has a hole,
 * and one that is not there may have been renamed.
 */
static void
note_gaps(const Import *import, ImportTable *t)
{
	const FoundTable *f = t->found;

	if (option_bool(&import->values, OPT_ALLOW_GAPS, false))
		return;
	if (f->nload == 0 && f->near_load != NULL)
		note(t, NULL, "has no full load, but a file that is named nearly as one",
			 psprintf("It is \"%s\".", f->near_load),
			 "Give the file the name that AWS DMS gave it (LOAD00000001.csv and so on), or set table option allow_gaps 'true' to read the table without it.");
	if ((uint64) f->nnumbered >= f->last_number)
		return;
	note(t, NULL, "has a full load with a hole",
		 psprintf("There are " INT64_FORMAT " files, numbered up to LOAD%08llX.",
				  f->nnumbered, (unsigned long long) f->last_number),
		 "Copy what is missing back, or set table option allow_gaps 'true' to do without it.");
}

/* Where a source table was emptied, the changes do not say of which rows. */
static void
note_truncate(const Import *import, ImportTable *t, const RecognisedFile *f)
{
	/* it may be from before the log begins */
	if (import->values.text[OPT_CHANGES_FROM] != NULL)
		return;
	for (int k = f->skip; f->op >= 0 && k < f->r.n; k++)
	{
		const SampleField *v = &f->r.records[k].fields[f->op];

		if (op_parse_qlik(v->data, v->len) != OP_QLIK_TRUNCATE)
			continue;
		note(t, NULL, "was truncated at the source",
			 psprintf("Line %lld of \"%s\" has the operation \"%s\", which cannot be replayed.",
					  (long long) f->r.records[k].line, sample_name(f->sample),
					  shown_text(v->data, v->len)),
			 "If the full load was taken after it, set table option changes_from to an instant after it.");
		return;
	}
}

/* Commits that are later than the time in their file's name allows. */
static void
note_late(const Import *import, ImportTable *t, const RecognisedFile *f)
{
	const NameInfo *name = &f->sample->object->info;
	int64		skew = option_interval(&import->values, OPT_CLOCK_SKEW,
									   LOG_CLOCK_SKEW);
	TimestampTz lo;
	TimestampTz hi;

	if (f->time < 0 || f->is_load ||
		!written_to_utc(name->time, import->hints.zone, &lo, &hi))
		return;
	for (int k = f->skip; k < f->r.n; k++)
	{
		const SampleField *v = &f->r.records[k].fields[f->time];
		int64		time;

		if (!name_parse_timestamp(v->data, v->len, &time) || time <= hi + skew)
			continue;
		note(t, NULL, "has commits later than the names of their files",
			 psprintf("Line %lld of \"%s\" was committed at %s.",
					  (long long) f->r.records[k].line, sample_name(f->sample),
					  v->data),
			 "Set table option clock_skew to at least the difference, or date_partition_timezone (with date_partition_enabled) if the task names files in another zone; if the times are no commit times, set timestamp_column_name '' on the server.");
		return;
	}
}

/*
 * True if the column stands where commit times would be in all change files that
 * have it, and has times there; *all: all change files have it.
 */
static bool
is_in_clocks_place(const Recognised *r, const ImportColumn *c, bool *all)
{
	bool		any = false;

	*all = true;
	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];

		if (f->width == 0 || f->is_load)
			continue;
		*all &= c->field[i] >= 0;
		if (c->field[i] < 0)
			continue;
		if (f->op < 0 || c->field[i] != f->op + 1 ||
			!recognise_all_times(f, f->op + 1, f->skip))
			return false;
		any = true;
	}
	return any;
}

/*
 * A column that a header names where commit times would be: once it is declared
 * no query asks.  Where all tables of the schema have one, the user is asked
 * once for all of them.
 */
static void
note_times(const Import *import, ImportTable *t, const Recognised *r)
{
	if (import->hints.timestamp_column != NULL || r->clocked || t->looks_clocked)
		return;
	for (int i = 0; i < t->ncolumns; i++)
	{
		const ImportColumn *c = &t->columns[i];
		bool		all;

		if (c->source == NULL || c->known || !is_in_clocks_place(r, c, &all))
			continue;
		note(t, c->name, "has times where commit times would be",
			 "It is read as a column.",
			 all ? psprintf("If the task writes them (TimestampColumnName), drop the column and set option timestamp_column_name to %s.",
							quote_literal_cstr(c->source)) :
			 "If the task writes them (TimestampColumnName), reload the table, since older change files have none, and set timestamp_column_name and changes_from.");
	}
}

void
import_notes(const Import *import, ImportTable *t, const Recognised *r)
{
	note_gaps(import, t);
	note_times(import, t, r);
	for (int i = 0; i < r->nfiles; i++)
	{
		note_truncate(import, t, &r->files[i]);
		note_late(import, t, &r->files[i]);
	}
}
