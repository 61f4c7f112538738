/*-------------------------------------------------------------------------
 *
 * nested.c
 *	  Which texts of an imported column are maps, rows and arrays.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "fdw/import/import.h"
#include "replay/values/nested.h"

static void *
resize(void *arg, void *old, size_t size)
{
	if (size == 0)
	{
		if (old != NULL)
			pfree(old);
		return NULL;
	}
	return old != NULL ? repalloc_huge(old, size) :
		MemoryContextAllocHuge(CurrentMemoryContext, size);
}

static void
hear_interrupts(void *arg)
{
	CHECK_FOR_INTERRUPTS();
}

void
import_nested(ImportColumn *c, const SampleField **values, int n)
{
	NestedText *texts = palloc(sizeof(NestedText) * Max(n, 1));
	NestedEncoding encoding;
	NestedWork	w;

	for (int i = 0; i < n; i++)
	{
		texts[i].data = values[i]->data;
		texts[i].len = values[i]->len;
	}
	nested_init(&w, resize, NULL);
	w.pause = hear_interrupts;
	encoding = n > 0 ? nested_detect(&w, texts, n) : NESTED_NONE;
	nested_free(&w);
	pfree(texts);
	if (encoding == NESTED_NONE)
		return;
	c->typid = JSONBOID;
	if (encoding != NESTED_JSON)
		c->encoding = nested_name(encoding);
}
