/*-------------------------------------------------------------------------
 *
 * recognise_clock.c
 *	  Which field of the samples is the commit time.
 *
 * A source's own column may come first and hold times that look like those of
 * commits, and would then decide which rows there are.  So a table's look alone
 * makes no commit time: the options say it, or all tables have it alike.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/sniff/recognise.h"
#include "log/sniff/recognise_fields.h"
#include "log/shown.h"
#include "log/written.h"

/* No task is so late with a commit, and no full load takes so long. */
#define LATE_DAYS	31
/* Commits of one file run back by less, also where a clock is set back. */
#define BACK_HOURS	2

/* Why a change file's times are not those of commits, or NULL. */
static const char *
against_changes(const RecogniseHints *hints, const RecognisedFile *f,
				int field, int skip)
{
	int64		before = PG_INT64_MIN;
	TimestampTz lo;
	TimestampTz hi;

	if (!written_to_utc(f->sample->object->info.time, hints->zone, &lo, &hi))
		return NULL;
	for (int i = skip; i < f->r.n; i++)
	{
		const SampleRecord *record = &f->r.records[i];
		const SampleField *v = &record->fields[field];
		const char *why = NULL;
		int64		t;

		if (!name_parse_timestamp(v->data, v->len, &t))
			continue;
		if (t > hi + LOG_CLOCK_SKEW)
			why = "which is later than the time in the file's name";
		else if (t < lo - LATE_DAYS * USECS_PER_DAY)
			why = "which is more than 31 days before the time in the file's name";
		else if (before != PG_INT64_MIN && t < before - BACK_HOURS * USECS_PER_HOUR)
			why = "which is more than two hours before the time in the line above";
		if (why != NULL)
			return psprintf("line %lld of \"%s\" has %s, %s",
							(long long) record->line,
							sample_name(f->sample), v->data, why);
		before = t;
	}
	return NULL;
}

/* Why a full load's times are not those of its transfer, or NULL. */
static const char *
against_load(const RecognisedFile *f, int field, int skip)
{
	const SampleField *first = NULL;
	int64		min = PG_INT64_MAX;
	int64		max = PG_INT64_MIN;

	for (int i = skip; i < f->r.n; i++)
	{
		const SampleField *v = &f->r.records[i].fields[field];
		int64		t;

		if (!name_parse_timestamp(v->data, v->len, &t))
			continue;
		first = first ? first : v;
		min = Min(min, t);
		max = Max(max, t);
		if (max - min > LATE_DAYS * USECS_PER_DAY)
			return psprintf("\"%s\" has %s and, on line %lld, %s, which are more than 31 days apart",
							sample_name(f->sample), first->data,
							(long long) f->r.records[i].line, v->data);
	}
	return NULL;
}

/*
 * Is the time that a full load without header begins with that of a commit?
 * Its own changes tell.
 */
static Evidence
clock_of_load(const RecogniseHints *hints, const Recognised *r,
			  const RecognisedFile *load)
{
	const RecognisedFile *changes = recognise_oldest_changes(r);

	if (!recognise_all_times(load, load->op + 1, 0))
		return EVIDENCE_NO;
	if (changes == NULL)
		return EVIDENCE_NONE;
	return recognise_reading(hints, load, load->op + 2, changes,
							 changes->op + 2, true);
}

void
recognise_clock(const RecogniseHints *hints, bool header,
				const Recognised *r, RecogniseClock *out)
{
	memset(out, 0, sizeof(*out));
	out->there = true;
	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];
		int			field = f->op + 1;
		bool		times;

		if (f->r.n <= header)
			continue;
		/* Qlik Replicate has a name for it, which tells nothing of others */
		if (header && recognise_field(f, RECOGNISE_QLIK_TIME) >= 0)
		{
			memset(out, 0, sizeof(*out));
			return;
		}
		times = recognise_all_times(f, field, header);
		if (times && out->against == NULL)
			out->against = f->is_load ? against_load(f, field, header) :
				f->sample->object->info.kind == NAME_TXN ? NULL :
				against_changes(hints, f, field, header);
		if (f->is_load)
		{
			out->in_load = times;
			out->of_load = header ? EVIDENCE_NONE : clock_of_load(hints, r, f);
		}
		else
		{
			out->changes = true;
			out->there &= times;
		}
		if (!header || !times)
			continue;
		if (out->name == NULL)
			out->name = f->r.records[0].fields[field].data;
		/* another name in another file: it is not one column */
		else if (strcmp(out->name, f->r.records[0].fields[field].data) != 0)
			out->there = false;
	}
	out->there &= out->changes;
}

/* The record in which a file's commit time is none, or NULL. */
static const SampleRecord *
timeless_record(const RecognisedFile *f, int skip)
{
	for (int i = skip; i < f->r.n; i++)
	{
		const SampleField *v = &f->r.records[i].fields[f->time];
		int64		t;

		if (!name_parse_timestamp(v->data, v->len, &t))
			return &f->r.records[i];
	}
	return NULL;
}

