/*-------------------------------------------------------------------------
 *
 * http.c
 *	  libcurl's multi interface inside a backend: see http.h.
 *	  Only it and http_names.c know curl.
 *
 * Rules kept here: callbacks neither throw nor palloc; signals are blocked
 * while curl runs, so that no thread of its own takes the backend's; no wait
 * is longer than HTTP_WAIT_MS, and a signal ends it at once (poll returns
 * EINTR), after which interrupts are served.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "miscadmin.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "utils/wait_event.h"

#include "base/ascii.h"
#include "store/http/http_impl.h"
#include "store/store.h"

#define DEFAULT_ROOM		((size_t) 8 * 1024 * 1024)
#define ERROR_BODY_MAX		((size_t) 64 * 1024)
#define HEADER_MAX			((size_t) 256 * 1024)
#define CURL_BUFFER			(256L * 1024)

int			http_connect_timeout = 10000;
int			http_read_timeout = 30;

void
http_block_signals(sigset_t *old)
{
	sigset_t	all;

	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGABRT);
	sigdelset(&all, SIGTRAP);
	sigprocmask(SIG_BLOCK, &all, old);
}

void
http_restore_signals(const sigset_t *old)
{
	sigprocmask(SIG_SETMASK, old, NULL);
}

/* ---- curl's callbacks ---- */

/* A server that ignores Range gives the front all the same. */
static bool
is_wanted(const HttpRequest *r)
{
	return r->reply.status == r->expect ||
		(r->expect == 206 && r->reply.status == 200 && r->range_start == 0);
}

static size_t
on_body(char *data, size_t size, size_t nmemb, void *arg)
{
	HttpRequest *r = arg;
	size_t		n = size * nmemb;
	bool		full;

	if (!r->reply.wanted)
	{
		/* the start says what is wrong; what passes the limit is not waited for */
		size_t		room = ERROR_BODY_MAX - buffer_used(&r->error_body);
		size_t		part = Min(n, room);

		if (part > 0 && buffer_reserve(&r->error_body, part, ERROR_BODY_MAX,
									   &full))
			buffer_append(&r->error_body, data, part);
		r->told_enough = part < n;
		return part < n ? 0 : n;
	}
	if (!buffer_reserve(&r->body, n,
						r->whole_limit ? r->whole_limit : r->room, &full))
	{
		if (full && r->whole_limit == 0)
		{
			r->paused = true;
			return CURL_WRITEFUNC_PAUSE;
		}
		r->verdict = full ? HTTP_FAIL_TOO_LONG : HTTP_FAIL_MEMORY;
		return 0;
	}
	buffer_append(&r->body, data, n);
	r->received += n;
	return n;
}

/* If the header line is "name: value", copy its value. */
static bool
header_value(const char *line, size_t len, const char *name, char *out,
			 size_t cap)
{
	size_t		nlen = strlen(name);

	if (len <= nlen || line[nlen] != ':' ||
		pg_strncasecmp(line, name, nlen) != 0)
		return false;
	line += nlen + 1;
	len -= nlen + 1;
	while (len > 0 && (*line == ' ' || *line == '\t'))
	{
		line++;
		len--;
	}
	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n' ||
					   line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	if (len >= cap)
		len = cap - 1;
	memcpy(out, line, len);
	out[len] = '\0';
	return true;
}

/* "bytes 100-199/5000" */
static void
content_range(HttpRequest *r, const char *value)
{
	long long	from;
	long long	to;
	long long	total;
	int			n = sscanf(value, "bytes %lld-%lld/%lld", &from, &to, &total);

	if (n >= 2 && from != r->range_start && r->expect == 206)
		r->verdict = HTTP_FAIL_RANGE;
	r->ranged = n >= 2;
	if (n == 3)
		r->reply.range_total = total;
}

static void
begin_answer(HttpReply *reply, int status)
{
	reply->status = status;
	reply->headers_done = false;
	reply->wanted = false;
	reply->content_length = -1;
	reply->range_total = -1;
	reply->etag[0] = '\0';
	reply->bucket_region[0] = '\0';
	reply->version_id[0] = '\0';
	reply->request_id[0] = '\0';
	reply->extended_id[0] = '\0';
}

