/*-------------------------------------------------------------------------
 *
 * refused.h
 *	  What may help where a type refused a text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_REFUSED_H
#define CDC_REPLAY_REFUSED_H

#include "postgres.h"

#include "replay/values/input.h"

/*
 * Add a hint, and the option that it names, to the error that is being raised
 * because the text is no value of the type; nothing where none comes to mind.
 * For error context callbacks: errors that are no data exceptions are the
 * caller's to leave alone.
 */
extern void refused_hint(const InputReader *in, const char *text,
						 const ValueStyle *style);

#endif							/* CDC_REPLAY_REFUSED_H */
