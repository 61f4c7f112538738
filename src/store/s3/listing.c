/*-------------------------------------------------------------------------
 *
 * listing.c
 *	  Reads pages of listings: see listing.h.
 *
 * Texts of a page lie one after another in an arena, and entries name them by
 * offset until the page is complete, since the arena moves as it grows.
 *
 *-------------------------------------------------------------------------
 */
#include "store/s3/listing.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "store/http/xml.h"

#define MAX_DEPTH		16
#define MAX_KEY			1024	/* bytes, S3's own limit */
#define MAX_TEXT		8192	/* of one element, as written */
/* S3's have 34 to 40; each is kept as long as the listing */
#define MAX_ETAG		256

/* Elements that matter, by where they stand. */
typedef enum Element
{
	EL_OTHER,
	EL_ROOT,
	EL_CONTENTS,
	EL_FOLDERS,					/* CommonPrefixes */
	EL_KEY,
	EL_SIZE,
	EL_ETAG,
	EL_FOLDER,					/* Prefix in CommonPrefixes */
	EL_TRUNCATED,
	EL_TOKEN,
	EL_ENCODING
} Element;

typedef struct RawEntry
{
	size_t		key;			/* offsets in the arena */
	size_t		etag;
	int64_t		size;
	bool		folder;
} RawEntry;

struct Listing
{
	Xml			xml;
	ListingStatus status;
	bool		done;
	Element		path[MAX_DEPTH];
	char		text[MAX_TEXT + 1]; /* of the element being read */
	/* the entry being read */
	RawEntry	entry;
	bool		has_key;
	/* the page */
	bool		truncated;
	bool		truncated_given;
	bool		url_encoded;
	size_t		token;			/* offset, 0 for none */
	char	   *arena;
	size_t		arena_len;
	size_t		arena_cap;
	RawEntry   *raw;
	size_t		nraw;
	size_t		raw_cap;
	ListingEntry *entries;		/* made when the page is complete */
};

static void
fail(Listing *l, ListingStatus status)
{
	if (l->status == LISTING_OK)
	{
		l->status = status;
		xml_stop(&l->xml);
	}
}

/* Put len bytes and a zero into the arena; its offset, 0 on failure. */
static size_t
arena_add(Listing *l, const char *text, size_t len)
{
	size_t		at = l->arena_len;

	if (l->arena_cap - at < len + 1)
	{
		size_t		cap = l->arena_cap * 2 + len + 1;
		char	   *grown = realloc(l->arena, cap);

		if (grown == NULL)
		{
			fail(l, LISTING_NO_MEMORY);
			return 0;
		}
		l->arena = grown;
		l->arena_cap = cap;
	}
	memcpy(l->arena + at, text, len);
	l->arena[at + len] = '\0';
	l->arena_len = at + len + 1;
	return at;
}

static Element
element_of(Element parent, const char *name)
{
	static const struct
	{
		Element		parent;
		const char *name;
		Element		element;
	}			known[] = {
		{EL_ROOT, "Contents", EL_CONTENTS},
		{EL_ROOT, "CommonPrefixes", EL_FOLDERS},
		{EL_ROOT, "IsTruncated", EL_TRUNCATED},
		{EL_ROOT, "NextContinuationToken", EL_TOKEN},
		{EL_ROOT, "EncodingType", EL_ENCODING},
		{EL_CONTENTS, "Key", EL_KEY},
		{EL_CONTENTS, "Size", EL_SIZE},
		{EL_CONTENTS, "ETag", EL_ETAG},
		{EL_FOLDERS, "Prefix", EL_FOLDER},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].parent == parent && strcmp(known[i].name, name) == 0)
			return known[i].element;
	return EL_OTHER;
}

static void
on_begin(Xml *x, const char *name)
{
	Listing    *l = (Listing *) x;
	Element		element = EL_ROOT;

	if (x->depth == MAX_DEPTH)
	{
		fail(l, LISTING_BAD_XML);
		return;
	}
	if (x->depth > 0)
		element = element_of(l->path[x->depth - 1], name);
	else if (strcmp(name, "ListBucketResult") != 0)
		fail(l, LISTING_NOT_A_LISTING);
	l->path[x->depth] = element;
	if (element >= EL_KEY)
		xml_keep(x, l->text, sizeof(l->text));
	if (element == EL_CONTENTS || element == EL_FOLDERS)
	{
		memset(&l->entry, 0, sizeof(l->entry));
		l->entry.size = -1;
		l->entry.folder = element == EL_FOLDERS;
		l->has_key = false;
	}
}

