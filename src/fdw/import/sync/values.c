/*-------------------------------------------------------------------------
 *
 * values.c
 *	  Do the samples' values fit the types that a foreign table has?
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "fdw/import/sync/impl.h"
#include "log/layout.h"
#include "log/places.h"

bool
sync_check_values(SyncComparison *x, const LogColumn *declared,
				  const ImportColumn *c, int file)
{
	const RecognisedFile *f = &x->r->files[file];
	ImportReader *reader = import_reader_open(&x->log->style, declared);
	bool		passes = x->log->on_error != ON_ERROR_STOP;
	int64		unfit = -1;		/* the first such record */

	for (int k = f->skip; (unfit < 0 || passes) && k < f->r.n; k++)
	{
		const SampleField *v = import_value(x->import, c, file,
											&f->r.records[k]);
		Datum		value;
		ErrorData  *error;

		if (v == NULL)
			continue;
		if (!import_reader_read(reader, v, &value, &error))
			unfit = unfit < 0 ? k : unfit;
		else if (passes)
			return true;
	}
	if (unfit < 0)
		return true;
	sync_reason(x->misfits,
				"column \"%s\" is %s, but not line %lld of \"%s\"",
				declared->attname,
				format_type_with_typemod(declared->typid, declared->typmod),
				(long long) f->r.records[unfit].line,
				sample_name(f->sample));
	return false;
}

/* The first value of a file that the column's type reads as another one, or -1. */
static int
lossy_record(const SyncComparison *x, const LogColumn *declared,
			 const ImportColumn *c, int file, bool *any)
{
	const RecognisedFile *f = &x->r->files[file];
	ImportReader *reader = import_reader_open(&x->log->style, declared);
	ImportReader *exact = import_reader_exact(&x->log->style, declared);

	for (int k = f->skip; k < f->r.n; k++)
	{
		const SampleField *v = import_value(x->import, c, file,
											&f->r.records[k]);
		Datum		value;
		ErrorData  *error;

		if (v == NULL || !import_reader_read(reader, v, &value, &error))
			continue;
		*any = true;
		if (!import_reader_read(exact, v, &value, &error))
			return k;
	}
	return -1;
}

/* True if a file without header has more fields than the table has columns. */
static bool
is_wider(const SyncComparison *x, const RecognisedFile *f)
{
	int		   *places = palloc(sizeof(int) * Max(x->log->ncolumns, 1));
	int			required;

	return f->width - f->first > places_find(x->log, places, &required);
}

/*
 * Report the first value of which the column's type loses something.  In a file
 * that has more fields than those before, which lost nothing, it may be the
 * value of another column.
 */
static void
check_loss(SyncComparison *x, const LogColumn *declared, const ImportColumn *c)
{
	bool		any = false;

	if (declared->is_text)
		return;
	for (int file = 0; file < x->r->nfiles; file++)
	{
		const RecognisedFile *f = &x->r->files[file];
		bool		first = !any;
		int			k = lossy_record(x, declared, c, file, &any);

		if (k < 0)
			continue;
		sync_reason(first || !is_wider(x, f) ? &x->e->losses : &x->e->misfits,
					"column \"%s\" is %s, which does not hold all that line %lld of \"%s\" says",
					declared->attname,
					format_type_with_typemod(declared->typid, declared->typmod),
					(long long) f->r.records[k].line,
					sample_name(f->sample));
		return;
	}
}

/*
 * True if the key's type may have been inferred: all that the first file has
 * keeps it.  Else it was declared by whoever knew the source; only zeros in
 * front of integers are never a source's integers.
 */
static bool
may_be_inferred(const SyncComparison *x, const LogColumn *declared,
				const ImportColumn *c)
{
	Oid			base = getBaseType(declared->typid);
	InferColumn infer = {0};
	bool		any = false;

	if (base == INT2OID || base == INT4OID || base == INT8OID)
		return true;
	for (int file = 0; !any && file < x->r->nfiles; file++)
	{
		const RecognisedFile *f = &x->r->files[file];

		for (int k = f->skip; k < f->r.n; k++)
		{
			const SampleField *v = import_value(x->import, c, file,
												&f->r.records[k]);

			if (v == NULL)
				continue;
			any = true;
			infer_add(&infer, v->data, v->len);
		}
	}
	return any && import_type_keeps(declared->typid, &infer);
}

void
sync_check_type(SyncComparison *x, const LogColumn *declared,
				const ImportColumn *c)
{
	InferColumn infer = {0};

	if (!declared->key || c->known || declared->is_text ||
		!may_be_inferred(x, declared, c))
	{
		check_loss(x, declared, c);
		return;
	}
	for (int file = 0; file < x->r->nfiles; file++)
	{
		const RecognisedFile *f = &x->r->files[file];

		for (int k = f->skip; k < f->r.n; k++)
		{
			const SampleField *v = import_value(x->import, c, file,
												&f->r.records[k]);

			if (v == NULL)
				continue;
			infer_add(&infer, v->data, v->len);
			if (import_type_keeps(declared->typid, &infer))
				continue;
			sync_reason(&x->e->misfits,
						"key column \"%s\" is %s, but line %lld of \"%s\" is not in the form of its keys, so that different texts may be one key: declare it as text",
						declared->attname,
						format_type_with_typemod(declared->typid,
												 declared->typmod),
						(long long) f->r.records[k].line,
						sample_name(f->sample));
			return;
		}
	}
}
