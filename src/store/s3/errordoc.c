/*-------------------------------------------------------------------------
 *
 * errordoc.c
 *	  Reads S3's error documents: see listing.h.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include "store/s3/listing.h"

#include <string.h>

#include "store/http/xml.h"

typedef struct ErrorReader
{
	Xml			xml;
	S3ErrorText *out;
	bool		is_error;
} ErrorReader;

static void
on_begin(Xml *x, const char *name)
{
	ErrorReader *e = (ErrorReader *) x;
	S3ErrorText *out = e->out;
	const XmlField fields[] = {
		{"Code", out->code, sizeof(out->code)},
		{"Message", out->message, sizeof(out->message)},
		{"Region", out->region, sizeof(out->region)},
		{"RequestId", out->request_id, sizeof(out->request_id)},
	};

	if (x->depth == 0)
		e->is_error = strcmp(name, "Error") == 0;
	else if (x->depth == 1 && e->is_error)
		xml_keep_field(x, name, fields, sizeof(fields) / sizeof(fields[0]));
}

bool
errordoc_parse(const char *buf, size_t len, S3ErrorText *out)
{
	ErrorReader e = {.xml = {.begin = on_begin},.out = out};

	memset(out, 0, sizeof(*out));
	/* a body that was cut may still have said what matters */
	(void) xml_read(&e.xml, buf, len);
	return out->code[0] != '\0';
}
