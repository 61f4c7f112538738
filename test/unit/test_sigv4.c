/*-------------------------------------------------------------------------
 *
 * test_sigv4.c
 *	  The signer against AWS's published vectors, stage by stage: the
 *	  Signature Version 4 test suite, and the examples of the S3 reference.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "store/http/sigv4.h"

#define EMPTY SIGV4_EMPTY_SHA256
#define LETTERS \
	"-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define SUITE_HOST {"Host", "example.amazonaws.com"}
#define SUITE_DATE {"X-Amz-Date", "20150830T123600Z"}
#define S3_HOST {"Host", "examplebucket.s3.amazonaws.com"}
#define S3_DATE {"x-amz-date", "20130524T000000Z"}
#define S3_HASH {"x-amz-content-sha256", EMPTY}

typedef struct Vector
{
	const char *name;
	const char *method;
	const char *path;
	SigV4Pair	query[3];		/* ends at a NULL name */
	SigV4Pair	headers[8];		/* likewise */
	const char *payload_hash;
	const char *canonical;		/* NULL: not published */
	const char *canonical_hash;
	const char *signature;
} Vector;

static const Vector suite[] = {
	{
		"get-vanilla", "GET", "/", {{0}}, {SUITE_HOST, SUITE_DATE}, EMPTY,
		"GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\n"
		"host;x-amz-date\n" EMPTY,
		"bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
		"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
	},
	{
		"post-vanilla", "POST", "/", {{0}}, {SUITE_HOST, SUITE_DATE}, EMPTY,
		NULL,
		"553f88c9e4d10fc9e109e2aeb65f030801b70c2f6468faca261d401ae622fc87",
		"5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
	},
	{
		"get-vanilla-with-session-token", "GET", "/", {{0}},
		{SUITE_HOST, SUITE_DATE, {"X-Amz-Security-Token",
		"6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"}},
		EMPTY, NULL,
		"067b36aa60031588cea4a4cde1f21215227a047690c72247f1d70b32fbbfad2b",
		"07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"
	},
	{
		"get-utf8", "GET", "/\xe1\x88\xb4", {{0}}, {SUITE_HOST, SUITE_DATE},
		EMPTY,
		"GET\n/%E1%88%B4\n\nhost:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n\nhost;x-amz-date\n" EMPTY,
		"2a0a97d02205e45ce2e994789806b19270cfbbb0921b278ccf58f5249ac42102",
		"8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"
	},
	{
		"get-space", "GET", "/example space/", {{0}},
		{SUITE_HOST, SUITE_DATE}, EMPTY, NULL,
		"63ee75631ed7234ae61b5f736dfc7754cdccfedbff4b5128a915706ee9390d86",
		"652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"
	},
	{
		"get-unreserved", "GET", "/" LETTERS, {{0}}, {SUITE_HOST, SUITE_DATE},
		EMPTY, NULL,
		"6a968768eefaa713e2a6b16b589a8ea192661f098f37349f4e2c0082757446f9",
		"07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"
	},
	{
		"get-vanilla-query-order-key-case", "GET", "/",
		{{"Param2", "value2"}, {"Param1", "value1"}}, {SUITE_HOST, SUITE_DATE},
		EMPTY,
		"GET\n/\nParam1=value1&Param2=value2\nhost:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n\nhost;x-amz-date\n" EMPTY,
		"816cd5b414d056048ba4f7c5386d6e0533120fb1fcfa93762cf0fc39e2cf19e0",
		"b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
	},
	{
		"get-vanilla-utf8-query", "GET", "/", {{"\xe1\x88\xb4", "bar"}},
		{SUITE_HOST, SUITE_DATE}, EMPTY, NULL,
		"eb30c5bed55734080471a834cc727ae56beb50e5f39d1bff6d0d38cb192a7073",
		"2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"
	},
	{
		"get-vanilla-query-unreserved", "GET", "/", {{LETTERS, LETTERS}},
		{SUITE_HOST, SUITE_DATE}, EMPTY, NULL,
		"c30d4703d9f799439be92736156d47ccfb2d879ddf56f5befa6d1d6aab979177",
		"9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"
	},
	{
		"post-vanilla-query", "POST", "/", {{"Param1", "value1"}},
		{SUITE_HOST, SUITE_DATE}, EMPTY, NULL,
		"9d659678c1756bb3113e2ce898845a0a79dbbc57b740555917687f1b3340fbbd",
		"28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"
	},
	{
		"get-header-key-duplicate", "GET", "/", {{0}},
		{SUITE_HOST, {"My-Header1", "value2"}, {"My-Header1", "value2"},
		{"My-Header1", "value1"}, SUITE_DATE}, EMPTY,
		"GET\n/\n\nhost:example.amazonaws.com\n"
		"my-header1:value2,value2,value1\nx-amz-date:20150830T123600Z\n\n"
		"host;my-header1;x-amz-date\n" EMPTY,
		"dc7f04a3abfde8d472b0ab1a418b741b7c67174dad1551b4117b15527fbe966c",
		"c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"
	},
	{
		"get-header-value-order", "GET", "/", {{0}},
		{SUITE_HOST, {"My-Header1", "value4"}, {"My-Header1", "value1"},
			{"My-Header1", "value3"}, {"My-Header1", "value2"},
		SUITE_DATE}, EMPTY, NULL,
		"31ce73cd3f3d9f66977ad3dd957dc47af14df92fcd8509f59b349e9137c58b86",
		"08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"
	},
	{
		"get-header-value-trim", "GET", "/", {{0}},
		{SUITE_HOST, {"My-Header1", " value1"},
		{"My-Header2", " \"a   b   c\""}, SUITE_DATE}, EMPTY,
		"GET\n/\n\nhost:example.amazonaws.com\nmy-header1:value1\n"
		"my-header2:\"a b c\"\nx-amz-date:20150830T123600Z\n\n"
		"host;my-header1;my-header2;x-amz-date\n" EMPTY,
		"a726db9b0df21c14f559d0a978e563112acb1b9e05476f0a6a1c7d68f28605c7",
		"acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"
	},
	{
		"post-header-key-sort", "POST", "/", {{0}},
		{SUITE_HOST, {"My-Header1", "value1"}, SUITE_DATE}, EMPTY, NULL,
		"9368318c2967cf6de74404b30c65a91e8f6253e0a8659d6d5319f1a812f87d65",
		"c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"
	},
	{
		"post-x-www-form-urlencoded", "POST", "/", {{0}},
		{{"Content-Type", "application/x-www-form-urlencoded"}, SUITE_HOST,
			{"Content-Length", "13"},
			{"X-Amz-Content-Sha256",
			"9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"},
		SUITE_DATE},
		"9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
		NULL,
		"b1edd1d03544c25390e32085d55b57acc9a3961bb59415ff86c45c3d89d16cfb",
		"d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"
	},
};

