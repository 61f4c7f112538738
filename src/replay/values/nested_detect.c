/*-------------------------------------------------------------------------
 *
 * nested_detect.c
 *	  What texts are: JSON, the front part of JSON, and which encoding surely
 *	  fits a column's.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include "replay/values/nested.h"

#include <string.h>

#include "base/json.h"
#include "replay/values/nested_impl.h"

NestedResult
nested_check_json(const char *text, size_t len, bool *container)
{
	JsonScan	j;
	JsonToken	token;

	json_start(&j, text, len, JSON_MAX_DEPTH);
	token = json_next(&j);
	*container = false;
	for (int n = 1; token < JSON_DONE; n++)
	{
		token = json_next(&j);
		/* the token behind the first bracket does not close it */
		if (n == 1)
			*container = token < JSON_DONE && j.depth > 0;
	}
	return token == JSON_DONE ? NESTED_OK : token == JSON_CUT ? NESTED_CUT :
		token == JSON_DEEP ? NESTED_TOO_DEEP : NESTED_BAD;
}

bool
nested_utf8_is_cut(const char *text, size_t len)
{
	size_t		back = 0;
	unsigned char lead;

	while (back < 3 && back < len &&
		   ((unsigned char) text[len - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back == len)
		return false;
	lead = (unsigned char) text[len - 1 - back];
	return lead >= 0xf0 ? back < 3 : lead >= 0xe0 ? back < 2 :
		lead >= 0xc0 && back < 1;
}

/* Does one text read so, and would ordinary text hardly do so by chance? */
static bool
fits(NestedWork *w, NestedEncoding encoding, const NestedText *text,
	 bool *telling)
{
	NestedType	element = {.kind = NESTED_STRING};
	NestedType	list = {
		.kind = NESTED_LIST,.delimiter = ',',.element = &element
	};
	NestedScan	p;
	NestedResult result;

	nested_start(&p, w, text->data, text->len);
	p.exact = true;
	switch (encoding)
	{
		case NESTED_JSON:
			result = nested_check_json(text->data, text->len, telling);
			/* numbers and words are JSON too, but need not be meant so */
			while (p.pos < p.len && nested_is_blank(p.s[p.pos]))
				p.pos++;
			if (p.pos == p.len || (p.s[p.pos] != '{' && p.s[p.pos] != '['))
				result = NESTED_BAD;
			break;
		case NESTED_HSTORE:
			result = nested_read_hstore(&p);
			*telling = w->items > 0;
			break;
		case NESTED_ARRAY:
			result = nested_read_array(&p, &list);
			*telling = w->items > 1;
			/* JSON has no place for subscripts that do not begin with 1 */
			if (text->len > 0 && text->data[0] == '[')
				result = NESTED_BAD;
			if (element.value.data)
				w->resize(w->arg, element.value.data, 0);
			break;
		default:
			result = nested_hive(w, text->data, text->len);
			*telling = text->len > 0 && w->items > (text->data[0] == '[');
	}
	return result == NESTED_OK;
}

NestedEncoding
nested_detect(NestedWork *w, const NestedText *texts, int ntexts)
{
	static const NestedEncoding candidates[] = {
		NESTED_JSON, NESTED_HSTORE, NESTED_ARRAY, NESTED_HIVE
	};
	NestedEncoding found = NESTED_NONE;
	bool		told = false;

	for (int c = 0; c < 4; c++)
	{
		bool		any = false;
		bool		all = true;

		for (int i = 0; i < ntexts && all; i++)
		{
			bool		telling;

			all = fits(w, candidates[c], &texts[i], &telling);
			any = any || telling;
		}
		if (!all)
			continue;
		if (candidates[c] == NESTED_JSON && any)
			return NESTED_JSON;
		if (found != NESTED_NONE)
			return NESTED_NONE;
		found = candidates[c];
		told = any;
	}
	return told ? found : NESTED_NONE;
}