/* Undo encoding-type=url in place; false where it is none. */
static bool
url_decode(char *text, size_t *len)
{
	size_t		out = 0;

	for (size_t i = 0; i < *len; i++)
	{
		char		c = text[i];

		if (c == '%')
		{
			int			hi = i + 2 < *len ? ascii_hex_digit(text[i + 1]) : -1;
			int			lo = hi >= 0 ? ascii_hex_digit(text[i + 2]) : -1;

			if (lo < 0)
				return false;
			c = (char) (hi << 4 | lo);
			i += 2;
		}
		else if (c == '+')
			c = ' ';			/* S3 writes a blank so, and '+' as %2B */
		text[out++] = c;
	}
	*len = out;
	text[out] = '\0';
	return true;
}

/*
 * The key just read.  Whether keys are encoded is known only at the end of
 * the page (the element may come last), so it is kept as written here.
 */
static void
end_key(Listing *l)
{
	if (l->xml.cut || l->xml.len == 0 || l->has_key)
	{
		fail(l, LISTING_BAD_KEY);
		return;
	}
	l->entry.key = arena_add(l, l->text, l->xml.len);
	l->has_key = true;
}

static void
end_size(Listing *l)
{
	if (!ascii_number(l->text, l->xml.len, 18, &l->entry.size))
		fail(l, LISTING_BAD_VALUE);
}

static void
end_truncated(Listing *l)
{
	l->truncated_given = true;
	if (l->xml.len == 4 && memcmp(l->text, "true", 4) == 0)
		l->truncated = true;
	else if (l->xml.len == 5 && memcmp(l->text, "false", 5) == 0)
		l->truncated = false;
	else
		fail(l, LISTING_BAD_VALUE);
}

static void
end_entry(Listing *l)
{
	if (!l->has_key)
	{
		fail(l, LISTING_BAD_KEY);
		return;
	}
	if (!l->entry.folder && l->entry.size < 0)
	{
		fail(l, LISTING_BAD_VALUE);
		return;
	}
	if (l->nraw == l->raw_cap)
	{
		size_t		cap = l->raw_cap ? l->raw_cap * 2 : 256;
		RawEntry   *grown = realloc(l->raw, cap * sizeof(RawEntry));

		if (grown == NULL)
		{
			fail(l, LISTING_NO_MEMORY);
			return;
		}
		l->raw = grown;
		l->raw_cap = cap;
	}
	l->raw[l->nraw++] = l->entry;
}

static void
on_end(Xml *x)
{
	Listing    *l = (Listing *) x;

	switch (l->path[x->depth])
	{
		case EL_KEY:
		case EL_FOLDER:
			end_key(l);
			break;
		case EL_SIZE:
			end_size(l);
			break;
		case EL_ETAG:
			if (l->xml.cut || l->xml.len > MAX_ETAG)
				fail(l, LISTING_BAD_VALUE);
			else
				l->entry.etag = arena_add(l, l->text, l->xml.len);
			break;
		case EL_TRUNCATED:
			end_truncated(l);
			break;
		case EL_TOKEN:
			if (l->xml.cut)
				fail(l, LISTING_BAD_VALUE);
			else if (l->xml.len > 0)
				l->token = arena_add(l, l->text, l->xml.len);
			break;
		case EL_ENCODING:
			l->url_encoded = l->xml.len == 3 &&
				memcmp(l->text, "url", 3) == 0;
			break;
		case EL_CONTENTS:
		case EL_FOLDERS:
			end_entry(l);
			break;
		default:
			break;
	}
}

Listing *
listing_create(void)
{
	Listing    *l = calloc(1, sizeof(Listing));

	if (l == NULL)
		return NULL;
	l->xml.begin = on_begin;
	l->xml.end = on_end;
	l->arena_cap = 16384;
	l->arena = malloc(l->arena_cap);
	if (!xml_open(&l->xml) || l->arena == NULL)
	{
		listing_destroy(l);
		return NULL;
	}
	l->arena[0] = '\0';			/* offset 0 is the empty text */
	l->arena_len = 1;
	return l;
}

