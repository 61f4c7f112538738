/*-------------------------------------------------------------------------
 *
 * waits.h
 *	  What a process waits for, as pg_stat_activity shows it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_WAITS_H
#define CDC_STORE_WAITS_H

#include "postgres.h"

typedef enum WaitPlace
{
	WAIT_RESOLVE,				/* the address of a host */
	WAIT_CONNECT,				/* a connection, TLS included */
	WAIT_ANSWER,				/* the first byte of an answer */
	WAIT_BODY,					/* its body */
	WAIT_BACKOFF,				/* the time to try again */
	WAIT_CREDENTIALS,			/* a service that hands out keys */
	WAIT_FILE,					/* a local file */
	WAIT_WALK					/* other processes of a scan */
} WaitPlace;

/*
 * Its number for PostgreSQL's functions that wait.  Names exist from
 * PostgreSQL 17 on; before, all are Extension.
 */
extern uint32 wait_number(WaitPlace place);

#endif							/* CDC_STORE_WAITS_H */
