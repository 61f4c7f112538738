/*-------------------------------------------------------------------------
 *
 * share.c
 *	  Setting up a walk that several processes share.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>

#include "utils/memutils.h"

#include "replay/shared.h"

bool
replay_can_share(const LogConfig *config, const int *needed, int nneeded)
{
	if (config->mode == MODE_CHANGES)
		return false;
	/* the order of records must be that of files and lines */
	if (config->sequence >= 0 ||
		(config->timestamp_column != NULL && config->cdc_path != NULL))
		return false;
	/* base rows are compared in the table of one process, in their order */
	if (config->check_base)
		return false;
	/* rows that wait for older records, wait in one process */
	if (config->key_changes)
		return false;
	for (int i = 0; i < nneeded; i++)
		if (config->no_sup_value != NULL ||
			config->columns[needed[i]].keep_on_null)
			return false;
	return true;
}

static size_t
text_size(const char *s)
{
	return s ? strlen(s) + 1 : 0;
}

static size_t
put_text(char *texts, size_t *used, const char *s)
{
	size_t		at = *used;

	if (s == NULL)
		return SIZE_MAX;
	memcpy(texts + at, s, strlen(s) + 1);
	*used += strlen(s) + 1;
	return at;
}

void
share_files(LogFile *const *files, int n, dsa_area *area, dsa_pointer *shared,
			dsa_pointer *shared_texts)
{
	size_t		bytes = 1;
	size_t		used = 0;
	SharedFile *to;
	char	   *texts;

	for (int i = 0; i < n; i++)
		bytes += text_size(files[i]->key) + text_size(files[i]->etag) +
			text_size(files[i]->version);
	*shared = dsa_allocate_extended(area, Max(n, 1) * sizeof(SharedFile),
									DSA_ALLOC_HUGE | DSA_ALLOC_ZERO);
	*shared_texts = dsa_allocate_extended(area, bytes, DSA_ALLOC_HUGE);
	to = dsa_get_address(area, *shared);
	texts = dsa_get_address(area, *shared_texts);
	for (int i = 0; i < n; i++)
	{
		to[i].file = *files[i];
		to[i].first = DT_NOEND; /* none is known */
		to[i].key = put_text(texts, &used, files[i]->key);
		to[i].etag = put_text(texts, &used, files[i]->etag);
		to[i].version = put_text(texts, &used, files[i]->version);
	}
}

LogFile *
share_file(const SharedFile *shared, char *texts, LogEvidence **evidence)
{
	LogFile    *file = palloc(sizeof(LogFile));

	*file = shared->file;
	file->key = texts + shared->key;
	file->etag = shared->etag == SIZE_MAX ? NULL : texts + shared->etag;
	file->version = shared->version == SIZE_MAX ? NULL :
		texts + shared->version;
	file->evidence = evidence[file->source];
	return file;
}

static void
write_files(ReplayShared *s, const Replay *r, dsa_area *area)
{
	int			n = r->ncdc + r->nbase;
	LogFile   **all = palloc(sizeof(LogFile *) * Max(n, 1));
	SharedFile *files;

	for (int i = 0; i < n; i++)
		all[i] = r->files[i].file;
	share_files(all, n, area, &s->files, &s->texts);
	files = dsa_get_address(area, s->files);
	for (int i = 0; i < n; i++)
	{
		files[i].bound = r->files[i].bound;
		files[i].lower = r->files[i].lower;
	}
	pfree(all);
}

Size
replay_shared_size(void)
{
	return sizeof(ReplayShared);
}

