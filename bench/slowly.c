/*-------------------------------------------------------------------------
 *
 * slowly.c
 *	  A network for the bench: relays connections to a port of this machine,
 *	  with the latency and the speed of a connection to S3.
 *
 *	  slowly PORT TO_PORT MILLISECONDS MEGABYTES_PER_SECOND
 *
 * What comes back after a request waits for so many milliseconds first, and
 * every connection has that speed of its own.  A thread per connection; ends
 * when it is killed.
 *
 *-------------------------------------------------------------------------
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIECE	(32 * 1024)

static struct sockaddr_in target;
static double latency;
static double speed;			/* bytes per second */

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void
sleep_until(double when)
{
	struct timespec t = {(time_t) when, (when - (time_t) when) * 1e9};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
		;
}

static bool
send_all(int fd, const char *data, ssize_t len)
{
	while (len > 0)
	{
		ssize_t		n = write(fd, data, len);

		if (n <= 0)
			return false;
		data += n;
		len -= n;
	}
	return true;
}

static void *
relay(void *arg)
{
	int			client = (int) (long) arg;
	int			server = socket(AF_INET, SOCK_STREAM, 0);
	int			one = 1;
	bool		asked = true;
	double		free_at = 0;	/* when the line is free again */
	struct pollfd fds[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
	char		piece[PIECE];

	if (connect(server, (struct sockaddr *) &target, sizeof(target)) == 0)
	{
		setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		while (poll(fds, 2, -1) > 0)
		{
			int			from = fds[1].revents ? server : client;
			ssize_t		n = read(from, piece, sizeof(piece));

			if (n <= 0)
				break;
			if (from == server)
			{
				double		t = now();

				if (asked)
					free_at = t + latency;
				asked = false;
				if (free_at < t)
					free_at = t;
				free_at += n / speed;
				sleep_until(free_at);
			}
			else
				asked = true;
			if (!send_all(from == server ? client : server, piece, n))
				break;
		}
	}
	close(server);
	close(client);
	return NULL;
}

int
main(int argc, char **argv)
{
	int			listener = socket(AF_INET, SOCK_STREAM, 0);
	int			one = 1;
	struct sockaddr_in here = {.sin_family = AF_INET};

	if (argc != 5)
	{
		fprintf(stderr, "usage: slowly PORT TO_PORT MILLISECONDS MEGABYTES_PER_SECOND\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	target = here;
	here.sin_port = htons(atoi(argv[1]));
	target.sin_port = htons(atoi(argv[2]));
	latency = atof(argv[3]) / 1000;
	speed = atof(argv[4]) * 1e6;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *) &here, sizeof(here)) != 0 ||
		listen(listener, 64) != 0)
	{
		perror("slowly");
		return 1;
	}
	for (;;)
	{
		int			client = accept(listener, NULL, NULL);
		pthread_t	thread;

		if (client < 0)
			continue;
		if (pthread_create(&thread, NULL, relay, (void *) (long) client) != 0)
			close(client);
		else
			pthread_detach(thread);
	}
}
