/*-------------------------------------------------------------------------
 *
 * json.c
 *	  Keys as metadata services hand them out in JSON: see doc.h.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include "store/cred/doc.h"

#include <string.h>

#include "base/json.h"

#define MAX_DEPTH	32

/* A member whose value is wanted. */
typedef struct Member
{
	const char *name;
	char	   *text;
	size_t		cap;
	bool		required;		/* useless when cut */
} Member;

/* Reads the text of the member that is called name, if it is one of those. */
static bool
take_value(const JsonScan *j, const char *name, CredDoc *doc)
{
	const Member members[] = {
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
	bool		cut;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(members[i].name, name) == 0)
			return json_text(j, members[i].text, members[i].cap, &cut) &&
				!(cut && members[i].required);
	return true;
}

bool
cred_doc_json(const char *buf, size_t len, CredDoc *out)
{
	JsonScan	j;
	JsonToken	token;
	char		name[32] = "";
	bool		cut;
	bool		good;

	memset(out, 0, sizeof(*out));
	json_start(&j, buf, len, MAX_DEPTH);
	token = json_next(&j);
	good = token == JSON_OBJECT;
	while (good && (token = json_next(&j)) < JSON_DONE)
	{
		if (j.depth != 1)
			continue;
		if (token == JSON_KEY)
		{
			good = json_text(&j, name, sizeof(name), &cut);
			if (cut)
				name[0] = '\0';
		}
		else if (token == JSON_STRING)
			good = take_value(&j, name, out);
	}
	if (good && token == JSON_DONE)
		return true;
	memset(out, 0, sizeof(*out));
	return false;
}
