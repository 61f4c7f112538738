/*-------------------------------------------------------------------------
 *
 * test_nested.c
 *	  Texts of maps, rows and arrays: what each becomes, what is refused and
 *	  where, and that Hive text is read where it has one reading only.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include <limits.h>
#include <setjmp.h>

#include "nested_util.h"

static NestedWork work;

static const char *const result_names[] = {
	"OK", "CUT", "BAD", "AMBIGUOUS", "TOO_DEEP", "TOO_LONG", "NO_MEMORY"
};

typedef struct Case
{
	const char *text;
	const char *json;			/* NULL: refused, */
	NestedResult result;		/* so, */
	int			at;				/* here */
} Case;

typedef NestedResult (*Reader) (const char *text, size_t len);

static void
run_cases(const char *what, Reader reader, const Case *cases)
{
	for (; cases->text != NULL; cases++)
	{
		/* exactly as long, so that reading past the end is noticed */
		size_t		len = strlen(cases->text);
		char	   *text = malloc(len + (len == 0));
		char		name[64];
		NestedResult got;
		bool		container;

		snprintf(name, sizeof(name), "%s", cases->text);
		for (char *c = name; *c != '\0'; c++)
			*c = (unsigned char) *c < ' ' ? '.' : *c;
		memcpy(text, cases->text, len);
		got = reader(text, len);
		if (cases->json != NULL)
		{
			bool		good = got == NESTED_OK &&
				strcmp(work.out.data, cases->json) == 0 &&
				nested_check_json(work.out.data, work.out.len,
								  &container) == NESTED_OK;

			if (!ok(good, "%s: %s", what, name))
				diag("%s %s", result_names[got],
					 got == NESTED_OK ? work.out.data : work.message);
		}
		else if (!ok(got == cases->result && (int) work.at == cases->at,
					 "%s refuses: %s", what, name))
			diag("%s at %d: %s", result_names[got], (int) work.at,
				 got == NESTED_OK ? work.out.data : work.message);
		free(text);
	}
}

/* ---- hstore ---- */

static NestedResult
read_hstore(const char *text, size_t len)
{
	return nested_hstore(&work, text, len);
}

static const Case hstore_cases[] = {
	{"", "{}"},
	{"  ", "{}"},
	{"\"a\"=>\"1\"", "{\"a\": \"1\"}"},
	{"\"a\"=>\"1\", \"b\"=>NULL", "{\"a\": \"1\", \"b\": null}"},
	{"\"b\"=>\"NULL\", \"a\"=>null", "{\"b\": \"NULL\", \"a\": null}"},
	{"\"\"=>\"\"", "{\"\": \"\"}"},
	{" a => 1 , b=>x=y ", "{\"a\": \"1\", \"b\": \"x=y\"}"},
	{"a=>b\\ c", "{\"a\": \"b c\"}"},
	{"a=>\\null", "{\"a\": \"null\"}"},
	{"\"k\\\"\\\\\"=>\"\\\"v\\\\\"", "{\"k\\\"\\\\\": \"\\\"v\\\\\"}"},
	{"\"\xc3\xa9, =>\"=>\"\t\n\x01\x7f\"",
	"{\"\xc3\xa9, =>\": \"\\t\\n\\u0001\x7f\"}"},
	{"\"a\"=>\"1", NULL, NESTED_CUT, 7},
	{"\"a\"=>\"1\\", NULL, NESTED_CUT, 8},
	{"a=>b\\", NULL, NESTED_CUT, 5},
	{"a\\", NULL, NESTED_CUT, 2},
	{"\"a\"=>", NULL, NESTED_CUT, 5},
	{"\"a\"=", NULL, NESTED_CUT, 4},
	{"\"a\"", NULL, NESTED_CUT, 3},
	{"\"a", NULL, NESTED_CUT, 2},
	{"\"a\"=>\"1\",", NULL, NESTED_CUT, 9},
	{"\"a\"=>\"1\" \"b\"=>\"2\"", NULL, NESTED_BAD, 9},
	{"\"a\"=>\"1\", \"a\"=>\"2\"", NULL, NESTED_BAD, 10},
	{"\"a\":\"1\"", NULL, NESTED_BAD, 3},
	{"\"a\"=\"1\"", NULL, NESTED_BAD, 4},
	{"=>1", NULL, NESTED_BAD, 0},
	{"a=>,b=>1", NULL, NESTED_BAD, 3},
	{"a=>x\"y\"", NULL, NESTED_BAD, 4},
	{"{\"a\": 1}", NULL, NESTED_BAD, 1},
	{NULL}
};

/* ---- rows and arrays ---- */

static NestedType *type;

static NestedResult
read_row(const char *text, size_t len)
{
	return nested_row(&work, type, test_leaf, text, len);
}

static NestedResult
read_array(const char *text, size_t len)
{
	return nested_array(&work, type, test_leaf, text, len);
}

