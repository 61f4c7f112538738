/*-------------------------------------------------------------------------
 *
 * position.h
 *	  Where an error is in a log, and whether its message may show what the log
 *	  holds.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_POSITION_H
#define CDC_LOG_POSITION_H

#include "postgres.h"

/* Where an error is, for the error context. */
typedef struct LogPosition
{
	const char *uri;			/* NULL: nowhere yet */
	int64		line;			/* 0: none */
	const char *column;			/* NULL: none */
} LogPosition;

/* Lives on the stack of who begins it. */
typedef struct PositionContext
{
	ErrorContextCallback callback;
	const LogPosition *position;
	bool		hides;
} PositionContext;

/*
 * Errors from here on name file, line and column of the position, up to
 * position_end().  With hides, their messages do not show values of the log:
 * not all of whom they reach may read them.  An error ends the context too.
 */
extern void position_begin(PositionContext *context,
						   const LogPosition *position, bool hides);
extern void position_end(const PositionContext *context);

/*
 * Returns true if a message that is raised now must not show values of the log.
 */
extern bool position_hides(void);

/*
 * Returns text, or what messages have in its place where they must not show
 * values of the log.
 */
extern const char *position_shown(const char *text);

#endif							/* CDC_LOG_POSITION_H */
