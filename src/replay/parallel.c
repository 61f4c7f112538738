/*-------------------------------------------------------------------------
 *
 * parallel.c
 *	  Replays that several processes share, for who runs them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "replay/select.h"
#include "replay/share.h"
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

	select_files(r);
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
