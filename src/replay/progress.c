/*-------------------------------------------------------------------------
 *
 * progress.c
 *	  What a replay tells of how far it is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "replay/shared.h"

/* Of several processes the last one tells the end: see shared_close(). */
static ProgressPhase
phase_of(const Replay *r, ProgressPhase before)
{
	static const ProgressPhase phases[] = {
		[PHASE_START] = PROGRESS_LISTING,
		[PHASE_SHARED] = PROGRESS_CHANGES,
		[PHASE_CHANGES] = PROGRESS_CHANGES,
		[PHASE_BASE] = PROGRESS_FULL_LOAD,
		[PHASE_VERSIONS] = PROGRESS_READING_BACK,
		[PHASE_NEXT] = PROGRESS_READING_BACK,
		[PHASE_DONE] = PROGRESS_DONE
	};

	if (r->phase == PHASE_DONE && r->shared != NULL)
		return before;
	return r->part != NULL ? PROGRESS_READING_BACK : phases[r->phase];
}

void
replay_now(const Replay *r, ProgressNow *now)
{
	now->phase = phase_of(r, now->phase);
	now->records = r->counters.base_records + r->counters.change_records;
	now->rows = r->counters.rows;
	/* what the merge counts is added when it is over */
	if (r->merge != NULL && r->pass == 1)
		now->records += merge_counters(r->merge)->records;
}

/*
 * Of files that several processes shared, and one now reads alone, only those
 * are read again that one of them had read.
 */
void
replay_tell_files(const Replay *r)
{
	bool		told = r->shared != NULL && r->pass == 1;

	for (int i = 0; i < r->ncdc + r->nbase; i++)
	{
		const MergeFile *f = &r->files[i];

		if (i >= r->ncdc ? told : told ? f->left <= 0 : f->left == 0)
			continue;
		progress_add(r->spec.progress, PROGRESS_FILES, 1);
		progress_add(r->spec.progress, PROGRESS_BYTES, f->file->size);
	}
}
