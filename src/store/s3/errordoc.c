/*-------------------------------------------------------------------------
 *
 * errordoc.c
 *	  Reads S3's error documents with expat: see listing.h.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include "store/s3/listing.h"

#include <string.h>

#include <expat.h>

typedef struct ErrorParser
{
	XML_Parser	parser;
	S3ErrorText *out;
	int			depth;
	bool		is_error;
	char	   *text;			/* field being read, or NULL */
	size_t		cap;
	size_t		len;
} ErrorParser;

static void XMLCALL
on_error_start(void *data, const XML_Char *name, const XML_Char **atts)
{
	ErrorParser *e = data;
	const struct
	{
		const char *name;
		char	   *text;
		size_t		cap;
	}			fields[] = {
		{"Code", e->out->code, sizeof(e->out->code)},
		{"Message", e->out->message, sizeof(e->out->message)},
		{"Region", e->out->region, sizeof(e->out->region)},
		{"RequestId", e->out->request_id, sizeof(e->out->request_id)},
	};

	name = strrchr(name, ':') ? strrchr(name, ':') + 1 : name;
	e->text = NULL;
	if (e->depth == 0)
		e->is_error = strcmp(name, "Error") == 0;
	for (size_t i = 0; e->depth == 1 && e->is_error &&
		 i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(fields[i].name, name) == 0)
		{
			e->text = fields[i].text;
			e->cap = fields[i].cap;
			e->len = 0;
		}
	e->depth++;
}

static void XMLCALL
on_error_end(void *data, const XML_Char *name)
{
	ErrorParser *e = data;

	e->depth--;
	e->text = NULL;
}

static void XMLCALL
on_error_text(void *data, const XML_Char *s, int len)
{
	ErrorParser *e = data;

	for (int i = 0; e->text && i < len && e->len + 1 < e->cap; i++)
		e->text[e->len++] = s[i];
}

static void XMLCALL
on_error_doctype(void *data, const XML_Char *name, const XML_Char *sysid,
				 const XML_Char *pubid, int has_internal_subset)
{
	ErrorParser *e = data;

	XML_StopParser(e->parser, XML_FALSE);
}

bool
errordoc_parse(const char *buf, size_t len, S3ErrorText *out)
{
	ErrorParser e = {0};

	memset(out, 0, sizeof(*out));
	e.parser = XML_ParserCreate(NULL);
	e.out = out;
	if (e.parser == NULL || len > (1 << 20))
	{
		if (e.parser)
			XML_ParserFree(e.parser);
		return false;
	}
	XML_SetUserData(e.parser, &e);
	XML_SetElementHandler(e.parser, on_error_start, on_error_end);
	XML_SetCharacterDataHandler(e.parser, on_error_text);
	XML_SetStartDoctypeDeclHandler(e.parser, on_error_doctype);
	/* a body that was cut may still have said what matters */
	(void) XML_Parse(e.parser, buf, (int) len, 1);
	XML_ParserFree(e.parser);
	return out->code[0] != '\0';
}
