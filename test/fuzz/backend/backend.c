/*-------------------------------------------------------------------------
 *
 * backend.c
 *	  libFuzzer within a backend: cdc_fuzz(target, VARIADIC options) runs it
 *	  and ends the session.
 *
 * Every input has a subtransaction and a memory context of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/mman.h>

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "backend.h"

PG_MODULE_MAGIC;

/* libFuzzer's way in for those who have a main() of their own */
extern int	LLVMFuzzerRunDriver(int *argc, char ***argv,
								int (*one) (const uint8 *data, size_t size));

PGDLLEXPORT Datum cdc_fuzz(PG_FUNCTION_ARGS);
PG_FUNCTION_INFO_V1(cdc_fuzz);

static const struct
{
	const char *name;
	BackendTarget take;
}			targets[] = {
	{"convert", fuzz_convert},
	{"settings", fuzz_settings},
	{"tables", fuzz_tables},
};

/* longer ones libFuzzer must not be asked for */
#define MOST_BYTES	65536

static BackendTarget target;
static MemoryContext scratch;
/* inputs end where no memory follows: reading on is a fault */
static char *wall;

/* Is it the user's: data, options, syntax, limits, what is not supported? */
static bool
users_error(int code)
{
	switch (ERRCODE_TO_CATEGORY(code))
	{
		case ERRCODE_DATA_EXCEPTION:
		case ERRCODE_FDW_ERROR:
		case ERRCODE_FEATURE_NOT_SUPPORTED:
		case ERRCODE_PROGRAM_LIMIT_EXCEEDED:
		case ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION:
			return true;
		default:
			return false;
	}
}

static int
take_one(const uint8 *data, size_t size)
{
	ResourceOwner owner = CurrentResourceOwner;
	MemoryContext caller = CurrentMemoryContext;
	char	   *text = wall - size - 1;

	memcpy(text, data, size);
	text[size] = '\0';
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(scratch);
	PG_TRY();
	{
		target(text, size);
		MemoryContextSwitchTo(caller);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(scratch);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (!users_error(error->sqlerrcode))
		{
			fprintf(stderr, "%s: %s: %s\n", error->filename,
					unpack_sql_state(error->sqlerrcode), error->message);
			abort();
		}
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	MemoryContextReset(scratch);
	return 0;
}

Datum
cdc_fuzz(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Datum	   *options;
	int			n;
	char	  **argv;

	for (int i = 0; i < (int) lengthof(targets); i++)
	{
		if (strcmp(targets[i].name, name) == 0)
			target = targets[i].take;
	}
	if (target == NULL)
		elog(ERROR, "no target %s", name);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false,
					  TYPALIGN_INT, &options, NULL, &n);
	argv = palloc0((n + 2) * sizeof(char *));
	argv[0] = name;
	for (int i = 0; i < n; i++)
		argv[i + 1] = TextDatumGetCString(options[i]);
	n++;
	wall = mmap(NULL, 2 * MOST_BYTES, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (wall == MAP_FAILED ||
		mprotect(wall + MOST_BYTES, MOST_BYTES, PROT_NONE) != 0)
		elog(ERROR, "no memory for inputs: %m");
	wall += MOST_BYTES;
	scratch = AllocSetContextCreate(TopMemoryContext, "fuzz input",
									ALLOCSET_DEFAULT_SIZES);
	/* does not return after a run of some time, but ends the process */
	LLVMFuzzerRunDriver(&n, &argv, take_one);
	PG_RETURN_VOID();
}
