/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  What differs between PostgreSQL 15 and 18.  The only place that looks at
 *	  PG_VERSION_NUM.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_COMPAT_H
#define CDC_COMPAT_H

#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_namespace.h"
#include "commands/vacuum.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "optimizer/cost.h"
#include "optimizer/pathnode.h"
#include "parser/parse_type.h"
#include "parser/parsetree.h"
#include "storage/buffile.h"
#include "utils/acl.h"
#include "utils/rangetypes.h"
#include "utils/wait_event.h"

/*
 * Declares a function of SQL where it is written.  The library shows nothing
 * else, and PGDLLEXPORT alone does not show a symbol on every version.
 */
#define CDC_FUNCTION(name) \
	_Pragma("GCC visibility push(default)") \
	PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name); \
	_Pragma("GCC visibility pop") \
	struct name##_ends_in_a_semicolon

#if PG_VERSION_NUM < 150000
#error "cdc_fdw needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#include "varatt.h"
#endif

#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#include "utils/datetime.h"
#endif

/* After a function's parameters; PostgreSQL 18 has no macro for that place. */
#define CDC_NORETURN __attribute__((noreturn))

/* Read size bytes or raise an error. */
static inline void
buffile_read_exact(BufFile *file, void *ptr, size_t size)
{
#if PG_VERSION_NUM >= 160000
	BufFileReadExact(file, ptr, size);
#else
	if (BufFileRead(file, ptr, size) != size)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from temporary file: %m")));
#endif
}

/* A foreign scan path without outer path, as create_foreignscan_path. */
static inline Path *
foreign_scan_path(PlannerInfo *root, RelOptInfo *rel, double rows,
				  Cost startup_cost, Cost total_cost, Relids required_outer,
				  List *fdw_private)
{
#if PG_VERSION_NUM >= 180000
	return (Path *) create_foreignscan_path(root, rel, NULL, rows, 0,
											startup_cost, total_cost, NIL,
											required_outer, NULL, NIL,
											fdw_private);
#elif PG_VERSION_NUM >= 170000
	return (Path *) create_foreignscan_path(root, rel, NULL, rows,
											startup_cost, total_cost, NIL,
											required_outer, NULL, NIL,
											fdw_private);
#else
	return (Path *) create_foreignscan_path(root, rel, NULL, rows,
											startup_cost, total_cost, NIL,
											required_outer, NULL, fdw_private);
#endif
}

/* Make a path the last the planner takes, after all that enable_... forbids. */
static inline void
path_last_resort(Path *path)
{
	path->startup_cost += 10 * disable_cost;
	path->total_cost += 10 * disable_cost;
#if PG_VERSION_NUM >= 180000
	path->disabled_nodes += 10;
#endif
}

/* Run a query that was started to its end, once. */
static inline void
executor_run_all(QueryDesc *desc)
{
#if PG_VERSION_NUM >= 180000
	ExecutorRun(desc, ForwardScanDirection, 0);
#else
	ExecutorRun(desc, ForwardScanDirection, 0, true);
#endif
}

/* Let a cancel through while ANALYZE samples. */
static inline void
vacuum_delay_point_compat(void)
{
#if PG_VERSION_NUM >= 180000
	vacuum_delay_point(true);
#else
	vacuum_delay_point();
#endif
}

/* The range with these ends; empty where they are one and not both in it. */
static inline RangeType *
range_of_bounds(TypeCacheEntry *type, RangeBound *from, RangeBound *to)
{
#if PG_VERSION_NUM >= 160000
	return make_range(type, from, to, false, NULL);
#else
	return make_range(type, from, to, false);
#endif
}

/* The number of a wait by name; before PostgreSQL 17 all are "Extension". */
static inline uint32
wait_event_number(const char *name)
{
#if PG_VERSION_NUM >= 170000
	return WaitEventExtensionNew(name);
#else
	return PG_WAIT_EXTENSION;
#endif
}

