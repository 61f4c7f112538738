/*-------------------------------------------------------------------------
 *
 * location.h
 *	  Where a log lies: the options that say so, and how they go together.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_OPTION_WHERE_H
#define CDC_FDW_OPTION_WHERE_H

#include "postgres.h"

#include "fdw/options/table.h"
#include "fdw/options/options.h"

/* Raise that options do not go together. */
#define contradiction(...) \
	ereport(ERROR, \
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE), __VA_ARGS__))

/*
 * The url that a server's options give, without last slash, palloc'd; NULL
 * where they do not say.  Raises an error where they contradict each other.
 */
extern char *location_server_url(const OptionValues *v, const char *server_name);

/*
 * Fill opts->url, and in opts->log the folders under it and the names by which
 * records know the table.  Raises an error where the options do not say, or
 * contradict each other.
 */
extern void location_read(const TableValues *v, CdcOptions *opts);

#endif							/* CDC_FDW_OPTION_WHERE_H */
