/*-------------------------------------------------------------------------
 *
 * newest.c
 *	  The newest change file of a long log, without listing the log.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/timestamp.h"

#include "log/manifest.h"
#include "log/newest.h"

/* A page of a listing. */
#define PAGE			1000
#define PROBES_MAX		80
/* Folders to look into where their names do not tell the latest. */
#define FOLDERS_MAX		40

FoundObject *
newest_object(const StoreEntry *e, const NameInfo *info)
{
	FoundObject *o = palloc0(sizeof(FoundObject));

	o->key = pstrdup(e->key);
	o->size = e->size;
	o->etag = e->etag ? pstrdup(e->etag) : NULL;
	o->info = *info;
	return o;
}

void
newest_set_to(FoundObject **slot, const StoreEntry *e, const NameInfo *info)
{
	FoundObject *old = *slot;

	*slot = newest_object(e, info);
	if (old == NULL)
		return;
	if (old->etag)
		pfree(old->etag);
	pfree(old->key);
	pfree(old);
}

/* The name of a change file of that time: sorts among its kind. */
static char *
name_of_time(const char *stem, int64 time)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (timestamp2tm(time, NULL, &tm, &fsec, NULL, NULL) != 0)
		elog(ERROR, "time of a change file is out of range");
	return psprintf(stem[0] ? "%s%04d%02d%02d%02d%02d%02d" :
					"%s%04d%02d%02d-%02d%02d%02d",
					stem, tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour,
					tm.tm_min, tm.tm_sec);
}

/*
 * The last of up to a page of change files behind start_after: replaces
 * *newest if there is one with bytes, sets *time to the last one's time.
 * *at_end: there are no more.  False where there is none.
 */
static bool
probe(Store *store, const char *prefix, const char *stem,
	  const char *start_after, FoundObject **newest, int64 *time,
	  bool *at_end)
{
	char	   *from = psprintf("%s%s", prefix, stem);
	StoreLister *lister = store_list(store, from, start_after, true);
	StoreEntry	e;
	NameInfo	info;
	bool		found = false;
	int			n = 0;

	*at_end = true;
	while (store_list_next(lister, &e))
	{
		const char *name = e.key + strlen(prefix);

		if (stem[0] == '\0' && (unsigned char) name[0] >= ':')
			break;
		if (n++ >= PAGE)
		{
			*at_end = false;
			break;
		}
		if (e.folder)
			continue;
		name_parse(name, strlen(name), &info);
		if (info.kind != NAME_CDC && info.kind != NAME_TXN)
			continue;
		found = true;
		*time = info.time;
		if (e.size > 0)
			newest_set_to(newest, &e, &info);
	}
	store_list_close(lister);
	pfree(from);
	return found;
}

FoundObject *
newest_probe(Store *store, const char *prefix, const FoundObject *after)
{
	FoundObject *newest = NULL;
	const char *stem = after->info.kind == NAME_TXN ? "CDC_TXN-" : "";
	int64		lo = after->info.time;
	char	   *lo_key = after->key;
	/* names may be in a zone that is ahead */
	int64		hi = GetCurrentTimestamp() + 2 * USECS_PER_DAY;
	/* most logs are still being written */
	int64		at = hi - 2 * USECS_PER_DAY - USECS_PER_DAY / 2;

	for (int i = 0; i < PROBES_MAX; i++)
	{
		bool		ahead = at > lo + USECS_PER_HOUR && at < hi;
		char	   *start = ahead ?
			psprintf("%s%s", prefix, name_of_time(stem, at)) : lo_key;
		int64		time = lo;
		bool		at_end;

		if (!probe(store, prefix, stem, start, &newest, &time, &at_end))
		{
			if (!ahead)
				break;
			hi = at;
		}
		else if (at_end)
			break;
		else
		{
			lo = time;
			if (newest != NULL)
				lo_key = pstrdup(newest->key);
		}
		at = lo + (hi - lo) / 2;
	}
	return newest;
}

/*
 * The date folders of the next level in those of one: of dates that are known
 * the latest alone, else all, since months may stand before their years.
 */
static List *
latest_folders(Store *store, const char *prefix, List *folders,
			   DateSequence seq, char delimiter, int level)
{
	List	   *latest = NIL;
	int64		latest_from = PG_INT64_MIN;
	ListCell   *lc;

	foreach(lc, folders)
	{
		StoreLister *lister = store_list(store, lfirst(lc), NULL, true);
		StoreEntry	e;

		while (store_list_next(lister, &e))
		{
			int64		from;
			int64		to;

			if (!e.folder ||
				!name_parse_date(e.key + strlen(prefix),
								 strlen(e.key) - strlen(prefix), seq,
								 delimiter, level, &from, &to) ||
				from < latest_from)
				continue;
			if (from > latest_from)
				latest = NIL;
			latest_from = from;
			latest = lappend(latest, pstrdup(e.key));
		}
		store_list_close(lister);
	}
	return latest;
}

FoundObject *
newest_probe_dates(Store *store, const char *prefix, DateSequence seq,
						char delimiter)
{
	int			levels = name_date_levels(seq, delimiter);
	List	   *folders = list_make1(unconstify(char *, prefix));
	FoundObject *newest = NULL;
	StoreLister *lister;
	StoreEntry	e;
	NameInfo	info;

	for (int level = 1; level <= levels; level++)
	{
		folders = latest_folders(store, prefix, folders, seq, delimiter,
								 level);
		if (folders == NIL || list_length(folders) > FOLDERS_MAX)
			return NULL;
	}
	lister = store_list(store, linitial(folders), NULL, true);
	while (store_list_next(lister, &e))
	{
		const char *base = manifest_file_name(e.key);

		if (name_parse(base, strlen(base), &info) == NAME_CDC && e.size > 0)
			newest_set_to(&newest, &e, &info);
	}
	store_list_close(lister);
	return newest;
}
