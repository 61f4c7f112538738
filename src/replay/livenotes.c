/*-------------------------------------------------------------------------
 *
 * livenotes.c
 *	  Whether keys were live before commits, as one pass over a log learns it
 *	  for the next one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "replay/livenotes.h"

typedef struct LiveWhen
{
	KeyIdent	id;
	int64		commit;
} LiveWhen;

typedef struct LiveNote
{
	LiveWhen	when;
	bool		live;
	char		status;			/* of the hash table */
} LiveNote;

#define SH_PREFIX livenote
#define SH_ELEMENT_TYPE LiveNote
#define SH_KEY_TYPE LiveWhen
#define SH_KEY when
#define SH_HASH_KEY(tb, key) \
	((uint32) hash_combine64(key_hash((key).id, 1), (uint64) (key).commit))
#define SH_EQUAL(tb, x, y) (key_equal((x).id, (y).id) && (x).commit == (y).commit)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct LiveNotes
{
	livenote_hash *notes;
	uint64		most;
};

LiveNotes *
livenotes_create(MemoryContext ctx, int64 bytes)
{
	LiveNotes  *n = MemoryContextAlloc(ctx, sizeof(LiveNotes));

	n->notes = livenote_create(ctx, 64, NULL);
	/* a table that grows may be half empty */
	n->most = bytes / (2 * sizeof(LiveNote));
	return n;
}

void
livenotes_put(LiveNotes *notes, KeyIdent id, int64 commit, bool live)
{
	LiveWhen	when = {id, commit};
	bool		found;

	if (notes->notes->members < notes->most)
		livenote_insert(notes->notes, when, &found)->live = live;
}

bool
livenotes_get(LiveNotes *notes, KeyIdent id, int64 commit, bool *live)
{
	LiveWhen	when = {id, commit};
	LiveNote   *note = livenote_lookup(notes->notes, when);

	if (note != NULL)
		*live = note->live;
	return note != NULL;
}
