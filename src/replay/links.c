/*-------------------------------------------------------------------------
 *
 * links.c
 *	  Sets of keys, joined two by two: keys between which rows moved.
 *
 * A forest in a hash table; each find shortens its way by half (Tarjan and van
 * Leeuwen, 1984).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/hsearch.h"

#include "replay/versions.h"

typedef struct LinkKey
{
	uint64		a;
	uint64		b;				/* no padding between keys */
} LinkKey;

typedef struct Link
{
	LinkKey		key;
	struct Link *parent;		/* NULL: it stands for its set */
	int			rank;
} Link;

struct Links
{
	HTAB	   *hash;
};

Links *
links_open(MemoryContext ctx)
{
	Links	   *l = MemoryContextAlloc(ctx, sizeof(Links));
	HASHCTL		ctl = {
		.keysize = sizeof(LinkKey),
		.entrysize = sizeof(Link),
		.hcxt = ctx
	};

	l->hash = hash_create("cdc_fdw linked keys", 256, &ctl,
						  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return l;
}

static Link *
find(Links *l, KeyIdent id, HASHACTION action)
{
	LinkKey		key = {id.a, id.b};
	bool		found;
	Link	   *link = hash_search(l->hash, &key, action, &found);

	if (link == NULL)
		return NULL;
	if (!found)
	{
		link->parent = NULL;
		link->rank = 0;
	}
	while (link->parent != NULL)
	{
		if (link->parent->parent != NULL)
			link->parent = link->parent->parent;
		link = link->parent;
	}
	return link;
}

void
links_join(Links *l, KeyIdent a, KeyIdent b)
{
	Link	   *x = find(l, a, HASH_ENTER);
	Link	   *y = find(l, b, HASH_ENTER);

	if (x == y)
		return;
	if (x->rank < y->rank)
	{
		Link	   *swap = x;

		x = y;
		y = swap;
	}
	y->parent = x;
	x->rank += x->rank == y->rank;
}

KeyIdent
links_find(Links *l, KeyIdent id)
{
	Link	   *link = find(l, id, HASH_FIND);

	if (link != NULL)
	{
		id.a = link->key.a;
		id.b = (uint32) link->key.b;
	}
	return id;
}
