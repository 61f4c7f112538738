/*-------------------------------------------------------------------------
 *
 * test_listing.c
 *	  S3's XML: pages of listings and errors, split at every byte, and what
 *	  must be refused.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "store/s3/listing.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" \
	"<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
#define CUT "</ListBucketResult>"
#define TAIL "<IsTruncated>false</IsTruncated>" CUT
#define FILE(key, size) "<Contents><Key>" key "</Key>" \
	"<LastModified>2024-06-12T10:31:25.108Z</LastModified>" \
	"<ETag>&quot;e1&quot;</ETag><Size>" size "</Size>" \
	"<Owner><ID>x</ID><DisplayName>y</DisplayName></Owner></Contents>"
#define FOLDER(key) \
	"<CommonPrefixes><Prefix>" key "</Prefix></CommonPrefixes>"

static const char page[] =
HEAD "<Name>b</Name><Prefix>t/</Prefix><Delimiter>/</Delimiter>"
"<EncodingType>url</EncodingType><KeyCount>6</KeyCount>"
FILE("t/1%2Ba.csv", "12") FILE("t/a+b%20c.csv", "0")
FILE("t/%E6%97%A5%e6%9c%ac.csv", "9007199254740993")
FOLDER("t/20240612/") FOLDER("t/a/") FOLDER("t/%26%3C/")
"<IsTruncated>true</IsTruncated>"
"<NextContinuationToken>1/a+b==&amp;x</NextContinuationToken>" CUT;

#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16

static Listing *
feed_all(const char *text, ListingStatus *status)
{
	Listing    *l = listing_create();

	*status = listing_feed(l, text, strlen(text), true);
	return l;
}

/* As one string, so that splits can be compared. */
static void
render(const Listing *l, char *out, size_t cap)
{
	size_t		len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < listing_count(l); i++)
	{
		const ListingEntry *e = listing_get(l, i);

		len += snprintf(out + len, cap - len, "%s|%lld|%s|%d\n", e->key,
						(long long) e->size, e->etag, e->folder);
	}
	snprintf(out + len, cap - len, "%s",
			 listing_token(l) ? listing_token(l) : "-");
}

static const char want[] =
"t/&</|-1||1\n"
"t/1+a.csv|12|\"e1\"|0\n"
"t/20240612/|-1||1\n"
"t/a b c.csv|0|\"e1\"|0\n"
"t/a/|-1||1\n"
"t/\xe6\x97\xa5\xe6\x9c\xac.csv|9007199254740993|\"e1\"|0\n"
"1/a+b==&x";

static void
test_page(void)
{
	static const char ordered[] =
	HEAD "<EncodingType>url</EncodingType>"
	FILE("t/1%2Ba.csv", "12") FILE("t/a+b%20c.csv", "0")
	FILE("t/%E6%97%A5%e6%9c%ac.csv", "9007199254740993")
	FOLDER("t/%26%3C/") FOLDER("t/20240612/") FOLDER("t/a/")
	"<IsTruncated>true</IsTruncated>"
	"<NextContinuationToken>1/a+b==&amp;x</NextContinuationToken>" CUT;
	char		got[1024];
	ListingStatus status;
	Listing    *l = feed_all(ordered, &status);
	size_t		len = strlen(ordered);
	bool		same = true;

	ok_int(status, LISTING_OK, "a page is read");
	render(l, got, sizeof(got));
	ok_bytes(got, strlen(got), want, strlen(want), "entries and token");
	listing_destroy(l);
	for (size_t cut = 0; cut <= len; cut++)
	{
		l = listing_create();
		same &= listing_feed(l, ordered, cut, false) == LISTING_OK;
		same &= listing_feed(l, ordered + cut, len - cut, true) == LISTING_OK;
		render(l, got, sizeof(got));
		same &= strcmp(got, want) == 0;
		listing_destroy(l);
	}
	ok(same, "split at every byte it is the same");
	same = true;
	for (size_t cut = 0; cut < len; cut++)
	{
		l = listing_create();
		same &= listing_feed(l, ordered, cut, true) != LISTING_OK;
		same &= listing_count(l) == 0;
		listing_destroy(l);
	}
	ok(same, "ended at any byte it is an error");
	l = feed_all(page, &status);
	ok_int(status, LISTING_UNORDERED, "folders out of order");
	listing_destroy(l);
}

