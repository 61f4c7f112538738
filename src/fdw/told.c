/*-------------------------------------------------------------------------
 *
 * told.c
 *	  What the session was told of already: see told.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/session.h"
#include "port/atomics.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "fdw/told.h"

typedef struct Told
{
	Oid			about;			/* key of the hash table */
	uint32		kinds;			/* bits 1 << ToldKind; unless shared */
	dsa_pointer shared;			/* of a pg_atomic_uint32 with those bits */
} Told;

static HTAB *told = NULL;

static Told *
told_about(Oid about)
{
	Told	   *t;
	bool		found;

	if (told == NULL)
	{
		HASHCTL		ctl = {
			.keysize = sizeof(Oid),
			.entrysize = sizeof(Told),
			.hcxt = CacheMemoryContext
		};

		told = hash_create("cdc_fdw notices", 64, &ctl,
						   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	t = hash_search(told, &about, HASH_ENTER, &found);
	if (!found)
	{
		t->kinds = 0;
		t->shared = InvalidDsaPointer;
	}
	return t;
}

static pg_atomic_uint32 *
shared_kinds(const Told *t)
{
	return dsa_get_address(CurrentSession->area, t->shared);
}

bool
told_once(Oid about, ToldKind kind)
{
	Told	   *t = told_about(about);
	uint32		bit = 1 << kind;
	uint32		before = t->kinds;

	if (DsaPointerIsValid(t->shared))
		before = pg_atomic_fetch_or_u32(shared_kinds(t), bit);
	t->kinds |= bit;
	return (before & bit) == 0;
}

dsa_pointer
told_share(Oid about)
{
	Told	   *t = told_about(about);

	if (!DsaPointerIsValid(t->shared))
	{
		t->shared = dsa_allocate(CurrentSession->area, sizeof(pg_atomic_uint32));
		pg_atomic_init_u32(shared_kinds(t), t->kinds);
	}
	return t->shared;
}

void
told_join(Oid about, dsa_pointer shared)
{
	told_about(about)->shared = shared;
}

void
told_undeclared(const LogConfig *config, LogUndeclared what, const char *field,
				const char *column)
{
	ToldKind	kind = what == UNDECLARED_TIME ? TOLD_UNDECLARED_TIME :
		TOLD_UNDECLARED_BEFORE;

	if (!told_once(config->relid, kind))
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
				(errmsg("the log of foreign table \"%s\" may have before images of key column \"%s\", in \"%s\", which is not declared as such",
						config->foreign_table, column, field),
				 errdetail("Then a row whose key changes stays under its old key too."),
				 errhint("If the task writes them (before-image-settings), declare a column with column_name %s and option before %s, which one that is declared for it already needs; if the full load has values there, it is a column of the source.",
						 quote_literal_cstr(field), quote_literal_cstr(column))));
}
