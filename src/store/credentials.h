/*-------------------------------------------------------------------------
 *
 * credentials.h
 *	  As whom S3 is asked: one interface over the places keys come from.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_CREDENTIALS_H
#define CDC_STORE_CREDENTIALS_H

#include "store/store.h"

typedef struct Credentials
{
	const char *access_key_id;
	const char *secret_access_key;
	const char *session_token;	/* or NULL */
} Credentials;

typedef struct CredentialsProvider CredentialsProvider;

/*
 * Choose where keys come from, palloc'd in the current context; cfg must
 * outlive it.  Raises where the configuration gives neither keys nor leave to
 * go without.
 */
extern CredentialsProvider *credentials_open(const StoreConfig *cfg);

/* What to sign with now; NULL to send the request unsigned. */
extern const Credentials *credentials_get(CredentialsProvider *provider);

/* The server says they expired.  False where there are no newer ones. */
extern bool credentials_refresh(CredentialsProvider *provider);

#endif							/* CDC_STORE_CREDENTIALS_H */