static const Case row_cases[] = {
	{"(1,\"a b\",)", "{\"lat\": 1, \"t\": \"a b\", \"n\": null}"},
	{"(,,)", "{\"lat\": null, \"t\": null, \"n\": null}"},
	{" (1.5,\"\",\"\") ", "{\"lat\": 1.5, \"t\": \"\", \"n\": \"\"}"},
	{"(a,\"\"\"q\"\" \\\\ , )\",x(y))", NULL, NESTED_BAD, 22},
	{"(a,\"\"\"q\"\" \\\\ , )\",x(y\\))",
	"{\"lat\": \"a\", \"t\": \"\\u0022q\\u0022 \\u005c , )\", \"n\": \"x(y)\"}"},
	{"( 1,a\"b c\"d, )", "{\"lat\": \" 1\", \"t\": \"ab cd\", \"n\": \" \"}"},
	{"(1,2)", NULL, NESTED_BAD, 4},
	{"(1,2,3,4)", NULL, NESTED_BAD, 6},
	{"()", NULL, NESTED_BAD, 1},
	{"1,2,3", NULL, NESTED_BAD, 0},
	{"(1,2,3) x", NULL, NESTED_BAD, 8},
	{"", NULL, NESTED_CUT, 0},
	{"(", NULL, NESTED_CUT, 1},
	{"(1,", NULL, NESTED_CUT, 3},
	{"(1,2,3", NULL, NESTED_CUT, 6},
	{"(1,\"a", NULL, NESTED_CUT, 5},
	{"(1,a\\", NULL, NESTED_CUT, 5},
	{NULL}
};

/* '(a int, p (x int, y text)[])', as PostgreSQL prints it */
static const Case deep_cases[] = {
	{"(1,\"{\"\"(1,\\\\\"\"a b\\\\\"\")\"\",\"\"(2,)\"\",NULL}\")",
		"{\"a\": 1, \"p\": [{\"x\": 1, \"y\": \"a b\"}, "
	"{\"x\": 2, \"y\": null}, null]}"},
	{"(1,{})", "{\"a\": 1, \"p\": []}"},
	{"(1,\"{\"\"(1\"\"}\")", NULL, NESTED_BAD, 3},
	{"(1,\"{\")", NULL, NESTED_BAD, 3},
	{"(1,(1,))", NULL, NESTED_BAD, 3},
	{NULL}
};

static const Case array_cases[] = {
	{"{}", "[]"},
	{" { } ", "[]"},
	{"{1,2,NULL}", "[1, 2, null]"},
	{"{null,\"null\",nul\\l}", "[null, \"null\", \"null\"]"},
	{"{{1,2},{3,4}}", "[[1, 2], [3, 4]]"},
	{"{ { 1 , 2 } , { 3 , 4 } }", "[[1, 2], [3, 4]]"},
	{"{{{1}},{{2}}}", "[[[1]], [[2]]]"},
	{"[0:2]={1,2,3}", "[1, 2, 3]"},
	{"[-1:0][2:2]={{1},{2}}", "[[1], [2]]"},
	{"[2]={a,b}", "[\"a\", \"b\"]"},
	{"{a b,\"c,d\", \"{}\",\"\",\"\\\"\\\\\"}",
	"[\"a b\", \"c,d\", \"{}\", \"\", \"\\u0022\\u005c\"]"},
	{"{a\\ ,b }", "[\"a \", \"b\"]"},
	{"{{1,2},{3}}", NULL, NESTED_BAD, 9},
	{"{{1,2},3}", NULL, NESTED_BAD, 7},
	{"{1,{2}}", NULL, NESTED_BAD, 3},
	{"{{1},NULL}", NULL, NESTED_BAD, 5},
	{"{{},{}}", NULL, NESTED_BAD, 2},
	{"{{{{{{{1}}}}}}}", NULL, NESTED_BAD, 6},
	{"[1:2]={1}", NULL, NESTED_BAD, 8},
	{"[1:2]={{1},{2}}", NULL, NESTED_BAD, 8},
	{"[2:1]={1}", NULL, NESTED_BAD, 0},
	{"[1:1]={}", NULL, NESTED_BAD, 7},
	{"[99999999999:1]={1}", NULL, NESTED_BAD, 1},
	{"[1:1][1:1][1:1][1:1][1:1][1:1][1:1]={1}", NULL, NESTED_BAD, 30},
	{"{1,2}x", NULL, NESTED_BAD, 5},
	{"{1,,2}", NULL, NESTED_BAD, 3},
	{"{1,}", NULL, NESTED_BAD, 3},
	{"{a\"b\"}", NULL, NESTED_BAD, 2},
	{"{\"a\"b}", NULL, NESTED_BAD, 4},
	{"1,2", NULL, NESTED_BAD, 0},
	{"", NULL, NESTED_CUT, 0},
	{"{", NULL, NESTED_CUT, 1},
	{"{1,2", NULL, NESTED_CUT, 4},
	{"{1,", NULL, NESTED_CUT, 3},
	{"{\"a", NULL, NESTED_CUT, 3},
	{"{a\\", NULL, NESTED_CUT, 3},
	{"{{1}", NULL, NESTED_CUT, 4},
	{"[1:", NULL, NESTED_CUT, 3},
	{NULL}
};

static void
declare(const char *fields, bool row)
{
	NestedResult result;

	nested_type_free(&work, type);
	result = row ? nested_read_fields(&work, fields, strlen(fields), &type) :
		nested_read_type(&work, fields, strlen(fields), &type);
	ok(result == NESTED_OK, "type %s", fields);
}

