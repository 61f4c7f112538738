/*-------------------------------------------------------------------------
 *
 * sigv4.c
 *	  AWS Signature Version 4: see sigv4.h.  The only file that knows OpenSSL.
 *
 *-------------------------------------------------------------------------
 */
#include "store/http/sigv4.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/ascii.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define TERMINATION "aws4_request"
#define SHA256_SIZE 32

/* Text growing in the caller's buffer; len counts on when it is full. */
typedef struct Out
{
	char	   *buf;
	size_t		cap;
	size_t		len;
} Out;

static void
put_char(Out *o, char c)
{
	if (o->len + 1 < o->cap)
		o->buf[o->len] = c;
	o->len++;
}

static void
put(Out *o, const char *text)
{
	while (*text)
		put_char(o, *text++);
}

static size_t
finish(Out *o)
{
	if (o->cap > 0)
		o->buf[o->len < o->cap ? o->len : o->cap - 1] = '\0';
	return o->len;
}

static bool
unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		ascii_is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static void
put_encoded(Out *o, const char *text, bool keep_slash)
{
	static const char hex[] = "0123456789ABCDEF";

	for (; *text; text++)
	{
		unsigned char c = (unsigned char) *text;

		if (unreserved(*text) || (keep_slash && c == '/'))
			put_char(o, *text);
		else
		{
			put_char(o, '%');
			put_char(o, hex[c >> 4]);
			put_char(o, hex[c & 15]);
		}
	}
}

size_t
sigv4_encode(const char *text, bool keep_slash, char *out, size_t cap)
{
	Out			o = {out, cap, 0};

	put_encoded(&o, text, keep_slash);
	return finish(&o);
}

/*
 * Compare as the encoded forms would: a byte that is encoded begins with '%',
 * which sorts before all that is not, so raw bytes do not give the order.
 */
static int
compare_encoded(const char *a, const char *b)
{
	while (*a && *a == *b)
	{
		a++;
		b++;
	}
	if (*a && *b)
	{
		unsigned char ca = unreserved(*a) ? (unsigned char) *a : '%';
		unsigned char cb = unreserved(*b) ? (unsigned char) *b : '%';

		if (ca != cb)
			return ca < cb ? -1 : 1;
	}
	/* both encoded, or one at its end: hexadecimal keeps the bytes' order */
	return (int) (unsigned char) *a - (int) (unsigned char) *b;
}

static int
compare_params(const SigV4Pair *a, const SigV4Pair *b)
{
	int			cmp = compare_encoded(a->name, b->name);

	return cmp ? cmp : compare_encoded(a->value, b->value);
}

static int
compare_headers(const SigV4Pair *a, const SigV4Pair *b)
{
	const char *p = a->name;
	const char *q = b->name;

	while (*p && ascii_lower(*p) == ascii_lower(*q))
	{
		p++;
		q++;
	}
	return (int) (unsigned char) ascii_lower(*p) -
		(int) (unsigned char) ascii_lower(*q);
}

/* Insertion sort: stable, as repeated headers need, and the sets are small. */
static bool
sort_pairs(const SigV4Pair *from, int n, const SigV4Pair **to,
		   int (*compare) (const SigV4Pair *, const SigV4Pair *))
{
	if (n < 0 || n > SIGV4_MAX_PAIRS)
		return false;
	for (int i = 0; i < n; i++)
	{
		int			j = i;

		for (; j > 0 && compare(to[j - 1], &from[i]) > 0; j--)
			to[j] = to[j - 1];
		to[j] = &from[i];
	}
	return true;
}

static bool
put_query(Out *o, const SigV4Pair *query, int nquery)
{
	const SigV4Pair *sorted[SIGV4_MAX_PAIRS];

	if (!sort_pairs(query, nquery, sorted, compare_params))
		return false;
	for (int i = 0; i < nquery; i++)
	{
		if (i > 0)
			put_char(o, '&');
		put_encoded(o, sorted[i]->name, false);
		put_char(o, '=');
		put_encoded(o, sorted[i]->value, false);
	}
	return true;
}

size_t
sigv4_query(const SigV4Pair *query, int nquery, char *out, size_t cap)
{
	Out			o = {out, cap, 0};

	if (!put_query(&o, query, nquery))
		o.len = 0;
	return finish(&o);
}

static void
put_lower(Out *o, const char *name)
{
	while (*name)
		put_char(o, ascii_lower(*name++));
}

/* A value without blanks at its ends, and runs of them within as one. */
static void
put_trimmed(Out *o, const char *value)
{
	bool		gap = false;
	bool		begun = false;

	for (; *value; value++)
	{
		if (*value == ' ' || *value == '\t')
		{
			gap = begun;
			continue;
		}
		if (gap)
			put_char(o, ' ');
		gap = false;
		begun = true;
		put_char(o, *value);
	}
}

static void
put_header_names(Out *o, const SigV4Pair **sorted, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (i > 0 && compare_headers(sorted[i - 1], sorted[i]) == 0)
			continue;
		if (i > 0)
			put_char(o, ';');
		put_lower(o, sorted[i]->name);
	}
}

size_t
sigv4_signed_headers(const SigV4Pair *headers, int nheaders,
					 char *out, size_t cap)
{
	const SigV4Pair *sorted[SIGV4_MAX_PAIRS];
	Out			o = {out, cap, 0};

	if (sort_pairs(headers, nheaders, sorted, compare_headers))
		put_header_names(&o, sorted, nheaders);
	return finish(&o);
}

