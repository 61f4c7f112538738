/*-------------------------------------------------------------------------
 *
 * lookup.c
 *	  Addresses of hosts, looked up by threads: see lookup.h.
 *
 * A look-up is its thread's until that has ended, and only then joined and
 * freed by the process's own thread, which so never waits for one.  Of a
 * look-up the lock is for "ended" and "addresses"; the list and the counts are
 * the process's own thread's.
 *
 * A thread blocks all signals, so that handlers run where they expect to, and
 * touches nothing but what it is given here.  It does not keep a process from
 * ending.
 *
 *-------------------------------------------------------------------------
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store/http/lookup.h"

/* modules of the system's resolver put whole answers on it */
#define STACK_SIZE		(1024 * 1024)
/* more addresses of a host than these are not tried */
#define MOST_ADDRESSES	64

struct Lookup
{
	Lookup	   *next;
	char	   *host;
	char	   *port;
	pthread_t	thread;
	int			users;			/* who joined it */
	bool		joined;			/* the thread is gone */
	/* the lock is for these, while the thread runs */
	bool		ended;
	char	   *addresses;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* the lock is for these */
static int	unseen = 0;			/* ended, not reaped */
static void (*waker) (void *arg) = NULL;
static void *waker_arg = NULL;

/* the process's own */
static Lookup *lookups = NULL;	/* whose threads run */
static int	running = 0;

/*
 * The thread
 */

/* Without IPv6 its addresses are not asked for. */
static int
family(void)
{
	int			fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return AF_INET;
	close(fd);
	return AF_UNSPEC;
}

/* Append an address to text, which has room. */
static void
append(char *text, const struct sockaddr *address)
{
	char		name[INET6_ADDRSTRLEN] = "";
	const char *form = address->sa_family == AF_INET6 ? "[]" : "";
	size_t		len;

	if (address->sa_family == AF_INET6)
	{
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) address;

		/* one that holds on a link alone cannot be written without the link */
		if (in6->sin6_scope_id == 0)
			inet_ntop(AF_INET6, &in6->sin6_addr, name, sizeof(name));
	}
	else if (address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *) address)->sin_addr,
				  name, sizeof(name));
	if (name[0] == '\0')
		return;
	if (text[0] != '\0')
		strcat(text, ",");
	len = strlen(text);
	if (form[0])
		text[len++] = form[0];
	strcpy(text + len, name);
	if (form[0])
		strcat(text, form + 1);
}

/* The addresses, malloc'd; NULL if there is none. */
static char *
look_up(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_family = family(),.ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	char	   *text;
	int			n = 0;

	if (getaddrinfo(host, port, &hints, &found) != 0)
		return NULL;
	text = calloc(MOST_ADDRESSES, INET6_ADDRSTRLEN + 3);
	for (struct addrinfo *a = found; text && a && n < MOST_ADDRESSES;
		 a = a->ai_next, n++)
		append(text, a->ai_addr);
	freeaddrinfo(found);
	if (text != NULL && text[0] == '\0')
	{
		free(text);
		text = NULL;
	}
	return text;
}

static void *
run(void *arg)
{
	Lookup	   *l = arg;
	char	   *addresses = look_up(l->host, l->port);

	pthread_mutex_lock(&lock);
	l->addresses = addresses;
	l->ended = true;
	unseen++;
	if (waker != NULL)
		waker(waker_arg);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static bool
start_thread(Lookup *l)
{
	sigset_t	all;
	sigset_t	before;
	pthread_attr_t attr;
	bool		started = false;

	if (pthread_attr_init(&attr) != 0)
		return false;
	sigfillset(&all);
	if (pthread_attr_setstacksize(&attr, STACK_SIZE) == 0 &&
		pthread_sigmask(SIG_SETMASK, &all, &before) == 0)
	{
		started = pthread_create(&l->thread, &attr, run, l) == 0;
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	pthread_attr_destroy(&attr);
#ifdef __linux__
	/* for who looks at the process's threads */
	if (started)
		pthread_setname_np(l->thread, "cdc_fdw lookup");
#endif
	return started;
}

/*
 * The process's own thread
 */

bool
lookup_is_address(const char *host)
{
	struct in6_addr room;

	return inet_pton(AF_INET, host, &room) == 1 ||
		inet_pton(AF_INET6, host, &room) == 1;
}

static void
release(Lookup *l)
{
	free(l->host);
	free(l->port);
	free(l->addresses);
	free(l);
}

Lookup *
lookup_join(const char *host, const char *port)
{
	for (Lookup *l = lookups; l != NULL; l = l->next)
		if (strcasecmp(l->host, host) == 0 && strcmp(l->port, port) == 0)
		{
			l->users++;
			return l;
		}
	return NULL;
}

bool
lookup_has_room(void)
{
	return running < LOOKUP_MOST;
}

Lookup *
lookup_begin(const char *host, const char *port)
{
	Lookup	   *l = calloc(1, sizeof(Lookup));

	if (l == NULL)
		return NULL;
	l->host = strdup(host);
	l->port = strdup(port);
	l->users = 1;
	if (l->host == NULL || l->port == NULL || !start_thread(l))
	{
		release(l);
		return NULL;
	}
	l->next = lookups;
	lookups = l;
	running++;
	return l;
}

void
lookup_leave(Lookup *l)
{
	if (l != NULL && --l->users == 0 && l->joined)
		release(l);
}

/* Take the first that ended off the list. */
static Lookup *
take_ended(void)
{
	Lookup	   *l = NULL;

	pthread_mutex_lock(&lock);
	for (Lookup **link = &lookups; unseen > 0 && *link; link = &(*link)->next)
		if ((*link)->ended)
		{
			l = *link;
			*link = l->next;
			unseen--;
			break;
		}
	pthread_mutex_unlock(&lock);
	return l;
}

int
lookup_reap(void)
{
	int			n = 0;
	Lookup	   *l;

	while ((l = take_ended()) != NULL)
	{
		/* it has nothing left to do */
		pthread_join(l->thread, NULL);
		l->joined = true;
		running--;
		n++;
		if (l->users == 0)
			release(l);
	}
	return n;
}

bool
lookup_ended(const Lookup *l)
{
	return l->joined;
}

const char *
lookup_addresses(const Lookup *l)
{
	return l->addresses;
}

void
lookup_wake(void (*wake) (void *arg), void *arg)
{
	pthread_mutex_lock(&lock);
	waker = wake;
	waker_arg = arg;
	if (wake != NULL && unseen > 0)
		wake(arg);
	pthread_mutex_unlock(&lock);
}
