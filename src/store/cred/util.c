/*-------------------------------------------------------------------------
 *
 * util.c
 *	  Helpers of the places keys come from: see cred.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "port.h"

#include "store/cred/cred.h"
#include "store/impl.h"
#include "store/small_file.h"

#define FILE_MAX	(1024 * 1024)

CredResult
cred_fail(CredFetch *f, int sqlstate, const char *hint, const char *detail,
		  const char *fmt,...)
{
	char		text[1024];
	va_list		args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	f->sqlstate = sqlstate;
	f->message = store_clean_text(text);
	f->detail = detail ? store_clean_text(detail) : NULL;
	f->hint = hint;
	return CRED_FAILED;
}

const char *
cred_getenv(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

char *
cred_expand(const char *path)
{
	char		home[MAXPGPATH];

	if (path[0] != '~' || path[1] != '/' || !get_home_path(home))
		return pstrdup(path);
	return psprintf("%s%s", home, path + 1);
}

char *
cred_read_file(const char *path, size_t *len)
{
	return small_file_read(path, FILE_MAX, len);
}

char *
cred_read_token(CredFetch *f, const char *path)
{
	size_t		len;
	char	   *text = cred_read_file(path, &len);

	if (text == NULL)
	{
		int			error = errno;

		cred_fail(f, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, NULL,
				  strerror(error), "could not read the token in \"%s\"", path);
		return NULL;
	}
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		text[--len] = '\0';
	if (strlen(text) == len && cred_doc_is_token(text))
		return text;
	cred_fail(f, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, NULL,
			  "It is empty, or holds blanks or characters that are not ASCII.",
			  "file \"%s\" holds no token", path);
	return NULL;
}

void
cred_set(CredFetch *f, const char *source, const char *id, const char *secret,
		 const char *token, int64 expires)
{
	f->source = source;
	f->found.keys.access_key_id = pstrdup(id);
	f->found.keys.secret_access_key = pstrdup(secret);
	f->found.keys.session_token = token && *token ? pstrdup(token) : NULL;
	f->found.expires = expires;
}

bool
cred_fit(const CredFetch *f)
{
	const Credentials *k = &f->found.keys;

	return cred_doc_is_token(k->access_key_id) &&
		cred_doc_is_token(k->secret_access_key) &&
		(k->session_token == NULL || cred_doc_is_token(k->session_token));
}

CredResult
cred_take(CredFetch *f, const CredDoc *doc, const char *source)
{
	int64		expires = 0;

	cred_set(f, source, doc->access_key_id, doc->secret_access_key,
			 doc->session_token, 0);
	if (!cred_fit(f) ||
		(doc->expiration[0] && !cred_doc_time(doc->expiration, &expires)))
		return cred_fail(f, ERRCODE_FDW_ERROR, NULL,
						 "The answer has no whole keys.",
						 "could not get credentials from %s", source);
	f->found.expires = expires;
	return CRED_FOUND;
}