/* "Signature Calculations for the Authorization Header" */
static const Vector s3_examples[] = {
	{
		"S3 GET object with a range", "GET", "/test.txt", {{0}},
		{S3_HOST, {"Range", "bytes=0-9"}, S3_HASH, S3_DATE}, EMPTY,
		"GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\n"
		"range:bytes=0-9\nx-amz-content-sha256:" EMPTY "\n"
		"x-amz-date:20130524T000000Z\n\n"
		"host;range;x-amz-content-sha256;x-amz-date\n" EMPTY,
		"7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972",
		"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
	},
	{
		"S3 PUT object", "PUT", "/test$file.text", {{0}},
		{{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, S3_HOST,
			{"x-amz-content-sha256",
			"44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"},
		S3_DATE, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
		"44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
		NULL,
		"9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d",
		"98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
	},
	{
		"S3 GET bucket lifecycle", "GET", "/", {{"lifecycle", ""}},
		{S3_HOST, S3_HASH, S3_DATE}, EMPTY, NULL, NULL,
		"fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
	},
	{
		"S3 GET bucket", "GET", "/", {{"prefix", "J"}, {"max-keys", "2"}},
		{S3_HOST, S3_HASH, S3_DATE}, EMPTY, NULL, NULL,
		"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
	},
};

static int
count(const SigV4Pair *pairs)
{
	int			n = 0;

	while (pairs[n].name)
		n++;
	return n;
}

static void
check_text(const char *got, const char *want, const char *name,
		   const char *stage)
{
	char		what[128];

	snprintf(what, sizeof(what), "%s: %s", name, stage);
	ok_bytes(got, strlen(got), want, strlen(want), what);
}

static void
check_vector(const Vector *v, const SigV4Scope *scope, const char *key_id,
			 const char *secret)
{
	SigV4Request request = {v->method, v->path, v->query, count(v->query),
	v->headers, count(v->headers), v->payload_hash};
	char		canonical[2048];
	char		to_sign[512];
	char		want[1024];
	char		names[256];
	char		signature[SIGV4_HASH_SIZE] = "";
	char		authorization[1024];

	sigv4_canonical_request(&request, canonical, sizeof(canonical));
	if (v->canonical)
		check_text(canonical, v->canonical, v->name, "canonical request");
	sigv4_string_to_sign(scope, canonical, to_sign, sizeof(to_sign));
	if (v->canonical_hash)
	{
		snprintf(want, sizeof(want),
				 "AWS4-HMAC-SHA256\n%s\n%.8s/us-east-1/%s/aws4_request\n%s",
				 scope->time, scope->time, scope->service, v->canonical_hash);
		check_text(to_sign, want, v->name, "string to sign");
	}
	ok(sigv4_signature(secret, scope, to_sign, signature), "%s: signs",
	   v->name);
	check_text(signature, v->signature, v->name, "signature");
	sigv4_signed_headers(v->headers, count(v->headers), names, sizeof(names));
	snprintf(want, sizeof(want),
			 "AWS4-HMAC-SHA256 Credential=%s/%.8s/us-east-1/%s/aws4_request, "
			 "SignedHeaders=%s, Signature=%s", key_id, scope->time,
			 scope->service, names, v->signature);
	sigv4_authorization(&request, scope, key_id, secret, authorization,
						sizeof(authorization));
	check_text(authorization, want, v->name, "authorization");
}

static void
test_vectors(void)
{
	SigV4Scope	of_suite = {"20150830T123600Z", "us-east-1", "service"};
	SigV4Scope	of_s3 = {"20130524T000000Z", "us-east-1", "s3"};

	for (size_t i = 0; i < sizeof(suite) / sizeof(suite[0]); i++)
		check_vector(&suite[i], &of_suite, "AKIDEXAMPLE",
					 "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
	for (size_t i = 0; i < sizeof(s3_examples) / sizeof(s3_examples[0]); i++)
		check_vector(&s3_examples[i], &of_s3, "AKIAIOSFODNN7EXAMPLE",
					 "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
}

static void
test_encoding(void)
{
	char		out[256];

	sigv4_encode("/a b+c%d=e'f(g)*h!i~j&k", true, out, sizeof(out));
	check_text(out, "/a%20b%2Bc%25d%3De%27f%28g%29%2Ah%21i~j%26k", "encoding",
			   "odd characters, slash kept");
	sigv4_encode("a/b", false, out, sizeof(out));
	check_text(out, "a%2Fb", "encoding", "slash encoded");
	sigv4_encode("/\xe6\x97\xa5\xe6\x9c\xac/.././/x", true, out, sizeof(out));
	check_text(out, "/%E6%97%A5%E6%9C%AC/.././/x", "encoding",
			   "Japanese, and a path that is not normalised");
}

/* The canonical order is that of the encoded forms. */
static void
test_query_order(void)
{
	SigV4Pair	query[] = {
		{"b", "2"}, {"a~", ""}, {"a", "z"}, {"a!", ""}, {"a-", ""}, {"a", "/"},
		{"a", ""}, {"A", "+"}
	};
	char		out[256];

	sigv4_query(query, 8, out, sizeof(out));
	check_text(out, "A=%2B&a=&a=%2F&a=z&a%21=&a-=&a~=&b=2", "query", "order");
	ok_int((int64_t) sigv4_query(query, SIGV4_MAX_PAIRS + 1, out, sizeof(out)),
		   0, "too many parameters are refused");
}

/* Like snprintf: the length comes back, and nothing is written past cap. */
static void
test_capacity(void)
{
	SigV4Pair	headers[] = {S3_HOST, S3_HASH, S3_DATE};
	SigV4Pair	query[] = {{"prefix", "J/ K"}};
	SigV4Request request = {"GET", "/a b", query, 1, headers, 3, EMPTY};
	SigV4Scope	scope = {"20130524T000000Z", "us-east-1", "s3"};
	size_t		len = sigv4_canonical_request(&request, NULL, 0);
	size_t		alen = sigv4_authorization(&request, &scope, "AK", "SK", NULL,
										   0);
	bool		same = true;
	char	   *whole = malloc(len + 1);

	sigv4_canonical_request(&request, whole, len + 1);
	ok(strlen(whole) == len, "length of the canonical request");
	for (size_t cap = 1; cap <= len + 1; cap++)
	{
		/* of its own size, so that a byte too many is noticed */
		char	   *small = malloc(cap);

		same &= sigv4_canonical_request(&request, small, cap) == len;
		same &= strlen(small) == cap - 1 &&
			memcmp(small, whole, cap - 1) == 0;
		free(small);
	}
	ok(same, "every smaller buffer is filled and no more");
	free(whole);
	whole = malloc(alen + 1);
	ok(sigv4_authorization(&request, &scope, "AK", "SK", whole, alen + 1) ==
	   alen && strlen(whole) == alen, "length of the authorization");
	free(whole);
}

static void
test_time(void)
{
	char		out[SIGV4_TIME_SIZE];

	sigv4_time(1369353600, out);
	check_text(out, "20130524T000000Z", "time", "2013");
	sigv4_time(1440938160, out);
	check_text(out, "20150830T123600Z", "time", "2015");
}

int
main(void)
{
	test_vectors();
	test_encoding();
	test_query_order();
	test_capacity();
	test_time();
	return unit_done();
}
