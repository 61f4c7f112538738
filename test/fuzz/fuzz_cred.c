/*-------------------------------------------------------------------------
 *
 * fuzz_cred.c
 *	  Any bytes as what keys are read from: by the first byte AWS's ini files,
 *	  JSON, XML, a time or a url.
 *
 * Beside what the sanitizers find, it is a failure when a value of an ini file
 * lies outside of it.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "store/cred/doc.h"
#include "store/cred/ini.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_ini(const char *text, size_t len, bool config)
{
	IniFile		file = {text, len, config};
	IniText		value;

	(void) ini_has_profile(&file, "dev");
	if (ini_get(&file, "default", "role_arn", &value) &&
		(value.text < text || value.text + value.len > text + len))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data + 1;
	char	   *copy;
	CredDoc		doc;
	int64_t		seconds;

	if (size == 0)
		return 0;
	copy = calloc(1, size);
	memcpy(copy, text, size - 1);
	switch (data[0])
	{
		case 'i':
			fuzz_ini(text, size - 1, false);
			break;
		case 'c':
			fuzz_ini(text, size - 1, true);
			break;
		case 'j':
			(void) cred_doc_json(text, size - 1, &doc);
			break;
		case 'x':
			(void) cred_doc_sts(text, size - 1, &doc);
			break;
		case 't':
			(void) cred_doc_time(copy, &seconds);
			break;
		default:
			(void) cred_doc_container_url(copy);
	}
	free(copy);
	return 0;
}
