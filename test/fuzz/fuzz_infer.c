/*-------------------------------------------------------------------------
 *
 * fuzz_infer.c
 *	  Any bytes, as the values of a column by lines, to type inference.
 *
 * Beside what the sanitizers find, it is a failure when a value does not read
 * as the type inferred, or when a type is inferred of values that are given
 * in another order and not of these.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "log/sniff/infer.h"

#define VALUES_MAX	64

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *starts[VALUES_MAX];
	size_t		lengths[VALUES_MAX];
	const char *at = (const char *) data;
	const char *end = at + size;
	InferColumn forward = {0};
	InferColumn backward = {0};
	InferType	type;
	int			n = 0;

	while (at < end && n < VALUES_MAX)
	{
		const char *line = memchr(at, '\n', end - at);

		starts[n] = at;
		lengths[n] = (line ? line : end) - at;
		infer_add(&forward, starts[n], lengths[n]);
		at = line ? line + 1 : end;
		n++;
	}
	for (int i = n - 1; i >= 0; i--)
		infer_add(&backward, starts[i], lengths[i]);
	type = infer_type(&forward, true);
	if (type != infer_type(&backward, true))
		abort();
	for (int i = 0; i < n; i++)
		if (!infer_reads(type, starts[i], lengths[i]))
			abort();
	return 0;
}
