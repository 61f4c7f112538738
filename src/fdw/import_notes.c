/*-------------------------------------------------------------------------
 *
 * import_notes.c
 *	  What the samples of a table show that no query of it will read.
 *
 * The table is made, since its files may be mended or an option be set, but
 * nobody is to find out by the first query.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/import.h"
#include "log/layout.h"
#include "log/shown.h"
#include "log/written.h"

static void
note(ImportTable *t, char *what, char *detail, const char *hint)
{
	ImportNote *n = palloc0(sizeof(ImportNote));

	n->what = what;
	n->detail = detail;
	n->hint = hint;
	t->notes = lappend(t->notes, n);
}

/* A full load whose numbers go on behind as many files as there are has a hole. */
static void
note_hole(ImportTable *t)
{
	const FoundTable *f = t->found;

	if ((uint64) f->nnumbered >= f->last_number)
		return;
	note(t, "has a full load with a hole",
		 psprintf("There are " INT64_FORMAT " files, numbered up to LOAD%08llX.",
				  f->nnumbered, (unsigned long long) f->last_number),
		 "Copy what is missing back, or set table option allow_gaps 'true' to do without it.");
}

/* Where a source table was emptied, the changes do not say of which rows. */
static void
note_truncate(ImportTable *t, const RecognisedFile *f)
{
	for (int k = f->skip; f->op >= 0 && k < f->r.n; k++)
	{
		const SampleField *v = &f->r.records[k].fields[f->op];

		if (layout_qlik_op(v->data, v->len) != LAYOUT_QLIK_TRUNCATE)
			continue;
		note(t, "was truncated at the source",
			 psprintf("Line %lld of \"%s\" has the operation \"%s\", which cannot be replayed.",
					  (long long) f->r.records[k].line, f->sample->object->key,
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
	TimestampTz lo;
	TimestampTz hi;

	if (f->time < 0 || f->is_load ||
		!written_to_utc(name->time, import->hints.zone, &lo, &hi))
		return;
	for (int k = f->skip; k < f->r.n; k++)
	{
		const SampleField *v = &f->r.records[k].fields[f->time];
		int64		time;

		if (!name_parse_timestamp(v->data, v->len, &time) || time <= hi + LOG_CLOCK_SKEW)
			continue;
		note(t, "has commits later than the names of their files",
			 psprintf("Line %lld of \"%s\" was committed at %s.",
					  (long long) f->r.records[k].line, f->sample->object->key,
					  v->data),
			 "Set table option clock_skew to at least the difference, or date_partition_timezone if the task names files in another zone; if the times are no commit times, set timestamp_column_name '' on the server.");
		return;
	}
}

void
import_notes(const Import *import, ImportTable *t, const Recognised *r)
{
	note_hole(t);
	for (int i = 0; i < r->nfiles; i++)
	{
		note_truncate(t, &r->files[i]);
		note_late(import, t, &r->files[i]);
	}
}
