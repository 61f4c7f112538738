/*-------------------------------------------------------------------------
 *
 * look.c
 *	  What is looked at of a file to know whether it is read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <xxhash.h>

#include "common/int.h"
#include "common/pg_prng.h"
#include "lib/stringinfo.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "log/erroption.h"
#include "log/nearby.h"
#include "replay/look.h"

/* Files whose looks are remembered, and are made in one go. */
#define LOOKS_MOST	(128 * 1024)
#define LOOK_AHEAD	256

TimestampTz
look_shifted(TimestampTz time, int64 span)
{
	TimestampTz result;

	if (TIMESTAMP_NOT_FINITE(time))
		return time;
	if (pg_add_s64_overflow(time, span, &result) ||
		!IS_VALID_TIMESTAMP(result))
		return span > 0 ? DT_NOEND : DT_NOBEGIN;
	return result;
}

/*
 * What looks found
 */

/* Of an object as it was listed, read by these options. */
typedef struct LookKey
{
	uint64		low;
	uint64		high;
} LookKey;

typedef enum LookKind
{
	LOOK_FIRST,
	LOOK_LAST,
	LOOK_KEYS
} LookKind;

typedef struct Look
{
	LookKey		key;
	TimestampTz time;			/* DT_NOEND: it has no record */
} Look;

static HTAB *looks = NULL;
static uint64 looks_seed;

static void
looks_open(void)
{
	HASHCTL		ctl = {
		.keysize = sizeof(LookKey),
		.entrysize = sizeof(Look),
		.hcxt = CacheMemoryContext
	};

	/* some megabytes at most: begin anew where more files are looked at */
	if (looks != NULL && hash_get_num_entries(looks) >= LOOKS_MOST)
	{
		hash_destroy(looks);
		looks = NULL;
	}
	if (looks != NULL)
		return;
	if (looks_seed == 0)
		looks_seed = pg_prng_uint64(&pg_global_prng_state) | 1;
	looks = hash_create("cdc_fdw looks", 1024, &ctl,
						HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static void
add_text(StringInfo s, const char *text)
{
	appendBinaryStringInfo(s, text ? text : "\1", text ? strlen(text) + 1 : 2);
}

/* All that decides where the first time stands. */
static void
add_layout(StringInfo s, const LogConfig *c)
{
	int			flags[] = {
		c->dialect.delimiter, c->dialect.quote, c->dialect.terminator,
		c->dialect.crlf, c->dialect.asks_crlf, c->header, c->op_in_load,
		c->inserts_only, c->inserts_and_updates, c->cdc_path != NULL,
		c->gzip_only
	};

	appendBinaryStringInfo(s, (char *) flags, sizeof(flags));
	add_text(s, c->op_column);
	add_text(s, c->timestamp_column);
	/* in transaction files the record of any table counts */
	for (int i = 0; i < c->ncolumns && c->cdc_path == NULL; i++)
	{
		const LogColumn *col = &c->columns[i];
		int			kind[] = {
			col->role, col->key, col->before_of, col->position, col->may_lack
		};

		appendBinaryStringInfo(s, (char *) kind, sizeof(kind));
		for (int n = 0; n < col->nnames; n++)
			add_text(s, col->names[n]);
	}
}

static bool
is_kept(const LogFile *file, LookKind kind)
{
	return file->etag != NULL &&
		(kind == LOOK_KEYS || file->kind == NAME_CDC || file->kind == NAME_TXN);
}

/* The place where a look is kept; NULL: this file's is not. */
static Look *
look_place(Store *store, const LogConfig *config, const LogFile *file,
		   LookKind kind, bool enter, bool *known)
{
	uint64		numbers[] = {store_identity(store), file->size, kind};
	StringInfoData s;
	XXH128_hash_t hash;
	LookKey		key;

	*known = false;
	if (!is_kept(file, kind))
		return NULL;
	looks_open();
	initStringInfo(&s);
	appendBinaryStringInfo(&s, (char *) numbers, sizeof(numbers));
	add_text(&s, file->etag);
	add_text(&s, file->key);
	if (kind == LOOK_KEYS)
	{
		appendBinaryStringInfo(&s, config->said.data, config->said.len);
		/* its evidence decides how the file is read */
		appendBinaryStringInfo(&s, (char *) &config->has_known_at, sizeof(bool));
		appendBinaryStringInfo(&s, (char *) &config->known_at,
							   sizeof(TimestampTz));
	}
	else
		add_layout(&s, config);
	hash = XXH3_128bits_withSeed(s.data, s.len, looks_seed);
	pfree(s.data);
	key = (LookKey) {hash.low64, hash.high64};
	return hash_search(looks, &key, enter ? HASH_ENTER : HASH_FIND, known);
}

static void
remember(Store *store, const LogConfig *config, const LogFile *file,
		 LookKind kind, bool found, TimestampTz time)
{
	bool		known;
	Look	   *look = look_place(store, config, file, kind, true, &known);

	if (look != NULL)
		look->time = found ? time : DT_NOEND;
}

/* Read what a reader that was opened for a look gives, and close it. */
static bool
end_look(LogReader *reader, Store *store, const LogConfig *config,
		 const LogFile *file, LogPosition *position, TimestampTz *time)
{
	bool		found = reader_first_time(reader, time);
	bool		cut = reader_cut(reader);

	reader_close(reader);
	if (!found && cut)
	{
		reader = reader_open(store, config, file, -1, position);
		found = reader_first_time(reader, time);
		reader_close(reader);
	}
	remember(store, config, file, LOOK_FIRST, found, *time);
	return found;
}

bool
look_first_time(Store *store, const LogConfig *config, const LogFile *file,
				LogPosition *position, TimestampTz *time, int64 *made)
{
	bool		known;
	Look	   *look = look_place(store, config, file, LOOK_FIRST, false, &known);

	if (known)
	{
		*time = look->time;
		return look->time != DT_NOEND;
	}
	if (made != NULL)
		(*made)++;
	return end_look(reader_open(store, config, file, LOOK_BYTES, position),
					store, config, file, position, time);
}

bool
look_last_time(Store *store, const LogConfig *config, const LogFile *file,
			   LogPosition *position, TimestampTz *time)
{
	bool		known;
	Look	   *look = look_place(store, config, file, LOOK_LAST, false, &known);
	LogReader  *reader;
	LogRecord	rec;

	if (known)
	{
		*time = look->time;
		return look->time != DT_NOEND;
	}
	*time = DT_NOBEGIN;
	reader = reader_open(store, config, file, -1, position);
	while (reader_next(reader, &rec))
		*time = Max(*time, rec.time);
	reader_close(reader);
	remember(store, config, file, LOOK_LAST, *time != DT_NOBEGIN, *time);
	return *time != DT_NOBEGIN;
}

bool
look_keys_known(Store *store, const LogConfig *config, const LogFile *file,
				bool *records)
{
	bool		known;
	Look	   *look = look_place(store, config, file, LOOK_KEYS, false, &known);

	*records = known && look->time != DT_NOEND;
	return known;
}

void
look_keys_passed(Store *store, const LogConfig *config, const LogFile *file,
				 bool records)
{
	remember(store, config, file, LOOK_KEYS, records, DT_NOBEGIN);
}

int
look_ahead(Store *store, const LogConfig *config, Manifest *part, int i,
		   TimestampTz named_to, LogPosition *position, int64 *made)
{
	int			most = store_most_open(store);
	const LogFile **files = palloc(sizeof(LogFile *) * LOOK_AHEAD);
	LogReader **readers = palloc0(sizeof(LogReader *) * LOOK_AHEAD);
	const LogFile *f;
	int			n = 0;
	int			next = 0;
	TimestampTz time;

	while (n < LOOK_AHEAD && (f = manifest_cdc(part, i)) != NULL &&
		   f->time <= named_to)
	{
		bool		known;

		(void) look_place(store, config, f, LOOK_FIRST, false, &known);
		if (!known)
			files[n++] = f;
		i++;
	}
	for (int done = 0; done < n; done++)
	{
		for (; next < n && next < done + most; next++)
			readers[next] = reader_open(store, config, files[next], LOOK_BYTES,
										position);
		(*made)++;
		(void) end_look(readers[done], store, config, files[done], position,
						&time);
	}
	pfree(files);
	pfree(readers);
	return i;
}

int
look_ran_back(const LogConfig *config, TimestampTz *last, TimestampTz first,
			  bool newest_first)
{
	bool		ran_back;

	if (first == DT_NOEND)
		return 0;
	ran_back = config->timestamp_column != NULL &&
		(newest_first ? first > *last : first < *last);
	*last = first;
	return ran_back;
}

const char *
look_instant(TimestampTz at)
{
	return pstrdup(timestamptz_to_str(at));
}

bool
look_is_named_later(const LogFile *file, const LogConfig *config,
					TimestampTz time)
{
	if (file->time <= time && file->time_hi > time)
		look_repeated_hour(file, config, time, "known_at");
	return file->time > time;
}

void
look_repeated_hour(const LogFile *file, const LogConfig *config,
				   TimestampTz time, const char *option)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("the instant asked for lies in an hour that the clock of date_partition_timezone shows twice"),
			 errdetail("It is not known whether file \"%s\" of foreign table \"%s\" is earlier or later than %s.",
					   file->key, config->foreign_table, look_instant(time)),
			 errhint("Take an instant before or after that hour for %s.", option),
			 erroption(option)));
}

