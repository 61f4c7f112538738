/*-------------------------------------------------------------------------
 *
 * functions.h
 *	  The bodies of the SQL functions.
 *
 * Where one takes an instant there are two SQL functions, of text and of
 * timestamptz, with one body.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_FUNCTIONS_H
#define CDC_FDW_FUNCTIONS_H

#include "postgres.h"

#include "fmgr.h"

/*
 * A server by name that is of this wrapper and that the current user may use;
 * raises an error otherwise.
 */
extern Oid	functions_server(const char *name);

/*
 * May the user read a relation by a query that names it: SELECT from it, in a
 * schema that he may use?  False where there is none.
 */
extern bool functions_may_read(Oid relid, Oid userid);

/*
 * Raise an error unless it is a foreign table of this wrapper that the current
 * user may read.
 */
extern void functions_check_table(Oid relid);

/* Returns true if it is a foreign table of this wrapper. */
extern bool functions_is_table(Oid relid);

/* since.c: cdc_fdw_changes_since(regclass, jsonb, interval) */
extern void since_changes(FunctionCallInfo fcinfo);

/* fdw/pins/make.c: cdc_fdw_pin(text, text, text, regclass[]) and cdc_fdw_unpin(text) */
extern Datum pin_make(FunctionCallInfo fcinfo);
extern void pin_remove(FunctionCallInfo fcinfo);

/* fdw/pins/verify.c: cdc_fdw_verify_pin(text) */
extern void pin_verify(FunctionCallInfo fcinfo);

/* status.c */
/* cdc_fdw_status(regclass) and cdc_fdw_server_status(text) */
extern void status_table(FunctionCallInfo fcinfo);
extern void status_server(FunctionCallInfo fcinfo);
/* cdc_fdw_watermark(text, text) */
extern Datum status_watermark(FunctionCallInfo fcinfo);

/* check_upgrade.c: cdc_fdw_check_upgrade(text) */
extern void check_upgrade(FunctionCallInfo fcinfo);

/* fdw/import/sync/sync.c: cdc_fdw_sync(text, text, name, jsonb) */
extern void sync_schema(FunctionCallInfo fcinfo);

/* objects.c */
/* cdc_fdw_objects(text, text) and cdc_fdw_objects(regclass) */
extern void discovery_server_objects(FunctionCallInfo fcinfo);
extern void discovery_table_objects(FunctionCallInfo fcinfo);
/* cdc_fdw_sample(text, text, integer) */
extern void discovery_sample(FunctionCallInfo fcinfo);

/* rowsum.c: the state of the aggregate cdc_fdw_row_sum(record) */
/* cdc_fdw_row_add(bytea, record) and cdc_fdw_row_sum_combine(bytea, bytea) */
extern bytea *row_sum_add(FunctionCallInfo fcinfo);
extern bytea *row_sum_combine(FunctionCallInfo fcinfo);
/* cdc_fdw_row_bytes(record) */
extern bytea *row_bytes(FunctionCallInfo fcinfo);

/* fingerprint.c: cdc_fdw_fingerprint(regclass, timestamptz) */
extern Datum fingerprint_table(FunctionCallInfo fcinfo);

/* compare.c: cdc_fdw_compare(regclass, regclass, timestamptz, integer) */
extern void compare_tables(FunctionCallInfo fcinfo);

/* stats_view.c: cdc_fdw_stats() */
extern void stats_all(FunctionCallInfo fcinfo);
/* progress_view.c: cdc_fdw_progress() */
extern void progress_all(FunctionCallInfo fcinfo);

/* diff.c: cdc_fdw_diff(regclass, text, text) */
extern void diff_table(FunctionCallInfo fcinfo);

/* explain_row.c: cdc_fdw_explain_row(regclass, jsonb, text) */
extern void explain_row(FunctionCallInfo fcinfo);

/* audit.c: cdc_fdw_audit(regclass, text) */
extern void audit_table(FunctionCallInfo fcinfo);

#endif							/* CDC_FDW_FUNCTIONS_H */
