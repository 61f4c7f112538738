/*-------------------------------------------------------------------------
 *
 * attempt.c
 *	  Steps that may fail without failing the whole.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "fdw/attempt.h"

/*
 * True if the error ends the query because somebody asked for that.  Its
 * SQLSTATE alone does not say so: a function that a user wrote can raise it.
 */
static bool
is_asked_for(const ErrorData *error)
{
	return (error->sqlerrcode == ERRCODE_QUERY_CANCELED ||
			ERRCODE_TO_CATEGORY(error->sqlerrcode) ==
			ERRCODE_OPERATOR_INTERVENTION) &&
		error->funcname != NULL &&
		strncmp(error->funcname, "Process", strlen("Process")) == 0;
}

ErrorData *
attempt_error(void (*step) (void *arg), void *arg)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile failure = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		step(arg);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(cxt);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(cxt);
		CurrentResourceOwner = owner;
		if (is_asked_for(error))
			ReThrowError(error);
		failure = error;
	}
	PG_END_TRY();
	return failure;
}

char *
attempt_call(void (*step) (void *arg), void *arg)
{
	ErrorData  *error = attempt_error(step, arg);

	return error == NULL ? NULL : error->message;
}
