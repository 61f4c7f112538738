/*-------------------------------------------------------------------------
 *
 * profile.c
 *	  Keys and roles of a profile in the files of AWS's tools.
 *
 * Both files are read anew each time, since keys in them change.  A profile
 * may name a role, taken on with the keys of another profile, of the
 * environment, the container or the instance; or by a token in a file.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/cred/cred.h"
#include "store/cred/ini.h"

#define MAX_PROFILES	8		/* that lead from one to the next */

typedef struct Profiles
{
	CredFetch  *f;
	IniFile		credentials;
	IniFile		config;
	const char *met[MAX_PROFILES];
	int			nmet;
} Profiles;

#define fail(p, hint, detail, ...) \
	cred_fail((p)->f, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, \
			  hint, detail, __VA_ARGS__)

/* Read one file; false where it is there and cannot be read. */
static bool
read_one(CredFetch *f, const char *variable, const char *standard,
		 IniFile *file)
{
	const char *given = cred_getenv(variable);
	char	   *path = cred_expand(given ? given : standard);

	file->text = cred_read_file(path, &file->len);
	if (file->text)
		return true;
	file->text = "";
	file->len = 0;
	/* a server's user may have no home, or none it may look into */
	if (errno == ENOENT || errno == ENOTDIR || (errno == EACCES && !given))
		return true;
	cred_fail(f, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, NULL,
			  strerror(errno), "could not read \"%s\"", path);
	return false;
}

/* A setting of a profile; the credentials file prevails.  NULL if not set. */
static char *
get(const Profiles *p, const char *profile, const char *name)
{
	IniText		value;

	if ((ini_get(&p->credentials, profile, name, &value) ||
		 ini_get(&p->config, profile, name, &value)) && value.len > 0 &&
		memchr(value.text, '\0', value.len) == NULL)
		return pnstrdup(value.text, value.len);
	return NULL;
}

/* Keys that stand in the profile itself. */
static CredResult
own_keys(Profiles *p, const char *profile)
{
	char	   *id = get(p, profile, "aws_access_key_id");
	char	   *secret = get(p, profile, "aws_secret_access_key");

	if (id == NULL && secret == NULL)
		return CRED_NONE;
	if (id && secret)
	{
		cred_set(p->f, "a profile", id, secret,
				 get(p, profile, "aws_session_token"), 0);
		if (cred_fit(p->f))
			return CRED_FOUND;
	}
	return fail(p, NULL,
				"It needs both aws_access_key_id and aws_secret_access_key, without blanks.",
				"profile \"%s\" has no usable keys", profile);
}

/* The keys that credential_source names. */
static CredResult
from_source(Profiles *p, const char *profile, const char *source)
{
	static const struct
	{
		const char *name;
		CredProvider provider;
	}			sources[] = {
		{"Environment", cred_environment},
		{"Ec2InstanceMetadata", cred_imds},
		{"EcsContainer", cred_container},
	};

	for (int i = 0; i < lengthof(sources); i++)
		if (pg_strcasecmp(sources[i].name, source) == 0)
		{
			CredResult	result = sources[i].provider(p->f);

			if (result != CRED_NONE)
				return result;
			return fail(p, NULL, NULL,
						"credential_source \"%s\" of profile \"%s\" has no credentials",
						source, profile);
		}
	return fail(p, "It is Environment, Ec2InstanceMetadata or EcsContainer.",
				NULL, "unknown credential_source \"%s\" of profile \"%s\"",
				source, profile);
}

static bool
is_met(const Profiles *p, const char *profile)
{
	for (int i = 0; i < p->nmet; i++)
		if (strcmp(p->met[i], profile) == 0)
			return true;
	return false;
}

/* The role of a profile, as its settings say. */
static void
read_role(const Profiles *p, const char *profile, CredRole *role)
{
	char	   *duration = get(p, profile, "duration_seconds");

	role->external_id = get(p, profile, "external_id");
	role->session_name = get(p, profile, "role_session_name");
	role->duration = duration ? atoi(duration) : 0;
}

/* What cannot be had in a server, named; NULL if nothing of it is set. */
static const char *
unsupported(const Profiles *p, const char *profile)
{
	static const char *const names[] = {
		"credential_process", "sso_session", "sso_start_url", "mfa_serial",
		"login_session"
	};

	for (int i = 0; i < lengthof(names); i++)
		if (get(p, profile, names[i]))
			return names[i];
	return NULL;
}

/*
 * Find the profile whose keys the roles of a chain of profiles begin with, and
 * its keys.  *chain: the profiles with a role on the way, the last one first.
 */
static CredResult
find_base(Profiles *p, const char *profile, const char **chain, int *n)
{
	for (;;)
	{
		char	   *arn = get(p, profile, "role_arn");
		char	   *source = get(p, profile, "credential_source");
		char	   *base = get(p, profile, "source_profile");
		char	   *token = get(p, profile, "web_identity_token_file");
		const char *cannot;
		CredResult	result;

		/* one that is its own source, or comes back to itself, has keys */
		if (arn == NULL || is_met(p, profile))
		{
			result = own_keys(p, profile);
			cannot = result == CRED_NONE ? unsupported(p, profile) : NULL;
			if (result != CRED_NONE || (p->nmet == 0 && cannot == NULL))
				return result;
			return fail(p, cannot ? "Give it keys, or a role with source_profile, credential_source or web_identity_token_file." : NULL,
						cannot ? psprintf("It has %s, which a server cannot follow.", cannot) : NULL,
						"profile \"%s\" has no usable credentials", profile);
		}
		if (p->nmet == MAX_PROFILES)
			return fail(p, NULL, NULL, "profile \"%s\" leads through too many others",
						p->met[0]);
		p->met[p->nmet++] = profile;
		if (token)
		{
			CredRole	role = {.arn = arn};

			read_role(p, profile, &role);
			return cred_assume_by_token(p->f, &role, token);
		}
		chain[(*n)++] = profile;
		if (get(p, profile, "mfa_serial"))
			return fail(p, NULL, "It has mfa_serial, which a server cannot follow.",
						"profile \"%s\" has no usable credentials", profile);
		if (source && base)
			return fail(p, NULL, NULL, "profile \"%s\" has both source_profile and credential_source",
						profile);
		if (source)
			return from_source(p, profile, source);
		if (base == NULL)
			return fail(p, NULL, "It has role_arn, but none of source_profile, credential_source and web_identity_token_file.",
						"profile \"%s\" has no usable credentials", profile);
		profile = base;
	}
}

static CredResult
resolve(Profiles *p, const char *profile)
{
	const char *chain[MAX_PROFILES];
	int			n = 0;
	CredResult	result = find_base(p, profile, chain, &n);

	while (result == CRED_FOUND && n > 0)
	{
		CredRole	role = {0};

		n--;
		role.arn = get(p, chain[n], "role_arn");
		read_role(p, chain[n], &role);
		result = cred_assume_role(p->f, &role);
	}
	return result;
}

CredResult
cred_profile(CredFetch *f)
{
	const char *given = cred_getenv("AWS_PROFILE");
	const char *profile = given ? given : "default";
	Profiles	p = {.f = f};

	if (!read_one(f, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials",
				  &p.credentials) ||
		!read_one(f, "AWS_CONFIG_FILE", "~/.aws/config", &p.config))
		return CRED_FAILED;
	p.config.config = true;
	if (given && !ini_has_profile(&p.credentials, profile) &&
		!ini_has_profile(&p.config, profile))
		return fail(&p, "AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE say where the files lie.",
					NULL, "AWS_PROFILE names \"%s\", which is in no file of profiles",
					profile);
	return resolve(&p, profile);
}
