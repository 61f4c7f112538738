/*-------------------------------------------------------------------------
 *
 * select.h
 *	  Which files a snapshot reads.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_SELECT_H
#define CDC_REPLAY_SELECT_H

#include "postgres.h"

#include "replay/state.h"

/*
 * Chooses the files of the walk, and finds what is known of them before they are
 * read.  Raises the errors of check.h and fullload.h that this tells, and that
 * of a full load whose first block has two rows of one key.
 */
extern void select_files(Replay *r);

#endif							/* CDC_REPLAY_SELECT_H */
