/*-------------------------------------------------------------------------
 *
 * instant_text.h
 *	  Instants as texts: in options, session settings and arguments.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_INSTANT_TEXT_H
#define CDC_FDW_INSTANT_TEXT_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "fmgr.h"

/*
 * The instant that a text of ISO 8601 names, or infinity, or -infinity.  Any
 * other text is an error, since PostgreSQL reads many of them otherwise in
 * another session or at another time.  label says whose text it is: option "x".
 *
 * option is the option's name, whose instants are UTC where they name no zone;
 * NULL for a session's setting or an argument, which follow TimeZone.
 */
extern TimestampTz instant_text_read(const char *text, const char *label,
								const char *option);

/* Instead of an instant: the table's watermark, to be found.  No timestamp. */
#define ASOF_AT_WATERMARK	(DT_NOEND - 1)

/* Reads "watermark" too, as ASOF_AT_WATERMARK. */
extern TimestampTz instant_text_asof(const char *text, const char *label,
									 const char *option);

/*
 * Returns the name in "pin:name", by which a pin gives the instant, as a part of
 * the text; NULL where the text is no such thing.
 */
extern const char *instant_text_pin(const char *asof);

/*
 * An instant as a text that instant_text_read() reads as the same one in any
 * session, palloc'd; in UTC.
 */
extern char *instant_text_write(TimestampTz at);

/*
 * Argument n of a function, which is not NULL: a timestamptz, or a text, by
 * the type of this overload.  "watermark" is ASOF_AT_WATERMARK where that may
 * be asked for.
 */
extern TimestampTz instant_text_arg(FunctionCallInfo fcinfo, int n,
							   const char *name, bool watermark);

#endif							/* CDC_FDW_INSTANT_TEXT_H */
