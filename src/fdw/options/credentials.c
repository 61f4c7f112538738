/*-------------------------------------------------------------------------
 *
 * credentials.c
 *	  As whom to read, and who may decide it.
 *
 * The identity of the server process (its environment, files, container and
 * instance) is a superuser's.  Others get it only through servers on which a
 * superuser said so, and cannot turn it into another one: neither by a role of
 * their own mapping, nor by altering such a server.  A superuser's queries give
 * it to no server that somebody else controls.  The server's files are theirs
 * who may read them: a file of certificates is named by nobody else.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "catalog/pg_user_mapping.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/syscache.h"

#include "fdw/options/credentials.h"
#include "log/erroption.h"

#define MIN_DURATION	(15 * 60)	/* seconds, as the service allows */
#define MAX_DURATION	(12 * 60 * 60)

/* ---- the validator ---- */

/* A key without its secret signs nothing, nor does a token without both. */
static void
check_mapping(const OptionValues *v)
{
	bool		key = v->text[OPT_ACCESS_KEY_ID] != NULL;
	bool		secret = v->text[OPT_SECRET_ACCESS_KEY] != NULL;

	if (key != secret)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("option \"%s\" is missing",
						key ? "secret_access_key" : "access_key_id"),
				 errhint("Give both \"access_key_id\" and \"secret_access_key\", or neither.")));
	if (v->text[OPT_SESSION_TOKEN] != NULL && !key)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("option \"access_key_id\" is missing"),
				 errhint("A \"session_token\" belongs to the key and secret it was issued with.")));
}

static void
check_superuser(bool used, const char *option, const char *value)
{
	if (used && !superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"%s\" to %s",
						option, value),
				 errdetail("Only superusers may do so, and alter a server on which it stands.")));
}

/*
 * True if userid may name files of the server's machine.  A superuser has the
 * privileges of every role.
 */
static bool
may_read_files(Oid userid)
{
	return has_privs_of_role(userid, ROLE_PG_READ_SERVER_FILES);
}

static void
check_server(const OptionValues *v)
{
	int			mode = option_choice(v, OPT_CREDENTIALS, -1);

	if (mode >= 0 && mode != CREDENTIALS_ANONYMOUS &&
		option_bool(v, OPT_ANONYMOUS, false))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("options \"anonymous\" and \"credentials\" contradict each other")));
	check_superuser(!option_bool(v, OPT_CREDENTIALS_REQUIRED, true),
					"credentials_required", "false");
	check_superuser(option_bool(v, OPT_ALLOW_HTTP, false), "allow_http",
					"true");
	if (v->text[OPT_CA_FILE] != NULL && !may_read_files(GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"ca_file\""),
				 errdetail("Only superusers and members of role pg_read_server_files may do so, and alter a server on which it stands.")));
}

static void
check_duration(const OptionValues *v)
{
	int64		seconds = option_interval(v, OPT_ROLE_DURATION, 0) /
		USECS_PER_SEC;

	if (v->text[OPT_ROLE_DURATION] != NULL &&
		(seconds < MIN_DURATION || seconds > MAX_DURATION))
		option_bad_value("option \"role_duration\"",
						 v->text[OPT_ROLE_DURATION],
						 errdetail("A role is taken on for 15 minutes to 12 hours."));
}

void
credentials_check(const OptionValues *v, int where)
{
	if (where == IN_MAPPING)
		check_mapping(v);
	else if (where == IN_SERVER)
		check_server(v);
	check_duration(v);
}

/* ---- as whom ---- */

/* The mapping of userid, or the public one; all NULL where there is none. */
static void
load_mapping(Oid userid, Oid serverid, OptionValues *v)
{
	memset(v, 0, sizeof(*v));
	if (SearchSysCacheExists2(USERMAPPINGUSERSERVER,
							  ObjectIdGetDatum(userid),
							  ObjectIdGetDatum(serverid)) ||
		SearchSysCacheExists2(USERMAPPINGUSERSERVER,
							  ObjectIdGetDatum(InvalidOid),
							  ObjectIdGetDatum(serverid)))
		options_load(v, GetUserMapping(userid, serverid)->options,
					 IN_MAPPING);
}

