/*-------------------------------------------------------------------------
 *
 * test_cred.c
 *	  What keys are read from: AWS's ini files, JSON of metadata services, XML
 *	  of the Security Token Service; cut and damaged too.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "store/cred/doc.h"
#include "store/cred/ini.h"

static const char credentials[] =
"; a comment = not a setting\n"
"[default]\n"
"aws_access_key_id = AKIADEFAULT\r\n"
"aws_secret_access_key=a=b#c\n"
"AWS_Session_Token =  token ; for an hour\n"
"\n"
"[ two words ]\n"
"aws_access_key_id = first\n"
"[default ]\n"
"region = eu-west-1\n"
"[\"two words\"]\n"
"aws_access_key_id = second\n"
"empty =\n"
"[profile named]\n"
"aws_access_key_id = wrong\n"
"[cut";

static const char config[] =
"[default]\nrole_arn = arn:aws:iam::1:role/a\n"
"[profile dev]\n"
"s3 =\n"
"  role_arn = nested\n"
"source_profile = base # see above\n"
"[base]\n"
"region = no profile\n"
"[profile default]\n"
"region = here\n"
"[profiles]\nregion = x\n";

static void
check_get(const char *text, bool is_config, const char *profile,
		  const char *name, const char *want)
{
	IniFile		file = {text, strlen(text), is_config};
	IniText		value = {"", 0};
	bool		found = ini_get(&file, profile, name, &value);

	if (want == NULL)
		ok(!found, "%s of %s is not set", name, profile);
	else if (ok(found, "%s of %s is set", name, profile))
		ok_bytes(value.text, value.len, want, strlen(want), "as written");
}

static void
test_ini(void)
{
	IniFile		file = {config, strlen(config), true};

	check_get(credentials, false, "default", "aws_access_key_id", "AKIADEFAULT");
	check_get(credentials, false, "default", "aws_secret_access_key", "a=b#c");
	check_get(credentials, false, "default", "aws_session_token", "token");
	check_get(credentials, false, "default", "region", "eu-west-1");
	check_get(credentials, false, "two words", "aws_access_key_id", "second");
	check_get(credentials, false, "two words", "empty", "");
	check_get(credentials, false, "named", "aws_access_key_id", NULL);
	check_get(credentials, false, "cut", "aws_access_key_id", NULL);
	check_get(config, true, "default", "role_arn", "arn:aws:iam::1:role/a");
	check_get(config, true, "default", "region", "here");
	check_get(config, true, "dev", "source_profile", "base");
	check_get(config, true, "dev", "role_arn", NULL);
	check_get(config, true, "base", "region", NULL);
	ok(ini_has_profile(&file, "dev"), "dev is a profile");
	ok(!ini_has_profile(&file, "base"), "base is none in a config file");
	ok(!ini_has_profile(&file, ""), "no profile without a name");
	check_get("", false, "default", "region", NULL);
	check_get("=\n[default]\n=\n = x\nregion", false, "default", "region",
			  NULL);
}

#define KEYS "\"AccessKeyId\":\"ASIA\",\"SecretAccessKey\" : \"s\\/e\\u0063\""

static bool
json(const char *text, CredDoc *doc)
{
	return cred_doc_json(text, strlen(text), doc);
}

static void
test_json(void)
{
	static const char *const bad[] = {
		"", "[]", "{", "{" KEYS, "{" KEYS "} x", "{" KEYS ",}", "{\"a\":}",
		"{\"a\" 1}", "{'a':1}", "{\"Token\":\"a\nb\"}",
		"{\"Token\":\"\\ud800\"}", "{\"Token\":\"\\u00\"}",
		"{\"Token\":\"\\x\"}", "{\"Token\":\"a\\u0000b\"}",
		"{\"a\":[1,2}", "{\"a\":{\"b\":[[]}}"
	};
	CredDoc		doc;
	char		deep[256] = "{\"a\":";

	ok(json(" {" KEYS ", \"Token\":\"\\ud83d\\ude00\\u00e9\", \"n\":{\"Token\":"
			"[1,-2.5e3,true,null,{}]}, \"Expiration\":\"2024\"}\n", &doc),
	   "keys in JSON");
	ok(strcmp(doc.access_key_id, "ASIA") == 0, "key");
	ok(strcmp(doc.secret_access_key, "s/ec") == 0, "secret");
	ok(strcmp(doc.session_token, "\xf0\x9f\x98\x80\xc3\xa9") == 0, "token");
	ok(strcmp(doc.expiration, "2024") == 0, "expiration");
	ok(json("{\"code\":\"X\",\"message\":\"why\"}", &doc) &&
	   strcmp(doc.code, "X") == 0 && strcmp(doc.message, "why") == 0,
	   "an error");
	ok(json("{}", &doc) && doc.access_key_id[0] == '\0', "nothing");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!json(bad[i], &doc) && doc.access_key_id[0] == '\0',
		   "bad JSON %zu", i);
	for (int i = 0; i < 100; i++)
		strcat(deep, "[");
	ok(!json(deep, &doc), "nested too deep");
}

static void
test_long_json(void)
{
	static char text[40000];
	CredDoc		doc;

	strcpy(text, "{\"Message\":\"");
	memset(text + strlen(text), 'm', 3000);
	strcat(text, "\"}");
	ok(json(text, &doc) && strlen(doc.message) == sizeof(doc.message) - 1,
	   "a long message is cut");
	memset(text, 0, sizeof(text));
	strcpy(text, "{\"Token\":\"");
	memset(text + strlen(text), 't', 20000);
	strcat(text, "\"}");
	ok(!json(text, &doc), "a token that is too long is refused");
}

#define STS \
	"<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">" \
	"<AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>" \
	"<SecretAccessKey>s&amp;t</SecretAccessKey><SessionToken>tok</SessionToken>" \
	"<Expiration>2024-06-12T00:00:00Z</Expiration></Credentials>" \
	"<AssumedRoleUser><AccessKeyId>no</AccessKeyId></AssumedRoleUser>" \
	"</AssumeRoleResult></AssumeRoleResponse>"

static bool
sts(const char *text, CredDoc *doc)
{
	return cred_doc_sts(text, strlen(text), doc);
}

static void
test_sts(void)
{
	CredDoc		doc;

	ok(sts(STS, &doc), "keys in XML");
	ok(strcmp(doc.access_key_id, "ASIA") == 0, "key");
	ok(strcmp(doc.secret_access_key, "s&t") == 0, "secret");
	ok(strcmp(doc.session_token, "tok") == 0, "token");
	ok(strcmp(doc.expiration, "2024-06-12T00:00:00Z") == 0, "expiration");
	ok(sts("<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
		   "<Message>no</Message></Error></ErrorResponse>", &doc) &&
	   strcmp(doc.code, "AccessDenied") == 0 &&
	   strcmp(doc.message, "no") == 0 && doc.access_key_id[0] == '\0',
	   "an error");
	ok(sts("<Error><Code>X</Code></Error>", &doc) &&
	   strcmp(doc.code, "X") == 0, "a bare error");
	ok(!sts("<!DOCTYPE x [<!ENTITY a \"b\">]><Error><Code>&a;</Code></Error>",
			&doc), "a document type");
	ok(!sts("<html>nothing</html>", &doc), "another document");
	for (size_t i = 0; i < strlen(STS); i++)
		if (cred_doc_sts(STS, i, &doc) || doc.access_key_id[0] != '\0')
			ok(false, "cut at %zu", i);
	ok(true, "a document that was cut is none");
}

static void
check_time(const char *text, int64_t want)
{
	int64_t		got = -1;

	if (want < 0)
		ok(!cred_doc_time(text, &got), "no time: %s", text);
	else if (ok(cred_doc_time(text, &got), "a time: %s", text))
		ok_int(got, want, "as seconds");
}

static void
test_texts(void)
{
	static const char *const allowed[] = {
		"http://169.254.170.2/v2/x", "http://169.254.170.23/v1",
		"http://[fd00:ec2::23]/v1/credentials", "http://127.0.0.1:8080/x?y=z",
		"http://127.3.2.1", "http://localhost:1/", "http://[::1]:99/x",
		"https://example.com/keys", "HTTPS://x:8443"
	};
	static const char *const refused[] = {
		"http://example.com/", "http://169.254.169.254/", "ftp://127.0.0.1/",
		"http://127.0.0.1.example.com/", "http://127.0.0.1@evil/", "",
		"http://", "http:///x", "https://", "http://evil\\@127.0.0.1/",
		"http://127.0.0.1 .evil/", "http://localhost.evil/",
		"http://127.0.0.1:80:x/", "http://[::1].evil/", "http://[::1/",
		"http://127.0.0.999/", "http://127.1/", "http://169.254.170.2\n.x/"
	};

	check_time("1970-01-01T00:00:00Z", 0);
	check_time("2024-02-29T23:59:59Z", 1709251199);
	check_time("2000-03-01T00:00:00.123456Z", 951868800);
	check_time("2024-06-12T10:00:00+09:00", 1718154000);
	check_time("2024-06-12T10:00:00-0130", 1718191800);
	check_time("2024-13-01T00:00:00Z", -1);
	check_time("2024-06-12T10:00:00", -1);
	check_time("2024-06-12T10:00:00.Z", -1);
	check_time("2024-06-12T24:00:00Z", -1);
	check_time("", -1);
	check_time("2024", -1);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		ok(cred_doc_container_url(allowed[i]), "allowed: %s", allowed[i]);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ok(!cred_doc_container_url(refused[i]), "refused url %zu", i);
	ok(cred_doc_is_token("abc=/+") && !cred_doc_is_token("") &&
	   !cred_doc_is_token("a b") && !cred_doc_is_token("a\xc3\xa9"),
	   "what may stand in a header");
}

/* Damaged documents must be refused or read, and never more. */
static void
test_damaged(void)
{
	static const char json_text[] = "{" KEYS ",\"a\":[{\"b\":\"\\u00e9\"}]}";
	CredDoc		doc;
	char		buf[sizeof(config) + sizeof(json_text) + sizeof(STS)];
	IniText		value;

	for (int i = 0; i < unit_times(30000); i++)
	{
		const char *from = i % 3 == 0 ? json_text : i % 3 == 1 ? STS : config;
		size_t		len = unit_random(strlen(from)) + 1;
		IniFile		file = {buf, len, true};

		memcpy(buf, from, len);
		for (int k = unit_random(4); k > 0; k--)
			buf[unit_random(len)] = (char) unit_random(256);
		if (i % 3 == 0)
			(void) cred_doc_json(buf, len, &doc);
		else if (i % 3 == 1)
			(void) cred_doc_sts(buf, len, &doc);
		else if (ini_get(&file, "dev", "source_profile", &value) &&
				 (value.text < buf || value.text + value.len > buf + len))
			ok(false, "a value outside of its file");
	}
	ok(true, "damaged documents");
}

static void
test_repeats(void)
{
	const char *token = "IQoJb3JpZ2luX2VjEXAMPLETOKEN/of+no+use==/and+longer";
	char		text[200];
	size_t		len = strlen(token);

	ok(cred_doc_repeats(token, token), "a secret repeats itself");
	for (size_t at = 0; at <= len; at++)
		for (size_t n = 0; at + n <= len; n++)
		{
			snprintf(text, sizeof(text), "you sent %.*s", (int) n, token + at);
			if (cred_doc_repeats(text, token) != (n >= 16))
				ok(false, "%zu bytes from %zu", n, at);
		}
	ok(true, "16 bytes of a secret, wherever it was cut");
	ok(!cred_doc_repeats("", token), "nothing repeats none");
	ok(!cred_doc_repeats("anything", ""), "nor does anything repeat nothing");
	ok(cred_doc_repeats("a short one", "short"), "a short one, whole");
	ok(!cred_doc_repeats("a shor", "short"), "not cut");
}

int
main(void)
{
	unit_seed(7);
	test_repeats();
	test_ini();
	test_json();
	test_long_json();
	test_sts();
	test_texts();
	test_damaged();
	return unit_done();
}
