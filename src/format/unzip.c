/*-------------------------------------------------------------------------
 *
 * unzip.c
 *	  Inflating ahead: see unzip.h.
 *
 * There is one thread for all streams, and one lock.  A stream's GzipReader
 * belongs to whoever set at_work, and nobody inflates under the lock.  The
 * thread takes a stream that is being read, else the first that was opened, if
 * it has input and may hold one more block.
 *
 * The thread blocks all signals, so that handlers run where they expect to,
 * and touches nothing but what it is given here.  It does not keep a process
 * from ending.
 *
 *-------------------------------------------------------------------------
 */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "format/unzip.h"

/* the inflate library takes some kilobytes of it */
#define STACK_SIZE		(256 * 1024)
/* blocks that streams nobody reads yet leave to the one that is read */
#define LEFT_TO_OTHERS	2
/* what a stream takes besides its blocks: input, and the library's state */
#define UNZIP_INPUTS	2
#define STREAM_SIZE		(UNZIP_INPUTS * UNZIP_INPUT + 96 * 1024)

typedef struct Block
{
	struct Block *next;
	size_t		len;
	size_t		stored;			/* input begun, this block's included */
	unsigned char data[UNZIP_BLOCK];
} Block;

typedef enum Worker
{
	NOBODY,
	THE_OWNER,
	THE_THREAD
} Worker;