static size_t
on_header(char *data, size_t size, size_t nmemb, void *arg)
{
	HttpRequest *r = arg;
	HttpReply  *reply = &r->reply;
	size_t		n = size * nmemb;
	char		value[128];

	/* some versions of curl keep what comes, however much */
	r->header_bytes += n;
	if (r->header_bytes > HEADER_MAX)
		r->verdict = HTTP_FAIL_TOO_LONG;
	if (n > 5 && memcmp(data, "HTTP/", 5) == 0)
	{
		const char *blank = memchr(data, ' ', n);
		int			status = 0;

		for (int i = 1; blank && i <= 3 && blank + i < data + n; i++)
			if (ascii_is_digit(blank[i]))
				status = status * 10 + (blank[i] - '0');
		begin_answer(reply, status);
		r->ranged = false;
	}
	else if (reply->headers_done)
		return r->verdict == HTTP_OK ? n : 0;	/* a trailer, behind the body */
	else if (n <= 2)
	{
		reply->headers_done = reply->status >= 200;
		reply->wanted = is_wanted(r);
		if (reply->status == 206 && reply->wanted && !r->ranged)
			r->verdict = HTTP_FAIL_RANGE;
	}
	else if (header_value(data, n, "content-length", value, sizeof(value)))
		reply->content_length = strtoll(value, NULL, 10);
	else if (header_value(data, n, "content-range", value, sizeof(value)))
		content_range(r, value);
	else if (header_value(data, n, "transfer-encoding", value, sizeof(value)))
	{
		/*
		 * curl would unzip what nobody asked to be zipped, level by level and
		 * with signals blocked, however little comes of how much.
		 */
		if (pg_strcasecmp(value, "chunked") != 0 &&
			pg_strcasecmp(value, "identity") != 0)
			r->verdict = HTTP_FAIL_ENCODING;
	}
	else
	{
		(void) (header_value(data, n, "etag", reply->etag,
							 sizeof(reply->etag)) ||
				header_value(data, n, "x-amz-bucket-region",
							 reply->bucket_region,
							 sizeof(reply->bucket_region)) ||
				header_value(data, n, "x-amz-version-id", reply->version_id,
							 sizeof(reply->version_id)) ||
				header_value(data, n, "x-amz-request-id", reply->request_id,
							 sizeof(reply->request_id)) ||
				header_value(data, n, "x-amzn-requestid", reply->request_id,
							 sizeof(reply->request_id)) ||
				header_value(data, n, "x-amz-id-2", reply->extended_id,
							 sizeof(reply->extended_id)));
	}
	return r->verdict == HTTP_OK ? n : 0;
}

/* ---- descriptors ---- */

/* A multi handle has two, by which it is woken. */
#define POOL_DESCRIPTORS	2

static int	descriptors;		/* that are taken for S3 */

/*
 * Sockets count among the files that PostgreSQL has open: files that it can
 * open again give way to them, up to the part of all that it leaves to others.
 * With more of them PostgreSQL could not open its own, which it may not do
 * without.  A socket outlives its request where curl keeps the connection.
 */
static bool
acquire_descriptor(void)
{
	if (!AcquireExternalFD())
		return false;
	descriptors++;
	return true;
}

static void
release_descriptor(void)
{
	descriptors--;
	ReleaseExternalFD();
}

bool
http_descriptors_are_scarce(void)
{
	/* a third of all is for others than PostgreSQL, S3 takes half of that freely */
	return descriptors >= max_safe_fds / 6;
}

static curl_socket_t
on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	HttpRequest *r = arg;
	int			fd;

	if (!acquire_descriptor())
	{
		r->no_descriptor = true;
		return CURL_SOCKET_BAD;
	}
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
				address->protocol);
	if (fd >= 0)
		return fd;
	if (errno == EMFILE || errno == ENFILE)
		r->no_descriptor = true;
	release_descriptor();
	return CURL_SOCKET_BAD;
}

static int
on_close_socket(void *arg, curl_socket_t fd)
{
	release_descriptor();
	return close(fd);
}

void
http_release_descriptors(int n)
{
	while (n-- > 0)
		release_descriptor();
}

