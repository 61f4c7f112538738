/*-------------------------------------------------------------------------
 *
 * settings.h
 *	  The session's settings set aside while values are read or printed.
 *
 * A value of the log must be the same for every reader.  What a session may
 * set and types look at has a fixed value while their functions run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_SETTINGS_H
#define CDC_REPLAY_SETTINGS_H

#include "postgres.h"

#include "pgtime.h"

#include "log/logconfig.h"

/* Settings that cost more than an assignment, and that few types look at. */
typedef enum RareSettings
{
	RARE_NONE = 0,
	RARE_PATH = 1 << 0,			/* search_path: only pg_catalog */
	RARE_MONETARY = 1 << 1,		/* lc_monetary: C */
	RARE_ABBREVIATIONS = 1 << 2 /* timezone_abbreviations: Default */
} RareSettings;

/* What the session had. */
typedef struct SavedSettings
{
	pg_tz	   *zone;
	int			date_style;
	int			date_order;
	int			interval_style;
	int			float_digits;
	int			bytea_style;
	int			xml_option;
	bool		array_nulls;
	bool		quote_all;
	int			nest;			/* of the rare settings; 0: none was changed */
} SavedSettings;

/*
 * Fix the settings that bear on how values are read and printed: dates and
 * intervals are read as style says (style->told counts for nothing here),
 * values are printed as PostgreSQL's ISO styles have them.  rare is a set of
 * RareSettings.  Whoever calls this calls settings_restore() in a PG_FINALLY
 * block, before anything else of the session runs.
 */
extern void settings_fix(SavedSettings *saved, const ValueStyle *style,
						 int rare);
extern void settings_restore(const SavedSettings *saved);

/* Year-month-day, PostgreSQL's intervals, UTC. */
extern const ValueStyle *settings_iso(void);

#endif							/* CDC_REPLAY_SETTINGS_H */