static void
test_refused(void)
{
	static const struct
	{
		const char *what;
		const char *text;
		ListingStatus status;
	}			cases[] = {
		{"an empty page", HEAD TAIL,
		LISTING_OK},
		{"keys that are not encoded", HEAD FILE("a+b%zz", "1") TAIL,
		LISTING_OK},
		{"a namespace prefix", "<s3:ListBucketResult xmlns:s3=\"u\">"
		"<s3:IsTruncated>false</s3:IsTruncated></s3:ListBucketResult>",
		LISTING_OK},
		{"keys before EncodingType", HEAD FILE("a%20", "1")
		"<EncodingType>url</EncodingType>" TAIL, LISTING_OK},
		{"nothing", "", LISTING_BAD_XML},
		{"no XML", "Internal Server Error", LISTING_BAD_XML},
		{"another document", "<html></html>", LISTING_NOT_A_LISTING},
		{"an error document", "<Error><Code>x</Code></Error>",
		LISTING_NOT_A_LISTING},
		{"a document type", "<!DOCTYPE x [<!ENTITY a \"b\">]>" HEAD TAIL,
		LISTING_BAD_XML},
		{"deep nesting", HEAD "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"
		"<a><a><a>", LISTING_BAD_XML},
		{"no key", HEAD "<Contents><Size>1</Size></Contents>" TAIL,
		LISTING_BAD_KEY},
		{"an empty key", HEAD FILE("", "1") TAIL, LISTING_BAD_KEY},
		{"two keys", HEAD "<Contents><Key>a</Key><Key>b</Key><Size>1</Size>"
		"</Contents>" TAIL, LISTING_BAD_KEY},
		{"a zero byte in a key", HEAD "<EncodingType>url</EncodingType>"
		FILE("a%00b", "1") TAIL, LISTING_BAD_KEY},
		{"half an escape", HEAD "<EncodingType>url</EncodingType>"
		FILE("a%2", "1") TAIL, LISTING_BAD_KEY},
		{"an escape that is none", HEAD "<EncodingType>url</EncodingType>"
		FILE("a%2gb", "1") TAIL, LISTING_BAD_KEY},
		{"no size", HEAD "<Contents><Key>a</Key></Contents>" TAIL,
		LISTING_BAD_VALUE},
		{"an empty size", HEAD FILE("a", "") TAIL, LISTING_BAD_VALUE},
		{"a negative size", HEAD FILE("a", "-1") TAIL, LISTING_BAD_VALUE},
		{"a huge size", HEAD FILE("a", "9999999999999999999") TAIL,
		LISTING_BAD_VALUE},
		{"a long ETag", HEAD "<Contents><Key>a</Key><ETag>" X64 X64 X64 X64
		"x</ETag><Size>1</Size></Contents>" TAIL, LISTING_BAD_VALUE},
		{"a flag that is none", HEAD "<IsTruncated>maybe</IsTruncated>" CUT,
		LISTING_BAD_VALUE},
		{"keys out of order", HEAD FILE("b", "1") FILE("a", "1") TAIL,
		LISTING_UNORDERED},
		{"a key twice", HEAD FILE("a", "1") FILE("a", "1") TAIL,
		LISTING_UNORDERED},
		{"a key and a folder of one name", HEAD FILE("a/", "0") FOLDER("a/")
		TAIL, LISTING_UNORDERED},
		{"truncated without a token", HEAD "<IsTruncated>true</IsTruncated>"
		CUT, LISTING_NO_TOKEN},
		{"nothing but the element", "<ListBucketResult/>", LISTING_NO_FLAG},
		{"keys and no word of more", HEAD FILE("a", "1") CUT,
		LISTING_NO_FLAG},
		{"a token and no word of more", HEAD FILE("a", "1")
		"<NextContinuationToken>x</NextContinuationToken>" CUT,
		LISTING_NO_FLAG},
		{"the word elsewhere", HEAD "<Owner><IsTruncated>false</IsTruncated>"
		"</Owner>" CUT, LISTING_NO_FLAG},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		ListingStatus status;
		Listing    *l = feed_all(cases[i].text, &status);

		ok_int(status, cases[i].status, cases[i].what);
		ok(strlen(listing_message(status)) > 0, "%s has a message",
		   cases[i].what);
		ok_int(listing_feed(l, "x", 1, true), status, "and it is final");
		listing_destroy(l);
	}
}

/* A key of n bytes between the tags. */
static ListingStatus
feed_long_key(size_t n)
{
	char	   *text = malloc(n + 512);
	ListingStatus status;

	strcpy(text, HEAD "<Contents><Key>");
	memset(text + strlen(text), 'k', n);
	strcpy(text + strlen(HEAD "<Contents><Key>") + n,
		   "</Key><Size>1</Size></Contents>" TAIL);
	listing_destroy(feed_all(text, &status));
	free(text);
	return status;
}

static void
test_limits(void)
{
	ok_int(feed_long_key(1024), LISTING_OK, "a key of 1024 bytes");
	ok_int(feed_long_key(1025), LISTING_BAD_KEY, "a key of 1025 bytes");
	ok_int(feed_long_key(100000), LISTING_BAD_KEY, "a key of 100000 bytes");
}