/* Raise that nothing lies in folder.  advice: what to check, and to set. */
static void
raise_nothing(Store *store, const char *message, const char *folder,
			  const char *nearby, const char *advice)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
			 erroption("allow_empty"),
			 errmsg("%s \"%s\"", message, store_uri(store, folder)),
			 errhint("%s%s%s", nearby != NULL ? nearby : "",
					 nearby != NULL ? " " : "", advice)));
}

void
look_check_folder(Manifest *part, Store *store, const LogConfig *config)
{
	const char *folder = manifest_folder(part);
	const char *nearby;
	int			nbase;

	if (manifest_is_pinned(part))
		return;					/* it was seen to then */
	(void) manifest_base(part, &nbase);
	if (nbase > 0 || config->allow_empty || manifest_cdc(part, 0) != NULL)
		return;
	nearby = nearby_hint(store, folder, 0);
	if (nearby == NULL && config->changes_prefix != NULL)
		nearby = nearby_hint(store, config->changes_prefix, 0);
	raise_nothing(store, "nothing of a change log lies under", folder, nearby,
				  "Check url, schema_name and table_name; a source table that never had a row leaves no folder, which option allow_empty accepts.");
}

void
look_check_transactions(Manifest *part, Store *store, const LogConfig *config)
{
	if (config->cdc_path == NULL || config->allow_empty ||
		manifest_is_pinned(part) || manifest_cdc(part, 0) != NULL)
		return;
	raise_nothing(store, "no transaction file lies under", config->cdc_path,
				  nearby_hint(store, config->cdc_path, 0),
				  "Check option cdc_path; where the task has not written any change yet, of no table, option allow_empty accepts that.");
}
