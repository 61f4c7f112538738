/*-------------------------------------------------------------------------
 *
 * watermark.c
 *	  Up to which instant a log is provably complete.
 *
 * A table's own newest change file proves its log up to there.  A table that
 * is quiet is complete as far as others of its task prove it: a task reads its
 * source in one stream, in the order of commits.  So when it had written the
 * commits of some table's file, it had read all earlier ones of every table;
 * and after the interval for which it holds changes back, it had written them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_foreign_table.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "fdw/attempt.h"
#include "fdw/instant_text.h"
#include "fdw/options/options.h"
#include "fdw/owner.h"
#include "fdw/rights.h"
#include "fdw/walk.h"
#include "fdw/watermark.h"
#include "log/tail.h"
#include "replay/changes.h"
#include "replay/look.h"

/* Larger files are not read for their last commit: the first one serves. */
#define READ_WHOLE		(8 * 1024 * 1024)
/* Files without a record that are passed over. */
#define EMPTY_MOST		100

/*
 * A table of a task.  One that cannot be read proves nothing, and takes nothing
 * from what others prove.
 */
typedef struct Member
{
	Oid			relid;
	const char *name;
	bool		broken;
	bool		hides;			/* messages do not show values of its log */
	bool		own;			/* manifest is that of the table that asks */
	CdcOptions *opts;
	Manifest   *manifest;
	Store	   *store;
	/* what is asked of it, and the answer */
	TimestampTz until;
	TimestampTz named_to;
	int			step;
	LogTail		tail;
	LogFile    *newest;			/* of tail */
	TimestampTz commit;			/* that tail proves, or DT_NOBEGIN */
} Member;

/* What the tables of a task prove for each other. */
typedef struct TaskProof
{
	struct TaskProof *next;
	EState	   *estate;			/* NULL: of the transaction */
	Oid			serverid;
	Oid			owner;			/* of the table that asks */
	Oid			userid;
	char	   *task;			/* "": the tables that name none */
	TimestampTz known_at;
	TimestampTz by_names;		/* for logs without commit times; DT_NOBEGIN:
								 * nothing */
	TimestampTz by_commits;
} TaskProof;

static TaskProof *proofs = NULL;

/*
 * What files prove
 */

/* All commits before this one stand in this file or in earlier ones. */
static bool
file_commit(const LogConfig *config, Store *store, const LogFile *f,
			LogPosition *position, TimestampTz *time)
{
	if (f->kind == NAME_CDC && f->size <= READ_WHOLE)
		return look_last_time(store, config, f, position, time);
	return look_first_time(store, config, f, position, time, NULL);
}

/* The same of a tail; false where it has no record. */
static bool
tail_proves(const CdcOptions *opts, Store *store, const LogTail *tail,
			bool hides, TimestampTz *at)
{
	LogPosition position = {0};
	PositionContext context;
	bool		found = false;
	LogFile    *f;

	position_begin(&context, &position, hides);
	for (int i = 0; i < EMPTY_MOST && !found && (f = tail_file(tail, i)) != NULL; i++)
	{
		found = true;
		if (opts->log.timestamp_column == NULL)
			*at = f->time;
		else if (file_commit(&opts->log, store, f, &position, at))
			/* clocks may run back so far, and a commit go on in another file */
			*at = look_shifted(*at, -opts->log.clock_skew - 1);
		else
			found = false;
	}
	position_end(&context);
	return found;
}

/* From where the search for the newest files goes back. */
static TimestampTz
search_until(TimestampTz known_at)
{
	return Min(known_at, GetCurrentTimestamp());
}

/* By the files of the table alone. */
static TimestampTz
own_watermark(const CdcOptions *opts, Manifest *manifest, Store *store,
			  TimestampTz known_at, Oid userid)
{
	TimestampTz until = search_until(known_at);
	TimestampTz least = DT_NOEND;
	bool		hides = walk_hides(opts->relid, userid);

	/* folders have tasks of their own; in one without changes any may come */
	for (int p = 0; p < manifest_nparts(manifest); p++)
	{
		bool		found = false;
		TimestampTz at;

		for (int step = 0; step < TAIL_STEPS && !found; step++)
		{
			LogTail		tail = tail_of(manifest_part(manifest, p), until,
									   known_at, step);

			found = tail_proves(opts, store, &tail, hides, &at);
		}
		if (!found)
			return DT_NOBEGIN;
		least = Min(least, at);
	}
	return least;
}

