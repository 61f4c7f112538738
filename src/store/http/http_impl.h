/*-------------------------------------------------------------------------
 *
 * http_impl.h
 *	  What the files behind http.h share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_HTTP_IMPL_H
#define CDC_STORE_HTTP_IMPL_H

#include "postgres.h"

#include <signal.h>

#include <curl/curl.h>

#include "store/buffer.h"
#include "store/http/http.h"
#include "store/http/lookup.h"

struct HttpPool
{
	CURLM	   *multi;
	char	   *ca;				/* certificates to trust; NULL: the system's */
	int			added;			/* requests in the multi handle */
	HttpRequest *waiting;		/* those that wait for addresses */
};

struct HttpRequest
{
	HttpPool   *pool;
	CURL	   *easy;
	bool		added;			/* is it in the multi handle? */
	struct curl_slist *headers;
	int			expect;
	int64		range_start;
	bool		ranged;			/* does the answer say which range it is? */
	size_t		whole_limit;
	size_t		room;			/* for a body that streams */
	/* times in milliseconds: the start, and the limits from there on */
	int64		begun;
	long		connect_ms;
	long		total_ms;		/* 0: none */
	/* names */
	bool		asked;			/* curl wanted one to be looked up */
	bool		allowed;		/* it needs no look-up for the next one */
	bool		known[2];		/* the host's was looked up, the proxy's was */
	bool		for_proxy;		/* what is looked up now */
	HttpRequest *next_waiting;
	char	   *host;
	char	   *port;
	Lookup	   *lookup;			/* NULL until there is room for one */
	struct curl_slist *resolved;
	/* the answer */
	HttpReply	reply;
	HttpFailure verdict;		/* why a callback ended the transfer */
	bool		paused;
	Buffer		body;
	int64		received;
	size_t		header_bytes;
	bool		told_enough;	/* an error's body was left */
	bool		no_descriptor;	/* for a socket */
	Buffer		error_body;
	char		curl_error[CURL_ERROR_SIZE];
};

/* ---- http.c ---- */

/* All but those of faults; the functions of curl are called so. */
extern void http_block_signals(sigset_t *old);
extern void http_restore_signals(const sigset_t *old);

/* Account for n descriptors, or for none and false: see http.c. */
extern bool http_acquire_descriptors(int n);
extern void http_release_descriptors(int n);

/* Milliseconds since the request's start. */
extern long http_elapsed(const HttpRequest *r);
/* Hand it to curl, with the time that it has left; false: no memory. */
extern bool http_add(HttpRequest *r);
/* Take it back. */
extern void http_remove(HttpRequest *r);

/* ---- http_names.c ---- */

/* Options of a new request. */
extern void http_names_set(HttpRequest *r);
/* The request starts. */
extern void http_names_begin(HttpRequest *r);
/*
 * The request ended with code, and is no longer curl's.  True if it was since
 * curl asked for a name: it goes on once the name was looked up.
 */
extern bool http_names_wait(HttpRequest *r, CURLcode code);
extern bool http_names_waiting(const HttpRequest *r);
/* A request that waits does so no longer. */
extern void http_names_stop(HttpRequest *r);
/* The request is over for good. */
extern void http_names_free(HttpRequest *r);

/* Requests that wait get their addresses, or their time is over. */
extern void http_names_move(HttpPool *pool);
/* Threads that ended hold no descriptors any more. */
extern void http_names_reap(void);
/* Waits for the pool's transfers and look-ups, up to timeout_ms. */
extern void http_names_poll(HttpPool *pool, int timeout_ms);

#endif							/* CDC_STORE_HTTP_IMPL_H */
