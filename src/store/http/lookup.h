/*-------------------------------------------------------------------------
 *
 * lookup.h
 *	  Addresses of hosts, looked up by threads.  Pure C.
 *
 * Nobody can end a look-up: where a name server does not answer it goes on for
 * as long as the system's resolver is patient, and so does its thread, whoever
 * gave it up.  So a process has at most LOOKUP_MOST of them, those given up
 * included, and a name that is being looked up is not looked up twice.
 *
 * All functions are for one thread, the process's own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_HTTP_LOOKUP_H
#define CDC_STORE_HTTP_LOOKUP_H

#include <stdbool.h>

#define LOOKUP_MOST			8
/* File descriptors that the system's resolver may have open for one. */
#define LOOKUP_DESCRIPTORS	2

typedef struct Lookup Lookup;

/* True if host is an address itself. */
extern bool lookup_is_address(const char *host);

/*
 * The look-up of that host and port (in digits) that is under way, or NULL;
 * to be given up by lookup_leave().
 */
extern Lookup *lookup_join(const char *host, const char *port);
/* True if there may be one more. */
extern bool lookup_has_room(void);
/* Begins one as lookup_join() has it.  NULL: no memory, or no thread. */
extern Lookup *lookup_begin(const char *host, const char *port);
/* Whoever else joined it keeps it; accepts NULL. */
extern void lookup_leave(Lookup *lookup);

/*
 * How many threads ended since the last call, and what they had open is
 * closed.  Only this call makes look-ups end for the functions here.
 */
extern int	lookup_reap(void);
extern bool lookup_ended(const Lookup *lookup);
/*
 * Of one that ended: addresses in the order of preference, separated by
 * commas, those of IPv6 in brackets; NULL if there is none.  They are the
 * look-up's.
 */
extern const char *lookup_addresses(const Lookup *lookup);

/*
 * From now on wake(arg) is called, by whichever thread, when one has ended; at
 * once if one has since lookup_reap().  NULL: no more.
 */
extern void lookup_wake(void (*wake) (void *arg), void *arg);

#endif							/* CDC_STORE_HTTP_LOOKUP_H */
