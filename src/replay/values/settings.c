/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  The session's settings set aside while values are read or printed.
 *
 * Most are variables, assigned without the ways of SET: nothing but the type's
 * own function runs before they have their values again.  The few that keep
 * more than a variable are SET as a function's own settings are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/xml.h"

#include "base/compat.h"
#include "replay/values/settings.h"

static void
set(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

void
settings_fix(SavedSettings *saved, const ValueStyle *style, int rare)
{
	saved->nest = 0;
	if (rare != RARE_NONE)
	{
		saved->nest = NewGUCNestLevel();
		if (rare & RARE_PATH)
			set("search_path", "pg_catalog, pg_temp");
		if (rare & RARE_MONETARY)
			set("lc_monetary", "C");
		if (rare & RARE_ABBREVIATIONS)
			set("timezone_abbreviations", "Default");
	}
	saved->zone = session_timezone;
	saved->date_style = DateStyle;
	saved->date_order = DateOrder;
	saved->interval_style = IntervalStyle;
	saved->float_digits = extra_float_digits;
	saved->bytea_style = bytea_output;
	saved->xml_option = xmloption;
	saved->array_nulls = Array_nulls;
	saved->quote_all = quote_all_identifiers;

	session_timezone = style->zone;
	DateStyle = USE_ISO_DATES;
	DateOrder = style->date_order;
	IntervalStyle = style->interval_style;
	extra_float_digits = 1;
	bytea_output = BYTEA_OUTPUT_HEX;
	xmloption = XMLOPTION_CONTENT;
	Array_nulls = true;
	quote_all_identifiers = false;
	zone_abbreviations_forget();
}

void
settings_restore(const SavedSettings *saved)
{
	session_timezone = saved->zone;
	DateStyle = saved->date_style;
	DateOrder = saved->date_order;
	IntervalStyle = saved->interval_style;
	extra_float_digits = saved->float_digits;
	bytea_output = saved->bytea_style;
	xmloption = saved->xml_option;
	Array_nulls = saved->array_nulls;
	quote_all_identifiers = saved->quote_all;
	zone_abbreviations_forget();
	if (saved->nest > 0)
		AtEOXact_GUC(true, saved->nest);
}

const ValueStyle *
settings_iso(void)
{
	static ValueStyle iso = {NULL, true, DATEORDER_YMD, INTSTYLE_POSTGRES};

	/* known without a look at files */
	if (iso.zone == NULL)
		iso.zone = pg_tzset("GMT");
	if (iso.zone == NULL)
		elog(ERROR, "time zone GMT is not known");
	return &iso;
}
