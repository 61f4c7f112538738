/*-------------------------------------------------------------------------
 *
 * nested_util.h
 *	  What the unit test and the fuzz target of nested values share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_UNIT_NESTED_UTIL_H
#define CDC_UNIT_NESTED_UTIL_H

#include <stdlib.h>
#include <string.h>

#include "replay/values/nested.h"

/* Allocations that succeed before one fails; negative: all succeed. */
static int	allocations_left = -1;

static void *
test_resize(void *arg, void *old, size_t size)
{
	(void) arg;
	if (size == 0)
	{
		free(old);
		return NULL;
	}
	if (allocations_left == 0)
		return NULL;
	if (allocations_left > 0)
		allocations_left--;
	/* always elsewhere: whoever keeps the old place is found out */
	{
		void	   *new = malloc(size);

		if (new != NULL && old != NULL)
		{
#if defined(__GLIBC__)
			extern size_t malloc_usable_size(void *p);
			size_t		had = malloc_usable_size(old);

			memcpy(new, old, had < size ? had : size);
			free(old);
#else
			free(new);
			new = realloc(old, size);
#endif
		}
		return new;
	}
}

/* A leaf: what looks like a JSON number is one, else a string. */
static NestedResult
test_leaf(void *leaf, NestedWork *w, const char *text, size_t len)
{
	bool		container;

	(void) leaf;
	if (text[len] != '\0')
		abort();
	if (len > 0 && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9')) &&
		strpbrk(text, " \t\r\n") == NULL &&
		nested_check_json(text, len, &container) == NESTED_OK)
		return nested_put(w, text, len);
	NestedResult r = nested_put(w, "\"", 1);

	for (size_t i = 0; i < len && r == NESTED_OK; i++)
	{
		char		hex[] = "0123456789abcdef";
		unsigned char c = (unsigned char) text[i];
		char		esc[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

		if (c < ' ' || c == '"' || c == '\\')
			r = nested_put(w, esc, 6);
		else
			r = nested_put(w, text + i, 1);
	}
	return r == NESTED_OK ? nested_put(w, "\"", 1) : r;
}

/*
 * Hive's display of JSON text that nested_hive made, into out (as long as
 * the JSON text at least).
 */
static size_t
test_display(const char *json, size_t len, char *out)
{
	size_t		n = 0;
	bool		quoted = false;

	for (size_t i = 0; i < len; i++)
	{
		char		c = json[i];

		if (c == '"')
			quoted = !quoted;
		else if (!quoted && c == ':')
		{
			out[n++] = '=';
			i++;
		}
		else if (quoted && c == '\\')
		{
			static const char from[] = "\"\\bfnrt";
			static const char to[] = "\"\\\b\f\n\r\t";
			const char *f = memchr(from, json[++i], 7);

			if (f != NULL)
				out[n++] = to[f - from];
			else
			{
				char		hex[3] = {json[i + 3], json[i + 4], '\0'};

				out[n++] = (char) strtol(hex, NULL, 16);
				i += 4;
			}
		}
		else
			out[n++] = c;
	}
	return n;
}

#endif							/* CDC_UNIT_NESTED_UTIL_H */
