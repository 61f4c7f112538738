/*-------------------------------------------------------------------------
 *
 * http_names.c
 *	  Names of hosts that requests wait for: see http_impl.h.
 *
 * Curl looks up no names, since it says neither how many threads it has for
 * that nor when they end.  It asks before it does (on_look_up) and is refused;
 * the request ends, the name is looked up (lookup.h), and the request starts
 * anew with the addresses.  So curl alone decides when a name is wanted, and
 * whether the host's or a proxy's; and an address, a connection that is kept
 * and a name that was looked up within a minute need no look-up.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/http/http_impl.h"

/* Before curl looks up a name, or takes an address for what it is. */
static int
on_look_up(void *state, void *reserved, void *arg)
{
	HttpRequest *r = arg;

	r->asked = !r->allowed;
	r->allowed = false;
	return r->asked;
}

void
http_names_reap(void)
{
	http_release_descriptors(lookup_reap() * LOOKUP_DESCRIPTORS);
}

/* The environment's proxy for the url, in curl's order. */
static const char *
proxy_of(const char *url)
{
	static const char *const names[][4] = {
		{"http_proxy", "all_proxy", "ALL_PROXY"},
		{"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}
	};
	bool		https = pg_strncasecmp(url, "https:", 6) == 0;
	const char *proxy = NULL;

	for (int i = 0; i < lengthof(names[0]) && names[https][i] && !proxy; i++)
	{
		proxy = getenv(names[https][i]);
		if (proxy && *proxy == '\0')
			proxy = NULL;
	}
	return proxy;
}

/* The host and port that curl has to find; false if they are not to be had. */
static bool
find_name(HttpRequest *r)
{
	CURLU	   *u = curl_url();
	char	   *url = NULL;
	char	   *scheme = NULL;
	char	   *host = NULL;
	char	   *port = NULL;
	unsigned	flags = CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME;

	curl_easy_getinfo(r->easy, CURLINFO_EFFECTIVE_URL, &url);
	if (url && r->for_proxy)
		url = unconstify(char *, proxy_of(url));
	if (u && url && curl_url_set(u, CURLUPART_URL, url, flags) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_HOST, &host, CURLU_URLDECODE) == CURLUE_OK)
	{
		size_t		len = strlen(host);

		if (curl_url_get(u, CURLUPART_PORT, &port, r->for_proxy ? 0 :
						 CURLU_DEFAULT_PORT) == CURLUE_OK)
			r->port = strdup(port);
		else if (r->for_proxy)
			r->port = strdup(strcmp(scheme, "https") == 0 ? "443" : "1080");
		/* an address of IPv6 stands in brackets */
		r->host = host[0] == '[' ? strndup(host + 1, len - 2) : strdup(host);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return r->host && r->port;
}

static void
forget_name(HttpRequest *r)
{
	free(r->host);
	free(r->port);
	r->host = NULL;
	r->port = NULL;
}

/* True if curl finds the address of a name without asking anybody. */
static bool
needs_no_look_up(const char *host)
{
#if LIBCURL_VERSION_NUM >= 0x074e00
	size_t		len = strlen(host);

	if (pg_strcasecmp(host, "localhost") == 0 ||
		(len > 10 && pg_strcasecmp(host + len - 10, ".localhost") == 0))
		return true;
#endif
	return lookup_is_address(host);
}

bool
http_names_wait(HttpRequest *r, CURLcode code)
{
	if (!r->asked || r->verdict != HTTP_OK)
		return false;
	/* some versions say so too where SOCKS wants the host's */
	r->for_proxy = code == CURLE_COULDNT_RESOLVE_PROXY && !r->known[true];
	if (r->known[r->for_proxy])
		return false;
	r->known[r->for_proxy] = true;
	if (!find_name(r))
	{
		forget_name(r);
		return false;
	}
	if (needs_no_look_up(r->host))
	{
		forget_name(r);
		r->allowed = true;
		return http_add(r);
	}
	r->next_waiting = r->pool->waiting;
	r->pool->waiting = r;
	return true;
}

bool
http_names_waiting(const HttpRequest *r)
{
	return r->host != NULL;
}

void
http_names_stop(HttpRequest *r)
{
	HttpRequest **link = &r->pool->waiting;

	if (!http_names_waiting(r))
		return;
	while (*link != r)
		link = &(*link)->next_waiting;
	*link = r->next_waiting;
	/* whoever else wants it keeps it, and nobody waits for its end */
	lookup_leave(r->lookup);
	r->lookup = NULL;
	forget_name(r);
}

static void
fail_waiting(HttpRequest *r, HttpFailure failure, const char *fmt,...) pg_attribute_printf(3, 4);

static void
fail_waiting(HttpRequest *r, HttpFailure failure, const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	vsnprintf(r->reply.error, sizeof(r->reply.error), fmt, args);
	va_end(args);
	http_names_stop(r);
	r->reply.failure = failure;
	r->reply.running = false;
}

/* Curl has them for a minute, whoever asks next in this pool. */
static void
forget_addresses(HttpRequest *r)
{
	curl_easy_setopt(r->easy, CURLOPT_RESOLVE, NULL);
	curl_slist_free_all(r->resolved);
	r->resolved = NULL;
}

/* Go on with the addresses that were found. */
static void
use_addresses(HttpRequest *r)
{
	const char *addresses = lookup_addresses(r->lookup);
	size_t		size;
	char	   *entry;

	if (addresses == NULL)
	{
		fail_waiting(r, HTTP_FAIL_RESOLVE, "Could not resolve %s: %s",
					 r->for_proxy ? "proxy" : "host", r->host);
		return;
	}
	size = strlen(r->host) + strlen(r->port) + strlen(addresses) + 4;
	entry = malloc(size);
	if (entry)
	{
		/* older versions keep them for as long as the pool */
		snprintf(entry, size, "%s%s:%s:%s",
				 LIBCURL_VERSION_NUM >= 0x074b00 ? "+" : "", r->host, r->port,
				 addresses);
		forget_addresses(r);
		r->resolved = curl_slist_append(NULL, entry);
		free(entry);
	}
	if (entry == NULL || r->resolved == NULL ||
		curl_easy_setopt(r->easy, CURLOPT_RESOLVE, r->resolved) != CURLE_OK ||
		!http_add(r))
		fail_waiting(r, HTTP_FAIL_MEMORY, "Out of memory");
	else
		http_names_stop(r);
}

/* Join a look-up of the name, or begin one where there is room. */
static void
look_up(HttpRequest *r)
{
	r->lookup = lookup_join(r->host, r->port);
	if (r->lookup || !lookup_has_room())
		return;
	if (!http_acquire_descriptors(LOOKUP_DESCRIPTORS))
	{
		fail_waiting(r, HTTP_FAIL_DESCRIPTORS, "No file descriptor is left");
		return;
	}
	r->lookup = lookup_begin(r->host, r->port);
	if (r->lookup == NULL)
	{
		http_release_descriptors(LOOKUP_DESCRIPTORS);
		fail_waiting(r, HTTP_FAIL_RESOLVE,
					 "No thread could be started to resolve host: %s",
					 r->host);
	}
}

/* When a request that waits for addresses gives up, in milliseconds. */
static long
wait_left(const HttpRequest *r)
{
	long		limit = r->connect_ms;

	if (r->total_ms > 0)
		limit = Min(limit, r->total_ms);
	return Max(limit - http_elapsed(r), 0);
}

void
http_names_move(HttpPool *pool)
{
	HttpRequest *next;

	http_names_reap();
	for (HttpRequest *r = pool->waiting; r != NULL; r = next)
	{
		next = r->next_waiting;
		if (r->lookup == NULL)
			look_up(r);
		if (r->lookup && lookup_ended(r->lookup))
			use_addresses(r);
		else if (http_names_waiting(r) && wait_left(r) == 0 && r->lookup)
			fail_waiting(r, HTTP_FAIL_TIMEOUT,
						 "Resolving timed out after %ld milliseconds",
						 http_elapsed(r));
		else if (http_names_waiting(r) && wait_left(r) == 0)
			fail_waiting(r, HTTP_FAIL_LOOKUPS,
						 "The name server does not answer: %d names are being looked up already",
						 LOOKUP_MOST);
	}
}

static void
wake_multi(void *multi)
{
	curl_multi_wakeup(multi);
}

void
http_names_poll(HttpPool *pool, int timeout_ms)
{
	for (const HttpRequest *r = pool->waiting; r; r = r->next_waiting)
		timeout_ms = Min(timeout_ms, wait_left(r));
	if (pool->waiting)
		lookup_wake(wake_multi, pool->multi);
	/* returns at once where a transfer is new or was woken */
	curl_multi_poll(pool->multi, NULL, 0, timeout_ms, NULL);
	lookup_wake(NULL, NULL);
}

void
http_names_set(HttpRequest *r)
{
	curl_easy_setopt(r->easy, CURLOPT_RESOLVER_START_FUNCTION, on_look_up);
	curl_easy_setopt(r->easy, CURLOPT_RESOLVER_START_DATA, (void *) r);
}

void
http_names_begin(HttpRequest *r)
{
	r->known[false] = r->known[true] = false;
	r->allowed = false;
	forget_addresses(r);
}

void
http_names_free(HttpRequest *r)
{
	http_names_stop(r);
	curl_slist_free_all(r->resolved);
}