/* May a subtransaction begin while a parallel query runs? */
#if PG_VERSION_NUM >= 170000
#define SUBTRANSACTIONS_IN_PARALLEL true
#else
#define SUBTRANSACTIONS_IN_PARALLEL false
#endif

/*
 * InputFunctionCall, but what the function can report without raising it comes
 * back as false and *error, palloc'd.  PostgreSQL 15 raises everything.
 */
static inline bool
input_call_soft(FmgrInfo *input, char *text, Oid ioparam, int32 typmod,
				Datum *value, ErrorData **error)
{
#if PG_VERSION_NUM >= 160000
	ErrorSaveContext save = {T_ErrorSaveContext};

	save.details_wanted = true;
	if (InputFunctionCallSafe(input, text, ioparam, typmod, (Node *) &save,
							  value))
		return true;
	*error = save.error_data;
	return false;
#else
	*value = InputFunctionCall(input, text, ioparam, typmod);
	return true;
#endif
}

/*
 * PostgreSQL 18 keeps what an abbreviation meant in the last session_timezone:
 * to be called when that was assigned without SET.
 */
static inline void
zone_abbreviations_forget(void)
{
#if PG_VERSION_NUM >= 180000
	ClearTimeZoneAbbrevCache();
#endif
}

/*
 * A type by its name as SQL writes it; false where there is none.  Other
 * errors in the name may be raised.
 */
static inline bool
parse_type_name(const char *name, Oid *typid, int32 *typmod)
{
#if PG_VERSION_NUM >= 160000
	ErrorSaveContext save = {.type = T_ErrorSaveContext,.details_wanted = true};

	if (parseTypeString(name, typid, typmod, (Node *) &save))
		return true;
	/* as PostgreSQL 15 does; only a type that is not there is no error */
	if (save.error_data->sqlerrcode == ERRCODE_SYNTAX_ERROR)
		ThrowErrorData(save.error_data);
	return false;
#else
	parseTypeString(name, typid, typmod, true);
	return OidIsValid(*typid);
#endif
}

/* As whom a foreign scan reads. */
static inline Oid
foreign_scan_user(ForeignScanState *node)
{
	Oid			user;
#if PG_VERSION_NUM >= 160000
	user = ((ForeignScan *) node->ss.ps.plan)->checkAsUser;
#else
	Index		rti = ((ForeignScan *) node->ss.ps.plan)->scan.scanrelid;

	user = exec_rt_fetch(rti, node->ss.ps.state)->checkAsUser;
#endif
	return OidIsValid(user) ? user : GetUserId();
}

static inline AclResult
server_usage(Oid serverid)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(ForeignServerRelationId, serverid, GetUserId(),
						   ACL_USAGE);
#else
	return pg_foreign_server_aclcheck(serverid, GetUserId(), ACL_USAGE);
#endif
}

/* May the current user use a server? */
static inline bool
server_usable(Oid serverid)
{
	return server_usage(serverid) == ACLCHECK_OK;
}

/* Raise an error unless the current user may use a server. */
static inline void
check_server_usage(Oid serverid, const char *name)
{
	AclResult	result = server_usage(serverid);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FOREIGN_SERVER, name);
}

/* ACLCHECK_OK where the user has the right to the schema. */
static inline AclResult
schema_aclcheck(Oid schema, Oid userid, AclMode mode)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(NamespaceRelationId, schema, userid, mode);
#else
	return pg_namespace_aclcheck(schema, userid, mode);
#endif
}

/* Raise an error unless the current user may create relations in a schema. */
static inline void
check_schema_create(Oid schema, const char *name)
{
	AclResult	result = schema_aclcheck(schema, GetUserId(), ACL_CREATE);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_SCHEMA, name);
}

/* True if the current user owns the relation. */
static inline bool
relation_is_owned(Oid relid)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(RelationRelationId, relid, GetUserId());
#else
	return pg_class_ownercheck(relid, GetUserId());
#endif
}

#endif							/* CDC_COMPAT_H */
