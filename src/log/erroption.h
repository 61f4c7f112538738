/*-------------------------------------------------------------------------
 *
 * erroption.h
 *	  Errors that an option of the server or table decides.
 *
 * Where the files allow two readings, or an answer would be doubtful, the
 * query ends in an error whose hint names the option that decides.  The name
 * is also put into the error's constraint name field, where programs find it;
 * cdc_fdw_check_upgrade() lists tables by it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_ERROPTION_H
#define CDC_LOG_ERROPTION_H

#include "postgres.h"

/* Part of an ereport(): the option, a string that the call copies. */
#define erroption(name) err_generic_string(PG_DIAG_CONSTRAINT_NAME, (name))

#endif							/* CDC_LOG_ERROPTION_H */
