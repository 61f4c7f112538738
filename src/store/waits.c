/*-------------------------------------------------------------------------
 *
 * waits.c
 *	  Names of waits: see waits.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "store/waits.h"

static const char *const names[] = {
	[WAIT_RESOLVE] = "CdcFdwResolve",
	[WAIT_CONNECT] = "CdcFdwConnect",
	[WAIT_ANSWER] = "CdcFdwAnswer",
	[WAIT_BODY] = "CdcFdwBody",
	[WAIT_BACKOFF] = "CdcFdwBackoff",
	[WAIT_CREDENTIALS] = "CdcFdwCredentials",
	[WAIT_FILE] = "CdcFdwFile",
	[WAIT_WALK] = "CdcFdwWalk"
};

uint32
wait_number(WaitPlace place)
{
	static uint32 numbers[lengthof(names)];

	/* the first process that asks makes the name known to all */
	if (numbers[place] == 0)
		numbers[place] = wait_event_number(names[place]);
	return numbers[place];
}
