/*-------------------------------------------------------------------------
 *
 * reader.c
 *	  The records of one file, taken apart and read by the file's layout.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "log/advice.h"
#include "log/erroption.h"
#include "log/evidence.h"
#include "log/layouts.h"
#include "log/names.h"
#include "log/reader_state.h"
#include "log/shown.h"
#include "log/spares.h"
#include "log/undeclared.h"

static void
reader_free(void *arg)
{
	LogReader  *r = arg;

	csv_destroy(r->csv);
	unzip_close(r->unzip);
	layouts_release(r->layout);
	spares_note(Max(r->limit, r->inflated));
	r->csv = NULL;
	r->unzip = NULL;
	r->layout = NULL;
}

LogReader *
reader_open(Store *store, const LogConfig *config, const LogFile *file,
			int64 limit, LogPosition *position)
{
	MemoryContext parent = CurrentMemoryContext;
	MemoryContext ctx = AllocSetContextCreate(parent, "cdc_fdw file",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(ctx);
	LogReader  *r = palloc0(sizeof(LogReader));
	MemoryContextCallback *cb = palloc0(sizeof(MemoryContextCallback));

	r->ctx = ctx;
	r->parent = parent;
	cb->func = reader_free;
	cb->arg = r;
	MemoryContextRegisterResetCallback(ctx, cb);
	spares_begin();
	r->store = store;
	r->config = config;
	r->file = file;
	r->known = *file;
	r->known.evidence = evidence_known(file->evidence, config);
	r->kind = file->kind == NAME_TXN ? LAYOUT_TXN :
		file->kind == NAME_CDC ? LAYOUT_CDC : LAYOUT_LOAD;
	r->position = position;
	r->uri = store_uri(store, file->key);
	r->limit = limit >= 0 ? Min(limit, file->size) : file->size;
	/* microsecond 0 */
	memcpy(r->minute_text, "2000-01-01 00:00:", PLAIN_MINUTE_LEN);
	r->input = palloc(READER_INPUT);
	r->source = store_read_open(store, file->key, file->version, file->etag,
								file->size, limit >= 0 && limit < file->size ?
								limit : -1);
	r->cut = limit >= 0 && limit < file->size;
	MemoryContextSwitchTo(old);
	return r;
}

void
reader_filter(LogReader *r, const KeyFilter *filter)
{
	r->filter = filter;
}

void
reader_watch(LogReader *r, Progress *progress)
{
	r->progress = progress;
}

void
reader_unread(LogReader *r)
{
	progress_add(r->progress, PROGRESS_BYTES_DONE, -r->told);
	progress_add(r->progress, PROGRESS_FILES_DONE, -(int64) r->end);
}

void
reader_close(LogReader *r)
{
	if (r == NULL)
		return;
	store_read_close(r->source);
	if (r->position->uri == r->uri)
		memset(r->position, 0, sizeof(LogPosition));
	MemoryContextDelete(r->ctx);
}

void
reader_share(LogReader *r, int64 bytes)
{
	r->shared = true;
	store_read_share(r->source, bytes);
	reader_unzip_ahead(r);
}

void
reader_at(LogReader *r, int64 line, const char *column)
{
	r->position->uri = r->uri;
	r->position->line = line;
	r->position->column = column;
}

/* How far into a record op, time, key and sequence reach. */
static void
count_peek_fields(LogReader *r)
{
	const LogConfig *c = r->config;
	int			last = Max(r->layout->op, r->layout->time);

	for (int i = 0; i < c->nkeys; i++)
		last = Max(last, r->layout->pos[c->keys[i]]);
	if (c->sequence >= 0)
		last = Max(last, r->layout->pos[c->sequence]);
	/* whose record it is stands further on */
	r->peek_fields = r->kind == LAYOUT_TXN ? INT_MAX : last + 1;
	layout_plain_shape(c, r->kind, r->layout, &r->shape);
}

