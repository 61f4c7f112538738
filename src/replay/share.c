/*-------------------------------------------------------------------------
 *
 * share.c
 *	  Files in memory that several processes share.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "replay/share.h"

static size_t
text_size(const char *s)
{
	return s ? strlen(s) + 1 : 0;
}

static size_t
put_text(char *texts, size_t *used, const char *s)
{
	size_t		at = *used;

	if (s == NULL)
		return SIZE_MAX;
	memcpy(texts + at, s, strlen(s) + 1);
	*used += strlen(s) + 1;
	return at;
}

void
share_files(LogFile *const *files, int n, dsa_area *area, dsa_pointer *shared,
			dsa_pointer *shared_texts)
{
	size_t		bytes = 1;
	size_t		used = 0;
	SharedFile *to;
	char	   *texts;

	for (int i = 0; i < n; i++)
		bytes += text_size(files[i]->key) + text_size(files[i]->etag) +
			text_size(files[i]->version);
	*shared = dsa_allocate_extended(area, Max(n, 1) * sizeof(SharedFile),
									DSA_ALLOC_HUGE | DSA_ALLOC_ZERO);
	*shared_texts = dsa_allocate_extended(area, bytes, DSA_ALLOC_HUGE);
	to = dsa_get_address(area, *shared);
	texts = dsa_get_address(area, *shared_texts);
	for (int i = 0; i < n; i++)
	{
		to[i].file = *files[i];
		to[i].first = DT_NOEND; /* none is known */
		to[i].key = put_text(texts, &used, files[i]->key);
		to[i].etag = put_text(texts, &used, files[i]->etag);
		to[i].version = put_text(texts, &used, files[i]->version);
	}
}

LogFile *
share_file(const SharedFile *shared, char *texts, LogEvidence **evidence)
{
	LogFile    *file = palloc(sizeof(LogFile));

	*file = shared->file;
	file->key = texts + shared->key;
	file->etag = shared->etag == SIZE_MAX ? NULL : texts + shared->etag;
	file->version = shared->version == SIZE_MAX ? NULL :
		texts + shared->version;
	file->evidence = evidence[file->source];
	return file;
}
