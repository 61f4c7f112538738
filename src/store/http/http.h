/*-------------------------------------------------------------------------
 *
 * http.h
 *	  Requests over libcurl, several at a time, that never throw while
 *	  curl is on the stack and can be cancelled.
 *
 * All memory here is malloc'd, since curl's callbacks may not palloc; whoever
 * makes a pool or a request frees it from a memory context's reset callback.
 * Freeing is idempotent through pointers set to NULL by the caller, and never
 * throws.  Requests must be freed before their pool.
 *
 * Proxies: the server's own environment (https_proxy, no_proxy) is followed
 * as by any other curl program.  Redirects are not.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_HTTP_H
#define CDC_STORE_HTTP_H

#include "postgres.h"

#include "store/waits.h"

/* The session's settings: milliseconds to connect, seconds without a byte. */
extern int	http_connect_timeout;
extern int	http_read_timeout;

typedef struct HttpPool HttpPool;
typedef struct HttpRequest HttpRequest;

/* The hint of HTTP_FAIL_DESCRIPTORS, wherever it is raised. */
#define HTTP_DESCRIPTORS_HINT \
	"Raise max_files_per_process, and the operating system's limit of open files with it, or read fewer tables at a time."

/* The hint of HTTP_FAIL_LOOKUPS, wherever it is raised. */
#define HTTP_LOOKUPS_HINT \
	"Check the name servers of the database server, and the hosts that servers' options name; each look-up ends once the system's resolver gives it up."

/* Why a transfer ended without a whole answer. */
typedef enum HttpFailure
{
	HTTP_OK,
	HTTP_FAIL_CONNECT,			/* refused, unreachable, name not found */
	HTTP_FAIL_TIMEOUT,			/* no connection, or no byte, for too long */
	HTTP_FAIL_BROKEN,			/* reset, or shorter than announced */
	HTTP_FAIL_RESOLVE,			/* the host's name has no address */
	HTTP_FAIL_DESCRIPTORS,		/* no file descriptor is left for a socket */
	HTTP_FAIL_LOOKUPS,			/* too many names are being looked up */
	HTTP_FAIL_HANDSHAKE,		/* no TLS connection, for now or for ever */
	HTTP_FAIL_TLS,				/* a certificate, theirs or ours */
	HTTP_FAIL_TOO_LONG,			/* the body passes the limit of a whole one */
	HTTP_FAIL_ENCODING,			/* the body is compressed for the transfer */
	HTTP_FAIL_RANGE,			/* 206 for another range than was asked for */
	HTTP_FAIL_MEMORY,
	HTTP_FAIL_OTHER
} HttpFailure;

/* What is known of the answer; valid until the next start. */
typedef struct HttpReply
{
	bool		running;		/* the transfer has not ended */
	HttpFailure failure;		/* once it has */
	int			status;			/* 0 while there is no answer */
	bool		headers_done;
	bool		wanted;			/* the status is the expected one */
	int64		content_length; /* -1 if not given */
	int64		range_total;	/* of Content-Range, -1 if not given */
	char		etag[256];		/* "" if not given, so are the others */
	char		bucket_region[64];
	char		version_id[1028];
	char		request_id[128];	/* S3's, or that of who hands out keys */
	char		extended_id[256];	/* S3's x-amz-id-2 */
	char		error[256];		/* curl's words for the failure */
} HttpReply;

/* What to ask for. */
typedef struct HttpTarget
{
	const char *url;
	char	  **headers;		/* "Name: value", the last one NULL */
	int			expect;			/* status whose body is wanted: 200 or 206;
								 * 200 too where 206 is and the range starts
								 * at 0 */
	int64		range_start;	/* expected of a 206 */
	/* zero or NULL: GET, no body, and the times of a store */
	const char *method;			/* of HEAD no body is waited for */
	const char *body;			/* with POST; a text */
	long		connect_ms;		/* for the connection */
	long		total_ms;		/* for the whole, connection included */
	bool		direct;			/* never through a proxy */
	bool		hide_path;		/* it is not for the log */
} HttpTarget;

/*
 * True where requests should not be sent ahead: few descriptors are left for
 * those that are due.
 */
extern bool http_descriptors_are_scarce(void);

/*
 * Initialises libcurl on first use.  ca is the text of the certificates to
 * trust, which is copied, or NULL for those of the system.  NULL when memory
 * is out; raises an error where no descriptor is left for it.
 */
extern HttpPool *http_pool_create(const char *ca);
/* False where libcurl is older than 7.77: ca is NULL then. */
extern bool http_takes_ca(void);
extern void http_pool_destroy(HttpPool *pool);	/* accepts NULL */

/*
 * A request that can be started any number of times, one after another.
 * With whole_limit > 0 bodies are collected up to that many bytes and a
 * longer one is HTTP_FAIL_TOO_LONG; with 0 they stream: a transfer pauses
 * while http_take() lags behind.  NULL when memory is out.
 */
extern HttpRequest *http_request_create(HttpPool *pool, size_t whole_limit);
extern void http_request_destroy(HttpRequest *request); /* accepts NULL */

/*
 * Start it; a body not yet taken stays and what comes is appended to it.
 * False when memory is out.  Texts of target are copied.
 */
extern bool http_request_start(HttpRequest *request, const HttpTarget *target);
/*
 * How many bytes of a streamed body may wait to be taken before the transfer
 * pauses; 8 MB where it is not said.
 */
extern void http_request_room(HttpRequest *request, size_t room);
/* Forget the body collected so far. */
extern void http_request_discard(HttpRequest *request);

extern const HttpReply *http_reply(const HttpRequest *request);
/* Bytes of the wanted body that came in, over all starts since a discard. */
extern int64 http_received(const HttpRequest *request);
/* Bytes of it that are there to take. */
extern size_t http_available(const HttpRequest *request);
extern const char *http_data(const HttpRequest *request);
/* Take up to len of them; wakes a transfer that waits for room. */
extern size_t http_take(HttpRequest *request, void *buf, size_t len);
/* The body of an answer that was not the wanted one, at most 64 kB of it. */
extern const char *http_error_body(const HttpRequest *request, size_t *len);

/* How far a request that runs has come, for who watches the wait. */
extern WaitPlace http_place(const HttpRequest *request);

/* The longest wait of http_pump(): whoever waits longer calls it in a loop. */
#define HTTP_WAIT_MS	100

/*
 * Wait up to timeout_ms (HTTP_WAIT_MS at most) for something to come, and move
 * all transfers on.  Interrupts are served, and end the wait, which is shown as
 * one for place.
 */
extern void http_pump(HttpPool *pool, int timeout_ms, WaitPlace place);

#endif							/* CDC_STORE_HTTP_H */