/* A type as text again, to w->out. */
static void
print_type(const NestedType *t)
{
	if (t->kind == NESTED_LEAF)
		nested_put(&work, t->name, strlen(t->name));
	else if (t->kind == NESTED_LIST)
	{
		print_type(t->element);
		nested_put(&work, "[]", 2);
	}
	else
	{
		for (int i = 0; i < t->nfields; i++)
		{
			nested_put(&work, i > 0 ? "; " : "<", i > 0 ? 2 : 1);
			nested_put(&work, t->fields[i].name, t->fields[i].name_len);
			nested_put(&work, ":", 1);
			print_type(t->fields[i].type);
		}
		nested_put(&work, ">", 1);
	}
}

static NestedResult
read_declared(const char *text, size_t len, bool row)
{
	NestedType *t = NULL;
	NestedResult result = row ? nested_read_fields(&work, text, len, &t) :
		nested_read_type(&work, text, len, &t);

	if (result == NESTED_OK)
		print_type(t);
	nested_type_free(&work, t);
	return result;
}

static void
test_types(void)
{
	static const Case cases[] = {
		{"lat float8, lon float8", "<lat:float8; lon:float8>"},
		{" a  timestamp(3) with time zone ,b\tdouble precision ",
		"<a:timestamp(3) with time zone; b:double precision>"},
		{"a numeric(10,2)[], b int[3][4]", "<a:numeric(10,2)[]; b:int[]>"},
		{"pos (x int, y (z text)[] ), n int", "<pos:<x:int; y:<z:text>[]>; n:int>"},
		{"\"a, \"\"b\"\"\" \"My Type\".\"x,(y\" , c s.t",
		"<a, \"b\":\"My Type\".\"x,(y\"; c:s.t>"},
		{"a", NULL, NESTED_BAD, 1},
		{"", NULL, NESTED_BAD, 0},
		{"a int,", NULL, NESTED_BAD, 6},
		{"a int, a text", NULL, NESTED_BAD, 7},
		{"a int b text[] c int", NULL, NESTED_BAD, 15},
		{"a int]", NULL, NESTED_BAD, 5},
		{"a int[", NULL, NESTED_BAD, 5},
		{"a numeric(1", NULL, NESTED_BAD, 2},
		{"a (x int", NULL, NESTED_BAD, 2},
		{"a (x int) y", NULL, NESTED_BAD, 10},
		{"a int)", NULL, NESTED_BAD, 5},
		{"\"a int", NULL, NESTED_BAD, 0},
		{"a ()", NULL, NESTED_BAD, 3},
		{NULL}
	};
	char	   *deep = malloc(2000);

	for (const Case *c = cases; c->text != NULL; c++)
	{
		NestedResult got = read_declared(c->text, strlen(c->text), true);
		bool		good = c->json ? got == NESTED_OK &&
			strcmp(work.out.data, c->json) == 0 :
			got == c->result && (int) work.at == c->at;

		if (!ok(good, "fields %s", c->text))
			diag("%s at %d: %s", result_names[got], (int) work.at,
				 got == NESTED_OK ? work.out.data : work.message);
	}
	ok(read_declared(" float8 ", 8, false) == NESTED_OK &&
	   strcmp(work.out.data, "float8") == 0, "a type alone");
	ok(read_declared("(x int)[]", 9, false) == NESTED_OK &&
	   strcmp(work.out.data, "<x:int>[]") == 0, "a list of rows alone");
	ok(read_declared("int, int", 8, false) == NESTED_BAD, "two types alone");
	for (int i = 0; i < 400; i++)
		memcpy(deep + i * 3, "(a ", 3);
	ok(read_declared(deep, 1200, false) == NESTED_TOO_DEEP, "types too deep");
	free(deep);
}

/* ---- Hive ---- */

static NestedResult
read_hive(const char *text, size_t len)
{
	return nested_hive(&work, text, len);
}

