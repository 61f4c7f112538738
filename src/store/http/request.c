/*-------------------------------------------------------------------------
 *
 * request.c
 *	  Hosts, headers and signatures of requests: see request.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <time.h>

#include "store/http/request.h"

char *
request_amazon_host(const char *service, const char *region)
{
	return psprintf("%s.%s.amazonaws.com%s", service, region,
					strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
}

char *
request_endpoint_host(const char *endpoint, bool *https)
{
	const char *standard;
	char	   *host;
	char	   *colon;
	size_t		len;

	*https = pg_strncasecmp(endpoint, "https://", 8) == 0;
	if (!*https && pg_strncasecmp(endpoint, "http://", 7) != 0)
		return pstrdup("");
	host = pstrdup(endpoint + (*https ? 8 : 7));
	len = strlen(host);
	if (len > 0 && host[len - 1] == '/')
		host[len - 1] = '\0';
	/* the header names a port only where it is not the scheme's own */
	standard = *https ? ":443" : ":80";
	colon = strrchr(host, ':');
	if (colon && strcmp(colon, standard) == 0)
		*colon = '\0';
	return host;
}

char *
request_query(const SigV4Pair *query, int n)
{
	size_t		len = sigv4_query(query, n, NULL, 0);
	char	   *out = palloc(len + 1);

	sigv4_query(query, n, out, len + 1);
	return out;
}

static char *
authorization(const SigV4Request *request, const SigV4Scope *scope,
			  const Credentials *keys)
{
	size_t		len = sigv4_authorization(request, scope, keys->access_key_id,
										  keys->secret_access_key, NULL, 0);
	char	   *out = palloc(len + 1);

	if (len == 0)
		elog(ERROR, "could not sign a request");
	sigv4_authorization(request, scope, keys->access_key_id,
						keys->secret_access_key, out, len + 1);
	return out;
}

char **
request_headers(const SigV4Request *request, const Credentials *keys,
				const char *region, const char *service)
{
	char	  **lines = palloc(sizeof(char *) * (SIGV4_MAX_PAIRS + 2));
	SigV4Pair	pairs[SIGV4_MAX_PAIRS];
	SigV4Request made = *request;
	char		now[SIGV4_TIME_SIZE];
	SigV4Scope	scope = {now, region, service};
	int			n = request->nheaders;

	sigv4_time(time(NULL), now);
	memcpy(pairs, request->headers, n * sizeof(SigV4Pair));
	if (keys)
		pairs[n++] = (SigV4Pair) {"x-amz-date", now};
	if (keys && keys->session_token)
		pairs[n++] = (SigV4Pair) {"x-amz-security-token", keys->session_token};
	made.headers = pairs;
	made.nheaders = n;
	for (int i = 0; i < n; i++)
		lines[i] = psprintf("%s: %s", pairs[i].name, pairs[i].value);
	if (keys)
		lines[n++] = psprintf("authorization: %s",
							  authorization(&made, &scope, keys));
	lines[n] = NULL;
	return lines;
}
