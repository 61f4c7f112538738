/*-------------------------------------------------------------------------
 *
 * mapping.c
 *	  Keys of the user mapping.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/cred/cred.h"

CredResult
cred_mapping(CredFetch *f)
{
	const StoreConfig *cfg = f->cfg;

	if (cfg->access_key_id == NULL || cfg->secret_access_key == NULL)
		return CRED_NONE;
	cred_set(f, "the user mapping", cfg->access_key_id,
			 cfg->secret_access_key, cfg->session_token, 0);
	return CRED_FOUND;
}
