/*-------------------------------------------------------------------------
 *
 * position.c
 *	  Where an error is in a log, and whether its message may show what the log
 *	  holds.
 *
 * The innermost context decides.  It is found on PostgreSQL's stack of them,
 * which an error unwinds, so that nothing outlives a failed statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/position.h"

#define NOT_SHOWN	"(not shown)"

static void
error_position(void *arg)
{
	const LogPosition *p = ((const PositionContext *) arg)->position;

	if (p->uri == NULL)
		return;
	if (p->line > 0 && p->column)
		errcontext("file \"%s\", line %lld, column \"%s\"", p->uri,
				   (long long) p->line, p->column);
	else if (p->line > 0)
		errcontext("file \"%s\", line %lld", p->uri, (long long) p->line);
	else
		errcontext("file \"%s\"", p->uri);
}

void
position_begin(PositionContext *context, const LogPosition *position,
			   bool hides)
{
	context->position = position;
	context->hides = hides;
	context->callback.callback = error_position;
	context->callback.arg = context;
	context->callback.previous = error_context_stack;
	error_context_stack = &context->callback;
}

void
position_end(const PositionContext *context)
{
	error_context_stack = context->callback.previous;
}

bool
position_hides(void)
{
	for (ErrorContextCallback *c = error_context_stack; c != NULL;
		 c = c->previous)
		if (c->callback == error_position)
			return ((const PositionContext *) c->arg)->hides;
	return false;
}

const char *
position_shown(const char *text)
{
	return position_hides() ? NOT_SHOWN : text;
}
