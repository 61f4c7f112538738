/*-------------------------------------------------------------------------
 *
 * json.c
 *	  Keys as metadata services hand them out in JSON: see doc.h.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include "store/cred/doc.h"

#include <string.h>

#define MAX_DEPTH	32

typedef struct Json
{
	const char *at;
	const char *end;
} Json;

/* Where a text goes; what is cut is told. */
typedef struct Out
{
	char	   *text;			/* NULL: nowhere */
	size_t		cap;
	size_t		len;
	bool		cut;
} Out;

static void
put(Out *out, char c)
{
	if (out->text == NULL)
		return;
	if (out->len + 1 >= out->cap || c == '\0')
		out->cut = true;
	else
		out->text[out->len++] = c;
}

static void
put_code(Out *out, unsigned code)
{
	if (code < 0x80)
		put(out, (char) code);
	else if (code < 0x800)
	{
		put(out, (char) (0xc0 | code >> 6));
		put(out, (char) (0x80 | (code & 0x3f)));
	}
	else if (code < 0x10000)
	{
		put(out, (char) (0xe0 | code >> 12));
		put(out, (char) (0x80 | (code >> 6 & 0x3f)));
		put(out, (char) (0x80 | (code & 0x3f)));
	}
	else
	{
		put(out, (char) (0xf0 | code >> 18));
		put(out, (char) (0x80 | (code >> 12 & 0x3f)));
		put(out, (char) (0x80 | (code >> 6 & 0x3f)));
		put(out, (char) (0x80 | (code & 0x3f)));
	}
}

static void
blanks(Json *j)
{
	while (j->at < j->end && (*j->at == ' ' || *j->at == '\t' ||
							  *j->at == '\n' || *j->at == '\r'))
		j->at++;
}

/* Take c, after blanks. */
static bool
take(Json *j, char c)
{
	blanks(j);
	if (j->at >= j->end || *j->at != c)
		return false;
	j->at++;
	return true;
}

static bool
hex4(Json *j, unsigned *code)
{
	*code = 0;
	if (j->end - j->at < 4)
		return false;
	for (int i = 0; i < 4; i++)
	{
		char		c = *j->at++;

		*code <<= 4;
		if (c >= '0' && c <= '9')
			*code |= (unsigned) (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			*code |= (unsigned) ((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	return true;
}

/* What stands after \u, the second half of a pair included. */
static bool
unicode(Json *j, Out *out)
{
	unsigned	code;
	unsigned	low;

	if (!hex4(j, &code))
		return false;
	if (code >= 0xd800 && code < 0xdc00)
	{
		if (j->end - j->at < 2 || j->at[0] != '\\' || j->at[1] != 'u')
			return false;
		j->at += 2;
		if (!hex4(j, &low) || low < 0xdc00 || low > 0xdfff)
			return false;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	else if (code >= 0xdc00 && code <= 0xdfff)
		return false;
	put_code(out, code);
	return true;
}

static bool
escape(Json *j, Out *out)
{
	static const char names[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";
	const char *which;

	if (j->at >= j->end || *j->at == '\0')
		return false;
	if (*j->at == 'u')
	{
		j->at++;
		return unicode(j, out);
	}
	which = strchr(names, *j->at++);
	if (which == NULL)
		return false;
	put(out, values[which - names]);
	return true;
}

/* A text, whose first quote was taken. */
static bool
string(Json *j, Out *out)
{
	while (j->at < j->end)
	{
		char		c = *j->at++;

		if (c == '"')
		{
			if (out->text)
				out->text[out->len] = '\0';
			return true;
		}
		if ((unsigned char) c < 0x20)
			return false;
		if (c != '\\')
			put(out, c);
		else if (!escape(j, out))
			return false;
	}
	return false;
}

static bool
scalar(Json *j)
{
	const char *start = j->at;

	while (j->at < j->end && *j->at != '\0' &&
		   strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", *j->at))
		j->at++;
	return j->at > start;
}

/* Pass over any value. */
static bool
skip(Json *j, int depth)
{
	Out			nowhere = {NULL};
	char		close;

	if (depth > MAX_DEPTH)
		return false;
	if (take(j, '"'))
		return string(j, &nowhere);
	if (!take(j, '{'))
	{
		if (!take(j, '['))
			return scalar(j);
		close = ']';
	}
	else
		close = '}';
	if (take(j, close))
		return true;
	do
	{
		if (close == '}' &&
			(!take(j, '"') || !string(j, &nowhere) || !take(j, ':')))
			return false;
		if (!skip(j, depth + 1))
			return false;
	} while (take(j, ','));
	return take(j, close);
}

/* Where the value of a member goes; nowhere if it is not wanted. */
static Out
place(const char *name, CredDoc *doc, bool *vital)
{
	const struct
	{
		const char *name;
		char	   *text;
		size_t		cap;
		bool		vital;
	}			members[] = {
		{"AccessKeyId", doc->access_key_id, sizeof(doc->access_key_id), true},
		{"SecretAccessKey", doc->secret_access_key,
		sizeof(doc->secret_access_key), true},
		{"Token", doc->session_token, sizeof(doc->session_token), true},
		{"Expiration", doc->expiration, sizeof(doc->expiration), true},
		{"Code", doc->code, sizeof(doc->code), false},
		{"code", doc->code, sizeof(doc->code), false},
		{"Message", doc->message, sizeof(doc->message), false},
		{"message", doc->message, sizeof(doc->message), false},
	};
	Out			out = {NULL};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(members[i].name, name) == 0)
		{
			out.text = members[i].text;
			out.cap = members[i].cap;
			*vital = members[i].vital;
		}
	return out;
}

static bool
member(Json *j, CredDoc *doc)
{
	char		name[32];
	Out			key = {name, sizeof(name)};
	Out			out = {NULL};
	bool		vital = false;
	bool		good;

	if (!take(j, '"') || !string(j, &key) || !take(j, ':'))
		return false;
	if (!key.cut)
		out = place(name, doc, &vital);
	if (!take(j, '"'))
		return skip(j, 1);
	good = string(j, &out);
	if (out.text && !good)
		out.text[0] = '\0';
	return good && !(out.cut && vital);
}

bool
cred_doc_json(const char *buf, size_t len, CredDoc *out)
{
	Json		j = {buf, buf + len};
	bool		good = true;

	memset(out, 0, sizeof(*out));
	if (!take(&j, '{'))
		return false;
	if (!take(&j, '}'))
	{
		do
			good = member(&j, out);
		while (good && take(&j, ','));
		good = good && take(&j, '}');
	}
	blanks(&j);
	if (good && j.at == j.end)
		return true;
	memset(out, 0, sizeof(*out));
	return false;
}
