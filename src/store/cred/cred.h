/*-------------------------------------------------------------------------
 *
 * cred.h
 *	  What the places keys come from share: one attempt to get keys, and the
 *	  helpers for it.
 *
 * A provider looks at one place.  It says that there are keys, that the place
 * has none, so that the next one is asked, or that keys should be there and
 * could not be had; then nobody else is asked, lest a query run as somebody it
 * should not.  Providers raise nothing but cancel and lack of memory: keys
 * that still hold may be kept when newer ones cannot be had.  What they make is
 * palloc'd in the current context.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_CRED_H
#define CDC_STORE_CRED_H

#include "postgres.h"

#include "store/cred/doc.h"
#include "store/cred/credentials.h"
#include "store/http/http.h"

typedef enum CredResult
{
	CRED_FOUND,
	CRED_NONE,					/* nothing is set up there */
	CRED_FAILED					/* and message says why */
} CredResult;

/* Keys, and until when they hold. */
typedef struct CredKeys
{
	Credentials keys;
	int64		expires;		/* seconds since 1970; 0: never */
	int64		refresh_at;		/* when to ask for newer ones */
	int			place;			/* which of the chain's had them, from 1 */
} CredKeys;

typedef struct CredFetch
{
	const StoreConfig *cfg;
	int			place;			/* the only one to ask; 0: all in order */
	CredKeys	found;
	const char *source;			/* where they were found, for the log */
	/* of a failure; detail and hint may be NULL */
	int			sqlstate;
	char	   *message;
	char	   *detail;
	const char *hint;
} CredFetch;

typedef CredResult (*CredProvider) (CredFetch *f);

/* A role to take on; all but arn may be NULL or 0. */
typedef struct CredRole
{
	const char *arn;
	const char *external_id;
	const char *session_name;
	int			duration;		/* seconds */
} CredRole;

/* ---- the places ---- */

extern CredResult cred_mapping(CredFetch *f);
extern CredResult cred_environment(CredFetch *f);
extern CredResult cred_profile(CredFetch *f);
extern CredResult cred_web_identity(CredFetch *f);
extern CredResult cred_container(CredFetch *f);
extern CredResult cred_imds(CredFetch *f);

/* All of them in AWS's order, or the mapping alone; then the role, if any. */
extern CredResult cred_chain(CredFetch *f);

/* ---- sts.c ---- */

/* Take on role with the keys found so far, which are replaced. */
extern CredResult cred_assume_role(CredFetch *f, const CredRole *role);
/* The same by the token in a file. */
extern CredResult cred_assume_by_token(CredFetch *f, const CredRole *role,
									   const char *token_file);

/* ---- util.c ---- */

/* Always CRED_FAILED. The texts are cleaned; detail and hint may be NULL. */
extern CredResult cred_fail(CredFetch *f, int sqlstate, const char *hint,
							const char *detail, const char *fmt,...)
			pg_attribute_printf(5, 6);
/* A variable of the server's environment; NULL where unset or empty. */
extern const char *cred_getenv(const char *name);
/* "~/x" under the home of the server's user; else path itself. */
extern char *cred_expand(const char *path);
/*
 * A whole regular file of at most 1 MB.  NULL where it cannot be read; then
 * errno says why, ENOENT included.
 */
extern char *cred_read_file(const char *path, size_t *len);
/* A file's one line, without its end; fails unless it is fit for a header. */
extern char *cred_read_token(CredFetch *f, const char *path);
/* Take the keys of a document; f fails where they are not whole. */
extern CredResult cred_take(CredFetch *f, const CredDoc *doc,
							const char *source);
/* Set the keys found; session_token may be NULL or "". */
extern void cred_set(CredFetch *f, const char *source, const char *id,
					 const char *secret, const char *token, int64 expires);
/* Do keys read like keys, so that they may stand in a header? */
extern bool cred_fit(const CredFetch *f);

/* ---- http.c ---- */

typedef struct CredReply
{
	int			status;			/* 0: no answer, and error says why */
	HttpFailure failure;
	char	   *body;			/* at most 64 kB, terminated */
	size_t		len;
	char		request_id[128];	/* "": none was given */
	char		error[256];
} CredReply;

/*
 * Send a request and wait for the answer; up to tries times while it fails in
 * a way that may pass.  With outlast, that of a service which is known to be
 * there, a short outage is outlasted: see retry_goes_on().  Serves interrupts.
 */
extern void cred_request(const HttpTarget *target, const char *ca_file,
						 int tries, bool outlast, CredReply *reply);

#endif							/* CDC_STORE_CRED_H */