static RecogniseDoubt
clock_by_header(const char *name, Recognised *r)
{
	RecogniseDoubt doubt = {0};
	const SampleRecord *record;

	for (int i = 0; i < r->nfiles; i++)
	{
		RecognisedFile *f = &r->files[i];

		if (f->width == 0)
			continue;
		f->time = recognise_field(f, name);
		record = f->time >= 0 ? timeless_record(f, 1) : NULL;
		if (record == NULL && (f->time >= 0 || f->is_load))
			continue;
		if (record != NULL)
			doubt.problem = psprintf("line %lld of \"%s\" has \"%s\" in \"%s\", which is no commit time",
									 (long long) record->line,
									 sample_name(f->sample),
									 shown_text(record->fields[f->time].data,
												record->fields[f->time].len),
									 shown_text(name, strlen(name)));
		else
			doubt.problem = psprintf("the header of \"%s\" has no commit time \"%s\"",
									 sample_name(f->sample),
									 shown_text(name, strlen(name)));
		doubt.hint = "Set timestamp_column_name on the server as the endpoint's TimestampColumnName says, to '' if it is not set there.";
	}
	return doubt;
}

/* Whether a full load without header has commit times, by all that is known. */
static Evidence
weigh_load(const RecogniseHints *hints, const RecogniseSchema *schema,
		   const Recognised *r, const RecognisedFile *load)
{
	Evidence	own = clock_of_load(hints, r, load);

	if (own != EVIDENCE_NONE)
		return own;
	if (schema->clock_of_load != EVIDENCE_NONE || schema->clock_differs)
		return schema->clock_of_load;
	/* the endpoint's setting is for the full load, too */
	return hints->timestamp_column != NULL && recognise_oldest_changes(r) == NULL ?
		EVIDENCE_YES : EVIDENCE_NONE;
}

/*
 * A full load begins with a time that is, or may be, the table's first column.
 * A query would take it for the commit time where the table has some.
 */
static void
own_time_first(Evidence is_clock, Recognised *r, RecogniseDoubt *doubt)
{
	bool		changes = recognise_oldest_changes(r) != NULL;

	if (is_clock == EVIDENCE_NO && !changes)
	{
		/* without changes it needs none */
		r->clocked = false;
		return;
	}
	doubt->problem = is_clock == EVIDENCE_NO ?
		"its full load has no commit times, and its first column has times, which would be taken for those" :
		"its full load begins with a time, which may be that of the transfer or the table's first column";
	doubt->hint = changes ?
		"Reload the table: then its full load has commit times as its changes have." :
		"Create the foreign table by hand, with timestamp_column_name '' if it is the table's first column.";
}

static RecogniseDoubt
clock_by_position(const RecogniseHints *hints, const RecogniseSchema *schema,
				  Recognised *r)
{
	RecogniseDoubt doubt = {0};

	for (int i = 0; i < r->nfiles; i++)
	{
		RecognisedFile *f = &r->files[i];
		bool		times = f->r.n > 0 && recognise_all_times(f, f->op + 1, 0);
		Evidence	there = times && f->is_load ?
			weigh_load(hints, schema, r, f) : EVIDENCE_YES;

		if (f->r.n == 0)
			continue;
		if (there != EVIDENCE_YES)
			own_time_first(there, r, &doubt);
		else if (times)
			f->time = f->op + 1;
		else if (!f->is_load)
		{
			doubt.problem = psprintf("\"%s\" has records without a commit time",
									 sample_name(f->sample));
			doubt.hint = "Set timestamp_column_name on the server as the endpoint's TimestampColumnName says, to '' if it is not set there.";
		}
	}
	return doubt;
}

RecogniseDoubt
recognise_time(const RecogniseHints *hints, bool header,
			   const RecogniseSchema *schema, Recognised *r)
{
	RecogniseDoubt doubt = {0};
	bool		believed = schema->clock;
	const char *name = schema->clock_name;

	for (int i = 0; i < r->nfiles; i++)
	{
		RecognisedFile *f = &r->files[i];

		f->time = -1;
		/* Qlik Replicate's own name needs no other table */
		if (header && f->width > 0 && !f->is_load && !recognise_no_clock(hints) &&
			recognise_field(f, RECOGNISE_QLIK_TIME) >= 0)
		{
			believed = true;
			name = RECOGNISE_QLIK_TIME;
		}
	}
	r->clocked = believed;
	r->time_name = header && believed && name != NULL ? pstrdup(name) : NULL;
	if (!believed)
		return doubt;
	return header ? clock_by_header(name, r) :
		clock_by_position(hints, schema, r);
}
