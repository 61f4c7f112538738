/*-------------------------------------------------------------------------
 *
 * livenotes.h
 *	  Whether keys were live before commits, as one pass over a log learns it
 *	  for the next one.
 *
 * A row that went from key to key within one commit is searched backward, and
 * at each key its way depends on whether the key was live before the commit,
 * which shows when the walk has come to the key's older records.  A pass that
 * finds out for one key alone would be needed for each step; these notes let
 * one pass ask for all keys of the commit, and the next go all the way.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_LIVENOTES_H
#define CDC_REPLAY_LIVENOTES_H

#include "postgres.h"

#include "replay/key.h"

typedef struct LiveNotes LiveNotes;

/*
 * Makes empty notes, in ctx.  What does not fit into so many bytes is not
 * noted, which costs passes and no answer.
 */
extern LiveNotes *livenotes_create(MemoryContext ctx, int64 bytes);
/* Notes that the key was live before the commit, or was not. */
extern void livenotes_put(LiveNotes *notes, KeyIdent id, int64 commit,
						  bool live);
/* Returns false where it is not known, else sets *live. */
extern bool livenotes_get(LiveNotes *notes, KeyIdent id, int64 commit,
						  bool *live);

#endif							/* CDC_REPLAY_LIVENOTES_H */