/* Finds the layout by the file's first record, which is its header or not. */
static void
find_layout(LogReader *r, const CsvRecord *first)
{
	MemoryContext own = AllocSetContextCreate(r->ctx, "cdc_fdw layout",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(own);
	Layout	   *l;

	if (r->config->header)
		l = layout_from_header(r->config, r->kind, r->store, &r->known, first);
	else
		l = layout_from_record(r->config, r->kind, r->store, &r->known, first,
							   &r->position->column);
	r->layout = layouts_share(r->config, l);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(own);
	count_peek_fields(r);
}

static void
take_header(LogReader *r)
{
	MemoryContext old = MemoryContextSwitchTo(r->parent);
	CsvRecord	h;

	csv_get(r->csv, 0, &h);
	reader_at(r, h.line, NULL);
	find_layout(r, &h);
	r->header_taken = true;
	r->header_held = 1;
	r->next = 1;
	undeclared_tell(r->config, r->layout, r->csv);
	MemoryContextSwitchTo(old);
}

static bool
text_is(const CsvRecord *csv, int field, const char *s)
{
	return field < csv->nfields && csv_field(csv, field)->len == strlen(s) &&
		memcmp(csv_data(csv, field), s, csv_field(csv, field)->len) == 0;
}

static bool
text_folds(const CsvRecord *csv, int field, const char *s)
{
	return field < csv->nfields && csv_field(csv, field)->len == strlen(s) &&
		pg_strncasecmp(csv_data(csv, field), s, csv_field(csv, field)->len) == 0;
}

/* Returns whether a full load lies in the folder that schema and table name. */
static bool
is_loaded_by_name(const LogReader *r)
{
	const LogConfig *c = r->config;
	char	   *folder = psprintf("/%s/%s/", c->schema_name, c->table_name);
	char	   *prefix = psprintf("/%s", c->prefix);
	bool		named = strlen(prefix) >= strlen(folder) &&
		strcmp(prefix + strlen(prefix) - strlen(folder), folder) == 0;

	pfree(folder);
	pfree(prefix);
	return named && r->file->evidence != NULL &&
		evidence_first_load(r->file->evidence) != NULL;
}

/*
 * A record of a transaction file is of a table whose names, from field table
 * on, differ from the declared ones only in case: another table, if ours has a
 * full load under its own; else all its changes would be passed over.
 */
static void
check_other_case(LogReader *r, const CsvRecord *csv, int table)
{
	if (r->other_case_passes || r->config->schema_name == NULL ||
		!text_folds(csv, table, r->config->table_name) ||
		!text_folds(csv, table + 1, r->config->schema_name))
		return;
	r->other_case_passes = is_loaded_by_name(r);
	if (r->other_case_passes)
		return;
	reader_at(r, csv->line, NULL);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
			 errmsg("a record is of table \"%s\" of schema \"%s\", which differ from the declared names only in case",
					shown_field(csv, table),
					shown_field(csv, table + 1)),
			 errdetail("Foreign table \"%s\" is declared for table \"%s\" of schema \"%s\".",
					   r->config->foreign_table, r->config->table_name,
					   r->config->schema_name),
			 errhint("Set table_name and schema_name to the names as they stand in the records. If there are both tables, prefix must end in the declared names, where its full load lies."),
			 erroption("table_name")));
}

/* In a transaction file: is this a record of our table? */
static bool
is_ours(LogReader *r, const CsvRecord *csv)
{
	int			table = 1;
	int64		t;

	if (r->kind != LAYOUT_TXN)
		return true;
	/* a timestamp right behind the op moves table and schema */
	if (r->config->timestamp_column && csv->nfields > 3 &&
		!name_parse_timestamp(csv_data(csv, 3), csv_field(csv, 3)->len, &t) &&
		name_parse_timestamp(csv_data(csv, 1), csv_field(csv, 1)->len, &t))
		table = 2;
	if (text_is(csv, table, r->config->table_name) &&
		(r->config->schema_name == NULL ||
		 text_is(csv, table + 1, r->config->schema_name)))
		return true;
	check_other_case(r, csv, table);
	return false;
}

static void
wrong_width(LogReader *r, const CsvRecord *csv)
{
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg_plural("record has %d field where %d were expected",
						   "record has %d fields where %d were expected",
						   csv->nfields, csv->nfields, r->layout->width),
			 errdetail("Line %lld of file \"%s\"; every record of a file must have as many fields as its first.",
					   (long long) csv->line, r->uri)));
}

/* A time as DMS writes it. */
static bool
plain_time(LogReader *r, const char *s, TimestampTz *time)
{
	int64		seconds;

	if (memcmp(s, r->minute_text, PLAIN_MINUTE_LEN) == 0 &&
		name_parse_seconds(s + PLAIN_MINUTE_LEN, &seconds))
	{
		*time = r->minute + seconds;
		return true;
	}
	if (!name_parse_timestamp(s, PLAIN_TIME_LEN, time))
		return false;
	if (name_parse_seconds(s + PLAIN_MINUTE_LEN, &seconds))
	{
		memcpy(r->minute_text, s, PLAIN_MINUTE_LEN);
		r->minute = *time - seconds;
	}
	return true;
}

