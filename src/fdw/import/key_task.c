/*-------------------------------------------------------------------------
 *
 * key_task.c
 *	  Which columns a rule of the task added to every record, by their values.
 *
 * A rule's load date, and the day that is part of a key, may look the same.  So
 * a column that looks like a rule's is taken for one only where nothing speaks
 * for the other: the rest of the columns hold as a key without it, it is not
 * the same in all files, and a change carries another value of it than the row
 * that it meets.  Where no change meets a row, the look of a full load and
 * changes together decides.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/import/keys.h"

/* Findings about columns, from changes that meet a row. */
typedef struct Crossing
{
	const Bitmapset *columns;
	Bitmapset  *changed;		/* those that differ from the row's */
	int			met;
} Crossing;

/* True if the field is the operation of its record again ($AR_H_OPERATION). */
static bool
is_operation(const RecognisedFile *f, const SampleRecord *record,
			 const SampleField *v)
{
	LogOp		said;
	LogOp		op;

	return recognise_is_op(v) && op_parse(v->data, v->len, &said) &&
		import_op(f, record, &op) && op == said;
}

/* True if it is a time near to the file's name ($AR_H_TIMESTAMP). */
static bool
is_time_of_file(const RecognisedFile *f, const SampleField *v)
{
	int64		t;

	return !f->is_load && name_parse_timestamp(v->data, v->len, &t) &&
		recognise_is_near(f, t);
}

KeyTask
import_key_task(const KeyEvidence *e, int column, bool *differ)
{
	const ImportColumn *c = &e->table->columns[column];
	const SampleField *first = NULL;
	bool		operations = true;

	*differ = false;
	if (c->added)
		return TASK_SURELY;
	for (int i = 0; i < e->r->nfiles; i++)
	{
		const RecognisedFile *f = &e->r->files[i];
		const SampleField *one = NULL;
		bool		same = f->r.n > f->skip + 1 || !f->is_load;
		bool		of_record = true;

		for (int k = f->skip; k < f->r.n; k++)
		{
			const SampleRecord *record = &f->r.records[k];
			const SampleField *v = import_value(e->import, c, i, record);
			bool		operation;

			if (v == NULL)
				return TASK_NOT;
			one = one ? one : v;
			first = first ? first : v;
			operation = is_operation(f, record, v);
			operations &= operation;
			*differ |= strcmp(first->data, v->data) != 0;
			same &= strcmp(one->data, v->data) == 0 && recognise_is_date(v);
			of_record &= operation || is_time_of_file(f, v);
			if (!same && !of_record)
				return TASK_NOT;
		}
	}
	return operations && *differ ? TASK_SURELY : TASK_LIKELY;
}

/* See which columns differ between a change and the row that it meets. */
static void
see_crossing(const KeyRecord *row, const KeyRecord *change, void *arg)
{
	Crossing   *c = arg;
	int			i = -1;

	if (row->stretch != change->stretch)
		return;
	c->met++;
	while ((i = bms_next_member(c->columns, i)) >= 0)
		if (row->cells[i] != change->cells[i])
			c->changed = bms_add_member(c->changed, i);
}

Bitmapset *
import_key_without_task(const KeyEvidence *e, const Bitmapset *filled,
						Bitmapset **doubtful)
{
	Bitmapset  *likely = NULL;
	Bitmapset  *varied = NULL;
	Bitmapset  *rest;
	Crossing	crossing = {NULL};
	KeyTrial	trial;
	int			i = -1;

	*doubtful = NULL;
	while ((i = bms_next_member(filled, i)) >= 0)
	{
		bool		differ;

		if (import_key_task(e, i, &differ) == TASK_NOT)
			continue;
		likely = bms_add_member(likely, i);
		if (differ)
			varied = bms_add_member(varied, i);
	}
	rest = bms_difference(filled, likely);
	if (likely == NULL || rest == NULL)
		return bms_copy(filled);
	crossing.columns = likely;
	import_key_try(e, rest, true, see_crossing, &crossing, &trial);
	if (trial.verdict != KEY_HOLDS)
		return bms_copy(filled);
	/* the look alone, of a full load and of changes, does not tell */
	if (crossing.met == 0 && trial.loaded > 0)
		*doubtful = varied;
	return bms_difference(filled, crossing.changed);
}