/* May userid read as the server process does? */
static void
check_borrowing(const OptionValues *server, const OptionValues *mapping,
				const ForeignServer *fs, Oid userid)
{
	static const OptionId role[] = {
		OPT_ROLE_ARN, OPT_EXTERNAL_ID, OPT_ROLE_SESSION_NAME,
		OPT_ROLE_DURATION
	};

	if (!option_bool(server, OPT_CREDENTIALS_REQUIRED, true))
	{
		for (int i = 0; i < lengthof(role) && !superuser_arg(userid); i++)
			if (mapping->text[role[i]] != NULL)
				ereport(ERROR,
						(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						 errmsg("option \"%s\" of the user mapping needs keys of its own",
								option_def(role[i])->name),
						 errdetail("Only superusers may choose the role that the database server's own credentials take on."),
						 errhint("Give access_key_id and secret_access_key in the user mapping, or leave the role to the server's options.")));
	}
	else if (!superuser_arg(userid))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("user \"%s\" may not use the database server's own credentials",
						GetUserNameFromId(userid, false)),
				 errdetail("Server \"%s\" has credentials 'chain', and the user mapping has no keys.",
						   fs->servername),
				 errhint("Give access_key_id and secret_access_key in the user mapping, or let a superuser set credentials_required 'false' on the server.")));
	else if (!superuser_arg(fs->owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("server \"%s\" may not use the database server's own credentials",
						fs->servername),
				 errdetail("Its owner \"%s\" is no superuser, and decides where they are used.",
						   GetUserNameFromId(fs->owner, false)),
				 errhint("Let a superuser own the server, or set credentials_required 'false' on it.")));
}

/* Signed requests, and tokens all the more, are not for everybody to read. */
static void
check_encrypted(const OptionValues *server, OptionId endpoint,
				const char *server_name)
{
	const char *text = option_text(server, endpoint);

	if (text != NULL && pg_strncasecmp(text, "http://", 7) == 0 &&
		!option_bool(server, OPT_ALLOW_HTTP, false))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("credentials may not be used without encryption"),
				 errdetail("Option \"%s\" of server \"%s\" is \"%s\".",
						   option_def(endpoint)->name, server_name, text),
				 errhint("Use https, or let a superuser set allow_http 'true' on the server.")));
}

/*
 * The file of certificates, if its server's owner may read files: who owns it
 * may have changed since the option was set, or lost the right.
 */
static const char *
ca_file_of(const OptionValues *server, const ForeignServer *fs)
{
	const char *path = option_text(server, OPT_CA_FILE);

	if (path != NULL && !may_read_files(fs->owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to read the file of option \"ca_file\" of server \"%s\"",
						fs->servername),
				 errdetail("Its owner \"%s\" is not a member of role pg_read_server_files.",
						   GetUserNameFromId(fs->owner, false)),
				 errhint("Let a member of that role own the server, or drop its option ca_file and add the certificate to those that the system trusts."),
				 erroption("ca_file")));
	return path;
}

/* The role, as the mapping says it, else the server. */
static void
fill_role(StoreConfig *config, const OptionValues *server,
		  const OptionValues *mapping)
{
	/* what belongs to a role stands where the role does */
	const OptionValues *v = option_text(mapping, OPT_ROLE_ARN) != NULL ?
		mapping : server;

	config->role_arn = option_text(v, OPT_ROLE_ARN);
	config->external_id = option_text(v, OPT_EXTERNAL_ID);
	config->role_session_name = option_text(v, OPT_ROLE_SESSION_NAME);
	config->role_duration = option_interval(v, OPT_ROLE_DURATION, 0) /
		USECS_PER_SEC;
	config->sts_endpoint = option_text(server, OPT_STS_ENDPOINT);
}

void
credentials_fill(StoreConfig *config, const OptionValues *server, Oid serverid,
			  Oid userid)
{
	ForeignServer *fs = GetForeignServer(serverid);
	OptionValues mapping;

	config->serverid = serverid;
	config->userid = userid;
	config->ca_file = ca_file_of(server, fs);
	config->credentials = option_bool(server, OPT_ANONYMOUS, false) ?
		CREDENTIALS_ANONYMOUS :
		option_choice(server, OPT_CREDENTIALS, CREDENTIALS_STATIC);
	if (config->credentials == CREDENTIALS_ANONYMOUS)
		return;

	load_mapping(userid, serverid, &mapping);
	config->access_key_id = option_text(&mapping, OPT_ACCESS_KEY_ID);
	config->secret_access_key = option_text(&mapping, OPT_SECRET_ACCESS_KEY);
	config->session_token = option_text(&mapping, OPT_SESSION_TOKEN);
	if (config->access_key_id != NULL && config->secret_access_key != NULL)
		config->credentials = CREDENTIALS_STATIC;
	else if (config->credentials == CREDENTIALS_CHAIN)
		check_borrowing(server, &mapping, fs, userid);
	else
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("user \"%s\" has no credentials for server \"%s\"",
						GetUserNameFromId(userid, false), fs->servername),
				 errhint("Create a user mapping with \"access_key_id\" and \"secret_access_key\", or set the server's option \"credentials\" to 'anonymous' for a public bucket, or to 'chain' for the credentials of the database server.")));
	fill_role(config, server, &mapping);
	check_encrypted(server, OPT_ENDPOINT, fs->servername);
	if (config->role_arn != NULL || config->credentials == CREDENTIALS_CHAIN)
		check_encrypted(server, OPT_STS_ENDPOINT, fs->servername);
}
