/*-------------------------------------------------------------------------
 *
 * places.h
 *	  Where columns are among those of a file without header.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_PLACES_H
#define CDC_LOG_PLACES_H

#include "postgres.h"

#include "log/logconfig.h"

/*
 * Where files have no header: sets the place among the table's columns, from 0,
 * of each of LogConfig.columns (-1: it is none of the table's own), and how many
 * a record has at least.  Returns how many it has at most.
 */
extern int	places_find(const LogConfig *config, int *places, int *required);

/* The column whose place in places is the first, NULL: none is declared there. */
extern const LogColumn *places_first(const LogConfig *config,
											const int *places);

#endif							/* CDC_LOG_PLACES_H */
