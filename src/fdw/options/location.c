/*-------------------------------------------------------------------------
 *
 * location.c
 *	  Where a log lies: the options that say so, and how they go together.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/lsyscache.h"

#include "base/sort.h"
#include "fdw/options/location.h"

/* "s3://bucket[/folder]", palloc'd */
static char *
bucket_url(const char *bucket, const char *folder)
{
	if (folder == NULL)
		return psprintf("s3://%s", bucket);
	return psprintf("s3://%s/%s", bucket, option_trim_slash(folder));
}

/* Does url name base itself or a folder under it?  *rest is what follows. */
static bool
url_is_under(const char *url, const char *base, const char **rest)
{
	size_t		len = strlen(base);

	if (len > 0 && base[len - 1] == '/')
		len--;
	if (strncmp(url, base, len) != 0 ||
		(url[len] != '/' && url[len] != '\0'))
		return false;
	*rest = url[len] == '/' ? url + len + 1 : url + len;
	return true;
}

/* Where the server says its log lies, or NULL if it does not; palloc'd. */
char *
location_server_url(const OptionValues *v, const char *server_name)
{
	const char *bucket = option_text(v, OPT_BUCKET_NAME);
	const char *folder = option_text(v, OPT_BUCKET_FOLDER);
	const char *url = option_text(v, OPT_URL);
	char	   *trimmed;
	char	   *url_bucket;
	const char *url_folder;

	if (url == NULL)
		return bucket ? bucket_url(bucket, folder) : NULL;
	/* a local directory stands for the bucket's folder */
	if (option_url_is_file(url))
		return strcmp(url, "file:///") == 0 ? pstrdup(url) :
			option_trim_slash(url);

	trimmed = option_trim_slash(url);
	url_bucket = pnstrdup(trimmed + 5, strcspn(trimmed + 5, "/"));
	url_folder = trimmed + 5 + strlen(url_bucket);
	if (*url_folder == '/')
		url_folder++;
	if ((bucket != NULL && strcmp(bucket, url_bucket) != 0) ||
		(folder != NULL &&
		 strcmp(option_trim_slash(folder), url_folder) != 0))
		contradiction(errmsg("url \"%s\" of server \"%s\" does not agree with its bucket",
							 url, server_name),
					  errdetail("The settings say \"%s\".",
								bucket_url(bucket ? bucket : url_bucket,
										   folder)),
					  errhint("Leave out \"url\", or write it with the same bucket and folder."));
	return trimmed;
}

/*
 * Where the log of this table lies: where the server says, or in a folder
 * under it.  Never elsewhere, since the server's owner decides what is read
 * with the credentials kept for it.
 */
static const char *
table_url(const TableValues *v, const char *server_name)
{
	const char *bucket = option_text(&v->table, OPT_BUCKET_NAME);
	const char *folder = option_text(&v->table, OPT_BUCKET_FOLDER);
	char	   *base = location_server_url(&v->server, server_name);
	const char *rest;
	char	   *url;

	if (base == NULL)
	{
		if (bucket == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
					 errmsg("server \"%s\" does not say where the log lies",
							server_name),
					 errhint("Set its option \"url\" to s3://bucket[/folder] or file:///dir, or give \"bucket_name\".")));
		return bucket_url(bucket, option_text(&v->merged, OPT_BUCKET_FOLDER));
	}
	if (option_url_is_file(base) || (bucket == NULL && folder == NULL))
		return base;
	if (bucket == NULL)
		bucket = pnstrdup(base + 5, strcspn(base + 5, "/"));
	else if (folder == NULL &&
			 url_is_under(base, bucket_url(bucket, NULL), &rest))
		return base;
	url = bucket_url(bucket, folder);
	if (!url_is_under(url, base, &rest))
		contradiction(errmsg("the table's bucket settings say \"%s\", which is not under \"%s\"",
							 url, base),
					  errdetail("Server \"%s\" reads nothing outside of it.",
								server_name));
	return url;
}

/* The table's folder as its option "prefix" says it, without last slash. */
static char *
relative_prefix(const char *prefix, const char *url)
{
	const char *rest = prefix;

	if (option_is_url(prefix) && !url_is_under(prefix, url, &rest))
		contradiction(errmsg("prefix \"%s\" is not under the server's url \"%s\"",
							 prefix, url));
	option_check_folder(rest, "option \"prefix\"");
	return option_trim_slash(rest);
}

