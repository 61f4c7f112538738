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

#include "log/recognise.h"
#include "log/recognise_fields.h"
#include "log/shown.h"

void
recognise_clock(bool header, const Recognised *r, RecogniseClock *out)
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
		if (f->is_load)
			out->in_load = times;
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

/* True if in a change file a column of the source's own comes first that is a time. */
static bool
own_time_first(const Recognised *r)
{
	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];

		if (!f->is_load && f->time >= 0 && recognise_all_times(f, f->time + 1, 0))
			return true;
	}
	return false;
}

/* Columns of a change file, or of the full load; -1: there is no such file. */
static int
columns_of(const Recognised *r, bool load)
{
	for (int i = 0; i < r->nfiles; i++)
	{
		const RecognisedFile *f = &r->files[i];

		if (f->is_load == load && f->width > 0)
			return f->width - (f->op + 1) - (f->time >= 0);
	}
	return -1;
}

static RecogniseDoubt
clock_by_header(const char *name, Recognised *r)
{
	RecogniseDoubt doubt = {0};

	for (int i = 0; i < r->nfiles; i++)
	{
		RecognisedFile *f = &r->files[i];

		if (f->width == 0)
			continue;
		f->time = recognise_field(f, name);
		if (f->time >= 0 || f->is_load)
			continue;
		doubt.problem = psprintf("the header of \"%s\" has no commit time \"%s\"",
								 f->sample->object->key,
								 shown_text(name, strlen(name)));
		doubt.hint = "Set timestamp_column_name on the server as the endpoint's TimestampColumnName says, to '' if it is not set there.";
	}
	return doubt;
}

static RecogniseDoubt
clock_by_position(Recognised *r)
{
	RecogniseDoubt doubt = {0};

	for (int i = 0; i < r->nfiles; i++)
	{
		RecognisedFile *f = &r->files[i];

		if (f->r.n == 0)
			continue;
		if (recognise_all_times(f, f->op + 1, 0))
			f->time = f->op + 1;
		else if (!f->is_load)
		{
			doubt.problem = psprintf("\"%s\" has records without a commit time",
									 f->sample->object->key);
			doubt.hint = "Set timestamp_column_name on the server as the endpoint's TimestampColumnName says, to '' if it is not set there.";
		}
	}
	/* a full load from before the setting has none */
	if (doubt.problem == NULL && own_time_first(r) &&
		columns_of(r, true) >= 0 && columns_of(r, true) < columns_of(r, false))
		doubt.problem = "its full load begins with a time, which may be that of the transfer or the table's first column";
	return doubt;
}

RecogniseDoubt
recognise_time(const RecogniseHints *hints, bool header, bool believed,
			   const char *name, Recognised *r)
{
	RecogniseDoubt doubt = {0};

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
	return header ? clock_by_header(name, r) : clock_by_position(r);
}
