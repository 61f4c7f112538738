/*-------------------------------------------------------------------------
 *
 * nearby.c
 *	  Folders near to one that is not there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "base/match.h"
#include "log/nearby.h"

/* What one page of a listing of S3 has. */
#define KEYS_MOST	1000
/* Parents that are listed; no layout of DMS has more under a bucket's folder. */
#define LEVELS_MOST	8

/* The folders that a parent holds. */
typedef struct Level
{
	const char *parent;			/* with slash, or "" for the root */
	const char *wanted;			/* the name in it that is not there */
	bool		there;			/* ... yet it is */
	int			n;
	NameMatch	match;
	StringInfoData names;		/* of the first ones, in quotes */
} Level;

static void
list_level(Store *store, Level *l, int shown)
{
	StoreLister *lister = store_list(store, l->parent, NULL, true);
	StoreEntry	e;

	l->n = 0;
	l->there = false;
	match_start(&l->match, l->wanted);
	initStringInfo(&l->names);
	for (int i = 0; i < KEYS_MOST && store_list_next(lister, &e); i++)
	{
		const char *key = e.key + strlen(l->parent);
		char	   *name;

		if (!e.folder || key[0] == '/' || key[0] == '\0')
			continue;
		name = pnstrdup(key, strlen(key) - 1);
		if (strcmp(name, l->wanted) == 0)
			l->there = true;
		if (!pg_verifymbstr(name, strlen(name), true))
			continue;
		name = store_clean_text(name);
		match_try(&l->match, name);
		if (l->n < shown)
			appendStringInfo(&l->names, "%s\"%s\"", l->n > 0 ? ", " : "",
							 name);
		else if (l->n == shown)
			appendStringInfoString(&l->names, ", ...");
		l->n++;
	}
	store_list_close(lister);
}

static char *
find_hint(Store *store, const char *folder, int shown)
{
	char	   *path = pstrdup(folder);

	for (int i = 0; i < LEVELS_MOST && path[0] != '\0'; i++)
	{
		Level		l;
		char	   *slash;

		path[strlen(path) - 1] = '\0';
		slash = strrchr(path, '/');
		l.wanted = pstrdup(slash != NULL ? slash + 1 : path);
		path[slash != NULL ? slash + 1 - path : 0] = '\0';
		l.parent = path;
		list_level(store, &l, shown);
		if (l.there)
			return NULL;
		if (l.match.nearest != NULL)
			return psprintf("Perhaps you meant folder \"%s%s\".", path,
							l.match.nearest);
		if (l.n > 0)
			return shown > 0 ?
				psprintf("Folders there are: %s.", l.names.data) : NULL;
	}
	return NULL;
}

char *
nearby_hint(Store *store, const char *folder, int shown)
{
	MemoryContext cxt = CurrentMemoryContext;
	char	   *volatile hint = NULL;

	PG_TRY();
	{
		hint = find_hint(store, folder, shown);
	}
	PG_CATCH();
	{
		int			code = geterrcode();

		if (code == ERRCODE_QUERY_CANCELED ||
			ERRCODE_TO_CATEGORY(code) == ERRCODE_OPERATOR_INTERVENTION)
			PG_RE_THROW();
		MemoryContextSwitchTo(cxt);
		FlushErrorState();
	}
	PG_END_TRY();
	return hint;
}
