/*-------------------------------------------------------------------------
 *
 * json.h
 *	  JSON text, token by token.  Pure C: no allocation, no recursion.
 *
 * The grammar is RFC 8259's, and nothing beyond it is taken.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_BASE_JSON_H
#define CDC_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>

/* The most levels of objects and arrays that a scan can have open. */
#define JSON_MAX_DEPTH	6400

typedef enum JsonToken
{
	JSON_OBJECT,
	JSON_ARRAY,
	JSON_CLOSE,					/* of the one or the other */
	JSON_KEY,					/* a string, and a colon follows */
	JSON_STRING,
	JSON_NUMBER,
	JSON_WORD,					/* true, false, null */

	/* those behind which no more come */
	JSON_DONE,					/* the text is one value */
	JSON_CUT,					/* it may be the front part of one */
	JSON_DEEP,					/* it has more levels than were allowed */
	JSON_BAD
} JsonToken;

typedef enum JsonState
{
	JSON_EXPECT_VALUE,
	JSON_EXPECT_FIRST_VALUE,	/* or the end of the array */
	JSON_EXPECT_KEY,
	JSON_EXPECT_FIRST_KEY,		/* or the end of the object */
	JSON_EXPECT_COLON,
	JSON_EXPECT_END				/* a comma, or what closes */
} JsonState;

typedef struct JsonScan
{
	/* the last token: a number, a word, or what is between a string's quotes */
	const char *token;
	size_t		token_len;
	int			depth;			/* levels that are open behind it */
	bool		zero;			/* a string up to here has \u0000 */

	/* private */
	const char *at;
	const char *end;
	int			max_depth;
	JsonState	state;
	unsigned char objects[JSON_MAX_DEPTH / 8];	/* which levels are objects */
} JsonScan;

/*
 * Begins to read len bytes, which outlive the scan, with max_depth levels at
 * most, of JSON_MAX_DEPTH.
 */
extern void json_start(JsonScan *j, const char *text, size_t len,
					   int max_depth);
extern JsonToken json_next(JsonScan *j);

/*
 * Writes the last token, a string or a key, to out without its escapes, as
 * UTF-8 with a zero byte behind it, cut to cap bytes; *cut tells that it was,
 * or that it has a zero byte, which is left out.  Returns false where it has
 * half of a surrogate pair.
 */
extern bool json_text(const JsonScan *j, char *out, size_t cap, bool *cut);

#endif							/* CDC_BASE_JSON_H */
