/*-------------------------------------------------------------------------
 *
 * s3_settings.h
 *	  The option s3_settings: endpoint settings as DMS prints or takes them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_DMS_SETTINGS_H
#define CDC_FDW_DMS_SETTINGS_H

#include "fdw/options/table.h"

/*
 * Read S3Settings or Endpoint JSON, or ExtraConnectionAttributes, into the
 * options they speak of, palloc'd; what text does not mention stays as it is.
 * Raises unknown settings, bad values, and text that is none of the three.
 */
extern void s3_settings_read(const char *text, OptionValues *values);

/* True if name, in any spelling, is a setting that changes nothing for a reader. */
extern bool s3_settings_ignored(const char *name);

#endif							/* CDC_FDW_DMS_SETTINGS_H */
