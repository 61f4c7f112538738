/*-------------------------------------------------------------------------
 *
 * fuzz_nested.c
 *	  Any bytes to the readers of nested values.  The first byte chooses what
 *	  reads the rest.
 *
 * Beside what the sanitizers find, it is a failure when what comes out is no
 * JSON, when Hive text does not come out of its reading again, when an error
 * stands outside of the text, or when a conversion gives another answer the
 * second time.
 *
 *-------------------------------------------------------------------------
 */
#include <stdint.h>
#include <stdio.h>

#include "../unit/nested_util.h"

static const char *const declared[] = {
	"a text, b int", "a (x int, y (z text)[]), b text[], c float8[]", "a int"
};

static NestedWork w;
static NestedType *types[3];

static void
prepare(void)
{
	nested_init(&w, test_resize, NULL);
	for (int i = 0; i < 3; i++)
	{
		if (nested_read_fields(&w, declared[i], strlen(declared[i]),
							   &types[i]) != NESTED_OK)
			abort();
	}
}

static void
fail(const char *what)
{
	fprintf(stderr, "nested: %s\n", what);
	abort();
}

static NestedResult
convert(int how, const char *text, size_t len)
{
	switch (how)
	{
		case 0:
			return nested_hstore(&w, text, len);
		case 1:
			return nested_hive(&w, text, len);
		case 2:
		case 3:
			return nested_row(&w, types[how - 2], test_leaf, text, len);
		case 4:
			return nested_row(&w, types[2], test_leaf, text, len);
		case 5:
			return nested_array(&w, types[1]->fields[1].type, test_leaf, text,
								len);
		default:
			return nested_array(&w, types[1]->fields[0].type->fields[1].type,
								test_leaf, text, len);
	}
}

static void
check_conversion(int how, const char *text, size_t len)
{
	NestedResult result = convert(how, text, len);
	bool		container;
	char	   *first;
	size_t		first_len = w.out.len;

	if (result == NESTED_NO_MEMORY || result == NESTED_TOO_LONG)
		return;
	if (result != NESTED_OK)
	{
		if (w.message == NULL || w.at > len ||
			(result == NESTED_CUT && w.at != len))
			fail("an error without its place");
		return;
	}
	if (nested_check_json(w.out.data, w.out.len, &container) != NESTED_OK &&
		nested_check_json(w.out.data, w.out.len, &container) != NESTED_TOO_DEEP)
		fail("no JSON came out");
	first = malloc(first_len + 1);
	memcpy(first, w.out.data, first_len);
	if (how == 1 && (test_display(first, first_len, w.out.data) != len ||
					 memcmp(w.out.data, text, len) != 0))
		fail("Hive text does not come out again");
	if (convert(how, text, len) != NESTED_OK || w.out.len != first_len ||
		memcmp(w.out.data, first, first_len) != 0)
		fail("another answer the second time");
	free(first);
}

static void
check_types(const char *text, size_t len)
{
	NestedType *type = NULL;

	if (nested_read_fields(&w, text, len, &type) != NESTED_OK && w.at > len)
		fail("an error without its place");
	nested_type_free(&w, type);
	type = NULL;
	if (nested_read_type(&w, text, len, &type) != NESTED_OK && w.at > len)
		fail("an error without its place");
	nested_type_free(&w, type);
}

/* Cut JSON stays cut when less of it is there. */
static void
check_json(const char *text, size_t len)
{
	bool		container;
	NestedResult result = nested_check_json(text, len, &container);

	if (result == NESTED_CUT && len > 0 && len < 200)
	{
		for (size_t cut = 0; cut < len; cut++)
		{
			/* a number that stands alone may be whole where it is cut */
			if (nested_check_json(text, cut, &container) == NESTED_BAD)
				fail("the front part of cut JSON is bad");
		}
	}
	(void) nested_utf8_is_cut(text, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text;
	size_t		len;

	if (types[0] == NULL)
		prepare();
	if (size == 0)
		return 0;
	/* a block of its own: reading past its end is noticed */
	len = size - 1;
	text = malloc(len + (len == 0));
	memcpy(text, data + 1, len);
	switch (data[0] % 10)
	{
		case 7:
			check_types(text, len);
			break;
		case 8:
			check_json(text, len);
			break;
		case 9:
			{
				NestedText	samples[2] = {{text, len / 2},
				{text + len / 2, len - len / 2}};

				(void) nested_detect(&w, samples, 2);
				(void) nested_detect(&w, samples, 1);
				break;
			}
		default:
			check_conversion(data[0] % 10, text, len);
	}
	free(text);
	return 0;
}
