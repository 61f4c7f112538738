/*-------------------------------------------------------------------------
 *
 * listing.c
 *	  Reads pages of listings with expat: see listing.h.
 *
 * Texts of a page lie one after another in an arena, and entries name them by
 * offset until the page is complete, since the arena moves as it grows.
 *
 *-------------------------------------------------------------------------
 */
#include "store/s3/listing.h"

#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "base/ascii.h"

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
	XML_Parser	parser;
	ListingStatus status;
	bool		done;
	int			depth;
	Element		path[MAX_DEPTH];
	/* text of the element being read */
	char		text[MAX_TEXT + 1];
	size_t		textlen;
	bool		text_too_long;
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

/* The name after a namespace prefix. */
static const char *
local_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

static void
fail(Listing *l, ListingStatus status)
{
	if (l->status == LISTING_OK)
	{
		l->status = status;
		XML_StopParser(l->parser, XML_FALSE);
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

static void XMLCALL
on_start(void *data, const XML_Char *name, const XML_Char **atts)
{
	Listing    *l = data;

	if (l->status != LISTING_OK)
		return;
	if (l->depth == MAX_DEPTH)
	{
		fail(l, LISTING_BAD_XML);
		return;
	}
	name = local_name(name);
	if (l->depth == 0)
	{
		if (strcmp(name, "ListBucketResult") != 0)
		{
			fail(l, LISTING_NOT_A_LISTING);
			return;
		}
		l->path[l->depth++] = EL_ROOT;
		return;
	}
	l->path[l->depth] = element_of(l->path[l->depth - 1], name);
	l->depth++;
	l->textlen = 0;
	l->text_too_long = false;
	if (l->path[l->depth - 1] == EL_CONTENTS ||
		l->path[l->depth - 1] == EL_FOLDERS)
	{
		memset(&l->entry, 0, sizeof(l->entry));
		l->entry.size = -1;
		l->entry.folder = l->path[l->depth - 1] == EL_FOLDERS;
		l->has_key = false;
	}
}

static void XMLCALL
on_text(void *data, const XML_Char *s, int len)
{
	Listing    *l = data;

	if (l->depth == 0 || l->path[l->depth - 1] < EL_KEY)
		return;
	if ((size_t) len > MAX_TEXT - l->textlen)
	{
		l->text_too_long = true;
		return;
	}
	memcpy(l->text + l->textlen, s, len);
	l->textlen += len;
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
	if (l->text_too_long || l->textlen == 0 || l->has_key)
	{
		fail(l, LISTING_BAD_KEY);
		return;
	}
	l->entry.key = arena_add(l, l->text, l->textlen);
	l->has_key = true;
}

static void
end_size(Listing *l)
{
	if (!ascii_number(l->text, l->textlen, 18, &l->entry.size))
		fail(l, LISTING_BAD_VALUE);
}

static void
end_truncated(Listing *l)
{
	l->truncated_given = true;
	if (l->textlen == 4 && memcmp(l->text, "true", 4) == 0)
		l->truncated = true;
	else if (l->textlen == 5 && memcmp(l->text, "false", 5) == 0)
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

static void XMLCALL
on_end(void *data, const XML_Char *name)
{
	Listing    *l = data;

	if (l->status != LISTING_OK)
		return;
	switch (l->path[--l->depth])
	{
		case EL_KEY:
		case EL_FOLDER:
			end_key(l);
			break;
		case EL_SIZE:
			end_size(l);
			break;
		case EL_ETAG:
			if (l->text_too_long || l->textlen > MAX_ETAG)
				fail(l, LISTING_BAD_VALUE);
			else
				l->entry.etag = arena_add(l, l->text, l->textlen);
			break;
		case EL_TRUNCATED:
			end_truncated(l);
			break;
		case EL_TOKEN:
			if (l->text_too_long)
				fail(l, LISTING_BAD_VALUE);
			else if (l->textlen > 0)
				l->token = arena_add(l, l->text, l->textlen);
			break;
		case EL_ENCODING:
			l->url_encoded = l->textlen == 3 &&
				memcmp(l->text, "url", 3) == 0;
			break;
		case EL_CONTENTS:
		case EL_FOLDERS:
			end_entry(l);
			break;
		default:
			break;
	}
	l->textlen = 0;
	l->text_too_long = false;
}

static void XMLCALL
on_doctype(void *data, const XML_Char *name, const XML_Char *sysid,
		   const XML_Char *pubid, int has_internal_subset)
{
	fail(data, LISTING_BAD_XML);
}

Listing *
listing_create(void)
{
	Listing    *l = calloc(1, sizeof(Listing));

	if (l == NULL)
		return NULL;
	l->parser = XML_ParserCreate(NULL);
	l->arena_cap = 16384;
	l->arena = malloc(l->arena_cap);
	if (l->parser == NULL || l->arena == NULL)
	{
		listing_destroy(l);
		return NULL;
	}
	l->arena[0] = '\0';			/* offset 0 is the empty text */
	l->arena_len = 1;
	XML_SetUserData(l->parser, l);
	XML_SetElementHandler(l->parser, on_start, on_end);
	XML_SetCharacterDataHandler(l->parser, on_text);
	XML_SetStartDoctypeDeclHandler(l->parser, on_doctype);
	return l;
}

void
listing_destroy(Listing *l)
{
	if (l == NULL)
		return;
	if (l->parser)
		XML_ParserFree(l->parser);
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
	if (l->status != LISTING_OK || l->done)
		return l->status;
	while (len > 0 || last)
	{
		/* expat counts in int */
		size_t		part = len > (1 << 20) ? (1 << 20) : len;
		bool		final = last && part == len;

		if (XML_Parse(l->parser, buf, (int) part, final) != XML_STATUS_OK &&
			l->status == LISTING_OK)
			l->status = XML_GetErrorCode(l->parser) == XML_ERROR_NO_MEMORY ?
				LISTING_NO_MEMORY : LISTING_BAD_XML;
		if (l->status != LISTING_OK)
			return l->status;
		buf += part;
		len -= part;
		if (final)
			break;
	}
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
