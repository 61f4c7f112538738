/*-------------------------------------------------------------------------
 *
 * xml.c
 *	  Documents in XML, over expat: see xml.h.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include "store/http/xml.h"

#include <string.h>

#include <expat.h>

#define MAX_DOCUMENT	(1 << 20)
/*
 * Bytes of a tag, a comment or the like, and of what is parsed at once: expat
 * keeps one that does not end, and reads it again with whatever comes.
 */
#define MAX_TOKEN		(1 << 16)

static void XMLCALL
on_start(void *data, const XML_Char *name, const XML_Char **atts)
{
	Xml		   *x = data;
	const char *colon = strrchr(name, ':');

	if (x->stopped)
		return;
	x->text = NULL;
	x->begin(x, colon ? colon + 1 : name);
	x->depth++;
}

static void XMLCALL
on_end(void *data, const XML_Char *name)
{
	Xml		   *x = data;

	if (x->stopped)
		return;
	x->depth--;
	x->text = NULL;
	if (x->end)
		x->end(x);
}

static void XMLCALL
on_text(void *data, const XML_Char *s, int len)
{
	Xml		   *x = data;
	size_t		n = (size_t) len;

	if (x->text == NULL)
		return;
	if (n > x->cap - 1 - x->len)
	{
		n = x->cap - 1 - x->len;
		x->cut = true;
	}
	memcpy(x->text + x->len, s, n);
	x->len += n;
	x->text[x->len] = '\0';
}

static void XMLCALL
on_doctype(void *data, const XML_Char *name, const XML_Char *sysid,
		   const XML_Char *pubid, int has_internal_subset)
{
	xml_stop(data);
}

bool
xml_open(Xml *x)
{
	x->parser = XML_ParserCreate(NULL);
	if (x->parser == NULL)
		return false;
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_start, on_end);
	XML_SetCharacterDataHandler(x->parser, on_text);
	XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
	return true;
}

void
xml_close(Xml *x)
{
	if (x->parser)
		XML_ParserFree(x->parser);
	x->parser = NULL;
}

XmlStatus
xml_feed(Xml *x, const char *buf, size_t len, bool last)
{
	bool		final;

	do
	{
		size_t		part = len > MAX_TOKEN ? MAX_TOKEN : len;

		final = last && part == len;
		if (XML_Parse(x->parser, buf, (int) part, final) != XML_STATUS_OK)
			return XML_GetErrorCode(x->parser) == XML_ERROR_NO_MEMORY ?
				XML_READ_NO_MEMORY : XML_READ_BAD;
		x->fed += part;
		if (!final && x->fed - XML_GetCurrentByteIndex(x->parser) > MAX_TOKEN)
			return XML_READ_BAD;
		buf += part;
		len -= part;
	} while (len > 0);
	return XML_READ_OK;
}

XmlStatus
xml_read(Xml *x, const char *buf, size_t len)
{
	XmlStatus	status = XML_READ_BAD;

	if (len <= MAX_DOCUMENT)
		status = xml_open(x) ? xml_feed(x, buf, len, true) : XML_READ_NO_MEMORY;
	xml_close(x);
	return status;
}

void
xml_keep(Xml *x, char *text, size_t cap)
{
	x->text = text;
	x->cap = cap;
	x->len = 0;
	x->cut = false;
	text[0] = '\0';
}

void
xml_keep_field(Xml *x, const char *name, const XmlField *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(fields[i].name, name) == 0 && fields[i].text[0] == '\0')
			xml_keep(x, fields[i].text, fields[i].cap);
}

void
xml_stop(Xml *x)
{
	x->stopped = true;
	XML_StopParser(x->parser, XML_FALSE);
}