static const Case hive_cases[] = {
	{"{key1=val1, key2={a=1}, key3=[1, 2]}",
	"{\"key1\": \"val1\", \"key2\": {\"a\": 1}, \"key3\": [1, 2]}"},
	{"{}", "{}"},
	{"[]", "[]"},
	{"[{}, []]", "[{}, []]"},
	{"{a=, b=null, c=Null}", "{\"a\": \"\", \"b\": null, \"c\": \"Null\"}"},
	{"[null, true, false, True]", "[null, true, false, \"True\"]"},
	{"[0, -1, 1.50, -0.5, 0.0, 12345678901234567890]",
	"[0, -1, 1.50, -0.5, 0.0, 12345678901234567890]"},
	{"[1.0E10, -2.5E-7, 1.7976931348623157E308]",
	"[1.0E10, -2.5E-7, 1.7976931348623157E308]"},
	/* spellings no number has there */
	{"[007, +1, .5, 1., -0, 1e5, 1E5, 10.0E5, 1.0E05, 1.0E999, 0x1F, -, 1-2]",
		"[\"007\", \"+1\", \".5\", \"1.\", \"-0\", \"1e5\", \"1E5\", \"10.0E5\", "
	"\"1.0E05\", \"1.0E999\", \"0x1F\", \"-\", \"1-2\"]"},
	{"[NaN, Infinity, 123456789012345678901234567890123456789]",
	"[\"NaN\", \"Infinity\", \"123456789012345678901234567890123456789\"]"},
	{"{a b=c d\te, \xe5\x80\xa4=5\" x 3\", d=2024-01-31 10:00:00.000}",
		"{\"a b\": \"c d\\te\", \"\xe5\x80\xa4\": \"5\\\" x 3\\\"\", "
	"\"d\": \"2024-01-31 10:00:00.000\"}"},
	{"{a={b={c=[[1], [2, x]]}}}", "{\"a\": {\"b\": {\"c\": [[1], [2, \"x\"]]}}}"},
	{"{1=2, true=null}", "{\"1\": 2, \"true\": null}"},
	/* the comma, the =, the bracket belongs to a string or key: which? */
	{"{a=1, b}", NULL, NESTED_AMBIGUOUS, 7},
	{"{a=Smith, John, b=2}", NULL, NESTED_AMBIGUOUS, 14},
	{"{a=b=c}", NULL, NESTED_AMBIGUOUS, 4},
	{"{url=http://x/?q=1, b=2}", NULL, NESTED_AMBIGUOUS, 16},
	{"{a=1,2}", NULL, NESTED_AMBIGUOUS, 4},
	{"{a=1,b=2}", NULL, NESTED_AMBIGUOUS, 4},
	{"[1,2]", NULL, NESTED_AMBIGUOUS, 2},
	{"[a=b]", NULL, NESTED_AMBIGUOUS, 2},
	{"{a=x{y}", NULL, NESTED_AMBIGUOUS, 4},
	{"{a=x[1]}", NULL, NESTED_AMBIGUOUS, 4},
	{"{a=x], b=2}", NULL, NESTED_AMBIGUOUS, 4},
	{"{a={b}}", NULL, NESTED_AMBIGUOUS, 5},
	{"{a={b=1}c}", NULL, NESTED_AMBIGUOUS, 8},
	{"{{a=1}=2}", NULL, NESTED_AMBIGUOUS, 1},
	{"[1, 2}", NULL, NESTED_AMBIGUOUS, 5},
	{"{a=1}}", NULL, NESTED_AMBIGUOUS, 5},
	{"[1] ", NULL, NESTED_AMBIGUOUS, 3},
	{"{a=1}, {b=2}", NULL, NESTED_AMBIGUOUS, 5},
	/* blanks that may or may not be meant */
	{"{a= 1}", NULL, NESTED_AMBIGUOUS, 3},
	{"{a=1 }", NULL, NESTED_AMBIGUOUS, 4},
	{"{ a=1}", NULL, NESTED_AMBIGUOUS, 1},
	{"{a =1}", NULL, NESTED_AMBIGUOUS, 2},
	{"{a=1,  b=2}", NULL, NESTED_AMBIGUOUS, 6},
	{"{a=1,\nb=2}", NULL, NESTED_AMBIGUOUS, 4},
	{"[ ]", NULL, NESTED_AMBIGUOUS, 1},
	{"{a= }", NULL, NESTED_AMBIGUOUS, 3},
	/* empty strings that show as nothing */
	{"[a, ]", NULL, NESTED_AMBIGUOUS, 4},
	{"[, a]", NULL, NESTED_AMBIGUOUS, 1},
	{"{=1}", NULL, NESTED_AMBIGUOUS, 1},
	/* a map has a key once: so this is one string, or a mistake */
	{"{a=1, a=2}", NULL, NESTED_AMBIGUOUS, 6},
	{"{b=1, a={x=1, y=2, x=3}}", NULL, NESTED_AMBIGUOUS, 19},
	{"[{a=1}, {a=2}]", "[{\"a\": 1}, {\"a\": 2}]"},
	{"{a={a={a=1}}}", "{\"a\": {\"a\": {\"a\": 1}}}"},
	/* JSON and what quotes is another encoding */
	{"{\"a\"=1}", NULL, NESTED_AMBIGUOUS, 1},
	{"[\"a\", \"b\"]", NULL, NESTED_AMBIGUOUS, 1},
	{"{\"a\": \"x=y\"}", NULL, NESTED_AMBIGUOUS, 1},
	{"abc", NULL, NESTED_BAD, 0},
	{"1", NULL, NESTED_BAD, 0},
	{" {a=1}", NULL, NESTED_BAD, 0},
	{"", NULL, NESTED_BAD, 0},
	{"{", NULL, NESTED_CUT, 1},
	{"[", NULL, NESTED_CUT, 1},
	{"{a", NULL, NESTED_CUT, 2},
	{"{a=", NULL, NESTED_CUT, 3},
	{"{a=1", NULL, NESTED_CUT, 4},
	{"{a=1,", NULL, NESTED_CUT, 5},
	{"{a=1, ", NULL, NESTED_CUT, 6},
	{"{a=[1, 2]", NULL, NESTED_CUT, 9},
	{NULL}
};

/* ---- Hive, by its definition: all readings are counted ---- */

static bool
plain(const char *s, int i, int j)
{
	for (int k = i; k < j; k++)
	{
		if (strchr("{}[]=,", s[k]) != NULL)
			return false;
	}
	return i == j || (s[i] != ' ' && s[j - 1] != ' ' && s[i] != '"');
}

