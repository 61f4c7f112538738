/*-------------------------------------------------------------------------
 *
 * layouts.c
 *	  The layouts of the files at hand, each kept once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/ilist.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "log/layouts.h"
#include "log/names.h"

/* Layouts are found by their hash; a log that has many is rare. */
#define BUCKETS		256

/* Bytes that the layouts of a process may take, where work_mem is less. */
#define MEMORY_LEAST	(64 * (size_t) 1024 * 1024)

/* All of a layout but its pointers, which decides whether two are equal. */
typedef struct LayoutHead
{
	int			width;
	int			op;
	int			time;
	int			table;
	int			schema;
	int			by_name;
	int			npos;
	int			nfields;
	int			nnames;			/* of folded and twin */
} LayoutHead;

typedef struct KeptLayout
{
	dlist_node	node;
	int			holders;
	uint32		hash;
	size_t		size;			/* of image */
	Layout		layout;			/* its arrays are in image */
	/* a LayoutHead, then pos, fields, folded, twin and labels */
	char		image[FLEXIBLE_ARRAY_MEMBER];
} KeptLayout;

static dlist_head buckets[BUCKETS];
static size_t memory = 0;

static void
append(StringInfo image, const void *data, size_t len)
{
	if (len > 0)
		appendBinaryStringInfo(image, data, len);
}

static void
make_image(const LogConfig *config, const Layout *l, StringInfo image)
{
	LayoutHead	head = {l->width, l->op, l->time, l->table, l->schema,
		l->by_name, config->ncolumns, l->fields != NULL ? l->width : 0,
	l->by_name ? NAMES_WANTED(config) : 0};

	initStringInfo(image);
	append(image, &head, sizeof(head));
	append(image, l->pos, sizeof(int) * head.npos);
	append(image, l->fields, sizeof(LayoutField) * head.nfields);
	append(image, l->folded, sizeof(bool) * head.nnames);
	append(image, l->twin, sizeof(bool) * head.nnames);
	append(image, l->labels, l->nlabels);
}

/* Fills a layout from its image. */
static void
read_image(KeptLayout *k)
{
	const LayoutHead *head = (const LayoutHead *) k->image;
	Layout	   *l = &k->layout;
	char	   *at = k->image + sizeof(LayoutHead);

	l->width = head->width;
	l->op = head->op;
	l->time = head->time;
	l->table = head->table;
	l->schema = head->schema;
	l->by_name = head->by_name;
	l->pos = (int *) at;
	at += sizeof(int) * head->npos;
	l->fields = head->nfields > 0 ? (LayoutField *) at : NULL;
	at += sizeof(LayoutField) * head->nfields;
	l->folded = head->nnames > 0 ? (bool *) at : NULL;
	at += sizeof(bool) * head->nnames;
	l->twin = head->nnames > 0 ? (bool *) at : NULL;
	at += sizeof(bool) * head->nnames;
	l->labels = at;
	l->nlabels = k->image + k->size - at;
}

static KeptLayout *
find(const StringInfoData *image, uint32 hash)
{
	dlist_iter	iter;

	dlist_foreach(iter, &buckets[hash % BUCKETS])
	{
		KeptLayout *k = dlist_container(KeptLayout, node, iter.cur);

		if (k->hash == hash && k->size == image->len &&
			memcmp(k->image, image->data, k->size) == 0)
			return k;
	}
	return NULL;
}

static size_t
size_of(const KeptLayout *k)
{
	return offsetof(KeptLayout, image) + k->size;
}

static KeptLayout *
kept(const Layout *layout)
{
	return (KeptLayout *) ((char *) layout - offsetof(KeptLayout, layout));
}

const Layout *
layouts_share(const LogConfig *config, const Layout *layout)
{
	StringInfoData image;
	uint32		hash;
	KeptLayout *k;

	make_image(config, layout, &image);
	hash = hash_bytes((unsigned char *) image.data, image.len);
	k = find(&image, hash);
	if (k == NULL)
	{
		if (memory + image.len > Max(MEMORY_LEAST, work_mem * (size_t) 1024))
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("the columns of files differ, and to know them all takes more than %zu MB",
							Max(MEMORY_LEAST, work_mem * (size_t) 1024) >> 20),
					 errdetail("Where each column stands in its file is kept until the file is done with, once for all files that agree."),
					 errhint("Raise work_mem, or look why headers differ from file to file.")));
		k = MemoryContextAllocHuge(TopMemoryContext,
								   offsetof(KeptLayout, image) + image.len);
		k->holders = 0;
		k->hash = hash;
		k->size = image.len;
		memcpy(k->image, image.data, image.len);
		read_image(k);
		dlist_push_head(&buckets[hash % BUCKETS], &k->node);
		memory += size_of(k);
	}
	k->holders++;
	pfree(image.data);
	return &k->layout;
}

const Layout *
layouts_hold(const Layout *layout)
{
	if (layout != NULL)
		kept(layout)->holders++;
	return layout;
}

void
layouts_release(const Layout *layout)
{
	KeptLayout *k;

	if (layout == NULL)
		return;
	k = kept(layout);
	if (--k->holders > 0)
		return;
	dlist_delete(&k->node);
	memory -= size_of(k);
	pfree(k);
}

size_t
layouts_memory(void)
{
	return memory;
}
