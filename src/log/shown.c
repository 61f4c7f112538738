/*-------------------------------------------------------------------------
 *
 * shown.c
 *	  Texts of a file as messages can show them.
 *
 * A file may hold any bytes, and fields of many megabytes.  A message goes to
 * clients and logs, and may become a value.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "log/position.h"
#include "log/shown.h"
#include "store/store.h"

/* bytes of a character in UTF-8, and room for it in any encoding */
#define CHAR_MAX_BYTES	4
#define CHAR_ROOM		(CHAR_MAX_BYTES * MAX_CONVERSION_GROWTH + 1)

/* Bytes of the character that begins here, or 0: it is not to be shown. */
static int
character_length(const unsigned char *s, size_t left)
{
	int			n = pg_encoding_mblen(PG_UTF8, (const char *) s);

	if (n < 1 || n > CHAR_MAX_BYTES || (size_t) n > left ||
		!pg_utf8_islegal(s, n))
		return 0;
	return *s == '\0' || store_control((const char *) s) > 0 ? 0 : n;
}

/* One character in the server's encoding; false where it has none. */
static bool
convert_character(const unsigned char *s, int n, Oid conversion, char *out)
{
	int			encoding = GetDatabaseEncoding();
	unsigned char from[CHAR_MAX_BYTES + 1] = {0};

	if (n == 1 || encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
	{
		memcpy(out, s, n);
		out[n] = '\0';
		return true;
	}
	memcpy(from, s, n);
	return OidIsValid(conversion) &&
		pg_do_encoding_conversion_buf(conversion, PG_UTF8, encoding, from, n,
									  (unsigned char *) out, CHAR_ROOM,
									  true) == n;
}

char *
shown_text(const char *data, size_t len)
{
	const unsigned char *s = (const unsigned char *) data;
	const unsigned char *end = s + len;
	int			encoding = GetDatabaseEncoding();
	Oid			conversion = InvalidOid;
	StringInfoData out;

	if (position_hides())
		return pstrdup(position_shown(NULL));
	if (encoding != PG_UTF8 && encoding != PG_SQL_ASCII)
		conversion = FindDefaultConversionProc(PG_UTF8, encoding);
	initStringInfo(&out);
	while (s < end)
	{
		char		piece[CHAR_ROOM];
		int			n = character_length(s, end - s);

		if (n == 0 || !convert_character(s, n, conversion, piece))
		{
			snprintf(piece, sizeof(piece), "\\x%02X", *s);
			n = 1;
		}
		if (out.len + strlen(piece) > SHOWN_MAX)
		{
			appendStringInfoString(&out, "...");
			break;
		}
		appendStringInfoString(&out, piece);
		s += n;
	}
	return out.data;
}

char *
shown_exactly(const char *data, size_t len)
{
	int			encoding = GetDatabaseEncoding();
	Oid			conversion;
	char	   *copy;
	char	   *out;

	if (memchr(data, '\0', len) != NULL ||
		!pg_verify_mbstr(PG_UTF8, data, len, true))
		return NULL;
	copy = pnstrdup(data, len);
	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII || len == 0)
		return copy;
	conversion = FindDefaultConversionProc(PG_UTF8, encoding);
	if (!OidIsValid(conversion) || len >= MaxAllocSize / CHAR_ROOM)
		return NULL;
	out = palloc(len * MAX_CONVERSION_GROWTH + 1);
	if (pg_do_encoding_conversion_buf(conversion, PG_UTF8, encoding,
									  (unsigned char *) copy, len,
									  (unsigned char *) out,
									  len * MAX_CONVERSION_GROWTH + 1,
									  true) != len)
	{
		pfree(out);
		out = NULL;
	}
	pfree(copy);
	return out;
}
