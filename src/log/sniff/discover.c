/*-------------------------------------------------------------------------
 *
 * discover.c
 *	  Which tables have a log in a folder.
 *
 * Neighbouring folders are listed together, a thousand keys a page.  Change
 * files come before the full load in byte order: where a folder goes on and on
 * with them, the listing begins anew at ':', behind the digits, and the newest
 * change file is found by probing (newest_probe).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/timestamp.h"

#include "base/ascii.h"
#include "base/sort.h"
#include "log/sniff/discover.h"
#include "log/manifest.h"

/*
 * How far a file's time may lie outside its folder's dates: around midnight they
 * differ, and importing knows no date_partition_timezone.
 */
#define FOLDER_DRIFT	(USECS_PER_DAY + USECS_PER_DAY / 2)
#define CT_SUFFIX		"__ct"
#define SNAPSHOT_PREFIX	"snapshot="

#define N_SEQUENCES		5
static const char delimiters[] = {'/', '-', '_', 0};

/* What is known while one table's folder is listed. */
typedef struct Walk
{
	const DiscoverSpec *spec;
	Discovery  *result;
	StoreLister *lister;
	StoreEntry	entry;			/* met, but not taken yet */
	bool		have_entry;
	FoundTable *table;
	int			digits;			/* change files seen of it in this listing */
	int			others;
	bool		jumped;			/* the digits were left early */
} Walk;

