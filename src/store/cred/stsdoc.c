/*-------------------------------------------------------------------------
 *
 * stsdoc.c
 *	  Reads the answers of the Security Token Service: see doc.h.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include "store/cred/doc.h"

#include <string.h>

#include "store/http/xml.h"

typedef struct StsReader
{
	Xml			xml;
	CredDoc    *out;
	int			within;			/* depth of what Credentials or Error has, or
								 * 0 */
	bool		keys;			/* it is Credentials */
	bool		known;			/* either was met */
	bool		bad;			/* a text of keys was too long */
} StsReader;

static void
on_begin(Xml *x, const char *name)
{
	StsReader  *r = (StsReader *) x;
	CredDoc    *out = r->out;
	const XmlField keys[] = {
		{"AccessKeyId", out->access_key_id, sizeof(out->access_key_id)},
		{"SecretAccessKey", out->secret_access_key,
		sizeof(out->secret_access_key)},
		{"SessionToken", out->session_token, sizeof(out->session_token)},
		{"Expiration", out->expiration, sizeof(out->expiration)},
	};
	const XmlField reasons[] = {
		{"Code", out->code, sizeof(out->code)},
		{"Message", out->message, sizeof(out->message)},
	};

	if (r->within == 0)
	{
		r->keys = strcmp(name, "Credentials") == 0;
		if (r->keys || strcmp(name, "Error") == 0)
		{
			r->within = x->depth + 1;
			r->known = true;
		}
	}
	else if (x->depth == r->within && r->keys)
		xml_keep_field(x, name, keys, sizeof(keys) / sizeof(keys[0]));
	else if (x->depth == r->within)
		xml_keep_field(x, name, reasons, sizeof(reasons) / sizeof(reasons[0]));
}

static void
on_end(Xml *x)
{
	StsReader  *r = (StsReader *) x;

	r->bad |= r->keys && x->cut;
	if (x->depth < r->within)
		r->within = 0;
}

bool
cred_doc_sts(const char *buf, size_t len, CredDoc *out)
{
	StsReader	r = {.xml = {.begin = on_begin,.end = on_end},.out = out};

	memset(out, 0, sizeof(*out));
	if (xml_read(&r.xml, buf, len) == XML_READ_OK && r.known && !r.bad)
		return true;
	memset(out, 0, sizeof(*out));
	return false;
}