static void
test_many(void)
{
	Listing    *l = listing_create();
	bool		good = true;
	char		text[256];
	char		key[32];
	int			n = unit_times(5000);

	good &= listing_feed(l, HEAD, strlen(HEAD), false) == LISTING_OK;
	for (int i = 0; i < n; i++)
	{
		snprintf(text, sizeof(text), "<Contents><Key>k%05d</Key><Size>%d"
				 "</Size><ETag>e%d</ETag></Contents>", i, i, i);
		good &= listing_feed(l, text, strlen(text), false) == LISTING_OK;
	}
	good &= listing_feed(l, TAIL, strlen(TAIL), true) == LISTING_OK;
	good &= listing_count(l) == n;
	for (int i = 0; good && i < n; i++)
	{
		snprintf(key, sizeof(key), "k%05d", i);
		good = strcmp(listing_get(l, i)->key, key) == 0 &&
			listing_get(l, i)->size == i;
		snprintf(key, sizeof(key), "e%d", i);
		good = good && strcmp(listing_get(l, i)->etag, key) == 0;
	}
	ok(good, "many entries");
	ok(listing_token(l) == NULL, "and no token");
	listing_destroy(l);
	listing_destroy(NULL);
}

static void
test_error(void)
{
	static const char doc[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>"
	"<Message>The key &lt;x&gt; does not exist.</Message><Key>a/b</Key>"
	"<Region>eu-west-1</Region><RequestId>ABC</RequestId><HostId>h</HostId>"
	"<Details><Code>inner</Code></Details></Error>";
	S3ErrorText text;
	char		big[4000];

	ok(errordoc_parse(doc, strlen(doc), &text), "an error is read");
	ok(strcmp(text.code, "NoSuchKey") == 0, "its code");
	ok(strcmp(text.message, "The key <x> does not exist.") == 0, "its message");
	ok(strcmp(text.region, "eu-west-1") == 0, "its region");
	ok(strcmp(text.request_id, "ABC") == 0, "its request id");
	for (size_t n = 0; n < strlen(doc); n++)
		errordoc_parse(doc, n, &text);
	ok(errordoc_parse(doc, strlen(doc) - 50, &text) &&
	   strcmp(text.code, "NoSuchKey") == 0, "a cut document says what it can");
	ok(!errordoc_parse("<html><Code>x</Code></html>", 27, &text) &&
	   text.code[0] == '\0', "another document is none");
	ok(!errordoc_parse("", 0, &text), "nothing is none");
	ok(!errordoc_parse("busy", 4, &text), "text is none");
	strcpy(big, "<Error><Code>");
	memset(big + 13, 'c', 2000);
	strcpy(big + 2013, "</Code></Error>");
	ok(errordoc_parse(big, strlen(big), &text) &&
	   strlen(text.code) == sizeof(text.code) - 1, "long texts are cut");
}

/* Damage a page at random: any status, but no crash and no leak. */
static void
test_damaged(void)
{
	char		text[sizeof(page)];

	unit_seed(7);
	for (int i = unit_times(20000); i > 0; i--)
	{
		ListingStatus status;
		Listing    *l;

		memcpy(text, page, sizeof(page));
		for (int k = unit_random(4); k >= 0; k--)
		{
			size_t		at = unit_random(sizeof(page) - 1);

			text[at] = (char) (1 + unit_random(255));
		}
		l = feed_all(text, &status);
		if (status == LISTING_OK)
			for (size_t e = 1; e < listing_count(l); e++)
				if (strcmp(listing_get(l, e - 1)->key,
						   listing_get(l, e)->key) >= 0)
					ok(false, "damaged page %d is out of order", i);
		listing_destroy(l);
	}
	ok(true, "damaged pages");
}

/* A tag, of which what is in quotes may have any byte, has an end. */
static void
test_long_tag(int attributes, ListingStatus wanted)
{
	char	   *text = malloc(64 + attributes * 20);
	size_t		len = sprintf(text, "<ListBucketResult><e ");
	ListingStatus status;

	for (int i = 0; i < attributes; i++)
		len += sprintf(text + len, "a%d=\">\" ", i);
	strcpy(text + len, "/>" TAIL);
	listing_destroy(feed_all(text, &status));
	ok_int(status, wanted, wanted == LISTING_OK ? "a tag of 20 kB is read" :
		   "one of a million bytes is not");
	free(text);
}

int
main(void)
{
	test_page();
	test_refused();
	test_limits();
	test_many();
	test_error();
	test_damaged();
	test_long_tag(2000, LISTING_OK);
	test_long_tag(80000, LISTING_BAD_XML);
	return unit_done();
}
