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
 * Choose where keys come from, palloc'd in the current context, whose reset
 * wipes them; cfg must outlive it.  No I/O happens yet.  Raises where the
 * configuration gives neither keys nor leave to go without.
 */
extern CredentialsProvider *credentials_open(const StoreConfig *cfg);

/*
 * What to sign with now, good until the next call; NULL to send the request
 * unsigned.  *number, which differs from keys to keys, names them.  May ask for
 * keys over the network, which serves interrupts; raises where there are none.
 */
extern const Credentials *credentials_get(CredentialsProvider *provider,
										  int *number);

/*
 * Those named by number expired: the server has said so, or it is a guess.
 * False where there are no newer ones.  Raises what credentials_get does, but
 * those at hand are kept upon a guess while they hold and newer ones cannot be
 * had.
 */
extern bool credentials_refresh(CredentialsProvider *provider, int number,
								bool said);

/* Does a remote text repeat one of the keys that requests were signed with? */
extern bool credentials_repeated(const CredentialsProvider *provider,
								 const char *text);

#endif							/* CDC_STORE_CREDENTIALS_H */
