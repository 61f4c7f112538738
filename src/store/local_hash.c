/*-------------------------------------------------------------------------
 *
 * local_hash.c
 *	  The hash of a local file's bytes: SHA-256, by PostgreSQL's own interface
 *	  to OpenSSL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/builtins.h"
#include "utils/wait_event.h"

#include "store/local_hash.h"
#include "store/waits.h"

#define PREFIX		"sha256:"
#define CHUNK		(256 * 1024)

bool
local_hash_is(const char *etag)
{
	return strncmp(etag, PREFIX, strlen(PREFIX)) == 0;
}

static void
check_hash(bool ok, pg_cryptohash_ctx *ctx)
{
	if (!ok)
		elog(ERROR, "could not compute a hash: %s", pg_cryptohash_error(ctx));
}

char *
local_hash_fd(int fd, const char *uri)
{
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);
	uint8	   *buf = palloc(CHUNK);
	uint8		hash[PG_SHA256_DIGEST_LENGTH];
	char	   *result = palloc0(strlen(PREFIX) + 2 * sizeof(hash) + 1);
	off_t		at = 0;

	check_hash(pg_cryptohash_init(ctx) >= 0, ctx);
	for (;;)
	{
		ssize_t		n;

		CHECK_FOR_INTERRUPTS();
		pgstat_report_wait_start(wait_number(WAIT_FILE));
		n = pread(fd, buf, CHUNK, at);
		pgstat_report_wait_end();
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read file \"%s\": %m", uri)));
		if (n == 0)
			break;
		check_hash(pg_cryptohash_update(ctx, buf, n) >= 0, ctx);
		at += n;
	}
	check_hash(pg_cryptohash_final(ctx, hash, sizeof(hash)) >= 0, ctx);
	pg_cryptohash_free(ctx);
	strcpy(result, PREFIX);
	hex_encode((const char *) hash, sizeof(hash), result + strlen(PREFIX));
	pfree(buf);
	return result;
}
