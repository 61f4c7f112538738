/*-------------------------------------------------------------------------
 *
 * sigv4.h
 *	  AWS Signature Version 4, as S3 wants it.  Pure C: the caller's buffers,
 *	  return values, no state.
 *
 * The three stages (canonical request, string to sign, signature) are apart
 * so that the published vectors can hold each of them.  A path is encoded
 * once and never normalised, which is S3's rule and no other service's.
 *
 * Functions that write text work like snprintf: they return the length the
 * text has without its terminating zero, and what was written is whole, and
 * zero-terminated, only where that is less than cap.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_SIGV4_H
#define CDC_STORE_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* hexadecimal SHA-256 of an empty body */
#define SIGV4_EMPTY_SHA256 \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#define SIGV4_HASH_SIZE		65	/* 64 hexadecimal digits and a zero */
#define SIGV4_TIME_SIZE		17	/* 20130524T000000Z and a zero */
#define SIGV4_MAX_PAIRS		32	/* headers, and parameters, of a request */

/* A header or a parameter of the query, not encoded. */
typedef struct SigV4Pair
{
	const char *name;
	const char *value;
} SigV4Pair;

typedef struct SigV4Request
{
	const char *method;			/* GET */
	const char *path;			/* not encoded, begins with '/' */
	const SigV4Pair *query;		/* in any order */
	int			nquery;
	const SigV4Pair *headers;	/* all those to be signed, in any order */
	int			nheaders;
	const char *payload_hash;	/* hexadecimal, or UNSIGNED-PAYLOAD */
} SigV4Request;

typedef struct SigV4Scope
{
	const char *time;			/* 20130524T000000Z */
	const char *region;
	const char *service;		/* s3, sts */
} SigV4Scope;

/* Hexadecimal SHA-256 of a body; false where hashing fails. */
extern bool sigv4_hash(const char *body, size_t len, char out[SIGV4_HASH_SIZE]);

/*
 * Percent-encode all but A-Z a-z 0-9 - . _ ~ (and '/' if keep_slash).
 */
extern size_t sigv4_encode(const char *text, bool keep_slash,
						   char *out, size_t cap);

/*
 * The query, encoded and in canonical order.  It must be sent as it is.
 * 0 too where there are more than SIGV4_MAX_PAIRS parameters.
 */
extern size_t sigv4_query(const SigV4Pair *query, int nquery,
						  char *out, size_t cap);

/* "host;range;x-amz-date" */
extern size_t sigv4_signed_headers(const SigV4Pair *headers, int nheaders,
								   char *out, size_t cap);

/* Stage one; 0 where the request has too many headers or parameters. */
extern size_t sigv4_canonical_request(const SigV4Request *request,
									  char *out, size_t cap);

/* Stage two; 0 where hashing fails. */
extern size_t sigv4_string_to_sign(const SigV4Scope *scope,
								   const char *canonical_request,
								   char *out, size_t cap);

/* Stage three; false where hashing fails. */
extern bool sigv4_signature(const char *secret, const SigV4Scope *scope,
							const char *string_to_sign,
							char out[SIGV4_HASH_SIZE]);

/*
 * All three: the value of the Authorization header.  0 where a stage fails.
 * Allocates and frees its own scratch space.
 */
extern size_t sigv4_authorization(const SigV4Request *request,
								  const SigV4Scope *scope,
								  const char *access_key_id,
								  const char *secret,
								  char *out, size_t cap);

/* t as 20130524T000000Z */
extern void sigv4_time(time_t t, char out[SIGV4_TIME_SIZE]);

#endif							/* CDC_STORE_SIGV4_H */
