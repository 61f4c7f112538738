/*-------------------------------------------------------------------------
 *
 * ini.h
 *	  The files of AWS's tools, ~/.aws/config and ~/.aws/credentials.  Pure C:
 *	  the caller's buffers, no state, no allocation.
 *
 * A line is a section, a setting or a comment; what is none of these is passed
 * over.  Indented lines under a setting belong to that and are passed over
 * too.  Where a setting stands twice the last one counts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_CRED_INI_H
#define CDC_STORE_CRED_INI_H

#include <stdbool.h>
#include <stddef.h>

typedef struct IniText
{
	const char *text;			/* within the file, not terminated */
	size_t		len;
} IniText;

typedef struct IniFile
{
	const char *text;			/* any bytes */
	size_t		len;
	bool		config;			/* sections are [profile NAME], but for
								 * [default]; else they are [NAME] */
} IniFile;

/* Is there a section for the profile? */
extern bool ini_has_profile(const IniFile *file, const char *profile);

/*
 * The value of a setting, whose name is taken in any case; without the blanks
 * around it.  False, and *value untouched, where it is not set.
 */
extern bool ini_get(const IniFile *file, const char *profile,
					const char *name, IniText *value);

#endif							/* CDC_STORE_CRED_INI_H */
