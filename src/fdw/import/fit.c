/*-------------------------------------------------------------------------
 *
 * fit.c
 *	  Which tables of a source schema can be made here.
 *
 * The statements that IMPORT FOREIGN SCHEMA returns are PostgreSQL's to run: one
 * that fails ends the whole.  So whatever names and numbers of the log would make
 * it fail is found before, and is the problem of that table alone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "mb/pg_wchar.h"
#include "nodes/value.h"

#include "base/sort.h"
#include "fdw/import/import.h"
#include "log/shown.h"

/* ---- folders ---- */

bool
import_is_nameable(const char *folder)
{
	size_t		len = strlen(folder);

	if (!pg_verifymbstr(folder, len, true))
		return false;
	for (size_t i = 0; GetDatabaseEncoding() != PG_UTF8 && i < len; i++)
		if (IS_HIGHBIT_SET(folder[i]))
			return false;
	return true;
}

static bool
has_control(const char *text)
{
	for (const char *s = text; *s != '\0'; s++)
		if (store_control(s) > 0)
			return true;
	return false;
}

/* True if a segment of the path is "." or "..". */
static bool
has_dots(const char *path)
{
	for (const char *s = path;; s++)
	{
		size_t		len = strcspn(s, "/");

		if (len >= 1 && len <= 2 && strspn(s, ".") == len)
			return true;
		s += len;
		if (*s == '\0')
			return false;
	}
}

const char *
import_path_problem(const char *path)
{
	if (!import_is_nameable(path))
		return psprintf("is no text of the database's encoding, %s",
						pg_encoding_to_char(GetDatabaseEncoding()));
	if (has_control(path))
		return "has a control character";
	if (has_dots(path))
		return "is \".\" or \"..\", which options refuse";
	return NULL;
}

/* ---- names of tables ---- */

static size_t
longest_name(const ImportOptions *opts, const char *name)
{
	size_t		longest = 0;

	for (LogMode m = 0; m < LOG_MODES; m++)
		if (opts->modes[m])
			longest = Max(longest, strlen(name) + strlen(opts->suffix[m]));
	return longest;
}

void
import_check_name(const Import *import, ImportTable *t)
{
	const FoundTable *f = t->found;
	const char *unnamed = import_path_problem(f->folder);
	const char *within = f->snapshot != NULL ?
		import_path_problem(f->snapshot) : NULL;

	if (unnamed != NULL)
		t->problem = psprintf("its folder's name %s", unnamed);
	else if (longest_name(import->opts, t->name) >= NAMEDATALEN)
	{
		t->problem = psprintf("its name is longer than %d bytes",
							  NAMEDATALEN - 1);
		t->problem_hint = "Create the foreign table by hand, with the folder's name as option \"table_name\".";
	}
	else if (f->snapshots)
	{
		t->problem = "its folder has several full loads, each a snapshot of its own";
		t->problem_hint = "Create the foreign table by hand, with the newest snapshot's folder as option \"prefix\", and changes_from as its name says.";
	}
	else if (within != NULL)
		t->problem = psprintf("the name of its snapshot's folder %s", within);
	else if (f->parquet)
		t->problem = "its files are Parquet, which is not supported yet";
}

static int
compare_tables(const ListCell *a, const ListCell *b)
{
	return strcmp(((ImportTable *) lfirst(a))->name,
				  ((ImportTable *) lfirst(b))->name);
}

static void
fold_problem(ImportTable *t, const ImportTable *other)
{
	t->problem = psprintf("folder \"%s\" folds to the same name",
						  store_clean_text(other->found->folder));
	t->problem_hint = "Import with identifier_case 'keep'.";
}

/* Two folders that fold to one name are both left out. */
void
import_check_folds(Import *import)
{
	List	   *sorted = list_copy(import->tables);
	ImportTable *previous = NULL;
	ListCell   *lc;

	list_sort(sorted, compare_tables);
	foreach(lc, sorted)
	{
		ImportTable *t = lfirst(lc);

		if (previous != NULL && strcmp(previous->name, t->name) == 0)
		{
			fold_problem(t, previous);
			fold_problem(previous, t);
		}
		previous = t;
	}
	list_free(sorted);
}

/* ---- columns ---- */

char *
import_column_misfit(const ImportColumn *c)
{
	bool		written = c->source != NULL &&
		(c->model == NULL || c->model->column_name == NULL);

	if (!written || strlen(import_name_list(c->source)) <= IMPORT_NAME_MAX)
		return NULL;
	return psprintf("the name of its column \"%s\" is longer than %d bytes",
					shown_text(c->source, strlen(c->source)),
					IMPORT_NAME_MAX);
}

char *
import_misfit(const Import *import, const ImportTable *t, LogMode mode)
{
	int			added = import_added_columns(import->opts, mode);

	if (t->ncolumns + added > MaxHeapAttributeNumber)
		return psprintf(added > 0 ?
						"with those that are added it would have %d columns, and PostgreSQL takes %d" :
						"it would have %d columns, and PostgreSQL takes %d",
						t->ncolumns + added, MaxHeapAttributeNumber);
	for (int i = 0; i < t->ncolumns; i++)
	{
		char	   *misfit = import_column_misfit(&t->columns[i]);

		if (misfit != NULL)
			return misfit;
	}
	return NULL;
}

/* ---- all together ---- */

/* One foreign table that is to be made. */
typedef struct Made
{
	char	   *name;
	ImportTable *table;
} Made;

/* By name; of one name the shorter source table comes first. */
static int
compare_made(const void *a, const void *b, void *arg)
{
	const Made *x = a;
	const Made *y = b;
	int			cmp = strcmp(x->name, y->name);
	size_t		xlen = strlen(x->table->name);
	size_t		ylen = strlen(y->table->name);

	return cmp != 0 ? cmp : (xlen > ylen) - (xlen < ylen);
}

/*
 * Where the table of a mode is called as another folder's table ("item_history"),
 * the latter is left out.
 */
static void
check_made(Made *made, int n)
{
	const Made *last = NULL;

	sort_items(made, n, sizeof(Made), compare_made, NULL);
	for (int i = 0; i < n; i++)
	{
		ImportTable *t = made[i].table;

		if (t->problem != NULL)
			continue;
		if (last != NULL && strcmp(last->name, made[i].name) == 0)
		{
			t->problem = psprintf("a table of folder \"%s\" is called \"%s\", too",
								  last->table->found->folder, last->name);
			t->problem_hint = "Set options \"history_suffix\" and \"changes_suffix\" to texts in which no folder's name ends.";
		}
		else
			last = &made[i];
	}
}

void
import_check_fit(Import *import)
{
	Made	   *made = palloc(sizeof(Made) * LOG_MODES *
							  Max(list_length(import->tables), 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, import->tables)
	{
		ImportTable *t = lfirst(lc);

		for (LogMode m = 0; m < LOG_MODES; m++)
			if (import->opts->modes[m] && t->problem == NULL)
				t->problem = import_misfit(import, t, m);
		for (LogMode m = 0; m < LOG_MODES; m++)
			if (import->opts->modes[m] && t->problem == NULL)
				made[n++] = (Made) {
				import_mode_name(import->opts, t->name, m), t
			};
	}
	check_made(made, n);
	pfree(made);
}

void
import_report_problem(const Import *import, const ImportTable *t)
{
	ereport(import->opts->untyped_error ? ERROR : WARNING,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("table \"%s\" of remote schema \"%s\" cannot be imported: %s",
					t->name, import->remote, t->problem),
			 t->problem_hint ? errhint("%s", t->problem_hint) : 0));
}