/* The change files may lie in a folder of their own. */
static void
read_changes_place(const TableValues *v, CdcOptions *opts)
{
	const char *prefix = option_text(&v->table, OPT_CHANGES_PREFIX);

	if (prefix == NULL)
		return;
	if (opts->log.cdc_path != NULL)
		contradiction(errmsg("options \"changes_prefix\" and \"preserve_transactions\" exclude each other"));
	if (opts->log.nfolders > 1)
		contradiction(errmsg("option \"prefix\" cannot name several folders with \"changes_prefix\""));
	opts->log.changes_prefix =
		psprintf("%s/", relative_prefix(prefix, opts->url));
}

static int
compare_folders(const void *a, const void *b, void *arg)
{
	CHECK_FOR_INTERRUPTS();
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/*
 * Raises an error where a folder lies in another.  There may be thousands of
 * them: what begins like a folder stands right behind it in byte order.
 */
static void
check_apart(const char *const *folders, int n)
{
	const char **sorted = palloc(sizeof(char *) * n);

	memcpy(sorted, folders, sizeof(char *) * n);
	sort_items(sorted, n, sizeof(char *), compare_folders, NULL);
	for (int i = 1; i < n; i++)
		if (strncmp(sorted[i - 1], sorted[i], strlen(sorted[i - 1])) == 0)
			contradiction(errmsg("the folders of option \"prefix\" overlap"),
						  errdetail("What lies under \"%s\" would be read twice.",
									sorted[i]));
	pfree(sorted);
}

/* The folders that option "prefix" names. */
static void
read_folders(const OptionValues *v, const char *url, LogConfig *log)
{
	const char **names = NULL;
	int			n = option_text(v, OPT_PREFIX) != NULL ?
		option_names(v, OPT_PREFIX, &names) : 0;

	log->nfolders = Max(n, 1);
	log->folders = palloc(sizeof(char *) * log->nfolders);
	log->folders[0] = "";
	for (int i = 0; i < n; i++)
	{
		char	   *folder;

		CHECK_FOR_INTERRUPTS();
		folder = relative_prefix(names[i], url);
		log->folders[i] = folder[0] != '\0' ? psprintf("%s/", folder) : "";
		pfree(folder);
	}
	check_apart(log->folders, log->nfolders);
	log->prefix = log->folders[0];
}

void
location_read(const TableValues *v, CdcOptions *opts)
{
	LogConfig  *log = &opts->log;
	const char *schema = option_text(&v->table, OPT_SCHEMA_NAME);
	const char *table = option_text(&v->table, OPT_TABLE_NAME);
	const char *prefix = v->table.text[OPT_PREFIX];
	const char *cdc_path = option_text(&v->merged, OPT_CDC_PATH);
	bool		txn = option_bool(&v->merged, OPT_PRESERVE_TRANSACTIONS,
								  false);

	opts->url = table_url(v, opts->server_name);
	if (txn && cdc_path == NULL)
		contradiction(errmsg("option \"preserve_transactions\" needs option \"cdc_path\""),
					  errdetail("The transaction files of all tables lie in that folder."));
	log->cdc_path = txn ? psprintf("%s/", option_trim_slash(cdc_path)) : NULL;

	if (prefix != NULL && txn && (schema == NULL || table == NULL))
		contradiction(errmsg("option \"prefix\" with \"preserve_transactions\" needs \"schema_name\" and \"table_name\""),
					  errdetail("Records of all tables share the transaction files and are told apart by these names."));
	if (prefix != NULL && !txn && (schema != NULL || table != NULL))
		contradiction(errmsg("option \"prefix\" cannot stand beside \"schema_name\" or \"table_name\""),
					  errhint("Give the folder either whole, as \"prefix\", or by its two names."));
	if (prefix == NULL && schema == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("foreign table \"%s\" does not say where its files lie",
						get_rel_name(opts->relid)),
				 errhint("Set option \"schema_name\" to the schema of the source table, or option \"prefix\" to the table's folder.")));

	if (prefix != NULL)
		read_folders(&v->table, opts->url, log);
	else
	{
		if (table == NULL)
		{
			table = get_rel_name(opts->relid);
			option_check_folder(table, "the table's name");
		}
		log->prefix = psprintf("%s/%s/", option_trim_slash(schema),
							   option_trim_slash(table));
		log->nfolders = 1;
		log->folders = &log->prefix;
	}
	if (txn && log->nfolders > 1)
		contradiction(errmsg("option \"prefix\" cannot name several folders with \"preserve_transactions\""),
					  errdetail("The changes of all of them lie in one folder, \"cdc_path\"."));
	log->schema_name = schema;
	log->table_name = table;
	read_changes_place(v, opts);
}
