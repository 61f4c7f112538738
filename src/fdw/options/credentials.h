/*-------------------------------------------------------------------------
 *
 * credentials.h
 *	  As whom to read: the options that say so, and who may set them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_OPTION_IDENTITY_H
#define CDC_FDW_OPTION_IDENTITY_H

#include "postgres.h"

#include "fdw/options/table.h"
#include "store/store.h"

/*
 * Raise an error where the options of one object, which stands at where, do not
 * go together, or only a superuser may set them.
 */
extern void credentials_check(const OptionValues *v, int where);

/*
 * Fill in as whom userid reads through the server, with which region, endpoint
 * and certificates.  Texts are palloc'd, or of server.  Raises an error where
 * the user has no credentials, or may not have those of the server process.
 */
extern void credentials_fill(StoreConfig *config, const OptionValues *server,
						  Oid serverid, Oid userid);

#endif							/* CDC_FDW_OPTION_IDENTITY_H */