void
listing_destroy(Listing *l)
{
	if (l == NULL)
		return;
	xml_close(&l->xml);
	free(l->arena);
	free(l->raw);
	free(l->entries);
	free(l);
}

/* Decode keys and put them, as entries, where the page has them. */
static ListingStatus
make_entries(Listing *l)
{
	l->entries = malloc((l->nraw ? l->nraw : 1) * sizeof(ListingEntry));
	if (l->entries == NULL)
		return LISTING_NO_MEMORY;
	for (size_t i = 0; i < l->nraw; i++)
	{
		char	   *key = l->arena + l->raw[i].key;
		size_t		len = strlen(key);

		if (l->url_encoded && !url_decode(key, &len))
			return LISTING_BAD_KEY;
		if (len == 0 || len > MAX_KEY || strlen(key) != len)
			return LISTING_BAD_KEY;
		l->entries[i].key = key;
		l->entries[i].etag = l->arena + l->raw[i].etag;
		l->entries[i].size = l->raw[i].folder ? -1 : l->raw[i].size;
		l->entries[i].folder = l->raw[i].folder;
	}
	return LISTING_OK;
}

static int
compare_entries(const void *a, const void *b)
{
	return strcmp(((const ListingEntry *) a)->key,
				  ((const ListingEntry *) b)->key);
}

/*
 * Servers give keys and folders as two ordered lists (some of them mixed);
 * either must be in order by itself, then they are merged.
 */
static ListingStatus
order_entries(Listing *l)
{
	const char *last[2] = {NULL, NULL};

	for (size_t i = 0; i < l->nraw; i++)
	{
		const char **before = &last[l->entries[i].folder];

		if (*before && strcmp(*before, l->entries[i].key) >= 0)
			return LISTING_UNORDERED;
		*before = l->entries[i].key;
	}
	qsort(l->entries, l->nraw, sizeof(ListingEntry), compare_entries);
	for (size_t i = 1; i < l->nraw; i++)
		if (strcmp(l->entries[i - 1].key, l->entries[i].key) == 0)
			return LISTING_UNORDERED;
	return LISTING_OK;
}

ListingStatus
listing_feed(Listing *l, const char *buf, size_t len, bool last)
{
	XmlStatus	status;

	if (l->status != LISTING_OK || l->done)
		return l->status;
	status = xml_feed(&l->xml, buf, len, last);
	if (status != XML_READ_OK && l->status == LISTING_OK)
		l->status = status == XML_READ_NO_MEMORY ? LISTING_NO_MEMORY :
			LISTING_BAD_XML;
	if (l->status != LISTING_OK)
		return l->status;
	if (!last)
		return LISTING_OK;
	l->done = true;
	/* a page that does not say that it is the last one may not be */
	if (!l->truncated_given)
		l->status = LISTING_NO_FLAG;
	else if (l->truncated && l->token == 0)
		l->status = LISTING_NO_TOKEN;
	if (l->status == LISTING_OK)
		l->status = make_entries(l);
	if (l->status == LISTING_OK)
		l->status = order_entries(l);
	return l->status;
}

size_t
listing_count(const Listing *l)
{
	return l->entries ? l->nraw : 0;
}

const ListingEntry *
listing_get(const Listing *l, size_t i)
{
	return &l->entries[i];
}

const char *
listing_token(const Listing *l)
{
	return l->truncated && l->token ? l->arena + l->token : NULL;
}

const char *
listing_message(ListingStatus status)
{
	switch (status)
	{
		case LISTING_OK:
			return "The listing is complete.";
		case LISTING_BAD_XML:
			return "The answer is not well-formed XML.";
		case LISTING_NOT_A_LISTING:
			return "The answer is not a listing.";
		case LISTING_BAD_KEY:
			return "The listing has a key that cannot be read.";
		case LISTING_BAD_VALUE:
			return "The listing has a size or a flag that cannot be read.";
		case LISTING_UNORDERED:
			return "The keys of the listing are not in byte order.";
		case LISTING_NO_FLAG:
			return "The listing does not say whether it is complete.";
		case LISTING_NO_TOKEN:
			return "The listing is cut short without a continuation token.";
		case LISTING_NO_MEMORY:
			return "Memory ran out.";
	}
	return "";
}