/* Remember a time that was read. */
static void
keep_time(LogReader *r, const char *text, size_t len, TimestampTz time)
{
	if (len > sizeof(r->time_text))
		return;
	memcpy(r->time_text, text, len);
	r->time_len = len;
	r->time = time;
}

static TimestampTz
record_time(LogReader *r, const CsvRecord *csv)
{
	const CsvField *f;
	int64		t;

	if (r->config->timestamp_column == NULL)
		return r->kind == LAYOUT_LOAD ? DT_NOBEGIN : r->file->time;
	if (r->layout->time < 0)
		return DT_NOBEGIN;
	f = csv_field(csv, r->layout->time);
	if (f->len == 0 && r->kind == LAYOUT_LOAD)
		return DT_NOBEGIN;
	if (f->len == PLAIN_TIME_LEN && plain_time(r, f->data, &t))
		return t;
	if (f->len > 0 && f->len == r->time_len &&
		memcmp(f->data, r->time_text, f->len) == 0)
		return r->time;
	if (!name_parse_timestamp(csv_data(csv, r->layout->time), f->len, &t))
	{
		r->position->column = r->config->timestamp_column;
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("invalid commit time \"%s\"",
						shown_field(csv, r->layout->time)),
				 errdetail("Expected yyyy-MM-dd HH:mm:ss.SSSSSS.")));
	}
	keep_time(r, f->data, f->len, t);
	return t;
}

static void
not_loaded(LogReader *r, const LogRecord *rec)
{
	r->position->column = names_op(r->config);
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("a record of the full load has the operation \"%s\"",
					shown_field(&rec->csv, r->layout->op)),
			 errdetail("A full load holds rows, and they are written as inserts."),
			 errhint("Set load_ops 'any' if each record is a row whatever its operation; if the field is a value, set include_op_for_full_load 'false'."),
			 erroption("load_ops")));
}

static QlikOp
qlik_op(const CsvRecord *csv, int field)
{
	return op_parse_qlik(csv_data(csv, field), csv_field(csv, field)->len);
}

/*
 * Rows before updates
 */

/* True if it is our table's row as it was before the update behind it. */
static bool
is_before_image(LogReader *r, const CsvRecord *csv)
{
	return r->config->op_column != NULL && r->layout != NULL &&
		r->layout->op >= 0 &&
		qlik_op(csv, r->layout->op) == OP_QLIK_BEFORE &&
		is_ours(r, csv);
}

/* Keep a copy of it: a record is gone when the next one is got. */
static void
keep_before(LogReader *r, const CsvRecord *csv)
{
	MemoryContext old;
	CsvField   *fields;

	if (csv->nfields != r->layout->width)
		wrong_width(r, csv);
	if (r->before_ctx == NULL)
		r->before_ctx = AllocSetContextCreate(r->ctx, "cdc_fdw before image",
											  ALLOCSET_SMALL_SIZES);
	MemoryContextReset(r->before_ctx);
	old = MemoryContextSwitchTo(r->before_ctx);
	fields = palloc(sizeof(CsvField) * csv->nfields);
	for (int i = 0; i < csv->nfields; i++)
	{
		fields[i] = *csv_field(csv, i);
		fields[i].data = pnstrdup(fields[i].data, fields[i].len);
	}
	memset(&r->before, 0, sizeof(r->before));
	r->before.csv = *csv;
	r->before.csv.fields = fields;
	r->before.csv.reader = NULL;
	r->before.layout = r->layout;
	r->before.file = r->file;
	r->before.op = LOG_UPDATE;
	MemoryContextSwitchTo(old);
}

/* Finds the row before record i, if the record in front is one; i is gone then. */
static bool
find_before(LogReader *r, size_t i, CsvRecord *before)
{
	if (i == 0)
		*before = r->before.csv;
	if (i == 0 || i == r->header_held || r->config->op_column == NULL)
		return i == 0 && r->before_next;
	csv_get(r->csv, i - 1, before);
	return is_before_image(r, before);
}

