/*-------------------------------------------------------------------------
 *
 * place.c
 *	  Checks of urls, endpoints, folders and secrets.
 *
 * A folder that passes never leads out of the one it is relative to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "fdw/options/table.h"

bool
option_is_url(const char *text)
{
	const char *s = text;

	while (isalnum((unsigned char) *s))
		s++;
	return s > text && strncmp(s, "://", 3) == 0;
}

bool
option_url_is_file(const char *url)
{
	return strncmp(url, "file://", 7) == 0;
}

char *
option_trim_slash(const char *text)
{
	char	   *result = pstrdup(text);
	size_t		len = strlen(result);

	if (len > 0 && result[len - 1] == '/')
		result[len - 1] = '\0';
	return result;
}

void
option_check_no_control(const char *text, const char *label)
{
	for (const char *s = text; *s != '\0'; s++)
	{
		if ((unsigned char) *s < ' ' || *s == 0x7f)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("invalid value for %s", label),
					 errdetail("It holds a control character.")));
	}
}

/* Refuse the segments "." and "..", which would lead out of a folder. */
static void
check_no_dots(const char *path, const char *text, const char *label)
{
	const char *s = path;

	for (;;)
	{
		size_t		len = strcspn(s, "/");

		if ((len == 1 && s[0] == '.') ||
			(len == 2 && s[0] == '.' && s[1] == '.'))
			option_bad_value(label, text,
							 errdetail("The segments \".\" and \"..\" are not allowed."));
		if (s[len] == '\0')
			break;
		s += len + 1;
	}
}

void
option_check_folder(const char *path, const char *label)
{
	if (path[0] == '\0')
		return;
	option_check_no_control(path, label);
	if (path[0] == '/')
		option_bad_value(label, path,
						 errhint("Write the folder without a leading slash."));
	if (strstr(path, "//") != NULL)
		option_bad_value(label, path,
						 errdetail("A folder has no empty segments."));
	check_no_dots(path, path, label);
}

/*
 * Raise an error where the text is an ARN: of a bucket, whose name it ends in,
 * or of an access point, which is read by its alias.
 */
static void
refuse_arn(const char *arn, const char *text, const char *label)
{
	const char *s = arn;

	if (pg_strncasecmp(arn, "arn:", 4) != 0)
		return;
	/* arn:partition:service:region:account:resource */
	for (int colons = 0; colons < 5 && s != NULL; colons++)
	{
		s = strchr(s, ':');
		if (s != NULL)
			s++;
	}
	if (s == NULL || s[0] == '\0' || strchr(s, ':') != NULL ||
		pg_strncasecmp(s, "accesspoint", 11) == 0)
		option_bad_value(label, text,
						 errdetail("It is an ARN, not the name of a bucket."),
						 errhint("Write the alias of the access point, which ends in -s3alias, in place of a bucket's name."));
	option_bad_value(label, text,
					 errdetail("It is an ARN, not the name of a bucket."),
					 errhint("Write the bucket's name: %s.",
							 pnstrdup(s, strcspn(s, "/"))));
}

static void
check_bucket(const char *name, const char *text, const char *label)
{
	size_t		len = strlen(name);

	refuse_arn(name, text, label);
	if (len < 1 || len > 255 ||
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") != len ||
		!isalnum((unsigned char) name[0]))
		option_bad_value(label, text,
						 errdetail("\"%s\" cannot be the name of a bucket.", name));
}

static void
check_url(const char *text, const char *label)
{
	option_check_no_control(text, label);
	refuse_arn(text, text, label);
	if (option_url_is_file(text))
	{
		if (text[7] != '/')
			option_bad_value(label, text,
							 errhint("Write an absolute path: file:///dir."));
		check_no_dots(text + 7, text, label);
	}
	else if (strncmp(text, "s3://", 5) == 0)
	{
		size_t		len = strcspn(text + 5, "/");

		check_bucket(pnstrdup(text + 5, len), text, label);
		check_no_dots(text + 5 + len, text, label);
	}
	else
		option_bad_value(label, text,
						 errhint("A url is s3://bucket[/folder] or file:///dir."));
}

static void
check_endpoint(const char *text, const char *label)
{
	const char *host = NULL;
	size_t		len;

	option_check_no_control(text, label);
	if (pg_strncasecmp(text, "http://", 7) == 0)
		host = text + 7;
	else if (pg_strncasecmp(text, "https://", 8) == 0)
		host = text + 8;
	len = host != NULL ? strcspn(host, "/?#@ \\") : 0;
	if (len == 0 || (host[len] != '\0' && strcmp(host + len, "/") != 0))
		option_bad_value(label, text,
						 errhint("An endpoint is http://host[:port] or https://host[:port]."));
}

static void
check_secret(const char *text, const char *label)
{
	for (const char *s = text;; s++)
	{
		if (*s == '\0' && s > text)
			return;
		/* what is wrong is told without telling the secret */
		if ((unsigned char) *s <= ' ' || (unsigned char) *s >= 0x7f)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("invalid value for %s", label),
					 *s == '\0' ?
					 errdetail("It is empty.") :
					 errdetail("It holds a blank, a control character or a character that is not ASCII.")));
	}
}

static void
check_token(const char *text, const char *label)
{
	const char *s = text;

	while (*s > ' ' && *s < 0x7f)
		s++;
	if (*s != '\0' || s == text)
		option_bad_value(label, text,
						 errdetail("It is empty, or holds a blank or a character that is not ASCII."));
}

void
option_check_place(OptionType type, const char *value, const char *label)
{
	switch (type)
	{
		case TYPE_URL:
			check_url(value, label);
			break;
		case TYPE_ENDPOINT:
			check_endpoint(value, label);
			break;
		case TYPE_FILE:
			if (!is_absolute_path(value))
				option_bad_value(label, value,
								 errhint("Write an absolute path of the server's machine."));
			break;
		case TYPE_SECRET:
			check_secret(value, label);
			break;
		case TYPE_TOKEN:
			check_token(value, label);
			break;
		case TYPE_FOLDER:
			option_check_folder(value, label);
			break;
		case TYPE_PREFIX:
			if (option_is_url(value))
				check_url(value, label);
			else
				option_check_folder(value, label);
			break;
		case TYPE_BUCKET:
			if (value[0] != '\0')
				check_bucket(value, value, label);
			break;
		case TYPE_ACCOUNT:
			if (value[0] != '\0' &&
				(strlen(value) != 12 || strspn(value, "0123456789") != 12))
				option_bad_value(label, value,
								 errhint("An AWS account is a number of twelve digits."));
			break;
		default:
			elog(ERROR, "unexpected type %d of %s", (int) type, label);
	}
}