static bool
starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool
ends_with(const char *s, const char *end)
{
	size_t		n = strlen(s);
	size_t		m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

/*
 * Folders
 */

List *
discover_folders(Store *store, const char *prefix)
{
	StoreLister *lister = store_list(store, prefix, NULL, true);
	List	   *folders = NIL;
	StoreEntry	e;

	while (store_list_next(lister, &e))
	{
		const char *name = e.key + strlen(prefix);

		if (e.folder && name[0] != '/' && name[0] != '\0')
			folders = lappend(folders, pnstrdup(name, strlen(name) - 1));
	}
	store_list_close(lister);
	return folders;
}

/*
 * Date folders
 */

/* The layouts that read dir (with slash) as a date near to a file's time. */
static uint32
date_layouts(const char *dir, size_t len, int64 time)
{
	uint32		fits = 0;
	int			slashes = 0;

	for (size_t i = 0; i < len; i++)
		slashes += dir[i] == '/';
	for (int seq = 0; seq < N_SEQUENCES; seq++)
	{
		for (int d = 0; d < lengthof(delimiters); d++)
		{
			int			levels = name_date_levels(seq, delimiters[d]);
			int64		from;
			int64		to;

			if (levels == slashes &&
				name_parse_date(dir, len, seq, delimiters[d], levels,
								&from, &to) &&
				from != PG_INT64_MIN &&
				time >= from - FOLDER_DRIFT && time < to + FOLDER_DRIFT)
				fits |= 1u << (seq * lengthof(delimiters) + d);
		}
	}
	return fits;
}

bool
discover_date_layout(const FoundTable *t, DateSequence *seq, char *delimiter)
{
	for (int d = 0; d < lengthof(delimiters); d++)
	{
		if (delimiters[d] == *delimiter &&
			(t->date_layouts & (1u << (*seq * lengthof(delimiters) + d))))
			return true;
	}
	for (int i = 0; i < N_SEQUENCES * lengthof(delimiters); i++)
	{
		if (t->date_layouts & (1u << i))
		{
			*seq = i / lengthof(delimiters);
			*delimiter = delimiters[i % lengthof(delimiters)];
			return true;
		}
	}
	return false;
}

/*
 * Objects of a table
 */

/* Note in which of Qlik's snapshots a full load file lies, or that it lies in none. */
static void
take_snapshot(FoundTable *t, const StoreEntry *e, const char *dir)
{
	const char *end = starts_with(dir, SNAPSHOT_PREFIX) ? strchr(dir, '/') :
		NULL;
	size_t		len = end != NULL ? end + 1 - e->key : 0;

	if (t->nload == 0 && end != NULL)
		t->snapshot = pnstrdup(e->key, len);
	else if (end == NULL ? t->snapshot != NULL : t->snapshot == NULL ||
			 strlen(t->snapshot) != len ||
			 strncmp(t->snapshot, e->key, len) != 0)
		t->snapshots = true;
}

static void
take_load(FoundTable *t, const StoreEntry *e, const NameInfo *info,
		  const char *dir, size_t dirlen)
{
	take_snapshot(t, e, dir);
	t->nload++;
	if (info->kind == NAME_LOAD)
	{
		t->nnumbered++;
		t->last_number = Max(t->last_number, info->counter);
	}
	t->parquet |= info->parquet;
	/* before ':' nobody looks for a full load, unless told to */
	if (dirlen > 0 && (unsigned char) dir[0] < ':')
		t->partition_folders = true;
	if (e->size > 0 && t->load == NULL)
		t->load = newest_object(e, info);
	t->load_complete = t->nload == 1 && t->load != NULL;
}

static void
take_change(FoundTable *t, const StoreEntry *e, const NameInfo *info,
			const char *dir, size_t dirlen)
{
	t->nchanges++;
	t->parquet |= info->parquet;
	if (dirlen > 0)
	{
		uint32		fits = ascii_is_digit(dir[0]) ?
			date_layouts(dir, dirlen, info->time) : 0;

		t->date_layouts = t->dates ? t->date_layouts & fits : fits;
		t->dates = true;
		if (t->date_layouts == 0)
			t->partition_folders = true;
	}
	if (e->size == 0)
		return;
	if (t->oldest == NULL || info->time < t->oldest->info.time)
		newest_set_to(&t->oldest, e, info);
	if (t->newest == NULL || info->time >= t->newest->info.time)
		newest_set_to(&t->newest, e, info);
}

/* Note what an object in the table's folder, or in that of changes, tells. */
static void
take_object(Walk *w, const StoreEntry *e, const char *prefix)
{
	FoundTable *t = w->table;
	const char *dir = e->key + strlen(prefix);
	const char *base = manifest_file_name(e->key);
	size_t		dirlen = base - dir;
	NameInfo	info;

	switch (name_parse(base, strlen(base), &info))
	{
		case NAME_LOAD:
		case NAME_SEGMENT:
			take_load(t, e, &info, dir, dirlen);
			break;
		case NAME_CDC:
			take_change(t, e, &info, dir, dirlen);
			break;
		case NAME_TXN:
			discover_txn_met(w->result, e->key);
			break;
		default:
			if (t->dfm == NULL && e->size > 0 && starts_with(base, "LOAD") &&
				ends_with(base, ".dfm"))
				t->dfm = newest_object(e, &info);
			if (t->near_load == NULL &&
				name_near(base, strlen(base)) == NAME_LOAD)
				t->near_load = pstrdup(e->key);
			break;
	}
}

static void
find_newest(Walk *w, const char *prefix)
{
	FoundTable *t = w->table;
	FoundObject *newest = NULL;
	DateSequence seq = DATE_YYYYMMDD;
	char		delimiter = '/';

	if (t->newest == NULL)
		return;
	if (!t->dates)
		newest = newest_probe(w->spec->store, prefix, t->newest);
	else if (discover_date_layout(t, &seq, &delimiter))
		newest = newest_probe_dates(w->spec->store, prefix, seq,
										 delimiter);
	if (newest != NULL)
		t->newest = newest;
}

/*
 * Listing
 */

static void
walk_open(Walk *w, const char *prefix, const char *start_after)
{
	if (w->lister)
		store_list_close(w->lister);
	w->lister = store_list(w->spec->store, prefix, start_after, false);
	w->have_entry = false;
}

/* The next object that lies in prefix, which stays at hand if it does not. */
static bool
walk_next(Walk *w, const char *prefix)
{
	for (;;)
	{
		int			cmp;

		CHECK_FOR_INTERRUPTS();
		if (!w->have_entry)
			w->have_entry = store_list_next(w->lister, &w->entry);
		if (!w->have_entry)
			return false;
		cmp = strncmp(w->entry.key, prefix, strlen(prefix));
		if (cmp > 0)
			return false;
		w->have_entry = cmp == 0 ? w->have_entry : false;
		if (cmp == 0)
			return true;
	}
}

/* List what lies in prefix, leaving out the middle of what is long. */
static void
walk_folder(Walk *w, const char *list_prefix, const char *prefix)
{
	w->digits = w->others = 0;
	w->jumped = false;
	while (walk_next(w, prefix))
	{
		const char *rest = w->entry.key + strlen(prefix);

		w->have_entry = false;
		if (rest[0] == '\0')
			continue;			/* the marker of the folder */
		take_object(w, &w->entry, prefix);
		if ((unsigned char) rest[0] < ':')
			w->digits++;
		else
			w->others++;
		if (w->digits >= DISCOVER_PATIENCE && !w->jumped)
		{
			w->jumped = true;
			walk_open(w, list_prefix, psprintf("%s:", prefix));
		}
		else if (w->others >= DISCOVER_PATIENCE)
		{
			/* '0' comes right behind the slash */
			char	   *behind = pstrdup(prefix);

			behind[strlen(behind) - 1] = '0';
			walk_open(w, list_prefix, behind);
			break;
		}
	}
	if (w->jumped)
		find_newest(w, prefix);
}

static FoundTable *
table_create(const DiscoverSpec *spec, const char *folder)
{
	FoundTable *t = palloc0(sizeof(FoundTable));

	t->folder = pstrdup(folder);
	t->prefix = psprintf("%s%s/", spec->schema, folder);
	return t;
}

static void
keep_table(Discovery *d, FoundTable *t)
{
	if (t->nload > 0 || t->nchanges > 0)
		d->tables[d->ntables++] = t;
}

/* List n wanted folders that follow each other without another between. */
static void
walk_run(Walk *w, List *folders, int from, int n)
{
	const char *schema = w->spec->schema;
	char	   *first = psprintf("%s%s/", schema,
								 (char *) list_nth(folders, from));
	const char *list_prefix = n == 1 ? first : schema;

	walk_open(w, list_prefix, n == 1 ? NULL : first);
	for (int i = 0; i < n; i++)
	{
		w->table = table_create(w->spec, list_nth(folders, from + i));
		walk_folder(w, list_prefix, w->table->prefix);
		keep_table(w->result, w->table);
	}
	store_list_close(w->lister);
	w->lister = NULL;
}

static int
name_cmp(const void *a, const void *b, void *arg)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Returns the folders' names in order, palloc'd. */
static char **
sorted_names(List *folders)
{
	char	  **names = palloc(sizeof(char *) * Max(list_length(folders), 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, folders)
		names[n++] = lfirst(lc);
	sort_items(names, n, sizeof(char *), name_cmp, NULL);
	return names;
}

/* True if a folder has that name, of which len bytes count. */
static bool
has_folder(char **names, int n, const char *name, size_t len)
{
	int			low = 0;
	int			high = n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		int			c = strncmp(names[middle], name, len);

		if (c == 0 && names[middle][len] == '\0')
			return true;
		/* what is longer comes behind */
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* True if the folder is another one's T__ct. */
static bool
is_changes_folder(char **names, int n, const char *name)
{
	return ends_with(name, CT_SUFFIX) &&
		has_folder(names, n, name, strlen(name) - strlen(CT_SUFFIX));
}

/* The changes of Qlik's tables lie in folders of their own. */
static void
walk_changes(Walk *w, char **names, int n)
{
	for (int i = 0; i < w->result->ntables; i++)
	{
		FoundTable *t = w->result->tables[i];
		char	   *name = psprintf("%s%s", t->folder, CT_SUFFIX);
		/* where folders were not listed, look */
		bool		there = w->spec->names != NIL && t->nchanges == 0;

		CHECK_FOR_INTERRUPTS();
		if (!there && !has_folder(names, n, name, strlen(name)))
			continue;
		w->table = t;
		name = psprintf("%s%s/", w->spec->schema, name);
		walk_open(w, name, NULL);
		walk_folder(w, name, name);
		store_list_close(w->lister);
		w->lister = NULL;
		if (t->nchanges > 0)
			t->changes = name;
	}
}

Discovery *
discover(const DiscoverSpec *spec)
{
	Discovery  *d = palloc0(sizeof(Discovery));
	Walk		w = {.spec = spec, .result = d};
	List	   *folders = spec->names != NIL ? spec->names :
		discover_folders(spec->store, spec->schema);
	int			n = list_length(folders);
	char	  **names = sorted_names(folders);

	d->nfolders = n;
	d->tables = palloc(sizeof(FoundTable *) * Max(n, 1));
	for (int i = 0; i < n;)
	{
		int			run = 0;

		while (i + run < n && !is_changes_folder(names, n, list_nth(folders, i + run)) &&
			   (spec->wanted == NULL ||
				spec->wanted(list_nth(folders, i + run), spec->arg)))
			run++;
		/* names that were given follow nothing */
		if (run > 1 && spec->names != NIL)
			run = 1;
		if (run > 0)
			walk_run(&w, folders, i, run);
		i += Max(run, 1);
	}
	walk_changes(&w, names, n);
	discover_txn(spec, d);
	return d;
}
