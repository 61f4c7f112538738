/*-------------------------------------------------------------------------
 *
 * guard.c
 *	  Conversions that may fail without ending the query.
 *
 * An error may be caught without a subtransaction only where it leaves nothing
 * to be cleaned up; holds.c knows of which types that is so.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/resowner.h"

#include "base/compat.h"
#include "replay/values/guard.h"

/*
 * True if the value may be at fault.  Types and the checks of domains raise
 * what they like, also internal errors, so this lists what has other causes:
 * who asks, what the server lacks or does, and damage.
 */
static bool
is_value_error(int sqlstate)
{
	switch (ERRCODE_TO_CATEGORY(sqlstate))
	{
		case ERRCODE_CONNECTION_EXCEPTION:
		case ERRCODE_INVALID_TRANSACTION_STATE:
		case ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION:
		case ERRCODE_TRANSACTION_ROLLBACK:
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE:
		case ERRCODE_OPERATOR_INTERVENTION:
		case ERRCODE_SYSTEM_ERROR:
		case ERRCODE_CONFIG_FILE_ERROR:
			return false;
		default:
			return sqlstate != ERRCODE_INSUFFICIENT_PRIVILEGE &&
				sqlstate != ERRCODE_DATA_CORRUPTED &&
				sqlstate != ERRCODE_INDEX_CORRUPTED;
	}
}

bool
guard_call(void (*fn) (void *arg), void *arg, bool leaf, ErrorData **error)
{
	MemoryContext ctx = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	bool		apart = !leaf && (SUBTRANSACTIONS_IN_PARALLEL ||
								  !IsInParallelMode());
	ErrorData  *volatile caught = NULL;

	if (apart)
		BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(ctx);
	PG_TRY();
	{
		fn(arg);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(ctx);
		caught = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	if (apart)
	{
		if (caught != NULL)
			RollbackAndReleaseCurrentSubTransaction();
		else
			ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(ctx);
		CurrentResourceOwner = owner;
	}
	if (caught == NULL)
		return true;
	if (!is_value_error(caught->sqlerrcode))
		ReThrowError(caught);
	if (!leaf && !apart)
	{
		caught->hint = pstrdup("Option on_error cannot pass over values of this type in a parallel query: set max_parallel_workers_per_gather to 0.");
		ReThrowError(caught);
	}
	*error = caught;
	return false;
}
