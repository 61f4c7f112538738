/*-------------------------------------------------------------------------
 *
 * test_infer.c
 *	  Types that texts may have, numbers, and JSON.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "log/sniff/infer.h"
#include "log/literal.h"

/* Feed each value in a block of its own size, so that overreads are seen. */
static void
feed(InferColumn *c, const char *value)
{
	size_t		len = strlen(value);
	char	   *copy = malloc(len > 0 ? len : 1);

	memcpy(copy, value, len);
	infer_add(c, copy, len);
	free(copy);
}

/* See values separated by '|'. */
static void
feed_all(InferColumn *c, const char *values)
{
	char		buf[4096];

	snprintf(buf, sizeof(buf), "%s", values);
	for (char *at = buf; at != NULL;)
	{
		char	   *bar = strchr(at, '|');

		if (bar)
			*bar++ = '\0';
		feed(c, at);
		at = bar;
	}
}

static InferType
type_of(const char *values)
{
	InferColumn c = {0};

	feed_all(&c, values);
	return infer_type(&c, true);
}

static void
is_type(const char *values, InferType want)
{
	InferType	got = type_of(values);

	if (!ok(got == want, "%.70s: %s", values, infer_type_name(want)))
		diag("got %s", infer_type_name(got));
}

static void
test_types(void)
{
	static const struct
	{
		const char *values;
		InferType	type;
	}			cases[] = {
		{"1|2|-3", INFER_INT}, {"0", INFER_INT}, {"007", INFER_TEXT},
		{"1|007", INFER_TEXT}, {"-0", INFER_TEXT}, {"+1", INFER_TEXT},
		{" 1", INFER_TEXT}, {"1 ", INFER_TEXT}, {"1,000", INFER_TEXT},
		{"", INFER_TEXT}, {"1|", INFER_TEXT}, {"0x10", INFER_TEXT},
		{"999999999", INFER_INT}, {"1000000000", INFER_BIGINT},
		{"2147483648", INFER_BIGINT}, {"9223372036854775807", INFER_BIGINT},
		{"-9223372036854775808", INFER_BIGINT},
		{"9223372036854775808", INFER_NUMERIC},
		{"-9223372036854775809", INFER_NUMERIC},
		{"99999999999999999999999999", INFER_NUMERIC},
		{"1.5", INFER_NUMERIC}, {"1|1.5", INFER_NUMERIC},
		{"0.5|-0.5|-0", INFER_TEXT}, {"0.5|-0.5", INFER_NUMERIC},
		{"00.5", INFER_TEXT}, {".5", INFER_TEXT}, {"5.", INFER_TEXT},
		{"2019.0000000000", INFER_NUMERIC}, {"1.2.3", INFER_TEXT},
		{"+3.23800011e+01", INFER_REAL},
		{"+3.23800011e+01|-9.99999991e-38", INFER_REAL},
		/* a real would be printed as +1.23456792e+08 */
		{"+1.23456789e+08", INFER_DOUBLE}, {"+1.23456792e+08", INFER_REAL},
		{"-0.00000000e+00|+1.50000000e+00", INFER_REAL},
		{"+3.23800011e+01|NaN", INFER_REAL},
		{"+3.23800011e+38", INFER_DOUBLE},
		{"+3.23800011e+01|1.5", INFER_DOUBLE},
		{"+3.23800011e+01|7", INFER_DOUBLE},
		{"+1.23456789012345670e+01", INFER_DOUBLE},
		{"1e5", INFER_DOUBLE}, {"1e12345", INFER_TEXT},
		{"1e", INFER_TEXT}, {"e5", INFER_TEXT}, {"NaN", INFER_TEXT},
		{"007e5", INFER_TEXT}, {"-0e0|1", INFER_DOUBLE},
		{"NaN|1.5", INFER_NUMERIC}, {"inf|Infinity", INFER_TEXT},
		{"+inf|7", INFER_NUMERIC}, {"-Infinity|1e5", INFER_DOUBLE},
		{"1234567890123456.78|NaN", INFER_NUMERIC},
		/* 2^53 is the last of the integers that doubles have all of */
		{"9007199254740992|1e5", INFER_DOUBLE},
		{"9007199254740993|1e5", INFER_NUMERIC},
		{"9007199254740993|-0e0", INFER_TEXT},
		/* 17 digits are a double's if it is printed so, or shortest so */
		{"1e5|0.30000000000000004", INFER_DOUBLE},
		{"1e5|0.30000000000000001", INFER_NUMERIC},
		{"+1.1000000000000001e+00|+1.2345678901234567e+01", INFER_DOUBLE},
		{"+1.1000000000000001e+00|+1.1000000000000000e+00", INFER_NUMERIC},
		{"+1.1000000000000001e+00|1.1", INFER_NUMERIC},
		{"+1.1000000000000002e+00", INFER_NUMERIC},
		{"+1.10000000000000010e+00|+1.5000000000000000e+00", INFER_NUMERIC},
		{"+9.0071992547409930e+15", INFER_NUMERIC},
		{"1.23456789012345678e5", INFER_NUMERIC},
		/* in the middle of two doubles, which have 17 digits themselves */
		{"-3.586172200461135e+16", INFER_NUMERIC},
		{"-3.5861722004611352e+16", INFER_DOUBLE},
		{"7.48120772440366e+16", INFER_NUMERIC},
		{"1e308|1e-300", INFER_DOUBLE}, {"1e309", INFER_NUMERIC},
		{"-0.0", INFER_TEXT}, {"-0.00|1.50", INFER_TEXT},
		{"true|false", INFER_BOOL}, {"true", INFER_BOOL},
		{"True|FALSE", INFER_BOOL}, {"t|f", INFER_BOOL}, {"t", INFER_TEXT},
		{"f|f", INFER_TEXT}, {"t|true", INFER_TEXT}, {"t|x|f", INFER_TEXT},
		{"2024-02-29", INFER_DATE}, {"2023-02-29", INFER_TEXT},
		{"0000-00-00", INFER_TEXT}, {"2024-1-1", INFER_TEXT},
		{"20240101", INFER_INT}, {"01/02/2024", INFER_TEXT},
		{"2024-01-01 10:00:00", INFER_TIMESTAMP},
		{"2024-01-01 10:00:00|2024-01-01T10:00:00.123456", INFER_TIMESTAMP},
		{"2024-01-01|2024-01-01 10:00:00", INFER_TEXT},
		{"2024-01-01 10:00:00.1234560", INFER_TIMESTAMP},
		{"2024-01-01 10:00:00.1234567", INFER_TEXT},
		{"2024-01-01 10:00:00.123456789Z", INFER_TEXT},
		{"2024-01-01 10:00:00Z", INFER_TIMESTAMPTZ},
		{"2024-01-01 10:00:00+05:30|2024-01-01 10:00:00.5-08", INFER_TIMESTAMPTZ},
		{"2024-01-01 10:00:00+0100", INFER_TIMESTAMPTZ},
		{"2024-01-01 10:00:00 +01", INFER_TEXT},
		{"2024-01-01 25:00:00", INFER_TEXT}, {"10:00:00", INFER_TEXT},
		{"6f9619ff-8b86-d011-b42d-00cf4fc964ff", INFER_UUID},
		{"6F9619FF-8B86-D011-B42D-00CF4FC964FF", INFER_UUID},
		{"6f9619ff8b86d011b42d00cf4fc964ff", INFER_TEXT},
		{"6f9619ff-8b86-d011-b42d-00cf4fc964fg", INFER_TEXT},
		{"{\"a\": 1}", INFER_JSON}, {"[]", INFER_TEXT}, {"{}", INFER_TEXT},
		{"{}|{\"a\": [1, {\"b\": null}]}", INFER_JSON}, {"[1, 2]", INFER_JSON},
		{"{a=1}", INFER_TEXT}, {"{1,2}", INFER_TEXT}, {"[1, 2", INFER_TEXT},
		{"\"text\"", INFER_TEXT}, {"null", INFER_TEXT}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_type(cases[i].values, cases[i].type);
}

static void
test_amounts(void)
{
	InferColumn c = {0};

	ok(infer_type(&c, true) == INFER_TEXT, "nothing seen: text");
	for (int i = 0; i < 99; i++)
		feed(&c, "255");
	ok(infer_type(&c, true) == INFER_INT, "99 small values: integer");
	feed(&c, "-255");
	ok(infer_type(&c, true) == INFER_SMALLINT, "100 small values: smallint");
	ok(infer_type(&c, false) == INFER_INT, "but not where there may be more");
	feed(&c, "256");
	ok(infer_type(&c, true) == INFER_INT, "and not where one is larger");
	feed(&c, "x");
	ok(infer_type(&c, true) == INFER_TEXT, "one text among them: text");
}

/* Different texts of a key must be different values. */
static void
test_keys(void)
{
	static const struct
	{
		const char *values;
		bool		key;
	}			cases[] = {
		{"1|-2|30", true}, {"9999999999", true}, {"007|7", true},
		{"1.10|2.50", true}, {"1.10|1.1", false}, {"1|1.0", false},
		{"1.5|NaN", false}, {"1e5", false}, {"+1.23456792e+08", false},
		{"99999999999999999999", true},
		{"2024-01-01|2024-01-02", true},
		{"2024-01-01 10:00:00|2024-01-01 10:00:01", true},
		{"2024-01-01 10:00:00|2024-01-01 10:00:00.0", false},
		{"2024-01-01 10:00:00.123456", true},
		{"2024-01-01 10:00:00.1234560", false},
		{"2024-01-01 10:00:00|2024-01-01T10:00:00", false},
		{"2024-01-01 10:00:00Z", true},
		{"2024-01-01 10:00:00Z|2024-01-01 10:00:00+00", false},
		{"2024-01-01 10:00:00+01|2024-01-01 09:00:00+00", false},
		{"2024-01-01 10:00:00+01|2024-01-01 11:00:00+01", true},
		{"6f9619ff-8b86-d011-b42d-00cf4fc964ff", true},
		{"6F9619FF-8B86-D011-B42D-00CF4FC964FF", true},
		{"6f9619ff-8b86-d011-b42d-00cf4fc964ff|6F9619FF-8B86-D011-B42D-00CF4FC964FE", false},
		{"6f9619ff-8b86-d011-b42d-00cf4fC964ff", false},
		{"true|false", true}, {"true|FALSE", false}, {"t|f", true},
		{"{\"a\": 1}", false}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		InferColumn c = {0};
		InferType	type;

		feed_all(&c, cases[i].values);
		type = infer_type(&c, true);
		ok(infer_type_is_key(&c, type) == cases[i].key, "%.70s: %s %s",
		   cases[i].values, infer_type_name(type),
		   cases[i].key ? "may be a key" : "is no key");
	}
}

static void
test_reads(void)
{
	static const struct
	{
		InferType	type;
		const char *value;
		bool		reads;
	}			cases[] = {
		{INFER_SMALLINT, "32767", true}, {INFER_SMALLINT, "32768", false},
		{INFER_SMALLINT, "-32768", true}, {INFER_SMALLINT, "-32769", false},
		{INFER_INT, "007", true}, {INFER_INT, " 7 ", true},
		{INFER_INT, "+7", true}, {INFER_INT, "7.0", false},
		{INFER_INT, "2147483648", false}, {INFER_INT, "x", false},
		{INFER_INT, "", false}, {INFER_BIGINT, "9223372036854775808", false},
		{INFER_NUMERIC, "1e5", true}, {INFER_NUMERIC, "NaN", true},
		{INFER_DOUBLE, "+inf", true}, {INFER_NUMERIC, "+Infinity", true},
		{INFER_NUMERIC, "abc", false}, {INFER_DOUBLE, ".5", true},
		{INFER_BOOL, "T", true}, {INFER_BOOL, "1", true},
		{INFER_BOOL, "yes", true}, {INFER_BOOL, "off", true},
		{INFER_BOOL, "2", false}, {INFER_BOOL, "truely", false},
		{INFER_DATE, "2024-01-01", true}, {INFER_DATE, "infinity", true},
		{INFER_DATE, "Reims", false}, {INFER_TIMESTAMP, "20240101", true},
		{INFER_UUID, "{6f9619ff8b86d011b42d00cf4fc964ff}", true},
		{INFER_UUID, "6f96", false}, {INFER_JSON, "3", true},
		{INFER_JSON, "{", false}, {INFER_TEXT, "anything", true}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(infer_reads(cases[i].type, cases[i].value, strlen(cases[i].value)) ==
		   cases[i].reads, "%s %s \"%s\"", infer_type_name(cases[i].type),
		   cases[i].reads ? "reads" : "does not read", cases[i].value);
}

static void
test_json(void)
{
	static const char *const good[] = {
		"{}", "[]", " [ 1 , 2 ] ", "{\"a\":{\"b\":[null,true,false]}}", "\"x\"",
		"\"\\u00e4\\n\\\"\"", "-0.5e-3", "0", "1E+9"
	};
	static const char *const bad[] = {
		"", "{", "}", "[1,]", "{\"a\":}", "{a:1}", "{\"a\" 1}", "[1 2]", "\"x",
		"\"\\x\"", "\"\\u12\"", "\"\\u0000\"", "\"\n\"", "01", "+1", "1.", ".5",
		"tru", "[1]]", "'a'", "{\"a\":1,}", "1e99999"
	};
	char		deep[301];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(literal_is_json(good[i], strlen(good[i])), "JSON: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!literal_is_json(bad[i], strlen(bad[i])), "no JSON, case %zu", i);
	memset(deep, '[', 150);
	memset(deep + 150, ']', 150);
	ok(!literal_is_json(deep, 300), "nested too deep");
	ok(literal_is_json(deep + 100, 100), "nested 50 deep");
}

/* Whatever is fed, nothing is read past it, and one text leaves text. */
static void
test_random(void)
{
	static const char alphabet[] = "0123456789+-.eE:TtfrueZ {}[]\",\\nNa";
	int			rounds = unit_times(200000);

	unit_seed(4);
	for (int i = 0; i < rounds; i++)
	{
		InferColumn c = {0};
		size_t		len = unit_random(40);
		char	   *value = malloc(len > 0 ? len : 1);
		InferType	type;

		for (size_t k = 0; k < len; k++)
			value[k] = alphabet[unit_random(sizeof(alphabet) - 1)];
		infer_add(&c, value, len);
		type = infer_type(&c, true);
		if (type != INFER_TEXT && !infer_reads(type, value, len))
		{
			ok(false, "a value does not read as what it was inferred to be");
			diag_bytes("value", value, len);
		}
		for (int t = 0; t < INFER_COUNT; t++)
			(void) infer_reads(t, value, len);
		feed(&c, "some text");
		if (infer_type(&c, true) != INFER_TEXT)
			ok(false, "a column with a text in it is no text");
		free(value);
	}
	ok(true, "%d random values", rounds);
}

int
main(void)
{
	test_types();
	test_amounts();
	test_keys();
	test_reads();
	test_json();
	test_random();
	return unit_done();
}
