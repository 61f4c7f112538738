/*-------------------------------------------------------------------------
 *
 * stsdoc.c
 *	  Reads the answers of the Security Token Service with expat: see
 *	  doc.h.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include "store/cred/doc.h"

#include <string.h>

#include <expat.h>

#define MAX_DOCUMENT	(1 << 20)

typedef struct StsParser
{
	XML_Parser	parser;
	CredDoc    *out;
	int			depth;
	int			within;			/* depth of Credentials or Error, or 0 */
	bool		keys;			/* it is Credentials */
	bool		known;			/* either was met */
	char	   *text;			/* field being read, or NULL */
	size_t		cap;
	size_t		len;
	bool		bad;			/* a text of keys was too long */
} StsParser;

static const char *
local_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

static void
begin_field(StsParser *p, const char *name)
{
	CredDoc    *out = p->out;
	const struct
	{
		bool		keys;
		const char *name;
		char	   *text;
		size_t		cap;
	}			fields[] = {
		{true, "AccessKeyId", out->access_key_id, sizeof(out->access_key_id)},
		{true, "SecretAccessKey", out->secret_access_key,
		sizeof(out->secret_access_key)},
		{true, "SessionToken", out->session_token,
		sizeof(out->session_token)},
		{true, "Expiration", out->expiration, sizeof(out->expiration)},
		{false, "Code", out->code, sizeof(out->code)},
		{false, "Message", out->message, sizeof(out->message)},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].keys == p->keys && strcmp(fields[i].name, name) == 0)
		{
			p->text = fields[i].text;
			p->cap = fields[i].cap;
			p->len = 0;
			memset(p->text, 0, p->cap);
		}
}

static void XMLCALL
on_start(void *data, const XML_Char *name, const XML_Char **atts)
{
	StsParser  *p = data;

	name = local_name(name);
	p->depth++;
	p->text = NULL;
	if (p->within == 0)
	{
		p->keys = strcmp(name, "Credentials") == 0;
		if (p->keys || strcmp(name, "Error") == 0)
		{
			p->within = p->depth;
			p->known = true;
		}
	}
	else if (p->depth == p->within + 1)
		begin_field(p, name);
}

static void XMLCALL
on_end(void *data, const XML_Char *name)
{
	StsParser  *p = data;

	p->text = NULL;
	if (p->depth == p->within)
		p->within = 0;
	p->depth--;
}

static void XMLCALL
on_text(void *data, const XML_Char *s, int len)
{
	StsParser  *p = data;

	for (int i = 0; p->text && i < len; i++)
	{
		if (p->len + 1 < p->cap)
			p->text[p->len++] = s[i];
		else if (p->keys)
			p->bad = true;
	}
}

static void XMLCALL
on_doctype(void *data, const XML_Char *name, const XML_Char *sysid,
		   const XML_Char *pubid, int has_internal_subset)
{
	StsParser  *p = data;

	XML_StopParser(p->parser, XML_FALSE);
}

bool
cred_doc_sts(const char *buf, size_t len, CredDoc *out)
{
	StsParser	p = {0};
	bool		good;

	memset(out, 0, sizeof(*out));
	if (len > MAX_DOCUMENT)
		return false;
	p.parser = XML_ParserCreate(NULL);
	p.out = out;
	if (p.parser == NULL)
		return false;
	XML_SetUserData(p.parser, &p);
	XML_SetElementHandler(p.parser, on_start, on_end);
	XML_SetCharacterDataHandler(p.parser, on_text);
	XML_SetStartDoctypeDeclHandler(p.parser, on_doctype);
	good = XML_Parse(p.parser, buf, (int) len, 1) == XML_STATUS_OK &&
		p.known && !p.bad;
	XML_ParserFree(p.parser);
	if (!good)
		memset(out, 0, sizeof(*out));
	return good;
}