static bool
separates(const char *s, int k, int j)
{
	return k + 1 < j && s[k] == ',' && s[k + 1] == ' ';
}

static int	count_value(const char *s, int i, int j, bool empty);

/* keys: the keys before, as begin and end */
static int
count_pairs(const char *s, int i, int j, const int *keys, int nkeys)
{
	int			own[64];
	int			total = 0;

	if (nkeys > 0)
		memcpy(own, keys, sizeof(int) * 2 * (size_t) nkeys);
	for (int e = i + 1; e < j; e++)
	{
		bool		twice = false;

		if (s[e] != '=' || !plain(s, i, e))
			continue;
		for (int k = 0; k < nkeys; k++)
			twice = twice || (keys[2 * k + 1] - keys[2 * k] == e - i &&
							  memcmp(s + keys[2 * k], s + i, (size_t) (e - i)) == 0);
		if (twice)
			continue;
		own[2 * nkeys] = i;
		own[2 * nkeys + 1] = e;
		for (int k = e + 1; k <= j; k++)
		{
			if (k == j)
				total += count_value(s, e + 1, k, true);
			else if (separates(s, k, j))
				total += count_value(s, e + 1, k, true) *
					count_pairs(s, k + 2, j, own, nkeys + 1);
		}
	}
	return total;
}

static int
count_elements(const char *s, int i, int j)
{
	int			total = 0;

	for (int k = i; k <= j; k++)
	{
		if (k == j)
			total += count_value(s, i, k, false);
		else if (separates(s, k, j))
			total += count_value(s, i, k, false) * count_elements(s, k + 2, j);
	}
	return total;
}

static int
count_value(const char *s, int i, int j, bool empty)
{
	int			total = plain(s, i, j) && (i < j || empty);

	if (j - i >= 2 && s[i] == '{' && s[j - 1] == '}')
		total += j - i == 2 ? 1 : count_pairs(s, i + 1, j - 1, NULL, 0);
	if (j - i >= 2 && s[i] == '[' && s[j - 1] == ']')
		total += j - i == 2 ? 1 : count_elements(s, i + 1, j - 1);
	return total;
}

/* Is this text read just if it has one reading, and does it look so again? */
static bool
hive_holds(const char *s, int len, int *readings)
{
	NestedResult got = nested_hive(&work, s, (size_t) len);
	char		again[256];

	*readings = len > 0 && (s[0] == '{' || s[0] == '[') ?
		count_value(s, 0, len, false) : 0;
	if ((got == NESTED_OK) != (*readings == 1))
		return false;
	if (got != NESTED_OK)
		return *readings == 0;
	return test_display(work.out.data, work.out.len, again) == (size_t) len &&
		memcmp(again, s, (size_t) len) == 0;
}

static void
test_hive_all(void)
{
	static const char letters[] = "a1{}[]=, ";
	int			max = unit_times(6);
	int			texts = 0;
	int			read = 0;
	bool		good = true;
	char		s[16];

	/* every text of a few letters that begins with a bracket */
	if (max < 4)
		max = 4;
	for (int len = 1; len <= max + 1; len++)
	{
		int			n = 2;

		for (int i = 1; i < len; i++)
			n *= 9;
		for (int v = 0; v < n && good; v++)
		{
			int			rest = v / 2;
			int			readings;

			s[0] = v % 2 ? '{' : '[';
			for (int i = 1; i < len; i++, rest /= 9)
				s[i] = letters[rest % 9];
			good = hive_holds(s, len, &readings);
			if (!good)
				diag_bytes("text", s, (size_t) len);
			texts++;
			read += readings;
		}
	}
	ok(good && read > 20, "%d short texts, of which %d have a reading", texts,
	   read);
}

static int
any_hive(char *s, int room, int depth)
{
	static const char *const words[] = {
		"a", "b", "1", "x y", "", "null", "k=v", "a, b", "{", "]", " a", "\""
	};
	int			n = 0;
	int			kind = depth == 0 ? (int) unit_random(2) : (int) unit_random(5);

	if (depth > 3 || room < 60 || kind > 1)
		return sprintf(s, "%s", words[unit_random(unit_random(8) ? 6 : 12)]);
	s[n++] = kind ? '{' : '[';
	for (int i = (int) unit_random(4), first = 1; i > 0 && n < room - 60; i--)
	{
		n += sprintf(s + n, "%s", first ? "" : ", ");
		if (kind)
			n += sprintf(s + n, "%s%d=", words[unit_random(3)],
						 (int) unit_random(6));
		n += any_hive(s + n, room - n - 20, depth + 1);
		first = 0;
	}
	s[n++] = kind ? '}' : ']';
	return n;
}

static void
test_hive_random(void)
{
	int			times = unit_times(40000);
	int			read = 0;
	bool		good = true;
	char		s[512];

	for (int i = 0; i < times && good; i++)
	{
		int			len = any_hive(s, 120, 0);
		int			readings;

		if (len > 90)
			continue;
		if (unit_random(3) == 0 && len > 0)
			s[unit_random((uint32_t) len)] = "{}[]=, a"[unit_random(8)];
		good = hive_holds(s, len, &readings);
		if (!good)
			diag_bytes("text", s, (size_t) len);
		read += readings;
	}
	ok(good && read > times / 10, "%d longer texts, of which %d have a reading",
	   times, read);
}