/* The row before the update that record i is, or NULL; i is gone then. */
static LogRecord *
before_of(LogReader *r, size_t i)
{
	CsvRecord	csv;

	if (!find_before(r, i, &csv))
		return NULL;
	if (i > 0)
		keep_before(r, &csv);
	return &r->before;
}

/* The records held will be forgotten: the next one's row before is not. */
static void
save_before(LogReader *r)
{
	size_t		n = csv_count(r->csv);
	CsvRecord	csv;

	if (r->config->op_column == NULL || r->layout == NULL ||
		n == r->header_held)
		return;
	csv_get(r->csv, n - 1, &csv);
	r->before_next = is_before_image(r, &csv);
	if (r->before_next)
		keep_before(r, &csv);
}

/* True if records of that time are before the log begins. */
static bool
is_left_out(const LogReader *r, TimestampTz time)
{
	return r->config->has_changes_from && time < r->config->changes_from;
}

/*
 * Raises that a row before an update has no update behind it: which row the
 * key was changed of is not known, and its old one would stay.
 */
static void
no_update_behind(LogReader *r, int64 line)
{
	reader_at(r, line, NULL);
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("no update stands behind the row before an update"),
			 errdetail("Line %lld of file \"%s\" has the operation \"B\"; the next line of the file must be the \"U\" of the same commit.",
					   (long long) line, r->uri),
			 errhint("Whether an update changed the row's key is not known. Load the table anew and set table option changes_from to an instant after this record; a full load that was taken before it must not be in the table's folder."),
			 erroption("changes_from")));
}

/* Raises an error if record i is not the update of the row before in front. */
static void
check_follows(LogReader *r, size_t i)
{
	CsvRecord	csv;
	int64		line;
	TimestampTz time;
	LogOp		op;

	if (!find_before(r, i, &csv))
		return;
	line = csv.line;
	time = record_time(r, &csv);
	if (is_left_out(r, time))
		return;
	csv_get(r->csv, i, &csv);
	if (!is_ours(r, &csv) || csv.nfields != r->layout->width ||
		!op_parse(csv_data(&csv, r->layout->op),
						 csv_field(&csv, r->layout->op)->len, &op) ||
		op != LOG_UPDATE || record_time(r, &csv) != time)
		no_update_behind(r, line);
}

/* Raises an error if the file ends in a row before an update. */
static void
check_end(LogReader *r)
{
	CsvRecord	csv;

	if (r->config->op_column == NULL || r->layout == NULL || !r->end || r->cut)
		return;
	if (find_before(r, csv_count(r->csv), &csv) &&
		!is_left_out(r, record_time(r, &csv)))
		no_update_behind(r, csv.line);
}

/* True if the record has that field, and it is a time. */
static bool
time_at(const CsvRecord *csv, int field, int64 *time)
{
	return field >= 0 && field < csv->nfields &&
		name_parse_timestamp(csv_data(csv, field), csv_field(csv, field)->len,
							 time);
}

/*
 * The commit time of a TRUNCATE, which has no values and may lack those fields;
 * without one the latest that its file may hold.
 */
static TimestampTz
truncate_time(const LogReader *r, const CsvRecord *csv)
{
	int64		t;

	if (r->config->timestamp_column == NULL)
		return r->file->time;
	if (r->layout != NULL ? time_at(csv, r->layout->time, &t) :
		time_at(csv, 1, &t) || (r->kind == LAYOUT_TXN && time_at(csv, 3, &t)))
		return t;
	return r->file->time_hi + r->config->clock_skew;
}

/*
 * Is it the TRUNCATE of Qlik Replicate, from before the log begins?  A later
 * one is an error: what it empties the records do not say.  It may have fewer
 * fields than others, so that no layout is told from it: where there is none
 * yet, records of changes begin with their operation.
 */
static bool
is_old_truncate(LogReader *r, const CsvRecord *csv)
{
	const LogConfig *config = r->config;
	int			op;

	if (config->op_column == NULL)
		return false;
	op = r->layout != NULL ? r->layout->op :
		r->kind == LAYOUT_LOAD || config->inserts_only ||
		config->inserts_and_updates ? -1 : 0;
	if (op < 0 || qlik_op(csv, op) != OP_QLIK_TRUNCATE)
		return false;
	if (is_left_out(r, r->kind == LAYOUT_LOAD ? record_time(r, csv) :
					truncate_time(r, csv)))
		return true;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("the source table was truncated"),
			 errdetail("Line %lld of file \"%s\" has the operation \"%s\", which cannot be replayed.",
					   (long long) csv->line, r->uri,
					   shown_field(csv, op)),
			 errhint("If the full load was taken after it, or its files are no longer in the table's folder, set table option changes_from to an instant after it."),
			 erroption("changes_from")));
}