void
replay_share(ReplayShared *s, const ReplaySpec *spec, int nprocesses,
			 dsa_area *area)
{
	Replay	   *r = replay_open(spec);
	KeyTable	table = {0};
	int			nfolders = Max(spec->config->nfolders, 1);
	TimestampTz *newer;

	replay_select(r);
	memset(s, 0, sizeof(*s));
	/* numbers of tranches do not come back: take one that fits */
	LWLockInitialize(&s->lock, LWTRANCHE_PARALLEL_APPEND);
	ConditionVariableInit(&s->progress);
	s->base_first = r->base_first;
	s->upper = r->upper;
	s->cut = r->cut;
	s->cut_below = r->cut_below;
	s->empty = r->empty;
	s->ncdc = r->ncdc;
	s->nbase = r->nbase;
	write_files(s, r, area);
	s->seed = r->spec.seed;
	s->table_budget = spec->memory / 2 * nprocesses;
	s->nprocesses = nprocesses;
	s->next_claim = s->next_index = s->next_head = r->ncdc - 1;
	s->heads = dsa_allocate_extended(area, Max(r->ncdc, 1) * sizeof(SharedHead),
									 DSA_ALLOC_HUGE);
	s->changes_done = r->ncdc == 0;
	keytable_init(&table, NULL, area, r->versions != NULL);
	table.little = spec->memory / 8;
	s->table = table;
	s->commit_number = 1;
	s->newer_first = dsa_allocate(area, sizeof(TimestampTz) * nfolders);
	newer = dsa_get_address(area, s->newer_first);
	for (int i = 0; i < nfolders; i++)
		newer[i] = DT_NOEND;
	s->counters = r->counters;
	replay_tell_files(r);
	columns_share(&s->columns, spec->config, area);
	evidence_share(&s->evidence, spec->manifest, area);
	replay_close(r);
}

void
replay_unshare(ReplayShared *s, dsa_area *area)
{
	SharedFile *files = dsa_get_address(area, s->files);

	for (int i = 0; i < s->ncdc; i++)
		if (DsaPointerIsValid(files[i].entries))
			dsa_free(area, files[i].entries);
	columns_unshare(&s->columns, area);
	evidence_unshare(&s->evidence, area);
	dsa_free(area, s->files);
	dsa_free(area, s->texts);
	dsa_free(area, s->newer_first);
	dsa_free(area, s->heads);
	if (DsaPointerIsValid(s->table.where))
	{
		keytable_attach(&s->table, area);
		keytable_free(&s->table);
	}
}

void
replay_shared_counters(ReplayShared *s, ReplayCounters *out)
{
	LWLockAcquire(&s->lock, LW_SHARED);
	*out = s->counters;
	LWLockRelease(&s->lock);
}

Replay *
replay_join(const ReplaySpec *spec, ReplayShared *s, dsa_area *area)
{
	ReplaySpec	own = *spec;
	Replay	   *r;

	own.seed = s->seed;
	r = replay_open(&own);
	r->shared = MemoryContextAllocZero(r->ctx, sizeof(SharedWalk));
	r->shared->s = s;
	r->shared->area = area;
	return r;
}

/*
 * Of a local log no more processes take part than there are processors: one
 * that waits for its turn may hold the lock that the others wait for.
 */
static bool
is_needed(Replay *r)
{
	ReplayShared *s = r->shared->s;
	int			joined;

	LWLockAcquire(&s->lock, LW_EXCLUSIVE);
	joined = s->joined++;
	LWLockRelease(&s->lock);
	return joined == 0 || store_is_remote(r->spec.store) ||
		joined < sysconf(_SC_NPROCESSORS_ONLN);
}

bool
shared_begin(Replay *r)
{
	SharedWalk *w = r->shared;
	ReplayShared *s = w->s;
	char	   *texts;
	int			n = s->ncdc + s->nbase;
	LogEvidence  **evidence = evidence_join(&s->evidence, w->area, r->spec.store,
										 r->spec.config);

	for (int i = 0; i < s->evidence.nfolders; i++)
		columns_add_evidence(r->spec.columns, evidence[i]);
	w->files = dsa_get_address(w->area, s->files);
	texts = dsa_get_address(w->area, s->texts);
	r->base_first = s->base_first;
	r->upper = s->upper;
	r->cut = s->cut;
	r->cut_below = s->cut_below;
	r->empty = s->empty;
	r->ncdc = s->ncdc;
	r->nbase = s->nbase;
	r->files = palloc(sizeof(MergeFile) * Max(n, 1));
	r->uris = palloc0(sizeof(char *) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		r->files[i].file = share_file(&w->files[i], texts, evidence);
		r->files[i].noted = false;
		r->files[i].bound = w->files[i].bound;
		r->files[i].lower = w->files[i].lower;
		r->files[i].left = -1;
	}
	return is_needed(r);
}
