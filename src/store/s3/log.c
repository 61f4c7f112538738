/*-------------------------------------------------------------------------
 *
 * log.c
 *	  A log line for each request to S3, at DEBUG1.
 *
 * It has what Amazon's support asks for, both ids of the request, and nothing
 * that was signed: neither headers nor query.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "store/s3/s3.h"

/* The prefix that a listing asks for. */
static const char *
prefix_of(const S3Transfer *t)
{
	for (int i = 0; i < t->nquery; i++)
		if (strcmp(t->query[i].name, "prefix") == 0)
			return t->query[i].value;
	return "";
}

/* An id that the server gave, if it did. */
static void
append_id(StringInfo line, const S3Transfer *t, const char *what,
		  const char *id)
{
	if (id[0] && !credentials_repeated(t->store->credentials, id))
		appendStringInfo(line, ", %s %s", what, store_clean_text(id));
}

static void
append_answer(StringInfo line, const S3Transfer *t)
{
	const HttpReply *reply = http_reply(t->http);

	if (reply->status != 0)
		appendStringInfo(line, "status %d", reply->status);
	if (reply->failure != HTTP_OK)
		appendStringInfo(line, "%s%s", reply->status != 0 ? ", " : "",
						 reply->error[0] ? store_clean_text(reply->error) :
						 "the transfer was ended");
	appendStringInfo(line, ", %.1f ms",
					 (GetCurrentTimestamp() - t->begun) / 1000.0);
	append_id(line, t, "request id", reply->request_id);
	append_id(line, t, "extended id", reply->extended_id);
}

void
s3_log(const S3Transfer *t)
{
	MemoryContext old;
	StringInfoData line;
	char	   *uri;

	if (!message_level_is_interesting(DEBUG1))
		return;
	old = MemoryContextSwitchTo(t->store->scratch);
	initStringInfo(&line);
	uri = psprintf("s3://%s/%s", t->store->bucket,
				   t->key ? t->key : prefix_of(t));
	appendStringInfo(&line, "%s \"%s\"",
					 t->key == NULL ? "LIST" : t->head ? "HEAD" : "GET",
					 store_clean_text(uri));
	if (t->start > 0 || t->limit >= 0)
		appendStringInfo(&line, " from byte " INT64_FORMAT, t->start);
	if (t->tries > 1)
		appendStringInfo(&line, ", try %d", t->tries);
	appendStringInfoString(&line, ": ");
	append_answer(&line, t);
	MemoryContextSwitchTo(old);
	ereport(DEBUG1,
			(errmsg_internal("cdc_fdw: %s", line.data)));
	MemoryContextReset(t->store->scratch);
}