bool
http_acquire_descriptors(int n)
{
	for (int i = 0; i < n; i++)
		if (!acquire_descriptor())
		{
			http_release_descriptors(i);
			return false;
		}
	return true;
}

/* ---- pool ---- */

HttpPool *
http_pool_create(const char *ca)
{
	static bool initialised = false;
	HttpPool   *pool;
	sigset_t	old;

	http_names_reap();
	if (!http_acquire_descriptors(POOL_DESCRIPTORS))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("no file descriptor is left for connections"),
				 errhint("%s", HTTP_DESCRIPTORS_HINT)));
	pool = calloc(1, sizeof(HttpPool));
	if (pool == NULL)
	{
		http_release_descriptors(POOL_DESCRIPTORS);
		return NULL;
	}
	http_block_signals(&old);
	if (!initialised)
		initialised = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
	if (initialised)
		pool->multi = curl_multi_init();
	http_restore_signals(&old);
	if (ca)
		pool->ca = strdup(ca);
	if (pool->multi == NULL || (ca && pool->ca == NULL))
	{
		http_pool_destroy(pool);
		return NULL;
	}
	return pool;
}

void
http_pool_destroy(HttpPool *pool)
{
	sigset_t	old;

	if (pool == NULL)
		return;
	http_block_signals(&old);
	if (pool->multi)
		curl_multi_cleanup(pool->multi);
	http_restore_signals(&old);
	http_release_descriptors(POOL_DESCRIPTORS);
	free(pool->ca);
	free(pool);
}

bool
http_takes_ca(void)
{
	return LIBCURL_VERSION_NUM >= 0x074d00;
}

static void
set_options(HttpRequest *r)
{
	CURL	   *e = r->easy;

	curl_easy_setopt(e, CURLOPT_PRIVATE, (void *) r);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, r->curl_error);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, (void *) r);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, (void *) r);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, (void *) r);
	curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_NOPROGRESS, 1L);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	/* the path is signed as it is, dots and all */
	curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
	/* one connection each: a paused transfer must not hold up the others */
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, CURL_BUFFER);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(e, CURLOPT_PROTOCOLS,
					 (long) (CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x074d00
	if (r->pool->ca)
	{
		/* the pool outlives its requests and closes their connections */
		struct curl_blob blob = {r->pool->ca, strlen(r->pool->ca),
		CURL_BLOB_NOCOPY};

		curl_easy_setopt(e, CURLOPT_CAINFO_BLOB, &blob);
	}
#endif
}

/* ---- requests ---- */

static int64
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

long
http_elapsed(const HttpRequest *r)
{
	return (long) (now_ms() - r->begun);
}

bool
http_add(HttpRequest *r)
{
	sigset_t	old;
	long		elapsed = http_elapsed(r);

	/* to curl 0 is no limit */
	curl_easy_setopt(r->easy, CURLOPT_CONNECTTIMEOUT_MS,
					 Max(r->connect_ms - elapsed, 1));
	curl_easy_setopt(r->easy, CURLOPT_TIMEOUT_MS,
					 r->total_ms > 0 ? Max(r->total_ms - elapsed, 1) : 0L);
	r->asked = false;
	http_block_signals(&old);
	r->added = curl_multi_add_handle(r->pool->multi, r->easy) == CURLM_OK;
	http_restore_signals(&old);
	if (r->added)
		r->pool->added++;
	return r->added;
}

void
http_remove(HttpRequest *r)
{
	sigset_t	old;

	http_block_signals(&old);
	curl_multi_remove_handle(r->pool->multi, r->easy);
	http_restore_signals(&old);
	r->added = false;
	r->pool->added--;
}

HttpRequest *
http_request_create(HttpPool *pool, size_t whole_limit)
{
	HttpRequest *r = calloc(1, sizeof(HttpRequest));

	if (r == NULL)
		return NULL;
	r->pool = pool;
	r->whole_limit = whole_limit;
	r->room = DEFAULT_ROOM;
	r->easy = curl_easy_init();
	if (r->easy == NULL)
	{
		free(r);
		return NULL;
	}
	set_options(r);
	http_names_set(r);
	return r;
}

/* Ends a transfer under way. */
static void
request_stop(HttpRequest *r)
{
	if (r->added)
		http_remove(r);
	http_names_stop(r);
	r->reply.running = false;
}

void
http_request_destroy(HttpRequest *r)
{
	sigset_t	old;

	if (r == NULL)
		return;
	request_stop(r);
	http_block_signals(&old);
	curl_easy_cleanup(r->easy);
	http_restore_signals(&old);
	curl_slist_free_all(r->headers);
	http_names_free(r);
	buffer_free(&r->body);
	buffer_free(&r->error_body);
	free(r);
}

static bool
set_headers(HttpRequest *r, char **headers)
{
	curl_slist_free_all(r->headers);
	r->headers = NULL;
	for (; *headers; headers++)
	{
		struct curl_slist *longer = curl_slist_append(r->headers, *headers);

		if (longer == NULL)
			return false;
		r->headers = longer;
	}
	return curl_easy_setopt(r->easy, CURLOPT_HTTPHEADER,
							r->headers) == CURLE_OK;
}

/* What differs from target to target. */
static bool
set_target(HttpRequest *r, const HttpTarget *target)
{
	CURL	   *e = r->easy;

	curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
	if (target->method && strcmp(target->method, "HEAD") == 0)
		curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
	if (target->body &&
		(curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
						  (curl_off_t) strlen(target->body)) != CURLE_OK ||
		 curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS,
						  target->body) != CURLE_OK))
		return false;
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long) http_read_timeout);
	return curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST,
							target->method) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_NOPROXY,
						 target->direct ? "*" : NULL) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_URL, target->url) == CURLE_OK &&
		set_headers(r, target->headers);
}

