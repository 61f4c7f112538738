/*-------------------------------------------------------------------------
 *
 * nested.c
 *	  What the readers of nested values have in common: buffers, JSON
 *	  strings, keys of maps.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include "base/sort.h"
#include "replay/values/nested.h"

#include <string.h>

#include "replay/values/nested_impl.h"

/* One key of an open map. */
typedef struct KeyEntry
{
	union
	{
		size_t		start;		/* of its JSON string in w->out */
		const char *text;		/* the same, once w->out stands still */
	}			u;
	size_t		len;
	size_t		at;				/* where it stands in the text */
} KeyEntry;

const char *
nested_name(NestedEncoding encoding)
{
	static const char *const names[] = {
		[NESTED_JSON] = "json", [NESTED_HSTORE] = "hstore",
		[NESTED_ROW] = "row", [NESTED_ARRAY] = "array",
		[NESTED_HIVE] = "hive", [NESTED_HIVE_LAX] = "hive_lax"
	};

	return encoding == NESTED_NONE ? NULL : names[encoding];
}

void
nested_init(NestedWork *w, NestedResize resize, void *arg)
{
	memset(w, 0, sizeof(*w));
	w->resize = resize;
	w->arg = arg;
}

static void
buf_free(NestedWork *w, NestedBuf *b)
{
	if (b->data)
		w->resize(w->arg, b->data, 0);
	memset(b, 0, sizeof(*b));
}

void
nested_free(NestedWork *w)
{
	buf_free(w, &w->out);
	buf_free(w, &w->keys);
	buf_free(w, &w->sorted);
	buf_free(w, &w->word);
}

void
nested_start(NestedScan *p, NestedWork *w, const char *text, size_t len)
{
	memset(p, 0, sizeof(*p));
	p->w = w;
	p->s = text;
	p->len = len;
	w->out.len = w->keys.len = 0;
	w->items = 0;
	w->at = 0;
	w->message = NULL;
}

NestedResult
nested_fail(NestedWork *w, NestedResult result, size_t at, const char *message)
{
	w->at = at;
	w->message = message;
	return result;
}

NestedResult
nested_fail_cut(NestedScan *p)
{
	return nested_fail(p->w, NESTED_CUT, p->len, "the text ends here");
}

NestedResult
nested_read_quoted(NestedScan *p, NestedBuf *b)
{
	for (; p->pos < p->len; p->pos++)
	{
		nested_pause(p->w, p->pos, &p->pause_at);
		if (p->s[p->pos] == '"')
		{
			p->pos++;
			return NESTED_OK;
		}
		if (p->s[p->pos] == '\\' && ++p->pos == p->len)
			break;
		NESTED_TRY(nested_buf_char(p->w, b, p->s[p->pos]));
	}
	return nested_fail_cut(p);
}

NestedResult
nested_grow(NestedWork *w, NestedBuf *b, size_t len)
{
	size_t		need;
	size_t		size;
	char	   *data;

	if (len > NESTED_MAX_OUTPUT - b->len)
		return nested_fail(w, NESTED_TOO_LONG, 0, "the value is too long");
	need = b->len + len + 1;
	if (need <= b->size)
		return NESTED_OK;
	size = b->size > 0 ? b->size : 128;
	while (size < need)
		size *= 2;
	if (size > NESTED_MAX_OUTPUT + 1)
		size = NESTED_MAX_OUTPUT + 1;
	data = w->resize(w->arg, b->data, size);
	if (data == NULL)
		return nested_fail(w, NESTED_NO_MEMORY, 0, "memory ran out");
	b->data = data;
	b->size = size;
	return NESTED_OK;
}

NestedResult
nested_buf_put(NestedWork *w, NestedBuf *b, const char *text, size_t len)
{
	NESTED_TRY(nested_grow(w, b, len));
	if (len > 0)
		memcpy(b->data + b->len, text, len);
	b->len += len;
	b->data[b->len] = '\0';
	return NESTED_OK;
}

NestedResult
nested_put(NestedWork *w, const char *text, size_t len)
{
	return nested_buf_put(w, &w->out, text, len);
}

