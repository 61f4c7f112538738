/*-------------------------------------------------------------------------
 *
 * credentials.c
 *	  Keys of the user mapping, or none at all: see credentials.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/credentials.h"

struct CredentialsProvider
{
	const Credentials *(*get) (CredentialsProvider *provider);
	bool		(*refresh) (CredentialsProvider *provider);
	Credentials keys;
};

static const Credentials *
static_get(CredentialsProvider *provider)
{
	return &provider->keys;
}

static const Credentials *
anonymous_get(CredentialsProvider *provider)
{
	return NULL;
}

static bool
never_refresh(CredentialsProvider *provider)
{
	return false;
}

CredentialsProvider *
credentials_open(const StoreConfig *cfg)
{
	CredentialsProvider *provider = palloc0(sizeof(CredentialsProvider));

	provider->refresh = never_refresh;
	if (cfg->anonymous)
	{
		provider->get = anonymous_get;
		return provider;
	}
	if (cfg->access_key_id == NULL || cfg->secret_access_key == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("no credentials for \"%s\"", cfg->url),
				 errhint("Give access_key_id and secret_access_key in the user mapping, or declare the bucket anonymous.")));
	provider->keys.access_key_id = cfg->access_key_id;
	provider->keys.secret_access_key = cfg->secret_access_key;
	if (cfg->session_token && *cfg->session_token)
		provider->keys.session_token = cfg->session_token;
	provider->get = static_get;
	return provider;
}

const Credentials *
credentials_get(CredentialsProvider *provider)
{
	return provider->get(provider);
}

bool
credentials_refresh(CredentialsProvider *provider)
{
	return provider->refresh(provider);
}