/*
 * Read a record by the layout; false where it is another table's.  time: NULL
 * where it is not known.
 */
static bool
decode(LogReader *r, size_t i, LogRecord *rec, bool all,
	   const TimestampTz *time)
{
	check_follows(r, i);
	csv_get_some(r->csv, i, all || r->layout == NULL ? INT_MAX : r->peek_fields,
				 &rec->csv);
	reader_at(r, rec->csv.line, NULL);
	if (!is_ours(r, &rec->csv))
	{
		if (r->layout == NULL)
			advice_check_transaction(r->config, &rec->csv);
		return false;
	}
	if (is_old_truncate(r, &rec->csv))
		return false;
	if (r->layout == NULL)
	{
		find_layout(r, &rec->csv);
		undeclared_check(r->config, r->layout, r->csv, &rec->csv);
		csv_get(r->csv, i, &rec->csv);
	}
	if (rec->csv.nfields != r->layout->width)
		wrong_width(r, &rec->csv);
	rec->before = NULL;
	rec->layout = r->layout;
	rec->file = r->file;
	rec->op = LOG_UPSERT;
	if (r->layout->op >= 0)
	{
		int			op = r->layout->op;

		if (is_before_image(r, &rec->csv))
		{
			if (i + 1 == csv_count(r->csv))
				check_end(r);
			return false;
		}
		if (!op_parse(csv_data(&rec->csv, op), csv_field(&rec->csv, op)->len,
							 &rec->op))
		{
			r->position->column = names_op(r->config);
			ereport(ERROR,
					(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
					 errmsg("unknown operation \"%s\"",
							shown_field(&rec->csv, op)),
					 errdetail("The operation of a record must be I, U or D."),
					 csv_field(&rec->csv, op)->len == 0 ?
					 errhint(LAYOUT_EMPTY_OP) :
					 op_is_qlik(&rec->csv, op) ?
					 errhint(OP_QLIK_OP) : 0));
		}
		if (r->kind == LAYOUT_LOAD && rec->op != LOG_INSERT &&
			!r->config->any_load_op)
			not_loaded(r, rec);
	}
	rec->time = time != NULL ? *time : record_time(r, &rec->csv);
	if (all && rec->op == LOG_UPDATE && r->config->op_column != NULL)
	{
		rec->before = before_of(r, i);
		csv_get(r->csv, i, &rec->csv);
	}
	return true;
}

/*
 * Files that were only opened need no memory for records yet; it is that of
 * those read before them.
 */