bool
http_request_start(HttpRequest *r, const HttpTarget *target)
{
	request_stop(r);
	memset(&r->reply, 0, sizeof(r->reply));
	begin_answer(&r->reply, 0);
	r->verdict = HTTP_OK;
	r->header_bytes = 0;
	r->told_enough = false;
	r->no_descriptor = false;
	r->paused = false;
	buffer_clear(&r->error_body);
	r->curl_error[0] = '\0';
	r->expect = target->expect;
	r->range_start = target->range_start;
	r->begun = now_ms();
	r->connect_ms = target->connect_ms ? target->connect_ms :
		http_connect_timeout;
	r->total_ms = target->total_ms;
	http_names_begin(r);
	if (!set_target(r, target) || !http_add(r))
		return false;
	r->reply.running = true;
	return true;
}

void
http_request_discard(HttpRequest *r)
{
	buffer_clear(&r->body);
	r->received = 0;
}

const HttpReply *
http_reply(const HttpRequest *r)
{
	return &r->reply;
}

int64
http_received(const HttpRequest *r)
{
	return r->received;
}

size_t
http_available(const HttpRequest *r)
{
	return buffer_used(&r->body);
}

const char *
http_data(const HttpRequest *r)
{
	return buffer_data(&r->body);
}

/* Let a transfer that waits for room go on, if there is some. */
static void
wake(HttpRequest *r)
{
	sigset_t	old;

	if (!r->paused || buffer_used(&r->body) > r->room / 2)
		return;
	/* this calls on_body with what curl held back; it may pause again */
	r->paused = false;
	http_block_signals(&old);
	curl_easy_pause(r->easy, CURLPAUSE_CONT);
	http_restore_signals(&old);
}

void
http_request_room(HttpRequest *r, size_t room)
{
	/* what curl hands over at a time must fit in */
	r->room = Max(room, 2 * CURL_BUFFER);
	wake(r);
}

size_t
http_take(HttpRequest *r, void *buf, size_t len)
{
	size_t		n = buffer_take(&r->body, buf, len);

	wake(r);
	return n;
}

const char *
http_error_body(const HttpRequest *r, size_t *len)
{
	*len = buffer_used(&r->error_body);
	return buffer_data(&r->error_body);
}

/* ---- moving on ---- */

