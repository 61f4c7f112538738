/*-------------------------------------------------------------------------
 *
 * input.h
 *	  Texts of the log to values, by their types' input functions, alike for
 *	  every reader and on every day.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_INPUT_H
#define CDC_REPLAY_INPUT_H

#include "postgres.h"

#include "fmgr.h"

#include "log/logconfig.h"

/* One type's input function; lives as long as the context of input_open(). */
typedef struct InputReader
{
	FmgrInfo	function;
	Oid			ioparam;
	Oid			typid;
	int32		typmod;
	int			holds;			/* what its values may hold, as holds.h says */
	int			digits;			/* of a second, as timetext.h says */
	size_t		bytes;			/* that its type keeps of a text, or 0: of its own
								 * accord it cuts off none */
	int16		typlen;
	bool		typbyval;
} InputReader;

/*
 * Look up the input function of a type; what it keeps lives in ctx.  Raises
 * an error where no value of the type would be the same for every reader:
 * money whose lc_monetary has not two digits behind the point.
 */
extern void input_open(InputReader *in, Oid typid, int32 typmod,
					   MemoryContext ctx);

/* Look the function up again, in a context that was reset. */
extern void input_reopen(InputReader *in, MemoryContext ctx);

/*
 * The value of a text in the server's encoding, in the current context; text
 * NULL asks the type whether it allows NULL.  No setting of the session and no
 * clock bears on it: what they would decide is decided by style, or is an
 * error that names the option.  Without error whatever is wrong is raised;
 * with it, what the input function can report instead of raising it comes back
 * as false and *error, palloc'd.
 */
extern bool input_read(InputReader *in, char *text, const ValueStyle *style,
					   Datum *value, ErrorData **error);

/* The settings that values of this type look at, as settings_fix() takes them. */
extern int	input_rare_settings(Oid typid);

#endif							/* CDC_REPLAY_INPUT_H */
