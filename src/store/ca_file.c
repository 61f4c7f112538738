/*-------------------------------------------------------------------------
 *
 * ca_file.c
 *	  Reads the file of certificates to trust: see ca_file.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/ca_file.h"
#include "store/http/http.h"
#include "store/impl.h"
#include "store/small_file.h"

/* the certificates of a whole system have some 250 kB */
#define CA_FILE_MAX		((size_t) 4 * 1024 * 1024)

#define HINT "The server's option ca_file names a regular file of certificates in PEM format."

char *
ca_file_read(const char *path)
{
	char	   *text;
	size_t		len;

	if (path == NULL || *path == '\0')
		return NULL;
	if (!http_takes_ca())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("option \"ca_file\" needs libcurl 7.77 or newer"),
				 errhint("Add the certificate to those that the system trusts, and drop the option.")));
	text = small_file_read(path, CA_FILE_MAX, &len);
	if (text == NULL && errno == EINVAL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a regular file", store_clean_text(path)),
				 errhint(HINT)));
	if (text == NULL && errno == EFBIG)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("file \"%s\" is longer than %zu bytes",
						store_clean_text(path), CA_FILE_MAX),
				 errhint(HINT)));
	if (text == NULL)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read file \"%s\": %m",
						store_clean_text(path)),
				 errhint(HINT)));
	if (strlen(text) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("file \"%s\" is empty", store_clean_text(path)),
				 errhint(HINT)));
	return text;
}