/* ---- JSON ---- */

static void
test_json(void)
{
	static const char *const whole[] = {
		"{}", "[]", " { \"a\" : [ 1 , -2.5e+10 , true , null , \"\\u00e9\\n\" ] } ",
		"[[[{}]]]", "{\"a\":{\"b\":{}}, \"c\":[0]}", "\"text\"", "[\"\xc3\xa9\"]",
		"{\"\":\"\"}", "null"
	};
	static const char *const bad[] = {
		"{a:1}", "{\"a\" 1}", "{\"a\":1,}", "[1,]", "[1 2]", "{\"a\":1]", "[1}",
		"[01]", "[1.]", "[.5]", "[+1]", "[1e]", "[-]", "[tru]", "[trux", "\"\t\"",
		"\"\\x\"", "\"\\u00g0\"", "{} {}", "nul!", "]", "}", ",", "{,}", "[\"a\":1]",
		"{\"a\":\"b\":1}", "'a'", "[1] x"
	};
	bool		container;

	for (int i = 0; i < (int) (sizeof(whole) / sizeof(*whole)); i++)
	{
		size_t		len = strlen(whole[i]);
		size_t		last = len;
		bool		good;

		while (last > 0 && whole[i][last - 1] == ' ')
			last--;
		good = nested_check_json(whole[i], len, &container) == NESTED_OK;
		for (size_t cut = 0; cut < last && good; cut++)
		{
			char	   *part = malloc(cut + (cut == 0));

			memcpy(part, whole[i], cut);
			good = nested_check_json(part, cut, &container) == NESTED_CUT;
			if (!good)
				diag("not cut: %.*s", (int) cut, whole[i]);
			free(part);
		}
		ok(good, "JSON, and cut anywhere: %s", whole[i]);
	}
	for (int i = 0; i < (int) (sizeof(bad) / sizeof(*bad)); i++)
		ok(nested_check_json(bad[i], strlen(bad[i]), &container) == NESTED_BAD,
		   "no JSON: %s", bad[i]);
	for (int i = 0; i < 3; i++)
	{
		static const char *const text[] = {"{\"a\":1}", " [[]]", "1"};

		nested_check_json(text[i], strlen(text[i]), &container);
		ok(container == (i < 2), "contents of %s", text[i]);
	}
	ok(nested_utf8_is_cut("a\xc3", 2) && nested_utf8_is_cut("\xe5\x80", 2) &&
	   nested_utf8_is_cut("\xf0\x9f\x98", 3) && nested_utf8_is_cut("\xf0", 1),
	   "cut characters");
	ok(!nested_utf8_is_cut("a\xc3\xa9", 3) && !nested_utf8_is_cut("\xe5\x80\xa4", 3) &&
	   !nested_utf8_is_cut("\xf0\x9f\x98\x80", 4) && !nested_utf8_is_cut("", 0) &&
	   !nested_utf8_is_cut("\x80", 1) && !nested_utf8_is_cut("abc", 3),
	   "whole characters");
}

/* ---- what surely fits ---- */

static void
detects(NestedEncoding want, int n, const char *const *texts)
{
	NestedText	given[8] = {0};
	NestedEncoding got;

	for (int i = 0; i < n; i++)
	{
		given[i].data = texts[i];
		given[i].len = strlen(texts[i]);
	}
	got = nested_detect(&work, given, n);
	if (!ok(got == want, "%s%s: %s", n > 0 ? texts[0] : "nothing",
			n > 1 ? ", ..." : "",
			want == NESTED_NONE ? "not sure" : nested_name(want)))
		diag("got %s", got == NESTED_NONE ? "none" : nested_name(got));
}

#define DETECTS(want, ...) \
	detects(want, (int) (sizeof((const char *[]) {__VA_ARGS__}) / \
						 sizeof(char *)), (const char *[]) {__VA_ARGS__})

static void
test_detect(void)
{
	detects(NESTED_NONE, 0, NULL);
	DETECTS(NESTED_JSON, "{\"a\": 1}");
	DETECTS(NESTED_JSON, "{}", "[]", " {\"a\": \"x=y\"} ");
	DETECTS(NESTED_JSON, "[1, 2]", "[]");
	DETECTS(NESTED_NONE, "[]");
	DETECTS(NESTED_NONE, "{}");
	DETECTS(NESTED_NONE, "1", "2");
	DETECTS(NESTED_NONE, "\"a\"");
	DETECTS(NESTED_NONE, "null", "{\"a\": 1}");
	DETECTS(NESTED_NONE, "{\"a\": 1}", "{\"a\": 1, \"b");
	DETECTS(NESTED_HSTORE, "\"a\"=>\"1\"", "", "\"a\"=>NULL, \"b\"=>\"\"");
	DETECTS(NESTED_NONE, "", "");
	DETECTS(NESTED_NONE, "a=>1");
	DETECTS(NESTED_NONE, "\"a\"=>\"1\"", "x");
	DETECTS(NESTED_ARRAY, "{1,2,NULL}", "{}");
	DETECTS(NESTED_ARRAY, "{{1,2},{3,4}}");
	DETECTS(NESTED_ARRAY, "{x}", "{\"a b\",c}");
	DETECTS(NESTED_NONE, "{6F9619FF-8B86-D011-B42D-00CF4FC964FF}", "{x}");
	DETECTS(NESTED_NONE, "{1, 2}");
	DETECTS(NESTED_NONE, "{1,2}", "[0:1]={1,2}");
	DETECTS(NESTED_NONE, "{a,b}", "Hello, world");
	DETECTS(NESTED_HIVE, "{key1=val1, key2={a=1}, key3=[1, 2]}", "{}");
	DETECTS(NESTED_HIVE, "{a=x y}");
	DETECTS(NESTED_HIVE, "[a, b]", "[1, 2]", "[]");
	/* also the array of one text a=1 */
	DETECTS(NESTED_NONE, "{a=1}");
	DETECTS(NESTED_HIVE, "{a=1}", "{a=1, b=2}");
	DETECTS(NESTED_NONE, "[abc]", "[x]");
	DETECTS(NESTED_NONE, "{a=1, b=2}", "{a=b=c}");
	DETECTS(NESTED_NONE, "(1,2)");
}