/* One byte that cannot stand in a JSON string as it is. */
static NestedResult
put_escaped(NestedWork *w, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char		esc[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
	size_t		len = 2;

	switch (c)
	{
		case '"':
		case '\\':
			esc[1] = (char) c;
			break;
		case '\b':
			esc[1] = 'b';
			break;
		case '\f':
			esc[1] = 'f';
			break;
		case '\n':
			esc[1] = 'n';
			break;
		case '\r':
			esc[1] = 'r';
			break;
		case '\t':
			esc[1] = 't';
			break;
		default:
			len = 6;
	}
	return nested_put(w, esc, len);
}

NestedResult
nested_put_string(NestedWork *w, const char *text, size_t len)
{
	size_t		done = 0;
	size_t		due = NESTED_STRIDE;

	NESTED_TRY(nested_put(w, "\"", 1));
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) text[i];

		nested_pause(w, i, &due);
		if (c >= ' ' && c != '"' && c != '\\')
			continue;
		NESTED_TRY(nested_put(w, text + done, i - done));
		NESTED_TRY(put_escaped(w, c));
		done = i + 1;
	}
	NESTED_TRY(nested_put(w, text + done, len - done));
	return nested_put(w, "\"", 1);
}

NestedResult
nested_string(NestedWork *w, const char *text, size_t len)
{
	NestedScan	p;

	nested_start(&p, w, text, len);
	return nested_put_string(w, text, len);
}

size_t
nested_keys_open(NestedWork *w)
{
	return w->keys.len;
}

NestedResult
nested_keys_put(NestedWork *w, const char *key, size_t len, size_t at)
{
	KeyEntry	entry;

	memset(&entry, 0, sizeof(entry));
	entry.u.start = w->out.len;
	entry.at = at;
	NESTED_TRY(nested_put_string(w, key, len));
	entry.len = w->out.len - entry.u.start;
	return nested_buf_put(w, &w->keys, (const char *) &entry, sizeof(entry));
}

/* By length first: hstore writes its keys in this order. */
static int
compare_keys(const KeyEntry *x, const KeyEntry *y)
{
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->u.text, y->u.text, x->len);
}

/* A sort that pauses: how many bytes it has compared, and when it is due. */
typedef struct KeySort
{
	NestedWork *w;
	size_t		done;
	size_t		due;
} KeySort;

static int
compare_entries(const void *a, const void *b, void *arg)
{
	KeySort    *sort = arg;
	const KeyEntry *x = a;

	sort->done += sizeof(KeyEntry) + x->len;
	nested_pause(sort->w, sort->done, &sort->due);
	return compare_keys(x, b);
}

/* The first key that does not belong behind the one before it, or n. */
static size_t
first_unsorted(NestedWork *w, const KeyEntry *keys, size_t n)
{
	size_t		i = 1;
	size_t		due = NESTED_STRIDE;

	for (; i < n && compare_keys(&keys[i - 1], &keys[i]) < 0; i++)
		nested_pause(w, i * sizeof(KeyEntry), &due);
	return i;
}

NestedResult
nested_keys_close(NestedWork *w, size_t begin, NestedResult twice)
{
	size_t		n = (w->keys.len - begin) / sizeof(KeyEntry);
	KeySort		sort = {.w = w,.due = NESTED_STRIDE};
	KeyEntry   *keys;
	size_t		again;

	w->keys.len = begin;
	if (n < 2)
		return NESTED_OK;
	/* entries are all of one size, so each is aligned as the first is */
	keys = (KeyEntry *) (void *) (w->keys.data + begin);
	for (size_t i = 0; i < n; i++)
		keys[i].u.text = w->out.data + keys[i].u.start;
	if (first_unsorted(w, keys, n) == n)
		return NESTED_OK;
	w->sorted.len = 0;
	NESTED_TRY(nested_grow(w, &w->sorted, n * sizeof(KeyEntry)));
	/* of equal ones the first in the text stays first */
	sort_merge((char *) keys, n, sizeof(KeyEntry), w->sorted.data,
			   compare_entries, &sort);
	again = first_unsorted(w, keys, n);
	return again == n ? NESTED_OK :
		nested_fail(w, twice, keys[again].at,
					"a key stands there a second time");
}