struct UnzipStream
{
	UnzipStream *next;
	size_t		limit;
	GzipReader *gzip;
	Worker		at_work;
	bool		wanted;			/* its owner reads it */
	bool		idle;			/* nothing comes out before more goes in */
	/* input, first in first out */
	unsigned char *input[UNZIP_INPUTS];
	size_t		len[UNZIP_INPUTS];
	int			first;
	int			count;
	bool		fed;			/* the first is with gzip */
	bool		end;
	size_t		stored;			/* bytes that went to gzip */
	/* output */
	Block	   *blocks;
	Block	  **last;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;

/* the lock is for these and for all streams */
static UnzipStream *streams = NULL;
static Block *spares = NULL;
static size_t spare_bytes = 0;
static size_t held = 0;			/* by streams and their blocks */
static size_t blocks_ahead = 0;
static bool stop = false;

/* the owner's */
static pthread_t thread;
static bool running = false;

/*
 * Inflate into out until it is full or nothing more comes out for now.  The
 * lock is held, and given up meanwhile; at_work is the caller's.
 */
static GzipStatus
inflate_into(UnzipStream *s, unsigned char *out, size_t *outlen)
{
	GzipStatus	status = GZIP_OK;

	*outlen = 0;
	while (*outlen < UNZIP_BLOCK)
	{
		size_t		n;
		bool		end;

		if (!s->fed && s->count > 0)
		{
			gzip_feed(s->gzip, s->input[s->first], s->len[s->first]);
			s->stored += s->len[s->first];
			s->fed = true;
		}
		end = s->end && s->count == s->fed;
		pthread_mutex_unlock(&lock);
		status = gzip_read(s->gzip, out + *outlen, UNZIP_BLOCK - *outlen, &n,
						   end);
		pthread_mutex_lock(&lock);
		*outlen += n;
		if (status == GZIP_NEED_INPUT && s->fed)
		{
			s->fed = false;
			s->first = (s->first + 1) % UNZIP_INPUTS;
			s->count--;
		}
		else if (status != GZIP_OK || n == 0)
			break;
	}
	/* a block that is not full ends where input does, or all does */
	s->idle = s->count == 0 ? *outlen < UNZIP_BLOCK :
		*outlen == 0 && status != GZIP_NEED_INPUT;
	/* what went wrong behind these bytes is said by the next call */
	return *outlen > 0 ? GZIP_OK : status;
}

/*
 * The thread
 */

/* The first stream with work to do, and room for so many blocks. */
static UnzipStream *
first_stream(bool wanted, int blocks)
{
	for (UnzipStream *s = streams; s != NULL; s = s->next)
	{
		if (s->wanted == wanted && s->at_work == NOBODY && !s->idle &&
			held + blocks * sizeof(Block) <= s->limit)
			return s;
	}
	return NULL;
}

/* What to go on with; the lock is held. */
static UnzipStream *
next_stream(void)
{
	UnzipStream *s = first_stream(true, 1);

	return s != NULL ? s : first_stream(false, 1 + LEFT_TO_OTHERS);
}

/* The first of the spare blocks, or NULL; the lock is held. */
static Block *
take_spare(void)
{
	Block	   *b = spares;

	if (b != NULL)
	{
		spares = b->next;
		spare_bytes -= sizeof(Block);
	}
	return b;
}

/* A block that was held is one no more. */
static void
put_spare(Block *b)
{
	b->next = spares;
	spares = b;
	spare_bytes += sizeof(Block);
	held -= sizeof(Block);
}

/* Spare blocks are memory too. */
static void
free_spares(size_t limit)
{
	while (spares != NULL && held + spare_bytes > limit)
		free(take_spare());
}

static void
inflate_block(UnzipStream *s)
{
	Block	   *b = take_spare();

	if (b == NULL && (b = malloc(sizeof(Block))) == NULL)
	{
		s->idle = true;
		return;
	}
	held += sizeof(Block);
	s->at_work = THE_THREAD;
	inflate_into(s, b->data, &b->len);
	s->at_work = NOBODY;
	if (b->len > 0)
	{
		b->stored = s->stored;
		b->next = NULL;
		*s->last = b;
		s->last = &b->next;
		blocks_ahead++;
	}
	else
		put_spare(b);
	pthread_cond_signal(&done);
}

static void *
run(void *arg)
{
	pthread_mutex_lock(&lock);
	while (!stop)
	{
		UnzipStream *s = next_stream();

		if (s != NULL)
			inflate_block(s);
		else
			pthread_cond_wait(&work, &lock);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* Without it the owner does all the work. */
static void
start_thread(void)
{
	sigset_t	all;
	sigset_t	before;
	pthread_attr_t attr;

	if (running || pthread_attr_init(&attr) != 0)
		return;
	sigfillset(&all);
	if (pthread_attr_setstacksize(&attr, STACK_SIZE) == 0 &&
		pthread_sigmask(SIG_SETMASK, &all, &before) == 0)
	{
		stop = false;
		running = pthread_create(&thread, &attr, run, NULL) == 0;
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	pthread_attr_destroy(&attr);
#ifdef __linux__
	/* for who looks at the process's threads */
	if (running)
		pthread_setname_np(thread, "cdc_fdw unzip");
#endif
}

/*
 * The owner
 */

bool
unzip_has_room(size_t limit)
{
	bool		room;

	pthread_mutex_lock(&lock);
	room = held + STREAM_SIZE + (1 + LEFT_TO_OTHERS) * sizeof(Block) <= limit;
	pthread_mutex_unlock(&lock);
	return room;
}

UnzipStream *
unzip_open(size_t limit)
{
	UnzipStream *s = calloc(1, sizeof(UnzipStream));
	UnzipStream **link = &streams;

	if (s == NULL)
		return NULL;
	s->gzip = gzip_create();
	if (s->gzip == NULL)
	{
		free(s);
		return NULL;
	}
	s->limit = limit < UNZIP_LEAST ? 0 : limit;
	s->idle = true;
	s->last = &s->blocks;
	pthread_mutex_lock(&lock);
	while (*link != NULL)
		link = &(*link)->next;
	*link = s;
	held += STREAM_SIZE;
	free_spares(limit);
	pthread_mutex_unlock(&lock);
	return s;
}

/* The first block becomes a spare; the lock is held. */
static void
drop_block(UnzipStream *s)
{
	Block	   *b = s->blocks;

	s->blocks = b->next;
	if (s->blocks == NULL)
		s->last = &s->blocks;
	put_spare(b);
}

void
unzip_close(UnzipStream *s)
{
	UnzipStream **link = &streams;

	if (s == NULL)
		return;
	pthread_mutex_lock(&lock);
	/* not for long: the thread ends its block, and begins no other */
	s->limit = 0;
	while (s->at_work == THE_THREAD)
		pthread_cond_wait(&done, &lock);
	while (*link != s)
		link = &(*link)->next;
	*link = s->next;
	while (s->blocks != NULL)
		drop_block(s);
	held -= STREAM_SIZE;
	pthread_cond_signal(&work);
	pthread_mutex_unlock(&lock);
	gzip_destroy(s->gzip);
	for (int i = 0; i < UNZIP_INPUTS; i++)
		free(s->input[i]);
	free(s);
}

void *
unzip_room(UnzipStream *s)
{
	int			i;

	pthread_mutex_lock(&lock);
	i = s->count < UNZIP_INPUTS ? (s->first + s->count) % UNZIP_INPUTS : -1;
	pthread_mutex_unlock(&lock);
	if (i < 0)
		return NULL;
	/* nobody else looks at it before it counts */
	if (s->input[i] == NULL)
		s->input[i] = malloc(UNZIP_INPUT);
	return s->input[i];
}

void
unzip_feed(UnzipStream *s, size_t len)
{
	if (s->limit > 0)
		start_thread();
	pthread_mutex_lock(&lock);
	s->len[(s->first + s->count) % UNZIP_INPUTS] = len;
	s->count++;
	s->idle = false;
	pthread_cond_signal(&work);
	pthread_mutex_unlock(&lock);
}

void
unzip_end(UnzipStream *s)
{
	pthread_mutex_lock(&lock);
	s->end = true;
	pthread_mutex_unlock(&lock);
}

bool
unzip_wait(UnzipStream *s, int ms)
{
	struct timespec until;
	bool		ready;
	int			rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L)
	{
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&lock);
	s->wanted = true;
	while (rc == 0 && s->blocks == NULL && s->at_work == THE_THREAD)
		rc = pthread_cond_timedwait(&done, &lock, &until);
	ready = s->blocks != NULL || s->at_work != THE_THREAD;
	/* so that the thread does not begin with it now */
	if (ready && s->blocks == NULL)
		s->at_work = THE_OWNER;
	pthread_mutex_unlock(&lock);
	return ready;
}

GzipStatus
unzip_read(UnzipStream *s, void *out, size_t *outlen, size_t *stored)
{
	GzipStatus	status = GZIP_OK;
	Block	   *b;

	pthread_mutex_lock(&lock);
	b = s->blocks;
	if (b != NULL)
	{
		/* a block that is there is not touched by the thread */
		pthread_mutex_unlock(&lock);
		memcpy(out, b->data, b->len);
		*outlen = b->len;
		*stored = b->stored;
		pthread_mutex_lock(&lock);
		drop_block(s);
		free_spares(s->limit);
	}
	else
	{
		status = inflate_into(s, out, outlen);
		s->at_work = NOBODY;
		*stored = s->stored;
	}
	pthread_cond_signal(&work);
	pthread_mutex_unlock(&lock);
	return status;
}

const char *
unzip_message(const UnzipStream *s)
{
	return gzip_message(s->gzip);
}

void
unzip_free_spares(void)
{
	if (streams != NULL)
		return;
	if (running)
	{
		pthread_mutex_lock(&lock);
		stop = true;
		pthread_cond_signal(&work);
		pthread_mutex_unlock(&lock);
		pthread_join(thread, NULL);
		running = false;
	}
	free_spares(0);
}

size_t
unzip_blocks_ahead(void)
{
	size_t		n;

	pthread_mutex_lock(&lock);
	n = blocks_ahead;
	pthread_mutex_unlock(&lock);
	return n;
}
