/*-------------------------------------------------------------------------
 *
 * chain.c
 *	  In which order the places of keys are asked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/cred/cred.h"

static const CredProvider places[] = {
	cred_mapping,
	cred_environment,
	cred_profile,
	cred_web_identity,
	cred_container,
	cred_imds,
};

CredResult
cred_chain(CredFetch *f)
{
	const StoreConfig *cfg = f->cfg;
	int			n = cfg->credentials == CREDENTIALS_CHAIN ?
		lengthof(places) : 1;
	CredResult	result = CRED_NONE;

	for (int i = 0; i < n && result == CRED_NONE; i++)
	{
		if (f->place != 0 && f->place != i + 1)
			continue;
		result = places[i] (f);
		f->found.place = i + 1;
	}
	if (result == CRED_NONE && f->place != 0)
		return cred_fail(f, ERRCODE_UNDEFINED_OBJECT, NULL,
						 "Where the query had them from there are none any more.",
						 "no credentials for \"%s\"", cfg->url);
	if (result == CRED_NONE)
		return cred_fail(f, ERRCODE_UNDEFINED_OBJECT,
						 "Give access_key_id and secret_access_key in the user mapping, or the server's machine a role.",
						 n == 1 ? NULL :
						 "Neither the user mapping nor the server's environment, files of profiles, web identity, container and instance metadata has any.",
						 "no credentials for \"%s\"", cfg->url);
	if (result == CRED_FOUND && cfg->role_arn)
	{
		CredRole	role = {
			.arn = cfg->role_arn,
			.external_id = cfg->external_id,
			.session_name = cfg->role_session_name,
			.duration = cfg->role_duration
		};

		result = cred_assume_role(f, &role);
	}
	return result;
}