/* ---- limits ---- */

static char *
repeated(const char *unit, int n)
{
	size_t		len = strlen(unit);
	char	   *s = malloc(len * (size_t) n + 1);

	for (int i = 0; i < n; i++)
		memcpy(s + len * (size_t) i, unit, len);
	s[len * (size_t) n] = '\0';
	return s;
}

static void
test_limits(void)
{
	static const struct
	{
		const char *unit;
		Reader		reader;
		NestedResult result;
	}			long_ones[] = {
		{"{a=", read_hive, NESTED_TOO_DEEP},
		{"[", read_hive, NESTED_TOO_DEEP},
		{"{", read_hive, NESTED_AMBIGUOUS},
		{"\"", read_hstore, NESTED_BAD},
		{"\\", read_hstore, NESTED_CUT},
		{"{", read_array, NESTED_BAD},
		{"[1:1]", read_array, NESTED_BAD},
		{"(", read_row, NESTED_CUT},
		{"\"\"", read_row, NESTED_BAD}
	};
	int			n = unit_times(300000);
	char	   *s;

	declare("a text, b text", true);
	for (int i = 0; i < (int) (sizeof(long_ones) / sizeof(*long_ones)); i++)
	{
		NestedType *row = type;
		NestedType	list = {.kind = NESTED_LIST,.delimiter = ',',.element = row};

		if (long_ones[i].reader == read_array)
			type = &list;
		s = repeated(long_ones[i].unit, n);
		ok(long_ones[i].reader(s, strlen(s)) == long_ones[i].result,
		   "%d times %s", n, long_ones[i].unit);
		type = row;
		free(s);
	}
	s = repeated("[", 100);
	ok(read_hive(s, 100) == NESTED_CUT, "as deep as may be");
	free(s);

	/* many keys, of which the last is the first again */
	s = malloc((size_t) n * 16);
	{
		size_t		len = 1;

		s[0] = '{';
		for (int i = 0; i < n / 4; i++)
			len += (size_t) sprintf(s + len, "%sk%d=1", i ? ", " : "",
									i == n / 4 - 1 ? 0 : i);
		s[len++] = '}';
		ok(read_hive(s, len) == NESTED_AMBIGUOUS &&
		   memcmp(s + work.at, "k0=1}", 5) == 0, "one key of %d twice", n / 4);
	}
	free(s);

	/* control characters come out six times as long: past the limit here */
	s = repeated("\001", (int) (NESTED_MAX_OUTPUT / 6) + 1);
	ok(nested_string(&work, s, strlen(s)) == NESTED_TOO_LONG, "too long");
	s[strlen(s) - 1] = '\0';
	ok(nested_string(&work, s, strlen(s)) == NESTED_OK ||
	   NESTED_MAX_OUTPUT % 6 < 2, "just not too long");
	free(s);
}

/* Memory that runs out at any point leaves nothing behind. */
static void
test_no_memory(void)
{
	static const char fields[] = "a text, \"b c\" (x int, y int[])[], c text[]";
	static const char text[] =
		"(1,\"{\"\"(1,\\\\\"\"{1,2}\\\\\"\")\"\"}\",\"{a,\"\"b c\"\"}\")";
	int			failures = 0;
	bool		good = true;

	for (int n = 0; n < 100 && good; n++)
	{
		NestedWork	w;
		NestedType *t = NULL;
		NestedResult result;
		NestedText	sample = {"{a=1, b=[x, y]}", 15};

		nested_init(&w, test_resize, NULL);
		allocations_left = n;
		result = nested_read_fields(&w, fields, strlen(fields), &t);
		if (result == NESTED_OK)
			result = nested_row(&w, t, test_leaf, text, strlen(text));
		if (result == NESTED_OK)
			result = nested_hstore(&w, "\"b\"=>\"1\", \"a\"=>NULL", 19);
		if (result == NESTED_OK &&
			nested_detect(&w, &sample, 1) != NESTED_HIVE)
			result = NESTED_NO_MEMORY;
		allocations_left = -1;
		nested_type_free(&w, t);
		nested_free(&w);
		good = result == NESTED_OK || result == NESTED_NO_MEMORY;
		if (result == NESTED_OK)
			break;
		failures++;
	}
	ok(good && failures > 10 && failures < 99, "memory ran out in %d places",
	   failures);
}