/*
 * The task
 */

List *
watermark_tables(Oid serverid, Oid userid)
{
	List	   *tables = NIL;
	List	   *result = NIL;
	Relation	rel = table_open(ForeignTableRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	ListCell   *lc;

	ScanKeyInit(&key, Anum_pg_foreign_table_ftserver, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(serverid));
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		tables = lappend_oid(tables,
							 ((Form_pg_foreign_table) GETSTRUCT(tuple))->ftrelid);
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	list_sort(tables, list_oid_cmp);
	foreach(lc, tables)
		if (rights_may_read(lfirst_oid(lc), userid))
			result = lappend_oid(result, lfirst_oid(lc));
	return result;
}

static const char *
task_name(const CdcOptions *opts)
{
	return opts->task ? opts->task : "";
}

/* Errors about another table than the query's say so. */
static void
member_error(void *arg)
{
	errcontext("watermark of a task, foreign table \"%s\"", (char *) arg);
}

/* False where a step fails; where there is no subtransaction that is an error. */
static bool
member_try(Member *m, void (*step) (void *arg))
{
	ErrorContextCallback context = {error_context_stack, member_error,
	unconstify(char *, m->name)};
	char	   *problem = NULL;

	CHECK_FOR_INTERRUPTS();
	if (m->broken)
		return false;
	error_context_stack = &context;
	if (IsInParallelMode() && !SUBTRANSACTIONS_IN_PARALLEL)
		step(m);
	else
		problem = attempt_call(step, m);
	error_context_stack = context.previous;
	m->broken = problem != NULL;
	if (m->broken)
		elog(DEBUG1, "foreign table \"%s\" proves nothing: %s", m->name,
			 problem);
	return !m->broken;
}

static void
member_options(void *arg)
{
	Member	   *m = arg;

	m->opts = options_for_table(m->relid);
}

static void
member_tail(void *arg)
{
	Member	   *m = arg;

	m->tail = tail_of(m->manifest, m->until, m->named_to, m->step);
	m->newest = tail_file(&m->tail, 0);
}

static void
member_commit(void *arg)
{
	Member	   *m = arg;

	if (!tail_proves(m->opts, m->store, &m->tail, m->hides, &m->commit))
		m->commit = DT_NOBEGIN;
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Do two tables read the same files? */
static bool
same_files(const CdcOptions *a, const CdcOptions *b)
{
	return strcmp(a->url, b->url) == 0 &&
		strcmp(a->log.prefix, b->log.prefix) == 0 &&
		same_text(a->log.changes_prefix, b->log.changes_prefix) &&
		same_text(a->log.timestamp_column, b->log.timestamp_column);
}

/* Does another member read the same files? */
static bool
is_met(List *members, const CdcOptions *opts)
{
	ListCell   *lc;

	foreach(lc, members)
	{
		if (same_files(((Member *) lfirst(lc))->opts, opts))
			return true;
	}
	return false;
}

/* A store that another member reads from too, or a new one. */
static Store *
member_store(const CdcOptions *opts, Oid userid, StoreConfig **last,
			 Store *store)
{
	StoreConfig *config = options_store_config(opts, userid);

	if (store != NULL && strcmp((*last)->url, config->url) == 0 &&
		same_text((*last)->expected_bucket_owner,
				  config->expected_bucket_owner))
		return store;
	*last = config;
	return store_open(config, CurrentMemoryContext);
}

/*
 * The tables whose files prove something for others: not transaction files,
 * which are the stream itself, nor logs that several tasks write.  The listing
 * of the table that asks is at hand.
 */
static List *
find_members(const CdcOptions *opts, Manifest *manifest, Store *own,
			 Oid owner, Oid userid)
{
	List	   *members = NIL;
	StoreConfig *last = NULL;
	Store	   *store = NULL;
	ListCell   *lc;

	foreach(lc, watermark_tables(opts->serverid, userid))
	{
		Member	   *m = palloc0(sizeof(Member));

		m->relid = lfirst_oid(lc);
		if (!owner_is_heard(m->relid, owner, opts->serverid))
			continue;
		m->name = get_rel_name(m->relid);
		if (m->name == NULL || !member_try(m, member_options) ||
			strcmp(task_name(m->opts), task_name(opts)) != 0 ||
			m->opts->log.cdc_path != NULL || m->opts->log.nfolders > 1 ||
			is_met(members, m->opts))
			continue;
		m->hides = walk_hides(m->relid, userid);
		members = lappend(members, m);
		if (same_files(m->opts, opts))
		{
			m->own = true;
			m->store = own;
			m->manifest = manifest;
			continue;
		}
		m->store = store = member_store(m->opts, userid, &last, store);
		m->manifest = manifest_open(store, &m->opts->log,
									CurrentMemoryContext);
	}
	return members;
}

/* Find the tails of all, and the newest file in each. */
static void
find_tails(List *members, TimestampTz until, TimestampTz named_to, int step)
{
	ListCell   *lc;

	foreach(lc, members)
	{
		Member	   *m = lfirst(lc);

		m->until = until;
		m->named_to = named_to;
		m->step = step;
		/* a listing that the query goes on with must be whole */
		if (m->own)
			member_tail(m);
		else if (!member_try(m, member_tail))
			m->newest = NULL;
	}
}

/* The time in the name of the newest file of all, DT_NOBEGIN without one. */
static TimestampTz
newest_name(List *members)
{
	TimestampTz newest = DT_NOBEGIN;
	ListCell   *lc;

	foreach(lc, members)
	{
		const LogFile *f = ((Member *) lfirst(lc))->newest;

		if (f != NULL)
			newest = Max(newest, f->time);
	}
	return newest;
}

/* Later names come first. */
static int
newest_cmp(const ListCell *a, const ListCell *b)
{
	const LogFile *x = ((Member *) lfirst(a))->newest;
	const LogFile *y = ((Member *) lfirst(b))->newest;

	return x->time < y->time ? 1 : x->time > y->time ? -1 : 0;
}

/*
 * The latest commit that the newest files prove, DT_NOBEGIN for none.  No
 * commit that a file proves is later than its name.
 */
static TimestampTz
latest_commit(List *members)
{
	List	   *provers = NIL;
	TimestampTz latest = DT_NOBEGIN;
	ListCell   *lc;

	foreach(lc, members)
	{
		Member	   *m = lfirst(lc);

		if (m->newest != NULL && m->opts->log.timestamp_column != NULL)
			provers = lappend(provers, m);
	}
	list_sort(provers, newest_cmp);
	foreach(lc, provers)
	{
		Member	   *m = lfirst(lc);

		if (m->newest->time_hi <= latest)
			break;
		if (member_try(m, member_commit))
			latest = Max(latest, m->commit);
	}
	return latest;
}

/*
 * Files that were written after this may stand behind others that a listing
 * of this statement, or transaction, no longer met.
 */
static TimestampTz
listed_since(void)
{
	return IsolationUsesXactSnapshot() ? GetCurrentTransactionStartTimestamp() :
		GetCurrentStatementStartTimestamp();
}

static void
prove(TaskProof *proof, const CdcOptions *opts, Manifest *manifest,
	  Store *store)
{
	List	   *members = find_members(opts, manifest, store, proof->owner,
										   proof->userid);
	TimestampTz named_to = Min(proof->known_at, listed_since());
	TimestampTz until = search_until(named_to);
	int64		margin = 0;
	bool		commits = false;
	bool		found = false;
	ListCell   *lc;

	foreach(lc, members)
	{
		const CdcOptions *own = ((Member *) lfirst(lc))->opts;

		/* once to be written, and once more to be seen */
		margin = Max(margin, 2 * own->batch_interval);
		commits |= own->log.timestamp_column != NULL;
	}
	proof->by_names = proof->by_commits = DT_NOBEGIN;
	for (int step = 0; step < TAIL_STEPS && !found; step++)
	{
		TimestampTz newest;

		find_tails(members, until, named_to, step);
		newest = newest_name(members);
		if (newest == DT_NOBEGIN)
			continue;
		proof->by_names = look_shifted(newest, -margin);
		if (commits)
		{
			find_tails(members, until, proof->by_names, step);
			proof->by_commits = latest_commit(members);
		}
		found = !commits || proof->by_commits != DT_NOBEGIN;
	}
}

static void
forget_proof(void *arg)
{
	TaskProof **link = &proofs;

	while (*link != NULL && *link != arg)
		link = &(*link)->next;
	if (*link != NULL)
		*link = (*link)->next;
}

static const TaskProof *
task_proof(const CdcOptions *opts, Manifest *manifest, Store *store,
		   EState *estate, Oid userid, TimestampTz known_at)
{
	EState	   *owner = IsolationUsesXactSnapshot() ? NULL : estate;
	MemoryContext ctx = owner ? owner->es_query_cxt : TopTransactionContext;
	Oid			asks = owner_of(opts->relid);
	MemoryContext scratch;
	MemoryContext old;
	MemoryContextCallback *cb;
	TaskProof  *proof;

	for (proof = proofs; proof != NULL; proof = proof->next)
		if (proof->estate == owner && proof->serverid == opts->serverid &&
			proof->owner == asks && proof->userid == userid &&
			proof->known_at == known_at &&
			strcmp(proof->task, task_name(opts)) == 0)
			return proof;
	proof = MemoryContextAllocZero(ctx, sizeof(TaskProof));
	proof->estate = owner;
	proof->serverid = opts->serverid;
	proof->owner = asks;
	proof->userid = userid;
	proof->task = MemoryContextStrdup(ctx, task_name(opts));
	proof->known_at = known_at;
	/* listings and connections of so many tables do not stay */
	scratch = AllocSetContextCreate(CurrentMemoryContext, "cdc_fdw task",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(scratch);
	prove(proof, opts, manifest, store);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	cb = MemoryContextAllocZero(ctx, sizeof(MemoryContextCallback));
	cb->func = forget_proof;
	cb->arg = proof;
	MemoryContextRegisterResetCallback(ctx, cb);
	proof->next = proofs;
	proofs = proof;
	return proof;
}

/*
 * Tables
 */

TimestampTz
watermark_of(const CdcOptions *opts, Manifest *manifest, Store *store,
			 TimestampTz known_at, EState *estate, Oid userid)
{
	const TaskProof *proof;
	TimestampTz by_task;

	/*
	 * Transaction files are of all tables.  Several folders are taken to be of
	 * several tasks, unless somebody says of which one.
	 */
	if (opts->log.cdc_path != NULL ||
		(opts->log.nfolders > 1 && opts->task == NULL))
		return own_watermark(opts, manifest, store, known_at, userid);
	/* first, since it begins the listing earlier */
	proof = task_proof(opts, manifest, store, estate, userid, known_at);
	by_task = opts->log.timestamp_column != NULL ?
		proof->by_commits : proof->by_names;
	return Max(by_task, own_watermark(opts, manifest, store, known_at, userid));
}

/* The latest instant of which a scan shows anything. */
static TimestampTz
latest_shown(const CdcScan *scan)
{
	const ChangesRange *r = &scan->range;

	if (scan->opts->log.mode == MODE_SNAPSHOT)
		return scan->asof;
	return Min(scan->asof, scan->opts->log.timestamp_column != NULL ?
			   r->commit_to : Min(r->commit_to, r->file_to));
}

/* An instant for a message. */
static const char *
instant_asked(TimestampTz at)
{
	return at == DT_NOEND ? "to the end of its log" :
		psprintf("as of %s", look_instant(at));
}

void
watermark_apply(CdcScan *scan, EState *estate, Oid userid)
{
	TimestampTz mark;
	TimestampTz shown;

	/* what a pin has cannot become other */
	if (scan->pin != NULL ||
		(scan->asof != ASOF_AT_WATERMARK && !cdc_require_sealed))
		return;
	mark = watermark_of(scan->opts, scan->manifest, scan->store,
						scan->known_at, estate, userid);
	if (scan->asof == ASOF_AT_WATERMARK)
	{
		if (mark == DT_NOBEGIN)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("foreign table \"%s\" has no watermark",
							scan->opts->log.foreign_table),
					 errdetail("No change file of its task tells up to when its log is complete."),
					 errhint("Ask for an instant, or for the whole log.")));
		scan->asof = mark;
		scan->at_watermark = true;
	}
	shown = latest_shown(scan);
	if (!cdc_require_sealed || shown <= mark)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("foreign table \"%s\" is not sealed at the instant asked for",
					scan->opts->log.foreign_table),
			 mark == DT_NOBEGIN ?
			 errdetail("It is read %s. No change file of its task tells up to when its log is complete.",
					   instant_asked(shown)) :
			 errdetail("It is read %s. Its log is provably complete up to %s.",
					   instant_asked(shown), look_instant(mark)),
			 errhint("Ask for an earlier instant, such as asof 'watermark', or turn cdc_fdw.require_sealed off.")));
}
