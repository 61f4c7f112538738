/*-------------------------------------------------------------------------
 *
 * doc.h
 *	  What those who hand out keys answer: JSON of metadata services, XML of
 *	  the Security Token Service.  Pure C: the caller's buffers, return values.
 *
 * Nothing of a document is trusted: every text has its limit, nesting has one,
 * document types are refused.  What is there may be secret: callers wipe a
 * CredDoc when they are done with it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_CRED_DOC_H
#define CDC_STORE_CRED_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts that were not given are "". */
typedef struct CredDoc
{
	char		access_key_id[256];
	char		secret_access_key[512];
	char		session_token[16384];
	char		expiration[64];
	/* why there are none */
	char		code[128];
	char		message[1024];
} CredDoc;

/*
 * Keys of a metadata service, members AccessKeyId, SecretAccessKey, Token and
 * Expiration of an object, or its error, members Code (or code) and Message.
 * False where the bytes are no JSON object, or a text of keys is too long.
 */
extern bool cred_doc_json(const char *buf, size_t len, CredDoc *out);

/*
 * The answer of AssumeRole and AssumeRoleWithWebIdentity, or an error.  False
 * where the bytes are no such document, or a text of keys is too long.
 */
extern bool cred_doc_sts(const char *buf, size_t len, CredDoc *out);

/* "2024-06-12T10:31:25Z", with fraction or offset, as seconds since 1970. */
extern bool cred_doc_time(const char *text, int64_t *seconds);

/*
 * May a container's keys be asked for at this url?  https anywhere; http at
 * the machine's own addresses and those of ECS and EKS alone.
 */
extern bool cred_doc_container_url(const char *url);

/*
 * Does text, which may have been cut anywhere, repeat the secret: 16 bytes of
 * it in a row, or all of a shorter one?
 */
extern bool cred_doc_repeats(const char *text, const char *secret);

/* Printable ASCII without blanks, not empty: fit for a header. */
extern bool cred_doc_is_token(const char *text);

#endif							/* CDC_STORE_CRED_DOC_H */