size_t
sigv4_canonical_request(const SigV4Request *request, char *out, size_t cap)
{
	const SigV4Pair *sorted[SIGV4_MAX_PAIRS];
	Out			o = {out, cap, 0};
	int			n = request->nheaders;

	if (!sort_pairs(request->headers, n, sorted, compare_headers))
		return 0;
	put(&o, request->method);
	put_char(&o, '\n');
	put_encoded(&o, request->path, true);
	put_char(&o, '\n');
	if (!put_query(&o, request->query, request->nquery))
		return 0;
	put_char(&o, '\n');
	for (int i = 0; i < n; i++)
	{
		/* headers of one name become one line, joined by commas */
		if (i > 0 && compare_headers(sorted[i - 1], sorted[i]) == 0)
			put_char(&o, ',');
		else
		{
			if (i > 0)
				put_char(&o, '\n');
			put_lower(&o, sorted[i]->name);
			put_char(&o, ':');
		}
		put_trimmed(&o, sorted[i]->value);
	}
	put(&o, "\n\n");
	put_header_names(&o, sorted, n);
	put_char(&o, '\n');
	put(&o, request->payload_hash);
	return finish(&o);
}

static void
put_scope(Out *o, const SigV4Scope *scope)
{
	for (int i = 0; i < 8 && scope->time[i]; i++)
		put_char(o, scope->time[i]);
	put_char(o, '/');
	put(o, scope->region);
	put_char(o, '/');
	put(o, scope->service);
	put(o, "/" TERMINATION);
}

static void
to_hex(const unsigned char *bytes, char out[SIGV4_HASH_SIZE])
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < SHA256_SIZE; i++)
	{
		out[2 * i] = hex[bytes[i] >> 4];
		out[2 * i + 1] = hex[bytes[i] & 15];
	}
	out[2 * SHA256_SIZE] = '\0';
}

bool
sigv4_hash(const char *body, size_t len, char out[SIGV4_HASH_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int size = 0;

	if (EVP_Digest(body, len, digest, &size, EVP_sha256(), NULL) != 1 ||
		size != SHA256_SIZE)
		return false;
	to_hex(digest, out);
	return true;
}

size_t
sigv4_string_to_sign(const SigV4Scope *scope, const char *canonical_request,
					 char *out, size_t cap)
{
	Out			o = {out, cap, 0};
	char		hash[SIGV4_HASH_SIZE];

	if (!sigv4_hash(canonical_request, strlen(canonical_request), hash))
		return 0;
	put(&o, ALGORITHM "\n");
	put(&o, scope->time);
	put_char(&o, '\n');
	put_scope(&o, scope);
	put_char(&o, '\n');
	put(&o, hash);
	return finish(&o);
}

static bool
hmac(const unsigned char *key, size_t keylen, const char *text, size_t len,
	 unsigned char out[SHA256_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int size = 0;

	if (HMAC(EVP_sha256(), key, (int) keylen, (const unsigned char *) text,
			 len, digest, &size) == NULL || size != SHA256_SIZE)
		return false;
	memcpy(out, digest, SHA256_SIZE);
	OPENSSL_cleanse(digest, sizeof(digest));
	return true;
}

bool
sigv4_signature(const char *secret, const SigV4Scope *scope,
				const char *string_to_sign, char out[SIGV4_HASH_SIZE])
{
	const char *steps[] = {
		scope->region, scope->service, TERMINATION, string_to_sign
	};
	unsigned char key[SHA256_SIZE];
	size_t		datelen = strnlen(scope->time, 8);
	size_t		len = strlen(secret) + 4;
	char	   *first = malloc(len + 1);
	bool		ok;

	if (first == NULL)
		return false;
	memcpy(first, "AWS4", 4);
	memcpy(first + 4, secret, len - 3);
	ok = hmac((unsigned char *) first, len, scope->time, datelen, key);
	for (size_t i = 0; ok && i < sizeof(steps) / sizeof(steps[0]); i++)
		ok = hmac(key, SHA256_SIZE, steps[i], strlen(steps[i]), key);
	if (ok)
		to_hex(key, out);
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(first, len);
	free(first);
	return ok;
}

size_t
sigv4_authorization(const SigV4Request *request, const SigV4Scope *scope,
					const char *access_key_id, const char *secret,
					char *out, size_t cap)
{
	const SigV4Pair *sorted[SIGV4_MAX_PAIRS];
	Out			o = {out, cap, 0};
	size_t		len = sigv4_canonical_request(request, NULL, 0);
	char	   *canonical = len ? malloc(len + 1) : NULL;
	char		signature[SIGV4_HASH_SIZE];
	char		to_sign[512];
	bool		ok = false;

	if (canonical)
	{
		sigv4_canonical_request(request, canonical, len + 1);
		len = sigv4_string_to_sign(scope, canonical, to_sign, sizeof(to_sign));
		ok = len > 0 && len < sizeof(to_sign) &&
			sigv4_signature(secret, scope, to_sign, signature);
		free(canonical);
	}
	if (!ok || !sort_pairs(request->headers, request->nheaders, sorted,
						   compare_headers))
		return 0;
	put(&o, ALGORITHM " Credential=");
	put(&o, access_key_id);
	put_char(&o, '/');
	put_scope(&o, scope);
	put(&o, ", SignedHeaders=");
	put_header_names(&o, sorted, request->nheaders);
	put(&o, ", Signature=");
	put(&o, signature);
	return finish(&o);
}

void
sigv4_time(time_t t, char out[SIGV4_TIME_SIZE])
{
	struct tm	tm;

	if (gmtime_r(&t, &tm) == NULL ||
		strftime(out, SIGV4_TIME_SIZE, "%Y%m%dT%H%M%SZ", &tm) == 0)
		out[0] = '\0';
}