/* ---- keys ---- */

/* Keys of 1 to 4 letters in any order, of which perhaps one stands twice. */
static bool
keys_hold(int n, int twice)
{
	static const char letters[] = "abcdefgh";
	char		text[400 * 8];
	bool		taken[4096] = {false};
	int			ids[400];
	int			at = 0;
	int			len = 1;
	NestedResult got;

	text[0] = '{';
	for (int i = 0; i < n; i++)
	{
		/* its digits to base 8 are a key */
		int			id;

		if (i == twice)
			id = ids[unit_random((uint32_t) i)];
		else
			do
				id = 1 + (int) unit_random(4095);
			while (taken[id]);
		taken[ids[i] = id] = true;
		if (i == twice)
			at = len;
		for (; id > 0; id /= 8)
			text[len++] = letters[id % 8];
		len += sprintf(text + len, "=1%s", i < n - 1 ? ", " : "}");
	}
	got = nested_hive(&work, text, (size_t) len);
	return twice < 0 ? got == NESTED_OK :
		got == NESTED_AMBIGUOUS && (int) work.at == at;
}

static void
test_keys(void)
{
	bool		good = true;
	int			maps = unit_times(1000);

	for (int i = 0; i < maps && good; i++)
	{
		int			n = 2 + (int) unit_random(i % 10 == 0 ? 398 : 12);

		good = keys_hold(n, -1) &&
			keys_hold(n, 1 + (int) unit_random((uint32_t) n - 1));
	}
	ok(good, "%d maps of keys in any order, and where one stands twice", maps);
}

/* ---- pauses ---- */

static long pauses_left;
static jmp_buf given_up;

/* Does not return from the last one. */
static void
count_pause(void *arg)
{
	(void) arg;
	if (--pauses_left == 0)
		longjmp(given_up, 1);
}

static NestedResult
read_lax_string(const char *text, size_t len)
{
	return nested_string(&work, text, len);
}

/* Take pauses at least each so many bytes, and give up at each of some. */
static void
pauses(const char *what, Reader reader, const char *begin, const char *part,
	   const char *end, int per_part)
{
	const size_t size = 500000;
	char	   *text = malloc(size + 64);
	size_t		len = (size_t) sprintf(text, "%s", begin);
	volatile long all = 0;
	volatile int gave_up = 0;

	for (int i = 0; len < size; i++)
		len += (size_t) sprintf(text + len, part, (int) ((long) i * 7919 % 1000003));
	len += (size_t) sprintf(text + len, "%s", end);
	work.pause = count_pause;
	pauses_left = LONG_MAX;
	ok(reader(text, len) == NESTED_OK, "%s: %zu bytes", what, len);
	all = LONG_MAX - pauses_left;
	ok(all >= (long) (len / 40000) * per_part, "%s: %ld pauses", what, all);
	for (volatile int i = 0; i < 5; i++)
	{
		pauses_left = 1 + (long) unit_random((uint32_t) all);
		if (setjmp(given_up) == 0)
			(void) reader(text, len);
		else
			gave_up++;
	}
	work.pause = NULL;
	ok(gave_up == 5 && reader(text, len) == NESTED_OK,
	   "%s: given up %d times, and read then", what, gave_up);
	free(text);
}

static void
test_pauses(void)
{
	/* twice: they are sorted, too, in some twenty rounds */
	pauses("hstore of many pairs", read_hstore, "k=>1", ",k%d=>1", "", 2);
	pauses("Hive map of many pairs", read_hive, "{k=1", ", k%d=1", "}", 2);
	pauses("Hive list", read_hive, "[1", ", %d", "]", 1);
	pauses("long key", read_hstore, "k", "%d", "=>1", 1);
	pauses("long value", read_hstore, "k=>\"", "%d\\\\", "\"", 1);
	pauses("long word", read_hive, "[", "x%d", "]", 1);
	pauses("long string", read_lax_string, "", "x%d", "", 1);
	declare("text[]", false);
	pauses("array", read_array, "{1", ",%d", "}", 1);
	pauses("array of blanks", read_array, "{", "%9d", ",1}", 1);
	pauses("long element", read_array, "{", "%d\\\\", "}", 1);
	pauses("long element in quotes", read_array, "{\"", "%d\\\\", "\"}", 1);
	declare("a text, b text[]", true);
	pauses("row", read_row, "(", "%d", ",{a})", 1);
	pauses("array in a row", read_row, "(a,\"{a", ",%d", "}\")", 2);
}

int
main(void)
{
	unit_seed(1);
	nested_init(&work, test_resize, NULL);
	run_cases("hstore", read_hstore, hstore_cases);
	declare("lat float8, t text, n int", true);
	run_cases("row", read_row, row_cases);
	declare("a int, p (x int, y text)[]", true);
	run_cases("row", read_row, deep_cases);
	declare("int[]", false);
	run_cases("array", read_array, array_cases);
	test_types();
	run_cases("Hive", read_hive, hive_cases);
	test_hive_all();
	test_hive_random();
	test_json();
	test_detect();
	test_limits();
	test_no_memory();
	test_keys();
	test_pauses();
	nested_type_free(&work, type);
	nested_free(&work);
	return unit_done();
}
