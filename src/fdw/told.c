/*-------------------------------------------------------------------------
 *
 * told.c
 *	  What the session was told of already: see told.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "fdw/told.h"

typedef struct Told
{
	Oid			about;
	int32		kind;			/* ToldKind; of a fixed width, since the bytes
								 * of the key are compared */
} Told;

static HTAB *told = NULL;

bool
told_once(Oid about, ToldKind kind)
{
	Told		key = {about, kind};
	bool		found;

	if (told == NULL)
	{
		HASHCTL		ctl = {
			.keysize = sizeof(Told),
			.entrysize = sizeof(Told),
			.hcxt = CacheMemoryContext
		};

		told = hash_create("cdc_fdw notices", 64, &ctl,
						   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	(void) hash_search(told, &key, HASH_ENTER, &found);
	return !found;
}

void
told_undeclared(const LogConfig *config, LogUndeclared what, const char *field,
				const char *column)
{
	ToldKind	kind = what == UNDECLARED_TIME ? TOLD_UNDECLARED_TIME :
		TOLD_UNDECLARED_BEFORE;

	if (IsParallelWorker() || !told_once(config->relid, kind))
		return;
	if (what == UNDECLARED_TIME)
		ereport(NOTICE,
				(errmsg("the log of foreign table \"%s\" has times behind its operations, in \"%s\", which is not declared",
						config->foreign_table, field),
				 errdetail("Changes are taken as of the times in the names of their files."),
				 errhint("If it is TimestampColumnName of the task, set timestamp_column_name %s; else declare the column, or set timestamp_column_name ''.",
						 quote_literal_cstr(field))));
	else
		ereport(NOTICE,
				(errmsg("the log of foreign table \"%s\" has before images of key column \"%s\", in \"%s\", which is not declared as such",
						config->foreign_table, column, field),
				 errdetail("Where the key of a row changes, the row stays under its old key too."),
				 errhint("Declare a column with column_name %s and option before %s; a column that is declared for it already needs that option.",
						 quote_literal_cstr(field), quote_literal_cstr(column))));
}