static void
need_csv(LogReader *r)
{
	if (r->csv != NULL)
		return;
	r->csv = csv_create(&r->config->dialect);
	if (r->csv == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	/* the first record says how a file looks, and when it begins */
	if (r->filter != NULL)
		csv_filter(r->csv, r->filter->needles, r->filter->nkeys,
				   r->config->header ? 2 : 1);
}

/* Make sure that record r->next is held; false at the end. */
static bool
await_record(LogReader *r)
{
	need_csv(r);
	for (;;)
	{
		if (r->config->header && !r->header_taken && csv_count(r->csv) > 0)
			take_header(r);
		if (r->next < csv_count(r->csv))
			return true;
		if (r->failure != CSV_STATUS_OK)
			reader_raise(r);
		if (r->end)
		{
			check_end(r);
			return false;
		}
		save_before(r);
		csv_drop(r->csv);
		r->next = 0;
		r->header_held = 0;
		reader_fill(r);
	}
}

bool
reader_next(LogReader *r, LogRecord *rec)
{
	while (await_record(r))
	{
		if (decode(r, r->next++, rec, true, NULL))
			return true;
	}
	return false;
}

bool
reader_first_time(LogReader *r, TimestampTz *time)
{
	CsvRecord	csv;
	LogRecord	rec;
	int64		t;

	if (r->kind != LAYOUT_TXN || r->config->timestamp_column == NULL)
	{
		if (!reader_next(r, &rec))
			return false;
		*time = rec.time;
		return true;
	}
	if (!await_record(r))
		return false;
	csv_get(r->csv, r->next++, &csv);
	for (int i = 1; i <= 3; i += 2)
	{
		if (i < csv.nfields &&
			name_parse_timestamp(csv_data(&csv, i), csv_field(&csv, i)->len, &t))
		{
			*time = t;
			return true;
		}
	}
	reader_at(r, csv.line, r->config->timestamp_column);
	layout_no_commit_time();
}

bool
reader_hold_more(LogReader *r)
{
	need_csv(r);
	if (!r->end && r->failure == CSV_STATUS_OK)
		reader_fill(r);
	if (r->failure != CSV_STATUS_OK)
		reader_raise(r);
	if (r->config->header && !r->header_taken && csv_count(r->csv) > 0)
		take_header(r);
	check_end(r);
	return !r->end;
}

size_t
reader_held(const LogReader *r)
{
	return csv_count(r->csv) - r->header_held;
}

bool
reader_get(LogReader *r, size_t i, LogRecord *rec)
{
	return decode(r, i + r->header_held, rec, true, NULL);
}

void
reader_get_at(LogReader *r, size_t i, TimestampTz time, LogRecord *rec)
{
	decode(r, i + r->header_held, rec, true, &time);
}

bool
reader_peek(LogReader *r, size_t i, LogRecord *rec)
{
	return decode(r, i + r->header_held, rec, false, NULL);
}

size_t
reader_left(LogReader *r)
{
	return await_record(r) ? csv_count(r->csv) - r->next : 0;
}

void
reader_peek_left(LogReader *r, size_t k, LogRecord *rec)
{
	decode(r, r->next + k, rec, false, NULL);
}

size_t
reader_place(const LogReader *r)
{
	return r->next - r->header_held;
}

void
reader_skip(LogReader *r)
{
	r->next++;
}

static LogOp
op_of_letter(char letter)
{
	return letter == 'I' ? LOG_INSERT : letter == 'U' ? LOG_UPDATE :
		letter == 'D' ? LOG_DELETE : LOG_UPSERT;
}

/* Of the records that csv holds, from the i'th on. */
static size_t
read_plain(LogReader *r, size_t i, size_t n, int digits, PlainRecord *out)
{
	const PlainShape shape = r->shape;
	const char *bytes;
	const CsvPlace *slots = csv_slots(r->csv, &bytes);
	CsvRecord	before;
	TimestampTz time = r->config->timestamp_column != NULL ||
		r->kind == LAYOUT_LOAD ? DT_NOBEGIN : r->file->time;
	size_t		k = 0;

	if (!shape.fits || (digits > 0 && !shape.key) || slots == NULL)
		return 0;
	/* what is behind a row before an update is looked at by its fields */
	if (r->config->op_column != NULL && find_before(r, i, &before))
		return 0;
	for (; k < n; k++)
	{
		const CsvPlace *slot = &slots[i + k];
		const char *at = NULL;
		char		letter = 0;

		if (slot->nfields != r->layout->width ||
			!plain_begin(&shape, bytes + slot->start, slot->len, digits, &letter,
						 &at, &out[k].key))
			break;
		if (r->kind == LAYOUT_LOAD && shape.op && letter != 'I' &&
			!r->config->any_load_op)
			break;
		out[k].op = op_of_letter(letter);
		out[k].time = time;
		if (at != NULL && !plain_time(r, at, &out[k].time))
			break;
	}
	return k;
}

size_t
reader_plain(LogReader *r, size_t i, size_t n, int digits, PlainRecord *out)
{
	return read_plain(r, i + r->header_held, n, digits, out);
}

size_t
reader_plain_left(LogReader *r, size_t i, size_t n, int digits,
				  PlainRecord *out)
{
	return read_plain(r, r->next + i, n, digits, out);
}

size_t
reader_memory(const LogReader *r)
{
	return MemoryContextMemAllocated(r->ctx, true) +
		(r->csv ? csv_memory(r->csv) : 0);
}

bool
reader_cut(const LogReader *r)
{
	return r->cut;
}

ReaderEnds
reader_ends(const LogReader *r)
{
	return r->ends;
}

const char *
reader_uri(const LogReader *r)
{
	return r->uri;
}

const LogFile *
reader_file(const LogReader *r)
{
	return r->file;
}

const Layout *
reader_layout(const LogReader *r)
{
	return r->layout;
}
