/*-------------------------------------------------------------------------
 *
 * spilled.h
 *	  A walk over the files of one partition, as over the log.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_SPILLED_H
#define CDC_REPLAY_SPILLED_H

#include "postgres.h"

#include "replay/state.h"

/* Takes what the file of the part that is walked says next. */
extern void spilled_item(Replay *r, SpillItem *item);

/* The changes of the part are over. */
extern void spilled_end(Replay *r);

#endif							/* CDC_REPLAY_SPILLED_H */
