/*-------------------------------------------------------------------------
 *
 * request.h
 *	  What requests to S3 and to the Security Token Service have in common:
 *	  hosts, headers, signatures.
 *
 * All that is given is palloc'd in the current context.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_REQUEST_H
#define CDC_STORE_REQUEST_H

#include "postgres.h"

#include "store/cred/credentials.h"
#include "store/http/sigv4.h"

#define REQUEST_DEFAULT_REGION	"us-east-1"

/* Returns Amazon's own host of a service in a region. */
extern char *request_amazon_host(const char *service, const char *region);

/*
 * Returns the host of http[s]://host[:port][/], as the header Host has it, and
 * tells whether it is https; "" for another scheme.
 */
extern char *request_endpoint_host(const char *endpoint, bool *https);

/* Returns the parameters, encoded and in canonical order, which is signed. */
extern char *request_query(const SigV4Pair *query, int n);

/*
 * Returns the lines of the request's headers, and a NULL behind them.  Where
 * keys is not NULL, a date, the token if there is one, and a signature are among
 * them.
 */
extern char **request_headers(const SigV4Request *request,
							  const Credentials *keys, const char *region,
							  const char *service);

#endif							/* CDC_STORE_REQUEST_H */
