/*-------------------------------------------------------------------------
 *
 * config.c
 *	  From options to an S3 store: url, endpoint, region.
 *
 * Whatever ends up in a host name or a header is checked here, so that no
 * option can put a line of its own into a request.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/http/request.h"
#include "store/s3/s3.h"

bool
s3_valid_header(const char *text)
{
	for (; *text; text++)
		if ((unsigned char) *text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static bool
only(const char *text, const char *allowed)
{
	return *text != '\0' && strspn(text, allowed) == strlen(text);
}

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

bool
s3_valid_region(const char *text)
{
	return only(text, DIGITS LOWER UPPER "-_") && strlen(text) < 64;
}

static void
invalid(const char *option, const char *value, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid %s \"%s\"", option, value),
			 errhint("%s", hint)));
}

/* s3://bucket[/folder] */
static void
parse_url(S3Store *store, const char *url)
{
	const char *bucket = url + strlen("s3://");
	const char *slash = strchr(bucket, '/');
	const char *folder = slash ? slash + 1 : "";
	size_t		len = strlen(folder);

	store->bucket = slash ? pnstrdup(bucket, slash - bucket) : pstrdup(bucket);
	if (!only(store->bucket, DIGITS LOWER UPPER ".-_") ||
		strlen(store->bucket) > 255)
		invalid("url", url, "A bucket's name has letters, digits, dots and hyphens.");
	if (len == 0 || folder[len - 1] == '/')
		store->root = pstrdup(folder);
	else
		store->root = psprintf("%s/", folder);
}

static void
check_headers(const StoreConfig *cfg)
{
	const struct
	{
		const char *option;
		const char *value;
	}			texts[] = {
		{"access_key_id", cfg->access_key_id},
		{"secret_access_key", cfg->secret_access_key},
		{"session_token", cfg->session_token},
		{"expected_bucket_owner", cfg->expected_bucket_owner},
	};

	for (int i = 0; i < lengthof(texts); i++)
		if (texts[i].value && !s3_valid_header(texts[i].value))
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("option \"%s\" has a control character",
							texts[i].option)));
}

void
s3_configure(S3Store *store, const StoreConfig *cfg)
{
	store->https = true;
	parse_url(store, cfg->url);
	if (cfg->endpoint && *cfg->endpoint)
	{
		store->host = request_endpoint_host(cfg->endpoint, &store->https);
		if (!only(store->host, DIGITS LOWER UPPER ".-_:[]"))
			invalid("endpoint", cfg->endpoint,
					"An endpoint is https://host[:port] or http://host[:port].");
	}
	store->region_given = cfg->region && *cfg->region;
	store->region = pstrdup(store->region_given ? cfg->region :
							REQUEST_DEFAULT_REGION);
	if (!s3_valid_region(store->region))
		invalid("region", store->region, "A region is a name such as eu-west-1.");
	/*
	 * A bucket that cannot be part of a host name, or has dots, which a
	 * wildcard certificate does not cover, goes into the path.
	 */
	store->path_style = cfg->path_style ||
		!only(store->bucket, DIGITS LOWER "-.") ||
		(store->https && strchr(store->bucket, '.') != NULL);
	check_headers(cfg);
	store->credentials = credentials_open(cfg);
}