static HttpFailure
failure_of(CURLcode code)
{
	switch (code)
	{
		case CURLE_OK:
			return HTTP_OK;
		case CURLE_COULDNT_RESOLVE_PROXY:
		case CURLE_COULDNT_RESOLVE_HOST:
			return HTTP_FAIL_RESOLVE;
		case CURLE_COULDNT_CONNECT:
			return HTTP_FAIL_CONNECT;
		case CURLE_OPERATION_TIMEDOUT:
			return HTTP_FAIL_TIMEOUT;
		case CURLE_PARTIAL_FILE:
		case CURLE_GOT_NOTHING:
		case CURLE_SEND_ERROR:
		case CURLE_RECV_ERROR:
		case CURLE_WEIRD_SERVER_REPLY:
			return HTTP_FAIL_BROKEN;
		case CURLE_SSL_CONNECT_ERROR:
			return HTTP_FAIL_HANDSHAKE;
		case CURLE_SSL_CERTPROBLEM:
		case CURLE_SSL_CIPHER:
		case CURLE_PEER_FAILED_VERIFICATION:
		case CURLE_SSL_CACERT_BADFILE:
		case CURLE_SSL_ISSUER_ERROR:
			return HTTP_FAIL_TLS;
		case CURLE_OUT_OF_MEMORY:
			return HTTP_FAIL_MEMORY;
		default:
			return HTTP_FAIL_OTHER;
	}
}

/* Note what ended. */
static void
collect_ended(HttpPool *pool)
{
	CURLMsg    *msg;
	int			left;

	while ((msg = curl_multi_info_read(pool->multi, &left)) != NULL)
	{
		HttpRequest *r = NULL;
		CURLcode	code = msg->data.result;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **) &r);
		http_remove(r);
		if (http_names_wait(r, code))
			continue;
		r->reply.running = false;
		if (r->told_enough && code == CURLE_WRITE_ERROR)
			code = CURLE_OK;
		r->reply.failure = r->verdict != HTTP_OK ? r->verdict :
			failure_of(code);
		/* with no socket for any of the host's addresses */
		if (r->no_descriptor && r->reply.failure == HTTP_FAIL_CONNECT)
			r->reply.failure = HTTP_FAIL_DESCRIPTORS;
		/* curl takes a connection closed within the header for an answer */
		if (r->reply.failure == HTTP_OK && !r->reply.headers_done)
		{
			r->reply.failure = HTTP_FAIL_BROKEN;
			strlcpy(r->reply.error, "connection closed within the header",
					sizeof(r->reply.error));
		}
		if (code != CURLE_OK)
			strlcpy(r->reply.error,
					r->curl_error[0] ? r->curl_error :
					curl_easy_strerror(code),
					sizeof(r->reply.error));
	}
}

/* Backoff and the like: nothing to poll, so sleep on the latch. */
static void
wait_idle(int timeout_ms, WaitPlace place)
{
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
					 timeout_ms, wait_number(place));
	ResetLatch(MyLatch);
}

WaitPlace
http_place(const HttpRequest *r)
{
	curl_off_t	resolved = 0;
	curl_off_t	ready = 0;

	if (http_names_waiting(r))
		return WAIT_RESOLVE;
	if (r->reply.headers_done)
		return WAIT_BODY;
	/* microseconds since the start; 0 for what did not happen yet */
	curl_easy_getinfo(r->easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
	if (ready > 0)
		return WAIT_ANSWER;
	curl_easy_getinfo(r->easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
	return resolved > 0 ? WAIT_CONNECT : WAIT_RESOLVE;
}

void
http_pump(HttpPool *pool, int timeout_ms, WaitPlace place)
{
	sigset_t	old;
	CURLMcode	code;
	int			running;

	CHECK_FOR_INTERRUPTS();
	timeout_ms = Min(timeout_ms, HTTP_WAIT_MS);
	if (timeout_ms > 0 && pool->added == 0 && pool->waiting == NULL)
		wait_idle(timeout_ms, place);
	else if (timeout_ms > 0)
	{
		pgstat_report_wait_start(wait_number(place));
		http_names_poll(pool, timeout_ms);
		pgstat_report_wait_end();
	}
	store_check_interrupts();
	http_block_signals(&old);
	code = curl_multi_perform(pool->multi, &running);
	collect_ended(pool);
	http_restore_signals(&old);
	if (code != CURLM_OK)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("could not transfer data"),
				 errdetail_internal("%s", curl_multi_strerror(code))));
	http_names_move(pool);
	CHECK_FOR_INTERRUPTS();
}
