/*-------------------------------------------------------------------------
 *
 * nested_hstore.c
 *	  The text of PostgreSQL's hstore to JSON text.  Pure C.
 *
 * It takes what hstore's input function takes, but for quotes inside of an
 * unquoted word, a comma at the end, a key given twice and a word NULL that is
 * cut short, none of which hstore itself writes.  Values are strings, since hstore has no others.
 *
 *-------------------------------------------------------------------------
 */
#include "replay/values/nested.h"

#include <string.h>

#include "replay/values/nested_impl.h"

/* A word without quotes, up to a blank or the byte end, to w->word. */
static NestedResult
read_unquoted(NestedScan *p, char end, bool *escaped)
{
	NestedBuf  *b = &p->w->word;

	for (; p->pos < p->len; p->pos++)
	{
		char		c = p->s[p->pos];

		nested_pause(p->w, p->pos, &p->pause_at);
		if (nested_is_blank(c) || c == end)
			break;
		if (c == '"')
			return nested_fail(p->w, NESTED_BAD, p->pos,
							   "a quote stands inside of an unquoted word");
		if (c == '\\')
		{
			*escaped = true;
			if (++p->pos == p->len)
				return nested_fail_cut(p);
		}
		NESTED_TRY(nested_buf_char(p->w, b, p->s[p->pos]));
	}
	return NESTED_OK;
}

/* A key or value to w->word. */
static NestedResult
read_word(NestedScan *p, bool is_key, bool *is_null)
{
	const NestedBuf *b = &p->w->word;
	size_t		start = p->pos;
	bool		escaped = false;

	*is_null = false;
	p->w->word.len = 0;
	/* an empty word has a buffer too */
	NESTED_TRY(nested_grow(p->w, &p->w->word, 0));
	if (p->pos == p->len)
		return nested_fail_cut(p);
	if (p->s[p->pos] == '"')
	{
		p->pos++;
		return nested_read_quoted(p, &p->w->word);
	}
	NESTED_TRY(read_unquoted(p, is_key ? '=' : ',', &escaped));
	if (p->pos == start)
		return nested_fail(p->w, NESTED_BAD, start, is_key ?
						   "a key should stand here" :
						   "a value should stand here");
	*is_null = !is_key && !escaped && b->len == 4 &&
		(b->data[0] | 0x20) == 'n' && (b->data[1] | 0x20) == 'u' &&
		(b->data[2] | 0x20) == 'l' && (b->data[3] | 0x20) == 'l';
	if (p->exact && !*is_null)
		return nested_fail(p->w, NESTED_BAD, start, "a word is not quoted");
	return NESTED_OK;
}

/* key => value */
static NestedResult
read_pair(NestedScan *p)
{
	NestedWork *w = p->w;
	size_t		at = p->pos;
	bool		is_null;

	NESTED_TRY(read_word(p, true, &is_null));
	NESTED_TRY(nested_keys_put(w, w->word.data, w->word.len, at));
	NESTED_TRY(nested_put(w, ": ", 2));
	nested_skip_blanks(p);
	for (const char *arrow = "=>"; *arrow != '\0'; arrow++, p->pos++)
	{
		if (p->pos == p->len)
			return nested_fail_cut(p);
		if (p->s[p->pos] != *arrow)
			return nested_fail(w, NESTED_BAD, p->pos,
							   "=> should stand here, behind a key");
	}
	nested_skip_blanks(p);
	NESTED_TRY(read_word(p, false, &is_null));
	w->items++;
	return is_null ? nested_put(w, "null", 4) :
		nested_put_string(w, w->word.data, w->word.len);
}

NestedResult
nested_read_hstore(NestedScan *p)
{
	size_t		keys = nested_keys_open(p->w);

	NESTED_TRY(nested_put(p->w, "{", 1));
	nested_skip_blanks(p);
	for (bool first = true; p->pos < p->len; first = false)
	{
		if (!first)
		{
			if (p->s[p->pos] != ',')
				return nested_fail(p->w, NESTED_BAD, p->pos,
								   "a comma should stand here, between pairs");
			p->pos++;
			nested_skip_blanks(p);
			NESTED_TRY(nested_put(p->w, ", ", 2));
		}
		NESTED_TRY(read_pair(p));
		nested_skip_blanks(p);
	}
	NESTED_TRY(nested_keys_close(p->w, keys, NESTED_BAD));
	return nested_put(p->w, "}", 1);
}

/*
 * hstore writes all strings in quotes, and keys too: behind such a key the
 * letters of NULL that a cut left are no string.
 */
bool
nested_hstore_is_cut(const char *text, size_t len)
{
	const char *word = "NULL";

	for (size_t n = 1; n < strlen(word) && n < len; n++)
	{
		size_t		rest = len - n;

		if (memcmp(text + rest, word, n) != 0)
			continue;
		while (rest > 0 && nested_is_blank(text[rest - 1]))
			rest--;
		return rest >= 3 && memcmp(text + rest - 3, "\"=>", 3) == 0;
	}
	return false;
}

NestedResult
nested_hstore(NestedWork *w, const char *text, size_t len)
{
	NestedScan	p;

	nested_start(&p, w, text, len);
	if (nested_hstore_is_cut(text, len))
		return nested_fail_cut(&p);
	return nested_read_hstore(&p);
}
